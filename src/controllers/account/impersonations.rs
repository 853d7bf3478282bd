//! Ends the use of the site as a customer.

use crate::error::Result;
use crate::http::{Reply, Visitor};
use crate::models::people::account::Account;
use crate::models::people::session::SessionKind;
use crate::paths;
use crate::support::i18n::Message;

/// Returns to the admin as the staff member, who has to log in if their own sessions were revoked meanwhile.
pub async fn destroy(visitor: Visitor) -> Result<Reply> {
    let Some(sign_in) = visitor.unchecked_sign_in().cloned() else { return Ok(Reply::redirect(paths::login())) };
    let Some(impersonation) = sign_in.impersonation else { return Ok(Reply::redirect(paths::home())) };
    let (account, staff) = (sign_in.account, (impersonation.staff, impersonation.staff_epoch));
    match visitor.write(move |tx| Account::end_impersonation(tx, account, staff)).await? {
        Some(member) => {
            visitor.sign_in(&member.account, SessionKind::Staff, impersonation.level)?;
            let page = paths::admin::customer(&impersonation.customer);
            Ok(Reply::redirect(page).notice(Message::ImpersonationEnded))
        }
        None => {
            visitor.sign_out();
            Ok(Reply::redirect(paths::login()))
        }
    }
}

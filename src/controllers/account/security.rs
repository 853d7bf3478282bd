//! Password and sessions of an account.

use crate::error::Result;
use crate::http::resource_path::SessionPath;
use crate::http::{AccountRequest, Form, Reply, SignedIn};
use crate::models::people::identity_provider::IdentityProvider;
use crate::models::people::identity_provider::account_identity::AccountIdentity;
use crate::models::people::{credentials, session};
use crate::paths;
use crate::presenters::people::identity::{identity_row, link_buttons};
use crate::presenters::sales::account_pages::session_row;
use crate::support::i18n::Message;
use crate::views::account::security::Show;

pub async fn show(request: AccountRequest) -> Result<Reply> {
    let current = request.session_id().to_owned();
    request
        .render_page(move |conn, cx| {
            let id = cx.require_member()?.account.id;
            let sessions = session::list_for_account(conn, id, cx.now)?;
            let rows = sessions.iter().map(|session| session_row(session, &current, cx.format())).collect();
            let (identities, providers) = (AccountIdentity::list(conn, id)?, IdentityProvider::list(conn)?);
            let links = link_buttons(cx.locale(), &IdentityProvider::list_active(conn)?, &identities);
            let format = cx.format();
            let identities = identities.iter().map(|identity| identity_row(identity, &providers, format)).collect();
            Ok(Show { t: cx.locale(), sessions: rows, identities, links })
        })
        .await
}

pub async fn end_one(signed_in: SignedIn, path: SessionPath, form: Form) -> Result<Reply> {
    let is_own = signed_in.visitor.unchecked_sign_in().is_some_and(|sign_in| sign_in.session == path.id);
    let id = signed_in.member.account.id;
    let ended = signed_in.write_once(&form.token, move |tx| {
        credentials::end_session(tx, id, &path.id)?;
        Ok(Reply::redirect(paths::account::security()).notice(Message::SessionEnded))
    });
    let reply = ended.await?;
    if is_own {
        signed_in.visitor.sign_out();
    }
    Ok(reply)
}

pub async fn end_all(signed_in: SignedIn, form: Form) -> Result<Reply> {
    let id = signed_in.member.account.id;
    let ended = signed_in.write_once(&form.token, move |tx| {
        credentials::log_out_everywhere(tx, id)?;
        Ok(Reply::redirect(paths::login()))
    });
    let reply = ended.await?;
    signed_in.visitor.sign_out();
    Ok(reply)
}

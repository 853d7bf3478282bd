//! The list of staff accounts.

use crate::error::Result;
use crate::http::guards::needs;
use crate::http::{AdminRequest, Reply};
use crate::models::people::account::Account;
use crate::presenters::people::admin_staff::staff_row;
use crate::views::admin::people::staff::Index;

pub async fn index(admin: AdminRequest<needs::Staff>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let staff = Account::list_staff(conn)?;
            let rows = staff.into_iter().map(|(account, role)| staff_row(account, role, cx.format())).collect();
            Ok(Index { t: cx.locale(), rows })
        })
        .await
}

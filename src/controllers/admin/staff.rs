//! The list of staff accounts.

use crate::error::Result;
use crate::http::guards::needs;
use crate::http::{Reply, Staff};
use crate::models::people::account::Account;
use crate::models::people::account::roles::Role;
use crate::views::admin::staff::{Index, Row};

pub async fn index(staff: Staff<needs::Staff>) -> Result<Reply> {
    staff
        .render_page(|conn, cx| {
            let rows = Account::list_staff(conn)?.into_iter().map(|(account, role)| Row {
                name: account.name,
                email: account.email,
                role: Role::parse(&role).map_or(role, |role| role.label().to_owned()),
                last_login: account.last_login_at.map(|at| cx.date_time(at)),
            });
            Ok(Index { rows: rows.collect() })
        })
        .await
}

//! The people who run the site.

use crate::error::Result;
use crate::http::guards::needs;
use crate::http::{Reply, Staff};
use crate::models::account::Account;
use crate::models::account::roles::Role;
use crate::views::admin::staff::{Index, Row};

/// Everybody with an admin account.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Staff<needs::Staff>) -> Result<Reply> {
    staff
        .page(|conn, cx| {
            let rows = Account::staff(conn)?.into_iter().map(|(account, role)| Row {
                name: account.name,
                email: account.email,
                role: Role::parse(&role).map_or(role, |role| role.label().to_owned()),
                last_login: account.last_login_at.map(|at| cx.moment(at)),
            });
            Ok(Index { rows: rows.collect() })
        })
        .await
}

//! Detects transaction poolers such as PgBouncer with `pool_mode = transaction`. They break prepared statements,
//! session settings and advisory locks, because each transaction may use another server connection.

use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::{Conn, TransactionMode, is_postgres};

/// How often the test is repeated: a pooler may pick the same server connection by chance.
const ROUNDS: usize = 3;

#[derive(QueryableByName)]
struct Backend {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

fn backend_pid(conn: &mut Conn) -> QueryResult<i32> {
    let found: Backend = diesel::sql_query("SELECT pg_backend_pid() AS pid").get_result(conn)?;
    Ok(found.pid)
}

/// Whether the URL leads to a transaction pooler, found by comparing the backend PIDs of two connections.
pub fn is_transaction_pooler(url: &str) -> bool {
    if !is_postgres(url) {
        return false;
    }
    // If two connections cannot be opened, the start will fail with a better message.
    let (Ok(mut one), Ok(mut other)) = (Conn::open(url, false), Conn::open(url, false)) else { return false };
    (0..ROUNDS).any(|_| shares_backend(&mut one, &mut other).unwrap_or(false))
}

/// Whether two connections share a backend, or one changes its backend while the other is in a transaction.
fn shares_backend(one: &mut Conn, other: &mut Conn) -> crate::error::Result<bool> {
    let first = backend_pid(one)?;
    other.begin(TransactionMode::Write)?;
    let second = backend_pid(other)?;
    let first_again = backend_pid(one)?;
    other.roll_back()?;
    Ok(first == second || first != first_again)
}

//! Poolers between us and PostgreSQL. One that gives each transaction another server connection (PgBouncer's
//! `pool_mode = transaction`) breaks prepared statements, session settings and advisory locks: statements may even meet
//! those of others. It is told from the real thing by asking two connections whom they speak to.

use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::{Begin, Conn, is_postgres};

/// How often they are asked: a pooler may happen to give one connection the same server twice.
const ROUNDS: usize = 3;

#[derive(QueryableByName)]
struct Backend {
    #[diesel(sql_type = Integer)]
    pid: i32,
}

fn backend(conn: &mut Conn) -> QueryResult<i32> {
    let found: Backend = diesel::sql_query("SELECT pg_backend_pid() AS pid").get_result(conn)?;
    Ok(found.pid)
}

/// Whether the address leads to a pooler that gives each transaction another server connection.
pub fn is_transaction_pooler(url: &str) -> bool {
    if !is_postgres(url) {
        return false;
    }
    // Without two connections nothing can be told; whoever connects next says what is wrong.
    let (Ok(mut one), Ok(mut other)) = (Conn::open(url, false), Conn::open(url, false)) else { return false };
    (0..ROUNDS).any(|_| are_mixed(&mut one, &mut other).unwrap_or(false))
}

/// Whether two connections share a server connection, or one of them is moved while the other is in a transaction.
fn are_mixed(one: &mut Conn, other: &mut Conn) -> crate::error::Result<bool> {
    let first = backend(one)?;
    other.begin(Begin::Write)?;
    let second = backend(other)?;
    let again = backend(one)?;
    other.roll_back()?;
    Ok(first == second || first != again)
}

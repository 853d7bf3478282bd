//! Sessions: rows keyed by the hash of the cookie's token. An update of a missing row is refused, so that a session
//! that was ended stays ended.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::models::account::roles::Role;
use crate::models::account::{Account, Member};
use crate::schema::{account_roles, accounts, sessions};
use crate::support::clock::Utc;

/// A session ends after so long without a request.
pub const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// A session ends after so long whatever happens.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 14);
/// The last visit is written down at most this often.
pub const TOUCH: SignedDuration = SignedDuration::from_mins(1);

/// A live session: its state as JSON, and when it was last seen.
pub type Live = (String, Utc);

/// A live session and whose it is.
pub struct Owned {
    /// The state as JSON.
    pub state: String,
    /// When it was last seen.
    pub last_seen_at: Utc,
    /// Whose it is, if they may still sign in. Whether they have to anew, their epoch says.
    pub member: Option<Member>,
}

/// A session that has not ended and whose it is, in one question.
///
/// # Errors
/// When the database refuses.
pub fn owned(conn: &mut Conn, token_hash: &str, now: Utc) -> Result<Option<Owned>> {
    let idle = now.minus(IDLE);
    // Asked of the connection inside, which knows the question by its type and does not spell it anew.
    let rows: Vec<(String, Utc, Option<Account>, Option<String>)> = each!(conn => sessions::table
        .left_join(accounts::table.on(sessions::account_id
            .eq(accounts::id.nullable())
            .and(accounts::status.eq("active"))))
        .left_join(account_roles::table.on(account_roles::account_id.eq(accounts::id)))
        .filter(sessions::token_hash.eq(token_hash))
        .filter(sessions::expires_at.gt(now).and(sessions::last_seen_at.gt(idle)))
        .select((
            sessions::state,
            sessions::last_seen_at,
            Option::<Account>::as_select(),
            account_roles::role.nullable(),
        ))
        .load(conn))?;
    let roles = rows.iter().filter_map(|(.., role)| Role::parse(role.as_deref()?)).collect();
    let first = rows.into_iter().next();
    Ok(first.map(|(state, last_seen_at, account, _)| {
        let member = account.map(|account| Member { account, roles });
        Owned { state, last_seen_at, member }
    }))
}

/// The state of a session that has not ended.
///
/// # Errors
/// When the database refuses.
pub fn load(conn: &mut Conn, token_hash: &str, now: Utc) -> Result<Option<Live>> {
    let live = sessions::table
        .filter(sessions::token_hash.eq(token_hash))
        .filter(sessions::expires_at.gt(now).and(sessions::last_seen_at.gt(now.minus(IDLE))))
        .select((sessions::state, sessions::last_seen_at))
        .first(conn)
        .optional()?;
    Ok(live)
}

/// Begins a session.
///
/// # Errors
/// When the database refuses.
pub fn begin(tx: &mut Tx<'_>, token_hash: &str, account: Option<i64>, state: &str) -> Result<()> {
    let now = tx.now();
    // Nobody reads what has ended; whoever comes next sweeps.
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(tx.conn())?;
    let row = (
        sessions::token_hash.eq(token_hash),
        sessions::account_id.eq(account),
        sessions::state.eq(state),
        sessions::created_at.eq(now),
        sessions::last_seen_at.eq(now),
        sessions::expires_at.eq(now.plus(LONGEST)),
    );
    diesel::insert_into(sessions::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Replaces the state of a session.
///
/// # Errors
/// `Gone` when the session has ended.
pub fn update(tx: &mut Tx<'_>, token_hash: &str, account: Option<i64>, state: &str) -> Result<()> {
    let changed = diesel::update(sessions::table.filter(sessions::token_hash.eq(token_hash)))
        .set((sessions::state.eq(state), sessions::account_id.eq(account)))
        .execute(tx.conn())?;
    if changed == 1 { Ok(()) } else { Err(Error::Gone) }
}

/// A session's message was told: what is left of its state stays, or the session ends with it. False when it has changed
/// meanwhile: then somebody else told it.
///
/// # Errors
/// When the database refuses.
pub fn tell(tx: &mut Tx<'_>, token_hash: &str, before: &str, rest: Option<&str>) -> Result<bool> {
    let now = tx.now();
    let unchanged = sessions::token_hash.eq(token_hash).and(sessions::state.eq(before));
    let told = match rest {
        Some(rest) => diesel::update(sessions::table.filter(unchanged))
            .set((sessions::state.eq(rest), sessions::last_seen_at.eq(now)))
            .execute(tx.conn())?,
        None => diesel::delete(sessions::table.filter(unchanged)).execute(tx.conn())?,
    };
    Ok(told == 1)
}

/// Notes a visit.
///
/// # Errors
/// When the database refuses.
pub fn touch(tx: &mut Tx<'_>, token_hash: &str) -> Result<()> {
    let now = tx.now();
    diesel::update(sessions::table.filter(sessions::token_hash.eq(token_hash)))
        .set(sessions::last_seen_at.eq(now))
        .execute(tx.conn())?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// When the database refuses.
pub fn end(tx: &mut Tx<'_>, token_hash: &str) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::token_hash.eq(token_hash))).execute(tx.conn())?;
    Ok(())
}

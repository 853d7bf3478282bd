//! Sessions, keyed by the hash of the cookie's token. Updating a missing row fails, so that a session that was ended
//! cannot come back.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::people::account::roles::Role;
use crate::models::people::account::{Account, Member};
use crate::on_backend;
use crate::schema::{account_roles, accounts, sessions};
use crate::support::clock::Utc;
use crate::support::ids::AccountId;

/// A session ends after this long without a request.
pub const IDLE_TIMEOUT: SignedDuration = SignedDuration::from_hours(12);
/// A session ends after this long in any case.
pub const MAX_LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 14);
/// `last_seen_at` is updated at most this often.
pub const TOUCH_INTERVAL: SignedDuration = SignedDuration::from_mins(1);

/// The state as JSON, and the time of the last request.
pub type SessionData = (String, Utc);

/// An active session with its account.
pub struct SessionWithMember {
    /// As JSON.
    pub state: String,
    pub last_seen_at: Utc,
    /// The account, if active. Compare `auth_epoch` to see whether the session was revoked.
    pub member: Option<Member>,
}

#[derive(Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
struct NewSession<'a> {
    token_hash: &'a str,
    account_id: Option<AccountId>,
    state: &'a str,
    created_at: Utc,
    last_seen_at: Utc,
    expires_at: Utc,
}

/// Loads an active session with its account and roles in one query.
pub fn load_with_member(conn: &mut Conn, token_hash: &str, now: Utc) -> Result<Option<SessionWithMember>> {
    let idle = now.minus(IDLE_TIMEOUT);
    // `on_backend!` queries the concrete connection: Diesel then caches the statement by its type and builds no SQL
    // text.
    let rows: Vec<(String, Utc, Option<Account>, Option<String>)> = on_backend!(conn => sessions::table
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
        SessionWithMember { state, last_seen_at, member }
    }))
}

pub fn load(conn: &mut Conn, token_hash: &str, now: Utc) -> Result<Option<SessionData>> {
    let live = sessions::table
        .filter(sessions::token_hash.eq(token_hash))
        .filter(sessions::expires_at.gt(now).and(sessions::last_seen_at.gt(now.minus(IDLE_TIMEOUT))))
        .select((sessions::state, sessions::last_seen_at))
        .first(conn)
        .optional()?;
    Ok(live)
}

pub fn create(tx: &mut Tx<'_>, token_hash: &str, account: Option<AccountId>, state: &str) -> Result<()> {
    let now = tx.now();
    // Expired sessions are never read, so they can be swept here.
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(tx.conn())?;
    let row = NewSession {
        token_hash,
        account_id: account,
        state,
        created_at: now,
        last_seen_at: now,
        expires_at: now.plus(MAX_LIFETIME),
    };
    diesel::insert_into(sessions::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Replaces the state of a session.
///
/// # Errors
/// `Gone` when the session has ended.
pub fn update(tx: &mut Tx<'_>, token_hash: &str, account: Option<AccountId>, state: &str) -> Result<()> {
    let changed = diesel::update(sessions::table.filter(sessions::token_hash.eq(token_hash)))
        .set((sessions::state.eq(state), sessions::account_id.eq(account)))
        .execute(tx.conn())?;
    if changed == 1 { Ok(()) } else { Err(Error::Gone) }
}

/// Removes the flash message after it was displayed: stores the remaining state, or deletes the session if nothing
/// remains. Returns false when the state has changed since, because another request has displayed it.
pub fn consume_flash(tx: &mut Tx<'_>, token_hash: &str, old_state: &str, remaining: Option<&str>) -> Result<bool> {
    let now = tx.now();
    let unchanged = sessions::token_hash.eq(token_hash).and(sessions::state.eq(old_state));
    let changed = match remaining {
        Some(remaining) => diesel::update(sessions::table.filter(unchanged))
            .set((sessions::state.eq(remaining), sessions::last_seen_at.eq(now)))
            .execute(tx.conn())?,
        None => diesel::delete(sessions::table.filter(unchanged)).execute(tx.conn())?,
    };
    Ok(changed == 1)
}

pub fn touch(tx: &mut Tx<'_>, token_hash: &str) -> Result<()> {
    let now = tx.now();
    diesel::update(sessions::table.filter(sessions::token_hash.eq(token_hash)))
        .set(sessions::last_seen_at.eq(now))
        .execute(tx.conn())?;
    Ok(())
}

pub fn end(tx: &mut Tx<'_>, token_hash: &str) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::token_hash.eq(token_hash))).execute(tx.conn())?;
    Ok(())
}

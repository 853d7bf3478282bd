//! Sessions, keyed by the hash of the cookie's token. Updating a missing row fails, so that a session that was ended
//! cannot come back.

use diesel::prelude::*;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::people::account::role_permissions::PermissionOverride;
use crate::models::people::account::{Account, AccountStatus, Member};
use crate::on_backend;
use crate::schema::{account_roles, accounts, role_permissions, sessions};
use crate::support::clock::Utc;
use crate::support::ids::{AccountId, SessionId};

/// The longest lifetime of a session ([`SessionKind::Remembered`]).
pub const MAX_LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 30);
/// `last_seen_at` is updated at most this often.
pub const TOUCH_INTERVAL: SignedDuration = SignedDuration::from_mins(1);
/// A further session of an account ends its oldest.
const MAX_SESSIONS_PER_ACCOUNT: i64 = 20;
/// A sensitive action needs a password or second factor within this time (SECURITY.md S23).
pub const STEP_UP_WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// Time for the second factor after the password.
const PENDING_LOGIN_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// In characters; longer ones are cut.
const MAX_USER_AGENT_LENGTH: usize = 200;

/// How long a session lives (SECURITY.md S11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// Of a staff member.
    Staff,
    Customer,
    /// Of a customer who asked to stay signed in.
    Remembered,
    /// Of a staff member who uses the site as a customer.
    Impersonation,
}

impl SessionKind {
    /// It ends after this long without a request.
    pub fn idle_timeout(self) -> SignedDuration {
        match self {
            SessionKind::Staff => SignedDuration::from_hours(1),
            SessionKind::Customer => SignedDuration::from_hours(12),
            SessionKind::Remembered => SignedDuration::from_hours(24 * 14),
            SessionKind::Impersonation => SignedDuration::from_mins(30),
        }
    }

    /// It ends after this long in any case.
    pub fn max_lifetime(self) -> SignedDuration {
        match self {
            SessionKind::Staff => SignedDuration::from_hours(12),
            SessionKind::Customer => SignedDuration::from_hours(24),
            SessionKind::Remembered => MAX_LIFETIME,
            SessionKind::Impersonation => SignedDuration::from_mins(30),
        }
    }
}

/// How many factors were checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthLevel {
    /// A password, or an emailed code.
    One,
    /// A password and a code, or a passkey.
    Two,
}

/// An account's sign-in, kept in the state of its session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub account: AccountId,
    /// The account's value at sign-in; another value revokes the session.
    pub auth_epoch: i64,
    pub level: AuthLevel,
    pub kind: SessionKind,
    /// When the person last proved who they are, in Unix seconds.
    pub authenticated_at: i64,
    /// Public id of the session, to name it in the list of an account.
    pub session: String,
    /// The client's network ([`crate::support::client_network`]).
    pub network: String,
    pub user_agent: String,
    /// Set when a staff member uses the site as this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impersonation: Option<Impersonation>,
}

/// The staff member behind a session of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impersonation {
    pub staff: AccountId,
    /// The staff account's epoch at the start; another value ends the impersonation.
    pub staff_epoch: i64,
    /// How the staff member had signed in, to return to.
    pub level: AuthLevel,
    /// Public id of the customer, to return to.
    pub customer: String,
}

impl SignIn {
    /// Whether the session is of this account and was not revoked.
    pub fn is_of(&self, account: &Account) -> bool {
        (self.account, self.auth_epoch) == (account.id, account.auth_epoch)
    }

    /// Whether the person proved who they are within [`STEP_UP_WINDOW`].
    pub fn is_recent(&self, now: Utc) -> bool {
        let age = now.seconds().saturating_sub(self.authenticated_at);
        (0..=STEP_UP_WINDOW.as_secs()).contains(&age)
    }
}

/// A login that waits for its second factor, kept in the state of the browser's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingLogin {
    pub account: AccountId,
    pub auth_epoch: i64,
    pub kind: SessionKind,
    /// Where the login was to lead; empty for the default.
    pub next: String,
    /// When the password was right, in Unix seconds.
    pub begun_at: i64,
}

impl PendingLogin {
    /// Whether the second factor may still be entered.
    pub fn is_open(&self, now: Utc) -> bool {
        (0..=PENDING_LOGIN_LIFETIME.as_secs()).contains(&now.seconds().saturating_sub(self.begun_at))
    }
}

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
    public_id: Option<&'a str>,
    idle_minutes: i64,
    network: &'a str,
    user_agent: String,
}

/// A session in the list of its account.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = sessions, check_for_backend(AnyBackend))]
pub struct SessionListing {
    pub public_id: Option<String>,
    pub created_at: Utc,
    pub last_seen_at: Utc,
    /// The client's network at sign-in.
    pub network: String,
    pub user_agent: String,
    idle_minutes: i64,
}

/// Whether a session with this idle time and last request has not timed out.
fn is_live(last_seen_at: Utc, idle_minutes: i64, now: Utc) -> bool {
    last_seen_at.plus(SignedDuration::from_mins(idle_minutes)) > now
}

/// State, last request and idle time of a session, with its account, one of its roles and one override of that role.
type MemberRow = (String, Utc, i64, Option<Account>, Option<String>, Option<PermissionOverride>);

/// Loads an active session with its account, roles and permissions in one query.
pub fn load_with_member(conn: &mut Conn, token_hash: &str, now: Utc) -> Result<Option<SessionWithMember>> {
    // `on_backend!` queries the concrete connection: Diesel then caches the statement by its type and builds no SQL
    // text.
    let rows: Vec<MemberRow> = on_backend!(conn => sessions::table
        .left_join(accounts::table.on(sessions::account_id
            .eq(accounts::id.nullable())
            .and(accounts::status.eq(AccountStatus::Active))))
        .left_join(account_roles::table.on(account_roles::account_id.eq(accounts::id)))
        .left_join(role_permissions::table.on(role_permissions::role.eq(account_roles::role)))
        .filter(sessions::token_hash.eq(token_hash))
        .filter(sessions::expires_at.gt(now))
        .select((
            sessions::state,
            sessions::last_seen_at,
            sessions::idle_minutes,
            Option::<Account>::as_select(),
            account_roles::role.nullable(),
            Option::<PermissionOverride>::as_select(),
        ))
        .load(conn))?;
    let mut rows = rows.into_iter().peekable();
    let Some((state, last_seen_at, idle, account, ..)) = rows.peek().cloned() else { return Ok(None) };
    if !is_live(last_seen_at, idle, now) {
        return Ok(None);
    }
    let roles = rows.map(|(.., role, decided)| (role, decided));
    let member = account.map(|account| Member::from_rows(account, roles));
    Ok(Some(SessionWithMember { state, last_seen_at, member }))
}

pub fn load(conn: &mut Conn, token_hash: &str, now: Utc) -> Result<Option<SessionData>> {
    let row: Option<(String, Utc, i64)> = sessions::table
        .filter(sessions::token_hash.eq(token_hash).and(sessions::expires_at.gt(now)))
        .select((sessions::state, sessions::last_seen_at, sessions::idle_minutes))
        .first(conn)
        .optional()?;
    Ok(row.filter(|(_, seen, idle)| is_live(*seen, *idle, now)).map(|(state, seen, _)| (state, seen)))
}

/// Creates a session of a visitor, or of an account that signed in.
pub fn create(tx: &mut Tx<'_>, token_hash: &str, sign_in: Option<&SignIn>, state: &str) -> Result<()> {
    let now = tx.now();
    // Expired sessions are never read, so they can be swept here.
    diesel::delete(sessions::table.filter(sessions::expires_at.lt(now))).execute(tx.conn())?;
    if let Some(sign_in) = sign_in {
        end_oldest(tx, sign_in.account)?;
    }
    let kind = sign_in.map_or(SessionKind::Customer, |sign_in| sign_in.kind);
    let session = NewSession {
        token_hash,
        account_id: sign_in.map(|sign_in| sign_in.account),
        state,
        created_at: now,
        last_seen_at: now,
        expires_at: now.plus(kind.max_lifetime()),
        public_id: sign_in.map(|sign_in| sign_in.session.as_str()),
        idle_minutes: kind.idle_timeout().as_secs() / 60,
        network: sign_in.map_or("", |sign_in| &sign_in.network),
        user_agent: sign_in
            .map_or_else(String::new, |sign_in| sign_in.user_agent.chars().take(MAX_USER_AGENT_LENGTH).collect()),
    };
    diesel::insert_into(sessions::table).values(session).execute(tx.conn())?;
    Ok(())
}

/// Makes room for one more session of the account.
fn end_oldest(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    let newest: Vec<SessionId> = sessions::table
        .filter(sessions::account_id.eq(account))
        .order((sessions::last_seen_at.desc(), sessions::id.desc()))
        .limit(MAX_SESSIONS_PER_ACCOUNT - 1)
        .select(sessions::id)
        .load(tx.conn())?;
    let others = sessions::table.filter(sessions::account_id.eq(account).and(sessions::id.ne_all(newest)));
    diesel::delete(others).execute(tx.conn())?;
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
pub fn consume_flash(tx: &mut Tx<'_>, token_hash: &str, before: &str, rest: Option<&str>) -> Result<bool> {
    let now = tx.now();
    let unchanged = sessions::token_hash.eq(token_hash).and(sessions::state.eq(before));
    let changed = match rest {
        Some(rest) => diesel::update(sessions::table.filter(unchanged))
            .set((sessions::state.eq(rest), sessions::last_seen_at.eq(now)))
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

/// The live sessions of an account, the last used first.
pub fn list_for_account(conn: &mut Conn, account: AccountId, now: Utc) -> Result<Vec<SessionListing>> {
    let mut listings: Vec<SessionListing> = SessionListing::query()
        .filter(sessions::account_id.eq(account).and(sessions::expires_at.gt(now)))
        .order((sessions::last_seen_at.desc(), sessions::id.desc()))
        .load(conn)?;
    listings.retain(|listing| is_live(listing.last_seen_at, listing.idle_minutes, now));
    Ok(listings)
}

/// Ends one session of an account, by public id. Returns whether the account had it.
pub fn end_one(tx: &mut Tx<'_>, account: AccountId, public_id: &str) -> Result<bool> {
    let session = sessions::table.filter(sessions::account_id.eq(account).and(sessions::public_id.eq(public_id)));
    Ok(diesel::delete(session).execute(tx.conn())? > 0)
}

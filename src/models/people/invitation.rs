//! Invitations of staff: a link by email that works once, for seven days. It is derived from a nonce and the secret key
//! of the site; the database has its hash.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::account::role_permissions::RolePermissions;
use super::account::roles::Role;
use super::account::{Account, AccountStatus, Member};
use super::staff::end_sessions_and_void_links;
use crate::db::{AnyBackend, Conn, Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event};
use crate::schema::{accounts, invitations};
use crate::support::clock::Utc;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::support::ids::{AccountId, InvitationId};
use crate::support::token::{self, SecretKey};

const LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 7);
const PURPOSE: &str = "invitation";

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = invitations, check_for_backend(AnyBackend))]
pub struct Invitation {
    pub id: InvitationId,
    pub email: String,
    pub name: String,
    pub role: Role,
    nonce: String,
    /// How often it was sent.
    pub send_count: i64,
    pub expires_at: Utc,
}

/// Whom to invite.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    pub email: EmailAddress,
    pub name: String,
    pub role: Role,
}

#[derive(Insertable)]
#[diesel(table_name = invitations, treat_none_as_default_value = false)]
struct InvitationRow<'a> {
    email: &'a str,
    email_normal: &'a str,
    name: &'a str,
    role: Role,
    nonce: &'a str,
    token_hash: String,
    send_count: i64,
    invited_by: Option<AccountId>,
    created_at: Utc,
    expires_at: Utc,
}

/// A nonce, and the hash of the token derived from it.
fn generate_token(tx: &mut Tx<'_>) -> Result<(String, String)> {
    let nonce = tx.generate_secret()?;
    let token_hash = token::sha256_hex(tx.secret_key().token(PURPOSE, &nonce));
    Ok((nonce, token_hash))
}

impl Invitation {
    /// Invites somebody; an open invitation of the same address is withdrawn. `by` is `None` on the command line.
    ///
    /// # Errors
    /// `Invalid` on `email` when the address already has a staff account, on `role` when `by` may not grant it.
    pub fn create(tx: &mut Tx<'_>, new: &NewInvitation, by: Option<&Member>) -> Result<Invitation> {
        let permissions = RolePermissions::load(tx.conn())?;
        if new.role == Role::Owner || by.is_some_and(|by| !by.can_grant(new.role, &permissions)) {
            return Err(Error::invalid("role", Message::RoleTooHigh));
        }
        if let Some(account) = Account::find_by_email(tx.conn(), &new.email)?
            && account.is_staff(tx.conn())?
        {
            return Err(Error::invalid("email", Message::AccountExists));
        }
        let now = tx.now();
        let open = invitations::email_normal
            .eq(&new.email.normal)
            .and(invitations::accepted_at.is_null())
            .and(invitations::revoked_at.is_null());
        diesel::update(invitations::table.filter(open)).set(invitations::revoked_at.eq(now)).execute(tx.conn())?;
        let (nonce, token_hash) = generate_token(tx)?;
        let row = InvitationRow {
            email: &new.email.mailbox,
            email_normal: &new.email.normal,
            name: &new.name,
            role: new.role,
            nonce: &nonce,
            token_hash,
            send_count: 1,
            invited_by: by.and_then(Member::id),
            created_at: now,
            expires_at: now.plus(LIFETIME),
        };
        let inserted: Result<InvitationId, diesel::result::Error> =
            diesel::insert_into(invitations::table).values(row).returning(invitations::id).get_result(tx.conn());
        let id = match inserted {
            // Somebody else has invited the same address at the same time.
            Err(error) if is_unique_violation(&error) => return Err(Error::Conflict),
            inserted => inserted?,
        };
        let invitation = Invitation::get(tx.conn(), id)?;
        invitation.record_sent(tx, &actor(by))?;
        Ok(invitation)
    }

    pub fn get(conn: &mut Conn, id: InvitationId) -> Result<Invitation> {
        Ok(Invitation::query().find(id).first(conn)?)
    }

    /// Invitations that were neither accepted nor withdrawn, the newest first; expired ones too.
    pub fn list_open(conn: &mut Conn) -> Result<Vec<Invitation>> {
        Ok(Invitation::query()
            .filter(invitations::accepted_at.is_null().and(invitations::revoked_at.is_null()))
            .order(invitations::id.desc())
            .load(conn)?)
    }

    /// The secret of the link.
    pub fn token(&self, key: &SecretKey) -> String {
        key.token(PURPOSE, &self.nonce)
    }

    /// Sends the invitation again with a new link for seven days; the old link no longer works.
    ///
    /// # Errors
    /// `Conflict` when it was accepted or withdrawn; `Invalid` on `role` when `by` may not grant it.
    pub fn renew(tx: &mut Tx<'_>, id: InvitationId, by: &Member) -> Result<()> {
        let invitation = Invitation::get(tx.conn(), id)?;
        let permissions = RolePermissions::load(tx.conn())?;
        if !by.can_grant(invitation.role, &permissions) {
            return Err(Error::invalid("role", Message::RoleTooHigh));
        }
        let (nonce, token_hash) = generate_token(tx)?;
        let now = tx.now();
        let open = invitations::table
            .find(id)
            .filter(invitations::accepted_at.is_null().and(invitations::revoked_at.is_null()));
        let changed = diesel::update(open)
            .set((
                invitations::nonce.eq(nonce),
                invitations::token_hash.eq(token_hash),
                invitations::send_count.eq(invitations::send_count + 1),
                invitations::expires_at.eq(now.plus(LIFETIME)),
            ))
            .execute(tx.conn())?;
        if changed != 1 {
            return Err(Error::Conflict);
        }
        Invitation::get(tx.conn(), id)?.record_sent(tx, &by.actor())
    }

    /// Makes the link void.
    ///
    /// # Errors
    /// `Conflict` when it was accepted or withdrawn before.
    pub fn withdraw(tx: &mut Tx<'_>, id: InvitationId, by: &Actor) -> Result<()> {
        let now = tx.now();
        let open = invitations::table
            .find(id)
            .filter(invitations::accepted_at.is_null().and(invitations::revoked_at.is_null()));
        if diesel::update(open).set(invitations::revoked_at.eq(now)).execute(tx.conn())? != 1 {
            return Err(Error::Conflict);
        }
        let email = Invitation::get(tx.conn(), id)?.email;
        Event::InvitationWithdrawn { invitation: id, email }.record(tx, by)
    }

    /// The invitation of a valid link, without using it.
    pub fn find_by_token(conn: &mut Conn, secret: &str, now: Utc) -> Result<Option<Invitation>> {
        let is_valid = invitations::token_hash
            .eq(token::sha256_hex(secret))
            .and(invitations::accepted_at.is_null())
            .and(invitations::revoked_at.is_null())
            .and(invitations::expires_at.gt(now));
        Ok(Invitation::query().filter(is_valid).first(conn).optional()?)
    }

    /// Uses the link: makes the account a staff account. A customer with the address keeps the account, gets the
    /// password and is logged out everywhere.
    ///
    /// # Errors
    /// `LinkExpired` when the link is used, withdrawn, expired or unknown; `Invalid` on `role` when the account has
    /// become a staff account meanwhile.
    pub fn accept(tx: &mut Tx<'_>, secret: &str, name: &str, hash: &str) -> Result<Account> {
        let now = tx.now();
        let is_valid = invitations::token_hash
            .eq(token::sha256_hex(secret))
            .and(invitations::accepted_at.is_null())
            .and(invitations::revoked_at.is_null())
            .and(invitations::expires_at.gt(now));
        let used: Option<InvitationId> = diesel::update(invitations::table.filter(is_valid))
            .set(invitations::accepted_at.eq(now))
            .returning(invitations::id)
            .get_result(tx.conn())
            .optional()?;
        let invitation = Invitation::get(tx.conn(), used.ok_or(Error::LinkExpired)?)?;
        let address = EmailAddress::parse(&invitation.email).ok_or(Error::bug("an invitation without an address"))?;
        let id = match Account::find_by_email(tx.conn(), &address)? {
            None => {
                let person = Actor::without_account(name);
                Account::create(tx, &address, name, hash, invitation.role, &person)?
            }
            Some(account) if account.is_staff(tx.conn())? => {
                return Err(Error::invalid("email", Message::AccountExists));
            }
            Some(account) => {
                diesel::update(accounts::table.find(account.id))
                    .set((
                        accounts::name.eq(name),
                        accounts::status.eq(AccountStatus::Active),
                        accounts::password_hash.eq(hash),
                        accounts::auth_epoch.eq(accounts::auth_epoch + 1),
                    ))
                    .execute(tx.conn())?;
                end_sessions_and_void_links(tx, account.id, None)?;
                Account::grant_role(tx, account.id, invitation.role)?;
                account.id
            }
        };
        Event::InvitationAccepted { invitation: invitation.id, account: id }.record(tx, &Actor::staff(id, name))?;
        Account::get(tx.conn(), id)
    }

    fn record_sent(&self, tx: &mut Tx<'_>, by: &Actor) -> Result<()> {
        let (email, role) = (self.email.clone(), self.role.as_str().to_owned());
        Event::InvitationSent { invitation: self.id, email, role, send_count: self.send_count }.record(tx, by)
    }
}

fn actor(by: Option<&Member>) -> Actor {
    by.map_or(Actor::CommandLine, Member::actor)
}

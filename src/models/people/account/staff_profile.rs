//! The profile of a staff member.

use diesel::prelude::*;

use super::Account;
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::{Actor, Event};
use crate::on_backend;
use crate::schema::accounts;
use crate::support::ids::{AccountId, MediaId};

#[derive(Clone, Debug, PartialEq, Eq, HasQuery, AsChangeset)]
#[diesel(table_name = accounts, check_for_backend(AnyBackend), treat_none_as_null = true)]
pub struct StaffProfile {
    pub name: String,
    pub bio: String,
    pub picture_id: Option<MediaId>,
    /// IANA time zone; empty for the site's.
    pub time_zone: String,
    /// The code of the language of pages and emails; empty for the site's.
    pub locale: String,
    /// The version that was loaded.
    pub lock_version: i64,
}

/// What readers learn about the author of a post.
#[derive(Clone, Debug, PartialEq, Eq, HasQuery)]
#[diesel(table_name = accounts, check_for_backend(AnyBackend))]
pub struct AuthorProfile {
    pub bio: String,
    pub picture_id: Option<MediaId>,
}

impl Account {
    pub fn find_author_profile(conn: &mut Conn, id: AccountId) -> Result<Option<AuthorProfile>> {
        Ok(on_backend!(conn => AuthorProfile::query().filter(accounts::id.eq(id)).first(conn).optional())?)
    }

    pub fn find_profile(conn: &mut Conn, id: AccountId) -> Result<StaffProfile> {
        Ok(StaffProfile::query().filter(accounts::id.eq(id)).first(conn)?)
    }

    /// # Errors
    /// `Conflict` when the account was changed since the profile was loaded.
    pub fn save_profile(tx: &mut Tx<'_>, id: AccountId, profile: &StaffProfile) -> Result<()> {
        let unchanged = accounts::table.find(id).filter(accounts::lock_version.eq(profile.lock_version));
        let next = StaffProfile { lock_version: profile.lock_version + 1, ..profile.clone() };
        if diesel::update(unchanged).set(&next).execute(tx.conn())? != 1 {
            return Err(Error::Conflict);
        }
        Event::AccountUpdated { account: id, group: "profile".to_owned() }.record(tx, &Actor::staff(id, &profile.name))
    }
}

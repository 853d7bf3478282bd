//! What a customer has agreed to, and when they took it back.

use diesel::prelude::*;

use super::{Account, Event};
use crate::db::{AnyBackend, Conn, Tx};
use crate::error::Result;
use crate::on_backend;
use crate::schema::account_consents;
use crate::support::clock::Utc;
use crate::support::ids::AccountId;
use crate::text_enum;

text_enum! {
    /// What a customer may agree to.
    ConsentKind {
        /// News and offers by email.
        Marketing = "marketing",
    }
}

/// A consent that was given, and perhaps withdrawn.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = account_consents, check_for_backend(AnyBackend))]
pub struct Consent {
    pub kind: ConsentKind,
    pub given_at: Utc,
    pub withdrawn_at: Option<Utc>,
}

#[derive(Insertable)]
#[diesel(table_name = account_consents, treat_none_as_default_value = false)]
struct NewConsent {
    account_id: AccountId,
    kind: ConsentKind,
    given_at: Utc,
    withdrawn_at: Option<Utc>,
}

impl Consent {
    pub fn list(conn: &mut Conn, account: AccountId) -> Result<Vec<Consent>> {
        let mine = Consent::query().filter(account_consents::account_id.eq(account));
        Ok(mine.order(account_consents::kind).load(conn)?)
    }

    pub fn is_given(&self) -> bool {
        self.withdrawn_at.is_none()
    }

    /// Gives the consents of `given` and withdraws all others.
    pub fn save(tx: &mut Tx<'_>, account: &Account, given: &[ConsentKind]) -> Result<()> {
        let now = tx.now();
        let before = Consent::list(tx.conn(), account.id)?;
        let mut has_changed = false;
        for kind in ConsentKind::ALL {
            let was_given = before.iter().any(|consent| consent.kind == *kind && consent.is_given());
            if was_given == given.contains(kind) {
                continue;
            }
            has_changed = true;
            let row = account_consents::table.find((account.id, *kind));
            if was_given {
                diesel::update(row).set(account_consents::withdrawn_at.eq(now)).execute(tx.conn())?;
                continue;
            }
            diesel::delete(row).execute(tx.conn())?;
            let new = NewConsent { account_id: account.id, kind: *kind, given_at: now, withdrawn_at: None };
            let conn = tx.conn();
            on_backend!(conn => diesel::insert_into(account_consents::table)
                .values(new)
                .on_conflict_do_nothing()
                .execute(conn))?;
        }
        if !has_changed {
            return Ok(());
        }
        let actor = account.actor(tx.conn())?;
        Event::AccountUpdated { account: account.id, group: "consents".to_owned() }.record(tx, &actor)
    }
}

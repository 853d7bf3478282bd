//! Gift cards: money that was paid in before, to be spent in the shop. A balance changes only together with a row of the
//! ledger, and what is taken is guarded in its update: a card never pays more than is on it.

pub mod applying;
pub mod editing;
pub mod holding;
pub mod issuing;
pub mod listing;
pub mod refunding;

use diesel::prelude::*;

use crate::db::{Conn, Db, Tx};
use crate::error::Result;
use crate::schema::{gift_card_ledger, gift_cards};
use crate::support::clock::Utc;
use crate::support::money::{Currency, Money};
use crate::support::token::{self, SecretKey};
use crate::text_enum;

text_enum! {
    /// Why a balance changed.
    EntryKind {
        /// The card was made.
        Issue = "issue",
        /// An order that waits for the rest of its money holds so much of it.
        Hold = "hold",
        /// The order was given up: it is on the card again.
        Release = "release",
        /// An order was paid with it.
        Use = "use",
        /// The order was paid back.
        Refund = "refund",
        /// Staff changed it, or the card itself was paid back.
        Adjust = "adjust",
    }
}

/// A gift card. Its code is not stored: it is derived from the site's key and the public id.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = gift_cards, check_for_backend(Db))]
pub struct GiftCard {
    /// The row.
    pub id: i64,
    /// For URLs and forms.
    pub public_id: String,
    /// SHA-256 of its code.
    pub code_hash: String,
    /// The last four letters of its code.
    pub last4: String,
    /// ISO 4217.
    pub currency: String,
    /// What is on it, minor units.
    pub balance_minor: i64,
    /// Until when it can be used.
    pub expires_at: Option<Utc>,
    /// Where its code was mailed to when staff made it; empty for nowhere.
    pub email: String,
    /// The line of the order it was bought with.
    pub order_line_id: Option<i64>,
    /// When it was made.
    pub created_at: Utc,
}

/// How a card stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be used.
    Good,
    /// Nothing is left on it.
    Empty,
    /// Its time is over.
    Expired,
}

/// What the ledger says when staff end a card's time at once.
const BLOCKED: &str = "Blocked";

/// What codes are derived for.
const CODE: &str = "gift card code";

impl GiftCard {
    /// Its code; none when the site's key was changed after the card was made.
    pub fn code(&self, key: &SecretKey) -> Option<String> {
        let code = key.code(CODE, &self.public_id);
        (token::hash(&code) == self.code_hash).then_some(code)
    }

    /// How it stands.
    pub fn standing(&self, now: Utc) -> Standing {
        if self.expires_at.is_some_and(|end| end <= now) {
            Standing::Expired
        } else if self.balance_minor == 0 {
            Standing::Empty
        } else {
            Standing::Good
        }
    }

    /// What is on it.
    pub fn balance(&self) -> Money {
        Money::new(self.balance_minor, Currency::from_code(&self.currency).unwrap_or(Currency::EUR))
    }

    /// A card by its row.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get(conn: &mut Conn, id: i64) -> Result<GiftCard> {
        Ok(gift_cards::table.find(id).select(GiftCard::as_select()).first(conn)?)
    }

    /// A card by its public id.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn find(conn: &mut Conn, public_id: &str) -> Result<GiftCard> {
        Ok(gift_cards::table.filter(gift_cards::public_id.eq(public_id)).select(GiftCard::as_select()).first(conn)?)
    }

    /// The card whose code somebody typed, whatever its state. What is no code at all is looked for as well, so that
    /// the answer takes as long.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn by_code(conn: &mut Conn, typed: &str) -> Result<Option<GiftCard>> {
        let hash = token::hash(token::read_code(typed).unwrap_or_default());
        let known = gift_cards::table.filter(gift_cards::code_hash.eq(hash));
        Ok(known.select(GiftCard::as_select()).first(conn).optional()?)
    }

    /// The cards of a line of an order, in the order they were made.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn of_line(conn: &mut Conn, line: i64) -> Result<Vec<GiftCard>> {
        let mine = gift_cards::table.filter(gift_cards::order_line_id.eq(line));
        Ok(mine.order(gift_cards::id).select(GiftCard::as_select()).load(conn)?)
    }
}

/// A row for the ledger.
struct Entry<'a> {
    card: i64,
    order: Option<i64>,
    kind: EntryKind,
    /// Minor units; below nought when it is taken off.
    delta: i64,
    /// Who.
    by: &'a str,
    /// Why.
    note: &'a str,
}

impl Entry<'_> {
    fn write(&self, tx: &mut Tx<'_>) -> Result<()> {
        let row = (
            gift_card_ledger::gift_card_id.eq(self.card),
            gift_card_ledger::order_id.eq(self.order),
            gift_card_ledger::kind.eq(self.kind),
            gift_card_ledger::delta_minor.eq(self.delta),
            gift_card_ledger::actor.eq(self.by),
            gift_card_ledger::note.eq(self.note),
            gift_card_ledger::at.eq(tx.now()),
        );
        diesel::insert_into(gift_card_ledger::table).values(row).execute(tx.conn())?;
        Ok(())
    }

    /// Changes the balance by one conditional update, and writes the row. Whether so much was there to be taken.
    fn book(&self, tx: &mut Tx<'_>) -> Result<bool> {
        let enough = gift_cards::id.eq(self.card).and((gift_cards::balance_minor + self.delta).ge(0));
        let moved = diesel::update(gift_cards::table.filter(enough))
            .set(gift_cards::balance_minor.eq(gift_cards::balance_minor + self.delta))
            .execute(tx.conn())?;
        if moved == 1 {
            self.write(tx)?;
        }
        Ok(moved == 1)
    }
}

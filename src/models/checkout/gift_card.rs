//! Gift cards. Each change of a balance writes a ledger row, and a conditional update keeps the balance from going
//! below zero.

pub mod adjustment;
pub mod application;
pub mod holds;
pub mod issuance;
pub mod listing;
pub mod refunds;

use diesel::prelude::*;

use crate::db::{AnyBackend, Conn, Tx};
use crate::error::Result;
use crate::models::platform::event::Actor;
use crate::schema::{gift_card_ledger, gift_cards};
use crate::support::clock::Utc;
use crate::support::ids::{GiftCardId, OrderId, OrderLineId};
use crate::support::money::{Currency, Money};
use crate::support::token::{self, SecretKey};
use crate::text_enum;

text_enum! {
    LedgerEntryKind {
        Issue = "issue",
        /// A pending order holds the amount.
        Hold = "hold",
        /// A held amount went back to the card because its order expired or was cancelled.
        Release = "release",
        Use = "use",
        Refund = "refund",
        /// A change by staff, or a refund of the card itself.
        Adjust = "adjust",
    }
}

text_enum! {
    AdjustmentCause {
        /// The card itself was refunded to the buyer.
        Refunded = "refunded",
        /// Staff blocked it: it expired at once.
        Blocked = "blocked",
        ExpiryChanged = "expiry_changed",
        ExpiryRemoved = "expiry_removed",
        /// It had expired when money was refunded to it.
        ExtendedAfterRefund = "extended_after_refund",
    }
}

/// A gift card. Its code is not stored but derived from the site's secret key and the public id.
#[derive(Clone, Debug, PartialEq, Eq, HasQuery)]
#[diesel(table_name = gift_cards, check_for_backend(AnyBackend))]
pub struct GiftCard {
    pub id: GiftCardId,
    pub public_id: String,
    /// SHA-256 of the code, hex.
    pub code_hash: String,
    pub last4: String,
    pub currency: Currency,
    pub balance_minor: i64,
    /// `None` if it does not expire.
    pub expires_at: Option<Utc>,
    /// The recipient of a card that staff created; empty for none.
    pub email: String,
    /// The order line that it was bought with; `None` for cards that staff created.
    pub order_line_id: Option<OrderLineId>,
    pub created_at: Utc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiftCardStatus {
    Active,
    Empty,
    Expired,
}

const CODE_PURPOSE: &str = "gift card code";

impl GiftCard {
    /// The code; `None` if the site's secret key was changed after the card was created.
    pub fn code(&self, key: &SecretKey) -> Option<String> {
        let code = key.code(CODE_PURPOSE, &self.public_id);
        (token::sha256_hex(&code) == self.code_hash).then_some(code)
    }

    pub fn status(&self, now: Utc) -> GiftCardStatus {
        if self.expires_at.is_some_and(|end| end <= now) {
            GiftCardStatus::Expired
        } else if self.balance_minor == 0 {
            GiftCardStatus::Empty
        } else {
            GiftCardStatus::Active
        }
    }

    pub fn balance(&self) -> Money {
        Money::new(self.balance_minor, self.currency)
    }

    pub fn get(conn: &mut Conn, id: GiftCardId) -> Result<GiftCard> {
        Ok(GiftCard::query().find(id).first(conn)?)
    }

    pub fn find(conn: &mut Conn, public_id: &str) -> Result<GiftCard> {
        Ok(GiftCard::query().filter(gift_cards::public_id.eq(public_id)).first(conn)?)
    }

    /// Finds the card of a code as typed, whatever its status. Input that is not a code is looked up too, so that the
    /// response time does not reveal it.
    pub fn find_by_code(conn: &mut Conn, typed: &str) -> Result<Option<GiftCard>> {
        let hash = token::sha256_hex(token::parse_code(typed).unwrap_or_default());
        Ok(GiftCard::query().filter(gift_cards::code_hash.eq(hash)).first(conn).optional()?)
    }

    pub fn list_for_line(conn: &mut Conn, line: OrderLineId) -> Result<Vec<GiftCard>> {
        Ok(GiftCard::query().filter(gift_cards::order_line_id.eq(line)).order(gift_cards::id).load(conn)?)
    }
}

#[derive(Insertable)]
#[diesel(table_name = gift_card_ledger, treat_none_as_default_value = false)]
struct LedgerRow<'a> {
    gift_card_id: GiftCardId,
    order_id: Option<OrderId>,
    kind: LedgerEntryKind,
    delta_minor: i64,
    actor: &'a Actor,
    cause: Option<AdjustmentCause>,
    note: &'a str,
    at: Utc,
}

struct NewLedgerEntry<'a> {
    card: GiftCardId,
    order: Option<OrderId>,
    kind: LedgerEntryKind,
    /// Minor units; negative if it reduces the balance.
    delta: i64,
    by: &'a Actor,
    cause: Option<AdjustmentCause>,
    /// As typed; may be empty.
    note: &'a str,
}

impl<'a> NewLedgerEntry<'a> {
    fn new(card: GiftCardId, kind: LedgerEntryKind, delta: i64, by: &'a Actor) -> NewLedgerEntry<'a> {
        NewLedgerEntry { card, order: None, kind, delta, by, cause: None, note: "" }
    }

    fn adjust(card: GiftCardId, delta: i64, cause: AdjustmentCause, by: &'a Actor) -> NewLedgerEntry<'a> {
        NewLedgerEntry { cause: Some(cause), ..NewLedgerEntry::new(card, LedgerEntryKind::Adjust, delta, by) }
    }

    fn insert(&self, tx: &mut Tx<'_>) -> Result<()> {
        let row = LedgerRow {
            gift_card_id: self.card,
            order_id: self.order,
            kind: self.kind,
            delta_minor: self.delta,
            actor: self.by,
            cause: self.cause,
            note: self.note,
            at: tx.now(),
        };
        diesel::insert_into(gift_card_ledger::table).values(row).execute(tx.conn())?;
        Ok(())
    }

    /// Changes the balance by one conditional update; returns false if it is too low.
    fn apply(&self, tx: &mut Tx<'_>) -> Result<bool> {
        let enough = gift_cards::id.eq(self.card).and((gift_cards::balance_minor + self.delta).ge(0));
        let updated = diesel::update(gift_cards::table.filter(enough))
            .set(gift_cards::balance_minor.eq(gift_cards::balance_minor + self.delta))
            .execute(tx.conn())?;
        if updated == 1 {
            self.insert(tx)?;
        }
        Ok(updated == 1)
    }
}

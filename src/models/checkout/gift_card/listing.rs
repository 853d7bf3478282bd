//! Queries for the admin's gift card list, a card's ledger, and the gift cards of an order.

use diesel::prelude::*;

use super::{AdjustmentCause, GiftCard, LedgerEntryKind};
use crate::db::{AnyBackend, Conn};
use crate::error::Result;
use crate::models::platform::event::Actor;
use crate::schema::{gift_card_ledger, gift_cards, order_lines, orders};
use crate::support::clock::Utc;
use crate::support::ids::{GiftCardId, OrderId, OrderLineId};
use crate::support::pagination::{CappedCount, Cursor, CursorPage};
use crate::support::token;
use crate::{apply_cursor, count_capped, text_enum};

text_enum! {
    GiftCardView {
        All = "all",
        /// Not expired, with a balance.
        Active = "good",
        /// Not expired, without a balance.
        Empty = "empty",
        Expired = "expired",
    }
}

#[derive(Clone, Debug, Queryable)]
pub struct LedgerEntry {
    pub kind: LedgerEntryKind,
    pub delta_minor: i64,
    pub actor: Actor,
    /// Why it was adjusted, if not for a reason that staff typed.
    pub cause: Option<AdjustmentCause>,
    pub note: String,
    pub at: Utc,
    /// The order's number, if the entry belongs to an order that has one.
    pub order: Option<String>,
}

/// An amount that a gift card paid for an order, or got back from it.
#[derive(Clone, Debug, Queryable)]
pub struct GiftCardTransaction {
    pub kind: LedgerEntryKind,
    /// The change of the card's balance, minor units.
    pub delta_minor: i64,
    pub at: Utc,
    pub last4: String,
}

type Boxed<'a> = gift_cards::BoxedQuery<'a, AnyBackend>;

fn filter_by_view<'a>(view: GiftCardView, now: Utc) -> Boxed<'a> {
    let all = gift_cards::table.into_boxed::<AnyBackend>();
    let is_expired = gift_cards::expires_at.is_not_null().and(gift_cards::expires_at.assume_not_null().le(now));
    let is_valid = gift_cards::expires_at.is_null().or(gift_cards::expires_at.assume_not_null().gt(now));
    match view {
        GiftCardView::All => all,
        GiftCardView::Active => all.filter(is_valid.and(gift_cards::balance_minor.gt(0))),
        GiftCardView::Empty => all.filter(is_valid.and(gift_cards::balance_minor.eq(0))),
        GiftCardView::Expired => all.filter(is_expired),
    }
}

impl GiftCard {
    /// A page of gift cards, newest first (keyset pagination), each with the number of the order it was bought with.
    /// `typed` is the last four characters of a code, a whole code, or the number of an order that a card was bought or
    /// paid with.
    pub fn page(
        conn: &mut Conn,
        view: GiftCardView,
        typed: &str,
        now: Utc,
        cursor: &Cursor,
    ) -> Result<CursorPage<(GiftCard, Option<String>)>> {
        let anchor: Option<(Utc, GiftCardId)> = cursor.anchor(|key| {
            let row = gift_cards::table.filter(gift_cards::public_id.eq(key));
            row.select((gift_cards::created_at, gift_cards::id)).first(conn).optional()
        })?;
        let mut query = filter_by_view(view, now);
        if !typed.is_empty() {
            let with_number = orders::table.filter(orders::number.eq(typed.to_owned())).select(orders::id.nullable());
            let used_for_order = gift_card_ledger::table
                .filter(gift_card_ledger::order_id.eq_any(with_number))
                .select(gift_card_ledger::gift_card_id);
            let code_hash = token::sha256_hex(token::parse_code(typed).unwrap_or_default());
            let matches_card = gift_cards::last4.eq(typed.to_uppercase()).or(gift_cards::code_hash.eq(code_hash));
            query = query.filter(matches_card.or(gift_cards::id.eq_any(used_for_order)));
        }
        let query = query.select(GiftCard::as_select());
        let cards: Vec<GiftCard> =
            apply_cursor!(query, cursor, anchor, descending, gift_cards::created_at, gift_cards::id).load(conn)?;
        let lines: Vec<OrderLineId> = cards.iter().filter_map(|card| card.order_line_id).collect();
        let numbers: Vec<(OrderLineId, Option<String>)> = order_lines::table
            .inner_join(orders::table)
            .filter(order_lines::id.eq_any(lines))
            .select((order_lines::id, orders::number))
            .load(conn)?;
        let number =
            |line: OrderLineId| numbers.iter().find(|(id, _)| *id == line).and_then(|(_, number)| number.clone());
        Ok(CursorPage::from_rows(cards, cursor, |card| card.public_id.clone()).map(|card| {
            let order = card.order_line_id.and_then(number);
            (card, order)
        }))
    }

    pub fn count(conn: &mut Conn, view: GiftCardView, now: Utc) -> Result<CappedCount> {
        count_capped!(conn, filter_by_view(view, now), gift_cards::id)
    }

    pub fn list_ledger(&self, conn: &mut Conn) -> Result<Vec<LedgerEntry>> {
        Ok(gift_card_ledger::table
            .left_join(orders::table.on(orders::id.nullable().eq(gift_card_ledger::order_id)))
            .filter(gift_card_ledger::gift_card_id.eq(self.id))
            .order(gift_card_ledger::id)
            .select((
                gift_card_ledger::kind,
                gift_card_ledger::delta_minor,
                gift_card_ledger::actor,
                gift_card_ledger::cause,
                gift_card_ledger::note,
                gift_card_ledger::at,
                orders::number.nullable(),
            ))
            .load(conn)?)
    }

    pub fn list_transactions_for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<GiftCardTransaction>> {
        let paying = [LedgerEntryKind::Hold, LedgerEntryKind::Use, LedgerEntryKind::Release, LedgerEntryKind::Refund];
        Ok(gift_card_ledger::table
            .inner_join(gift_cards::table)
            .filter(gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq_any(paying)))
            .order(gift_card_ledger::id)
            .select((gift_card_ledger::kind, gift_card_ledger::delta_minor, gift_card_ledger::at, gift_cards::last4))
            .load(conn)?)
    }

    /// Amounts that gift cards pay for an order, before refunds: last four characters of the code, and minor units.
    pub fn list_payments_for_order(conn: &mut Conn, order: OrderId) -> Result<Vec<(String, i64)>> {
        let paying = [LedgerEntryKind::Hold, LedgerEntryKind::Use, LedgerEntryKind::Release];
        let rows: Vec<(GiftCardId, String, i64)> = gift_card_ledger::table
            .inner_join(gift_cards::table)
            .filter(gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq_any(paying)))
            .order(gift_card_ledger::id)
            .select((gift_cards::id, gift_cards::last4, gift_card_ledger::delta_minor))
            .load(conn)?;
        let mut paid: Vec<(GiftCardId, String, i64)> = Vec::new();
        for (card, last4, delta) in rows {
            match paid.iter_mut().find(|(other, ..)| *other == card) {
                Some((_, _, minor)) => *minor -= delta,
                None => paid.push((card, last4, -delta)),
            }
        }
        Ok(paid.into_iter().filter(|(_, _, minor)| *minor > 0).map(|(_, last4, minor)| (last4, minor)).collect())
    }

    pub fn list_bought_with_order(conn: &mut Conn, order: OrderId) -> Result<Vec<GiftCard>> {
        Ok(gift_cards::table
            .inner_join(order_lines::table)
            .filter(order_lines::order_id.eq(order))
            .order(gift_cards::id)
            .select(GiftCard::as_select())
            .load(conn)?)
    }
}

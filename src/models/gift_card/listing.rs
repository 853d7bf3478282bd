//! Cards for the admin's list, and the ledger of one; and the cards behind an order.

use diesel::prelude::*;

use super::{EntryKind, GiftCard};
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::schema::{gift_card_ledger, gift_cards, order_lines, orders};
use crate::support::clock::Utc;
use crate::support::page::{Stretch, Tally, Window};
use crate::support::token;
use crate::{tally, text_enum, windowed};

text_enum! {
    /// Views of the list.
    View {
        /// All.
        All = "all",
        /// They can be used.
        Good = "good",
        /// Nothing is left on them.
        Empty = "empty",
        /// Their time is over.
        Expired = "expired",
    }
}

/// A row of a card's ledger.
#[derive(Clone, Debug, Queryable)]
pub struct Entry {
    /// Why.
    pub kind: EntryKind,
    /// The change, minor units.
    pub delta_minor: i64,
    /// Who.
    pub actor: String,
    /// In words; may be empty.
    pub note: String,
    /// When.
    pub at: Utc,
    /// Number of the order behind it.
    pub order: Option<String>,
}

/// What a card paid of an order, or got back from it.
#[derive(Clone, Debug, Queryable)]
pub struct Movement {
    /// Why.
    pub kind: EntryKind,
    /// The change of the card, minor units.
    pub delta_minor: i64,
    /// When.
    pub at: Utc,
    /// The last four letters of the card's code.
    pub last4: String,
}

type Boxed<'a> = gift_cards::BoxedQuery<'a, Db>;

fn of_view<'a>(view: View, now: Utc) -> Boxed<'a> {
    let all = gift_cards::table.into_boxed::<Db>();
    let over = gift_cards::expires_at.is_not_null().and(gift_cards::expires_at.assume_not_null().le(now));
    let lasts = gift_cards::expires_at.is_null().or(gift_cards::expires_at.assume_not_null().gt(now));
    match view {
        View::All => all,
        View::Good => all.filter(lasts.and(gift_cards::balance_minor.gt(0))),
        View::Empty => all.filter(lasts.and(gift_cards::balance_minor.eq(0))),
        View::Expired => all.filter(over),
    }
}

impl GiftCard {
    /// A page of cards, the newest first, each with the number of the order it was bought with. What is looked for is
    /// the end of a code, a whole code, or the number of an order that a card was bought or paid with.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn page(
        conn: &mut Conn,
        view: View,
        typed: &str,
        now: Utc,
        window: &Window,
    ) -> Result<Stretch<(GiftCard, Option<String>)>> {
        let edge: Option<(Utc, i64)> = window.edge(|key| {
            let row = gift_cards::table.filter(gift_cards::public_id.eq(key));
            row.select((gift_cards::created_at, gift_cards::id)).first(conn).optional()
        })?;
        let mut query = of_view(view, now);
        if !typed.is_empty() {
            let numbered = orders::table.filter(orders::number.eq(typed.to_owned())).select(orders::id.nullable());
            let behind = gift_card_ledger::table
                .filter(gift_card_ledger::order_id.eq_any(numbered))
                .select(gift_card_ledger::gift_card_id);
            let whole = token::hash(token::read_code(typed).unwrap_or_default());
            let named = gift_cards::last4.eq(typed.to_uppercase()).or(gift_cards::code_hash.eq(whole));
            query = query.filter(named.or(gift_cards::id.eq_any(behind)));
        }
        let query = query.select(GiftCard::as_select());
        let cards: Vec<GiftCard> =
            windowed!(query, window, edge, falling, gift_cards::created_at, gift_cards::id).load(conn)?;
        let lines: Vec<i64> = cards.iter().filter_map(|card| card.order_line_id).collect();
        let numbers: Vec<(i64, Option<String>)> = order_lines::table
            .inner_join(orders::table)
            .filter(order_lines::id.eq_any(lines))
            .select((order_lines::id, orders::number))
            .load(conn)?;
        let number = |line: i64| numbers.iter().find(|(id, _)| *id == line).and_then(|(_, number)| number.clone());
        Ok(Stretch::cut(cards, window, |card| card.public_id.clone()).map(|card| {
            let order = card.order_line_id.and_then(number);
            (card, order)
        }))
    }

    /// How many cards a view holds.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count(conn: &mut Conn, view: View, now: Utc) -> Result<Tally> {
        tally!(conn, of_view(view, now), gift_cards::id)
    }

    /// Everything that happened to the card, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn ledger(&self, conn: &mut Conn) -> Result<Vec<Entry>> {
        Ok(gift_card_ledger::table
            .left_join(orders::table.on(orders::id.nullable().eq(gift_card_ledger::order_id)))
            .filter(gift_card_ledger::gift_card_id.eq(self.id))
            .order(gift_card_ledger::id)
            .select((
                gift_card_ledger::kind,
                gift_card_ledger::delta_minor,
                gift_card_ledger::actor,
                gift_card_ledger::note,
                gift_card_ledger::at,
                orders::number.nullable(),
            ))
            .load(conn)?)
    }

    /// What cards have paid of an order and got back from it, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn movements(conn: &mut Conn, order: i64) -> Result<Vec<Movement>> {
        let paying = [EntryKind::Hold, EntryKind::Use, EntryKind::Release, EntryKind::Refund];
        Ok(gift_card_ledger::table
            .inner_join(gift_cards::table)
            .filter(gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq_any(paying)))
            .order(gift_card_ledger::id)
            .select((gift_card_ledger::kind, gift_card_ledger::delta_minor, gift_card_ledger::at, gift_cards::last4))
            .load(conn)?)
    }

    /// The cards that pay for an order, whatever went back later: the end of the code, and minor units.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn paid_for(conn: &mut Conn, order: i64) -> Result<Vec<(String, i64)>> {
        let paying = [EntryKind::Hold, EntryKind::Use, EntryKind::Release];
        let rows: Vec<(i64, String, i64)> = gift_card_ledger::table
            .inner_join(gift_cards::table)
            .filter(gift_card_ledger::order_id.eq(order).and(gift_card_ledger::kind.eq_any(paying)))
            .order(gift_card_ledger::id)
            .select((gift_cards::id, gift_cards::last4, gift_card_ledger::delta_minor))
            .load(conn)?;
        let mut paid: Vec<(i64, String, i64)> = Vec::new();
        for (card, last4, delta) in rows {
            match paid.iter_mut().find(|(known, ..)| *known == card) {
                Some((_, _, minor)) => *minor -= delta,
                None => paid.push((card, last4, -delta)),
            }
        }
        Ok(paid.into_iter().filter(|(_, _, minor)| *minor > 0).map(|(_, last4, minor)| (last4, minor)).collect())
    }

    /// The cards that were bought with an order.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn bought_with(conn: &mut Conn, order: i64) -> Result<Vec<GiftCard>> {
        Ok(gift_cards::table
            .inner_join(order_lines::table)
            .filter(order_lines::order_id.eq(order))
            .order(gift_cards::id)
            .select(GiftCard::as_select())
            .load(conn)?)
    }
}

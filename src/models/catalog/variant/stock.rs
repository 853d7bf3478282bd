//! Stock levels, changed only by conditional updates, and the ledger that records every change.

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::schema::{reservations, stock_ledger, stock_levels};
use crate::support::clock::Utc;
use crate::support::i18n::Message;
use crate::support::ids::{FulfilmentId, OrderLineId, RefundId, ReturnId, StockLevelId, VariantId};
use crate::{on_backend, stored_as_text, text_enum};

text_enum! {
    ReservationState {
        Active = "active",
        Committed = "committed",
        /// The whole quantity has left the stock.
        Shipped = "shipped",
        Released = "released",
    }
}

text_enum! {
    LedgerEntryKind {
        Count = "count",
        Receive = "receive",
        Damage = "damage",
        Return = "return",
        Reserve = "reserve",
        Release = "release",
        Ship = "ship",
        Shortage = "shortage",
    }
}

/// The record that caused a ledger entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum StockReference {
    /// The stock that the variant was created with.
    Opening,
    /// Staff set the stock on the product page.
    ProductPage,
    /// Staff adjusted the stock on the stock page.
    StockPage,
    Order(String),
    Refund(RefundId),
    Return(ReturnId),
    Fulfilment {
        fulfilment: FulfilmentId,
        line: OrderLineId,
    },
    /// Written by a newer version of the program.
    Unknown(String),
}

stored_as_text!(StockReference);

impl StockReference {
    /// Stored with its ids: `order:01…`, `fulfilment:3:7`.
    pub fn to_stored(&self) -> String {
        match self {
            StockReference::Opening => "opening".to_owned(),
            StockReference::ProductPage => "product_page".to_owned(),
            StockReference::StockPage => "stock_page".to_owned(),
            StockReference::Order(public_id) => format!("order:{public_id}"),
            StockReference::Refund(id) => format!("refund:{id}"),
            StockReference::Return(id) => format!("return:{id}"),
            StockReference::Fulfilment { fulfilment, line } => format!("fulfilment:{fulfilment}:{line}"),
            StockReference::Unknown(text) => text.clone(),
        }
    }

    fn from_stored(text: &str) -> StockReference {
        let parse = || {
            let (kind, id) = text.split_once(':').unwrap_or((text, ""));
            Some(match kind {
                "opening" => StockReference::Opening,
                "product_page" => StockReference::ProductPage,
                "stock_page" => StockReference::StockPage,
                "order" => StockReference::Order(id.to_owned()),
                "refund" => StockReference::Refund(id.parse().ok()?),
                "return" => StockReference::Return(id.parse().ok()?),
                "fulfilment" => {
                    let (fulfilment, line) = id.split_once(':')?;
                    StockReference::Fulfilment { fulfilment: fulfilment.parse().ok()?, line: line.parse().ok()? }
                }
                _ => return None,
            })
        };
        parse().unwrap_or_else(|| StockReference::Unknown(text.to_owned()))
    }
}

pub(super) struct NewLedgerEntry<'a> {
    pub(super) level: StockLevelId,
    pub(super) kind: LedgerEntryKind,
    pub(super) on_hand_delta: i64,
    pub(super) reserved_delta: i64,
    pub(super) reference: &'a StockReference,
    pub(super) actor: &'a Actor,
    pub(super) note: &'a str,
}

#[derive(Insertable)]
#[diesel(table_name = stock_ledger, treat_none_as_default_value = false)]
struct LedgerRow<'a> {
    stock_level_id: StockLevelId,
    kind: LedgerEntryKind,
    on_hand_delta: i64,
    reserved_delta: i64,
    reference: &'a StockReference,
    actor: &'a Actor,
    note: &'a str,
    at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = stock_levels, treat_none_as_default_value = false)]
struct NewStockLevel {
    variant_id: VariantId,
    on_hand: i64,
    reserved: i64,
}

impl NewLedgerEntry<'_> {
    pub(super) fn record(&self, tx: &mut Tx<'_>) -> Result<()> {
        let row = LedgerRow {
            stock_level_id: self.level,
            kind: self.kind,
            on_hand_delta: self.on_hand_delta,
            reserved_delta: self.reserved_delta,
            reference: self.reference,
            actor: self.actor,
            note: self.note,
            at: tx.now(),
        };
        diesel::insert_into(stock_ledger::table).values(row).execute(tx.conn())?;
        Ok(())
    }
}

pub fn create_level(tx: &mut Tx<'_>, variant: VariantId, pieces: i64, actor: &Actor) -> Result<()> {
    let row = NewStockLevel { variant_id: variant, on_hand: pieces, reserved: 0 };
    let level: StockLevelId =
        diesel::insert_into(stock_levels::table).values(row).returning(stock_levels::id).get_result(tx.conn())?;
    NewLedgerEntry {
        level,
        kind: LedgerEntryKind::Count,
        on_hand_delta: pieces,
        reserved_delta: 0,
        reference: &StockReference::Opening,
        actor,
        note: "",
    }
    .record(tx)
}

/// Units reserved by orders awaiting payment.
pub fn held_quantity(conn: &mut Conn, variant: VariantId) -> Result<i64> {
    let levels = stock_levels::table.filter(stock_levels::variant_id.eq(variant)).select(stock_levels::id);
    let holding = reservations::stock_level_id.eq_any(levels).and(reservations::state.eq(ReservationState::Active));
    let pieces: Vec<i64> = reservations::table.filter(holding).select(reservations::quantity).load(conn)?;
    Ok(pieces.iter().sum())
}

/// Changes the units on hand by `by`, which may be negative.
///
/// # Errors
/// `Invalid` on `stock` when less than the reserved units would remain.
pub fn adjust(tx: &mut Tx<'_>, variant: VariantId, by: i64, actor: &Actor) -> Result<()> {
    let enough = stock_levels::variant_id.eq(variant).and((stock_levels::on_hand + by).ge(stock_levels::reserved));
    let level: Option<StockLevelId> = diesel::update(stock_levels::table.filter(enough))
        .set(stock_levels::on_hand.eq(stock_levels::on_hand + by))
        .returning(stock_levels::id)
        .get_result(tx.conn())
        .optional()?;
    let Some(level) = level else {
        return Err(Error::invalid("stock", Message::StockTooLow));
    };
    NewLedgerEntry {
        level,
        kind: LedgerEntryKind::Count,
        on_hand_delta: by,
        reserved_delta: 0,
        reference: &StockReference::ProductPage,
        actor,
        note: "",
    }
    .record(tx)
}

/// Reserves units with one conditional update, so that two buyers cannot get the last unit; `OutOfStock` with the units
/// left.
pub fn reserve(tx: &mut Tx<'_>, variant: VariantId, pieces: i64, order: &StockReference) -> Result<StockLevelId> {
    let enough = stock_levels::variant_id.eq(variant).and((stock_levels::on_hand - stock_levels::reserved).ge(pieces));
    let level: Option<StockLevelId> = diesel::update(stock_levels::table.filter(enough))
        .set(stock_levels::reserved.eq(stock_levels::reserved + pieces))
        .returning(stock_levels::id)
        .get_result(tx.conn())
        .optional()?;
    let Some(level) = level else {
        let left = available_quantity(tx.conn(), variant)?;
        return Err(Error::OutOfStock { variant, available: left });
    };
    NewLedgerEntry {
        level,
        kind: LedgerEntryKind::Reserve,
        on_hand_delta: 0,
        reserved_delta: pieces,
        reference: order,
        actor: &Actor::Checkout,
        note: "",
    }
    .record(tx)?;
    Ok(level)
}

pub fn release(tx: &mut Tx<'_>, level: StockLevelId, pieces: i64, order: &StockReference, actor: &Actor) -> Result<()> {
    diesel::update(stock_levels::table.find(level))
        .set(stock_levels::reserved.eq(stock_levels::reserved - pieces))
        .execute(tx.conn())?;
    NewLedgerEntry {
        level,
        kind: LedgerEntryKind::Release,
        on_hand_delta: 0,
        reserved_delta: -pieces,
        reference: order,
        actor,
        note: "",
    }
    .record(tx)
}

/// Reserves units again after a late payment; `OutOfStock` when they are gone.
pub fn reserve_again(tx: &mut Tx<'_>, level: StockLevelId, pieces: i64, order: &StockReference) -> Result<()> {
    let variant: VariantId = stock_levels::table.find(level).select(stock_levels::variant_id).first(tx.conn())?;
    reserve(tx, variant, pieces, order)?;
    Ok(())
}

pub fn restock(
    tx: &mut Tx<'_>,
    level: StockLevelId,
    pieces: i64,
    refund: &StockReference,
    actor: &Actor,
) -> Result<()> {
    diesel::update(stock_levels::table.find(level))
        .set(stock_levels::on_hand.eq(stock_levels::on_hand + pieces))
        .execute(tx.conn())?;
    NewLedgerEntry {
        level,
        kind: LedgerEntryKind::Return,
        on_hand_delta: pieces,
        reserved_delta: 0,
        reference: refund,
        actor,
        note: "",
    }
    .record(tx)
}

pub fn ship(
    tx: &mut Tx<'_>,
    level: StockLevelId,
    pieces: i64,
    parcel_line: &StockReference,
    actor: &Actor,
) -> Result<()> {
    diesel::update(stock_levels::table.find(level))
        .set((
            stock_levels::on_hand.eq(stock_levels::on_hand - pieces),
            stock_levels::reserved.eq(stock_levels::reserved - pieces),
        ))
        .execute(tx.conn())?;
    NewLedgerEntry {
        level,
        kind: LedgerEntryKind::Ship,
        on_hand_delta: -pieces,
        reserved_delta: -pieces,
        reference: parcel_line,
        actor,
        note: "",
    }
    .record(tx)
}

/// Units for sale; 0 without a stock level.
pub fn available_quantity(conn: &mut Conn, variant: VariantId) -> Result<i64> {
    let left = on_backend!(conn => stock_levels::table
        .filter(stock_levels::variant_id.eq(variant))
        .select(stock_levels::on_hand - stock_levels::reserved)
        .first(conn)
        .optional())?;
    Ok(left.unwrap_or(0))
}

pub fn reserved_quantity(conn: &mut Conn, variant: VariantId) -> Result<i64> {
    let reserved = stock_levels::table
        .filter(stock_levels::variant_id.eq(variant))
        .select(stock_levels::reserved)
        .first(conn)
        .optional()?;
    Ok(reserved.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_it_was_stored() {
        let pinned = [
            (StockReference::Opening, "opening"),
            (StockReference::ProductPage, "product_page"),
            (StockReference::StockPage, "stock_page"),
            (StockReference::Order("01jd".to_owned()), "order:01jd"),
            (StockReference::Refund(5.into()), "refund:5"),
            (StockReference::Return(6.into()), "return:6"),
            (StockReference::Fulfilment { fulfilment: 3.into(), line: 7.into() }, "fulfilment:3:7"),
            (StockReference::Unknown("refund:none".to_owned()), "refund:none"),
        ];
        for (reference, text) in pinned {
            assert_eq!((reference.to_stored().as_str(), StockReference::from_stored(text)), (text, reference));
        }
    }
}

//! Stock levels, changed only by conditional updates, and the ledger that records every change.

use diesel::prelude::*;

use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
use crate::on_backend;
use crate::schema::{reservations, stock_ledger, stock_levels};

pub(super) struct NewLedgerEntry<'a> {
    pub(super) level: i64,
    pub(super) kind: &'a str,
    pub(super) on_hand_delta: i64,
    pub(super) reserved_delta: i64,
    pub(super) reference: &'a str,
    pub(super) actor: &'a str,
    pub(super) note: &'a str,
}

impl NewLedgerEntry<'_> {
    pub(super) fn record(&self, tx: &mut Tx<'_>) -> Result<()> {
        let row = (
            stock_ledger::stock_level_id.eq(self.level),
            stock_ledger::kind.eq(self.kind),
            stock_ledger::on_hand_delta.eq(self.on_hand_delta),
            stock_ledger::reserved_delta.eq(self.reserved_delta),
            stock_ledger::reference.eq(self.reference),
            stock_ledger::actor.eq(self.actor),
            stock_ledger::note.eq(self.note),
            stock_ledger::at.eq(tx.now()),
        );
        diesel::insert_into(stock_ledger::table).values(row).execute(tx.conn())?;
        Ok(())
    }
}

/// Creates the stock level of a variant.
pub fn create_level(tx: &mut Tx<'_>, variant: i64, pieces: i64, actor: &str) -> Result<()> {
    let row = (stock_levels::variant_id.eq(variant), stock_levels::on_hand.eq(pieces), stock_levels::reserved.eq(0));
    let level: i64 =
        diesel::insert_into(stock_levels::table).values(row).returning(stock_levels::id).get_result(tx.conn())?;
    NewLedgerEntry {
        level,
        kind: "count",
        on_hand_delta: pieces,
        reserved_delta: 0,
        reference: "start",
        actor,
        note: "",
    }
    .record(tx)
}

/// Units of a variant that orders awaiting payment reserve.
pub fn held_quantity(conn: &mut Conn, variant: i64) -> Result<i64> {
    let levels = stock_levels::table.filter(stock_levels::variant_id.eq(variant)).select(stock_levels::id);
    let holding = reservations::stock_level_id.eq_any(levels).and(reservations::state.eq("active"));
    let pieces: Vec<i64> = reservations::table.filter(holding).select(reservations::quantity).load(conn)?;
    Ok(pieces.iter().sum())
}

/// Changes the units on hand by `by`, which may be negative.
///
/// # Errors
/// `Invalid` on `stock` when less than the reserved units would remain.
pub fn adjust(tx: &mut Tx<'_>, variant: i64, by: i64, actor: &str) -> Result<()> {
    let enough = stock_levels::variant_id.eq(variant).and((stock_levels::on_hand + by).ge(stock_levels::reserved));
    let level: Option<i64> = diesel::update(stock_levels::table.filter(enough))
        .set(stock_levels::on_hand.eq(stock_levels::on_hand + by))
        .returning(stock_levels::id)
        .get_result(tx.conn())
        .optional()?;
    let Some(level) = level else {
        return Err(Error::invalid(
            "stock",
            "New orders came in, so the stock cannot be this low. Please count again.",
        ));
    };
    NewLedgerEntry {
        level,
        kind: "count",
        on_hand_delta: by,
        reserved_delta: 0,
        reference: "product page",
        actor,
        note: "",
    }
    .record(tx)
}

/// Reserves units for an order with one conditional update, so that two buyers cannot get the last unit. Returns the id
/// of the stock level.
///
/// # Errors
/// `OutOfStock` with the units left.
pub fn reserve(tx: &mut Tx<'_>, variant: i64, pieces: i64, order: &str) -> Result<i64> {
    let enough = stock_levels::variant_id.eq(variant).and((stock_levels::on_hand - stock_levels::reserved).ge(pieces));
    let level: Option<i64> = diesel::update(stock_levels::table.filter(enough))
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
        kind: "reserve",
        on_hand_delta: 0,
        reserved_delta: pieces,
        reference: order,
        actor: "Checkout",
        note: "",
    }
    .record(tx)?;
    Ok(level)
}

/// Releases reserved units.
pub fn release(tx: &mut Tx<'_>, level: i64, pieces: i64, order: &str, actor: &str) -> Result<()> {
    diesel::update(stock_levels::table.find(level))
        .set(stock_levels::reserved.eq(stock_levels::reserved - pieces))
        .execute(tx.conn())?;
    NewLedgerEntry {
        level,
        kind: "release",
        on_hand_delta: 0,
        reserved_delta: -pieces,
        reference: order,
        actor,
        note: "",
    }
    .record(tx)
}

/// Reserves units again for an order that was paid after its hold expired.
///
/// # Errors
/// `OutOfStock` when the units are gone.
pub fn reserve_again(tx: &mut Tx<'_>, level: i64, pieces: i64, order: &str) -> Result<()> {
    let variant: i64 = stock_levels::table.find(level).select(stock_levels::variant_id).first(tx.conn())?;
    reserve(tx, variant, pieces, order)?;
    Ok(())
}

/// Adds returned or refunded units to the units on hand.
pub fn restock(tx: &mut Tx<'_>, level: i64, pieces: i64, refund: &str, actor: &str) -> Result<()> {
    diesel::update(stock_levels::table.find(level))
        .set(stock_levels::on_hand.eq(stock_levels::on_hand + pieces))
        .execute(tx.conn())?;
    NewLedgerEntry {
        level,
        kind: "return",
        on_hand_delta: pieces,
        reserved_delta: 0,
        reference: refund,
        actor,
        note: "",
    }
    .record(tx)
}

/// Removes shipped units from the units on hand and the reserved ones.
pub fn ship(tx: &mut Tx<'_>, level: i64, pieces: i64, parcel_line: &str, actor: &str) -> Result<()> {
    diesel::update(stock_levels::table.find(level))
        .set((
            stock_levels::on_hand.eq(stock_levels::on_hand - pieces),
            stock_levels::reserved.eq(stock_levels::reserved - pieces),
        ))
        .execute(tx.conn())?;
    NewLedgerEntry {
        level,
        kind: "ship",
        on_hand_delta: -pieces,
        reserved_delta: -pieces,
        reference: parcel_line,
        actor,
        note: "",
    }
    .record(tx)
}

/// Units of a variant for sale; 0 without a stock level.
pub fn available_quantity(conn: &mut Conn, variant: i64) -> Result<i64> {
    let left = on_backend!(conn => stock_levels::table
        .filter(stock_levels::variant_id.eq(variant))
        .select(stock_levels::on_hand - stock_levels::reserved)
        .first(conn)
        .optional())?;
    Ok(left.unwrap_or(0))
}

/// Units of a variant reserved for orders.
pub fn reserved_quantity(conn: &mut Conn, variant: i64) -> Result<i64> {
    let reserved = stock_levels::table
        .filter(stock_levels::variant_id.eq(variant))
        .select(stock_levels::reserved)
        .first(conn)
        .optional()?;
    Ok(reserved.unwrap_or(0))
}

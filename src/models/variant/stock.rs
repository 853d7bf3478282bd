//! Stock: counters that are guarded by the database, and the ledger that explains them.

use diesel::prelude::*;

use crate::db::{Conn, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::{reservations, stock_ledger, stock_levels};

/// What moved, and why.
pub(super) struct Move<'a> {
    pub(super) level: i64,
    pub(super) kind: &'a str,
    pub(super) on_hand: i64,
    pub(super) reserved: i64,
    pub(super) reference: &'a str,
    pub(super) actor: &'a str,
    pub(super) note: &'a str,
}

impl Move<'_> {
    pub(super) fn record(&self, tx: &mut Tx<'_>) -> Result<()> {
        let row = (
            stock_ledger::stock_level_id.eq(self.level),
            stock_ledger::kind.eq(self.kind),
            stock_ledger::d_on_hand.eq(self.on_hand),
            stock_ledger::d_reserved.eq(self.reserved),
            stock_ledger::reference.eq(self.reference),
            stock_ledger::actor.eq(self.actor),
            stock_ledger::note.eq(self.note),
            stock_ledger::at.eq(tx.now()),
        );
        diesel::insert_into(stock_ledger::table).values(row).execute(tx.conn())?;
        Ok(())
    }
}

/// Begins counting a variant.
///
/// # Errors
/// When the database refuses.
pub fn begin(tx: &mut Tx<'_>, variant: i64, pieces: i64, actor: &str) -> Result<()> {
    let row = (stock_levels::variant_id.eq(variant), stock_levels::on_hand.eq(pieces), stock_levels::reserved.eq(0));
    let level: i64 =
        diesel::insert_into(stock_levels::table).values(row).returning(stock_levels::id).get_result(tx.conn())?;
    Move { level, kind: "count", on_hand: pieces, reserved: 0, reference: "start", actor, note: "" }.record(tx)
}

/// Pieces of a variant that unpaid orders hold.
///
/// # Errors
/// When the database refuses.
pub fn held(conn: &mut Conn, variant: i64) -> Result<i64> {
    let levels = stock_levels::table.filter(stock_levels::variant_id.eq(variant)).select(stock_levels::id);
    let holding = reservations::stock_level_id.eq_any(levels).and(reservations::state.eq("active"));
    let pieces: Vec<i64> = reservations::table.filter(holding).select(reservations::quantity).load(conn)?;
    Ok(pieces.iter().sum())
}

/// More or fewer pieces are there than were known.
///
/// # Errors
/// `Invalid` on `stock` when fewer would be left than are promised to orders.
pub fn adjust(tx: &mut Tx<'_>, variant: i64, by: i64, actor: &str) -> Result<()> {
    let enough = stock_levels::variant_id.eq(variant).and((stock_levels::on_hand + by).ge(stock_levels::reserved));
    let level: Option<i64> = diesel::update(stock_levels::table.filter(enough))
        .set(stock_levels::on_hand.eq(stock_levels::on_hand + by))
        .returning(stock_levels::id)
        .get_result(tx.conn())
        .optional()?;
    let Some(level) = level else {
        return Err(Error::invalid("stock", "Orders came in meanwhile, and so few are not left. Please count again."));
    };
    Move { level, kind: "count", on_hand: by, reserved: 0, reference: "product page", actor, note: "" }.record(tx)
}

/// Sets pieces aside for an order: one conditional update, so two buyers cannot take the last one. Returns the level.
///
/// # Errors
/// `OutOfStock` with how many are left.
pub fn reserve(tx: &mut Tx<'_>, variant: i64, pieces: i64, order: &str) -> Result<i64> {
    let enough = stock_levels::variant_id.eq(variant).and((stock_levels::on_hand - stock_levels::reserved).ge(pieces));
    let level: Option<i64> = diesel::update(stock_levels::table.filter(enough))
        .set(stock_levels::reserved.eq(stock_levels::reserved + pieces))
        .returning(stock_levels::id)
        .get_result(tx.conn())
        .optional()?;
    let Some(level) = level else {
        let left = left(tx.conn(), variant)?;
        return Err(Error::OutOfStock { variant, left });
    };
    Move { level, kind: "reserve", on_hand: 0, reserved: pieces, reference: order, actor: "Checkout", note: "" }
        .record(tx)?;
    Ok(level)
}

/// Gives pieces back that were set aside.
///
/// # Errors
/// When the counters do not allow it, which would be a fault of ours.
pub fn release(tx: &mut Tx<'_>, level: i64, pieces: i64, order: &str, actor: &str) -> Result<()> {
    diesel::update(stock_levels::table.find(level))
        .set(stock_levels::reserved.eq(stock_levels::reserved - pieces))
        .execute(tx.conn())?;
    Move { level, kind: "release", on_hand: 0, reserved: -pieces, reference: order, actor, note: "" }.record(tx)
}

/// Sets pieces aside another time for an order whose money came late.
///
/// # Errors
/// `OutOfStock` when they are gone.
pub fn reserve_again(tx: &mut Tx<'_>, level: i64, pieces: i64, order: &str) -> Result<()> {
    let variant: i64 = stock_levels::table.find(level).select(stock_levels::variant_id).first(tx.conn())?;
    reserve(tx, variant, pieces, order)?;
    Ok(())
}

/// Pieces that had been sent are back on the shelf.
///
/// # Errors
/// When the database refuses.
pub fn take_back(tx: &mut Tx<'_>, level: i64, pieces: i64, refund: &str, actor: &str) -> Result<()> {
    diesel::update(stock_levels::table.find(level))
        .set(stock_levels::on_hand.eq(stock_levels::on_hand + pieces))
        .execute(tx.conn())?;
    Move { level, kind: "return", on_hand: pieces, reserved: 0, reference: refund, actor, note: "" }.record(tx)
}

/// Pieces leave the house.
///
/// # Errors
/// When the counters do not allow it, which would be a fault of ours.
pub fn ship(tx: &mut Tx<'_>, level: i64, pieces: i64, parcel_line: &str, actor: &str) -> Result<()> {
    diesel::update(stock_levels::table.find(level))
        .set((
            stock_levels::on_hand.eq(stock_levels::on_hand - pieces),
            stock_levels::reserved.eq(stock_levels::reserved - pieces),
        ))
        .execute(tx.conn())?;
    Move { level, kind: "ship", on_hand: -pieces, reserved: -pieces, reference: parcel_line, actor, note: "" }
        .record(tx)
}

/// Pieces of a variant that can be sold.
///
/// # Errors
/// When the database refuses.
pub fn left(conn: &mut Conn, variant: i64) -> Result<i64> {
    let left = each!(conn => stock_levels::table
        .filter(stock_levels::variant_id.eq(variant))
        .select(stock_levels::on_hand - stock_levels::reserved)
        .first(conn)
        .optional())?;
    Ok(left.unwrap_or(0))
}

/// Pieces of a variant that are set aside for orders.
///
/// # Errors
/// When the database refuses.
pub fn reserved(conn: &mut Conn, variant: i64) -> Result<i64> {
    let reserved = stock_levels::table
        .filter(stock_levels::variant_id.eq(variant))
        .select(stock_levels::reserved)
        .first(conn)
        .optional()?;
    Ok(reserved.unwrap_or(0))
}

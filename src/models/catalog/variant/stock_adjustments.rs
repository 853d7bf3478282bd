//! Manual stock adjustments: receipts, counts and damage. Each is a row of the ledger.

use diesel::prelude::*;

use super::stock::{LedgerEntryKind, NewLedgerEntry, StockReference};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::platform::event::Actor;
use crate::schema::{stock_levels, variants};
use crate::support::i18n::Message;
use crate::support::ids::{StockLevelId, VariantId};
use crate::text_enum;

text_enum! {
    AdjustmentKind {
        Receive = "receive",
        /// A stock count; the number includes the reserved units.
        Count = "count",
        Damage = "damage",
    }
}

#[derive(Clone, Debug)]
pub struct StockAdjustment {
    pub kind: AdjustmentKind,
    /// Units received, counted or damaged; `None` when only the threshold changes.
    pub quantity: Option<i64>,
    pub reason: String,
    /// Staff are warned when fewer units are for sale; `None` for the default of the shop.
    pub low_stock_threshold: Option<i64>,
    /// The threshold when the form was opened; `None` when the client does not send it.
    pub low_stock_threshold_was: Option<Option<i64>>,
}

struct Counters {
    level: StockLevelId,
    on_hand: i64,
    low_at: Option<i64>,
}

/// Adjusts the stock and sets the low-stock threshold.
///
/// # Errors
/// `NotFound`; `Invalid` on `low_at` when the threshold has changed since the form was opened, on `quantity` when less
/// than the reserved units would remain or when nothing changes.
pub fn apply_adjustment(tx: &mut Tx<'_>, variant: &str, handled: &StockAdjustment, by: &Actor) -> Result<()> {
    let row: VariantId =
        variants::table.filter(variants::public_id.eq(variant)).select(variants::id).first(tx.conn())?;
    let counters = lock(tx, row)?;
    // A threshold that was not edited keeps its stored value, which may have changed since the form was opened.
    let is_touched = handled.low_stock_threshold_was.is_none_or(|was| was != handled.low_stock_threshold);
    let low_at = if is_touched { handled.low_stock_threshold } else { counters.low_at };
    if counters.low_at != low_at && handled.low_stock_threshold_was.is_some_and(|was| was != counters.low_at) {
        let message = counters.low_at.map_or(Message::ThresholdRemoved, |now| Message::ThresholdChanged { now });
        return Err(Error::invalid("low_at", message));
    }
    if counters.low_at != low_at {
        diesel::update(stock_levels::table.find(counters.level))
            .set(stock_levels::low_stock_threshold.eq(low_at))
            .execute(tx.conn())?;
    } else if handled.quantity.is_none() {
        return Err(Error::invalid("quantity", Message::StockQuantityMissing));
    }
    let Some(pieces) = handled.quantity else { return Ok(()) };
    let (kind, change) = match handled.kind {
        AdjustmentKind::Receive => (LedgerEntryKind::Receive, pieces),
        AdjustmentKind::Count => (LedgerEntryKind::Count, pieces - counters.on_hand),
        AdjustmentKind::Damage => (LedgerEntryKind::Damage, -pieces),
    };
    shift(tx, counters.level, change)?;
    let note = handled.reason.as_str();
    NewLedgerEntry {
        level: counters.level,
        kind,
        on_hand_delta: change,
        reserved_delta: 0,
        reference: &StockReference::StockPage,
        actor: by,
        note,
    }
    .record(tx)
}

fn lock(tx: &mut Tx<'_>, variant: VariantId) -> Result<Counters> {
    // The no-op update locks the row on PostgreSQL; SQLite has a single writer.
    let mine = stock_levels::table.filter(stock_levels::variant_id.eq(variant));
    diesel::update(mine).set(stock_levels::on_hand.eq(stock_levels::on_hand)).execute(tx.conn())?;
    let (level, on_hand, low_at) =
        mine.select((stock_levels::id, stock_levels::on_hand, stock_levels::low_stock_threshold)).first(tx.conn())?;
    Ok(Counters { level, on_hand, low_at })
}

/// Conditional, so that units promised to orders stay.
fn shift(tx: &mut Tx<'_>, level: StockLevelId, change: i64) -> Result<()> {
    let promised = stock_levels::reserved - stock_levels::backorder_limit - stock_levels::shortage;
    let enough = stock_levels::id.eq(level).and((stock_levels::on_hand + change).ge(promised));
    let moved = diesel::update(stock_levels::table.filter(enough))
        .set(stock_levels::on_hand.eq(stock_levels::on_hand + change))
        .execute(tx.conn())?;
    if moved == 1 {
        return Ok(());
    }
    let reserved: i64 = stock_levels::table.find(level).select(stock_levels::reserved).first(tx.conn())?;
    Err(Error::invalid("quantity", Message::StockReserved { reserved }))
}

//! Moving stock by hand: goods that came in, a count of the shelf, pieces that broke. Every move is a row of the ledger.

use diesel::prelude::*;

use super::stock::Move;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::models::fact::Actor;
use crate::schema::{stock_levels, variants};
use crate::text_enum;

text_enum! {
    /// What people do to the stock.
    Handling {
        /// Goods came in.
        Receive = "receive",
        /// The shelf was counted; pieces set aside for orders stand on it too.
        Count = "count",
        /// Pieces broke, or are gone.
        Damage = "damage",
    }
}

/// What staff typed on the stock page.
#[derive(Clone, Debug)]
pub struct Handled {
    /// What was done.
    pub handling: Handling,
    /// Pieces that came, were counted, or broke; none when only the warning changes.
    pub pieces: Option<i64>,
    /// Why.
    pub reason: String,
    /// Staff are warned when fewer can be sold; none for the shop's usual limit.
    pub low_at: Option<i64>,
    /// The limit when the form was opened; none when its sender does not say.
    pub low_at_was: Option<Option<i64>>,
}

/// The counters of a level while its row is locked.
struct Counters {
    level: i64,
    on_hand: i64,
    low_at: Option<i64>,
}

/// Moves stock by hand, and keeps from when on staff are warned.
///
/// # Errors
/// `NotFound`; `Invalid` on `low_at` when somebody else has changed it meanwhile, on `quantity` when fewer would be left than are promised to orders, or when nothing changes.
pub fn handle(tx: &mut Tx<'_>, variant: &str, handled: &Handled, by: &Actor) -> Result<()> {
    let row: i64 = variants::table.filter(variants::public_id.eq(variant)).select(variants::id).first(tx.conn())?;
    let counters = lock(tx, row)?;
    // Whoever did not touch the limit leaves it as somebody else may have set it meanwhile.
    let is_touched = handled.low_at_was.is_none_or(|was| was != handled.low_at);
    let low_at = if is_touched { handled.low_at } else { counters.low_at };
    if counters.low_at != low_at && handled.low_at_was.is_some_and(|was| was != counters.low_at) {
        let now = counters.low_at.map_or_else(|| "empty".to_owned(), |limit| limit.to_string());
        let message =
            format!("Somebody has changed this meanwhile: it is {now} now. Save again to put yours in place.");
        return Err(Error::invalid("low_at", message));
    }
    if counters.low_at != low_at {
        diesel::update(stock_levels::table.find(counters.level))
            .set(stock_levels::low_at.eq(low_at))
            .execute(tx.conn())?;
    } else if handled.pieces.is_none() {
        return Err(Error::invalid("quantity", "Type how many pieces."));
    }
    let Some(pieces) = handled.pieces else { return Ok(()) };
    let change = match handled.handling {
        Handling::Receive => pieces,
        Handling::Count => pieces - counters.on_hand,
        Handling::Damage => -pieces,
    };
    shift(tx, counters.level, change)?;
    let (kind, actor, note) = (handled.handling.as_str(), by.label(), handled.reason.as_str());
    Move { level: counters.level, kind, on_hand: change, reserved: 0, reference: "stock page", actor, note }.record(tx)
}

/// Locks the level's row until the end of the transaction and reads it.
fn lock(tx: &mut Tx<'_>, variant: i64) -> Result<Counters> {
    // An update of nothing locks the row on PostgreSQL; SQLite has one writer anyway.
    let mine = stock_levels::table.filter(stock_levels::variant_id.eq(variant));
    diesel::update(mine).set(stock_levels::on_hand.eq(stock_levels::on_hand)).execute(tx.conn())?;
    let (level, on_hand, low_at) =
        mine.select((stock_levels::id, stock_levels::on_hand, stock_levels::low_at)).first(tx.conn())?;
    Ok(Counters { level, on_hand, low_at })
}

/// More or fewer pieces are there: one conditional update, so that what is promised to orders stays there.
fn shift(tx: &mut Tx<'_>, level: i64, change: i64) -> Result<()> {
    let promised = stock_levels::reserved - stock_levels::backorder_limit - stock_levels::shortage;
    let enough = stock_levels::id.eq(level).and((stock_levels::on_hand + change).ge(promised));
    let moved = diesel::update(stock_levels::table.filter(enough))
        .set(stock_levels::on_hand.eq(stock_levels::on_hand + change))
        .execute(tx.conn())?;
    if moved == 1 {
        return Ok(());
    }
    let reserved: i64 = stock_levels::table.find(level).select(stock_levels::reserved).first(tx.conn())?;
    let are = if reserved == 1 { "1 piece is".to_owned() } else { format!("{reserved} pieces are") };
    Err(Error::invalid(
        "quantity",
        format!("{are} set aside for orders, and fewer would be left. Cancel or refund an order first."),
    ))
}

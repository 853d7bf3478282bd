//! Stock: the list, and a variant's page with the adjustment form and its ledger.

use actix_web::web::Path;

use super::{ListQuery, add_model_error};
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::admin::stock::StockForm;
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::models::catalog::variant::stock_adjustments;
use crate::models::catalog::variant::stock_items::{LedgerEntry, StockItem};
use crate::models::people::account::roles::Permission;
use crate::paths;
use crate::support::pagination::Cursor;
use crate::views::admin::stock::{Index, LedgerRow, Row, Show};

type Keeper = Staff<needs::Products>;

pub async fn index(staff: Keeper) -> Result<Reply> {
    let find = ListQuery::from_params(&staff);
    staff
        .render_page(move |conn, _| {
            let low = find.tab == "low";
            let rows = StockItem::list(conn, low, &find.search_words(), &find.cursor)?.map(row);
            let (all, few) = (StockItem::count(conn, false)?, StockItem::count(conn, true)?);
            Ok(Index { tab: find.tab, all, low: few, q: find.q, rows })
        })
        .await
}

pub async fn show(staff: Keeper, variant: Path<String>) -> Result<Reply> {
    page(&staff, variant.into_inner(), None).await
}

/// Applies a manual stock adjustment.
pub async fn update(staff: Keeper, variant: Path<String>, form: Form) -> Result<Reply> {
    let (variant, mut fields, once) = (variant.into_inner(), form.fields, form.token);
    if let Some(handled) = fields.check::<StockForm>() {
        let (actor, wanted) = (staff.actor(), variant.clone());
        let saved = staff.write_once(&once, move |tx| {
            stock_adjustments::apply_adjustment(tx, &wanted, &handled, &actor)?;
            Ok(Reply::redirect(paths::admin::variant_stock(&wanted)).notice("Stock saved."))
        });
        match saved.await {
            Ok(reply) => return Ok(reply),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    Ok(page(&staff, variant, Some(fields)).await?.unprocessable())
}

async fn page(staff: &Keeper, variant: String, typed: Option<Fields>) -> Result<Reply> {
    let window = ListQuery::from_params(staff).cursor;
    staff.render_page(move |conn, cx| shown(cx, StockItem::find(conn, &variant)?, typed, &window, conn)).await
}

fn shown(
    cx: &Context,
    shelf: StockItem,
    typed: Option<Fields>,
    window: &Cursor,
    conn: &mut crate::db::Conn,
) -> Result<Show> {
    let low_at = shelf.low_stock_threshold.map_or_else(String::new, |limit| limit.to_string());
    let empty = || Fields::from_pairs([("kind", "receive".to_owned()), ("low_at", low_at.clone())]);
    Ok(Show {
        low_at_was: low_at.clone(),
        form: typed.unwrap_or_else(empty),
        ledger: shelf.ledger(conn, window)?.map(|(entry, order)| ledger_row(cx, entry, order)),
        id: shelf.variant.public_id.clone(),
        product_href: paths::admin::product(&shelf.product),
        left: shelf.available(),
        is_low: shelf.is_low(),
        on_hand: shelf.on_hand,
        reserved: shelf.reserved,
        title: shelf.name(),
        sku: shelf.variant.sku,
    })
}

fn row(shelf: StockItem) -> Row {
    Row {
        href: paths::admin::variant_stock(&shelf.variant.public_id),
        left: shelf.available(),
        is_low: shelf.is_low(),
        on_hand: shelf.on_hand,
        reserved: shelf.reserved,
        is_hidden: !shelf.is_for_sale(),
        options: shelf.variant.options,
        sku: shelf.variant.sku,
        title: shelf.title,
    }
}

fn ledger_row(cx: &Context, entry: LedgerEntry, order: Option<String>) -> LedgerRow {
    let what = match entry.kind.as_str() {
        "receive" => "Received",
        "count" => "Counted",
        "damage" => "Damaged or lost",
        "return" => "Returned",
        "reserve" => "Reserved",
        "release" => "Released",
        "ship" => "Shipped",
        _ => "Shortage",
    };
    LedgerRow {
        when: cx.date_time(entry.at),
        what: what.to_owned(),
        on_hand: signed(entry.on_hand_delta),
        reserved: signed(entry.reserved_delta),
        why: why(&entry, order.as_deref()),
        href: order.filter(|_| cx.has_permission(Permission::Orders)).map(|number| paths::admin::order(&number)),
        who: entry.actor,
    }
}

/// The reason typed, or else what the entry refers to.
fn why(entry: &LedgerEntry, order: Option<&str>) -> String {
    match (entry.note.as_str(), order, entry.reference.as_str()) {
        ("", Some(number), _) => format!("Order {number}"),
        ("", None, "start") => "Opening stock".to_owned(),
        ("", None, "product page") => "Set on the product page".to_owned(),
        ("", None, reference) if reference.starts_with("order ") => "Unpaid order".to_owned(),
        ("", None, reference) => reference.to_owned(),
        (note, ..) => note.to_owned(),
    }
}

/// A signed number; empty for zero.
fn signed(change: i64) -> String {
    match change {
        0 => String::new(),
        more if more > 0 => format!("+{more}"),
        fewer => format!("−{}", fewer.unsigned_abs()),
    }
}

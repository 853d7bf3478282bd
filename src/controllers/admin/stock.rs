//! Stock: the list, and the page of one variant with the form that moves it.

use actix_web::web::Path;

use super::{Narrowing, refuse};
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::admin::stock::StockForm;
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::models::account::roles::Permission;
use crate::models::variant::counting;
use crate::models::variant::listing::{Entry, Shelf};
use crate::paths;
use crate::support::page::Window;
use crate::views::admin::stock::{Index, LedgerRow, Row, Show};

type Keeper = Staff<needs::Products>;

/// The list.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Keeper) -> Result<Reply> {
    let find = Narrowing::of(&staff);
    staff
        .page(move |conn, _| {
            let low = find.tab == "low";
            let rows = Shelf::page(conn, low, &find.words(), &find.window)?.map(row);
            let (all, few) = (Shelf::count(conn, false)?, Shelf::count(conn, true)?);
            Ok(Index { tab: find.tab, all, low: few, q: find.q, rows })
        })
        .await
}

/// The stock of a variant.
///
/// # Errors
/// `NotFound`.
pub async fn show(staff: Keeper, variant: Path<String>) -> Result<Reply> {
    page(&staff, variant.into_inner(), None).await
}

/// Moves stock by hand.
///
/// # Errors
/// `NotFound`.
pub async fn update(staff: Keeper, variant: Path<String>, form: Form) -> Result<Reply> {
    let (variant, mut fields, once) = (variant.into_inner(), form.fields, form.once);
    if let Some(handled) = fields.check::<StockForm>() {
        let (actor, wanted) = (staff.actor(), variant.clone());
        let saved = staff.write_once(&once, move |tx| {
            counting::handle(tx, &wanted, &handled, &actor)?;
            Ok(Reply::see(paths::admin::stock_of(&wanted)).notice("Stock saved."))
        });
        match saved.await {
            Ok(reply) => return Ok(reply),
            Err(error) => refuse(&mut fields, error)?,
        }
    }
    Ok(page(&staff, variant, Some(fields)).await?.retry())
}

async fn page(staff: &Keeper, variant: String, typed: Option<Fields>) -> Result<Reply> {
    let window = Narrowing::of(staff).window;
    staff.page(move |conn, cx| shown(cx, Shelf::find(conn, &variant)?, typed, &window, conn)).await
}

fn shown(
    cx: &Context,
    shelf: Shelf,
    typed: Option<Fields>,
    window: &Window,
    conn: &mut crate::db::Conn,
) -> Result<Show> {
    let low_at = shelf.low_at.map_or_else(String::new, |limit| limit.to_string());
    let empty = || Fields::of([("kind", "receive".to_owned()), ("low_at", low_at.clone())]);
    Ok(Show {
        low_at_was: low_at.clone(),
        form: typed.unwrap_or_else(empty),
        ledger: shelf.ledger(conn, window)?.map(|(entry, order)| ledger_row(cx, entry, order)),
        id: shelf.variant.public_id.clone(),
        product_href: paths::admin::product(&shelf.product),
        left: shelf.left(),
        is_low: shelf.is_low(),
        on_hand: shelf.on_hand,
        reserved: shelf.reserved,
        title: shelf.name(),
        sku: shelf.variant.sku,
    })
}

fn row(shelf: Shelf) -> Row {
    Row {
        href: paths::admin::stock_of(&shelf.variant.public_id),
        left: shelf.left(),
        is_low: shelf.is_low(),
        on_hand: shelf.on_hand,
        reserved: shelf.reserved,
        is_hidden: !shelf.is_on_sale(),
        options: shelf.variant.options,
        sku: shelf.variant.sku,
        title: shelf.title,
    }
}

fn ledger_row(cx: &Context, entry: Entry, order: Option<String>) -> LedgerRow {
    let what = match entry.kind.as_str() {
        "receive" => "Came in",
        "count" => "Counted",
        "damage" => "Damaged or lost",
        "return" => "Came back",
        "reserve" => "Set aside",
        "release" => "No longer set aside",
        "ship" => "Sent",
        _ => "Missing",
    };
    LedgerRow {
        when: cx.moment(entry.at),
        what: what.to_owned(),
        on_hand: signed(entry.d_on_hand),
        reserved: signed(entry.d_reserved),
        why: why(&entry, order.as_deref()),
        href: order.filter(|_| cx.may(Permission::Orders)).map(|number| paths::admin::order(&number)),
        who: entry.actor,
    }
}

/// The reason that was typed, or what the move belongs to.
fn why(entry: &Entry, order: Option<&str>) -> String {
    match (entry.note.as_str(), order, entry.reference.as_str()) {
        ("", Some(number), _) => format!("Order {number}"),
        ("", None, "start") => "The first count".to_owned(),
        ("", None, "product page") => "Typed on the product’s page".to_owned(),
        ("", None, reference) if reference.starts_with("order ") => "An order that was not paid".to_owned(),
        ("", None, reference) => reference.to_owned(),
        (note, ..) => note.to_owned(),
    }
}

/// A change with its sign; empty for none.
fn signed(change: i64) -> String {
    match change {
        0 => String::new(),
        more if more > 0 => format!("+{more}"),
        fewer => format!("−{}", fewer.unsigned_abs()),
    }
}

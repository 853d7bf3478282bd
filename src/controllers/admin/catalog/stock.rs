//! Stock: the list, and a variant's page with the adjustment form and its ledger.

use actix_web::web::Path;

use crate::controllers::admin::{ListQuery, add_model_error};
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::admin::catalog::stock::StockForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::catalog::stock_listing::StockListing;
use crate::models::catalog::variant::stock_adjustments;
use crate::models::people::account::roles::Permission;
use crate::paths;
use crate::presenters::catalog::admin_stock::{ledger_row, stock_page, stock_row};
use crate::support::i18n::Message;
use crate::views::admin::catalog::stock::Index;

type Keeper = Staff<needs::Products>;

pub async fn index(staff: Keeper) -> Result<Reply> {
    let find = ListQuery::from_params(&staff);
    staff
        .render_page(move |conn, cx| {
            let low = find.tab == "low";
            let rows = StockListing::list(conn, low, &find.search_words(), &find.cursor)?.map(stock_row);
            let (all, few) = (StockListing::count(conn, false)?, StockListing::count(conn, true)?);
            Ok(Index { t: cx.locale(), tab: find.tab, all, low: few, q: find.q, rows })
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
            Ok(Reply::redirect(paths::admin::variant_stock(&wanted)).notice(Message::StockSaved))
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
    staff
        .render_page(move |conn, cx| {
            let item = StockListing::find(conn, &variant)?;
            let links_orders = cx.has_permission(Permission::Orders);
            let ledger = item.ledger(conn, &window)?;
            let ledger = ledger.map(|(entry, order)| ledger_row(entry, order, links_orders, cx.format()));
            Ok(stock_page(item, typed, ledger, cx.format()))
        })
        .await
}

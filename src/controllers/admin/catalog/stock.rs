//! Stock: the list, and a variant's page with the adjustment form and its ledger.

use crate::controllers::admin::{ListQuery, add_model_error, parse_cursor};
use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::admin::catalog::stock::StockForm;
use crate::http::guards::needs;
use crate::http::resource_path::StockPath;
use crate::http::{AdminRequest, Context, Form, Reply, Staff};
use crate::models::catalog::stock_listing::StockListing;
use crate::models::catalog::variant::stock_adjustments;
use crate::models::people::account::roles::Permission;
use crate::paths;
use crate::presenters::catalog::admin_stock::{ledger_row, stock_page, stock_row};
use crate::support::i18n::Message;
use crate::views::admin::catalog::stock::{Index, Show};

pub async fn index(admin: AdminRequest<needs::Products>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let list = ListQuery::from_context(cx);
            let rows = StockListing::list(conn, list.tab == "low", &list.search_words(), &list.cursor)?.map(stock_row);
            let (all, low) = (StockListing::count(conn, false)?, StockListing::count(conn, true)?);
            Ok(Index { t: cx.locale(), tab: list.tab, all, low, q: list.q, rows })
        })
        .await
}

pub async fn show(admin: AdminRequest<needs::Products>, path: StockPath) -> Result<Reply> {
    admin.render_page(move |conn, cx| build_page(conn, cx, &path, None)).await
}

pub async fn update(staff: Staff<needs::Products>, path: StockPath, form: Form) -> Result<Reply> {
    let mut fields = form.fields;
    if let Some(adjustment) = fields.check::<StockForm>() {
        let (actor, variant) = (staff.actor(), path.variant.clone());
        let saved = staff.write_once(&form.token, move |tx| {
            stock_adjustments::apply_adjustment(tx, &variant, &adjustment, &actor)?;
            Ok(Reply::redirect(paths::admin::variant_stock(&variant)).notice(Message::StockSaved))
        });
        match saved.await {
            Ok(reply) => return Ok(reply),
            Err(error) => add_model_error(&mut fields, error)?,
        }
    }
    let page = staff.render_page(move |conn, cx| build_page(conn, cx, &path, Some(fields)));
    Ok(page.await?.unprocessable())
}

fn build_page(conn: &mut Conn, cx: &Context, path: &StockPath, form: Option<Fields>) -> Result<Show> {
    let item = path.load(conn)?;
    let links_orders = cx.has_permission(Permission::Orders);
    let ledger = item.ledger(conn, &parse_cursor(cx))?;
    let ledger = ledger.map(|(entry, order)| ledger_row(entry, order, links_orders, cx.format()));
    Ok(stock_page(item, form, ledger, cx.format()))
}

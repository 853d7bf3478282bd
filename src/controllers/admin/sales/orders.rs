//! Orders: the list and the order page.

use crate::controllers::admin::ListQuery;
use crate::db::Conn;
use crate::error::Result;
use crate::http::guards::needs;
use crate::http::resource_path::OrderPath;
use crate::http::{AdminRequest, Context, Reply, Staff};
use crate::models::catalog::product::Product;
use crate::models::checkout::gift_card::GiftCard;
use crate::models::content::media::Media;
use crate::models::people::account::roles::Permission;
use crate::models::platform::email::Email;
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::listing::OrderView;
use crate::models::sales::order::refunds::Refund;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Order, OrderDetails};
use crate::models::sales::payment::PaymentAttempt;
use crate::paths;
pub(super) use crate::presenters::sales::admin_order::OrderPageForms;
use crate::presenters::sales::admin_order::{OrderPage, present_order, present_order_row};
use crate::presenters::sales::timeline::staff_timeline;
use crate::support::i18n::Message;
use crate::support::ids::{EmailId, MediaId, VariantId};
use crate::views::admin::sales::orders::{Counts, Event, Index, Show};

pub async fn index(admin: AdminRequest<needs::Orders>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let list = ListQuery::from_context(cx);
            let view = OrderView::parse(&list.tab).unwrap_or(OrderView::All);
            let rows = Order::page(conn, view, &list.search_words(), &list.cursor)?;
            let rows = rows.map(|listing| present_order_row(listing, cx.format()));
            let counts = Counts {
                all: Order::count(conn, OrderView::All)?,
                to_pay: Order::count(conn, OrderView::AwaitingPayment)?,
                to_pack: Order::count(conn, OrderView::AwaitingFulfilment)?,
                done: Order::count(conn, OrderView::Completed)?,
                cancelled: Order::count(conn, OrderView::Cancelled)?,
            };
            Ok(Index { t: cx.locale(), tab: list.tab, counts, q: list.q, rows })
        })
        .await
}

pub async fn show(admin: AdminRequest<needs::Orders>, path: OrderPath) -> Result<Reply> {
    admin.render_page(move |conn, cx| build_order_page(conn, cx, &path, OrderPageForms::default())).await
}

pub(super) async fn render_order_form<P>(staff: &Staff<P>, path: OrderPath, forms: OrderPageForms) -> Result<Reply> {
    let page = staff.render_page(move |conn, cx| build_order_page(conn, cx, &path, forms));
    Ok(page.await?.unprocessable())
}

pub(super) fn conflict_redirect(path: &OrderPath) -> Reply {
    Reply::redirect(paths::admin::order(&path.number)).alert(Message::OrderChanged)
}

pub(super) fn build_order_page(conn: &mut Conn, cx: &Context, path: &OrderPath, forms: OrderPageForms) -> Result<Show> {
    let order = path.load(conn)?;
    // The buyer's page shows gift card codes, so the link needs the permission to read them.
    let buyer_href = cx
        .has_permission(Permission::ReadCodes)
        .then(|| paths::order(&Order::access_token(&cx.secret_key, &order.public_id)));
    let details = order.load_details(conn)?;
    Ok(present_order(load_order_page(conn, cx, details, buyer_href)?, forms, cx.format()))
}

fn load_order_page(
    conn: &mut Conn,
    cx: &Context,
    details: OrderDetails,
    buyer_href: Option<String>,
) -> Result<OrderPage> {
    let order = &details.order;
    let can_manage = cx.has_permission(Permission::ManageOrders);
    let pictures: Vec<MediaId> = details.lines.iter().filter_map(|line| line.picture_id).collect();
    let variants: Vec<VariantId> = details.lines.iter().filter_map(|line| line.variant_id).collect();
    Ok(OrderPage {
        pictures: Media::find_by_ids(conn, &pictures)?,
        products: if cx.has_permission(Permission::Products) {
            Product::find_public_ids_by_variant(conn, &variants)?
        } else {
            Default::default()
        },
        payment_transactions: PaymentAttempt::list_transactions(conn, order.id)?,
        gift_card_transactions: GiftCard::list_transactions_for_order(conn, order.id)?,
        refunds: Refund::list_for_order(conn, order.id)?,
        invoices: Invoice::list_for_order(conn, order.id)?,
        vat_check: order.vat_check(conn)?,
        resendable_fulfilments: order.list_resendable_fulfilments(conn)?,
        returns: Return::list_for_order(conn, order.id)?,
        returnable_lines: if can_manage { order.list_returnable_lines(conn)? } else { Vec::new() },
        timeline: timeline(conn, cx, &details)?,
        buyer_href,
        can_manage,
        can_fulfil: cx.has_permission(Permission::Fulfil),
        details,
    })
}

fn timeline(conn: &mut Conn, cx: &Context, details: &OrderDetails) -> Result<Vec<Event>> {
    let emails = Email::for_order(conn, details.order.id)?;
    let href = |id: EmailId| cx.has_permission(Permission::Outbox).then(|| paths::admin::email(id));
    Ok(staff_timeline(details, &emails, href, cx.format()))
}

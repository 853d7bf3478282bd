//! The admin dashboard.

use crate::db::Conn;
use crate::error::Result;
use crate::http::guards::needs;
use crate::http::{AdminRequest, Context, Reply};
use crate::models::catalog::product::Product;
use crate::models::catalog::stock_listing::StockListing;
use crate::models::checkout::shipping_method::ShippingMethod;
use crate::models::checkout::tax_rate::TaxRate;
use crate::models::content::post::{Post, PostStatus};
use crate::models::people::account::roles::Permission;
use crate::models::platform::email::Email;
use crate::models::platform::job::QueuedJob;
use crate::models::sales::order::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::listing::OrderView;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Fulfilment, Order};
use crate::models::sales::payment_method::PaymentMethod;
use crate::presenters::sales::dashboard::{
    OpenTasks, SetupProgress, present_action_items, present_checklist, present_draft, present_low_stock,
    present_order_to_pack, present_sales, sales_since,
};
use crate::support::pagination::{Anchor, CappedCount, Cursor};
use crate::views::Link;
use crate::views::admin::sales::dashboards::{LowStock, OrderRow, Sales, Show, Step};

const LISTED_ORDERS: i64 = 8;
const LISTED_FLAGS: usize = 5;

pub async fn show(admin: AdminRequest<needs::Admin>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let (orders, products) = (cx.has_permission(Permission::Orders), cx.has_permission(Permission::Products));
            let posts = cx.has_permission(Permission::WritePosts);
            Ok(Show {
                t: cx.locale(),
                action_items: present_action_items(load_tasks(conn, cx)?, cx.format()),
                sales: if orders { Some(load_sales(conn, cx)?) } else { None },
                to_pack: if orders { load_orders_to_pack(conn, cx)? } else { Vec::new() },
                low_stock: if products { load_low_stock(conn)? } else { Vec::new() },
                drafts: if posts { load_drafts(conn)? } else { Vec::new() },
                checklist: if cx.has_permission(Permission::Settings) { checklist(conn, cx)? } else { Vec::new() },
                can_add_products: products,
                can_write_posts: posts,
            })
        })
        .await
}

fn load_tasks(conn: &mut Conn, cx: &Context) -> Result<OpenTasks> {
    let can_see_emails = cx.has_permission(Permission::Outbox);
    let tasks_of_everybody = OpenTasks {
        cannot_take_payments: !takes_payments(cx),
        can_change_settings: cx.has_permission(Permission::Settings),
        keeps_emails: can_see_emails && !cx.sends_mail,
        ..OpenTasks::default()
    };
    if !cx.has_permission(Permission::Orders) {
        return Ok(tasks_of_everybody);
    }
    let undelivered_emails = if can_see_emails { Email::count_undelivered(conn)? } else { 0 };
    Ok(OpenTasks {
        flagged_orders: Order::list_flagged(conn)?.into_iter().take(LISTED_FLAGS).map(|(order, _)| order).collect(),
        returns: CappedCount::new(Return::count_requested(conn)?),
        failed_fulfilments: CappedCount::new(Fulfilment::count_failed(conn)?),
        vat_numbers: CappedCount::new(Order::count_unchecked_vat_numbers(conn)?),
        declines: CardTestingAlert::detect(conn, cx.now)?,
        dead_jobs: CappedCount::new(QueuedJob::count_dead(conn)?),
        undelivered_emails: CappedCount::new(undelivered_emails),
        overdue_jobs: QueuedJob::find_oldest_overdue(conn, cx.now)?,
        to_pack: Order::count(conn, OrderView::AwaitingFulfilment)?,
        to_pay: Order::count(conn, OrderView::AwaitingPayment)?,
        ..tasks_of_everybody
    })
}

fn takes_payments(cx: &Context) -> bool {
    let has_pickup = cx.pricing_rules.shipping_methods.iter().any(|(method, _)| method.pickup);
    PaymentMethod::is_any_available(&cx.settings, &cx.card_options, has_pickup)
}

fn load_sales(conn: &mut Conn, cx: &Context) -> Result<Sales> {
    let sales = Order::list_sales_since(conn, sales_since(cx.now))?;
    Ok(present_sales(&sales, cx.now, cx.format()))
}

/// The oldest orders to pack: the last page of the newest-first list, reversed.
fn load_orders_to_pack(conn: &mut Conn, cx: &Context) -> Result<Vec<OrderRow>> {
    let cursor = Cursor { anchor: Anchor::End, size: LISTED_ORDERS };
    let page = Order::page(conn, OrderView::AwaitingFulfilment, &[], &cursor)?;
    let rows = page.items.into_iter().rev();
    Ok(rows.map(|listing| present_order_to_pack(listing, cx.format())).collect())
}

fn load_low_stock(conn: &mut Conn) -> Result<Vec<LowStock>> {
    Ok(StockListing::list_low_stock(conn, 6)?.iter().map(present_low_stock).collect())
}

fn load_drafts(conn: &mut Conn) -> Result<Vec<Link>> {
    let drafts = Post::list_for_admin(conn, Some(PostStatus::Draft), &[], &Cursor::first(5))?;
    Ok(drafts.items.into_iter().map(|(post, title, ..)| present_draft(&post, title)).collect())
}

fn checklist(conn: &mut Conn, cx: &Context) -> Result<Vec<Step>> {
    let (products, posts) = (cx.has_permission(Permission::Products), cx.has_permission(Permission::WritePosts));
    let progress = SetupProgress {
        has_contact_email: !cx.settings.contact_email.is_empty(),
        takes_payments: takes_payments(cx),
        has_shipping_methods: !ShippingMethod::all(conn)?.is_empty(),
        has_tax_rates: !TaxRate::all(conn)?.is_empty(),
        has_products: if products { Some(Product::count(conn, None)?.is_any()) } else { None },
        has_posts: if posts { Some(Post::count(conn, Some(PostStatus::Published))?.is_any()) } else { None },
    };
    Ok(present_checklist(&progress, cx.locale()))
}

//! The admin dashboard.

use jiff::SignedDuration;

use super::{attention, tab_href};
use crate::db::Conn;
use crate::error::Result;
use crate::http::guards::needs;
use crate::http::{Context, Reply, Staff};
use crate::models::catalog::product::Product;
use crate::models::catalog::variant::stock_items::StockItem;
use crate::models::checkout::shipping_method::ShippingMethod;
use crate::models::checkout::tax_rate::TaxRate;
use crate::models::content::post::Post;
use crate::models::people::account::roles::Permission;
use crate::models::platform::email::Email;
use crate::models::platform::job::QueuedJob;
use crate::models::sales::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::listing::OrderView;
use crate::models::sales::order::returns::Return;
use crate::models::sales::order::{Fulfilment, Order, PaymentMethod};
use crate::paths;
use crate::support::pagination::{Anchor, CappedCount, Cursor};
use crate::views::Link;
use crate::views::admin::dashboards::{ActionItem, LowStock, OrderRow, Sales, Show, Step, Urgency};

/// Orders listed under "to pack".
const SHOWN: i64 = 8;

pub async fn show(staff: Staff<needs::Admin>) -> Result<Reply> {
    staff
        .render_page(|conn, cx| {
            let (orders, products) = (cx.has_permission(Permission::Orders), cx.has_permission(Permission::Products));
            let posts = cx.has_permission(Permission::WritePosts);
            Ok(Show {
                action_items: needs_of(conn, cx)?,
                sales: if orders { Some(sales(conn, cx)?) } else { None },
                to_pack: if orders { to_pack(conn, cx)? } else { Vec::new() },
                low_stock: if products { low_stock(conn)? } else { Vec::new() },
                drafts: if posts { drafts(conn)? } else { Vec::new() },
                checklist: if cx.has_permission(Permission::Settings) { checklist(conn, cx)? } else { Vec::new() },
                can_add_products: products,
                can_write_posts: posts,
            })
        })
        .await
}

fn counted(count: CappedCount, one: &str, many: &str) -> String {
    format!("{count} {}", if count == CappedCount::Exactly(1) { one } else { many })
}

fn needs_of(conn: &mut Conn, cx: &Context) -> Result<Vec<ActionItem>> {
    let mut all = Vec::new();
    let pickup = cx.pricing_rules.shipping_methods.iter().any(|(method, _)| method.pickup);
    if !PaymentMethod::is_any_available(&cx.settings, &cx.card_options, pickup) {
        let may = cx.has_permission(Permission::Settings);
        all.push(ActionItem {
            text: "This shop cannot take payments yet".to_owned(),
            detail: "Customers cannot order until you set up a payment method.".to_owned(),
            href: if may { paths::admin::bank_account_settings() } else { String::new() },
            action: "Add your bank account".to_owned(),
            icon: "bank",
            urgency: Urgency::Critical,
        });
    }
    if cx.has_permission(Permission::Orders) {
        for (order, _) in Order::list_flagged(conn)?.into_iter().take(5) {
            all.push(odd(attention::order_label(&order), order.review_reason.unwrap_or_default()));
        }
        let returns = CappedCount::new(Return::count_requested(conn)?);
        if returns.is_any() {
            let text = counted(returns, "return to approve or decline", "returns to approve or decline");
            all.push(odd(text, "Answer the request on the order’s page.".to_owned()));
        }
        let parcels = CappedCount::new(Fulfilment::count_failed(conn)?);
        if parcels.is_any() {
            let text = counted(parcels, "parcel not delivered", "parcels not delivered");
            all.push(odd(text, "Ship it again, or refund it and close it.".to_owned()));
        }
        let vat_numbers = CappedCount::new(Order::count_unchecked_vat_numbers(conn)?);
        if vat_numbers.is_any() {
            let text = counted(vat_numbers, "VAT number to check", "VAT numbers to check");
            all.push(odd(text, "No tax was charged because of it. Look it up on the order’s page.".to_owned()));
        }
        if let Some(many) = CardTestingAlert::detect(conn, cx.now)? {
            let since = cx.date_time(many.since).text;
            let detail = format!("{} since {since}. Customers are asked to wait a moment before they pay.", many.count);
            all.push(odd("Many cards are being declined".to_owned(), detail));
        }
        let given_up = CappedCount::new(QueuedJob::count_dead(conn)?);
        if given_up.is_any() {
            let text = counted(given_up, "background job failed", "background jobs failed");
            all.push(odd(text, "They will not be retried automatically.".to_owned()));
        }
        let untaken = if cx.has_permission(Permission::Outbox) { Email::count_undelivered(conn)? } else { 0 };
        let untaken = CappedCount::new(untaken);
        if untaken.is_any() {
            let text = counted(untaken, "email was not delivered", "emails were not delivered");
            all.push(odd(text, "Check the reason, then resend it or correct the address.".to_owned()));
        }
        if let Some(late) = QueuedJob::find_oldest_overdue(conn, cx.now)? {
            let detail = format!("{}, since {}.", late.queue.label(), cx.date_time(late.since).text);
            all.push(odd("Background jobs are late".to_owned(), detail));
        }
        let (to_pack, to_pay) =
            (Order::count(conn, OrderView::AwaitingFulfilment)?, Order::count(conn, OrderView::AwaitingPayment)?);
        if to_pack.is_any() {
            all.push(ActionItem {
                text: counted(to_pack, "order to pack", "orders to pack"),
                detail: String::new(),
                href: tab_href(paths::admin::orders(), "to-pack"),
                action: if to_pack == CappedCount::Exactly(1) { "Pack order" } else { "Pack orders" }.to_owned(),
                icon: "package",
                urgency: Urgency::Routine,
            });
        }
        if to_pay.is_any() {
            all.push(ActionItem {
                text: counted(to_pay, "order awaiting payment", "orders awaiting payment"),
                detail: "Mark bank transfers and cash payments as paid once they have arrived.".to_owned(),
                href: tab_href(paths::admin::orders(), "to-pay"),
                action: "Check payments".to_owned(),
                icon: "bank",
                urgency: Urgency::Routine,
            });
        }
    }
    if cx.has_permission(Permission::Outbox) && !cx.sends_mail {
        all.push(ActionItem {
            text: "Emails are kept, not sent".to_owned(),
            detail: "Set SMTP_URL on the server and restart.".to_owned(),
            href: paths::admin::outbox().to_owned(),
            action: "View emails".to_owned(),
            icon: "mail",
            urgency: Urgency::Warning,
        });
    }
    Ok(all)
}

fn odd(text: String, detail: String) -> ActionItem {
    let href = paths::admin::attention().to_owned();
    ActionItem { text, detail, href, action: "Review".to_owned(), icon: "alert", urgency: Urgency::Warning }
}

fn sales(conn: &mut Conn, cx: &Context) -> Result<Sales> {
    const DAY: i64 = 24;
    let zone = &cx.settings.time_zone;
    let day = |back: i64| cx.now.minus(SignedDuration::from_hours(DAY * back)).format_in(zone, "%Y-%m-%d");
    let days: Vec<String> = (0..7).rev().map(day).collect();
    let mut spark = vec![0_i64; days.len()];
    let (mut week, mut week_orders, mut today, mut today_orders) = (0_i64, 0, 0_i64, 0);
    for (at, total) in Order::list_sales_since(conn, cx.now.minus(SignedDuration::from_hours(DAY * 8)))? {
        let placed = at.format_in(zone, "%Y-%m-%d");
        for (sold, _) in spark.iter_mut().zip(&days).filter(|(_, day)| **day == placed) {
            *sold = sold.saturating_add(total);
            week = week.saturating_add(total);
            week_orders += 1;
        }
        if days.last() == Some(&placed) {
            today = today.saturating_add(total);
            today_orders += 1;
        }
    }
    Ok(Sales { today: cx.amount(today), today_orders, week: cx.amount(week), week_orders, daily_totals: spark })
}

/// The oldest orders to pack: the last page of the newest-first list, reversed.
fn to_pack(conn: &mut Conn, cx: &Context) -> Result<Vec<OrderRow>> {
    let rows = Order::page(conn, OrderView::AwaitingFulfilment, &[], &Cursor { anchor: Anchor::End, size: SHOWN })?;
    let row = |(order, customer, _): (Order, String, i64)| {
        let number = order.number.clone().unwrap_or_default();
        OrderRow {
            href: paths::admin::order(&number),
            number,
            customer,
            when: cx.date(order.placed_at.unwrap_or(order.created_at)),
            total: cx.amount_in(order.total_minor, &order.currency),
            shipping: order.shipping_name,
        }
    };
    Ok(rows.items.into_iter().rev().map(row).collect())
}

fn low_stock(conn: &mut Conn) -> Result<Vec<LowStock>> {
    let few = StockItem::list_low_stock(conn, 6)?;
    let row = |shelf: StockItem| LowStock {
        href: paths::admin::variant_stock(&shelf.variant.public_id),
        left: shelf.available(),
        title: shelf.name(),
    };
    Ok(few.into_iter().map(row).collect())
}

fn drafts(conn: &mut Conn) -> Result<Vec<Link>> {
    let drafts = Post::list_for_admin(conn, Some("draft"), &[], &Cursor::first(5))?;
    let link = |(post, label, ..): (Post, String, _, _)| Link { label, href: paths::admin::post(&post.public_id) };
    Ok(drafts.items.into_iter().map(link).collect())
}

/// The setup checklist; empty once every step is done.
fn checklist(conn: &mut Conn, cx: &Context) -> Result<Vec<Step>> {
    let settings = &cx.settings;
    let step = |label: &str, href: &str, done| Step { label: label.to_owned(), href: href.to_owned(), done };
    let mut steps = vec![
        step("Add a contact email", paths::admin::settings(), !settings.contact_email.is_empty()),
        step(
            "Set up payments",
            paths::admin::settings(),
            PaymentMethod::is_any_available(
                settings,
                &cx.card_options,
                cx.pricing_rules.shipping_methods.iter().any(|(method, _)| method.pickup),
            ),
        ),
        step("Set up shipping", paths::admin::shipping_methods(), !ShippingMethod::all(conn)?.is_empty()),
        step("Set your tax rates", paths::admin::tax_rates(), !TaxRate::all(conn)?.is_empty()),
    ];
    if cx.has_permission(Permission::Products) {
        let any = Product::count(conn, None)?.is_any();
        steps.push(step("Add your first product", paths::admin::new_product(), any));
    }
    if cx.has_permission(Permission::WritePosts) {
        let any = Post::count(conn, Some("published"))?.is_any();
        steps.push(step("Publish your first post", paths::admin::new_post(), any));
    }
    if steps.iter().all(|step| step.done) {
        steps.clear();
    }
    Ok(steps)
}

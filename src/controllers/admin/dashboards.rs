//! The overview.

use jiff::SignedDuration;

use super::{attention, tab_of};
use crate::db::Conn;
use crate::error::Result;
use crate::http::guards::needs;
use crate::http::{Context, Reply, Staff};
use crate::models::account::roles::Permission;
use crate::models::gate::declining::Declines;
use crate::models::job::QueuedJob;
use crate::models::letter::Letter;
use crate::models::order::listing::View;
use crate::models::order::returning::Return;
use crate::models::order::{Order, Parcel, PaymentMethod};
use crate::models::post::Post;
use crate::models::product::Product;
use crate::models::shipping_method::ShippingMethod;
use crate::models::tax_rate::TaxRate;
use crate::models::variant::listing::Shelf;
use crate::paths;
use crate::support::page::{Spot, Tally, Window};
use crate::views::Link;
use crate::views::admin::dashboards::{LowStock, Need, OrderRow, Sales, Show, Step, Urgency};

/// Most orders of the list.
const SHOWN: i64 = 8;

/// What needs someone now.
///
/// # Errors
/// When the database refuses.
pub async fn show(staff: Staff<needs::Admin>) -> Result<Reply> {
    staff
        .page(|conn, cx| {
            let (orders, products) = (cx.may(Permission::Orders), cx.may(Permission::Products));
            let posts = cx.may(Permission::WritePosts);
            Ok(Show {
                needs: needs_of(conn, cx)?,
                sales: if orders { Some(sales(conn, cx)?) } else { None },
                to_pack: if orders { to_pack(conn, cx)? } else { Vec::new() },
                low_stock: if products { low_stock(conn)? } else { Vec::new() },
                drafts: if posts { drafts(conn)? } else { Vec::new() },
                checklist: if cx.may(Permission::Settings) { checklist(conn, cx)? } else { Vec::new() },
                can_add_products: products,
                can_write_posts: posts,
            })
        })
        .await
}

fn counted(count: Tally, one: &str, many: &str) -> String {
    format!("{count} {}", if count == Tally::Exactly(1) { one } else { many })
}

fn needs_of(conn: &mut Conn, cx: &Context) -> Result<Vec<Need>> {
    let mut all = Vec::new();
    let pickup = cx.terms.methods.iter().any(|(method, _)| method.pickup);
    if !PaymentMethod::any(&cx.settings, &cx.cards, pickup) {
        let may = cx.may(Permission::Settings);
        all.push(Need {
            text: "This shop cannot take payments yet".to_owned(),
            detail: "Nobody can order before you say how customers pay.".to_owned(),
            href: if may { paths::admin::bank_account() } else { String::new() },
            action: "Add your bank account".to_owned(),
            icon: "bank",
            urgency: Urgency::Stopped,
        });
    }
    if cx.may(Permission::Orders) {
        for (order, _) in Order::needing_attention(conn)?.into_iter().take(5) {
            all.push(odd(attention::named(&order), order.attention.unwrap_or_default()));
        }
        let returns = Tally::of(Return::count_to_answer(conn)?);
        if returns.is_any() {
            let text =
                counted(returns, "customer wants to send something back", "customers want to send something back");
            all.push(odd(text, "Approve it or refuse it on the order’s page.".to_owned()));
        }
        let parcels = Tally::of(Parcel::count_to_send_again(conn)?);
        if parcels.is_any() {
            let text = counted(parcels, "parcel did not arrive", "parcels did not arrive");
            all.push(odd(text, "Send it again, or pay it back and close it.".to_owned()));
        }
        let vat_numbers = Tally::of(Order::count_vat_numbers_to_check(conn)?);
        if vat_numbers.is_any() {
            let text = counted(vat_numbers, "VAT number was not checked", "VAT numbers were not checked");
            all.push(odd(text, "No tax was charged because of it. Look it up on the order’s page.".to_owned()));
        }
        if let Some(many) = Declines::many(conn, cx.now)? {
            let since = cx.moment(many.since).text;
            let detail = format!("{} since {since}. Buyers are asked to wait a moment before they pay.", many.count);
            all.push(odd("Many cards are being declined".to_owned(), detail));
        }
        let given_up = Tally::of(QueuedJob::count_given_up(conn)?);
        if given_up.is_any() {
            let text = counted(given_up, "thing could not be done", "things could not be done");
            all.push(odd(text, "The program has tried often enough.".to_owned()));
        }
        let untaken = if cx.may(Permission::Outbox) { Letter::count_untaken(conn)? } else { 0 };
        let untaken = Tally::of(untaken);
        if untaken.is_any() {
            let text = counted(untaken, "letter was not delivered", "letters were not delivered");
            all.push(odd(text, "Read why, and send it again or correct the address.".to_owned()));
        }
        if let Some(late) = QueuedJob::oldest_overdue(conn, cx.now)? {
            let detail = format!("{}, since {}.", late.queue.label(), cx.moment(late.since).text);
            all.push(odd("Work is late".to_owned(), detail));
        }
        let (to_pack, to_pay) = (Order::count(conn, View::ToPack)?, Order::count(conn, View::ToPay)?);
        if to_pack.is_any() {
            all.push(Need {
                text: counted(to_pack, "order to pack", "orders to pack"),
                detail: String::new(),
                href: tab_of(paths::admin::orders(), "to-pack"),
                action: if to_pack == Tally::Exactly(1) { "Pack order" } else { "Pack orders" }.to_owned(),
                icon: "package",
                urgency: Urgency::ToDo,
            });
        }
        if to_pay.is_any() {
            all.push(Need {
                text: counted(to_pay, "order waits for money", "orders wait for money"),
                detail: "Mark as paid what has come: by bank transfer, or in cash.".to_owned(),
                href: tab_of(paths::admin::orders(), "to-pay"),
                action: "Check payments".to_owned(),
                icon: "bank",
                urgency: Urgency::ToDo,
            });
        }
    }
    if cx.may(Permission::Outbox) && !cx.sends_mail {
        all.push(Need {
            text: "Mail is kept, not sent".to_owned(),
            detail: "Set SMTP_URL on the server and restart.".to_owned(),
            href: paths::admin::outbox().to_owned(),
            action: "Read mail".to_owned(),
            icon: "mail",
            urgency: Urgency::Odd,
        });
    }
    Ok(all)
}

fn odd(text: String, detail: String) -> Need {
    let href = paths::admin::attention().to_owned();
    Need { text, detail, href, action: "Look".to_owned(), icon: "alert", urgency: Urgency::Odd }
}

fn sales(conn: &mut Conn, cx: &Context) -> Result<Sales> {
    const DAY: i64 = 24;
    let zone = &cx.settings.time_zone;
    let day = |back: i64| cx.now.minus(SignedDuration::from_hours(DAY * back)).format_in(zone, "%Y-%m-%d");
    let days: Vec<String> = (0..7).rev().map(day).collect();
    let mut spark = vec![0_i64; days.len()];
    let (mut week, mut week_orders, mut today, mut today_orders) = (0_i64, 0, 0_i64, 0);
    for (at, total) in Order::sales_since(conn, cx.now.minus(SignedDuration::from_hours(DAY * 8)))? {
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
    Ok(Sales { today: cx.amount(today), today_orders, week: cx.amount(week), week_orders, spark })
}

/// Orders to pack, the oldest first: the end of the list backwards.
fn to_pack(conn: &mut Conn, cx: &Context) -> Result<Vec<OrderRow>> {
    let rows = Order::page(conn, View::ToPack, &[], &Window { spot: Spot::End, size: SHOWN })?;
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
    let few = Shelf::running_out(conn, 6)?;
    let row = |shelf: Shelf| LowStock {
        href: paths::admin::stock_of(&shelf.variant.public_id),
        left: shelf.left(),
        title: shelf.name(),
    };
    Ok(few.into_iter().map(row).collect())
}

fn drafts(conn: &mut Conn) -> Result<Vec<Link>> {
    let drafts = Post::listed(conn, Some("draft"), &[], &Window::first(5))?;
    let link = |(post, label, ..): (Post, String, _, _)| Link { label, href: paths::admin::post(&post.public_id) };
    Ok(drafts.items.into_iter().map(link).collect())
}

/// First steps, as long as one is left.
fn checklist(conn: &mut Conn, cx: &Context) -> Result<Vec<Step>> {
    let settings = &cx.settings;
    let step = |label: &str, href: &str, done| Step { label: label.to_owned(), href: href.to_owned(), done };
    let mut steps = vec![
        step("Say how customers reach you", paths::admin::settings(), !settings.contact_email.is_empty()),
        step(
            "Say how customers pay",
            paths::admin::settings(),
            PaymentMethod::any(settings, &cx.cards, cx.terms.methods.iter().any(|(method, _)| method.pickup)),
        ),
        step("Say where you ship", paths::admin::shipping(), !ShippingMethod::all(conn)?.is_empty()),
        step("Set your tax rates", paths::admin::taxes(), !TaxRate::all(conn)?.is_empty()),
    ];
    if cx.may(Permission::Products) {
        let any = Product::count(conn, None)?.is_any();
        steps.push(step("Add your first product", paths::admin::new_product(), any));
    }
    if cx.may(Permission::WritePosts) {
        let any = Post::count(conn, Some("published"))?.is_any();
        steps.push(step("Publish your first post", paths::admin::new_post(), any));
    }
    if steps.iter().all(|step| step.done) {
        steps.clear();
    }
    Ok(steps)
}

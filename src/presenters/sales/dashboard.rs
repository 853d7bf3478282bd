//! The dashboard: open tasks, sales, orders to pack and the setup checklist.

use crate::models::catalog::stock_listing::StockListing;
use crate::models::content::post::Post;
use crate::models::platform::job::OverdueJobs;
use crate::models::sales::order::Order;
use crate::models::sales::order::checkout_throttle::card_testing::CardTestingAlert;
use crate::models::sales::order::listing::OrderListing;
use crate::paths;
use crate::presenters::days_before;
use crate::presenters::format::Format;
use crate::presenters::platform::job::queue_label;
use crate::presenters::sales::admin_labels::{buyer_name, order_label};
use crate::presenters::sales::timeline::describe_review_reason;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::support::pagination::CappedCount;
use crate::views::Link;
use crate::views::admin::ListFilter;
use crate::views::admin::sales::dashboards::{ActionItem, LowStock, OrderRow, Sales, Step, Urgency};

/// Days of the sales chart, including today.
const CHART_DAYS: i64 = 7;

/// The open tasks that the viewer may see.
#[derive(Default)]
pub struct OpenTasks {
    pub cannot_take_payments: bool,
    pub can_change_settings: bool,
    pub flagged_orders: Vec<Order>,
    pub returns: CappedCount,
    pub failed_fulfilments: CappedCount,
    pub vat_numbers: CappedCount,
    pub declines: Option<CardTestingAlert>,
    pub dead_jobs: CappedCount,
    pub undelivered_emails: CappedCount,
    pub overdue_jobs: Option<OverdueJobs>,
    pub to_pack: CappedCount,
    pub to_pay: CappedCount,
    pub keeps_emails: bool,
}

/// Open tasks, most urgent first.
pub fn present_action_items(tasks: OpenTasks, format: &Format) -> Vec<ActionItem> {
    let t = format.locale;
    let mut items = Vec::new();
    if tasks.cannot_take_payments {
        let may = tasks.can_change_settings;
        items.push(ActionItem {
            text: t.admin_dashboard_no_payments().to_owned(),
            detail: t.admin_dashboard_no_payments_hint().to_owned(),
            href: if may { paths::admin::bank_account_settings() } else { String::new() },
            action: t.admin_dashboard_add_bank_account().to_owned(),
            icon: "bank",
            urgency: Urgency::Critical,
        });
    }
    items.extend(present_warnings(&tasks, format));
    items.extend(present_order_tasks(t, &tasks));
    if tasks.keeps_emails {
        items.push(ActionItem {
            text: t.admin_dashboard_emails_kept().to_owned(),
            detail: t.admin_dashboard_emails_kept_hint().to_owned(),
            href: paths::admin::outbox().to_owned(),
            action: t.admin_dashboard_view_emails().to_owned(),
            icon: "mail",
            urgency: Urgency::Warning,
        });
    }
    items
}

fn present_warnings(tasks: &OpenTasks, format: &Format) -> Vec<ActionItem> {
    let t = format.locale;
    let mut items = Vec::new();
    let mut push = |text: String, detail: String| {
        items.push(ActionItem {
            text,
            detail,
            href: paths::admin::attention().to_owned(),
            action: t.admin_dashboard_review().to_owned(),
            icon: "alert",
            urgency: Urgency::Warning,
        });
    };
    for order in &tasks.flagged_orders {
        let reason = order.review_reason.as_ref().map(|reason| describe_review_reason(reason, format));
        push(order_label(t, order), reason.unwrap_or_default());
    }
    if let Some(count) = any(tasks.returns) {
        push(t.admin_dashboard_returns(count, count.format(t)), t.admin_dashboard_returns_hint().to_owned());
    }
    if let Some(count) = any(tasks.failed_fulfilments) {
        push(t.admin_dashboard_shipments(count, count.format(t)), t.admin_dashboard_shipments_hint().to_owned());
    }
    if let Some(count) = any(tasks.vat_numbers) {
        push(t.admin_dashboard_vat_numbers(count, count.format(t)), t.admin_dashboard_vat_numbers_hint().to_owned());
    }
    if let Some(alert) = tasks.declines {
        let detail = t.admin_dashboard_declines_hint(alert.count, format.date_time(alert.since).text);
        push(t.admin_dashboard_declines().to_owned(), detail);
    }
    if let Some(count) = any(tasks.dead_jobs) {
        push(t.admin_dashboard_failed_jobs(count, count.format(t)), t.admin_dashboard_failed_jobs_hint().to_owned());
    }
    if let Some(count) = any(tasks.undelivered_emails) {
        let detail = t.admin_dashboard_undelivered_emails_hint().to_owned();
        push(t.admin_dashboard_undelivered_emails(count, count.format(t)), detail);
    }
    if let Some(late) = tasks.overdue_jobs {
        let since = format.date_time(late.since).text;
        let detail = t.admin_dashboard_late_jobs_hint(queue_label(t, late.queue), since);
        push(t.admin_dashboard_late_jobs().to_owned(), detail);
    }
    items
}

fn present_order_tasks(t: Locale, tasks: &OpenTasks) -> Vec<ActionItem> {
    let mut items = Vec::new();
    if let Some(count) = any(tasks.to_pack) {
        items.push(ActionItem {
            text: t.admin_dashboard_to_pack(count, count.format(t)),
            detail: String::new(),
            href: orders_href("to-pack"),
            action: t.admin_dashboard_pack_orders(count),
            icon: "package",
            urgency: Urgency::Routine,
        });
    }
    if let Some(count) = any(tasks.to_pay) {
        items.push(ActionItem {
            text: t.admin_dashboard_to_pay(count, count.format(t)),
            detail: t.admin_dashboard_to_pay_hint().to_owned(),
            href: orders_href("to-pay"),
            action: t.admin_dashboard_check_payments().to_owned(),
            icon: "bank",
            urgency: Urgency::Routine,
        });
    }
    items
}

fn any(count: CappedCount) -> Option<CappedCount> {
    Some(count).filter(|count| count.is_any())
}

fn orders_href(tab: &str) -> String {
    ListFilter { base: paths::admin::orders(), tabs: Vec::new(), tab: tab.to_owned(), q: String::new() }.href()
}

/// Sales of the last days; `sales` are the times and totals of orders that were placed since [`sales_since`].
pub fn present_sales(sales: &[(Utc, i64)], now: Utc, format: &Format) -> Sales {
    let zone = &format.time_zone;
    let day = |back: i64| days_before(now, back).format_in(zone, "%Y-%m-%d");
    let days: Vec<String> = (0..CHART_DAYS).rev().map(day).collect();
    let mut daily_totals = vec![0_i64; days.len()];
    let (mut week, mut week_orders, mut today, mut today_orders) = (0_i64, 0, 0_i64, 0);
    for (at, total) in sales {
        let placed = at.format_in(zone, "%Y-%m-%d");
        for (sold, _) in daily_totals.iter_mut().zip(&days).filter(|(_, day)| **day == placed) {
            *sold = sold.saturating_add(*total);
            week = week.saturating_add(*total);
            week_orders += 1;
        }
        if days.last() == Some(&placed) {
            today = today.saturating_add(*total);
            today_orders += 1;
        }
    }
    Sales { today: format.amount(today), today_orders, week: format.amount(week), week_orders, daily_totals }
}

/// The start of the period that [`present_sales`] needs: a day more than it displays, whatever the time zone.
pub fn sales_since(now: Utc) -> Utc {
    days_before(now, CHART_DAYS + 1)
}

pub fn present_order_to_pack(listing: OrderListing, format: &Format) -> OrderRow {
    let order = &listing.order;
    let number = order.number.clone().unwrap_or_default();
    OrderRow {
        href: paths::admin::order(&number),
        number,
        when: format.date(order.placed_at.unwrap_or(order.created_at)),
        total: format.amount_in(order.totals.total_minor, order.currency),
        customer: buyer_name(format.locale, &listing.order, &listing.customer_name),
        shipping: listing.shipping_name,
    }
}

pub fn present_low_stock(item: &StockListing) -> LowStock {
    LowStock { href: paths::admin::variant_stock(&item.variant.public_id), left: item.available(), title: item.name() }
}

pub fn present_draft(post: &Post, title: String) -> Link {
    Link { label: title, href: paths::admin::post(&post.public_id) }
}

/// Which steps of the setup are done; `None` for a step that this person may not take.
pub struct SetupProgress {
    pub has_contact_email: bool,
    pub takes_payments: bool,
    pub has_shipping_methods: bool,
    pub has_tax_rates: bool,
    pub has_products: Option<bool>,
    pub has_posts: Option<bool>,
}

/// The setup checklist; empty once every step is done.
pub fn present_checklist(progress: &SetupProgress, t: Locale) -> Vec<Step> {
    let step = |label: &str, href: &str, done| Step { label: label.to_owned(), href: href.to_owned(), done };
    let mut steps = vec![
        step(t.admin_dashboard_step_contact_email(), paths::admin::settings(), progress.has_contact_email),
        step(t.admin_dashboard_step_payments(), paths::admin::settings(), progress.takes_payments),
        step(t.admin_dashboard_step_shipping(), paths::admin::shipping_methods(), progress.has_shipping_methods),
        step(t.admin_dashboard_step_tax_rates(), paths::admin::tax_rates(), progress.has_tax_rates),
    ];
    if let Some(done) = progress.has_products {
        steps.push(step(t.admin_dashboard_step_product(), paths::admin::new_product(), done));
    }
    if let Some(done) = progress.has_posts {
        steps.push(step(t.admin_dashboard_step_post(), paths::admin::new_post(), done));
    }
    if steps.iter().all(|step| step.done) {
        steps.clear();
    }
    steps
}

//! Discount codes as staff see them.

use crate::forms::Fields;
use crate::models::catalog::category::Category;
use crate::models::checkout::coupon::edit::CouponScope;
use crate::models::checkout::coupon::{Coupon, CouponKind, CouponStatus};
use crate::paths;
use crate::presenters::format::Format;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::support::money::{Money, format_percent};
use crate::views::SelectOption;
use crate::views::admin::Pill;
use crate::views::admin::checkout::coupons::{Edit, Row};

pub fn present_coupon_row(coupon: Coupon, now: Utc, format: &Format) -> Row {
    let t = format.locale;
    Row {
        href: paths::admin::coupon(&coupon.public_id),
        what: match coupon.kind {
            CouponKind::Percent => t.admin_coupon_percent_off(format_percent(coupon.value, t)),
            CouponKind::Fixed => t.admin_coupon_amount_off(format.amount(coupon.value).text),
            CouponKind::FreeShipping => t.common_free_shipping().to_owned(),
        },
        used: match coupon.usage_limit {
            Some(limit) => t.admin_coupon_used_of_limit(coupon.used, limit),
            None => t.format_number(coupon.used),
        },
        state: status_pill(t, coupon.status(now)),
        ends: coupon.ends_at.map(|at| format.date_time(at)),
        code: coupon.code,
    }
}

/// The form; `id` is the code's public id, none for a new one. `products` are ids and titles.
pub fn present_coupon_form(
    id: Option<String>,
    form: Fields,
    categories: &[Category],
    products: Vec<(String, String)>,
    format: &Format,
) -> Edit {
    let t = format.locale;
    Edit {
        t,
        form,
        id,
        kinds: CouponKind::ALL.iter().map(|kind| SelectOption::new(kind.as_str(), kind_label(t, *kind))).collect(),
        products: products.into_iter().map(|(value, label)| SelectOption::new(value, label)).collect(),
        categories: categories.iter().map(|category| category_option(category, categories)).collect(),
        states: vec![
            SelectOption::new("1", t.admin_coupon_active()),
            SelectOption::new("0", t.admin_coupon_inactive()),
        ],
        currency: format.currency.code().to_owned(),
        time_zone: format.time_zone.clone(),
    }
}

pub fn coupon_fields(coupon: &Coupon, scope: CouponScope, format: &Format) -> Fields {
    let amount = |minor| Money::new(minor, format.currency);
    let count = |limit: Option<i64>| limit.map_or_else(String::new, |limit| limit.to_string());
    let moment = |at: Option<Utc>| at.map_or_else(String::new, |at| at.format_in(&format.time_zone, "%Y-%m-%dT%H:%M"));
    let mut fields = Fields::from_pairs([
        ("code", coupon.code.clone()),
        ("kind", coupon.kind.as_str().to_owned()),
        ("usage_limit", count(coupon.usage_limit)),
        ("per_customer_limit", count(coupon.per_customer_limit)),
        ("starts_at", moment(coupon.starts_at)),
        ("ends_at", moment(coupon.ends_at)),
        ("active", if coupon.active { "1" } else { "0" }.to_owned()),
        ("lock_version", coupon.lock_version.to_string()),
    ]);
    match coupon.kind {
        CouponKind::Percent => fields.set_percent("value", coupon.value),
        CouponKind::Fixed => fields.set_amount("value", amount(coupon.value)),
        CouponKind::FreeShipping => fields.set("value", String::new()),
    }
    fields.set_amount("minimum", coupon.minimum_minor.map(amount));
    fields.set_all("products", scope.products);
    fields.set_all("categories", scope.categories);
    fields
}

fn kind_label(t: Locale, kind: CouponKind) -> &'static str {
    match kind {
        CouponKind::Percent => t.admin_coupon_kind_percent(),
        CouponKind::Fixed => t.admin_coupon_kind_fixed(),
        CouponKind::FreeShipping => t.common_free_shipping(),
    }
}

/// A category with its ancestors' titles: `Coffee / Blends`.
fn category_option(category: &Category, all: &[Category]) -> SelectOption {
    let is_above =
        |other: &&Category| other.path == category.path || category.path.starts_with(&format!("{}/", other.path));
    let mut line: Vec<&Category> = all.iter().filter(is_above).collect();
    line.sort_by_key(|category| category.path.len());
    let titles: Vec<&str> = line.iter().map(|category| category.title.as_str()).collect();
    SelectOption::new(category.path.clone(), titles.join(" / "))
}

fn status_pill(t: Locale, status: CouponStatus) -> Pill {
    let (text, kind) = match status {
        CouponStatus::Disabled => (t.admin_coupon_inactive(), ""),
        CouponStatus::Scheduled => (t.admin_coupon_scheduled(), "info"),
        CouponStatus::Expired => (t.admin_coupon_expired(), ""),
        CouponStatus::UsedUp => (t.admin_coupon_limit_reached(), "warn"),
        CouponStatus::Active => (t.admin_coupon_active(), "good"),
    };
    Pill { text: text.to_owned(), kind }
}

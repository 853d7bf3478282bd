//! Discount codes.

use actix_web::web::Path;

use super::{add_model_error, change_settings};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::coupons::CouponForm;
use crate::http::guards::needs;
use crate::http::{Context, Form, LongForm, Reply, Staff};
use crate::models::catalog::category::Category;
use crate::models::catalog::product::Product;
use crate::models::checkout::coupon::edit::CouponScope;
use crate::models::checkout::coupon::{Coupon, CouponKind, CouponStatus};
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::clock::Utc;
use crate::support::money::{Money, format_percent};
use crate::views::admin::coupons::{Edit, Index, Row};
use crate::views::admin::{Pill, SelectOption};

type Keeper = Staff<needs::Settings>;

pub async fn index(staff: Keeper) -> Result<Reply> {
    staff
        .render_page(|conn, cx| {
            Ok(Index { rows: Coupon::all(conn)?.into_iter().map(|coupon| row(cx, coupon)).collect() })
        })
        .await
}

pub async fn new(staff: Keeper) -> Result<Reply> {
    page(&staff, None, Fields::from_pairs([("kind", CouponKind::Percent.as_str().to_owned())])).await
}

pub async fn create(staff: Keeper, LongForm { form, .. }: LongForm<needs::Settings>) -> Result<Reply> {
    save(staff, None, form).await
}

pub async fn edit(staff: Keeper, id: Path<String>) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let coupon = Coupon::find(conn, &id)?;
            let scope = coupon.scope(conn)?;
            edit_page(conn, cx, Some(coupon.public_id.clone()), fields_of(cx, &coupon, scope))
        })
        .await
}

pub async fn update(
    staff: Keeper,
    id: Path<String>,
    LongForm { form, .. }: LongForm<needs::Settings>,
) -> Result<Reply> {
    save(staff, Some(id.into_inner()), form).await
}

async fn save(staff: Keeper, id: Option<String>, mut form: Form) -> Result<Reply> {
    let settings = staff.read(Settings::load).await?;
    form.fields.set("currency", settings.currency.code().to_owned());
    form.fields.set("time_zone", settings.time_zone);
    let Some((mut coupon, scope)) = form.fields.check::<CouponForm>() else {
        return Ok(page(&staff, id, form.fields).await?.unprocessable());
    };
    coupon.public_id = id.clone().unwrap_or_default();
    let saved = change_settings(&staff, &form.token, "discounts", move |tx| {
        coupon.save(tx, &scope)?;
        Ok(Reply::redirect(paths::admin::coupons()).notice("Discount saved."))
    });
    match (saved.await, id) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::AlreadySubmitted), Some(id)) => {
            let again = staff.render_page(move |conn, cx| {
                let coupon = Coupon::find(conn, &id)?;
                let scope = coupon.scope(conn)?;
                form.fields.add_conflict(&fields_of(cx, &coupon, scope));
                edit_page(conn, cx, Some(id), form.fields)
            });
            Ok(again.await?.unprocessable())
        }
        (Err(error), id) => {
            add_model_error(&mut form.fields, error)?;
            Ok(page(&staff, id, form.fields).await?.unprocessable())
        }
    }
}

async fn page(staff: &Keeper, id: Option<String>, form: Fields) -> Result<Reply> {
    staff.render_page(move |conn, cx| edit_page(conn, cx, id, form)).await
}

fn edit_page(conn: &mut Conn, cx: &Context, id: Option<String>, form: Fields) -> Result<Edit> {
    let kinds = CouponKind::ALL.iter().map(|kind| SelectOption {
        value: kind.as_str().to_owned(),
        label: match kind {
            CouponKind::Percent => "Percentage",
            CouponKind::Fixed => "Fixed amount",
            CouponKind::FreeShipping => "Free shipping",
        }
        .to_owned(),
    });
    let categories = Category::all(conn)?;
    let states = [("1", "Active"), ("0", "Inactive")];
    let products = Product::list_titles(conn)?.into_iter();
    Ok(Edit {
        form,
        id,
        kinds: kinds.collect(),
        products: products.map(|(value, label)| SelectOption { value, label }).collect(),
        categories: categories.iter().map(|category| named(category, &categories)).collect(),
        states: states.map(|(value, label)| SelectOption { value: value.to_owned(), label: label.to_owned() }).to_vec(),
        currency: cx.settings.currency.code().to_owned(),
        time_zone: cx.settings.time_zone.clone(),
    })
}

/// A category with its ancestors' titles: `Coffee / Blends`.
fn named(category: &Category, all: &[Category]) -> SelectOption {
    let above =
        |other: &&Category| other.path == category.path || category.path.starts_with(&format!("{}/", other.path));
    let mut line: Vec<&Category> = all.iter().filter(above).collect();
    line.sort_by_key(|category| category.path.len());
    let titles: Vec<&str> = line.iter().map(|category| category.title.as_str()).collect();
    SelectOption { value: category.path.clone(), label: titles.join(" / ") }
}

fn fields_of(cx: &Context, coupon: &Coupon, scope: CouponScope) -> Fields {
    let decimal = |minor| Money::new(minor, cx.settings.currency).to_decimal();
    let count = |limit: Option<i64>| limit.map_or_else(String::new, |limit| limit.to_string());
    let moment =
        |at: Option<Utc>| at.map_or_else(String::new, |at| at.format_in(&cx.settings.time_zone, "%Y-%m-%dT%H:%M"));
    let mut fields = Fields::from_pairs([
        ("code", coupon.code.clone()),
        ("kind", coupon.kind.as_str().to_owned()),
        (
            "value",
            match coupon.kind {
                CouponKind::Percent => format_percent(coupon.value),
                CouponKind::Fixed => decimal(coupon.value),
                CouponKind::FreeShipping => String::new(),
            },
        ),
        ("minimum", coupon.minimum_minor.map_or_else(String::new, decimal)),
        ("usage_limit", count(coupon.usage_limit)),
        ("per_customer_limit", count(coupon.per_customer_limit)),
        ("starts_at", moment(coupon.starts_at)),
        ("ends_at", moment(coupon.ends_at)),
        ("active", if coupon.active { "1" } else { "0" }.to_owned()),
        ("lock_version", coupon.lock_version.to_string()),
    ]);
    fields.set_all("products", scope.products);
    fields.set_all("categories", scope.categories);
    fields
}

fn row(cx: &Context, coupon: Coupon) -> Row {
    let (text, kind) = match coupon.status(cx.now) {
        CouponStatus::Disabled => ("Inactive", ""),
        CouponStatus::Scheduled => ("Scheduled", "info"),
        CouponStatus::Expired => ("Expired", ""),
        CouponStatus::UsedUp => ("Limit reached", "warn"),
        CouponStatus::Active => ("Active", "good"),
    };
    Row {
        href: paths::admin::coupon(&coupon.public_id),
        what: match coupon.kind {
            CouponKind::Percent => format!("{} % off", format_percent(coupon.value)),
            CouponKind::Fixed => format!("{} off", cx.amount(coupon.value).text),
            CouponKind::FreeShipping => "Free shipping".to_owned(),
        },
        used: match coupon.usage_limit {
            Some(limit) => format!("{} of {limit}", coupon.used),
            None => coupon.used.to_string(),
        },
        state: Pill { text: text.to_owned(), kind },
        ends: coupon.ends_at.map(|at| cx.date_time(at)),
        code: coupon.code,
    }
}

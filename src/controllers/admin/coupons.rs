//! Discount codes.

use actix_web::web::Path;

use super::{change, refuse};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::coupons::CouponForm;
use crate::http::guards::needs;
use crate::http::{Context, Form, LongForm, Reply, Staff};
use crate::models::category::Category;
use crate::models::coupon::editing::Scope;
use crate::models::coupon::{Coupon, CouponKind, Standing};
use crate::models::product::Product;
use crate::models::setting::Settings;
use crate::paths;
use crate::support::clock::Utc;
use crate::support::money::{Money, percent};
use crate::views::admin::coupons::{Edit, Index, Row};
use crate::views::admin::{Choice, Pill};

type Keeper = Staff<needs::Settings>;

/// All discount codes.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Keeper) -> Result<Reply> {
    staff
        .page(|conn, cx| Ok(Index { rows: Coupon::all(conn)?.into_iter().map(|coupon| row(cx, coupon)).collect() }))
        .await
}

/// An empty form.
///
/// # Errors
/// When the database refuses.
pub async fn new(staff: Keeper) -> Result<Reply> {
    page(&staff, None, Fields::of([("kind", CouponKind::Percent.as_str().to_owned())])).await
}

/// Adds a discount code.
///
/// # Errors
/// When the database refuses.
pub async fn create(staff: Keeper, LongForm { form, .. }: LongForm<needs::Settings>) -> Result<Reply> {
    save(staff, None, form).await
}

/// The form of a discount code.
///
/// # Errors
/// `NotFound`.
pub async fn edit(staff: Keeper, id: Path<String>) -> Result<Reply> {
    staff
        .page(move |conn, cx| {
            let coupon = Coupon::find(conn, &id)?;
            let scope = coupon.scope(conn)?;
            edit_page(conn, cx, Some(coupon.public_id.clone()), fields_of(cx, &coupon, scope))
        })
        .await
}

/// Changes a discount code.
///
/// # Errors
/// `NotFound`.
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
        return Ok(page(&staff, id, form.fields).await?.retry());
    };
    coupon.public_id = id.clone().unwrap_or_default();
    let saved = change(&staff, &form.once, "discounts", move |tx| {
        coupon.save(tx, &scope)?;
        Ok(Reply::see(paths::admin::discounts()).notice("Discount saved."))
    });
    match (saved.await, id) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::SentBefore), Some(id)) => {
            let again = staff.page(move |conn, cx| {
                let coupon = Coupon::find(conn, &id)?;
                let scope = coupon.scope(conn)?;
                form.fields.compare(&fields_of(cx, &coupon, scope));
                edit_page(conn, cx, Some(id), form.fields)
            });
            Ok(again.await?.retry())
        }
        (Err(error), id) => {
            refuse(&mut form.fields, error)?;
            Ok(page(&staff, id, form.fields).await?.retry())
        }
    }
}

async fn page(staff: &Keeper, id: Option<String>, form: Fields) -> Result<Reply> {
    staff.page(move |conn, cx| edit_page(conn, cx, id, form)).await
}

fn edit_page(conn: &mut Conn, cx: &Context, id: Option<String>, form: Fields) -> Result<Edit> {
    let kinds = CouponKind::ALL.iter().map(|kind| Choice {
        value: kind.as_str().to_owned(),
        label: match kind {
            CouponKind::Percent => "Percent off",
            CouponKind::Fixed => "Amount off",
            CouponKind::FreeShipping => "Free shipping",
        }
        .to_owned(),
    });
    let categories = Category::all(conn)?;
    let states = [("1", "Active"), ("0", "Off")];
    let products = Product::titles(conn)?.into_iter();
    Ok(Edit {
        form,
        id,
        kinds: kinds.collect(),
        products: products.map(|(value, label)| Choice { value, label }).collect(),
        categories: categories.iter().map(|category| named(category, &categories)).collect(),
        states: states.map(|(value, label)| Choice { value: value.to_owned(), label: label.to_owned() }).to_vec(),
        currency: cx.settings.currency.code().to_owned(),
        time_zone: cx.settings.time_zone.clone(),
    })
}

/// A category under the names of those above it: `Coffee / Blends`.
fn named(category: &Category, all: &[Category]) -> Choice {
    let above =
        |other: &&Category| other.path == category.path || category.path.starts_with(&format!("{}/", other.path));
    let mut line: Vec<&Category> = all.iter().filter(above).collect();
    line.sort_by_key(|category| category.path.len());
    let titles: Vec<&str> = line.iter().map(|category| category.title.as_str()).collect();
    Choice { value: category.path.clone(), label: titles.join(" / ") }
}

fn fields_of(cx: &Context, coupon: &Coupon, scope: Scope) -> Fields {
    let decimal = |minor| Money::new(minor, cx.settings.currency).decimal();
    let count = |limit: Option<i64>| limit.map_or_else(String::new, |limit| limit.to_string());
    let moment =
        |at: Option<Utc>| at.map_or_else(String::new, |at| at.format_in(&cx.settings.time_zone, "%Y-%m-%dT%H:%M"));
    let mut fields = Fields::of([
        ("code", coupon.code.clone()),
        ("kind", coupon.kind.as_str().to_owned()),
        (
            "value",
            match coupon.kind {
                CouponKind::Percent => percent(coupon.value),
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
    let (text, kind) = match coupon.standing(cx.now) {
        Standing::Off => ("Off", ""),
        Standing::Scheduled => ("Scheduled", "info"),
        Standing::Over => ("Over", ""),
        Standing::UsedUp => ("Used up", "warn"),
        Standing::Running => ("Running", "good"),
    };
    Row {
        href: paths::admin::discount(&coupon.public_id),
        what: match coupon.kind {
            CouponKind::Percent => format!("{} % off", percent(coupon.value)),
            CouponKind::Fixed => format!("{} off", cx.amount(coupon.value).text),
            CouponKind::FreeShipping => "Free shipping".to_owned(),
        },
        used: match coupon.usage_limit {
            Some(limit) => format!("{} of {limit}", coupon.used),
            None => coupon.used.to_string(),
        },
        state: Pill { text: text.to_owned(), kind },
        ends: coupon.ends_at.map(|at| cx.moment(at)),
        code: coupon.code,
    }
}

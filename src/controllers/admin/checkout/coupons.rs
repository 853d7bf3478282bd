//! Discount codes.

use actix_web::web::Path;

use crate::controllers::admin::{add_model_error, change_settings};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::checkout::coupons::CouponForm;
use crate::http::guards::needs;
use crate::http::{Context, Form, LongForm, Reply, Staff};
use crate::models::catalog::category::Category;
use crate::models::catalog::product::Product;
use crate::models::checkout::coupon::{Coupon, CouponKind};
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::checkout::admin_coupon::{coupon_fields, present_coupon_form, present_coupon_row};
use crate::support::i18n::Message;
use crate::views::admin::checkout::coupons::{Edit, Index};

type Keeper = Staff<needs::Settings>;

pub async fn index(staff: Keeper) -> Result<Reply> {
    staff
        .render_page(|conn, cx| {
            let rows = Coupon::all(conn)?.into_iter().map(|coupon| present_coupon_row(coupon, cx.now, cx.format()));
            Ok(Index { t: cx.locale(), rows: rows.collect() })
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
            edit_page(conn, cx, Some(coupon.public_id.clone()), coupon_fields(&coupon, scope, cx.format()))
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
    form.fields.set_currency(settings.currency, settings.locale);
    form.fields.set("time_zone", settings.time_zone);
    let Some((mut coupon, scope)) = form.fields.check::<CouponForm>() else {
        return Ok(page(&staff, id, form.fields).await?.unprocessable());
    };
    coupon.public_id = id.clone().unwrap_or_default();
    let saved = change_settings(&staff, &form.token, "discounts", move |tx| {
        coupon.save(tx, &scope)?;
        Ok(Reply::redirect(paths::admin::coupons()).notice(Message::DiscountSaved))
    });
    match (saved.await, id) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::AlreadySubmitted), Some(id)) => {
            let again = staff.render_page(move |conn, cx| {
                let coupon = Coupon::find(conn, &id)?;
                let scope = coupon.scope(conn)?;
                form.fields.add_conflict(&coupon_fields(&coupon, scope, cx.format()));
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
    let (categories, products) = (Category::all(conn)?, Product::list_titles(conn)?);
    Ok(present_coupon_form(id, form, &categories, products, cx.format()))
}

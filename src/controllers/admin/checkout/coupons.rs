//! Discount codes.

use crate::controllers::admin::{add_model_error, change_settings};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::checkout::coupons::CouponForm;
use crate::http::guards::needs;
use crate::http::resource_path::CouponPath;
use crate::http::{AdminRequest, Context, Form, LongForm, Reply, Staff};
use crate::models::catalog::category::Category;
use crate::models::catalog::product::Product;
use crate::models::checkout::coupon::{Coupon, CouponKind};
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::checkout::admin_coupon::{coupon_fields, present_coupon_form, present_coupon_row};
use crate::support::i18n::Message;
use crate::views::admin::checkout::coupons::{Edit, Index};

type SettingsEditor = Staff<needs::Settings>;

pub async fn index(admin: AdminRequest<needs::Settings>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let rows = Coupon::all(conn)?.into_iter().map(|coupon| present_coupon_row(coupon, cx.now, cx.format()));
            Ok(Index { t: cx.locale(), rows: rows.collect() })
        })
        .await
}

pub async fn new(admin: AdminRequest<needs::Settings>) -> Result<Reply> {
    let form = Fields::from_pairs([("kind", CouponKind::Percent.as_str().to_owned())]);
    admin.render_page(move |conn, cx| build_page(conn, cx, None, form)).await
}

pub async fn create(staff: SettingsEditor, LongForm { form, .. }: LongForm<needs::Settings>) -> Result<Reply> {
    save(staff, None, form).await
}

pub async fn edit(admin: AdminRequest<needs::Settings>, path: CouponPath) -> Result<Reply> {
    admin
        .render_page(move |conn, cx| {
            let coupon = path.load(conn)?;
            let scope = coupon.scope(conn)?;
            build_page(conn, cx, Some(coupon.public_id.clone()), coupon_fields(&coupon, scope, cx.format()))
        })
        .await
}

pub async fn update(
    staff: SettingsEditor,
    path: CouponPath,
    LongForm { form, .. }: LongForm<needs::Settings>,
) -> Result<Reply> {
    save(staff, Some(path), form).await
}

async fn save(staff: SettingsEditor, path: Option<CouponPath>, mut form: Form) -> Result<Reply> {
    let settings = staff.read(Settings::load).await?;
    form.fields.set_currency(settings.currency, settings.locale);
    form.fields.set("time_zone", settings.time_zone);
    let Some((mut coupon, scope)) = form.fields.check::<CouponForm>() else {
        return render_form(&staff, path, form.fields).await;
    };
    coupon.public_id = path.as_ref().map_or_else(String::new, |path| path.id.clone());
    let saved = change_settings(&staff, &form.token, "discounts", move |tx| {
        coupon.save(tx, &scope)?;
        Ok(Reply::redirect(paths::admin::coupons()).notice(Message::DiscountSaved))
    });
    match (saved.await, path) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::AlreadySubmitted), Some(path)) => {
            let page = staff.render_page(move |conn, cx| {
                let coupon = path.load(conn)?;
                let scope = coupon.scope(conn)?;
                form.fields.add_conflict(&coupon_fields(&coupon, scope, cx.format()));
                build_page(conn, cx, Some(path.id), form.fields)
            });
            Ok(page.await?.unprocessable())
        }
        (Err(error), path) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, path, form.fields).await
        }
    }
}

async fn render_form(staff: &SettingsEditor, path: Option<CouponPath>, form: Fields) -> Result<Reply> {
    let id = path.map(|path| path.id);
    Ok(staff.render_page(move |conn, cx| build_page(conn, cx, id, form)).await?.unprocessable())
}

fn build_page(conn: &mut Conn, cx: &Context, id: Option<String>, form: Fields) -> Result<Edit> {
    let (categories, products) = (Category::all(conn)?, Product::list_titles(conn)?);
    Ok(present_coupon_form(id, form, &categories, products, cx.format()))
}

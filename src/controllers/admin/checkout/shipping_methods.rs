//! Shipping methods.

use crate::controllers::admin::{add_model_error, change_settings, checkbox_value};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::checkout::shipping_methods::{ShippingMethodForm, TIER_ROWS};
use crate::http::guards::needs;
use crate::http::resource_path::ShippingMethodPath;
use crate::http::{AdminRequest, Context, Form, Reply, Staff};
use crate::models::checkout::shipping_method::{ShippingMethod, ShippingTier, TierBasis};
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::checkout::admin_shipping_method::{shipping_method_groups, tier_basis_options};
use crate::support::i18n::Message;
use crate::support::money::Money;
use crate::views::admin::checkout::shipping_methods::{Edit, Index};

type SettingsEditor = Staff<needs::Settings>;

pub async fn index(admin: AdminRequest<needs::Settings>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let mut methods = Vec::new();
            for method in ShippingMethod::all(conn)? {
                let tier_count = method.tiers(conn)?.len();
                methods.push((method, tier_count));
            }
            Ok(Index { t: cx.locale(), groups: shipping_method_groups(methods, cx.format()) })
        })
        .await
}

pub async fn new(admin: AdminRequest<needs::Settings>) -> Result<Reply> {
    admin.render_page(|_, cx| Ok(build_page(cx, None, Fields::default()))).await
}

pub async fn create(staff: SettingsEditor, form: Form) -> Result<Reply> {
    save(staff, None, form).await
}

pub async fn edit(admin: AdminRequest<needs::Settings>, path: ShippingMethodPath) -> Result<Reply> {
    admin
        .render_page(move |conn, cx| {
            let method = path.load(conn)?;
            let tiers = method.tiers(conn)?;
            let form = method_fields(cx, &method, &tiers);
            Ok(build_page(cx, Some(method.public_id), form))
        })
        .await
}

pub async fn update(staff: SettingsEditor, path: ShippingMethodPath, form: Form) -> Result<Reply> {
    save(staff, Some(path), form).await
}

/// Deletes a shipping method; existing orders keep its name.
pub async fn destroy(staff: SettingsEditor, path: ShippingMethodPath, form: Form) -> Result<Reply> {
    let deleted = change_settings(&staff, &form.token, "shipping", move |tx| {
        ShippingMethod::delete(tx, &path.id)?;
        Ok(Reply::redirect(paths::admin::shipping_methods()).notice(Message::ShippingMethodDeleted))
    });
    deleted.await
}

async fn save(staff: SettingsEditor, path: Option<ShippingMethodPath>, mut form: Form) -> Result<Reply> {
    let settings = staff.read(Settings::load).await?;
    form.fields.set_currency(settings.currency, settings.locale);
    let Some((mut method, tiers)) = form.fields.check::<ShippingMethodForm>() else {
        return render_form(&staff, path, form.fields).await;
    };
    method.public_id = path.as_ref().map_or_else(String::new, |path| path.id.clone());
    let saved = change_settings(&staff, &form.token, "shipping", move |tx| {
        method.save(tx, &tiers)?;
        Ok(Reply::redirect(paths::admin::shipping_methods()).notice(Message::ShippingMethodSaved))
    });
    match (saved.await, path) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::AlreadySubmitted), Some(path)) => {
            let page = staff.render_page(move |conn, cx| {
                let method = path.load(conn)?;
                let tiers = method.tiers(conn)?;
                form.fields.add_conflict(&method_fields(cx, &method, &tiers));
                Ok(build_page(cx, Some(path.id), form.fields))
            });
            Ok(page.await?.unprocessable())
        }
        (Err(error), path) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, path, form.fields).await
        }
    }
}

async fn render_form(staff: &SettingsEditor, path: Option<ShippingMethodPath>, form: Fields) -> Result<Reply> {
    let id = path.map(|path| path.id);
    Ok(staff.render_page(move |_, cx| Ok(build_page(cx, id, form))).await?.unprocessable())
}

fn build_page(cx: &Context, id: Option<String>, form: Fields) -> Edit {
    let t = cx.locale();
    let currency = cx.settings.currency.code().to_owned();
    Edit { t, form, id, currency, bases: tier_basis_options(t), rows: TIER_ROWS }
}

fn method_fields(cx: &Context, method: &ShippingMethod, tiers: &[ShippingTier]) -> Fields {
    let amount = |minor| Money::new(minor, cx.settings.currency);
    let grams = |grams: Option<i64>| grams.map_or_else(String::new, |grams| grams.to_string());
    let mut fields = Fields::from_pairs([
        ("name", method.name.clone()),
        ("countries", method.countries.replace(' ', ", ")),
        ("min_weight_grams", grams(Some(method.min_weight_g).filter(|grams| *grams > 0))),
        ("max_weight_grams", grams(method.max_weight_g)),
        ("pickup", checkbox_value(method.pickup)),
        ("position", method.position.to_string()),
        ("tier_basis", method.tier_basis.as_str().to_owned()),
        ("lock_version", method.lock_version.to_string()),
    ]);
    fields.set_amount("price", amount(method.price_minor));
    fields.set_amount("free_over", method.free_over_minor.map(amount));
    for (tier, row) in tiers.iter().zip(1..=TIER_ROWS) {
        let from = format!("tier_from_{row}");
        match method.tier_basis {
            TierBasis::Weight => fields.set(&from, tier.from_value.to_string()),
            TierBasis::Subtotal | TierBasis::None => fields.set_amount(&from, amount(tier.from_value)),
        }
        fields.set_amount(&format!("tier_price_{row}"), amount(tier.price_minor));
    }
    fields
}

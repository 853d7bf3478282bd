//! Shipping methods.

use actix_web::web::Path;

use crate::controllers::admin::{add_model_error, change_settings, checkbox_value};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::checkout::shipping_methods::{ShippingMethodForm, TIER_ROWS};
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::models::checkout::shipping_method::{ShippingMethod, ShippingTier, TierBasis};
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::presenters::checkout::admin_shipping_method::{shipping_method_groups, tier_basis_options};
use crate::support::i18n::Message;
use crate::support::money::Money;
use crate::views::admin::checkout::shipping_methods::{Edit, Index};

type Keeper = Staff<needs::Settings>;

pub async fn index(staff: Keeper) -> Result<Reply> {
    staff
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

pub async fn new(staff: Keeper) -> Result<Reply> {
    page(&staff, None, Fields::default()).await
}

pub async fn create(staff: Keeper, form: Form) -> Result<Reply> {
    save(staff, None, form).await
}

pub async fn edit(staff: Keeper, id: Path<String>) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let method = ShippingMethod::find(conn, &id)?;
            let tiers = method.tiers(conn)?;
            let form = fields_of(cx, &method, &tiers);
            Ok(edit_page(cx, Some(method.public_id), form))
        })
        .await
}

pub async fn update(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    save(staff, Some(id.into_inner()), form).await
}

/// Deletes a shipping method; existing orders keep its name.
pub async fn destroy(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    let deleted = change_settings(&staff, &form.token, "shipping", move |tx| {
        ShippingMethod::delete(tx, &id)?;
        Ok(Reply::redirect(paths::admin::shipping_methods()).notice(Message::ShippingMethodDeleted))
    });
    deleted.await
}

async fn save(staff: Keeper, id: Option<String>, mut form: Form) -> Result<Reply> {
    let settings = staff.read(Settings::load).await?;
    form.fields.set_currency(settings.currency, settings.locale);
    let Some((mut method, tiers)) = form.fields.check::<ShippingMethodForm>() else {
        return Ok(page(&staff, id, form.fields).await?.unprocessable());
    };
    method.public_id = id.clone().unwrap_or_default();
    let saved = change_settings(&staff, &form.token, "shipping", move |tx| {
        method.save(tx, &tiers)?;
        Ok(Reply::redirect(paths::admin::shipping_methods()).notice(Message::ShippingMethodSaved))
    });
    match (saved.await, id) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::AlreadySubmitted), Some(id)) => {
            let again = staff.render_page(move |conn, cx| {
                let method = ShippingMethod::find(conn, &id)?;
                let tiers = method.tiers(conn)?;
                form.fields.add_conflict(&fields_of(cx, &method, &tiers));
                Ok(edit_page(cx, Some(id), form.fields))
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
    staff.render_page(move |_, cx| Ok(edit_page(cx, id, form))).await
}

fn edit_page(cx: &Context, id: Option<String>, form: Fields) -> Edit {
    let t = cx.locale();
    let currency = cx.settings.currency.code().to_owned();
    Edit { t, form, id, currency, bases: tier_basis_options(t), rows: TIER_ROWS }
}

fn fields_of(cx: &Context, method: &ShippingMethod, tiers: &[ShippingTier]) -> Fields {
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

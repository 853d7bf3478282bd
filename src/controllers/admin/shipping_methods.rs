//! Shipping methods.

use actix_web::web::Path;

use super::{add_model_error, change_settings, checkbox_value};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::shipping_methods::{ShippingMethodForm, TIER_ROWS};
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::models::checkout::shipping_method::{EU, ShippingMethod, ShippingTier, TierBasis};
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::country::Country;
use crate::support::money::Money;
use crate::views::admin::SelectOption;
use crate::views::admin::shipping_methods::{Edit, Group, Index, Row};

type Keeper = Staff<needs::Settings>;

pub async fn index(staff: Keeper) -> Result<Reply> {
    staff
        .render_page(|conn, cx| {
            let mut groups: Vec<Group> = Vec::new();
            for method in ShippingMethod::all(conn)? {
                let countries = countries(&method.countries);
                let steps = method.tiers(conn)?.len();
                let row = row(cx, method, steps);
                match groups.iter_mut().find(|group| group.countries == countries) {
                    Some(group) => group.rows.push(row),
                    None => groups.push(Group { countries, rows: vec![row] }),
                }
            }
            Ok(Index { groups })
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
        Ok(Reply::redirect(paths::admin::shipping_methods()).notice("Shipping method deleted."))
    });
    deleted.await
}

async fn save(staff: Keeper, id: Option<String>, mut form: Form) -> Result<Reply> {
    let settings = staff.read(Settings::load).await?;
    form.fields.set("currency", settings.currency.code().to_owned());
    let Some((mut method, tiers)) = form.fields.check::<ShippingMethodForm>() else {
        return Ok(page(&staff, id, form.fields).await?.unprocessable());
    };
    method.public_id = id.clone().unwrap_or_default();
    let saved = change_settings(&staff, &form.token, "shipping", move |tx| {
        method.save(tx, &tiers)?;
        Ok(Reply::redirect(paths::admin::shipping_methods()).notice("Shipping method saved."))
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
    let bases = TierBasis::ALL.iter().map(|basis| SelectOption {
        value: basis.as_str().to_owned(),
        label: match basis {
            TierBasis::None => "Flat rate",
            TierBasis::Weight => "Tiers by weight in grams",
            TierBasis::Subtotal => "Tiers by order value",
        }
        .to_owned(),
    });
    Edit { form, id, currency: cx.settings.currency.code().to_owned(), bases: bases.collect(), rows: TIER_ROWS }
}

fn fields_of(cx: &Context, method: &ShippingMethod, tiers: &[ShippingTier]) -> Fields {
    let decimal = |minor| Money::new(minor, cx.settings.currency).to_decimal();
    let grams = |grams: Option<i64>| grams.map_or_else(String::new, |grams| grams.to_string());
    let mut fields = Fields::from_pairs([
        ("name", method.name.clone()),
        ("countries", method.countries.replace(' ', ", ")),
        ("price", decimal(method.price_minor)),
        ("free_over", method.free_over_minor.map_or_else(String::new, decimal)),
        ("min_weight_grams", grams(Some(method.min_weight_g).filter(|grams| *grams > 0))),
        ("max_weight_grams", grams(method.max_weight_g)),
        ("pickup", checkbox_value(method.pickup)),
        ("position", method.position.to_string()),
        ("tier_basis", method.tier_basis.as_str().to_owned()),
        ("lock_version", method.lock_version.to_string()),
    ]);
    for (tier, row) in tiers.iter().zip(1..=TIER_ROWS) {
        let from = match method.tier_basis {
            TierBasis::Weight => tier.from_value.to_string(),
            TierBasis::Subtotal | TierBasis::None => decimal(tier.from_value),
        };
        fields.set(&format!("tier_from_{row}"), from);
        fields.set(&format!("tier_price_{row}"), decimal(tier.price_minor));
    }
    fields
}

fn row(cx: &Context, method: ShippingMethod, steps: usize) -> Row {
    Row {
        href: paths::admin::shipping_method(&method.public_id),
        tier_count: steps,
        weight: weight(&method),
        free_over: method.free_over_minor.map(|minor| cx.amount(minor)),
        price: cx.amount(method.price_minor),
        pickup: method.pickup,
        name: method.name,
    }
}

fn countries(codes: &str) -> String {
    if codes == "*" {
        return "Everywhere".to_owned();
    }
    let name = |code| match code {
        EU => "European Union",
        code => Country::find(code).map_or(code, |country| country.name),
    };
    let names: Vec<&str> = codes.split(' ').map(name).collect();
    match names.as_slice() {
        [first, second, _, _, ..] => format!("{first}, {second} and {} more", names.len() - 2),
        few => few.join(", "),
    }
}

fn weight(method: &ShippingMethod) -> String {
    let kilograms = |grams: i64| {
        if grams < 1000 {
            return format!("{grams} g");
        }
        let text = format!("{}.{:03}", grams / 1000, grams % 1000);
        format!("{} kg", text.trim_end_matches('0').trim_end_matches('.'))
    };
    match (method.min_weight_g, method.max_weight_g) {
        (0, None) => "any".to_owned(),
        (0, Some(most)) => format!("up to {}", kilograms(most)),
        (least, None) => format!("from {}", kilograms(least)),
        (least, Some(most)) => format!("{} to {}", kilograms(least), kilograms(most)),
    }
}

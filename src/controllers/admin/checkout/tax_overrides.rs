//! Tax rules that differ by country.

use actix_web::web::Path;

use crate::controllers::admin::{add_model_error, change_settings};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::checkout::tax_overrides::TaxOverrideForm;
use crate::http::guards::needs;
use crate::http::{Context, Form, Reply, Staff};
use crate::models::checkout::tax_override::TaxOverride;
use crate::paths;
use crate::presenters::checkout::admin_tax_rules::{
    foreign_country_options, own_cross_border_options, own_price_basis_options, own_rounding_options,
};
use crate::support::country::Country;
use crate::support::i18n::Message;
use crate::views::admin::checkout::tax_overrides::Edit;

type Keeper = Staff<needs::Settings>;

pub async fn new(staff: Keeper) -> Result<Reply> {
    staff.render_page(|_, cx| Ok(form(Fields::default(), None, cx))).await
}

pub async fn create(staff: Keeper, form: Form) -> Result<Reply> {
    save(staff, None, form).await
}

pub async fn edit(staff: Keeper, country: Path<String>) -> Result<Reply> {
    staff
        .render_page(move |conn, cx| {
            let found = TaxOverride::find(conn, &country)?;
            Ok(form(fields_of(&found), Some(found.country), cx))
        })
        .await
}

pub async fn update(staff: Keeper, country: Path<String>, mut form: Form) -> Result<Reply> {
    let country = country.into_inner();
    if Country::find(&country).is_none() {
        return Err(Error::NotFound);
    }
    form.fields.set("country", country.clone());
    save(staff, Some(country), form).await
}

/// Deletes a country's rules, so that the shop's apply again; existing orders keep their taxes.
pub async fn destroy(staff: Keeper, country: Path<String>, form: Form) -> Result<Reply> {
    let removed = change_settings(&staff, &form.token, "taxes", move |tx| {
        TaxOverride::delete(tx, &country)?;
        Ok(Reply::redirect(paths::admin::tax_rates()).notice(Message::TaxRulesRemoved))
    });
    removed.await
}

async fn save(staff: Keeper, country: Option<String>, mut sent: Form) -> Result<Reply> {
    let Some(wanted) = sent.fields.check::<TaxOverrideForm>() else {
        return render_form(&staff, country, sent.fields).await;
    };
    let is_new = country.is_none();
    let saved = change_settings(&staff, &sent.token, "taxes", move |tx| {
        if is_new { wanted.add(tx) } else { wanted.save(tx) }?;
        Ok(Reply::redirect(paths::admin::tax_rates()).notice(Message::TaxRulesSaved))
    });
    match (saved.await, country) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::AlreadySubmitted), Some(country)) => {
            let again = staff.render_page(move |conn, cx| {
                sent.fields.add_conflict(&fields_of(&TaxOverride::find(conn, &country)?));
                Ok(form(sent.fields, Some(country), cx))
            });
            Ok(again.await?.unprocessable())
        }
        (Err(error), country) => {
            add_model_error(&mut sent.fields, error)?;
            render_form(&staff, country, sent.fields).await
        }
    }
}

async fn render_form(staff: &Keeper, country: Option<String>, fields: Fields) -> Result<Reply> {
    Ok(staff.render_page(move |_, cx| Ok(form(fields, country, cx))).await?.unprocessable())
}

fn fields_of(found: &TaxOverride) -> Fields {
    let yes = |yes| if yes { "yes" } else { "no" };
    Fields::from_pairs([
        ("country", found.country.clone()),
        ("prices_include_tax", found.prices_include_tax.map_or("", yes).to_owned()),
        ("tax_rounding", found.rounding.map_or("", |rounding| rounding.as_str()).to_owned()),
        ("cross_border", found.cross_border.map_or("", |rule| rule.as_str()).to_owned()),
        ("lock_version", found.lock_version.to_string()),
    ])
}

fn form(form: Fields, country: Option<String>, cx: &Context) -> Edit {
    let (t, settings) = (cx.locale(), &cx.settings);
    let name = country.as_deref().map_or("", |code| t.country(code).unwrap_or(code)).to_owned();
    Edit {
        t,
        form,
        country,
        country_name: name,
        countries: foreign_country_options(t, settings),
        price_bases: own_price_basis_options(t, settings),
        tax_roundings: own_rounding_options(t, settings),
        cross_borders: own_cross_border_options(t, settings),
    }
}

//! Tax rules that differ by country.

use crate::controllers::admin::{add_model_error, change_settings};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::checkout::tax_overrides::TaxOverrideForm;
use crate::http::guards::needs;
use crate::http::resource_path::TaxOverridePath;
use crate::http::{AdminRequest, Context, Form, Reply, Staff};
use crate::models::checkout::tax_override::TaxOverride;
use crate::paths;
use crate::presenters::checkout::admin_tax_rules::{
    foreign_country_options, own_cross_border_options, own_price_basis_options, own_rounding_options,
};
use crate::support::country::Country;
use crate::support::i18n::Message;
use crate::views::admin::checkout::tax_overrides::Edit;

type SettingsEditor = Staff<needs::Settings>;

pub async fn new(admin: AdminRequest<needs::Settings>) -> Result<Reply> {
    admin.render_page(|_, cx| Ok(build_page(Fields::default(), None, cx))).await
}

pub async fn create(staff: SettingsEditor, form: Form) -> Result<Reply> {
    save(staff, None, form).await
}

pub async fn edit(admin: AdminRequest<needs::Settings>, path: TaxOverridePath) -> Result<Reply> {
    admin
        .render_page(move |conn, cx| {
            let tax_override = path.load(conn)?;
            Ok(build_page(override_fields(&tax_override), Some(tax_override.country), cx))
        })
        .await
}

pub async fn update(staff: SettingsEditor, path: TaxOverridePath, mut form: Form) -> Result<Reply> {
    if Country::find(&path.country).is_none() {
        return Err(Error::NotFound);
    }
    form.fields.set("country", path.country.clone());
    save(staff, Some(path), form).await
}

/// Deletes a country's rules, so that the shop's apply again; existing orders keep their taxes.
pub async fn destroy(staff: SettingsEditor, path: TaxOverridePath, form: Form) -> Result<Reply> {
    let deleted = change_settings(&staff, &form.token, "taxes", move |tx| {
        TaxOverride::delete(tx, &path.country)?;
        Ok(Reply::redirect(paths::admin::tax_rates()).notice(Message::TaxRulesRemoved))
    });
    deleted.await
}

async fn save(staff: SettingsEditor, path: Option<TaxOverridePath>, mut form: Form) -> Result<Reply> {
    let Some(tax_override) = form.fields.check::<TaxOverrideForm>() else {
        return render_form(&staff, path, form.fields).await;
    };
    let is_new = path.is_none();
    let saved = change_settings(&staff, &form.token, "taxes", move |tx| {
        if is_new { tax_override.add(tx) } else { tax_override.save(tx) }?;
        Ok(Reply::redirect(paths::admin::tax_rates()).notice(Message::TaxRulesSaved))
    });
    match (saved.await, path) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::AlreadySubmitted), Some(path)) => {
            let page = staff.render_page(move |conn, cx| {
                form.fields.add_conflict(&override_fields(&path.load(conn)?));
                Ok(build_page(form.fields, Some(path.country), cx))
            });
            Ok(page.await?.unprocessable())
        }
        (Err(error), path) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, path, form.fields).await
        }
    }
}

async fn render_form(staff: &SettingsEditor, path: Option<TaxOverridePath>, form: Fields) -> Result<Reply> {
    let country = path.map(|path| path.country);
    Ok(staff.render_page(move |_, cx| Ok(build_page(form, country, cx))).await?.unprocessable())
}

fn override_fields(tax_override: &TaxOverride) -> Fields {
    let yes_or_no = |is_included| if is_included { "yes" } else { "no" };
    Fields::from_pairs([
        ("country", tax_override.country.clone()),
        ("prices_include_tax", tax_override.prices_include_tax.map_or("", yes_or_no).to_owned()),
        ("tax_rounding", tax_override.rounding.map_or("", |rounding| rounding.as_str()).to_owned()),
        ("cross_border", tax_override.cross_border.map_or("", |rule| rule.as_str()).to_owned()),
        ("lock_version", tax_override.lock_version.to_string()),
    ])
}

fn build_page(form: Fields, country: Option<String>, cx: &Context) -> Edit {
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

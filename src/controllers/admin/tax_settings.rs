//! Rules of tax of single countries.

use actix_web::web::Path;

use super::{change, refuse};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::tax_settings::TaxSettingForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::setting::Settings;
use crate::models::tax_setting::TaxSetting;
use crate::paths;
use crate::support::country;
use crate::views::admin::Choice;
use crate::views::admin::tax_settings::Edit;

type Keeper = Staff<needs::Settings>;

/// An empty form.
///
/// # Errors
/// When the database refuses.
pub async fn new(staff: Keeper) -> Result<Reply> {
    staff.page(|_, cx| Ok(form(Fields::default(), None, &cx.settings))).await
}

/// Sets the rules of a country.
///
/// # Errors
/// When the database refuses.
pub async fn create(staff: Keeper, form: Form) -> Result<Reply> {
    save(staff, None, form).await
}

/// The form of a country's rules.
///
/// # Errors
/// `NotFound`.
pub async fn edit(staff: Keeper, country: Path<String>) -> Result<Reply> {
    staff
        .page(move |conn, cx| {
            let found = TaxSetting::find(conn, &country)?;
            Ok(form(fields_of(&found), Some(found.country), &cx.settings))
        })
        .await
}

/// Changes the rules of a country.
///
/// # Errors
/// When the database refuses.
pub async fn update(staff: Keeper, country: Path<String>, mut form: Form) -> Result<Reply> {
    let country = country.into_inner();
    if country::Country::find(&country).is_none() {
        return Err(Error::NotFound);
    }
    form.fields.set("country", country.clone());
    save(staff, Some(country), form).await
}

/// The country is as the shop again; orders keep what they were taxed by.
///
/// # Errors
/// When the database refuses.
pub async fn destroy(staff: Keeper, country: Path<String>, form: Form) -> Result<Reply> {
    let removed = change(&staff, &form.once, "taxes", move |tx| {
        TaxSetting::delete(tx, &country)?;
        Ok(Reply::see(paths::admin::taxes()).notice("Rules removed."))
    });
    removed.await
}

async fn save(staff: Keeper, country: Option<String>, mut sent: Form) -> Result<Reply> {
    let Some(wanted) = sent.fields.check::<TaxSettingForm>() else { return again(&staff, country, sent.fields).await };
    let is_new = country.is_none();
    let saved = change(&staff, &sent.once, "taxes", move |tx| {
        if is_new { wanted.add(tx) } else { wanted.save(tx) }?;
        Ok(Reply::see(paths::admin::taxes()).notice("Rules saved."))
    });
    match (saved.await, country) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::SentBefore), Some(country)) => {
            let again = staff.page(move |conn, cx| {
                sent.fields.compare(&fields_of(&TaxSetting::find(conn, &country)?));
                Ok(form(sent.fields, Some(country), &cx.settings))
            });
            Ok(again.await?.retry())
        }
        (Err(error), country) => {
            refuse(&mut sent.fields, error)?;
            again(&staff, country, sent.fields).await
        }
    }
}

async fn again(staff: &Keeper, country: Option<String>, fields: Fields) -> Result<Reply> {
    Ok(staff.page(move |_, cx| Ok(form(fields, country, &cx.settings))).await?.retry())
}

fn fields_of(found: &TaxSetting) -> Fields {
    let yes = |yes| if yes { "yes" } else { "no" };
    Fields::of([
        ("country", found.country.clone()),
        ("prices_include_tax", found.prices_include_tax.map_or("", yes).to_owned()),
        ("tax_rounding", found.rounding.map_or("", |rounding| rounding.as_str()).to_owned()),
        ("cross_border", found.cross_border.map_or("", |rule| rule.as_str()).to_owned()),
        ("lock_version", found.lock_version.to_string()),
    ])
}

fn form(form: Fields, country: Option<String>, settings: &Settings) -> Edit {
    let abroad = country::ALL.iter().filter(|known| known.code != settings.country);
    Edit {
        form,
        country,
        countries: abroad.map(|known| Choice { value: known.code.to_owned(), label: known.name.to_owned() }).collect(),
        prices_include_tax: settings.prices_include_tax,
        rounding: settings.tax_rounding.as_str(),
        cross_border: settings.cross_border.as_str(),
    }
}

//! Tax rates.

use crate::controllers::admin::{add_model_error, change_settings, checkbox_value};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::checkout::tax_rates::TaxRateForm;
use crate::http::guards::needs;
use crate::http::resource_path::TaxRatePath;
use crate::http::{AdminRequest, Form, Reply, Staff};
use crate::models::checkout::tax_override::TaxOverride;
use crate::models::checkout::tax_rate::TaxRate;
use crate::paths;
use crate::presenters::catalog::tax_class::tax_class_options;
use crate::presenters::checkout::admin_tax_rate::{region_options, tax_rate_groups};
use crate::presenters::checkout::admin_tax_rules::country_tax_rules;
use crate::support::country::is_in_eu;
use crate::support::i18n::{Locale, Message};
use crate::views::admin::checkout::tax_rates::{Edit, Index};

type SettingsEditor = Staff<needs::Settings>;

pub async fn index(admin: AdminRequest<needs::Settings>) -> Result<Reply> {
    admin
        .render_page(|conn, cx| {
            let day = cx.now.format_in(&cx.settings.time_zone, "%Y-%m-%d");
            let rates = TaxRate::all(conn)?;
            let (t, home) = (cx.locale(), cx.settings.country.as_str());
            let rules = TaxOverride::all(conn)?;
            Ok(Index {
                t,
                groups: tax_rate_groups(&rates, home, &day, cx.format()),
                country_rules: rules.iter().map(|setting| country_tax_rules(t, setting)).collect(),
                eu_home: is_in_eu(home).then(|| t.country(home)).flatten(),
            })
        })
        .await
}

pub async fn new(admin: AdminRequest<needs::Settings>) -> Result<Reply> {
    admin
        .render_page(|_, cx| {
            let form = Fields::from_pairs([
                ("country", cx.settings.country.clone()),
                ("tax_class", "standard".to_owned()),
                ("applies_to_shipping", checkbox_value(true)),
                ("priority", "1".to_owned()),
            ]);
            Ok(build_page(cx.locale(), form, None))
        })
        .await
}

pub async fn create(staff: SettingsEditor, form: Form) -> Result<Reply> {
    save(staff, None, form).await
}

pub async fn edit(admin: AdminRequest<needs::Settings>, path: TaxRatePath) -> Result<Reply> {
    admin
        .render_page(move |conn, cx| {
            let rate = path.load(conn)?;
            Ok(build_page(cx.locale(), rate_fields(&rate), Some(rate.public_id)))
        })
        .await
}

pub async fn update(staff: SettingsEditor, path: TaxRatePath, form: Form) -> Result<Reply> {
    save(staff, Some(path), form).await
}

/// Deletes a tax rate; existing orders keep the tax they were charged.
pub async fn destroy(staff: SettingsEditor, path: TaxRatePath, form: Form) -> Result<Reply> {
    let deleted = change_settings(&staff, &form.token, "taxes", move |tx| {
        TaxRate::delete(tx, &path.id)?;
        Ok(Reply::redirect(paths::admin::tax_rates()).notice(Message::TaxRateDeleted))
    });
    deleted.await
}

async fn save(staff: SettingsEditor, path: Option<TaxRatePath>, mut form: Form) -> Result<Reply> {
    let Some(mut rate) = form.fields.check::<TaxRateForm>() else {
        return render_form(&staff, path, form.fields).await;
    };
    rate.public_id = path.as_ref().map_or_else(String::new, |path| path.id.clone());
    let saved = change_settings(&staff, &form.token, "taxes", move |tx| {
        rate.save(tx)?;
        Ok(Reply::redirect(paths::admin::tax_rates()).notice(Message::TaxRateSaved))
    });
    match (saved.await, path) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::AlreadySubmitted), Some(path)) => {
            let page = staff.render_page(move |conn, cx| {
                form.fields.add_conflict(&rate_fields(&path.load(conn)?));
                Ok(build_page(cx.locale(), form.fields, Some(path.id)))
            });
            Ok(page.await?.unprocessable())
        }
        (Err(error), path) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, path, form.fields).await
        }
    }
}

async fn render_form(staff: &SettingsEditor, path: Option<TaxRatePath>, form: Fields) -> Result<Reply> {
    let id = path.map(|path| path.id);
    Ok(staff.render_page(move |_, cx| Ok(build_page(cx.locale(), form, id))).await?.unprocessable())
}

fn build_page(t: Locale, form: Fields, id: Option<String>) -> Edit {
    let country = form.value("country").trim().to_uppercase();
    Edit { t, regions: region_options(&country), form, id, tax_classes: tax_class_options(t) }
}

fn rate_fields(rate: &TaxRate) -> Fields {
    let mut fields = Fields::from_pairs([
        ("country", rate.country.clone()),
        ("region", rate.region.clone()),
        ("tax_class", rate.tax_class.as_str().to_owned()),
        ("name", rate.name.clone()),
        ("applies_to_shipping", checkbox_value(rate.applies_to_shipping)),
        ("postcode", rate.postcode.clone()),
        ("priority", rate.priority.to_string()),
        ("compound", checkbox_value(rate.compound)),
        ("valid_from", rate.valid_from.clone()),
        ("valid_to", rate.valid_to.clone()),
        ("lock_version", rate.lock_version.to_string()),
    ]);
    fields.set_percent("rate", rate.rate_ppm);
    fields
}

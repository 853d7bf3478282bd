//! The site's settings.

use super::{add_model_error, change_settings, checkbox_value};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::settings::{LOCALES, SettingsForm};
use crate::http::guards::needs;
use crate::http::{Context, LongForm, Reply, Staff};
use crate::models::maintenance::currency_change::CurrencyChangeReport;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::country;
use crate::support::money::Currency;
use crate::views::admin::SelectOption;
use crate::views::admin::settings::Edit;

pub async fn edit(staff: Staff<needs::Settings>) -> Result<Reply> {
    staff
        .render_page(|_, cx| {
            let form = fields_of(&cx.settings);
            Ok(page(cx, form))
        })
        .await
}

pub async fn update(
    staff: Staff<needs::Settings>,
    LongForm { mut form, .. }: LongForm<needs::Settings>,
) -> Result<Reply> {
    let Some(wanted) = form.fields.check::<SettingsForm>() else { return render_form(&staff, form.fields).await };
    let saved = change_settings(&staff, &form.token, "settings", move |tx| {
        let changed = save(tx, wanted.clone())?;
        let advice = changed.advice().map_or_else(String::new, |advice| format!(" {advice}"));
        Ok(Reply::redirect(paths::admin::settings()).notice(format!("Settings saved.{advice}")))
    });
    match saved.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict | Error::AlreadySubmitted) => {
            let again = staff.render_page(move |_, cx| {
                form.fields.add_conflict(&fields_of(&cx.settings));
                Ok(page(cx, form.fields))
            });
            Ok(again.await?.unprocessable())
        }
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, form.fields).await
        }
    }
}

/// Keeps what the form does not contain; `change_currency` refuses a change while prices depend on the currency.
fn save(tx: &mut Tx<'_>, wanted: Settings) -> Result<CurrencyChangeReport> {
    let now = Settings::load(tx.conn())?;
    let changed = Settings::change_currency(tx, now.currency, wanted.currency)?;
    let kept = Settings {
        is_set_up: now.is_set_up,
        hero_picture: now.hero_picture,
        story_picture: now.story_picture,
        ..wanted
    };
    kept.save(tx)?;
    Ok(changed)
}

async fn render_form(staff: &Staff<needs::Settings>, form: Fields) -> Result<Reply> {
    Ok(staff.render_page(move |_, cx| Ok(page(cx, form))).await?.unprocessable())
}

fn page(cx: &Context, form: Fields) -> Edit {
    let choice = |value: &str, label: &str| SelectOption { value: value.to_owned(), label: label.to_owned() };
    let mut codes: Vec<&str> = Currency::OFFERED.to_vec();
    codes.push(cx.settings.currency.code());
    codes.sort_unstable();
    codes.dedup();
    let named = |code: &str| Some((code.to_owned(), Currency::from_code(code)?.name()));
    let mut zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
    zones.retain(|zone| zone == "UTC" || (zone.contains('/') && !zone.starts_with("Etc/")));
    zones.push(cx.settings.time_zone.clone());
    zones.sort_unstable();
    zones.dedup();
    Edit {
        form,
        countries: country::ALL.iter().map(|country| choice(country.code, country.name)).collect(),
        currencies: codes
            .into_iter()
            .filter_map(named)
            .map(|(code, name)| choice(&code, &format!("{code} – {name}")))
            .collect(),
        time_zones: zones.iter().map(|zone| choice(zone, &zone.replace('_', " "))).collect(),
        locales: LOCALES.iter().map(|(code, name)| choice(code, name)).collect(),
    }
}

fn fields_of(settings: &Settings) -> Fields {
    Fields::from_pairs([
        ("lock_version", settings.lock_version.to_string()),
        ("site_name", settings.site_name.clone()),
        ("tagline", settings.tagline.clone()),
        ("announcement", settings.announcement.clone()),
        ("contact_email", settings.contact_email.clone()),
        ("footer_note", settings.footer_note.clone()),
        ("accent", settings.accent.clone()),
        ("country", settings.country.clone()),
        ("region", settings.region.clone()),
        ("postcode", settings.postcode.clone()),
        ("currency", settings.currency.code().to_owned()),
        ("time_zone", settings.time_zone.clone()),
        ("locale", settings.locale.clone()),
        ("prices_include_tax", checkbox_value(settings.prices_include_tax)),
        ("tax_rounding", settings.tax_rounding.as_str().to_owned()),
        ("shipping_tax", settings.shipping_tax.as_str().to_owned()),
        ("cross_border", settings.cross_border.as_str().to_owned()),
        ("stock_hold_minutes", settings.stock_hold_minutes.to_string()),
        ("transfer_hold_days", settings.transfer_hold_days.to_string()),
        ("order_number_start", settings.order_number_start.to_string()),
        ("bank_account", settings.bank_account.clone()),
        ("business_address", settings.business_address.clone()),
        ("vat_number", settings.vat_number.clone()),
        ("vat_exemption", checkbox_value(settings.vat_exemption)),
        ("check_vat_numbers", checkbox_value(settings.check_vat_numbers)),
        ("hero_title", settings.hero_title.clone()),
        ("hero_text", settings.hero_text.clone()),
        ("hero_action_label", settings.hero_action_label.clone()),
        ("story_title", settings.story_title.clone()),
        ("story_text", settings.story_text.clone()),
    ])
}

//! The site's settings.

use crate::controllers::admin::{add_model_error, change_settings, checkbox_value};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::platform::settings::SettingsForm;
use crate::http::guards::needs;
use crate::http::{AdminRequest, Confirmed, Context, LongForm, Reply, Staff};
use crate::models::maintenance::currency_change::CurrencyChangeReport;
use crate::models::platform::setting::{SettingValue, Settings};
use crate::paths;
use crate::presenters::checkout::admin_tax_rules::{cross_border_options, shipping_tax_options, tax_rounding_options};
use crate::presenters::platform::admin_setting::{currency_options, language_options, time_zone_options};
use crate::presenters::platform::country::country_options;
use crate::support::i18n::Message;
use crate::views::admin::platform::settings::Edit;

const NOT_IN_FORM: &[&str] = &["is_set_up", "hero_picture", "story_picture"];

pub async fn edit(admin: AdminRequest<needs::Settings>) -> Result<Reply> {
    admin.render_page(|_, cx| Ok(build_page(cx, setting_fields(&cx.settings)))).await
}

/// A change may redirect money and emails (bank account, contact address), so it asks for the password again.
pub async fn update(
    staff: Confirmed<Staff<needs::Settings>>,
    LongForm { mut form, .. }: LongForm<needs::Settings>,
) -> Result<Reply> {
    let Some(settings) = form.fields.check::<SettingsForm>() else { return render_form(&staff, form.fields).await };
    let saved = change_settings(&staff, &form.token, "settings", move |tx| {
        let currency_change = save(tx, settings.clone())?;
        let notice = match currency_change.follow_up_message() {
            None => Message::SettingsSaved,
            Some(advice) => Message::SettingsSaved.then(advice),
        };
        Ok(Reply::redirect(paths::admin::settings()).notice(notice))
    });
    match saved.await {
        Ok(reply) => Ok(reply),
        Err(Error::Conflict | Error::AlreadySubmitted) => {
            let page = staff.render_page(move |_, cx| {
                form.fields.add_conflict(&setting_fields(&cx.settings));
                Ok(build_page(cx, form.fields))
            });
            Ok(page.await?.unprocessable())
        }
        Err(error) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, form.fields).await
        }
    }
}

/// Keeps [`NOT_IN_FORM`]; `change_currency` refuses a change while prices depend on the currency.
fn save(tx: &mut Tx<'_>, submitted: Settings) -> Result<CurrencyChangeReport> {
    let current = Settings::load(tx.conn())?;
    let currency_change = Settings::change_currency(tx, current.currency, submitted.currency)?;
    let settings = Settings {
        is_set_up: current.is_set_up,
        hero_picture: current.hero_picture,
        story_picture: current.story_picture,
        ..submitted
    };
    settings.save(tx)?;
    Ok(currency_change)
}

async fn render_form(staff: &Staff<needs::Settings>, form: Fields) -> Result<Reply> {
    Ok(staff.render_page(move |_, cx| Ok(build_page(cx, form))).await?.unprocessable())
}

fn build_page(cx: &Context, form: Fields) -> Edit {
    let t = cx.locale();
    Edit {
        t,
        form,
        countries: country_options(t),
        currencies: currency_options(t, cx.settings.currency),
        time_zones: time_zone_options(&cx.settings.time_zone),
        locales: language_options(),
        tax_roundings: tax_rounding_options(t),
        shipping_taxes: shipping_tax_options(t),
        cross_borders: cross_border_options(t),
    }
}

fn setting_fields(settings: &Settings) -> Fields {
    let mut fields = Fields::from_pairs([("lock_version", settings.lock_version.to_string())]);
    for (name, value) in settings.values().into_iter().filter(|(name, _)| !NOT_IN_FORM.contains(name)) {
        let text = match value {
            SettingValue::Text(text) => text,
            SettingValue::Flag(is_on) => checkbox_value(is_on),
        };
        fields.set(name, text);
    }
    fields
}

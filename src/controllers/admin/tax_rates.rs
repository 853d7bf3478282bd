//! Tax rates.

use actix_web::web::Path;

use super::{add_model_error, change_settings, checkbox_value, tax_class_label, tax_class_options};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::tax_rates::TaxRateForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::catalog::product::TaxClass;
use crate::models::checkout::tax_rate::TaxRate;
use crate::models::checkout::tax_setting::TaxSetting;
use crate::models::platform::setting::{CrossBorder, Rounding};
use crate::paths;
use crate::support::country::{Country, is_in_eu};
use crate::support::money::format_percent;
use crate::support::{slug, subdivision};
use crate::views::admin::SelectOption;
use crate::views::admin::tax_rates::{CountryTaxRules, Edit, Group, Index, Row};

type Keeper = Staff<needs::Settings>;

pub async fn index(staff: Keeper) -> Result<Reply> {
    staff
        .render_page(|conn, cx| {
            let day = cx.now.format_in(&cx.settings.time_zone, "%Y-%m-%d");
            let mut groups: Vec<Group> = Vec::new();
            let all = TaxRate::all(conn)?;
            for rate in &all {
                let country = name_of(&rate.country);
                let warning = warning(&all, rate, &cx.settings.country, &day);
                let row = Row { warning, ..row(rate.clone(), &day) };
                match groups.iter_mut().find(|group| group.country == country) {
                    Some(group) => group.rows.push(row),
                    None => groups.push(Group { country, rows: vec![row] }),
                }
            }
            groups.sort_by_cached_key(|group| slug::sort_key(&group.country));
            let home = Country::find(&cx.settings.country).filter(|home| is_in_eu(home.code));
            let own_rules = TaxSetting::all(conn)?.into_iter().map(own_rules).collect();
            Ok(Index { groups, country_rules: own_rules, eu_home: home.map(|home| home.name) })
        })
        .await
}

pub async fn new(staff: Keeper) -> Result<Reply> {
    staff
        .render_page(|_, cx| {
            let form = Fields::from_pairs([
                ("country", cx.settings.country.clone()),
                ("tax_class", "standard".to_owned()),
                ("applies_to_shipping", checkbox_value(true)),
                ("priority", "1".to_owned()),
            ]);
            Ok(edit_page(form, None))
        })
        .await
}

pub async fn create(staff: Keeper, form: Form) -> Result<Reply> {
    save(staff, None, form).await
}

pub async fn edit(staff: Keeper, id: Path<String>) -> Result<Reply> {
    staff
        .render_page(move |conn, _| {
            let rate = TaxRate::find(conn, &id)?;
            Ok(edit_page(fields_of(&rate), Some(rate.public_id)))
        })
        .await
}

pub async fn update(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    save(staff, Some(id.into_inner()), form).await
}

/// Deletes a tax rate; existing orders keep the tax they were charged.
pub async fn destroy(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    let deleted = change_settings(&staff, &form.token, "taxes", move |tx| {
        TaxRate::delete(tx, &id)?;
        Ok(Reply::redirect(paths::admin::tax_rates()).notice("Tax rate deleted."))
    });
    deleted.await
}

async fn save(staff: Keeper, id: Option<String>, mut form: Form) -> Result<Reply> {
    let Some(mut rate) = form.fields.check::<TaxRateForm>() else { return render_form(&staff, id, form.fields).await };
    rate.public_id = id.clone().unwrap_or_default();
    let saved = change_settings(&staff, &form.token, "taxes", move |tx| {
        rate.save(tx)?;
        Ok(Reply::redirect(paths::admin::tax_rates()).notice("Tax rate saved."))
    });
    match (saved.await, id) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::AlreadySubmitted), Some(id)) => {
            let again = staff.render_page(move |conn, _| {
                form.fields.add_conflict(&fields_of(&TaxRate::find(conn, &id)?));
                Ok(edit_page(form.fields, Some(id)))
            });
            Ok(again.await?.unprocessable())
        }
        (Err(error), id) => {
            add_model_error(&mut form.fields, error)?;
            render_form(&staff, id, form.fields).await
        }
    }
}

async fn render_form(staff: &Keeper, id: Option<String>, form: Fields) -> Result<Reply> {
    Ok(staff.render_page(move |_, _| Ok(edit_page(form, id))).await?.unprocessable())
}

fn edit_page(form: Fields, id: Option<String>) -> Edit {
    let country = form.value("country").trim().to_uppercase();
    let regions = subdivision::for_country(&country).iter();
    let regions = regions.map(|known| SelectOption { value: known.code.to_owned(), label: known.name.to_owned() });
    Edit { regions: regions.collect(), form, id, tax_classes: tax_class_options() }
}

fn fields_of(rate: &TaxRate) -> Fields {
    Fields::from_pairs([
        ("country", rate.country.clone()),
        ("region", rate.region.clone()),
        ("tax_class", rate.tax_class.as_str().to_owned()),
        ("name", rate.name.clone()),
        ("rate", format_percent(rate.rate_ppm)),
        ("applies_to_shipping", checkbox_value(rate.applies_to_shipping)),
        ("postcode", rate.postcode.clone()),
        ("priority", rate.priority.to_string()),
        ("compound", checkbox_value(rate.compound)),
        ("valid_from", rate.valid_from.clone()),
        ("valid_to", rate.valid_to.clone()),
        ("lock_version", rate.lock_version.to_string()),
    ])
}

fn name_of(code: &str) -> String {
    Country::find(code).map_or_else(|| code.to_owned(), |known| known.name.to_owned())
}

fn own_rules(found: TaxSetting) -> CountryTaxRules {
    let basis = found.prices_include_tax.map(|yes| if yes { "prices include its tax" } else { "its tax is added" });
    let rounding = found.rounding.map(|rounding| match rounding {
        Rounding::RateGroup => "rounded once per rate",
        Rounding::Line => "rounded on every line",
    });
    let cross_border = found.cross_border.map(|rule| match rule {
        CrossBorder::KeepGross => "same price everywhere",
        CrossBorder::KeepNet => "same price before tax",
    });
    CountryTaxRules {
        href: paths::admin::tax_setting(&found.country),
        country: name_of(&found.country),
        rules: [basis, rounding, cross_border].into_iter().flatten().collect(),
    }
}

/// A warning about tax classes without a rate in the country, shown once, beside the first rate in force there.
fn warning(all: &[TaxRate], rate: &TaxRate, home: &str, day: &str) -> Option<String> {
    let there = || all.iter().filter(|other| other.country == rate.country && other.is_in_force(day));
    let covers = |class, everywhere: bool| {
        let is_everywhere = |other: &&TaxRate| other.region.is_empty() && other.postcode.is_empty();
        there().any(|other| other.tax_class == class && (!everywhere || is_everywhere(&other)))
    };
    let is_first = there().next().is_some_and(|first| first.public_id == rate.public_id);
    if !is_first {
        return None;
    }
    let country = name_of(&rate.country);
    let (standard, reduced) = (covers(TaxClass::Standard, false), covers(TaxClass::Reduced, false));
    match (standard, reduced) {
        (true, false) => Some(format!("No reduced rate for {country}: the standard rate is used.")),
        (true, true) if covers(TaxClass::Standard, true) && !covers(TaxClass::Reduced, true) => {
            Some(format!("No reduced rate for all of {country}: elsewhere the standard rate is used."))
        }
        (false, _) if is_in_eu(home) && is_in_eu(&rate.country) && home != rate.country => {
            Some(format!("No standard rate for {country}: the rates of {} are used.", name_of(home)))
        }
        (false, _) => Some(format!("No standard rate for {country}: standard products are not taxed there.")),
        _ => None,
    }
}

fn row(rate: TaxRate, day: &str) -> Row {
    let times = match (rate.valid_from.as_str(), rate.valid_to.as_str()) {
        ("", "") => String::new(),
        (from, "") => format!("from {from}"),
        ("", to) => format!("until {to}"),
        (from, to) => format!("{from} to {to}"),
    };
    let place = match (rate.region.is_empty(), rate.postcode.is_empty()) {
        (true, true) => "Whole country".to_owned(),
        (false, true) => subdivision::display_name(&rate.country, &rate.region),
        (true, false) => format!("Postcodes {}", rate.postcode),
        (false, false) => {
            format!("{}, postcodes {}", subdivision::display_name(&rate.country, &rate.region), rate.postcode)
        }
    };
    Row {
        href: paths::admin::tax_rate(&rate.public_id),
        place,
        warning: None,
        in_force: rate.is_in_force(day),
        validity: times,
        priority: rate.priority,
        compound: rate.compound,
        tax_class: tax_class_label(rate.tax_class).to_owned(),
        rate: format!("{} %", format_percent(rate.rate_ppm)),
        name: rate.name,
    }
}

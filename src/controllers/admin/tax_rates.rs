//! Tax rates.

use actix_web::web::Path;

use super::{change, check_mark, class_label, refuse, tax_classes};
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::tax_rates::TaxRateForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::setting::{CrossBorder, Rounding};
use crate::models::tax_rate::TaxRate;
use crate::models::tax_setting::TaxSetting;
use crate::paths;
use crate::support::country::{Country, is_in_eu};
use crate::support::money::percent;
use crate::views::admin::tax_rates::{Edit, Group, Index, OwnRules, Row};

type Keeper = Staff<needs::Settings>;

/// All tax rates.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Keeper) -> Result<Reply> {
    staff
        .page(|conn, cx| {
            let day = cx.now.format_in(&cx.settings.time_zone, "%Y-%m-%d");
            let mut groups: Vec<Group> = Vec::new();
            for rate in TaxRate::all(conn)? {
                let country = name_of(&rate.country);
                let row = row(rate, &day);
                match groups.iter_mut().find(|group| group.country == country) {
                    Some(group) => group.rows.push(row),
                    None => groups.push(Group { country, rows: vec![row] }),
                }
            }
            groups.sort_by(|one, other| one.country.cmp(&other.country));
            let home = Country::find(&cx.settings.country).filter(|home| is_in_eu(home.code));
            let own_rules = TaxSetting::all(conn)?.into_iter().map(own_rules).collect();
            Ok(Index { groups, own_rules, union_home: home.map(|home| home.name) })
        })
        .await
}

/// An empty form.
///
/// # Errors
/// When the database refuses.
pub async fn new(staff: Keeper) -> Result<Reply> {
    staff
        .page(|_, cx| {
            let form = Fields::of([
                ("country", cx.settings.country.clone()),
                ("tax_class", "standard".to_owned()),
                ("applies_to_shipping", check_mark(true)),
                ("priority", "1".to_owned()),
            ]);
            Ok(Edit { form, id: None, tax_classes: tax_classes() })
        })
        .await
}

/// Adds a tax rate.
///
/// # Errors
/// When the database refuses.
pub async fn create(staff: Keeper, form: Form) -> Result<Reply> {
    save(staff, None, form).await
}

/// The form of a tax rate.
///
/// # Errors
/// `NotFound`.
pub async fn edit(staff: Keeper, id: Path<String>) -> Result<Reply> {
    staff
        .page(move |conn, _| {
            let rate = TaxRate::find(conn, &id)?;
            Ok(Edit { form: fields_of(&rate), id: Some(rate.public_id), tax_classes: tax_classes() })
        })
        .await
}

/// Changes a tax rate.
///
/// # Errors
/// `NotFound`.
pub async fn update(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    save(staff, Some(id.into_inner()), form).await
}

/// Removes a tax rate; orders keep what they were taxed at.
///
/// # Errors
/// When the database refuses.
pub async fn destroy(staff: Keeper, id: Path<String>, form: Form) -> Result<Reply> {
    let deleted = change(&staff, &form.once, "taxes", move |tx| {
        TaxRate::delete(tx, &id)?;
        Ok(Reply::see(paths::admin::taxes()).notice("Tax rate deleted."))
    });
    deleted.await
}

async fn save(staff: Keeper, id: Option<String>, mut form: Form) -> Result<Reply> {
    let Some(mut rate) = form.fields.check::<TaxRateForm>() else { return again(&staff, id, form.fields).await };
    rate.public_id = id.clone().unwrap_or_default();
    let saved = change(&staff, &form.once, "taxes", move |tx| {
        rate.save(tx)?;
        Ok(Reply::see(paths::admin::taxes()).notice("Tax rate saved."))
    });
    match (saved.await, id) {
        (Ok(reply), _) => Ok(reply),
        (Err(Error::Conflict | Error::SentBefore), Some(id)) => {
            let again = staff.page(move |conn, _| {
                form.fields.compare(&fields_of(&TaxRate::find(conn, &id)?));
                Ok(Edit { form: form.fields, id: Some(id), tax_classes: tax_classes() })
            });
            Ok(again.await?.retry())
        }
        (Err(error), id) => {
            refuse(&mut form.fields, error)?;
            again(&staff, id, form.fields).await
        }
    }
}

async fn again(staff: &Keeper, id: Option<String>, form: Fields) -> Result<Reply> {
    Ok(staff.page(move |_, _| Ok(Edit { form, id, tax_classes: tax_classes() })).await?.retry())
}

fn fields_of(rate: &TaxRate) -> Fields {
    Fields::of([
        ("country", rate.country.clone()),
        ("region", rate.region.clone()),
        ("tax_class", rate.tax_class.as_str().to_owned()),
        ("name", rate.name.clone()),
        ("rate", percent(rate.rate_ppm)),
        ("applies_to_shipping", check_mark(rate.applies_to_shipping)),
        ("postcode", rate.postcode.clone()),
        ("priority", rate.priority.to_string()),
        ("compound", check_mark(rate.compound)),
        ("valid_from", rate.valid_from.clone()),
        ("valid_to", rate.valid_to.clone()),
        ("lock_version", rate.lock_version.to_string()),
    ])
}

fn name_of(code: &str) -> String {
    Country::find(code).map_or_else(|| code.to_owned(), |known| known.name.to_owned())
}

fn own_rules(found: TaxSetting) -> OwnRules {
    let basis = found.prices_include_tax.map(|yes| if yes { "prices include its tax" } else { "its tax is added" });
    let rounding = found.rounding.map(|rounding| match rounding {
        Rounding::RateGroup => "rounded once per rate",
        Rounding::Line => "rounded on every line",
    });
    let cross_border = found.cross_border.map(|rule| match rule {
        CrossBorder::KeepGross => "same price as at home",
        CrossBorder::KeepNet => "same price before tax",
    });
    OwnRules {
        href: paths::admin::tax_setting(&found.country),
        country: name_of(&found.country),
        rules: [basis, rounding, cross_border].into_iter().flatten().collect(),
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
        (false, true) => rate.region.clone(),
        (true, false) => format!("Postcodes {}", rate.postcode),
        (false, false) => format!("{}, postcodes {}", rate.region, rate.postcode),
    };
    Row {
        href: paths::admin::tax(&rate.public_id),
        place,
        in_force: rate.is_in_force(day),
        times,
        priority: rate.priority,
        compound: rate.compound,
        tax_class: class_label(rate.tax_class).to_owned(),
        rate: format!("{} %", percent(rate.rate_ppm)),
        name: rate.name,
    }
}

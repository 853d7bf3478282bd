//! Tax rates.

use actix_web::web::Path;

use super::{check_mark, class_label, refuse, tax_classes};
use crate::error::Result;
use crate::forms::Fields;
use crate::forms::admin::tax_rates::TaxRateForm;
use crate::http::guards::needs;
use crate::http::{Form, Reply, Staff};
use crate::models::fact::Fact;
use crate::models::tax_rate::TaxRate;
use crate::paths;
use crate::support::country::Country;
use crate::support::money::percent;
use crate::views::admin::tax_rates::{Edit, Index, Row};

type Keeper = Staff<needs::Settings>;

/// All tax rates.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Keeper) -> Result<Reply> {
    staff.page(|conn, _| Ok(Index { rows: TaxRate::all(conn)?.into_iter().map(row).collect() })).await
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
            let form = Fields::of([
                ("country", rate.country),
                ("region", rate.region),
                ("tax_class", rate.tax_class.as_str().to_owned()),
                ("name", rate.name),
                ("rate", percent(rate.rate_ppm)),
                ("applies_to_shipping", check_mark(rate.applies_to_shipping)),
            ]);
            Ok(Edit { form, id: Some(rate.public_id), tax_classes: tax_classes() })
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
pub async fn destroy(staff: Keeper, id: Path<String>) -> Result<Reply> {
    let actor = staff.actor();
    let deleted = staff.write(move |tx| {
        TaxRate::delete(tx, &id)?;
        Fact::SettingsChanged("taxes").record(tx, &actor)
    });
    deleted.await?;
    Ok(Reply::see(paths::admin::taxes()).notice("Tax rate deleted."))
}

async fn save(staff: Keeper, id: Option<String>, mut form: Form) -> Result<Reply> {
    let Some(mut rate) = form.fields.check::<TaxRateForm>() else { return again(&staff, id, form.fields).await };
    rate.public_id = id.clone().unwrap_or_default();
    let actor = staff.actor();
    let saved = staff.write(move |tx| {
        rate.save(tx)?;
        Fact::SettingsChanged("taxes").record(tx, &actor)
    });
    match saved.await {
        Ok(()) => Ok(Reply::see(paths::admin::taxes()).notice("Tax rate saved.")),
        Err(error) => {
            refuse(&mut form.fields, error)?;
            again(&staff, id, form.fields).await
        }
    }
}

async fn again(staff: &Keeper, id: Option<String>, form: Fields) -> Result<Reply> {
    Ok(staff.page(move |_, _| Ok(Edit { form, id, tax_classes: tax_classes() })).await?.retry())
}

fn row(rate: TaxRate) -> Row {
    Row {
        href: paths::admin::tax(&rate.public_id),
        country: Country::find(&rate.country).map_or(rate.country, |country| country.name.to_owned()),
        tax_class: class_label(rate.tax_class).to_owned(),
        rate: format!("{} %", percent(rate.rate_ppm)),
        name: rate.name,
        region: rate.region,
    }
}

//! The pages of the people who run the site.

pub mod attention;
pub mod cancellations;
pub mod coupons;
pub mod dashboards;
pub mod fulfilments;
pub mod gift_cards;
pub mod invoices;
pub mod letters;
pub mod notes;
pub mod orders;
pub mod packing_slips;
pub mod parcels;
pub mod payments;
pub mod pictures;
pub mod posts;
pub mod previews;
pub mod products;
pub mod publications;
pub mod refunds;
pub mod removals;
pub mod returns;
pub mod settings;
pub mod shipping_methods;
pub mod staff;
pub mod stock;
pub mod tags;
pub mod tax_rates;
pub mod tax_settings;
mod uploads;
pub mod vat_numbers;
pub mod webhooks;

use crate::db::Tx;
use crate::error::{Error, Result, SENT_BEFORE};
use crate::forms::Fields;
use crate::http::guards::needs;
use crate::http::{Once, Reply, Staff};
use crate::models::fact::Fact;
use crate::models::product::TaxClass;
use crate::support::page::{Spot, Window};
use crate::support::slug;
use crate::views::admin::{Choice, Finding};

/// Rows on a page of a list.
const ROWS: i64 = 30;

/// How somebody narrows a list: tab, words as typed, the stretch of it.
struct Narrowing {
    tab: String,
    q: String,
    window: Window,
}

impl Narrowing {
    fn of<P>(staff: &Staff<P>) -> Narrowing {
        let q = staff.parameter("q").unwrap_or_default();
        Narrowing {
            tab: staff.parameter("tab").unwrap_or_default(),
            q: q.trim().chars().take(100).collect(),
            window: Window { spot: spot(staff), size: ROWS },
        }
    }

    /// The words as the search columns have them.
    fn words(&self) -> Vec<String> {
        slug::words(&self.q).into_iter().take(10).collect()
    }
}

/// Where in a list: `?after=`, `?before=` a row, or `?at=end`.
fn spot<P>(staff: &Staff<P>) -> Spot {
    let key = |name| staff.parameter(name).filter(|key| !key.is_empty());
    match (key("after"), key("before"), key("at").as_deref()) {
        (Some(after), ..) => Spot::After(after),
        (None, Some(before), _) => Spot::Before(before),
        (None, None, Some("end")) => Spot::End,
        (None, None, _) => Spot::Start,
    }
}

/// The address of a list under a tab.
fn tab_of(base: &'static str, tab: &str) -> String {
    Finding { base, tabs: Vec::new(), tab: tab.to_owned(), q: String::new() }.href()
}

/// Changes how the shop is set, and notes what was changed and by whom.
async fn change(
    staff: &Staff<needs::Settings>,
    once: &Once,
    what: &'static str,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<Reply> + Send + 'static,
) -> Result<Reply> {
    let actor = staff.actor();
    staff
        .write_once(once, move |tx| {
            let reply = work(tx)?;
            Fact::SettingsChanged(what).record(tx, &actor)?;
            Ok(reply)
        })
        .await
}

/// Puts a refusal of the models beside its field; any other error goes on.
fn refuse(fields: &mut Fields, error: Error) -> Result<()> {
    match error {
        Error::Invalid { field, message } => {
            fields.refuse(&field, message);
            Ok(())
        }
        Error::SentBefore => {
            fields.refuse("", SENT_BEFORE);
            Ok(())
        }
        other => Err(other),
    }
}

/// A form that found no free turn is shown again with what was typed, rather than lost to a page of an error.
fn refused_when_busy(error: Error) -> Error {
    match error {
        Error::Busy => Error::invalid("", "Too much is being saved at this moment. Please try again in a few seconds."),
        other => other,
    }
}

fn check_mark(on: bool) -> String {
    if on { "1".to_owned() } else { String::new() }
}

fn class_label(class: TaxClass) -> &'static str {
    match class {
        TaxClass::Standard => "Standard",
        TaxClass::Reduced => "Reduced",
        TaxClass::Zero => "Zero",
    }
}

fn tax_classes() -> Vec<Choice> {
    let choice = |class: &TaxClass| Choice { value: class.as_str().to_owned(), label: class_label(*class).to_owned() };
    TaxClass::ALL.iter().map(choice).collect()
}

//! The forms of the people who run the site.

pub mod coupons;
pub mod gift_cards;
pub mod letters;
pub mod orders;
pub mod pictures;
pub mod posts;
pub mod products;
pub mod settings;
pub mod shipping_methods;
pub mod stock;
pub mod tax_rates;
pub mod tax_settings;

use super::Fields;
use crate::support::email_address::{EmailAddress, NoAddress};
use crate::support::money::{Currency, Money};
use crate::support::slug;

/// Text from a textarea with plain line ends and nothing at its end.
fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

/// A whole number within bounds; empty is what `empty` says.
fn whole(fields: &mut Fields, name: &str, typed: &str, empty: i64, (least, most): (i64, i64)) -> Option<i64> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(empty);
    }
    let number = typed.parse().ok().filter(|number| (least..=most).contains(number));
    if number.is_none() {
        fields.refuse(name, format!("Type a whole number from {least} to {most}."));
    }
    number
}

/// Which version the form was opened with. Without one nobody knows what its sender has seen, and nothing has it.
fn lock_version(typed: &str) -> i64 {
    typed.trim().parse().ok().filter(|version| *version > 0).unwrap_or(0)
}

/// One of several, or a word next to the field.
fn chosen<T>(fields: &mut Fields, name: &str, choice: Option<T>) -> Option<T> {
    if choice.is_none() {
        fields.refuse(name, "Choose one of these.");
    }
    choice
}

/// An amount in the shop's currency that must be there.
fn amount(fields: &mut Fields, name: &str, typed: &str, currency: &str) -> Option<Money> {
    let money = Currency::from_code(currency).and_then(|currency| Money::parse(typed, currency));
    if money.is_none() {
        let example = Currency::from_code(currency).map(|currency| Money::new(1900, currency).decimal());
        fields.refuse(name, format!("Type an amount in {currency}, such as {}.", example.unwrap_or_default()));
    }
    money
}

/// An amount that may be left empty: `Some(None)` then.
fn optional_amount(fields: &mut Fields, name: &str, typed: &str, currency: &str) -> Option<Option<Money>> {
    if typed.trim().is_empty() { Some(None) } else { amount(fields, name, typed, currency).map(Some) }
}

/// An e-mail address that was typed, or an empty one.
fn email_or_empty(fields: &mut Fields, name: &str, typed: &str) -> Option<String> {
    if typed.trim().is_empty() {
        return Some(String::new());
    }
    match EmailAddress::read(typed) {
        Ok(email) => Some(email.typed),
        Err(why) => {
            fields.refuse(
                name,
                match why {
                    NoAddress::Malformed => "Type an email address like name@example.com, or leave it empty.",
                    why => why.message(),
                },
            );
            None
        }
    }
}

/// An address that was typed, or an empty one; refused with one that would do.
fn address(fields: &mut Fields, typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() || slug::is_slug(typed) {
        return Some(typed.to_owned());
    }
    fields.refuse(
        "slug",
        match slug::from_title(typed) {
            Some(better) => format!("Use small letters, digits and dashes, such as {better}."),
            None => "Use small letters, digits and dashes, or leave it empty.".to_owned(),
        },
    );
    None
}

/// A title that says something.
fn titled(fields: &mut Fields, typed: &str) -> String {
    let title = typed.trim().to_owned();
    if title.is_empty() {
        fields.refuse("title", "Give it a title.");
    }
    title
}

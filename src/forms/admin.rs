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
pub mod tags;
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
    let length = typed.chars().count();
    let words = match slug::from_title(typed) {
        Some(better) if length > slug::LONGEST => {
            format!("An address has at most {} letters; this one has {length}. Try {better}.", slug::LONGEST)
        }
        Some(better) => format!("Use small letters, digits and dashes, such as {better}."),
        None => "Use small letters, digits and dashes, or leave it empty.".to_owned(),
    };
    fields.refuse("slug", words);
    None
}

/// A title that says something.
fn titled(fields: &mut Fields, typed: &str) -> String {
    let title = typed.trim().to_owned();
    if is_invisible(&title) {
        fields.refuse("title", "Give it a title.");
    }
    title
}

/// Whether a text has nothing to see: only spaces, controls, and characters that are drawn as nothing.
fn is_invisible(text: &str) -> bool {
    text.chars().all(|letter| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(
                letter,
                '\u{ad}'
                    | '\u{34f}'
                    | '\u{61c}'
                    | '\u{115f}'..='\u{1160}'
                    | '\u{17b4}'..='\u{17b5}'
                    | '\u{180b}'..='\u{180f}'
                    | '\u{200b}'..='\u{200f}'
                    | '\u{202a}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}'
                    | '\u{2800}'
                    | '\u{3164}'
                    | '\u{fe00}'..='\u{fe0f}'
                    | '\u{feff}'
                    | '\u{ffa0}'
                    | '\u{e0000}'..='\u{e0fff}'
            )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_shows_something() {
        for title in ["", "  ", "\u{200b}", "\u{feff} \u{2060}", "\u{3164}", "\u{ad}\u{200d}", "\u{2800}", "\u{202e}"] {
            assert!(is_invisible(title), "{title:?}");
        }
        for title in ["a", "\u{200f}א", "👩\u{200d}🍳", "—", "\u{200b}x"] {
            assert!(!is_invisible(title), "{title:?}");
        }
    }
}

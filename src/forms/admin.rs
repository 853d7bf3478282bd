//! Forms of the admin.

pub mod coupons;
pub mod emails;
pub mod gift_cards;
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
use crate::support::email_address::{EmailAddress, InvalidEmail};
use crate::support::money::{Currency, Money};
use crate::support::slug;

/// Textarea input with LF line ends and no trailing whitespace.
fn normalise(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

/// Parses a whole number within bounds; an empty field gives `empty`, which may lie outside them.
fn parse_integer(fields: &mut Fields, name: &str, typed: &str, empty: i64, (least, most): (i64, i64)) -> Option<i64> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(empty);
    }
    let number = typed.parse().ok().filter(|number| (least..=most).contains(number));
    if number.is_none() {
        fields.add_error(name, format!("Enter a whole number from {least} to {most}."));
    }
    number
}

/// Parses the form's version. A missing or invalid one becomes 0, which matches no record and so causes a conflict.
fn parse_lock_version(typed: &str) -> i64 {
    typed.trim().parse().ok().filter(|version| *version > 0).unwrap_or(0)
}

fn require_choice<T>(fields: &mut Fields, name: &str, choice: Option<T>) -> Option<T> {
    if choice.is_none() {
        fields.add_error(name, "Choose one of these.");
    }
    choice
}

/// Parses a required amount in `currency`.
fn parse_amount(fields: &mut Fields, name: &str, typed: &str, currency: &str) -> Option<Money> {
    let money = Currency::from_code(currency).and_then(|currency| Money::parse(typed, currency));
    if money.is_none() {
        let example = Currency::from_code(currency).map(|currency| Money::new(1900, currency).to_decimal());
        fields.add_error(name, format!("Enter an amount in {currency}, such as {}.", example.unwrap_or_default()));
    }
    money
}

/// Parses an optional amount: `Some(None)` if empty, `None` if invalid.
fn parse_optional_amount(fields: &mut Fields, name: &str, typed: &str, currency: &str) -> Option<Option<Money>> {
    if typed.trim().is_empty() { Some(None) } else { parse_amount(fields, name, typed, currency).map(Some) }
}

/// Parses an optional email address; empty is valid.
fn parse_optional_email(fields: &mut Fields, name: &str, typed: &str) -> Option<String> {
    if typed.trim().is_empty() {
        return Some(String::new());
    }
    match EmailAddress::try_parse(typed) {
        Ok(email) => Some(email.mailbox),
        Err(why) => {
            fields.add_error(
                name,
                match why {
                    InvalidEmail::Malformed => "Enter an email address like name@example.com, or leave it empty.",
                    why => why.message(),
                },
            );
            None
        }
    }
}

/// Parses an optional slug; the error suggests a valid one.
fn parse_slug(fields: &mut Fields, typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() || slug::is_slug(typed) {
        return Some(typed.to_owned());
    }
    let length = typed.chars().count();
    let words = match slug::from_title(typed) {
        Some(better) if length > slug::MAX_LENGTH => {
            format!("An address has at most {} characters; this one has {length}. Try {better}.", slug::MAX_LENGTH)
        }
        Some(better) => format!("Use lowercase letters, digits and hyphens, such as {better}."),
        None => "Use lowercase letters, digits and hyphens, or leave it empty.".to_owned(),
    };
    fields.add_error("slug", words);
    None
}

fn parse_title(fields: &mut Fields, typed: &str) -> String {
    let title = typed.trim().to_owned();
    if is_invisible(&title) {
        fields.add_error("title", "Enter a title.");
    }
    title
}

/// Whether a text contains only whitespace, control characters and characters without a glyph.
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

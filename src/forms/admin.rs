//! Forms of the admin.

pub mod catalog;
pub mod checkout;
pub mod content;
pub mod platform;
pub mod sales;

use super::Fields;
use crate::support::email_address::{EmailAddress, InvalidEmail};
use crate::support::i18n::Message;
use crate::support::money::{Currency, Money};
use crate::support::slug;

/// Textarea input with LF line ends and no trailing whitespace.
pub(super) fn normalise(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

/// Parses a whole number within bounds; an empty field gives `empty`, which may lie outside them.
fn parse_integer(fields: &mut Fields, name: &str, text: &str, empty: i64, (min, max): (i64, i64)) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return Some(empty);
    }
    let number = text.parse().ok().filter(|number| (min..=max).contains(number));
    if number.is_none() {
        fields.add_error(name, Message::WholeNumberNeeded { least: min, most: max });
    }
    number
}

/// Parses the form's version. A missing or invalid one becomes 0, which matches no record and so causes a conflict.
fn parse_lock_version(text: &str) -> i64 {
    text.trim().parse().ok().filter(|version| *version > 0).unwrap_or(0)
}

fn is_longer(text: &str, max: i64) -> bool {
    Message::count(text.chars().count()) > max
}

fn require_choice<T>(fields: &mut Fields, name: &str, choice: Option<T>) -> Option<T> {
    if choice.is_none() {
        fields.add_error(name, Message::ChoiceMissing);
    }
    choice
}

fn parse_amount(fields: &mut Fields, name: &str, text: &str, currency: &str) -> Option<Money> {
    let Some(currency) = Currency::from_code(currency) else {
        fields.add_error(name, Message::FieldInvalid);
        return None;
    };
    let money = Money::parse(text, currency, fields.locale());
    if money.is_none() {
        let (currency, example) = (currency.code().to_owned(), Money::new(1900, currency));
        fields.add_error(name, Message::AmountMalformed { currency, example });
    }
    money
}

/// Parses an optional amount: `Some(None)` if empty, `None` if invalid.
fn parse_optional_amount(fields: &mut Fields, name: &str, text: &str, currency: &str) -> Option<Option<Money>> {
    if text.trim().is_empty() { Some(None) } else { parse_amount(fields, name, text, currency).map(Some) }
}

/// Parses an optional email address; empty is valid.
fn parse_optional_email(fields: &mut Fields, name: &str, text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some(String::new());
    }
    match EmailAddress::try_parse(text) {
        Ok(email) => Some(email.mailbox),
        Err(error) => {
            let message = match error {
                InvalidEmail::Malformed => Message::EmailMalformedOptional,
                error => error.message(),
            };
            fields.add_error(name, message);
            None
        }
    }
}

/// Parses an optional slug; the error suggests a valid one.
fn parse_slug(fields: &mut Fields, text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || slug::is_slug(text) {
        return Some(text.to_owned());
    }
    let (length, max) = (Message::count(text.chars().count()), Message::count(slug::MAX_LENGTH));
    let message = match slug::from_title(text) {
        Some(better) if length > max => Message::SlugTooLong { max, length, better },
        Some(better) => Message::SlugMalformed { better },
        None => Message::SlugMalformedOptional,
    };
    fields.add_error("slug", message);
    None
}

/// Whether a text contains only whitespace, control characters and characters without a glyph.
pub(super) fn is_invisible(text: &str) -> bool {
    text.chars().all(|character| {
        character.is_whitespace()
            || character.is_control()
            || matches!(
                character,
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

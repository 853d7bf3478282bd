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
fn parse_integer(fields: &mut Fields, name: &str, typed: &str, empty: i64, (least, most): (i64, i64)) -> Option<i64> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(empty);
    }
    let number = typed.parse().ok().filter(|number| (least..=most).contains(number));
    if number.is_none() {
        fields.add_error(name, Message::WholeNumberNeeded { least, most });
    }
    number
}

/// Parses the form's version. A missing or invalid one becomes 0, which matches no record and so causes a conflict.
fn parse_lock_version(typed: &str) -> i64 {
    typed.trim().parse().ok().filter(|version| *version > 0).unwrap_or(0)
}

/// Whether a text has more characters than `max`.
fn is_longer(text: &str, max: i64) -> bool {
    Message::count(text.chars().count()) > max
}

fn require_choice<T>(fields: &mut Fields, name: &str, choice: Option<T>) -> Option<T> {
    if choice.is_none() {
        fields.add_error(name, Message::ChoiceMissing);
    }
    choice
}

/// Parses a required amount in `currency`.
fn parse_amount(fields: &mut Fields, name: &str, typed: &str, currency: &str) -> Option<Money> {
    let Some(currency) = Currency::from_code(currency) else {
        fields.add_error(name, Message::FieldInvalid);
        return None;
    };
    let money = Money::parse(typed, currency, fields.locale());
    if money.is_none() {
        let (currency, example) = (currency.code().to_owned(), Money::new(1900, currency));
        fields.add_error(name, Message::AmountMalformed { currency, example });
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
                    InvalidEmail::Malformed => Message::EmailMalformedOptional,
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
    let (length, max) = (Message::count(typed.chars().count()), Message::count(slug::MAX_LENGTH));
    let message = match slug::from_title(typed) {
        Some(better) if length > max => Message::SlugTooLong { max, length, better },
        Some(better) => Message::SlugMalformed { better },
        None => Message::SlugMalformedOptional,
    };
    fields.add_error("slug", message);
    None
}

/// Whether a text contains only whitespace, control characters and characters without a glyph.
pub(super) fn is_invisible(text: &str) -> bool {
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

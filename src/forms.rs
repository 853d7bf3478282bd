//! What people type into forms: kept as typed, so that a refused form can be shown again with nothing lost.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::support::xml;

pub mod account;
pub mod admin;
pub mod shop;

impl Difference {
    /// The field's name in words.
    pub fn label(&self) -> String {
        let words = self.name.replace('_', " ");
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

/// The field that says which version of a thing a form was opened with.
const LOCK_VERSION: &str = "lock_version";

/// The fields of a form as they were typed, and what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    values: BTreeMap<String, Vec<String>>,
    errors: Vec<(String, String)>,
    differences: Vec<Difference>,
}

/// A field that two people have filled in differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub name: String,
    /// What is saved.
    pub saved: String,
    /// What was typed.
    pub typed: String,
}

impl Fields {
    /// Fields filled in by the program, to show a form for editing.
    pub fn of<'a>(values: impl IntoIterator<Item = (&'a str, String)>) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in values {
            fields.add(name, value);
        }
        fields
    }

    /// Reads an `application/x-www-form-urlencoded` body.
    pub fn parse(body: &[u8]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            fields.add(&name, value.into_owned());
        }
        fields
    }

    /// One more value of a field, without the characters that XML does not allow: feeds could not hold them, and
    /// PostgreSQL does not keep NUL. They come along with text from other programs, and nobody sees them.
    pub fn add(&mut self, name: &str, value: String) {
        self.values.entry(name.to_owned()).or_default().push(xml::without_forbidden(value));
    }

    /// Replaces what a field holds.
    pub fn set(&mut self, name: &str, value: String) {
        self.values.insert(name.to_owned(), vec![value]);
    }

    /// Takes a field out: its first value, if it has one.
    pub fn take_out(&mut self, name: &str) -> Option<String> {
        self.values.remove(name)?.into_iter().next()
    }

    /// Replaces what a field holds by several values, or by none.
    pub fn set_all(&mut self, name: &str, values: Vec<String>) {
        self.values.insert(name.to_owned(), values);
    }

    /// The first value of a field, or nothing.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of all fields, in the order of the alphabet.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Whether a choice was made: a radio, a checkbox, an option.
    pub fn is(&self, name: &str, choice: &str) -> bool {
        self.all(name).iter().any(|value| value == choice)
    }

    /// Notes that a field is wrong, in words that say what to do.
    pub fn refuse(&mut self, name: &str, message: impl Into<String>) {
        let message = message.into();
        if self.error(name).is_none() {
            self.errors.push((name.to_owned(), message));
        }
    }

    /// What is wrong with a field.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| field == name).map(|(_, message)| message.as_str())
    }

    /// Everything that is wrong, in order: field and message.
    pub fn errors(&self) -> &[(String, String)] {
        &self.errors
    }

    /// Somebody has saved other values since the form was opened: notes where the two differ, and lets the form stand on
    /// theirs, so that saving once more overwrites knowingly. What was typed stays.
    pub fn compare(&mut self, saved: &Fields) {
        self.note_differences(saved);
        self.refuse(
            "",
            "This was saved after you opened the form, perhaps by somebody else. Nothing of yours is lost, and nothing is \
             saved yet: compare both, then save again to put what the form says in place of what is saved.",
        );
    }

    /// The same without a word about it, for pages that say it their own way.
    pub fn note_differences(&mut self, saved: &Fields) {
        let text = |fields: &Fields, name: &str| fields.all(name).join(", ");
        let shown = |name: &&str| *name != LOCK_VERSION && !name.ends_with("_was");
        let names: BTreeSet<&str> = self.names().chain(saved.names()).filter(shown).collect();
        let both = names.into_iter().map(|name| Difference {
            name: name.to_owned(),
            saved: text(saved, name),
            typed: text(self, name),
        });
        let unlike = |both: &Difference| {
            // A browser ends lines of a text its own way.
            both.saved.replace("\r\n", "\n").trim() != both.typed.replace("\r\n", "\n").trim()
        };
        let differences = both.filter(unlike).filter(|both| saved.values.contains_key(&both.name)).collect();
        self.differences = differences;
        self.set(LOCK_VERSION, saved.value(LOCK_VERSION).to_owned());
    }

    /// Where the form differs from what somebody has saved meanwhile.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.errors.is_empty()
    }

    /// Reads and checks the fields as a form; what is wrong is noted beside its field.
    pub fn check<T: Checked>(&mut self) -> Option<T::Output> {
        let pairs: Vec<(&str, &str)> = self
            .values
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str())))
            .collect();
        let read = serde_html_form::to_string(&pairs).ok().and_then(|body| serde_html_form::from_str::<T>(&body).ok());
        let Some(form) = read else {
            self.refuse("", "This form could not be read. Please fill it in again.");
            return None;
        };
        if let Err(errors) = form.validate() {
            self.take(&errors);
        }
        let output = form.checked(self);
        if self.is_good() { output } else { None }
    }

    fn take(&mut self, errors: &ValidationErrors) {
        for (field, kind) in errors.errors() {
            if let ValidationErrorsKind::Field(list) = kind
                && let Some(error) = list.first()
            {
                let message = error.message.as_deref().unwrap_or("Please check this field.");
                self.refuse(field, message.to_owned());
            }
        }
    }
}

/// A form: what serde reads and validator checks, and what a good one means to the program.
pub trait Checked: DeserializeOwned + Validate {
    /// The meaning of a good form.
    type Output;

    /// Turns good text into meaning; what is wrong is noted in `fields`.
    fn checked(self, fields: &mut Fields) -> Option<Self::Output>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_versions_are_compared_by_what_both_forms_ask() {
        let of = |pairs: &[(&str, &str)]| Fields::of(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let mut mine =
            of(&[("name", "A"), ("text", "one\r\ntwo"), ("stock_was", "1"), ("currency", "EUR"), ("on", "1")]);
        let saved = of(&[("name", "B"), ("text", "one\ntwo"), ("stock_was", "2"), ("on", ""), ("lock_version", "7")]);
        mine.compare(&saved);
        let rows = mine.differences().iter().map(|both| (both.label(), both.saved.as_str(), both.typed.as_str()));
        assert_eq!(rows.collect::<Vec<_>>(), [("Name".to_owned(), "B", "A"), ("On".to_owned(), "", "1")]);
        assert_eq!((mine.value("name"), mine.value("lock_version")), ("A", "7"));
        assert!(!mine.is_good());
    }
}

//! HTML forms: fields are kept as typed, so that a refused form can be rendered again without losing input.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::support::xml;

pub mod account;
pub mod admin;
pub mod shop;

impl FieldDifference {
    /// The field's name as words: `site_name` becomes `Site name`.
    pub fn label(&self) -> String {
        let words = self.name.replace('_', " ");
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }
}

/// The hidden field with the version that the form was opened with (optimistic locking).
const LOCK_VERSION: &str = "lock_version";

/// A form's values as typed, with errors per field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    values: BTreeMap<String, Vec<String>>,
    errors: Vec<(String, String)>,
    differences: Vec<FieldDifference>,
}

/// A field whose saved value differs from the typed one after a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    pub name: String,
    pub saved: String,
    pub typed: String,
}

impl Fields {
    /// Fields filled in by the program, to show a form for editing.
    pub fn from_pairs<'a>(values: impl IntoIterator<Item = (&'a str, String)>) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in values {
            fields.add(name, value);
        }
        fields
    }

    /// Parses an `application/x-www-form-urlencoded` body.
    pub fn parse(body: &[u8]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            fields.add(&name, value.into_owned());
        }
        fields
    }

    /// Adds a value, without the characters that XML forbids: feeds cannot contain them, and PostgreSQL rejects NUL.
    /// They come with text pasted from other programs.
    pub fn add(&mut self, name: &str, value: String) {
        self.values.entry(name.to_owned()).or_default().push(xml::remove_forbidden(value));
    }

    pub fn set(&mut self, name: &str, value: String) {
        self.values.insert(name.to_owned(), vec![value]);
    }

    /// Removes a field and returns its first value.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.values.remove(name)?.into_iter().next()
    }

    /// Replaces all values of a field.
    pub fn set_all(&mut self, name: &str, values: Vec<String>) {
        self.values.insert(name.to_owned(), values);
    }

    /// The first value of a field; empty if there is none.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    pub fn values(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of all fields in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Whether a radio, checkbox or option is selected.
    pub fn has_value(&self, name: &str, choice: &str) -> bool {
        self.values(name).iter().any(|value| value == choice)
    }

    /// Adds an error to a field; the first one wins. An empty name is for the form as a whole.
    pub fn add_error(&mut self, name: &str, message: impl Into<String>) {
        let message = message.into();
        if self.error(name).is_none() {
            self.errors.push((name.to_owned(), message));
        }
    }

    /// Moves errors of fields that the page no longer shows to the form as a whole.
    pub fn detach_hidden_errors(&mut self, is_shown: impl Fn(&str) -> bool) {
        for (name, _) in &mut self.errors {
            if !is_shown(name) {
                name.clear();
            }
        }
    }

    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| field == name).map(|(_, message)| message.as_str())
    }

    /// All errors in order, as field name and message.
    pub fn errors(&self) -> &[(String, String)] {
        &self.errors
    }

    /// Handles a conflict: records the differences from `saved`, adds an error and takes over the saved `lock_version`,
    /// so that saving again overwrites deliberately. What was typed stays.
    pub fn add_conflict(&mut self, saved: &Fields) {
        self.record_differences(saved);
        self.add_error(
            "",
            "This was changed after you opened the form, perhaps by someone else. Your changes are kept, but not \
             saved yet: compare the two, then save again to overwrite the saved version.",
        );
    }

    /// Like [`Fields::add_conflict`], without the error message.
    pub fn record_differences(&mut self, saved: &Fields) {
        let text = |fields: &Fields, name: &str| fields.values(name).join(", ");
        let shown = |name: &&str| *name != LOCK_VERSION && !name.ends_with("_was");
        let names: BTreeSet<&str> = self.names().chain(saved.names()).filter(shown).collect();
        let both = names.into_iter().map(|name| FieldDifference {
            name: name.to_owned(),
            saved: text(saved, name),
            typed: text(self, name),
        });
        let unlike = |both: &FieldDifference| {
            // Browsers submit textareas with CRLF line ends.
            both.saved.replace("\r\n", "\n").trim() != both.typed.replace("\r\n", "\n").trim()
        };
        let differences = both.filter(unlike).filter(|both| saved.values.contains_key(&both.name)).collect();
        self.differences = differences;
        self.set(LOCK_VERSION, saved.value(LOCK_VERSION).to_owned());
    }

    pub fn differences(&self) -> &[FieldDifference] {
        &self.differences
    }

    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// Deserialises and validates the fields; errors are added to the fields, and any error means `None`.
    pub fn check<T: FormObject>(&mut self) -> Option<T::Output> {
        let pairs: Vec<(&str, &str)> = self
            .values
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str())))
            .collect();
        let read = serde_html_form::to_string(&pairs).ok().and_then(|body| serde_html_form::from_str::<T>(&body).ok());
        let Some(form) = read else {
            self.add_error("", "This form could not be read. Please fill it in again.");
            return None;
        };
        if let Err(errors) = form.validate() {
            self.take(&errors);
        }
        let output = form.into_output(self);
        if self.is_valid() { output } else { None }
    }

    fn take(&mut self, errors: &ValidationErrors) {
        for (field, kind) in errors.errors() {
            if let ValidationErrorsKind::Field(list) = kind
                && let Some(error) = list.first()
            {
                let message = error.message.as_deref().unwrap_or("Please check this field.");
                self.add_error(field, message.to_owned());
            }
        }
    }
}

/// A typed form: serde reads it, validator checks it, and `into_output` turns it into domain values.
pub trait FormObject: DeserializeOwned + Validate {
    /// The domain value of a valid form.
    type Output;

    /// Converts the form; problems are added to `fields`.
    fn into_output(self, fields: &mut Fields) -> Option<Self::Output>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_versions_are_compared_by_what_both_forms_ask() {
        let of =
            |pairs: &[(&str, &str)]| Fields::from_pairs(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let mut mine =
            of(&[("name", "A"), ("text", "one\r\ntwo"), ("stock_was", "1"), ("currency", "EUR"), ("on", "1")]);
        let saved = of(&[("name", "B"), ("text", "one\ntwo"), ("stock_was", "2"), ("on", ""), ("lock_version", "7")]);
        mine.add_conflict(&saved);
        let rows = mine.differences().iter().map(|both| (both.label(), both.saved.as_str(), both.typed.as_str()));
        assert_eq!(rows.collect::<Vec<_>>(), [("Name".to_owned(), "B", "A"), ("On".to_owned(), "", "1")]);
        assert_eq!((mine.value("name"), mine.value("lock_version")), ("A", "7"));
        assert!(!mine.is_valid());
    }
}

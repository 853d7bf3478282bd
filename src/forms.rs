//! What people type into forms: kept as typed, so that a refused form can be shown again with nothing lost.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::support::xml;

pub mod account;
pub mod admin;
pub mod shop;

/// The fields of a form as they were typed, and what is wrong with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    values: BTreeMap<String, Vec<String>>,
    errors: Vec<(String, String)>,
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

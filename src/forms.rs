//! HTML forms: fields are kept as typed, so that a refused form can be rendered again without losing input.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use validator::Validate;

use crate::support::i18n::{Locale, Message};
use crate::support::xml;

pub mod account;
pub mod admin;
mod rules;
pub mod shop;

/// The hidden field with the version that the form was opened with (optimistic locking).
const LOCK_VERSION: &str = "lock_version";

/// A form's values as typed, with errors per field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    values: BTreeMap<String, Vec<String>>,
    errors: Vec<(String, Message)>,
    differences: Vec<FieldDifference>,
}

/// A field whose saved value differs from the typed one after a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    pub name: String,
    pub saved: String,
    pub typed: String,
}

impl FieldDifference {
    pub fn label(&self, t: Locale) -> String {
        field_label(t, &self.name)
    }
}

/// A field's name as words. A name that is not in the catalogue, as of a numbered field, is its own label: `alt_7`
/// becomes `Alt 7`.
pub fn field_label(t: Locale, name: &str) -> String {
    if let Some(label) = t.field(name) {
        return label.to_owned();
    }
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
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
    pub fn add_error(&mut self, name: &str, message: Message) {
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

    pub fn error(&self, name: &str) -> Option<&Message> {
        self.errors.iter().find(|(field, _)| field == name).map(|(_, message)| message)
    }

    /// All errors in order, as field name and message.
    pub fn errors(&self) -> &[(String, Message)] {
        &self.errors
    }

    /// Handles a conflict: records the differences from `saved`, adds an error and takes over the saved `lock_version`,
    /// so that saving again overwrites deliberately. What was typed stays.
    pub fn add_conflict(&mut self, saved: &Fields) {
        self.record_differences(saved);
        self.add_error("", Message::ChangedSinceOpened);
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

    /// Deserialises and validates the fields; errors are added to the fields in the order of the form, and any error
    /// means `None`.
    pub fn check<T: FormObject>(&mut self) -> Option<T::Output> {
        let pairs: Vec<(&str, &str)> = self
            .values
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str())))
            .collect();
        let read = serde_html_form::to_string(&pairs).ok().and_then(|body| serde_html_form::from_str::<T>(&body).ok());
        let Some(form) = read else {
            self.add_error("", Message::FormUnreadable);
            return None;
        };
        let earlier = self.errors.len();
        if let Err(broken) = form.validate() {
            for (name, message) in rules::messages(&broken) {
                self.add_error(&name, message);
            }
        }
        let output = form.into_output(self);
        let order = rules::field_names::<T>();
        if let Some(new) = self.errors.get_mut(earlier..) {
            new.sort_by_key(|(name, _)| rules::position(&order, T::NUMBERED, name));
        }
        if self.is_valid() { output } else { None }
    }
}

/// A typed form: serde reads it, validator checks it, and `into_output` turns it into domain values. Its fields are
/// declared in the order of the page, which is the order of its errors.
pub trait FormObject: DeserializeOwned + Validate {
    /// Groups of numbered fields: how their names begin, and the declared field that they come after on the page; none
    /// for the start of the page.
    const NUMBERED: &'static [(&'static str, Option<&'static str>)] = &[];

    /// The domain value of a valid form.
    type Output;

    /// Converts the form; problems are added to `fields`.
    fn into_output(self, fields: &mut Fields) -> Option<Self::Output>;
}

fn whole_number_needed(least: i64, most: i64) -> Message {
    Message::WholeNumberNeeded { least: least.to_string(), most: most.to_string() }
}

#[cfg(test)]
mod tests {
    use super::account::{LogInForm, NewPasswordForm, SetupForm};
    use super::admin::catalog::products::ProductForm;
    use super::admin::checkout::coupons::CouponForm;
    use super::admin::checkout::shipping_methods::ShippingMethodForm;
    use super::admin::checkout::tax_overrides::TaxOverrideForm;
    use super::admin::checkout::tax_rates::TaxRateForm;
    use super::admin::content::pictures::PictureForm;
    use super::admin::content::posts::PostForm;
    use super::admin::platform::settings::SettingsForm;
    use super::shop::ReturnForm;
    use super::*;

    #[test]
    fn errors_are_in_the_order_of_the_page() {
        let mut fields = Fields::default();
        fields.add_error("logo", Message::FileEmpty);
        assert!(fields.check::<SetupForm>().is_none());
        let names: Vec<&str> = fields.errors().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["logo", "site_name", "name", "email", "password", "country", "currency"]);
        let mut fields = Fields::from_pairs([("lines", "7".to_owned()), ("return_quantity_7", "x".to_owned())]);
        assert!(fields.check::<ReturnForm>().is_none());
        let names: Vec<&str> = fields.errors().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["return_quantity_7", "reason"]);
    }

    #[test]
    fn a_rule_says_what_is_wrong_before_the_domain_does() {
        let mut fields = Fields::from_pairs([("email", "a@shop.example".to_owned()), ("password", "x".repeat(1025))]);
        assert!(fields.check::<LogInForm>().is_none());
        assert_eq!(fields.errors(), [("password".to_owned(), Message::PasswordTooLong)]);
        let mut fields = Fields::from_pairs([("password", "short".to_owned())]);
        assert!(fields.check::<NewPasswordForm>().is_none());
        assert_eq!(fields.error("password"), Some(&Message::PasswordTooShort { least: 12 }));
    }

    #[test]
    fn fields_that_a_conflict_compares_have_labels() {
        let forms = [
            rules::field_names::<CouponForm>(),
            rules::field_names::<PictureForm>(),
            rules::field_names::<PostForm>(),
            rules::field_names::<ProductForm>(),
            rules::field_names::<SettingsForm>(),
            rules::field_names::<ShippingMethodForm>(),
            rules::field_names::<TaxRateForm>(),
            rules::field_names::<TaxOverrideForm>(),
        ];
        // Fields that no saved version has: the differences leave them out.
        let unsaved = ["lock_version", "stock_was", "cover_remove", "then"];
        for name in forms.concat().into_iter().filter(|name| !unsaved.contains(name)) {
            assert!(Locale::De.field(name).is_some(), "{name}");
        }
        assert_eq!(field_label(Locale::En, "alt_7"), "Alt 7");
    }

    #[test]
    fn two_versions_are_compared_by_what_both_forms_ask() {
        let of =
            |pairs: &[(&str, &str)]| Fields::from_pairs(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let mut mine =
            of(&[("name", "A"), ("text", "one\r\ntwo"), ("stock_was", "1"), ("currency", "EUR"), ("on", "1")]);
        let saved = of(&[("name", "B"), ("text", "one\ntwo"), ("stock_was", "2"), ("on", ""), ("lock_version", "7")]);
        mine.add_conflict(&saved);
        let rows =
            mine.differences().iter().map(|both| (both.label(Locale::En), both.saved.as_str(), both.typed.as_str()));
        assert_eq!(rows.collect::<Vec<_>>(), [("Name".to_owned(), "B", "A"), ("On".to_owned(), "", "1")]);
        assert_eq!((mine.value("name"), mine.value("lock_version")), ("A", "7"));
        assert!(!mine.is_valid());
    }
}

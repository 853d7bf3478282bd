//! HTML forms: fields are kept as typed, so that a refused form can be rendered again without losing input.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use validator::Validate;

use crate::support::i18n::{Locale, Message};
use crate::support::money::{Currency, Money, format_percent, parse_percent};
use crate::support::xml;

pub mod account;
pub mod admin;
mod rules;
pub mod shop;

/// The hidden field with the version that the form was opened with (optimistic locking).
const LOCK_VERSION: &str = "lock_version";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    values: BTreeMap<String, Vec<String>>,
    numbers: BTreeMap<String, Number>,
    locale: Locale,
    errors: Vec<(String, Message)>,
    differences: Vec<FieldDifference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Amount(Money),
    /// Parts per million.
    Percent(i64),
}

impl Number {
    fn format(self, locale: Locale) -> String {
        match self {
            Number::Amount(amount) => amount.format_input(locale),
            Number::Percent(ppm) => format_percent(ppm, locale),
        }
    }

    fn is_typed_as(self, typed: &str, locale: Locale) -> bool {
        match self {
            Number::Amount(amount) => Money::parse(typed, amount.currency, locale) == Some(amount),
            Number::Percent(ppm) => parse_percent(typed) == Some(ppm),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    pub name: String,
    pub saved: String,
    pub typed: String,
    saved_number: Option<Number>,
}

impl FieldDifference {
    pub fn label(&self, t: Locale) -> String {
        field_label(t, &self.name)
    }

    pub fn saved_text(&self, t: Locale) -> String {
        self.saved_number.map_or_else(|| self.saved.clone(), |number| number.format(t))
    }
}

/// A field's name as words; one that is not in the catalogue is its own label: `alt_7` becomes `Alt 7`.
pub fn field_label(t: Locale, name: &str) -> String {
    if let Some(label) = t.field(name) {
        return label.to_owned();
    }
    let words = name.replace('_', " ");
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

impl Fields {
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
    pub fn add(&mut self, name: &str, value: String) {
        self.values.entry(name.to_owned()).or_default().push(xml::remove_forbidden(value));
    }

    pub fn set(&mut self, name: &str, value: String) {
        self.set_all(name, vec![value]);
    }

    /// Sets an amount, which the page writes for its language; empty for none.
    pub fn set_amount(&mut self, name: &str, amount: impl Into<Option<Money>>) {
        let amount = amount.into();
        self.set(name, amount.map_or_else(String::new, Money::to_decimal));
        self.numbers.extend(amount.map(|amount| (name.to_owned(), Number::Amount(amount))));
    }

    /// Sets a percentage in parts per million, which the page writes for its language.
    pub fn set_percent(&mut self, name: &str, ppm: i64) {
        self.set(name, format_percent(ppm, Locale::En));
        self.numbers.insert(name.to_owned(), Number::Percent(ppm));
    }

    pub fn set_currency(&mut self, currency: Currency, locale: Locale) {
        self.set("currency", currency.code().to_owned());
        self.locale = locale;
    }

    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.numbers.remove(name);
        self.values.remove(name)?.into_iter().next()
    }

    pub fn set_all(&mut self, name: &str, values: Vec<String>) {
        self.numbers.remove(name);
        self.values.insert(name.to_owned(), values);
    }

    /// The first value as a page shows it: numbers that the program filled in are written for the language.
    pub fn text(&self, name: &str, t: Locale) -> String {
        self.numbers.get(name).map_or_else(|| self.value(name).to_owned(), |number| number.format(t))
    }

    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// The first value of a field; empty if there is none. Numbers have a decimal point.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }

    pub fn values(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

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

    pub fn errors(&self) -> &[(String, Message)] {
        &self.errors
    }

    /// Handles a conflict: records the differences from `saved` and takes over its `lock_version`, so that saving again
    /// overwrites deliberately. What was typed stays.
    pub fn add_conflict(&mut self, saved: &Fields) {
        self.record_differences(saved);
        self.add_error("", Message::ChangedSinceOpened);
    }

    /// Like [`Fields::add_conflict`], without the error message.
    pub fn record_differences(&mut self, saved: &Fields) {
        let text = |fields: &Fields, name: &str| fields.values(name).join(", ");
        let is_compared = |name: &&str| *name != LOCK_VERSION && !name.ends_with("_was");
        let names: BTreeSet<&str> = self.names().chain(saved.names()).filter(is_compared).collect();
        let compared = names.into_iter().map(|name| FieldDifference {
            name: name.to_owned(),
            saved: text(saved, name),
            typed: text(self, name),
            saved_number: saved.numbers.get(name).copied(),
        });
        let is_different = |field: &FieldDifference| match field.saved_number {
            Some(number) => !number.is_typed_as(&field.typed, self.locale),
            // Browsers submit textareas with CRLF line ends.
            None => field.saved.replace("\r\n", "\n").trim() != field.typed.replace("\r\n", "\n").trim(),
        };
        let differences =
            compared.filter(is_different).filter(|field| saved.values.contains_key(&field.name)).collect();
        self.differences = differences;
        self.set(LOCK_VERSION, saved.value(LOCK_VERSION).to_owned());
    }

    pub fn differences(&self) -> &[FieldDifference] {
        &self.differences
    }

    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// Validates the fields; errors are added in the order of the form, and any error means `None`.
    pub fn check<T: FormObject>(&mut self) -> Option<T::Output> {
        let pairs: Vec<(&str, &str)> = self
            .values
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str())))
            .collect();
        let parsed =
            serde_html_form::to_string(&pairs).ok().and_then(|body| serde_html_form::from_str::<T>(&body).ok());
        let Some(form) = parsed else {
            self.add_error("", Message::FormUnreadable);
            return None;
        };
        let previous_errors = self.errors.len();
        if let Err(errors) = form.validate() {
            for (name, message) in rules::messages(&errors) {
                self.add_error(&name, message);
            }
        }
        let output = form.into_output(self);
        let order = rules::field_names::<T>();
        if let Some(new_errors) = self.errors.get_mut(previous_errors..) {
            new_errors.sort_by_key(|(name, _)| rules::position(&order, T::NUMBERED, name));
        }
        if self.is_valid() { output } else { None }
    }
}

/// A typed form: serde reads it, validator checks it, `into_output` converts it. Errors come in the order of fields.
pub trait FormObject: DeserializeOwned + Validate {
    /// Groups of numbered fields: how their names begin, and the declared field that they come after on the page;
    /// `None` for the start of the page.
    const NUMBERED: &'static [(&'static str, Option<&'static str>)] = &[];

    type Output;

    fn into_output(self, fields: &mut Fields) -> Option<Self::Output>;
}

#[cfg(test)]
mod tests {
    use super::account::{LogInForm, SetupForm};
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
    fn numbers_are_written_for_the_language_and_compared_by_value() {
        let dinars = Currency::from_code("KWD").unwrap();
        let mut saved = Fields::default();
        saved.set_amount("price", Money::new(123_450, Currency::EUR));
        saved.set_amount("free_over", Money::new(1_250, dinars));
        saved.set_amount("minimum", None::<Money>);
        saved.set_percent("rate", 88_750);
        let shown = |t| ["price", "free_over", "minimum", "rate"].map(|name| saved.text(name, t));
        assert_eq!(shown(Locale::En), ["1234.50", "1.250", "", "8.875"]);
        assert_eq!(shown(Locale::De), ["1234,50", "1,250", "", "8,875"]);
        assert_eq!(saved.value("price"), "1234.50");
        for locale in [Locale::En, Locale::De] {
            let mut typed = Fields::from_pairs(
                ["price", "free_over", "minimum", "rate"].map(|name| (name, saved.text(name, locale))),
            );
            typed.set_currency(Currency::EUR, locale);
            typed.record_differences(&saved);
            assert!(typed.differences().is_empty(), "{locale}");
            typed.set("price", "1.234,5".to_owned());
            typed.set("rate", "8,9".to_owned());
            typed.record_differences(&saved);
            let rows = typed.differences().iter().map(|both| (both.saved_text(locale), both.typed.as_str()));
            assert_eq!(rows.collect::<Vec<_>>(), [(saved.text("rate", locale), "8,9")]);
        }
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

//! Forms for log-in, password reset and first setup.

use serde::Deserialize;
use validator::{Validate, ValidationError};

use super::{Fields, FormObject, rules};
use crate::support::country::Country;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::support::money::Currency;
use crate::support::password;

/// In characters.
pub const MIN_STAFF_PASSWORD_LENGTH: usize = 12;

pub mod limits {
    pub const SITE_NAME: u64 = 80;
    pub const NAME: u64 = 120;
    /// A recovery code with spaces between its characters.
    pub const CODE: u64 = 40;
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct LogInForm {
    email: String,
    #[validate(custom(function = rules::present, code = "password_missing"))]
    #[validate(custom(function = not_too_long, code = "password_too_long"))]
    password: String,
    remember: String,
}

#[derive(Clone, Debug)]
pub struct LogInFormData {
    pub email: EmailAddress,
    pub password: String,
    pub remember: bool,
}

fn not_too_long(password: &str) -> Result<(), ValidationError> {
    rules::require(password.len() <= password::MAX_LENGTH, "not_too_long")
}

impl FormObject for LogInForm {
    type Output = LogInFormData;

    fn into_output(self, fields: &mut Fields) -> Option<LogInFormData> {
        let email = EmailAddress::parse(&self.email);
        if email.is_none() {
            fields.add_error("email", Message::EmailMissing);
        }
        Some(LogInFormData { email: email?, password: self.password, remember: self.remember == "1" })
    }
}

/// Checks the length only. `App::hash_new_password` estimates the strength, which takes too long here.
fn check_length(fields: &mut Fields, password: &str) {
    if let Some(problem) = password::check_length(password, MIN_STAFF_PASSWORD_LENGTH) {
        fields.add_error("password", problem);
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct NewPasswordForm {
    password: String,
}

impl FormObject for NewPasswordForm {
    type Output = String;

    fn into_output(self, fields: &mut Fields) -> Option<String> {
        check_length(fields, &self.password);
        Some(self.password)
    }
}

/// A one-time code or a recovery code.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct CodeForm {
    #[validate(length(max = limits::CODE), custom(function = rules::present, code = "one_time_code_missing"))]
    code: String,
}

impl FormObject for CodeForm {
    type Output = String;

    fn into_output(self, _: &mut Fields) -> Option<String> {
        Some(self.code)
    }
}

/// The name of a passkey.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct PasskeyForm {
    #[validate(length(max = limits::NAME, code = "name_too_long"))]
    #[validate(custom(function = rules::visible, code = "name_missing"))]
    name: String,
}

impl FormObject for PasskeyForm {
    type Output = String;

    fn into_output(self, _: &mut Fields) -> Option<String> {
        Some(self.name.trim().to_owned())
    }
}

/// Somebody who was invited chooses name and password.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct AcceptanceForm {
    #[validate(length(max = limits::NAME), custom(function = rules::present, code = "own_name_missing"))]
    name: String,
    password: String,
}

impl FormObject for AcceptanceForm {
    /// Name and password.
    type Output = (String, String);

    fn into_output(self, fields: &mut Fields) -> Option<(String, String)> {
        check_length(fields, &self.password);
        Some((self.name.trim().to_owned(), self.password))
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct SetupForm {
    #[validate(length(max = limits::SITE_NAME), custom(function = rules::present, code = "site_title_missing"))]
    site_name: String,
    #[validate(length(max = limits::NAME), custom(function = rules::present, code = "own_name_missing"))]
    name: String,
    email: String,
    password: String,
    country: String,
    currency: String,
    content: String,
}

#[derive(Clone, Debug)]
pub struct SetupFormData {
    pub site_name: String,
    pub name: String,
    pub email: EmailAddress,
    pub password: String,
    pub country: Country,
    pub currency: Currency,
    pub demo: bool,
}

impl FormObject for SetupForm {
    type Output = SetupFormData;

    fn into_output(self, fields: &mut Fields) -> Option<SetupFormData> {
        let email =
            EmailAddress::try_parse(&self.email).map_err(|error| fields.add_error("email", error.message())).ok();
        check_length(fields, &self.password);
        let country = Country::find(&self.country);
        if country.is_none() {
            fields.add_error("country", Message::CountryMissing);
        }
        let currency = Currency::from_code(&self.currency);
        if currency.is_none() {
            fields.add_error("currency", Message::CurrencyMissing);
        }
        if !matches!(self.content.as_str(), "" | "demo" | "empty") {
            fields.add_error("content", Message::ContentMissing);
        }
        Some(SetupFormData {
            site_name: self.site_name.trim().to_owned(),
            name: self.name.trim().to_owned(),
            email: email?,
            password: self.password,
            country: country?,
            currency: currency?,
            demo: self.content == "demo",
        })
    }
}

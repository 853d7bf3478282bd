//! Forms for log-in, password reset and first setup.

use serde::Deserialize;
use validator::Validate;

use super::{Fields, FormObject};
use crate::support::country::Country;
use crate::support::email_address::EmailAddress;
use crate::support::money::Currency;
use crate::support::password;

/// In characters.
pub const MIN_STAFF_PASSWORD_LENGTH: usize = 12;

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct LogInForm {
    email: String,
    password: String,
}

impl FormObject for LogInForm {
    type Output = (EmailAddress, String);

    fn into_output(self, fields: &mut Fields) -> Option<(EmailAddress, String)> {
        let email = EmailAddress::parse(&self.email);
        if email.is_none() {
            fields.add_error("email", "Enter your email address.");
        }
        if self.password.is_empty() {
            fields.add_error("password", "Enter your password.");
        }
        if self.password.len() > password::MAX_LENGTH {
            fields.add_error("password", "This password is too long.");
        }
        Some((email?, self.password))
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

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct SetupForm {
    #[validate(length(max = 80, message = "Use at most 80 characters."))]
    site_name: String,
    #[validate(length(max = 120, message = "Use at most 120 characters."))]
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
    /// Whether to load the sample shop.
    pub demo: bool,
}

impl FormObject for SetupForm {
    type Output = SetupFormData;

    fn into_output(self, fields: &mut Fields) -> Option<SetupFormData> {
        if self.site_name.trim().is_empty() {
            fields.add_error("site_name", "Enter the name of your site.");
        }
        if self.name.trim().is_empty() {
            fields.add_error("name", "Enter your name.");
        }
        let email = EmailAddress::try_parse(&self.email).map_err(|why| fields.add_error("email", why.message())).ok();
        check_length(fields, &self.password);
        let country = Country::find(&self.country);
        if country.is_none() {
            fields.add_error("country", "Choose a country.");
        }
        let currency = Currency::from_code(&self.currency);
        if currency.is_none() {
            fields.add_error("currency", "Choose a currency.");
        }
        if !matches!(self.content.as_str(), "" | "demo" | "empty") {
            fields.add_error("content", "Choose what to start with.");
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

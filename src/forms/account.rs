//! Forms of people who sign in.

use serde::Deserialize;
use validator::Validate;

use super::{Checked, Fields};
use crate::support::country::Country;
use crate::support::email_address::EmailAddress;
use crate::support::money::Currency;
use crate::support::password;

/// Shortest password of staff.
pub const STAFF_PASSWORD: usize = 12;

/// Log in.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct LogIn {
    email: String,
    password: String,
}

impl Checked for LogIn {
    type Output = (EmailAddress, String);

    fn checked(self, fields: &mut Fields) -> Option<(EmailAddress, String)> {
        let email = EmailAddress::parse(&self.email);
        if email.is_none() {
            fields.refuse("email", "Enter your email address.");
        }
        if self.password.is_empty() {
            fields.refuse("password", "Enter your password.");
        }
        if self.password.len() > password::LONGEST {
            fields.refuse("password", "This is longer than any password here.");
        }
        Some((email?, self.password))
    }
}

/// How strong a password is takes time to tell: that is for `App::hash_new_password`.
fn check_length(fields: &mut Fields, password: &str) {
    if let Some(problem) = password::length_problem(password, STAFF_PASSWORD) {
        fields.refuse("password", problem);
    }
}

/// A new password.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct NewPassword {
    password: String,
}

impl Checked for NewPassword {
    type Output = String;

    fn checked(self, fields: &mut Fields) -> Option<String> {
        check_length(fields, &self.password);
        Some(self.password)
    }
}

/// First start.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct SetUp {
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

/// What a good setup says.
#[derive(Clone, Debug)]
pub struct NewSite {
    /// The site's name.
    pub site_name: String,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: EmailAddress,
    /// The owner's password.
    pub password: String,
    /// Where the shop is.
    pub country: Country,
    /// What it sells in.
    pub currency: Currency,
    /// Whether it starts with the sample shop.
    pub demo: bool,
}

impl Checked for SetUp {
    type Output = NewSite;

    fn checked(self, fields: &mut Fields) -> Option<NewSite> {
        if self.site_name.trim().is_empty() {
            fields.refuse("site_name", "Enter the name of your site.");
        }
        if self.name.trim().is_empty() {
            fields.refuse("name", "Enter your name.");
        }
        let email = EmailAddress::read(&self.email).map_err(|why| fields.refuse("email", why.message())).ok();
        check_length(fields, &self.password);
        let country = Country::find(&self.country);
        if country.is_none() {
            fields.refuse("country", "Choose a country.");
        }
        let currency = Currency::from_code(&self.currency);
        if currency.is_none() {
            fields.refuse("currency", "Choose a currency.");
        }
        if !matches!(self.content.as_str(), "" | "demo" | "empty") {
            fields.refuse("content", "Choose what your site starts with.");
        }
        Some(NewSite {
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

//! Forms of accounts, and of the first setup.

use serde::Deserialize;
use validator::{Validate, ValidationError};

use super::shop::{self, TypedAddress};
use super::{Fields, FormObject, rules};
use crate::models::people::account::addresses::{AddressDefaults, PostalAddress};
use crate::models::sales::order::Address;
use crate::support::country::Country;
use crate::support::email_address::EmailAddress;
use crate::support::i18n::{Locale, Message};
use crate::support::money::Currency;
use crate::support::password;

/// In characters.
pub const MIN_STAFF_PASSWORD_LENGTH: usize = 12;
/// In characters.
pub const MIN_CUSTOMER_PASSWORD_LENGTH: usize = 8;

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

    fn into_output(self, _: &mut Fields) -> Option<String> {
        Some(self.password)
    }
}

/// An email address to which something is sent.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct EmailForm {
    email: String,
}

impl FormObject for EmailForm {
    type Output = EmailAddress;

    fn into_output(self, fields: &mut Fields) -> Option<EmailAddress> {
        parse_email(fields, &self.email)
    }
}

fn parse_email(fields: &mut Fields, typed: &str) -> Option<EmailAddress> {
    EmailAddress::try_parse(typed).map_err(|error| fields.add_error("email", error.message())).ok()
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct RegistrationForm {
    #[validate(length(max = limits::NAME), custom(function = rules::present, code = "own_name_missing"))]
    name: String,
    email: String,
    #[validate(custom(function = rules::present, code = "password_missing"))]
    password: String,
}

/// Who registers, with the password as typed.
#[derive(Clone, Debug)]
pub struct RegistrationFormData {
    pub name: String,
    pub email: EmailAddress,
    pub password: String,
}

impl FormObject for RegistrationForm {
    type Output = RegistrationFormData;

    fn into_output(self, fields: &mut Fields) -> Option<RegistrationFormData> {
        let email = parse_email(fields, &self.email);
        Some(RegistrationFormData { name: self.name.trim().to_owned(), email: email?, password: self.password })
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct PasswordChangeForm {
    #[validate(custom(function = rules::present, code = "password_missing"))]
    #[validate(custom(function = not_too_long, code = "password_too_long"))]
    current_password: String,
    password: String,
}

impl FormObject for PasswordChangeForm {
    /// The current password and the new one.
    type Output = (String, String);

    fn into_output(self, _: &mut Fields) -> Option<(String, String)> {
        Some((self.current_password, self.password))
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ProfileForm {
    #[validate(length(max = limits::NAME), custom(function = rules::present, code = "own_name_missing"))]
    name: String,
    locale: String,
}

impl FormObject for ProfileForm {
    /// The name, and the code of a language or nothing.
    type Output = (String, String);

    fn into_output(self, fields: &mut Fields) -> Option<(String, String)> {
        let is_offered = Locale::OFFERED.iter().any(|locale| locale.code() == self.locale);
        if !is_offered && !self.locale.is_empty() {
            fields.add_error("locale", Message::ChoiceMissing);
        }
        Some((self.name.trim().to_owned(), self.locale))
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct AccountDeletionForm {
    #[validate(custom(function = rules::present, code = "password_missing"))]
    #[validate(custom(function = not_too_long, code = "password_too_long"))]
    password: String,
    confirm: String,
}

impl FormObject for AccountDeletionForm {
    /// The password.
    type Output = String;

    fn into_output(self, fields: &mut Fields) -> Option<String> {
        if self.confirm != "1" {
            fields.add_error("confirm", Message::ConfirmationMissing);
        }
        Some(self.password)
    }
}

/// An address of an account.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct AddressForm {
    country: String,
    #[validate(length(max = shop::limits::NAME), custom(function = rules::present, code = "full_name_missing"))]
    name: String,
    #[validate(length(max = shop::limits::NAME))]
    company: String,
    #[validate(length(max = shop::limits::VAT_NUMBER))]
    vat_number: String,
    #[validate(length(max = shop::limits::LINE))]
    line1: String,
    #[validate(length(max = shop::limits::LINE))]
    line2: String,
    #[validate(length(max = shop::limits::POSTCODE))]
    postcode: String,
    #[validate(length(max = shop::limits::NAME))]
    city: String,
    #[validate(length(max = shop::limits::NAME))]
    region: String,
    #[validate(length(max = shop::limits::PHONE))]
    phone: String,
    is_delivery_default: String,
    is_billing_default: String,
}

impl FormObject for AddressForm {
    type Output = (PostalAddress, AddressDefaults);

    fn into_output(self, fields: &mut Fields) -> Option<(PostalAddress, AddressDefaults)> {
        let typed = TypedAddress {
            name: &self.name,
            company: &self.company,
            line1: &self.line1,
            line2: &self.line2,
            postcode: &self.postcode,
            city: &self.city,
            region: &self.region,
            country: &self.country,
            phone: &self.phone,
            vat_number: &self.vat_number,
        };
        let Address { name, company, line1, line2, postcode, city, region, country, phone, vat_number } =
            typed.check(fields, true)?;
        let defaults = AddressDefaults {
            is_delivery_default: self.is_delivery_default == "1",
            is_billing_default: self.is_billing_default == "1",
        };
        let address = PostalAddress { name, company, line1, line2, postcode, city, region, country, phone, vat_number };
        Some((address, defaults))
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

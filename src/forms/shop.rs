//! Forms of visitors who buy.

use serde::Deserialize;
use validator::Validate;

use super::{Checked, Fields};
use crate::models::cart::MOST_PIECES;
use crate::models::order::returning::ReturnWish;
use crate::models::order::{Address, PaymentMethod};
use crate::models::product::choosing::{FIELDS, Pick};
use crate::support::country::{Country, is_in_eu};
use crate::support::email_address::EmailAddress;
use crate::support::vat_number::VatNumber;
use crate::support::{postcode, subdivision};

/// How many of a thing: a whole number from `least` to the most one can order.
fn quantity(text: &str, least: i64, fields: &mut Fields) -> Option<i64> {
    match text.trim().parse::<i64>() {
        Ok(number) if (least..=MOST_PIECES).contains(&number) => Some(number),
        Ok(number) if number > MOST_PIECES => {
            fields.refuse("quantity", "You can order at most 999 pieces of one thing.");
            None
        }
        _ => {
            fields.refuse("quantity", format!("Enter a whole number from {least} to {MOST_PIECES}."));
            None
        }
    }
}

/// The product page's form.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct AddToCart {
    quantity: String,
}

impl Checked for AddToCart {
    type Output = (Pick, i64);

    fn checked(self, fields: &mut Fields) -> Option<(Pick, i64)> {
        let wanted = if self.quantity.is_empty() { Some(1) } else { quantity(&self.quantity, 1, fields) };
        Some((picked(fields), wanted?))
    }
}

/// What the product page's form is about, whatever else it says: a variant, or what was chosen of a product.
pub fn picked(fields: &Fields) -> Pick {
    match fields.value("variant_id") {
        "" => Pick::Options {
            product: fields.value("product_id").to_owned(),
            chosen: FIELDS.map(|field| fields.value(field).to_owned()),
        },
        variant => Pick::Variant(variant.to_owned()),
    }
}

/// A line of the cart.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ChangeLine {
    quantity: String,
}

impl Checked for ChangeLine {
    type Output = i64;

    fn checked(self, fields: &mut Fields) -> Option<i64> {
        quantity(&self.quantity, 0, fields)
    }
}

/// The cart's discount code.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct UseCode {
    #[validate(length(max = 50, message = "A code has at most 50 characters."))]
    code: String,
}

impl Checked for UseCode {
    type Output = String;

    fn checked(self, fields: &mut Fields) -> Option<String> {
        if self.code.trim().is_empty() {
            fields.refuse("code", "Type your discount code.");
        }
        Some(self.code)
    }
}

/// What a buyer wants to send back. The controller sets `lines`: the ids of the lines of which something can be.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct SendBack {
    #[validate(length(max = 1000, message = "Use at most 1,000 characters."))]
    reason: String,
    lines: String,
}

impl Checked for SendBack {
    type Output = ReturnWish;

    fn checked(self, fields: &mut Fields) -> Option<ReturnWish> {
        let lines: Vec<i64> = self.lines.split(' ').filter_map(|line| line.parse().ok()).collect();
        let mut pieces = Vec::new();
        for line in &lines {
            let name = format!("return_quantity_{line}");
            match fields.value(&name).trim() {
                "" => {}
                typed => match typed.parse::<i64>() {
                    Ok(number) if (0..=MOST_PIECES).contains(&number) => pieces.push((*line, number)),
                    _ => fields.refuse(&name, format!("Enter a whole number from 0 to {MOST_PIECES}.")),
                },
            }
        }
        if fields.is_good()
            && !pieces.iter().any(|(_, pieces)| *pieces > 0)
            && let Some(first) = lines.first()
        {
            fields.refuse(&format!("return_quantity_{first}"), "Choose at least one piece to send back.");
        }
        let reason = self.reason.replace("\r\n", "\n").trim().to_owned();
        if reason.is_empty() {
            fields.refuse("reason", "Tell us why you want to send it back.");
        }
        Some(ReturnWish { pieces, reason })
    }
}

/// Letters of each field of the checkout at most: what the page says and what is checked.
pub mod most {
    /// `email` (RFC 5321, section 4.5.3.1.3).
    pub const EMAIL: u64 = 254;
    /// `name`, `company`, `city` and `region`.
    pub const NAME: u64 = 120;
    /// `line1` and `line2`.
    pub const LINE: u64 = 200;
    /// `postcode`.
    pub const POSTCODE: u64 = 20;
    /// `phone`.
    pub const PHONE: u64 = 40;
    /// `vat_number`.
    pub const VAT_NUMBER: u64 = 30;
    /// `note`.
    pub const NOTE: u64 = 1000;
}

/// The checkout. The controller sets `is_collected`: the chosen way of sending is that the buyer comes for it.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct Checkout {
    email: String,
    #[validate(length(max = most::NAME, message = "Use at most 120 characters."))]
    name: String,
    #[validate(length(max = most::NAME, message = "Use at most 120 characters."))]
    company: String,
    #[validate(length(max = most::VAT_NUMBER, message = "Use at most 30 characters."))]
    vat_number: String,
    #[validate(length(max = most::LINE, message = "Use at most 200 characters."))]
    line1: String,
    #[validate(length(max = most::LINE, message = "Use at most 200 characters."))]
    line2: String,
    #[validate(length(max = most::POSTCODE, message = "Use at most 20 characters."))]
    postcode: String,
    #[validate(length(max = most::NAME, message = "Use at most 120 characters."))]
    city: String,
    #[validate(length(max = most::NAME, message = "Use at most 120 characters."))]
    region: String,
    country: String,
    #[validate(length(max = most::PHONE, message = "Use at most 40 characters."))]
    phone: String,
    shipping_method: String,
    payment_method: String,
    #[validate(length(max = most::NOTE, message = "Use at most 1,000 characters."))]
    note: String,
    cart_version: String,
    quote: String,
    is_collected: String,
}

/// A VAT number in its normal form, or an empty one. What is none of the European Union's is kept as it was typed where the
/// goods go elsewhere or it begins as the numbers of a neighbour do: it belongs on the papers.
fn vat_number(fields: &mut Fields, typed: &str, country: &str) -> Option<String> {
    const NEIGHBOURS: [&str; 7] = ["CHE", "GB", "XI", "NO", "IS", "LI", "TR"];
    let typed: String = typed.chars().filter(|c| !c.is_control()).collect();
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(String::new());
    }
    let number = VatNumber::parse(typed, country).map(|number| number.text);
    let is_foreign = || !is_in_eu(country) || NEIGHBOURS.iter().any(|start| typed.to_uppercase().starts_with(start));
    let number = number.or_else(|| is_foreign().then(|| typed.to_owned()));
    if number.is_none() {
        fields.refuse("vat_number", "Enter a VAT number of the EU such as DE136695976, or leave it empty.");
    }
    number
}

/// What a good checkout says.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where mail goes.
    pub email: String,
    /// Where goods go.
    pub address: Address,
    /// Way of sending, by public id.
    pub shipping_method: String,
    /// Way of paying.
    pub payment_method: PaymentMethod,
    /// A note to the shop.
    pub note: String,
    /// The cart's version that the page showed.
    pub cart_version: i64,
    /// What the page showed.
    pub quote: String,
}

impl Checked for Checkout {
    type Output = Wanted;

    fn checked(self, fields: &mut Fields) -> Option<Wanted> {
        let tidy = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned();
        let email = EmailAddress::read(&self.email).map_err(|why| fields.refuse("email", why.message())).ok();
        let require = |fields: &mut Fields, name: &str, value: &str, message: &str| {
            if tidy(value).is_empty() {
                fields.refuse(name, message);
            }
        };
        // In the order of the page, which the summary of what is wrong follows.
        let country = Country::find(&self.country);
        if country.is_none() {
            fields.refuse("country", "Choose a country.");
        }
        require(fields, "name", &self.name, "Enter the name on your letterbox.");
        let vat_number = vat_number(fields, &self.vat_number, &self.country);
        if vat_number.as_ref().is_some_and(|number| !number.is_empty()) {
            require(fields, "company", &self.company, "Enter the company that the VAT number belongs to.");
        }
        // Who comes for it is sent nothing.
        let country_here = country.filter(|_| self.is_collected != "1");
        let mut region = String::new();
        if let Some(country) = country_here {
            require(fields, "line1", &self.line1, "Enter your street and house number.");
            if country.has_postcode() {
                require(fields, "postcode", &self.postcode, "Enter your postcode.");
            }
            if !tidy(&self.postcode).is_empty() && !postcode::is_plausible(country.code, &self.postcode) {
                let example = postcode::example(country.code).unwrap_or_default();
                fields.refuse("postcode", format!("Enter a postcode of {} such as {example}.", country.name));
            }
            require(fields, "city", &self.city, "Enter your city.");
            match subdivision::read(country.code, &self.region, &self.postcode) {
                Ok(known) => region = known,
                Err(refusal) => fields.refuse("region", refusal.message()),
            }
        }
        if self.shipping_method.is_empty() {
            fields.refuse("shipping_method", "Choose how we should send your order.");
        }
        let payment_method = match self.payment_method.as_str() {
            "" => PaymentMethod::None,
            word => match PaymentMethod::parse(word) {
                Some(method) => method,
                None => {
                    fields.refuse("payment_method", "Choose how you want to pay.");
                    PaymentMethod::None
                }
            },
        };
        Some(Wanted {
            email: email?.typed,
            address: Address {
                name: tidy(&self.name),
                company: tidy(&self.company),
                line1: tidy(&self.line1),
                line2: tidy(&self.line2),
                postcode: postcode::tidy(&self.postcode),
                city: tidy(&self.city),
                region,
                country: country?.code.to_owned(),
                phone: tidy(&self.phone),
                vat_number: vat_number?,
            },
            shipping_method: self.shipping_method,
            payment_method,
            note: self.note.trim().to_owned(),
            cart_version: self.cart_version.parse().unwrap_or(-1),
            quote: self.quote,
        })
    }
}

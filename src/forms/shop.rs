//! Forms of the public shop.

use serde::Deserialize;
use validator::Validate;

use super::{Fields, FormObject, rules};
use crate::models::catalog::product::options::{OPTION_FIELDS, VariantSelector};
use crate::models::sales::order::returns::ReturnRequest;
use crate::models::sales::order::{Address, BuyerNotes};
use crate::models::sales::payment_method::PaymentMethod;
use crate::support::country::{Country, is_in_eu};
use crate::support::email_address::EmailAddress;
use crate::support::i18n::Message;
use crate::support::ids::OrderLineId;
use crate::support::vat_number::VatNumber;
use crate::support::{postcode, subdivision};

pub mod limits {
    pub const QUANTITY: i64 = crate::models::checkout::cart::MAX_QUANTITY;
    pub const CODE: u64 = 50;
    pub const REASON: u64 = 1000;
    /// `name`, `company`, `city` and `region`.
    pub const NAME: u64 = 120;
    pub const LINE: u64 = 200;
    pub const POSTCODE: u64 = 20;
    pub const PHONE: u64 = 40;
    pub const VAT_NUMBER: u64 = 30;
    pub const NOTE: u64 = 1000;
}

fn parse_quantity(text: &str, min: i64, fields: &mut Fields) -> Option<i64> {
    match text.trim().parse::<i64>() {
        Ok(number) if (min..=limits::QUANTITY).contains(&number) => Some(number),
        Ok(number) if number > limits::QUANTITY => {
            fields.add_error("quantity", Message::QuantityTooHigh { max: limits::QUANTITY });
            None
        }
        _ => {
            fields.add_error("quantity", Message::WholeNumberNeeded { least: min, most: limits::QUANTITY });
            None
        }
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct AddToCartForm {
    quantity: String,
}

impl FormObject for AddToCartForm {
    type Output = (VariantSelector, i64);

    fn into_output(self, fields: &mut Fields) -> Option<(VariantSelector, i64)> {
        let quantity = if self.quantity.is_empty() { Some(1) } else { parse_quantity(&self.quantity, 1, fields) };
        Some((selector_from_fields(fields), quantity?))
    }
}

pub fn selector_from_fields(fields: &Fields) -> VariantSelector {
    match fields.value("variant_id") {
        "" => VariantSelector::Options {
            product: fields.value("product_id").to_owned(),
            values: OPTION_FIELDS.map(|field| fields.value(field).to_owned()),
        },
        variant => VariantSelector::Variant(variant.to_owned()),
    }
}

/// Quantity 0 removes the line.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct CartLineForm {
    quantity: String,
}

impl FormObject for CartLineForm {
    type Output = i64;

    fn into_output(self, fields: &mut Fields) -> Option<i64> {
        parse_quantity(&self.quantity, 0, fields)
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ApplyCodeForm {
    #[validate(length(max = limits::CODE, code = "code_too_long"))]
    #[validate(custom(function = rules::present, code = "code_missing"))]
    code: String,
}

impl FormObject for ApplyCodeForm {
    type Output = String;

    fn into_output(self, _: &mut Fields) -> Option<String> {
        Some(self.code)
    }
}

/// A buyer's return request. The controller sets `lines`: ids of the returnable lines, separated by spaces.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct ReturnForm {
    #[validate(length(max = limits::REASON), custom(function = rules::present, code = "return_reason_missing"))]
    reason: String,
    lines: String,
}

impl FormObject for ReturnForm {
    type Output = ReturnRequest;
    const NUMBERED: &'static [(&'static str, Option<&'static str>)] = &[("return_quantity_", None)];

    fn into_output(self, fields: &mut Fields) -> Option<ReturnRequest> {
        let lines: Vec<OrderLineId> = self.lines.split(' ').filter_map(|line| line.parse().ok()).collect();
        let (mut quantities, mut is_readable) = (Vec::new(), true);
        for line in &lines {
            let name = format!("return_quantity_{line}");
            match fields.value(&name).trim() {
                "" => {}
                text => match text.parse::<i64>() {
                    Ok(quantity) if (0..=limits::QUANTITY).contains(&quantity) => quantities.push((*line, quantity)),
                    _ => {
                        is_readable = false;
                        fields.add_error(&name, Message::WholeNumberNeeded { least: 0, most: limits::QUANTITY });
                    }
                },
            }
        }
        if is_readable
            && !quantities.iter().any(|(_, quantity)| *quantity > 0)
            && let Some(first) = lines.first()
        {
            fields.add_error(&format!("return_quantity_{first}"), Message::ReturnItemsMissing);
        }
        let reason = self.reason.replace("\r\n", "\n").trim().to_owned();
        Some(ReturnRequest { line_quantities: quantities, reason })
    }
}

/// A guest looks for an order.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct FindOrderForm {
    #[validate(length(max = limits::CODE), custom(function = rules::present, code = "order_number_missing"))]
    number: String,
    email: String,
}

impl FormObject for FindOrderForm {
    /// The order number, and the address that it was placed with.
    type Output = (String, EmailAddress);

    fn into_output(self, fields: &mut Fields) -> Option<(String, EmailAddress)> {
        let email =
            EmailAddress::try_parse(&self.email).map_err(|error| fields.add_error("email", error.message())).ok();
        Some((self.number.trim().to_owned(), email?))
    }
}

/// The checkout form. The controller sets `is_collected` to `1` if the chosen shipping method is pickup.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default)]
pub struct CheckoutForm {
    email: String,
    #[validate(length(max = limits::PHONE))]
    phone: String,
    country: String,
    #[validate(length(max = limits::NAME), custom(function = rules::present, code = "full_name_missing"))]
    name: String,
    #[validate(length(max = limits::NAME))]
    company: String,
    #[validate(length(max = limits::VAT_NUMBER))]
    vat_number: String,
    #[validate(length(max = limits::LINE))]
    line1: String,
    #[validate(length(max = limits::LINE))]
    line2: String,
    #[validate(length(max = limits::POSTCODE))]
    postcode: String,
    #[validate(length(max = limits::NAME))]
    city: String,
    #[validate(length(max = limits::NAME))]
    region: String,
    #[validate(custom(function = rules::present, code = "shipping_method_missing"))]
    shipping_method: String,
    payment_method: String,
    #[validate(length(max = limits::NOTE))]
    note: String,
    cart_version: String,
    quote: String,
    is_collected: String,
}

/// Normalises an EU VAT number; empty is valid. Others are kept as typed, for the invoice, if the destination is
/// outside the EU or the number has the prefix of a neighbouring country.
fn parse_vat_number(fields: &mut Fields, text: &str, country: &str) -> Option<String> {
    const NEIGHBOURS: [&str; 7] = ["CHE", "GB", "XI", "NO", "IS", "LI", "TR"];
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    let number = VatNumber::parse(text, country).map(|number| number.text);
    let is_foreign = || !is_in_eu(country) || NEIGHBOURS.iter().any(|prefix| text.to_uppercase().starts_with(prefix));
    let number = number.or_else(|| is_foreign().then(|| text.to_owned()));
    if number.is_none() {
        fields.add_error("vat_number", Message::VatNumberMalformed);
    }
    number
}

#[derive(Clone, Debug)]
pub struct CheckoutFormData {
    pub email: String,
    pub address: Address,
    pub shipping_method: String,
    pub payment_method: PaymentMethod,
    pub notes: BuyerNotes,
    /// The cart version that the page was rendered with, to detect changes (`CartChanged`).
    pub cart_version: i64,
    /// Fingerprint of the quote that the page displayed, to detect changed totals (`QuoteChanged`).
    pub quote: String,
}

/// An address as typed, in the fields of the checkout.
pub struct TypedAddress<'a> {
    pub name: &'a str,
    pub company: &'a str,
    pub line1: &'a str,
    pub line2: &'a str,
    pub postcode: &'a str,
    pub city: &'a str,
    pub region: &'a str,
    pub country: &'a str,
    pub phone: &'a str,
    pub vat_number: &'a str,
}

impl TypedAddress<'_> {
    /// The address; problems are added to `fields`. Without a delivery, only the country is needed.
    pub fn check(&self, fields: &mut Fields, is_delivery: bool) -> Option<Address> {
        let clean = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned();
        let require = |fields: &mut Fields, name: &str, value: &str, message: Message| {
            if clean(value).is_empty() {
                fields.add_error(name, message);
            }
        };
        let country = Country::find(self.country);
        if country.is_none() {
            fields.add_error("country", Message::CountryMissing);
        }
        let vat_number = parse_vat_number(fields, self.vat_number, self.country);
        if vat_number.as_ref().is_some_and(|number| !number.is_empty()) {
            require(fields, "company", self.company, Message::CompanyMissing);
        }
        let mut region = String::new();
        if let Some(country) = country.filter(|_| is_delivery) {
            require(fields, "line1", self.line1, Message::StreetMissing);
            if country.has_postcode() {
                require(fields, "postcode", self.postcode, Message::PostcodeMissing);
            }
            if !clean(self.postcode).is_empty() && !postcode::is_plausible(country.code, self.postcode) {
                let example = postcode::example(country.code).unwrap_or_default().to_owned();
                fields
                    .add_error("postcode", Message::PostcodeImplausible { country: country.code.to_owned(), example });
            }
            require(fields, "city", self.city, Message::CityMissing);
            match subdivision::parse_region(country.code, self.region, self.postcode) {
                Ok(code) => region = code,
                Err(error) => fields.add_error("region", error.message()),
            }
        }
        Some(Address {
            name: clean(self.name),
            company: clean(self.company),
            line1: clean(self.line1),
            line2: clean(self.line2),
            postcode: postcode::normalise(self.postcode),
            city: clean(self.city),
            region,
            country: country?.code.to_owned(),
            phone: clean(self.phone),
            vat_number: vat_number?,
        })
    }
}

impl FormObject for CheckoutForm {
    type Output = CheckoutFormData;

    fn into_output(self, fields: &mut Fields) -> Option<CheckoutFormData> {
        let email =
            EmailAddress::try_parse(&self.email).map_err(|error| fields.add_error("email", error.message())).ok();
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
        // Pickup needs no address.
        let address = typed.check(fields, self.is_collected != "1");
        let payment_method = match self.payment_method.as_str() {
            "" => PaymentMethod::None,
            word => match PaymentMethod::parse(word) {
                Some(method) => method,
                None => {
                    fields.add_error("payment_method", Message::PaymentMethodMissing);
                    PaymentMethod::None
                }
            },
        };
        Some(CheckoutFormData {
            email: email?.mailbox,
            address: address?,
            shipping_method: self.shipping_method,
            payment_method,
            notes: BuyerNotes { note: self.note.trim().to_owned() },
            cart_version: self.cart_version.parse().unwrap_or(-1),
            quote: self.quote,
        })
    }
}

//! Parts of an order that pages, emails and documents share.

use crate::models::sales::order::{Address, BuyerNotes, OrderDetails};
use crate::presenters::checkout::totals::GiftCardAmount;
use crate::support::country::Country;
use crate::support::i18n::Locale;
use crate::support::subdivision;
use crate::views::BuyerNote;

pub fn gift_card_amounts(details: &OrderDetails) -> Vec<GiftCardAmount<'_>> {
    details.gift_card_payments.iter().map(|(last4, minor)| GiftCardAmount { last4, id: None, minor: *minor }).collect()
}

/// An address line by line; the country is left out if its code is `home`.
pub fn address_lines(address: &Address, home: &str, locale: Locale) -> Vec<String> {
    let town = format!("{} {}", address.postcode, address.city);
    let country = match address.country.as_str() {
        code if code == home => "",
        code => Country::find(code).map_or(code, |country| country.name(locale)),
    };
    let vat_number = match address.vat_number.as_str() {
        "" => String::new(),
        number => locale.order_vat_number(number),
    };
    let region = subdivision::display_name(&address.country, &address.region);
    let Address { name, company, line1, line2, .. } = address;
    let all = [name, company, line1, line2, town.trim(), &region, country, &vat_number];
    all.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// What the buyer wrote for the shop, with labels; texts that are empty are left out.
pub fn buyer_notes(notes: &BuyerNotes, t: Locale) -> Vec<BuyerNote> {
    let BuyerNotes { note } = notes;
    let all = [(t.order_note(), note)];
    let written = all.into_iter().filter(|(_, text)| !text.is_empty());
    written.map(|(label, text)| BuyerNote { label: label.to_owned(), text: text.clone() }).collect()
}

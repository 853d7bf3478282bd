//! The totals of a quote or an order: discount, shipping, taxes and gift cards.

use crate::models::checkout::quote::RateTotal;
use crate::presenters::format::{Format, tax_label};
use crate::support::i18n::Locale;
use crate::support::money::Currency;
use crate::views::shop::{TaxRow, Totals};
use crate::views::{Amount, Discount, GiftCardPayment, Remainder};

/// The sums of an order or a quote, in minor units.
pub struct TotalsInput<'a> {
    /// Goods before discount, in minor units.
    pub goods: i64,
    pub discount: i64,
    pub coupon_code: Option<&'a str>,
    pub shipping: i64,
    pub shipping_name: &'a str,
    /// Taxes by rate, the highest first.
    pub taxes: &'a [RateTotal],
    pub tax_included: bool,
    pub total: i64,
    pub gift_cards: &'a [GiftCardAmount<'a>],
    /// Payment method of the rest; empty if not chosen yet.
    pub remainder_label: &'a str,
    pub currency: Currency,
}

pub struct GiftCardAmount<'a> {
    pub last4: &'a str,
    pub id: Option<&'a str>,
    pub minor: i64,
}

/// Rows for gift cards, and for the rest of a total in minor units; no rest without gift cards.
pub fn gift_card_payments(
    cards: &[GiftCardAmount<'_>],
    total: i64,
    rest_name: &str,
    format: &Format,
    amount: impl Fn(i64) -> Amount,
) -> (Vec<GiftCardPayment>, Option<Remainder>) {
    let paid: i64 = cards.iter().map(|card| card.minor).sum();
    let rows = cards.iter().map(|card| GiftCardPayment {
        label: gift_card_label(format.locale, card.last4),
        amount: amount(card.minor),
        id: card.id.map(str::to_owned),
    });
    let label = if rest_name.is_empty() || paid == total { format.locale.order_amount_due() } else { rest_name };
    let rest = Remainder { label: label.to_owned(), amount: amount(total - paid) };
    (rows.collect(), (!cards.is_empty()).then_some(rest))
}

pub fn gift_card_label(t: Locale, last4: &str) -> String {
    t.order_gift_card(last4)
}

pub fn build_totals(sums: &TotalsInput<'_>, format: &Format) -> Totals {
    let amount = |minor: i64| format.amount_in(minor, sums.currency);
    let (cards, rest) = gift_card_payments(sums.gift_cards, sums.total, sums.remainder_label, format, amount);
    Totals {
        goods: amount(sums.goods),
        discount: discount_row(sums.coupon_code, sums.discount, amount),
        shipping: amount(sums.shipping),
        shipping_name: sums.shipping_name.to_owned(),
        taxes: sums
            .taxes
            .iter()
            .map(|tax| TaxRow {
                label: tax_label(format.locale, &tax.name, tax.rate_ppm),
                amount: amount(tax.tax_minor),
            })
            .collect(),
        tax_included: sums.tax_included,
        total: amount(sums.total),
        gift_cards: cards,
        remainder: rest,
    }
}

/// The discount row; `None` without a code and a discount.
pub fn discount_row(code: Option<&str>, minor: i64, amount: impl Fn(i64) -> Amount) -> Option<Discount> {
    (code.is_some() || minor > 0)
        .then(|| Discount { code: code.unwrap_or_default().to_owned(), amount: (minor > 0).then(|| amount(minor)) })
}

//! The parts of the checkout page.

use std::collections::HashMap;

use crate::models::checkout::cart::CartLine;
use crate::models::checkout::gift_card::application::GiftCardAllocation;
use crate::models::checkout::quote::PricedItem;
use crate::models::content::media::Media;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::placement::CartQuote;
use crate::models::sales::payment_method::PaymentMethod;
use crate::presenters::checkout::payment_method::payment_method_label;
use crate::presenters::checkout::totals::{GiftCardAmount, TotalsInput, build_totals, gift_card_label};
use crate::presenters::format::Format;
use crate::presenters::pictures::picture_from_media;
use crate::presenters::to_i32;
use crate::support::i18n::Locale;
use crate::support::ids::{ProductId, VariantId};
use crate::views::shop::checkouts::{PaymentOption, ShippingOption, UnavailableLine};
use crate::views::shop::{SummaryLine, Totals};

/// The shipping methods; `chosen` is a position in [`CartQuote::quotes`].
pub fn shipping_options(offer: &CartQuote, chosen: usize, format: &Format) -> Vec<ShippingOption> {
    let t = format.locale;
    let options = offer.quotes.iter().enumerate().map(|(at, (method, quote))| ShippingOption {
        id: method.public_id.clone(),
        name: method.name.clone(),
        note: if method.pickup { t.checkout_pickup_method().to_owned() } else { String::new() },
        price: format.amount(quote.shipping_minor),
        is_free: quote.shipping_minor == 0,
        chosen: at == chosen,
    });
    options.collect()
}

pub fn payment_options(t: Locale, offered: &[PaymentMethod], chosen: Option<PaymentMethod>) -> Vec<PaymentOption> {
    let options = offered.iter().map(|method| PaymentOption {
        id: method.as_str().to_owned(),
        name: payment_method_label(t, *method).to_owned(),
        note: payment_method_note(t, *method).to_owned(),
        chosen: chosen == Some(*method),
        is_test: *method == PaymentMethod::TestCard,
    });
    options.collect()
}

fn payment_method_note(t: Locale, method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Card => t.payment_card_note(),
        PaymentMethod::TestCard => t.payment_test_card_note(),
        PaymentMethod::BankTransfer => t.payment_bank_transfer_note(),
        PaymentMethod::Cash => t.payment_cash_note(),
        PaymentMethod::None => "",
    }
}

/// The totals with the chosen shipping method. `paid` is what gift cards pay of them.
pub fn checkout_totals(
    offer: &CartQuote,
    chosen: usize,
    paid: &[GiftCardAllocation],
    settings: &Settings,
    format: &Format,
) -> Totals {
    let Some((method, quote)) = offer.quotes.get(chosen) else { return goods_totals(offer, settings, format) };
    let code = offer.applied_coupon.as_ref().map(|applied| applied.coupon.code.as_str());
    // Only cards that pay something; each can be removed.
    let paying = paid.iter().filter(|part| part.amount_minor > 0).map(|part| GiftCardAmount {
        last4: &part.card.last4,
        id: Some(&part.card.public_id),
        minor: part.amount_minor,
    });
    build_totals(
        &TotalsInput {
            goods: quote.goods_minor,
            discount: quote.discount_minor,
            coupon_code: code,
            shipping: quote.shipping_minor,
            shipping_name: &method.name,
            taxes: &quote.taxes_by_rate(),
            tax_included: quote.prices_include_tax,
            total: quote.total_minor,
            currency: settings.currency,
            gift_cards: &paying.collect::<Vec<_>>(),
            remainder_label: "",
        },
        format,
    )
}

/// The totals of a cart that cannot be shipped: the goods alone.
fn goods_totals(offer: &CartQuote, settings: &Settings, format: &Format) -> Totals {
    let goods = goods_minor(offer);
    Totals {
        goods: format.amount(goods),
        discount: None,
        shipping: format.amount(0),
        shipping_name: String::new(),
        taxes: Vec::new(),
        tax_included: settings.prices_include_tax,
        total: format.amount(goods),
        gift_cards: Vec::new(),
        remainder: None,
    }
}

/// The goods of the cart in minor units, before discount and shipping.
pub fn goods_minor(offer: &CartQuote) -> i64 {
    offer.lines.iter().map(|line| line.variant.price_minor.saturating_mul(line.quantity)).sum()
}

/// Lines of the cart that cannot be ordered. `available` is the stock by variant id.
pub fn unavailable_lines(t: Locale, lines: &[CartLine], available: &HashMap<VariantId, i64>) -> Vec<UnavailableLine> {
    let text = |line: &CartLine| match available.get(&line.variant.id).copied().unwrap_or(0) {
        _ if !line.is_for_sale() => Some(t.checkout_line_unavailable(line.name())),
        left if left <= 0 => Some(t.checkout_line_sold_out(line.name())),
        left if left < line.quantity => Some(t.checkout_line_low_stock(line.name(), left)),
        _ => None,
    };
    let unavailable =
        lines.iter().filter_map(|line| Some(UnavailableLine { line: line.id, name: line.name(), text: text(line)? }));
    unavailable.collect()
}

pub fn unused_gift_cards(t: Locale, offer: &CartQuote) -> Vec<String> {
    let refused = offer.gift_cards.iter().filter_map(|applied| applied.error.map(|refusal| (&applied.card, refusal)));
    refused
        .map(|(card, refusal)| t.checkout_card_unused(gift_card_label(t, &card.last4), refusal.message().text(t)))
        .collect()
}

/// The lines of the summary, with the prices of the chosen shipping method. `pictures` are by product id.
pub fn summary_lines(
    offer: &CartQuote,
    chosen: usize,
    pictures: &HashMap<ProductId, Media>,
    format: &Format,
) -> Vec<SummaryLine> {
    let priced = offer.quotes.get(chosen).map_or(&[][..], |(_, quote)| &quote.items);
    let lines = offer.lines.iter().enumerate().map(|(at, line)| {
        let unit = priced.get(at).map_or(line.variant.price_minor, |item| item.unit_minor);
        SummaryLine {
            title: line.product.title.clone(),
            note: line.variant.options.clone(),
            href: None,
            picture: pictures.get(&line.product.id).map(|media| picture_from_media(media, Some(""))),
            quantity: to_i32(line.quantity),
            unit: format.amount(unit),
            total: format.amount(priced.get(at).map_or(line.goods_minor(), PricedItem::goods_minor)),
        }
    });
    lines.collect()
}

//! Emails about orders, their returns and their gift cards.

use jiff::SignedDuration;

use super::labels::payment_label;
use crate::mailers::gift_cards::{Card, EmailBranding, GiftCardCodes, OrderLink};
use crate::mailers::orders::{
    BankDetails, EmailItem, Line, NewOrderNotification, OrderCancelled, OrderEmailData, OrderPlaced, OrderRefunded,
    OrderShipped, PaymentReceived, TaxRow, TransferExpired, TransferReminder,
};
use crate::mailers::returns::{ReturnApproved, ReturnDeclined, ReturnEmailData, ReturnRequested};
use crate::models::checkout::gift_card::GiftCard;
use crate::models::checkout::quote::RateTotal;
use crate::models::platform::setting::Settings;
use crate::models::sales::order::refunds::Refund;
use crate::models::sales::order::returns::{Return, ReturnLine};
use crate::models::sales::order::{Fulfilment, Order, OrderDetails, OrderLine};
use crate::models::sales::payment_method::PaymentMethod;
use crate::paths;
use crate::presenters::checkout::payment_method::payment_method_label;
use crate::presenters::checkout::totals::{discount_row, gift_card_payments};
use crate::presenters::format::{Format, tax_label};
use crate::presenters::sales::order_details::{address_lines, buyer_notes, gift_card_amounts};
use crate::presenters::sales::refund::refund_reason;
use crate::support::clock::Utc;
use crate::support::ids::OrderLineId;
use crate::views::Amount;

pub struct OrderEmailSource {
    pub settings: Settings,
    pub details: OrderDetails,
    pub origin: String,
    pub access_token: String,
}

impl OrderEmailSource {
    fn format(&self) -> Format {
        Format::from_settings(&self.settings)
    }

    fn amount(&self, minor: i64) -> Amount {
        self.format().amount_in(minor, self.details.order.currency)
    }

    fn admin_href(&self) -> String {
        let number = self.details.order.number.as_deref().unwrap_or_default();
        format!("{}{}", self.origin, paths::admin::order(number))
    }

    fn items(&self, quantities: impl Iterator<Item = (OrderLineId, i64)>) -> Vec<EmailItem> {
        let item = |(line, quantity): (OrderLineId, i64)| {
            let line = self.details.lines.iter().find(|known| known.id == line)?;
            Some(EmailItem { title: line.name(), quantity })
        };
        quantities.filter_map(item).collect()
    }
}

fn order_email_data(source: &OrderEmailSource) -> OrderEmailData {
    let OrderEmailSource { settings, details, origin, access_token } = source;
    let (order, t) = (&details.order, settings.locale);
    let format = source.format();
    let amount = |minor: i64| format.amount_in(minor, order.currency);
    let cards = gift_card_amounts(details);
    let remainder_label = payment_method_label(t, order.payment_method);
    let (gift_cards, rest) = gift_card_payments(&cards, order.totals.total_minor, remainder_label, &format, amount);
    let line =
        |line: &OrderLine| Line { title: line.name(), quantity: line.quantity, total: amount(line.goods_minor()) };
    let tax = |tax: &RateTotal| TaxRow { name: tax_label(t, &tax.name, tax.rate_ppm), amount: amount(tax.tax_minor) };
    let requires_shipping = details.requires_shipping();
    let address = if requires_shipping { address_lines(&details.address, &settings.country, t) } else { Vec::new() };
    OrderEmailData {
        t,
        site_name: settings.site_name.clone(),
        origin: origin.clone(),
        accent: settings.accent.clone(),
        contact_email: settings.contact_email.clone(),
        number: order.number.clone().unwrap_or_default(),
        order_href: format!("{origin}{}", paths::order(access_token)),
        buyer: details.address.name.clone(),
        lines: details.lines.iter().map(line).collect(),
        goods: amount(order.totals.goods_minor),
        discount: discount_row(details.coupon_code.as_deref(), order.totals.discount_minor, amount),
        shipping: amount(order.totals.shipping_minor),
        shipping_name: details.delivery.shipping_name.clone(),
        taxes: details.taxes.iter().map(tax).collect(),
        tax_included: order.prices_include_tax,
        total: amount(order.totals.total_minor),
        gift_cards,
        rest,
        requires_shipping,
        address,
    }
}

fn bank_details(source: &OrderEmailSource) -> BankDetails {
    // The hold ends at midnight, so the last day to pay is the day before.
    let last_day = |until: Utc| source.format().date(until.minus(SignedDuration::from_secs(1))).text;
    BankDetails {
        lines: source.settings.bank_account.lines().map(str::to_owned).collect(),
        pay_by: source.details.order.hold_until.map(last_day).unwrap_or_default(),
    }
}

pub fn order_placed(source: &OrderEmailSource) -> OrderPlaced {
    let order = &source.details.order;
    let owes_transfer = order.payment_method == PaymentMethod::BankTransfer && order.due_minor() > 0;
    OrderPlaced {
        bank: owes_transfer.then(|| bank_details(source)),
        paid_on_collection: order.is_paid_on_collection(),
        order: order_email_data(source),
    }
}

pub fn new_order_notification(source: &OrderEmailSource) -> NewOrderNotification {
    let order = &source.details.order;
    NewOrderNotification {
        admin_href: source.admin_href(),
        buyer_email: order.email.clone(),
        notes: buyer_notes(&source.details.delivery.notes, source.settings.locale),
        payment_name: payment_label(source.settings.locale, order).to_owned(),
        is_paid: order.due_minor() == 0,
        paid_on_collection: order.is_paid_on_collection(),
        order: order_email_data(source),
    }
}

pub fn payment_received(source: &OrderEmailSource) -> PaymentReceived {
    PaymentReceived { order: order_email_data(source), paid: source.amount(source.details.order.totals.captured_minor) }
}

/// `contents` are ids of order lines with their quantities.
pub fn order_shipped(
    source: &OrderEmailSource,
    fulfilment: &Fulfilment,
    contents: &[(OrderLineId, i64)],
) -> OrderShipped {
    let order = &source.details.order;
    OrderShipped {
        contents: source.items(contents.iter().copied()),
        carrier: fulfilment.carrier.clone(),
        tracking_number: fulfilment.tracking_number.clone(),
        tracking_href: Some(fulfilment.tracking_url.clone()).filter(|url| !url.is_empty()),
        pickup: source.details.delivery.pickup,
        amount_due: order.is_paid_on_collection().then(|| source.amount(order.due_minor())),
        order: order_email_data(source),
    }
}

pub fn order_cancelled(source: &OrderEmailSource) -> OrderCancelled {
    let order = &source.details.order;
    OrderCancelled {
        was_paid: order.totals.captured_minor + order.totals.gift_card_minor > 0,
        order: order_email_data(source),
    }
}

pub fn transfer_reminder(source: &OrderEmailSource) -> TransferReminder {
    TransferReminder { bank: bank_details(source), order: order_email_data(source) }
}

pub fn transfer_expired(source: &OrderEmailSource) -> TransferExpired {
    TransferExpired { order: order_email_data(source) }
}

/// `gift_card_minor` is the part of the refund that gift cards get, in minor units.
pub fn order_refunded(source: &OrderEmailSource, refund: &Refund, gift_card_minor: i64) -> OrderRefunded {
    let part = |minor: i64| (minor > 0).then(|| source.amount(minor));
    OrderRefunded {
        amount: source.amount(refund.amount_minor),
        reason: refund_reason(source.settings.locale, refund.cause, &refund.reason),
        to_gift_cards: part(gift_card_minor),
        to_payment_method: part(refund.amount_minor - gift_card_minor),
        is_manual: source.details.order.payment_method.provider().is_none(),
        order: order_email_data(source),
    }
}

fn return_email_data(source: &OrderEmailSource, lines: &[ReturnLine]) -> ReturnEmailData {
    let quantities = lines.iter().map(|line| (line.order_line_id, line.quantity));
    ReturnEmailData { order: order_email_data(source), items: source.items(quantities) }
}

pub fn return_requested(source: &OrderEmailSource, request: &Return, lines: &[ReturnLine]) -> ReturnRequested {
    ReturnRequested {
        data: return_email_data(source, lines),
        reason: request.reason.clone(),
        admin_href: source.admin_href(),
        buyer_email: source.details.order.email.clone(),
    }
}

pub fn return_approved(source: &OrderEmailSource, lines: &[ReturnLine]) -> ReturnApproved {
    ReturnApproved {
        data: return_email_data(source, lines),
        send_to: source.settings.business_address.lines().map(str::to_owned).collect(),
    }
}

pub fn return_declined(source: &OrderEmailSource, request: &Return, lines: &[ReturnLine]) -> ReturnDeclined {
    ReturnDeclined { data: return_email_data(source, lines), answer: request.answer.clone() }
}

/// `cards` have their codes; `order` is the order that bought them, with the token of its page.
pub fn gift_card_codes(
    settings: &Settings,
    origin: &str,
    cards: &[(String, &GiftCard)],
    order: Option<(&Order, &str)>,
) -> GiftCardCodes {
    let format = Format::from_settings(settings);
    let card = |(code, card): &(String, &GiftCard)| Card {
        code: code.clone(),
        amount: format.amount_in(card.balance_minor, card.currency),
        expires: card.expires_at.map(|at| format.date(at)),
    };
    let link = |(order, token): (&Order, &str)| OrderLink {
        number: order.number.clone().unwrap_or_default(),
        href: format!("{origin}{}", paths::order(token)),
    };
    GiftCardCodes {
        t: settings.locale,
        site: EmailBranding {
            site_name: settings.site_name.clone(),
            origin: origin.to_owned(),
            accent: settings.accent.clone(),
            contact_email: settings.contact_email.clone(),
        },
        cards: cards.iter().map(card).collect(),
        order: order.map(link),
    }
}

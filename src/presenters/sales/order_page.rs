//! The buyer's order page.

use std::collections::HashMap;

use jiff::SignedDuration;

use crate::models::checkout::gift_card::{GiftCard, GiftCardStatus};
use crate::models::content::media::Media;
use crate::models::platform::setting::Settings;
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::returns::{Return, ReturnLine};
use crate::models::sales::order::{
    Fulfilment, FulfilmentState, Order, OrderDetails, OrderFulfilmentState, OrderLine, OrderState, PaymentState,
};
use crate::models::sales::payment_method::PaymentMethod;
use crate::paths;
use crate::presenters::checkout::payment_method::payment_method_label;
use crate::presenters::checkout::totals::{TotalsInput, build_totals};
use crate::presenters::format::Format;
use crate::presenters::pictures::picture_from_media;
use crate::presenters::sales::labels::{document_label, payment_label};
use crate::presenters::sales::order_details::{address_lines, gift_card_amounts};
use crate::presenters::sales::returns::return_row;
use crate::presenters::{days_before, to_i32};
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::support::ids::{MediaId, OrderLineId};
use crate::support::token::SecretKey;
use crate::views::Link;
use crate::views::shop::SummaryLine;
use crate::views::shop::orders::{BankTransferDetails, Event, FulfilmentRow, GiftCardRow, Show, StatusBadge};

pub struct OrderPage {
    pub details: OrderDetails,
    pub pictures: HashMap<MediaId, Media>,
    pub invoices: Vec<Invoice>,
    pub gift_cards: Vec<GiftCard>,
    pub returns: Vec<(Return, Vec<ReturnLine>)>,
    pub can_request_return: bool,
    pub timeline: Vec<Event>,
}

impl OrderPage {
    /// The page for the holder of the order's access token. `key` reads the codes of its gift cards.
    pub fn into_view(self, token: &str, key: &SecretKey, settings: &Settings, now: Utc, format: &Format) -> Show {
        let t = format.locale;
        let (details, order) = (&self.details, &self.details.order);
        let address = address_lines(&details.address, &settings.country, t);
        let is_shipped = details.requires_shipping() && !details.delivery.pickup;
        let return_row = |(request, pieces): &(Return, Vec<ReturnLine>)| {
            return_row(request, pieces, &details.lines, token, settings, format)
        };
        Show {
            t,
            number: order.number.clone(),
            heading: heading(t, details),
            states: order_badges(t, details),
            is_new: is_new(details, now),
            next_steps: next_steps(t, details, settings.has_bank_account()),
            bank: bank_transfer_details(order, settings, format),
            retry_payment_href: (order.state == OrderState::Pending && !is_processing(order))
                .then(|| paths::order_payment(token)),
            lines: summary_lines(details, &self.pictures, format),
            gift_cards: self.gift_cards.iter().map(|card| gift_card_row(card, key, now, format)).collect(),
            returns: self.returns.iter().map(return_row).collect(),
            return_href: self.can_request_return.then(|| paths::new_order_return(token)),
            totals: build_totals(
                &TotalsInput {
                    goods: order.totals.goods_minor,
                    discount: order.totals.discount_minor,
                    coupon_code: details.coupon_code.as_deref(),
                    shipping: order.totals.shipping_minor,
                    shipping_name: &details.delivery.shipping_name,
                    taxes: &details.taxes,
                    tax_included: order.prices_include_tax,
                    total: order.totals.total_minor,
                    currency: order.currency,
                    gift_cards: &gift_card_amounts(details),
                    remainder_label: payment_method_label(t, order.payment_method),
                },
                format,
            ),
            shipping_address: if is_shipped { address.clone() } else { Vec::new() },
            billing_address: if is_shipped { Vec::new() } else { address },
            email: order.email.clone(),
            shipping_name: details.delivery.shipping_name.clone(),
            payment_name: payment_label(t, order).to_owned(),
            fulfilments: details.fulfilments.iter().map(|sent| fulfilment_row(sent, details, format)).collect(),
            documents: self.invoices.iter().map(|document| document_link(t, document, token)).collect(),
            timeline: self.timeline,
            contact_email: settings.contact_email.clone(),
            account_offer: None,
        }
    }
}

fn heading(t: Locale, details: &OrderDetails) -> String {
    let order = &details.order;
    let heading = match (order.state, order.fulfilment_state) {
        (OrderState::Pending, _) if is_processing(order) => t.order_heading_processing(),
        (OrderState::Pending, _) => t.order_heading_unpaid(),
        (OrderState::Expired, _) => t.order_heading_expired(),
        (OrderState::Cancelled, _) => t.order_heading_cancelled(),
        (_, OrderFulfilmentState::Returned) => t.order_heading_returned(),
        (_, OrderFulfilmentState::PartiallyReturned) => t.order_heading_partially_returned(),
        (_, OrderFulfilmentState::Fulfilled) if is_lost(details) => t.order_heading_lost(),
        (_, OrderFulfilmentState::Fulfilled) if is_delivered(details) => t.order_heading_delivered(),
        (_, OrderFulfilmentState::Fulfilled) => t.order_heading_fulfilled(),
        (_, OrderFulfilmentState::PartiallyFulfilled) => t.order_heading_partially_fulfilled(),
        // The full name: given and family names cannot be told apart reliably.
        (_, OrderFulfilmentState::None | OrderFulfilmentState::Unfulfilled) if order.erased_at.is_some() => {
            return match &order.number {
                Some(number) => t.order_title(number),
                None => t.order_title_unnumbered().to_owned(),
            };
        }
        (_, OrderFulfilmentState::None | OrderFulfilmentState::Unfulfilled) => {
            return t.order_heading_thanks(details.address.name.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    };
    heading.to_owned()
}

fn is_lost(details: &OrderDetails) -> bool {
    let is_closed = |(fulfilment, _): &(Fulfilment, _)| fulfilment.state == FulfilmentState::Cancelled;
    !details.fulfilments.is_empty() && details.fulfilments.iter().all(is_closed)
}

fn is_delivered(details: &OrderDetails) -> bool {
    let is_over = |(fulfilment, _): &(Fulfilment, _)| {
        matches!(fulfilment.state, FulfilmentState::Delivered | FulfilmentState::Cancelled)
    };
    !details.fulfilments.is_empty() && details.fulfilments.iter().all(is_over)
}

/// The buyer has paid, but the bank has not confirmed it yet.
fn is_processing(order: &Order) -> bool {
    matches!(order.payment_state, PaymentState::Processing | PaymentState::Authorized)
}

/// Placed within the last day, and nothing is shipped yet.
fn is_new(details: &OrderDetails, now: Utc) -> bool {
    let order = &details.order;
    order.state.is_confirmed()
        && order.placed_at.is_some_and(|at| at > days_before(now, 1))
        && (order.fulfilment_state == OrderFulfilmentState::Unfulfilled || !details.requires_shipping())
}

fn order_badges(t: Locale, details: &OrderDetails) -> Vec<StatusBadge> {
    let order = &details.order;
    let badge = |kind, text: &str| StatusBadge { kind, text: text.to_owned() };
    match order.state {
        OrderState::Pending if is_processing(order) => return vec![badge("info", t.order_state_processing())],
        OrderState::Pending => return vec![badge("warn", t.order_state_unpaid())],
        OrderState::Expired => return vec![badge("bad", t.order_state_expired())],
        OrderState::Cancelled => return vec![badge("bad", t.order_state_cancelled())],
        OrderState::Placed | OrderState::Completed => {}
    }
    let payment = if order.payment_state == PaymentState::Refunded {
        badge("info", t.order_state_refunded())
    } else if order.payment_state == PaymentState::PartiallyRefunded {
        badge("good", t.order_state_partially_refunded())
    } else if order.due_minor() == 0 {
        badge("good", t.order_state_paid())
    } else if order.is_paid_on_collection() {
        badge("warn", t.order_state_pay_on_pickup())
    } else {
        badge("warn", t.order_state_awaiting_payment())
    };
    let fulfilment = match order.fulfilment_state {
        OrderFulfilmentState::Fulfilled if details.delivery.pickup => badge("good", t.order_state_picked_up()),
        OrderFulfilmentState::Fulfilled => badge("good", t.order_state_shipped()),
        OrderFulfilmentState::PartiallyFulfilled => badge("info", t.order_state_partially_shipped()),
        OrderFulfilmentState::PartiallyReturned => badge("info", t.order_state_partially_returned()),
        OrderFulfilmentState::Returned => badge("info", t.order_state_returned()),
        OrderFulfilmentState::None => return vec![payment],
        // Packing waits for the payment.
        OrderFulfilmentState::Unfulfilled if order.due_minor() > 0 && !order.is_paid_on_collection() => {
            return vec![payment];
        }
        OrderFulfilmentState::Unfulfilled => badge("info", t.order_state_being_prepared()),
    };
    vec![payment, fulfilment]
}

fn next_steps(t: Locale, details: &OrderDetails, takes_transfers: bool) -> Vec<String> {
    let order = &details.order;
    let mut steps = Vec::new();
    if order.state == OrderState::Pending && is_processing(order) {
        steps.push(t.order_next_processing());
    }
    if order.is_transfer_expired() && order.totals.captured_minor == 0 {
        steps.push(t.order_next_transfer_expired());
        steps.push(t.order_next_transfer_late());
    }
    if order.state == OrderState::Placed {
        let is_packed = order.is_awaiting_fulfilment();
        if order.due_minor() > 0 && order.payment_method != PaymentMethod::Cash {
            steps.push(if takes_transfers { t.order_next_transfer() } else { t.order_next_bank_details() });
            steps.push(if is_packed { t.order_next_pack_when_paid() } else { t.order_next_gift_card_when_paid() });
        } else if is_packed {
            steps.push(t.order_next_pack());
        }
        if is_packed {
            steps.push(if details.delivery.pickup { t.order_next_pickup() } else { t.order_next_ship() });
        }
        if order.is_paid_on_collection() {
            steps.push(t.order_next_pay_on_pickup());
        }
    }
    steps.into_iter().map(str::to_owned).collect()
}

fn bank_transfer_details(order: &Order, settings: &Settings, format: &Format) -> Option<BankTransferDetails> {
    let is_due = order.payment_method == PaymentMethod::BankTransfer
        && order.due_minor() > 0
        && order.state == OrderState::Placed;
    (is_due && settings.has_bank_account()).then(|| BankTransferDetails {
        details_lines: settings.bank_account.lines().map(str::to_owned).collect(),
        amount: format.amount_in(order.due_minor(), order.currency),
        reference: order.number.clone().unwrap_or_default(),
        // The hold ends at midnight; show the day before.
        until: order.hold_until.map(|at| format.date(at.minus(SignedDuration::from_secs(1)))),
    })
}

fn summary_lines(details: &OrderDetails, pictures: &HashMap<MediaId, Media>, format: &Format) -> Vec<SummaryLine> {
    let amount = |minor: i64| format.amount_in(minor, details.order.currency);
    let picture = |line: &OrderLine| line.picture_id.and_then(|id| pictures.get(&id));
    let lines = details.lines.iter().map(|line| SummaryLine {
        title: line.title.clone(),
        note: line.options.clone(),
        href: None,
        picture: picture(line).map(|media| picture_from_media(media, Some(""))),
        quantity: to_i32(line.quantity),
        unit: amount(line.unit_minor),
        total: amount(line.goods_minor()),
    });
    lines.collect()
}

/// A bought gift card with its code. The page is open only to the buyer and to staff with `ReadCodes`.
fn gift_card_row(card: &GiftCard, key: &SecretKey, now: Utc, format: &Format) -> GiftCardRow {
    GiftCardRow {
        code: card.code(key).unwrap_or_else(|| format!("… {}", card.last4)),
        balance: format.amount_in(card.balance_minor, card.currency),
        can_be_used: card.status(now) == GiftCardStatus::Active,
    }
}

fn fulfilment_row(
    (fulfilment, contents): &(Fulfilment, Vec<(OrderLineId, i64)>),
    details: &OrderDetails,
    format: &Format,
) -> FulfilmentRow {
    let title =
        |id: OrderLineId| details.lines.iter().find(|line| line.id == id).map_or_else(String::new, OrderLine::name);
    FulfilmentRow {
        carrier: fulfilment.carrier.clone(),
        tracking_number: fulfilment.tracking_number.clone(),
        tracking_url: Some(fulfilment.tracking_url.clone()).filter(|url| !url.is_empty()),
        when: format.date_time(fulfilment.shipped_at),
        state: fulfilment_badge(format.locale, fulfilment.state, details.delivery.pickup),
        items: contents.iter().map(|(line, quantity)| format.locale.common_quantity(*quantity, title(*line))).collect(),
    }
}

/// None while in transit.
fn fulfilment_badge(t: Locale, state: FulfilmentState, is_pickup: bool) -> Option<StatusBadge> {
    let (kind, text) = match (state, is_pickup) {
        (FulfilmentState::Shipped, _) => return None,
        (FulfilmentState::Delivered, false) => ("good", t.order_fulfilment_delivered()),
        (FulfilmentState::Delivered, true) => ("good", t.order_fulfilment_picked_up()),
        (FulfilmentState::Failed | FulfilmentState::Cancelled, false) => ("warn", t.order_fulfilment_failed()),
        (FulfilmentState::Failed | FulfilmentState::Cancelled, true) => ("warn", t.order_fulfilment_not_picked_up()),
    };
    Some(StatusBadge { kind, text: text.to_owned() })
}

fn document_link(t: Locale, document: &Invoice, token: &str) -> Link {
    Link { label: document_label(t, document), href: paths::order_invoice(token, document.id) }
}

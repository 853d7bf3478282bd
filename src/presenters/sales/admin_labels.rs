//! Names and states of orders, as staff read them.

use crate::models::sales::order::returns::ReturnState;
use crate::models::sales::order::vat_check::VatCheck;
use crate::models::sales::order::{FulfilmentState, Order, OrderFulfilmentState, OrderState, PaymentState};
use crate::support::i18n::Locale;
use crate::views::admin::Pill;

/// Orders get their number when they are confirmed; before that they have none to show.
pub fn order_label(t: Locale, order: &Order) -> String {
    match &order.number {
        Some(number) => t.order_title(number),
        None => t.admin_order_unfinished_name().to_owned(),
    }
}

/// The name of the buyer, or that the buyer was erased.
pub fn buyer_name(t: Locale, order: &Order, name: &str) -> String {
    if order.erased_at.is_some() { t.admin_order_buyer_erased().to_owned() } else { name.to_owned() }
}

pub fn payment_pill(t: Locale, order: &Order) -> Pill {
    let (text, kind) = match order.payment_state {
        PaymentState::None => (t.admin_order_payment_none(), ""),
        PaymentState::Unpaid if order.state.is_cancelled_or_expired() => (t.admin_order_payment_not_paid(), ""),
        PaymentState::Unpaid if order.is_paid_on_collection() => (t.admin_order_payment_on_pickup(), "warn"),
        PaymentState::Unpaid => (t.admin_order_payment_unpaid(), "warn todo"),
        PaymentState::PartiallyPaid => (t.admin_order_payment_partially_paid(), "warn todo"),
        PaymentState::Paid => (t.admin_order_payment_paid(), "good"),
        PaymentState::Processing => (t.admin_order_payment_processing(), "warn"),
        PaymentState::Authorized => (t.admin_order_payment_authorised(), "warn"),
        PaymentState::Overpaid => (t.admin_order_payment_overpaid(), "bad"),
        PaymentState::PartiallyRefunded => (t.admin_order_payment_partially_refunded(), ""),
        PaymentState::Refunded => (t.admin_order_payment_refunded(), ""),
        PaymentState::Disputed => (t.admin_order_payment_disputed(), "bad"),
    };
    Pill { text: text.to_owned(), kind }
}

pub fn fulfilment_pill(t: Locale, order: &Order) -> Pill {
    let (text, kind) = match (order.state, order.fulfilment_state) {
        (OrderState::Cancelled, _) => (t.admin_order_fulfilment_cancelled(), "bad"),
        (OrderState::Expired, _) => (t.admin_order_fulfilment_expired(), "bad"),
        (_, OrderFulfilmentState::None) => (t.admin_order_fulfilment_none(), ""),
        (_, OrderFulfilmentState::Unfulfilled) => (t.admin_order_fulfilment_unfulfilled(), "warn todo"),
        (_, OrderFulfilmentState::PartiallyFulfilled) => (t.admin_order_fulfilment_partially_fulfilled(), "warn todo"),
        (_, OrderFulfilmentState::Fulfilled) => (t.admin_order_fulfilment_fulfilled(), "good"),
        (_, OrderFulfilmentState::PartiallyReturned) => (t.admin_order_fulfilment_partially_returned(), ""),
        (_, OrderFulfilmentState::Returned) => (t.admin_order_fulfilment_returned(), ""),
    };
    Pill { text: text.to_owned(), kind }
}

/// The state of one fulfilment; `is_pickup` if the buyer fetches it.
pub fn shipment_pill(t: Locale, state: FulfilmentState, is_pickup: bool) -> Pill {
    let (text, kind) = match (state, is_pickup) {
        (FulfilmentState::Shipped, false) => (t.admin_order_shipment_on_its_way(), ""),
        (FulfilmentState::Delivered, false) => (t.admin_order_shipment_delivered(), "good"),
        (FulfilmentState::Failed, false) => (t.admin_order_shipment_not_delivered(), "bad"),
        (FulfilmentState::Cancelled, false) => (t.admin_order_shipment_not_delivered_closed(), ""),
        (FulfilmentState::Shipped, true) => (t.admin_order_shipment_ready(), ""),
        (FulfilmentState::Delivered, true) => (t.admin_order_shipment_picked_up(), "good"),
        (FulfilmentState::Failed, true) => (t.admin_order_shipment_not_picked_up(), "bad"),
        (FulfilmentState::Cancelled, true) => (t.admin_order_shipment_not_picked_up_closed(), ""),
    };
    Pill { text: text.to_owned(), kind }
}

pub fn return_pill(t: Locale, state: ReturnState) -> Pill {
    let (text, kind) = match state {
        ReturnState::Requested => (t.admin_order_return_requested(), "warn todo"),
        ReturnState::Approved => (t.admin_order_return_approved(), "warn"),
        ReturnState::Received => (t.admin_order_return_received(), "warn todo"),
        ReturnState::Refunded => (t.admin_order_return_refunded(), "good"),
        ReturnState::Refused => (t.admin_order_return_declined(), "bad"),
        ReturnState::Cancelled => (t.admin_order_return_cancelled(), ""),
    };
    Pill { text: text.to_owned(), kind }
}

/// None for an order that no VAT number exempted from tax.
pub fn vat_check_pill(t: Locale, check: VatCheck) -> Option<Pill> {
    let (text, kind) = match check {
        VatCheck::None => return None,
        VatCheck::Unchecked => (t.admin_order_vat_not_checked(), "warn todo"),
        VatCheck::Valid => (t.admin_order_vat_valid(), "good"),
        VatCheck::Invalid => (t.admin_order_vat_not_valid(), "bad"),
    };
    Some(Pill { text: text.to_owned(), kind })
}

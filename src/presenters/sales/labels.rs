//! How an order is paid, and names of documents, for buyers and staff.

use crate::models::sales::invoice::{Invoice, InvoiceKind};
use crate::models::sales::order::Order;
use crate::models::sales::payment_method::PaymentMethod;
use crate::presenters::checkout::payment_method::payment_method_label;
use crate::support::i18n::Locale;

/// How an order is paid, gift cards included: `Gift card, bank transfer`.
pub fn payment_label(t: Locale, order: &Order) -> &'static str {
    payment_label_of(t, order.totals.gift_card_minor, order.payment_method)
}

/// As [`payment_label`]; `gift_card_minor` is the part that gift cards pay, in minor units.
pub fn payment_label_of(t: Locale, gift_card_minor: i64, method: PaymentMethod) -> &'static str {
    match (gift_card_minor, method) {
        (0, method) => payment_method_label(t, method),
        (_, PaymentMethod::BankTransfer) => t.payment_gift_card_and_bank_transfer(),
        (_, PaymentMethod::Cash) => t.payment_gift_card_and_cash(),
        (_, PaymentMethod::Card) => t.payment_gift_card_and_card(),
        (_, PaymentMethod::TestCard) => t.payment_gift_card_and_test_card(),
        (_, PaymentMethod::None) => t.payment_gift_card(),
    }
}

pub fn document_label(t: Locale, document: &Invoice) -> String {
    match document.kind {
        InvoiceKind::Invoice => t.order_invoice(document.label()),
        InvoiceKind::CreditNote => t.order_credit_note(document.label()),
    }
}

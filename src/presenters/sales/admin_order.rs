//! Orders as staff see them: the list and the order page.

use std::collections::HashMap;

use crate::forms::Fields;
use crate::models::checkout::gift_card::LedgerEntryKind;
use crate::models::checkout::gift_card::listing::GiftCardTransaction;
use crate::models::checkout::quote::RateTotal;
use crate::models::content::media::Media;
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::listing::OrderListing;
use crate::models::sales::order::refund_transactions::{RefundTransaction, RefundTransactionState};
use crate::models::sales::order::refunds::Refund;
use crate::models::sales::order::returns::{Return, ReturnLine};
use crate::models::sales::order::vat_check::VatCheck;
use crate::models::sales::order::{FulfilmentState, Order, OrderDetails, OrderLine, OrderState};
use crate::models::sales::payment::{PaymentTransaction, ProviderName, TransactionKind};
use crate::paths;
use crate::presenters::checkout::payment_method::payment_method_label;
use crate::presenters::checkout::totals::{discount_row, gift_card_payments};
use crate::presenters::format::{Format, tax_label};
use crate::presenters::pictures::picture_from_media;
use crate::presenters::sales::admin_labels::{
    buyer_name, fulfilment_pill, order_label, payment_pill, shipment_pill, vat_check_pill,
};
use crate::presenters::sales::admin_return::present_returns;
use crate::presenters::sales::labels::document_label;
use crate::presenters::sales::order_details::{address_lines, buyer_notes, gift_card_amounts};
use crate::presenters::sales::timeline::describe_review_reason;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::support::ids::{FulfilmentId, MediaId, OrderLineId, VariantId};
use crate::support::money::Currency;
use crate::views::admin::sales::orders::{
    Customer, Event, FulfilmentRow, Line, PaymentSummary, PendingRefund, Row, Show, TaxRow, Totals, TransactionRow,
    VatNumberReview,
};
use crate::views::{DateTime, Link};

pub fn present_order_row(listing: OrderListing, format: &Format) -> Row {
    let order = &listing.order;
    let number = order.number.clone().unwrap_or_default();
    Row {
        href: paths::admin::order(&number),
        number,
        when: placed_at(order, format),
        customer: buyer_name(format.locale, &listing.order, &listing.customer_name),
        items: listing.item_count,
        payment: payment_pill(format.locale, order),
        fulfilment: fulfilment_pill(format.locale, order),
        total: format.amount_in(order.totals.total_minor, order.currency),
    }
}

#[derive(Default)]
pub struct OrderPageForms {
    pub note: Fields,
    pub fulfilment: Fields,
    pub resend: Fields,
    pub refund: Fields,
    pub returns: Fields,
}

pub struct OrderPage {
    pub details: OrderDetails,
    pub pictures: HashMap<MediaId, Media>,
    /// Public ids of products by variant; empty without the permission to see products.
    pub products: HashMap<VariantId, String>,
    /// Oldest first.
    pub payment_transactions: Vec<PaymentTransaction>,
    /// Oldest first.
    pub gift_card_transactions: Vec<GiftCardTransaction>,
    pub refunds: Vec<(Refund, Vec<RefundTransaction>)>,
    pub invoices: Vec<Invoice>,
    pub vat_check: VatCheck,
    pub resendable_fulfilments: Vec<FulfilmentId>,
    pub returns: Vec<(Return, Vec<ReturnLine>)>,
    /// Lines that a new return may contain, each with its quantity; empty without the permission.
    pub returnable_lines: Vec<(OrderLine, i64)>,
    /// Newest first.
    pub timeline: Vec<Event>,
    pub buyer_href: Option<String>,
    pub can_manage: bool,
    pub can_fulfil: bool,
}

pub fn present_order(page: OrderPage, forms: OrderPageForms, format: &Format) -> Show {
    let t = format.locale;
    let (details, order) = (&page.details, &page.details.order);
    let (can_manage, can_fulfil) = (page.can_manage, page.can_fulfil);
    let is_open = order.state == OrderState::Placed;
    let is_partly_shipped = details.lines.iter().any(|line| line.fulfilled > 0);
    let is_shippable = details.lines.iter().any(|line| line.shippable_quantity() > 0);
    let is_shipped_to_buyer = details.requires_shipping() && !details.delivery.pickup;
    let address = || address_lines(&details.address, "", t);
    let document = |invoice: &Invoice| Link {
        label: document_label(t, invoice),
        href: paths::admin::order_invoice(order.url_param(), invoice.id),
    };
    Show {
        t,
        number: order.url_param().to_owned(),
        name: order_label(t, order),
        is_unfinished: order.number.is_none(),
        payment: payment_pill(t, order),
        fulfilment: fulfilment_pill(t, order),
        placed: placed_at(order, format),
        lines: present_lines(&page, format),
        totals: present_totals(details, format),
        money: present_payments(&page, format),
        customer: Customer {
            name: buyer_name(t, order, &details.address.name),
            email: order.email.clone(),
            phone: details.address.phone.clone(),
            notes: buyer_notes(&details.delivery.notes, t),
        },
        shipping_address: if is_shipped_to_buyer { address() } else { Vec::new() },
        billing_address: if details.requires_shipping() { Vec::new() } else { address() },
        documents: page.invoices.iter().map(document).collect(),
        note: forms.note,
        fulfil: (can_fulfil && is_open && is_shippable).then_some(forms.fulfilment),
        refund: (can_manage && order.is_refundable()).then_some(forms.refund),
        refunded_before: order.money(order.totals.refunded_minor).to_decimal(),
        can_refund_shipping: order.totals.shipping_minor > 0 && order.totals.refunded_shipping_minor == 0,
        fulfilments: present_fulfilments(t, &page, format),
        can_update_fulfilments: can_fulfil,
        resend: forms.resend,
        can_mark_paid: can_manage
            && (order.state.is_confirmed() || order.is_transfer_expired())
            && order.due_minor() > 0,
        is_lapsed: order.is_transfer_expired(),
        vat: present_vat_number(t, &page),
        can_cancel: can_manage && is_open && !is_partly_shipped,
        refunds_on_cancel: order.net_payment_minor() > 0,
        review_reason: order.review_reason.as_ref().map(|reason| describe_review_reason(reason, format)),
        returns: present_returns(details, page.returns, page.returnable_lines, can_manage, forms.returns, format),
        timeline: page.timeline,
        buyer_href: page.buyer_href,
    }
}

fn placed_at(order: &Order, format: &Format) -> DateTime {
    format.date_time(order.placed_at.unwrap_or(order.created_at))
}

fn present_lines(page: &OrderPage, format: &Format) -> Vec<Line> {
    let currency = page.details.order.currency;
    let line = |line: &OrderLine| Line {
        id: line.id,
        title: line.title.clone(),
        options: line.options.clone(),
        href: line.variant_id.and_then(|id| page.products.get(&id)).map(|id| paths::admin::product(id)),
        sku: line.sku.clone(),
        quantity: line.quantity,
        fulfilled: line.fulfilled,
        left: line.shippable_quantity(),
        refunded: line.refunded,
        unit: format.amount_in(line.unit_minor, currency),
        total: format.amount_in(line.goods_minor(), currency),
        picture: line.picture_id.and_then(|id| page.pictures.get(&id)).map(|media| picture_from_media(media, None)),
    };
    page.details.lines.iter().map(line).collect()
}

fn present_totals(details: &OrderDetails, format: &Format) -> Totals {
    let order = &details.order;
    let amount = |minor| format.amount_in(minor, order.currency);
    let tax = |tax: &RateTotal| TaxRow {
        name: tax_label(format.locale, &tax.name, tax.rate_ppm),
        amount: amount(tax.tax_minor),
    };
    Totals {
        goods: amount(order.totals.goods_minor),
        discount: discount_row(details.coupon_code.as_deref(), order.totals.discount_minor, amount),
        shipping: amount(order.totals.shipping_minor),
        shipping_name: details.delivery.shipping_name.clone(),
        taxes: details.taxes.iter().map(tax).collect(),
        tax_included: order.prices_include_tax,
        total: amount(order.totals.total_minor),
        gift_cards: gift_card_payments(&gift_card_amounts(details), order.totals.total_minor, "", format, amount).0,
    }
}

fn present_payments(page: &OrderPage, format: &Format) -> PaymentSummary {
    let order = &page.details.order;
    let amount = |minor| format.amount_in(minor, order.currency);
    let due = if order.state.is_cancelled_or_expired() { 0 } else { order.due_minor() };
    PaymentSummary {
        due: (due > 0).then(|| amount(due)),
        captured: amount(order.totals.captured_minor),
        refunded: (order.totals.refunded_minor > 0).then(|| amount(order.totals.refunded_minor)),
        pending_refunds: present_pending_refunds(page, format),
        is_paid_by_gift_cards: order.totals.gift_card_minor > 0
            && order.totals.gift_card_minor == order.totals.total_minor,
        payment_name: payment_method_label(format.locale, order.payment_method).to_owned(),
        transactions: present_transactions(page, format),
    }
}

fn present_pending_refunds(page: &OrderPage, format: &Format) -> Vec<PendingRefund> {
    let order = &page.details.order;
    // A failed refund transaction no longer waits once the money has been refunded by other means.
    let is_pending = |part: &&RefundTransaction| match part.state {
        RefundTransactionState::Requested | RefundTransactionState::Sent => true,
        RefundTransactionState::Failed => order.net_payment_minor() >= part.amount_minor,
        RefundTransactionState::Succeeded => false,
    };
    let mut pending = Vec::new();
    for (refund, parts) in &page.refunds {
        for part in parts.iter().filter(is_pending) {
            pending.push(PendingRefund {
                when: format.date_time(refund.created_at),
                amount: format.amount_in(part.amount_minor, order.currency),
                error: part.last_error.clone(),
                retry: (part.state == RefundTransactionState::Failed && page.can_manage)
                    .then(|| paths::admin::refund_transaction_retry(order.url_param(), part.id)),
            });
        }
    }
    pending
}

/// Transactions of payment providers and gift cards, newest first.
fn present_transactions(page: &OrderPage, format: &Format) -> Vec<TransactionRow> {
    let (t, order) = (format.locale, &page.details.order);
    let payments = page.payment_transactions.iter().rev().map(|transaction| {
        let is_manual = transaction.provider == ProviderName::Manual;
        let currency = Currency::from_code(&transaction.currency).unwrap_or(format.currency);
        let row = TransactionRow {
            when: format.date_time(transaction.at),
            text: payment_label(t, transaction).to_owned(),
            reference: if is_manual { String::new() } else { transaction.provider_ref.clone() },
            amount: format.amount_in(transaction.amount_minor, currency),
        };
        (transaction.at, row)
    });
    let gift_cards = page.gift_card_transactions.iter().rev().map(|transaction| {
        let row = TransactionRow {
            when: format.date_time(transaction.at),
            text: gift_card_transaction_label(t, transaction),
            reference: String::new(),
            amount: format.amount_in(transaction.delta_minor.saturating_abs(), order.currency),
        };
        (transaction.at, row)
    });
    let mut rows: Vec<(Utc, TransactionRow)> = payments.chain(gift_cards).collect();
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    rows.into_iter().map(|(_, row)| row).collect()
}

fn gift_card_transaction_label(t: Locale, transaction: &GiftCardTransaction) -> String {
    let last4 = &transaction.last4;
    match transaction.kind {
        LedgerEntryKind::Hold => t.admin_order_gift_card_hold(last4),
        LedgerEntryKind::Release => t.admin_order_gift_card_release(last4),
        LedgerEntryKind::Refund => t.admin_order_gift_card_refund(last4),
        LedgerEntryKind::Use | LedgerEntryKind::Issue | LedgerEntryKind::Adjust => t.admin_order_gift_card_use(last4),
    }
}

fn payment_label(t: Locale, transaction: &PaymentTransaction) -> &'static str {
    match (transaction.kind, transaction.provider) {
        (TransactionKind::Capture, ProviderName::Manual) => t.admin_order_transaction_marked_paid(),
        (TransactionKind::Capture, ProviderName::Test) => t.admin_order_transaction_test_card(),
        (TransactionKind::Capture, ProviderName::Stripe) => t.admin_order_transaction_card(),
        (TransactionKind::Refund, ProviderName::Manual) => t.admin_order_transaction_refund_manual(),
        (TransactionKind::Refund, ProviderName::Test | ProviderName::Stripe) => t.admin_order_transaction_refund(),
        (TransactionKind::RefundFailed, _) => t.admin_order_transaction_refund_failed(),
        (TransactionKind::Authorize, _) => t.admin_order_transaction_authorised(),
        (TransactionKind::Void, _) => t.admin_order_transaction_voided(),
        (TransactionKind::Dispute, _) => t.admin_order_transaction_disputed(),
        (TransactionKind::DisputeWon, _) => t.admin_order_transaction_dispute_won(),
    }
}

fn present_vat_number(t: Locale, page: &OrderPage) -> Option<VatNumberReview> {
    let address = &page.details.address;
    let is_open = page.vat_check == VatCheck::Unchecked && page.can_manage;
    Some(VatNumberReview {
        number: address.vat_number.clone(),
        company: address.company.clone(),
        state: vat_check_pill(t, page.vat_check)?,
        action: is_open.then(|| paths::admin::order_vat_number(page.details.order.url_param())),
    })
}

fn present_fulfilments(t: Locale, page: &OrderPage, format: &Format) -> Vec<FulfilmentRow> {
    let details = &page.details;
    let title = |id: OrderLineId| {
        details.lines.iter().find(|line| line.id == id).map_or_else(|| "?".to_owned(), OrderLine::name)
    };
    let rows = details.fulfilments.iter().map(|(fulfilment, lines)| {
        let contents: Vec<String> = lines.iter().map(|(line, count)| t.common_quantity(*count, title(*line))).collect();
        FulfilmentRow {
            id: fulfilment.id,
            state: shipment_pill(t, fulfilment.state, details.delivery.pickup),
            is_in_transit: fulfilment.state == FulfilmentState::Shipped,
            has_failed: fulfilment.state == FulfilmentState::Failed,
            can_resend: page.resendable_fulfilments.contains(&fulfilment.id),
            when: format.date_time(fulfilment.shipped_at),
            carrier: fulfilment.carrier.clone(),
            tracking_number: fulfilment.tracking_number.clone(),
            tracking_href: Some(fulfilment.tracking_url.clone()).filter(|link| !link.is_empty()),
            contents: contents.join(", "),
        }
    });
    rows.collect()
}

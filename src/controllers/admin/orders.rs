//! Orders: the list and the order page.

use actix_web::web::Path;

use super::attention::order_label;
use super::{ListQuery, returns};
use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::http::guards::{RequiredPermission, needs};
use crate::http::pictures::picture_from_media;
use crate::http::presenters::{address_lines, discount_row, gift_card_amounts, gift_card_payments, tax_label};
use crate::http::{Context, Reply, Staff};
use crate::models::catalog::product::Product;
use crate::models::checkout::gift_card::listing::GiftCardTransaction;
use crate::models::checkout::gift_card::{GiftCard, LedgerEntryKind};
use crate::models::content::media::Media;
use crate::models::people::account::roles::Permission;
use crate::models::platform::email::{Email, EmailState};
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::listing::OrderView;
use crate::models::sales::order::refund_transactions::{RefundTransaction, RefundTransactionState};
use crate::models::sales::order::refunds::Refund;
use crate::models::sales::order::vat_check::VatCheck;
use crate::models::sales::order::{
    FulfilmentState, Order, OrderDetails, OrderFulfilmentState, OrderLine, OrderState, PaymentState,
};
use crate::models::sales::payment::{PaymentAttempt, PaymentTransaction, ProviderName, TransactionKind};
use crate::paths;
use crate::support::clock::Utc;

use crate::views::admin::Pill;
use crate::views::admin::orders::{
    Counts, Customer, Event, FulfilmentRow, Index, Line, PaymentSummary, PendingRefund, Row, Show, TaxRow, Totals,
    TransactionRow, VatNumberReview,
};
use crate::views::{DateTime, Link};

pub async fn index(staff: Staff<needs::Orders>) -> Result<Reply> {
    let find = ListQuery::from_params(&staff);
    staff
        .render_page(move |conn, cx| {
            let view = OrderView::parse(&find.tab).unwrap_or(OrderView::All);
            let rows = Order::page(conn, view, &find.search_words(), &find.cursor)?.map(|(order, customer, items)| {
                let number = order.number.clone().unwrap_or_default();
                Row {
                    href: paths::admin::order(&number),
                    number,
                    when: placed(cx, &order),
                    customer,
                    items,
                    payment: payment(&order),
                    fulfilment: fulfilment(&order),
                    total: cx.amount_in(order.total_minor, &order.currency),
                }
            });
            let counts = Counts {
                all: Order::count(conn, OrderView::All)?,
                to_pay: Order::count(conn, OrderView::AwaitingPayment)?,
                to_pack: Order::count(conn, OrderView::AwaitingFulfilment)?,
                done: Order::count(conn, OrderView::Completed)?,
                cancelled: Order::count(conn, OrderView::Cancelled)?,
            };
            Ok(Index { tab: find.tab, counts, q: find.q, rows })
        })
        .await
}

pub async fn show(staff: Staff<needs::Orders>, number: Path<String>) -> Result<Reply> {
    render_order(&staff, number.into_inner(), OrderPageForms::default()).await
}

/// Forms of the order page to render again as they were typed.
#[derive(Default)]
pub(super) struct OrderPageForms {
    pub note: Fields,
    pub fulfilment: Fields,
    pub resend: Fields,
    pub refund: Fields,
    pub returns: Fields,
}

pub(super) async fn render_order<P: RequiredPermission>(
    staff: &Staff<P>,
    number: String,
    typed: OrderPageForms,
) -> Result<Reply> {
    let key = staff.visitor.app().db.context().secret_key.clone();
    staff
        .render_page(move |conn, cx| {
            let order = Order::find_by_number(conn, &number)?;
            // The buyer's page shows gift card codes, so the link needs the permission to read them.
            let buyer_href = cx
                .has_permission(Permission::ReadCodes)
                .then(|| paths::order(&Order::access_token(&key, &order.public_id)));
            let dossier = order.load_details(conn)?;
            page(conn, cx, dossier, buyer_href, typed)
        })
        .await
}

/// Redirects to the order when somebody else changed it first.
pub(super) fn conflict_redirect(number: &str) -> Reply {
    Reply::redirect(paths::admin::order(number))
        .alert("This is no longer possible: the order has changed. Please check it.")
}

fn page(
    conn: &mut Conn,
    cx: &Context,
    dossier: OrderDetails,
    buyer_href: Option<String>,
    typed: OrderPageForms,
) -> Result<Show> {
    let order = &dossier.order;
    let open = order.state == OrderState::Placed;
    let sent = dossier.lines.iter().any(|line| line.fulfilled > 0);
    let left = dossier.lines.iter().any(|line| line.shippable_quantity() > 0);
    let holds = order.state.is_confirmed();
    let manages = cx.has_permission(Permission::ManageOrders);
    let is_sent = dossier.requires_shipping() && !order.pickup;
    let refundable = manages && order.is_refundable();
    Ok(Show {
        number: order.url_param().to_owned(),
        name: order_label(order),
        is_unfinished: order.number.is_none(),
        payment: payment(order),
        fulfilment: fulfilment(order),
        placed: placed(cx, order),
        lines: lines(conn, cx, &dossier)?,
        totals: totals(cx, &dossier),
        money: money(conn, cx, order)?,
        customer: Customer {
            name: dossier.address.name.clone(),
            email: order.email.clone(),
            phone: dossier.address.phone.clone(),
            note: order.note.clone(),
        },
        shipping_address: if is_sent { address_lines(&dossier.address, "") } else { Vec::new() },
        billing_address: if dossier.requires_shipping() { Vec::new() } else { address_lines(&dossier.address, "") },
        documents: papers(conn, order)?,
        timeline: timeline(conn, cx, &dossier)?,
        note: typed.note,
        fulfil: (cx.has_permission(Permission::Fulfil) && open && left).then_some(typed.fulfilment),
        refund: refundable.then_some(typed.refund),
        refunded_before: order.money(order.refunded_minor).to_decimal(),
        can_refund_shipping: order.shipping_minor > 0 && order.refunded_shipping_minor == 0,
        returns: returns::build_returns(conn, cx, &dossier, typed.returns)?,
        fulfilments: shipments(conn, cx, &dossier)?,
        can_update_fulfilments: cx.has_permission(Permission::Fulfil),
        resend: typed.resend,
        can_mark_paid: manages && (holds || order.is_transfer_expired()) && order.due_minor() > 0,
        is_lapsed: order.is_transfer_expired(),
        vat: vat(conn, cx, &dossier)?,
        can_cancel: manages && open && !sent,
        refunds_on_cancel: order.net_payment_minor() > 0,
        buyer_href,
        review_reason: order.review_reason.clone(),
    })
}

fn placed(cx: &Context, order: &Order) -> DateTime {
    cx.date_time(order.placed_at.unwrap_or(order.created_at))
}

fn payment(order: &Order) -> Pill {
    let is_off = order.state.is_void();
    let (text, kind) = match order.payment_state {
        PaymentState::None => ("No payment due", ""),
        PaymentState::Unpaid if is_off => ("Not paid", ""),
        PaymentState::Unpaid if order.is_paid_on_collection() => ("Pays on pickup", "warn"),
        PaymentState::Unpaid => ("Unpaid", "warn todo"),
        PaymentState::PartiallyPaid => ("Partially paid", "warn todo"),
        PaymentState::Paid => ("Paid", "good"),
        PaymentState::Processing => ("Processing", "warn"),
        PaymentState::Authorized => ("Authorised", "warn"),
        PaymentState::Overpaid => ("Overpaid", "bad"),
        PaymentState::PartiallyRefunded => ("Partially refunded", ""),
        PaymentState::Refunded => ("Refunded", ""),
        PaymentState::Disputed => ("Disputed", "bad"),
    };
    Pill { text: text.to_owned(), kind }
}

fn fulfilment(order: &Order) -> Pill {
    let (text, kind) = match (order.state, order.fulfilment_state) {
        (OrderState::Cancelled, _) => ("Cancelled", "bad"),
        (OrderState::Expired, _) => ("Expired", "bad"),
        (_, OrderFulfilmentState::None) => ("Nothing to fulfil", ""),
        (_, OrderFulfilmentState::Unfulfilled) => ("Unfulfilled", "warn todo"),
        (_, OrderFulfilmentState::PartiallyFulfilled) => ("Partially fulfilled", "warn todo"),
        (_, OrderFulfilmentState::Fulfilled) => ("Fulfilled", "good"),
        (_, OrderFulfilmentState::PartiallyReturned) => ("Partially returned", ""),
        (_, OrderFulfilmentState::Returned) => ("Returned", ""),
    };
    Pill { text: text.to_owned(), kind }
}

fn lines(conn: &mut Conn, cx: &Context, dossier: &OrderDetails) -> Result<Vec<Line>> {
    let pictures: Vec<i64> = dossier.lines.iter().filter_map(|line| line.picture_id).collect();
    let pictures = Media::find_by_ids(conn, &pictures)?;
    let variants: Vec<i64> = dossier.lines.iter().filter_map(|line| line.variant_id).collect();
    let products = if cx.has_permission(Permission::Products) {
        Product::find_public_ids_by_variant(conn, &variants)?
    } else {
        Default::default()
    };
    let currency = &dossier.order.currency;
    let line = |line: &OrderLine| Line {
        id: line.id,
        title: line.title.clone(),
        options: line.options.clone(),
        href: line.variant_id.and_then(|id| products.get(&id)).map(|id| paths::admin::product(id)),
        sku: line.sku.clone(),
        quantity: line.quantity,
        fulfilled: line.fulfilled,
        left: line.shippable_quantity(),
        refunded: line.refunded,
        unit: cx.amount_in(line.unit_minor, currency),
        total: cx.amount_in(line.goods_minor(), currency),
        picture: line.picture_id.and_then(|id| pictures.get(&id)).map(|media| picture_from_media(media, None)),
    };
    Ok(dossier.lines.iter().map(line).collect())
}

fn totals(cx: &Context, dossier: &OrderDetails) -> Totals {
    let order = &dossier.order;
    let amount = |minor| cx.amount_in(minor, &order.currency);
    let tax = |(name, ppm, minor): &(String, i64, i64)| TaxRow { name: tax_label(name, *ppm), amount: amount(*minor) };
    Totals {
        goods: amount(order.goods_minor),
        discount: discount_row(dossier.coupon_code.as_deref(), order.discount_minor, amount),
        shipping: amount(order.shipping_minor),
        shipping_name: order.shipping_name.clone(),
        taxes: dossier.taxes.iter().map(tax).collect(),
        tax_included: order.prices_include_tax,
        total: amount(order.total_minor),
        gift_cards: gift_card_payments(&gift_card_amounts(dossier), order.total_minor, "", amount).0,
    }
}

fn money(conn: &mut Conn, cx: &Context, order: &Order) -> Result<PaymentSummary> {
    let amount = |minor| cx.amount_in(minor, &order.currency);
    let payments = PaymentAttempt::list_transactions(conn, order.id)?.into_iter().rev().map(|fact| {
        let words = TransactionRow {
            when: cx.date_time(fact.at),
            text: fact_words(&fact).to_owned(),
            reference: if fact.provider == ProviderName::Manual { String::new() } else { fact.provider_ref.clone() },
            amount: cx.amount_in(fact.amount_minor, &fact.currency),
        };
        (fact.at, words)
    });
    let cards = GiftCard::list_transactions_for_order(conn, order.id)?.into_iter().rev().map(|moved| {
        let words = TransactionRow {
            when: cx.date_time(moved.at),
            text: card_words(&moved),
            reference: String::new(),
            amount: amount(moved.delta_minor.saturating_abs()),
        };
        (moved.at, words)
    });
    let mut facts: Vec<(Utc, TransactionRow)> = payments.chain(cards).collect();
    facts.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut waiting = Vec::new();
    // A failed refund transaction no longer waits once the money has been refunded by other means.
    let waits = |part: &RefundTransaction| match part.state {
        RefundTransactionState::Requested | RefundTransactionState::Sent => true,
        RefundTransactionState::Failed => order.net_payment_minor() >= part.amount_minor,
        RefundTransactionState::Succeeded => false,
    };
    for (refund, parts) in Refund::list_for_order(conn, order.id)? {
        for part in parts.into_iter().filter(waits) {
            waiting.push(PendingRefund {
                when: cx.date_time(refund.created_at),
                amount: amount(part.amount_minor),
                error: part.last_error.clone(),
                retry: (part.state == RefundTransactionState::Failed && cx.has_permission(Permission::ManageOrders))
                    .then(|| paths::admin::refund_transaction_retry(order.url_param(), part.id)),
            });
        }
    }
    let due = if order.state.is_void() { 0 } else { order.due_minor() };
    Ok(PaymentSummary {
        due: (due > 0).then(|| amount(due)),
        captured: amount(order.captured_minor),
        refunded: (order.refunded_minor > 0).then(|| amount(order.refunded_minor)),
        pending_refunds: waiting,
        is_paid_by_gift_cards: order.gift_card_minor > 0 && order.gift_card_minor == order.total_minor,
        payment_name: order.payment_method.label().to_owned(),
        transactions: facts.into_iter().map(|(_, words)| words).collect(),
    })
}

fn card_words(moved: &GiftCardTransaction) -> String {
    let card = format!("gift card ending {}", moved.last4);
    match moved.kind {
        LedgerEntryKind::Hold => format!("Reserved on {card}:"),
        LedgerEntryKind::Release => format!("Released on {card}:"),
        LedgerEntryKind::Refund => format!("Refunded to {card}:"),
        LedgerEntryKind::Use | LedgerEntryKind::Issue | LedgerEntryKind::Adjust => format!("Paid by {card}:"),
    }
}

fn fact_words(fact: &PaymentTransaction) -> &'static str {
    match (fact.kind, fact.provider) {
        (TransactionKind::Capture, ProviderName::Manual) => "Marked as paid:",
        (TransactionKind::Capture, ProviderName::Test) => "Paid by test card:",
        (TransactionKind::Capture, ProviderName::Stripe) => "Paid by card:",
        (TransactionKind::Refund, ProviderName::Manual) => "To be refunded manually:",
        (TransactionKind::Refund, _) => "Refunded to the card:",
        (TransactionKind::RefundFailed, _) => "Refund failed:",
        (TransactionKind::Authorize, _) => "Authorised:",
        (TransactionKind::Void, _) => "Authorisation voided:",
        (TransactionKind::Dispute, _) => "Disputed:",
        (TransactionKind::DisputeWon, _) => "Dispute won:",
    }
}

fn papers(conn: &mut Conn, order: &Order) -> Result<Vec<Link>> {
    let link = |paper: Invoice| Link {
        label: format!("{} {}", paper.kind.label(), paper.label()),
        href: paths::admin::order_invoice(order.url_param(), paper.id),
    };
    Ok(Invoice::list_for_order(conn, order.id)?.into_iter().map(link).collect())
}

/// The VAT number that exempted the order from tax.
fn vat(conn: &mut Conn, cx: &Context, dossier: &OrderDetails) -> Result<Option<VatNumberReview>> {
    let order = &dossier.order;
    let (text, kind) = match order.vat_check(conn)? {
        VatCheck::None => return Ok(None),
        VatCheck::Unchecked => ("Not checked", "warn todo"),
        VatCheck::Valid => ("Valid", "good"),
        VatCheck::Invalid => ("Not valid", "bad"),
    };
    let is_open = kind == "warn todo" && cx.has_permission(Permission::ManageOrders);
    Ok(Some(VatNumberReview {
        number: dossier.address.vat_number.clone(),
        company: dossier.address.company.clone(),
        state: Pill { text: text.to_owned(), kind },
        action: is_open.then(|| paths::admin::order_vat_number(order.url_param())),
    }))
}

/// Order events and emails, newest first.
fn timeline(conn: &mut Conn, cx: &Context, dossier: &OrderDetails) -> Result<Vec<Event>> {
    let mut events: Vec<(Utc, Event)> = Vec::new();
    for event in &dossier.events {
        let nobody = matches!(event.actor.as_str(), "Customer" | "Tradepost");
        let who = if nobody { String::new() } else { event.actor.clone() };
        events.push((event.at, Event { when: cx.date_time(event.at), who, text: event.detail.clone(), href: None }));
    }
    for letter in Email::for_order(conn, dossier.order.id)? {
        let is_untaken = matches!(letter.state, EmailState::Refused | EmailState::Failed);
        let failed = if is_untaken { ", not delivered" } else { "" };
        let event = Event {
            when: cx.date_time(letter.created_at),
            who: String::new(),
            text: format!("Email to {}: {}{failed}", letter.recipient, letter.subject),
            href: cx.has_permission(Permission::Outbox).then(|| paths::admin::email(letter.id)),
        };
        events.push((letter.created_at, event));
    }
    events.sort_by_key(|(at, _)| *at);
    Ok(events.into_iter().rev().map(|(_, event)| event).collect())
}

fn shipments(conn: &mut Conn, cx: &Context, dossier: &OrderDetails) -> Result<Vec<FulfilmentRow>> {
    let again = dossier.order.list_resendable_fulfilments(conn)?;
    let title =
        |id: i64| dossier.lines.iter().find(|line| line.id == id).map_or_else(|| "?".to_owned(), OrderLine::name);
    let parcels = dossier.fulfilments.iter().map(|(parcel, pieces)| {
        let contents: Vec<String> = pieces.iter().map(|(line, count)| format!("{count} × {}", title(*line))).collect();
        let (words, kind) = match (parcel.state, dossier.order.pickup) {
            (FulfilmentState::Shipped, false) => ("On its way", ""),
            (FulfilmentState::Delivered, false) => ("Delivered", "good"),
            (FulfilmentState::Failed, false) => ("Not delivered", "bad"),
            (FulfilmentState::Cancelled, false) => ("Not delivered, closed", ""),
            (FulfilmentState::Shipped, true) => ("Ready for pickup", ""),
            (FulfilmentState::Delivered, true) => ("Picked up", "good"),
            (FulfilmentState::Failed, true) => ("Not picked up", "bad"),
            (FulfilmentState::Cancelled, true) => ("Not picked up, closed", ""),
        };
        FulfilmentRow {
            id: parcel.id,
            state: Pill { text: words.to_owned(), kind },
            is_in_transit: parcel.state == FulfilmentState::Shipped,
            has_failed: parcel.state == FulfilmentState::Failed,
            can_resend: again.contains(&parcel.id),
            when: cx.date_time(parcel.shipped_at),
            carrier: parcel.carrier.clone(),
            tracking_number: parcel.tracking_number.clone(),
            tracking_href: Some(parcel.tracking_url.clone()).filter(|link| !link.is_empty()),
            contents: contents.join(", "),
        }
    });
    Ok(parcels.collect())
}

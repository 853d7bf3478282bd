//! The buyer's order page, opened with the order's access token.

use actix_web::web::{Path, Query};
use serde::Deserialize;

use crate::db::Conn;
use crate::error::Result;
use crate::http::page::Layout;
use crate::http::pictures::picture_from_media;
use crate::http::presenters::TotalsInput;
use crate::http::{Context, Reply, Visitor, presenters};
use crate::jobs::payments;
use crate::models::checkout::gift_card::{GiftCard, GiftCardStatus};
use crate::models::content::media::Media;
use crate::models::sales::invoice::Invoice;
use crate::models::sales::order::returns::{Return, ReturnLine, ReturnState};
use crate::models::sales::order::{
    Fulfilment, FulfilmentState, Order, OrderDetails, OrderFulfilmentState, OrderLine, OrderState, PaymentMethod,
    PaymentState,
};
use crate::paths;
use crate::support::token::SecretKey;
use crate::views::Link;
use crate::views::shop::SummaryLine;
use crate::views::shop::orders::{
    BankTransferDetails, Event, FulfilmentRow, GiftCardRow, ReturnRow, Show, StatusBadge,
};

#[derive(Deserialize)]
pub struct OrderQuery {
    /// Set by the redirect from the payment page.
    paid: Option<String>,
}

pub async fn show(visitor: Visitor, token: Path<String>, asked: Query<OrderQuery>) -> Result<Reply> {
    let token = token.into_inner();
    if asked.paid.is_some() {
        let known = token.clone();
        let order = visitor.read(move |conn| Order::find_by_token(conn, &known)).await;
        let order = order.map_err(|error| visitor.limit_link_attempts(error))?;
        if order.state == OrderState::Pending {
            payments::sync_on_return(visitor.app(), order.id).await;
        }
    }
    let key = visitor.app().db.context().secret_key.clone();
    let reply = visitor
        .render_page(Layout::Private, move |conn, cx| {
            let dossier = Order::find_by_token(conn, &token)?.load_details(conn)?;
            let ids: Vec<i64> = dossier.lines.iter().filter_map(|line| line.picture_id).collect();
            let pictures = Media::find_by_ids(conn, &ids)?;
            let papers = Invoice::list_for_order(conn, dossier.order.id)?;
            let papers = papers.iter().map(|paper| Link {
                label: format!("{} {}", paper.kind.label(), paper.label()),
                href: paths::order_invoice(&token, paper.id),
            });
            let mut page = order_page(cx, &dossier, &token, |id| {
                pictures.get(&id).map(|media| picture_from_media(media, Some("")))
            });
            page.documents = papers.collect();
            let cards = GiftCard::list_bought_with_order(conn, dossier.order.id)?;
            page.returns = returns(conn, cx, &dossier, &token)?;
            if !dossier.order.list_returnable_lines(conn)?.is_empty() {
                page.return_href = Some(paths::new_order_return(&token));
            }
            page.gift_cards = cards.iter().map(|card| gift_card(cx, &key, card)).collect();
            Ok(page)
        })
        .await;
    Ok(add_secret_url_headers(reply.map_err(|error| visitor.limit_link_attempts(error))?))
}

/// Keeps the secret URL out of `Referer` headers and search engines.
pub(super) fn add_secret_url_headers(reply: Reply) -> Reply {
    reply
        .header(actix_web::http::header::REFERRER_POLICY, "same-origin")
        .header(actix_web::http::header::HeaderName::from_static("x-robots-tag"), "noindex")
}

fn order_page(
    cx: &Context,
    dossier: &OrderDetails,
    token: &str,
    picture: impl Fn(i64) -> Option<crate::views::Picture>,
) -> Show {
    let order = &dossier.order;
    let amount = |minor: i64| cx.amount_in(minor, &order.currency);
    let waits_for_transfer = order.payment_method == PaymentMethod::BankTransfer
        && order.due_minor() > 0
        && order.state == OrderState::Placed;
    let lines = dossier.lines.iter().map(|line| SummaryLine {
        title: line.title.clone(),
        note: line.options.clone(),
        href: None,
        picture: line.picture_id.and_then(&picture),
        quantity: presenters::to_i32(line.quantity),
        unit: amount(line.unit_minor),
        total: amount(line.goods_minor()),
    });
    let address = presenters::address_lines(&dossier.address, &cx.settings.country);
    let is_sent = dossier.requires_shipping() && !order.pickup;
    let events: Vec<&_> = dossier.events.iter().filter(|event| event.public).collect();
    let last = events.len();
    Show {
        number: order.number.clone(),
        heading: heading(dossier),
        states: states(order),
        is_new: order.state.is_confirmed()
            && order.placed_at.is_some_and(|at| at > presenters::days_before(cx.now, 1))
            && (order.fulfilment_state == OrderFulfilmentState::Unfulfilled || !dossier.requires_shipping()),
        next_steps: next_steps(order, cx.settings.has_bank_account()),
        bank: (waits_for_transfer && cx.settings.has_bank_account()).then(|| BankTransferDetails {
            details_lines: cx.settings.bank_account.lines().map(str::to_owned).collect(),
            amount: amount(order.due_minor()),
            reference: order.number.clone().unwrap_or_default(),
            // The hold ends at midnight; show the day before.
            until: order.hold_until.map(|at| cx.date(at.minus(jiff::SignedDuration::from_secs(1)))),
        }),
        retry_payment_href: (order.state == OrderState::Pending && !is_at_the_bank(order))
            .then(|| paths::order_payment(token)),
        lines: lines.collect(),
        totals: presenters::build_totals(
            &TotalsInput {
                goods: order.goods_minor,
                discount: order.discount_minor,
                coupon_code: dossier.coupon_code.as_deref(),
                shipping: order.shipping_minor,
                shipping_name: &order.shipping_name,
                taxes: &dossier.taxes,
                tax_included: order.prices_include_tax,
                total: order.total_minor,
                currency: &order.currency,
                gift_cards: &presenters::gift_card_amounts(dossier),
                remainder_label: order.payment_method.label(),
            },
            cx,
        ),
        shipping_address: if is_sent { address.clone() } else { Vec::new() },
        billing_address: if is_sent { Vec::new() } else { address },
        email: order.email.clone(),
        shipping_name: order.shipping_name.clone(),
        payment_name: order.payment_label(),
        fulfilments: shipments(cx, dossier),
        documents: Vec::new(),
        gift_cards: Vec::new(),
        returns: Vec::new(),
        return_href: None,
        timeline: events
            .iter()
            .enumerate()
            .map(|(at, event)| Event {
                when: cx.date_time(event.at),
                text: event.detail.clone(),
                is_latest: at + 1 == last,
            })
            .collect(),
        contact_email: cx.settings.contact_email.clone(),
    }
}

/// A bought gift card with its code. This page is open only to the buyer and to staff with `ReadCodes`.
fn gift_card(cx: &Context, key: &SecretKey, card: &GiftCard) -> GiftCardRow {
    GiftCardRow {
        code: card.code(key).unwrap_or_else(|| format!("… {}", card.last4)),
        balance: cx.amount_in(card.balance_minor, &card.currency),
        can_be_used: card.status(cx.now) == GiftCardStatus::Active,
    }
}

fn returns(conn: &mut Conn, cx: &Context, dossier: &OrderDetails, token: &str) -> Result<Vec<ReturnRow>> {
    let title = |id: i64| dossier.lines.iter().find(|line| line.id == id).map_or_else(String::new, OrderLine::name);
    let shown = |(back, pieces): (Return, Vec<ReturnLine>)| {
        let (kind, text, next) = match back.state {
            ReturnState::Requested => ("warn", "Return requested", "We will review it and email you."),
            ReturnState::Approved => ("info", "Return approved", "We will refund you once it arrives."),
            ReturnState::Received => ("info", "Return received", ""),
            ReturnState::Refunded => ("good", "Refunded", ""),
            ReturnState::Refused => ("bad", "Return declined", ""),
            ReturnState::Cancelled => ("info", "Cancelled", ""),
        };
        let is_approved = back.state == ReturnState::Approved;
        ReturnRow {
            state: StatusBadge { kind, text: text.to_owned() },
            when: cx.date_time(back.created_at),
            items: pieces.iter().map(|piece| format!("{} × {}", piece.quantity, title(piece.order_line_id))).collect(),
            reason: back.reason,
            next: next.to_owned(),
            answer: back.answer,
            send_to: is_approved.then(|| {
                let address = cx.settings.business_address.lines().map(str::to_owned);
                std::iter::once(cx.settings.site_name.clone()).chain(address).collect()
            }),
            cancel: back.state.is_open().then(|| paths::order_return_cancellation(token, back.id)),
        }
    };
    Ok(Return::list_for_order(conn, dossier.order.id)?.into_iter().map(shown).collect())
}

fn heading(dossier: &OrderDetails) -> String {
    let order = &dossier.order;
    match (order.state, order.fulfilment_state) {
        (OrderState::Pending, _) if is_at_the_bank(order) => "Your payment is being processed".to_owned(),
        (OrderState::Pending, _) => "One more step: pay for your order".to_owned(),
        (OrderState::Expired, _) => "This order has expired".to_owned(),
        (OrderState::Cancelled, _) => "This order was cancelled".to_owned(),
        (_, OrderFulfilmentState::Returned) => "Your order was returned".to_owned(),
        (_, OrderFulfilmentState::PartiallyReturned) => "Part of your order was returned".to_owned(),
        (_, OrderFulfilmentState::Fulfilled) if is_lost(dossier) => "Your order could not be delivered".to_owned(),
        (_, OrderFulfilmentState::Fulfilled) if has_arrived(dossier) => "Your order was delivered".to_owned(),
        (_, OrderFulfilmentState::Fulfilled) => "Your order is on its way".to_owned(),
        (_, OrderFulfilmentState::PartiallyFulfilled) => "Part of your order is on its way".to_owned(),
        // The full name: given and family names cannot be told apart reliably.
        _ => format!("Thank you, {}", dossier.address.name.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// All fulfilments failed and were closed.
fn is_lost(dossier: &OrderDetails) -> bool {
    let closed = |(parcel, _): &(Fulfilment, _)| parcel.state == FulfilmentState::Cancelled;
    !dossier.fulfilments.is_empty() && dossier.fulfilments.iter().all(closed)
}

/// Every fulfilment was delivered or closed.
fn has_arrived(dossier: &OrderDetails) -> bool {
    let over =
        |(parcel, _): &(Fulfilment, _)| matches!(parcel.state, FulfilmentState::Delivered | FulfilmentState::Cancelled);
    !dossier.fulfilments.is_empty() && dossier.fulfilments.iter().all(over)
}

/// The buyer has paid, but the bank has not confirmed it yet.
fn is_at_the_bank(order: &Order) -> bool {
    matches!(order.payment_state, PaymentState::Processing | PaymentState::Authorized)
}

fn states(order: &Order) -> Vec<StatusBadge> {
    let state = |kind, text: &str| StatusBadge { kind, text: text.to_owned() };
    match order.state {
        OrderState::Pending if is_at_the_bank(order) => return vec![state("info", "Payment processing")],
        OrderState::Pending => return vec![state("warn", "Unpaid")],
        OrderState::Expired => return vec![state("bad", "Expired")],
        OrderState::Cancelled => return vec![state("bad", "Cancelled")],
        OrderState::Placed | OrderState::Completed => {}
    }
    let paid = if order.payment_state == PaymentState::Refunded {
        state("info", "Refunded")
    } else if order.payment_state == PaymentState::PartiallyRefunded {
        state("good", "Partially refunded")
    } else if order.due_minor() == 0 {
        state("good", "Paid")
    } else if order.is_paid_on_collection() {
        state("warn", "Pay on pickup")
    } else {
        state("warn", "Awaiting payment")
    };
    let sent = match order.fulfilment_state {
        OrderFulfilmentState::Fulfilled => state("good", if order.pickup { "Picked up" } else { "Shipped" }),
        OrderFulfilmentState::PartiallyFulfilled => state("info", "Partially shipped"),
        OrderFulfilmentState::PartiallyReturned => state("info", "Partially returned"),
        OrderFulfilmentState::Returned => state("info", "Returned"),
        OrderFulfilmentState::None => return vec![paid],
        // Packing waits for the payment.
        OrderFulfilmentState::Unfulfilled if order.due_minor() > 0 && !order.is_paid_on_collection() => {
            return vec![paid];
        }
        _ => state("info", "Being prepared"),
    };
    vec![paid, sent]
}

fn next_steps(order: &Order, takes_transfers: bool) -> Vec<String> {
    let mut steps = Vec::new();
    if order.state == OrderState::Pending && is_at_the_bank(order) {
        steps.push("This can take a few days. We will email you as soon as the payment arrives.".to_owned());
    }
    if order.is_transfer_expired() && order.captured_minor == 0 {
        steps.push(
            "Your transfer did not arrive in time. Nothing will be shipped, and you do not have to pay.".to_owned(),
        );
        steps.push("If you have already sent the money, we will contact you as soon as it arrives.".to_owned());
    }
    if !matches!(order.state, OrderState::Placed) {
        return steps;
    }
    if order.due_minor() > 0 && order.payment_method != PaymentMethod::Cash {
        let how = match takes_transfers {
            true => "Transfer the amount to the account below, with your order number as the reference.",
            false => "We will email you our bank details.",
        };
        steps.push(how.to_owned());
        let then = if order.is_awaiting_fulfilment() {
            "We will pack your order"
        } else {
            "We will send your gift card by email"
        };
        steps.push(format!("{then} as soon as the payment arrives."));
    } else if order.is_awaiting_fulfilment() {
        steps.push("We will pack your order.".to_owned());
    }
    if order.is_awaiting_fulfilment() {
        let last = if order.pickup {
            "We will email you when it is ready for pickup."
        } else {
            "We will email you when it ships."
        };
        steps.push(last.to_owned());
    }
    if order.is_paid_on_collection() {
        steps.push("You pay when you pick it up.".to_owned());
    }
    steps
}

fn shipments(cx: &Context, dossier: &OrderDetails) -> Vec<FulfilmentRow> {
    let title = |id: i64| dossier.lines.iter().find(|line| line.id == id).map_or_else(String::new, OrderLine::name);
    let parcels = dossier.fulfilments.iter().map(|(parcel, inside)| FulfilmentRow {
        carrier: parcel.carrier.clone(),
        tracking_number: parcel.tracking_number.clone(),
        tracking_url: Some(parcel.tracking_url.clone()).filter(|url| !url.is_empty()),
        when: cx.date_time(parcel.shipped_at),
        state: match (parcel.state, dossier.order.pickup) {
            (FulfilmentState::Shipped, _) => None,
            (FulfilmentState::Delivered, false) => Some(StatusBadge { kind: "good", text: "Delivered".to_owned() }),
            (FulfilmentState::Delivered, true) => Some(StatusBadge { kind: "good", text: "Picked up".to_owned() }),
            (FulfilmentState::Failed | FulfilmentState::Cancelled, false) => {
                Some(StatusBadge { kind: "warn", text: "Delivery failed".to_owned() })
            }
            (FulfilmentState::Failed | FulfilmentState::Cancelled, true) => {
                Some(StatusBadge { kind: "warn", text: "Not picked up".to_owned() })
            }
        },
        items: inside.iter().map(|(line, quantity)| format!("{quantity} × {}", title(*line))).collect(),
    });
    parcels.collect()
}

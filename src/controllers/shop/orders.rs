//! A buyer's order: what was agreed, what happened, what comes next.

use actix_web::web::{Path, Query};
use serde::Deserialize;

use crate::db::Conn;
use crate::error::Result;
use crate::http::page::Layout;
use crate::http::pictures::picture;
use crate::http::shown::Sums;
use crate::http::{Context, Reply, Visitor, shown};
use crate::jobs::payments;
use crate::models::gift_card::{GiftCard, Standing};
use crate::models::invoice::Invoice;
use crate::models::media::Media;
use crate::models::order::returning::{Return, ReturnLine, ReturnState};
use crate::models::order::{
    Dossier, FulfilState, Order, OrderLine, OrderState, Parcel, ParcelState, PaymentMethod, PaymentState,
};
use crate::paths;
use crate::support::token::SecretKey;
use crate::views::Link;
use crate::views::shop::SummaryLine;
use crate::views::shop::orders::{Bank, Card, Event, Returned, Shipment, Show, State};

/// What the address may say.
#[derive(Deserialize)]
pub struct Asked {
    /// The buyer comes from the payment page.
    paid: Option<String>,
}

/// Shows the order that the token opens.
pub async fn show(visitor: Visitor, token: Path<String>, asked: Query<Asked>) -> Result<Reply> {
    let token = token.into_inner();
    if asked.paid.is_some() {
        let known = token.clone();
        let order = visitor.read(move |conn| Order::by_token(conn, &known)).await;
        let order = order.map_err(|error| visitor.wrong_link(error))?;
        if order.state == OrderState::Pending {
            payments::came_back(visitor.app(), order.id).await;
        }
    }
    let key = visitor.app().db.means().key.clone();
    let reply = visitor
        .page_in(Layout::Private, move |conn, cx| {
            let dossier = Order::by_token(conn, &token)?.dossier(conn)?;
            let ids: Vec<i64> = dossier.lines.iter().filter_map(|line| line.picture_id).collect();
            let pictures = Media::by_id(conn, &ids)?;
            let papers = Invoice::of_order(conn, dossier.order.id)?;
            let papers = papers.iter().map(|paper| Link {
                label: format!("{} {}", paper.kind.label(), paper.label()),
                href: paths::order_invoice(&token, paper.id),
            });
            let mut page =
                order_page(cx, &dossier, &token, |id| pictures.get(&id).map(|media| picture(media, Some(""))));
            page.papers = papers.collect();
            let cards = GiftCard::bought_with(conn, dossier.order.id)?;
            page.returns = returns(conn, cx, &dossier, &token)?;
            if !dossier.order.returnable(conn)?.is_empty() {
                page.return_href = Some(paths::new_order_return(&token));
            }
            page.gift_cards = cards.iter().map(|card| gift_card(cx, &key, card)).collect();
            Ok(page)
        })
        .await;
    Ok(unlisted(reply.map_err(|error| visitor.wrong_link(error))?))
}

/// A page whose address opens an order: nobody else is told it.
pub(super) fn unlisted(reply: Reply) -> Reply {
    reply
        .header(actix_web::http::header::REFERRER_POLICY, "same-origin")
        .header(actix_web::http::header::HeaderName::from_static("x-robots-tag"), "noindex")
}

fn order_page(
    cx: &Context,
    dossier: &Dossier,
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
        quantity: shown::small(line.quantity),
        unit: amount(line.unit_minor),
        total: amount(line.goods_minor()),
    });
    let address = shown::address_lines(&dossier.address, &cx.settings.country);
    let is_sent = dossier.is_sent() && !order.pickup;
    let events: Vec<&_> = dossier.events.iter().filter(|event| event.public).collect();
    let last = events.len();
    Show {
        number: order.number.clone(),
        heading: heading(dossier),
        states: states(order),
        is_new: order.state.holds()
            && order.placed_at.is_some_and(|at| at > shown::days_before(cx.now, 1))
            && (order.fulfil_state == FulfilState::Unfulfilled || !dossier.is_sent()),
        next_steps: next_steps(order, cx.settings.takes_transfers()),
        bank: (waits_for_transfer && cx.settings.takes_transfers()).then(|| Bank {
            details_lines: cx.settings.bank_account.lines().map(str::to_owned).collect(),
            amount: amount(order.due_minor()),
            reference: order.number.clone().unwrap_or_default(),
            // The hold ends with the first moment of the next day.
            until: order.hold_until.map(|at| cx.date(at.minus(jiff::SignedDuration::from_secs(1)))),
        }),
        pay_again: (order.state == OrderState::Pending && !is_at_the_bank(order)).then(|| paths::order_payment(token)),
        lines: lines.collect(),
        totals: shown::totals(
            &Sums {
                goods: order.goods_minor,
                discount: order.discount_minor,
                code: dossier.code.as_deref(),
                shipping: order.shipping_minor,
                shipping_name: &order.shipping_name,
                taxes: &dossier.taxes,
                tax_included: order.prices_include_tax,
                total: order.total_minor,
                currency: &order.currency,
                cards: &shown::cards_of(dossier),
                rest_name: order.payment_method.label(),
            },
            cx,
        ),
        shipping_address: if is_sent { address.clone() } else { Vec::new() },
        billing_address: if is_sent { Vec::new() } else { address },
        email: order.email.clone(),
        shipping_name: order.shipping_name.clone(),
        payment_name: order.payment_words(),
        shipments: shipments(cx, dossier),
        papers: Vec::new(),
        gift_cards: Vec::new(),
        returns: Vec::new(),
        return_href: None,
        timeline: events
            .iter()
            .enumerate()
            .map(|(at, event)| Event { when: cx.moment(event.at), text: event.detail.clone(), now: at + 1 == last })
            .collect(),
        contact_email: cx.settings.contact_email.clone(),
    }
}

/// A card that was bought, with its code: this page opens for its buyer, and for staff who may read the letter with it.
fn gift_card(cx: &Context, key: &SecretKey, card: &GiftCard) -> Card {
    Card {
        code: card.code(key).unwrap_or_else(|| format!("… {}", card.last4)),
        balance: cx.amount_in(card.balance_minor, &card.currency),
        can_be_used: card.standing(cx.now) == Standing::Good,
    }
}

fn returns(conn: &mut Conn, cx: &Context, dossier: &Dossier, token: &str) -> Result<Vec<Returned>> {
    let title = |id: i64| dossier.lines.iter().find(|line| line.id == id).map_or_else(String::new, OrderLine::name);
    let shown = |(back, pieces): (Return, Vec<ReturnLine>)| {
        let (kind, text, next) = match back.state {
            ReturnState::Requested => ("warn", "Waiting for our answer", "We look at it and write to you."),
            ReturnState::Approved => ("info", "You can send it back", "We pay you back once it is here."),
            ReturnState::Received => ("info", "It has arrived", ""),
            ReturnState::Refunded => ("good", "Paid back", ""),
            ReturnState::Refused => ("bad", "Not taken back", ""),
            ReturnState::Cancelled => ("info", "Cancelled", ""),
        };
        let is_approved = back.state == ReturnState::Approved;
        Returned {
            state: State { kind, text: text.to_owned() },
            when: cx.moment(back.created_at),
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
    Ok(Return::of_order(conn, dossier.order.id)?.into_iter().map(shown).collect())
}

fn heading(dossier: &Dossier) -> String {
    let order = &dossier.order;
    match (order.state, order.fulfil_state) {
        (OrderState::Pending, _) if is_at_the_bank(order) => "Your bank is working on your payment".to_owned(),
        (OrderState::Pending, _) => "One more step: pay for your order".to_owned(),
        (OrderState::Expired, _) => "This order was given up".to_owned(),
        (OrderState::Cancelled, _) => "This order was cancelled".to_owned(),
        (_, FulfilState::Returned) => "Your order came back to us".to_owned(),
        (_, FulfilState::PartReturned) => "A part of your order came back to us".to_owned(),
        (_, FulfilState::Fulfilled) if is_lost(dossier) => "Your order did not reach you".to_owned(),
        (_, FulfilState::Fulfilled) if has_arrived(dossier) => "Your order has arrived".to_owned(),
        (_, FulfilState::Fulfilled) => "Your order is on its way".to_owned(),
        (_, FulfilState::Partial) => "A part of your order is on its way".to_owned(),
        // The whole name: which part of it is a title, a first name or a family name cannot be told.
        _ => format!("Thank you, {}", dossier.address.name.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// No parcel is expected any more, and none has come.
fn is_lost(dossier: &Dossier) -> bool {
    let closed = |(parcel, _): &(Parcel, _)| parcel.state == ParcelState::Cancelled;
    !dossier.parcels.is_empty() && dossier.parcels.iter().all(closed)
}

/// All parcels that are expected have come.
fn has_arrived(dossier: &Dossier) -> bool {
    let over = |(parcel, _): &(Parcel, _)| matches!(parcel.state, ParcelState::Delivered | ParcelState::Cancelled);
    !dossier.parcels.is_empty() && dossier.parcels.iter().all(over)
}

/// The buyer has paid, and the bank has not said yes or no yet.
fn is_at_the_bank(order: &Order) -> bool {
    matches!(order.payment_state, PaymentState::Processing | PaymentState::Authorized)
}

fn states(order: &Order) -> Vec<State> {
    let state = |kind, text: &str| State { kind, text: text.to_owned() };
    match order.state {
        OrderState::Pending if is_at_the_bank(order) => return vec![state("info", "Payment on its way")],
        OrderState::Pending => return vec![state("warn", "Not paid yet")],
        OrderState::Expired => return vec![state("bad", "Given up")],
        OrderState::Cancelled => return vec![state("bad", "Cancelled")],
        OrderState::Placed | OrderState::Completed => {}
    }
    let paid = if order.payment_state == PaymentState::Refunded {
        state("info", "Paid back")
    } else if order.payment_state == PaymentState::PartRefunded {
        state("good", "Paid, partly paid back")
    } else if order.due_minor() == 0 {
        state("good", "Paid")
    } else if order.is_paid_on_collection() {
        state("warn", "Pay when you collect")
    } else {
        state("warn", "Waiting for payment")
    };
    let sent = match order.fulfil_state {
        FulfilState::Fulfilled => state("good", if order.pickup { "Picked up" } else { "Sent" }),
        FulfilState::Partial => state("info", "Partly sent"),
        FulfilState::PartReturned => state("info", "Partly returned"),
        FulfilState::Returned => state("info", "Returned"),
        FulfilState::None => return vec![paid],
        // Packing waits for the money.
        FulfilState::Unfulfilled if order.due_minor() > 0 && !order.is_paid_on_collection() => return vec![paid],
        _ => state("info", "Being prepared"),
    };
    vec![paid, sent]
}

fn next_steps(order: &Order, takes_transfers: bool) -> Vec<String> {
    let mut steps = Vec::new();
    if order.state == OrderState::Pending && is_at_the_bank(order) {
        steps.push("This can take a few days. We write to you as soon as the money is there.".to_owned());
    }
    if order.is_lapsed() && order.captured_minor == 0 {
        steps.push("Your transfer did not come in time. Nothing will be sent, and you do not have to pay.".to_owned());
        steps.push("If the money is on its way, we look after it as soon as it is here.".to_owned());
    }
    if !matches!(order.state, OrderState::Placed) {
        return steps;
    }
    if order.due_minor() > 0 && order.payment_method != PaymentMethod::Cash {
        let how = match takes_transfers {
            true => "Transfer the amount to the account below, with your order number as the reference.",
            false => "We write to you where to transfer the amount to.",
        };
        steps.push(how.to_owned());
        let then = if order.is_to_send() { "We pack your order" } else { "We send your gift card by email" };
        steps.push(format!("{then} as soon as the money is there."));
    } else if order.is_to_send() {
        steps.push("We pack your order.".to_owned());
    }
    if order.is_to_send() {
        let last = if order.pickup {
            "We write to you when you can pick it up."
        } else {
            "We write to you when it is on its way."
        };
        steps.push(last.to_owned());
    }
    if order.is_paid_on_collection() {
        steps.push("You pay when you collect it.".to_owned());
    }
    steps
}

fn shipments(cx: &Context, dossier: &Dossier) -> Vec<Shipment> {
    let title = |id: i64| dossier.lines.iter().find(|line| line.id == id).map_or_else(String::new, OrderLine::name);
    let parcels = dossier.parcels.iter().map(|(parcel, inside)| Shipment {
        carrier: parcel.carrier.clone(),
        tracking_number: parcel.tracking_number.clone(),
        tracking_url: Some(parcel.tracking_url.clone()).filter(|url| !url.is_empty()),
        when: cx.moment(parcel.shipped_at),
        state: match (parcel.state, dossier.order.pickup) {
            (ParcelState::Shipped, _) => None,
            (ParcelState::Delivered, false) => Some(State { kind: "good", text: "Delivered".to_owned() }),
            (ParcelState::Delivered, true) => Some(State { kind: "good", text: "Collected".to_owned() }),
            (ParcelState::Failed | ParcelState::Cancelled, false) => {
                Some(State { kind: "warn", text: "Did not arrive".to_owned() })
            }
            (ParcelState::Failed | ParcelState::Cancelled, true) => {
                Some(State { kind: "warn", text: "Not collected".to_owned() })
            }
        },
        items: inside.iter().map(|(line, quantity)| format!("{quantity} × {}", title(*line))).collect(),
    });
    parcels.collect()
}

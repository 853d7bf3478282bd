//! Orders: the list and the page of one.

use actix_web::web::Path;

use super::attention::named;
use super::{Narrowing, returns};
use crate::db::Conn;
use crate::error::Result;
use crate::forms::Fields;
use crate::http::guards::{Needs, needs};
use crate::http::pictures::picture;
use crate::http::shown::{address_lines, cards_of, discount, paid_by_cards, tax_label};
use crate::http::{Context, Reply, Staff};
use crate::models::account::roles::Permission;
use crate::models::gift_card::listing::Movement;
use crate::models::gift_card::{EntryKind, GiftCard};
use crate::models::invoice::Invoice;
use crate::models::letter::{Letter, LetterState};
use crate::models::media::Media;
use crate::models::order::listing::View;
use crate::models::order::refunding::Refund;
use crate::models::order::repaying::{Repayment, RepaymentState};
use crate::models::order::vat_check::VatCheck;
use crate::models::order::{Dossier, FulfilState, Order, OrderLine, OrderState, ParcelState, PaymentState};
use crate::models::payment::{Attempt, FactKind, ProviderName, Transaction};
use crate::models::product::Product;
use crate::paths;
use crate::support::clock::Utc;

use crate::views::admin::Pill;
use crate::views::admin::orders::{
    Counts, Customer, Event, Index, Line, Money, MoneyFact, Row, Shipment, Show, TaxRow, Totals, Vat, Waiting,
};
use crate::views::{Link, When};

/// The list.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Staff<needs::Orders>) -> Result<Reply> {
    let find = Narrowing::of(&staff);
    staff
        .page(move |conn, cx| {
            let view = View::parse(&find.tab).unwrap_or(View::All);
            let rows = Order::page(conn, view, &find.words(), &find.window)?.map(|(order, customer, items)| {
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
                all: Order::count(conn, View::All)?,
                to_pay: Order::count(conn, View::ToPay)?,
                to_pack: Order::count(conn, View::ToPack)?,
                done: Order::count(conn, View::Done)?,
                cancelled: Order::count(conn, View::Cancelled)?,
            };
            Ok(Index { tab: find.tab, counts, q: find.q, rows })
        })
        .await
}

/// An order.
///
/// # Errors
/// `NotFound`.
pub async fn show(staff: Staff<needs::Orders>, number: Path<String>) -> Result<Reply> {
    shown(&staff, number.into_inner(), Typed::default()).await
}

/// The forms of an order's page as they were typed.
#[derive(Default)]
pub(super) struct Typed {
    /// A note.
    pub note: Fields,
    /// A parcel.
    pub parcel: Fields,
    /// A parcel that is sent again.
    pub again: Fields,
    /// Paying back.
    pub refund: Fields,
    /// Sending back.
    pub returns: Fields,
}

/// The order's page with its forms as they were typed.
pub(super) async fn shown<P: Needs>(staff: &Staff<P>, number: String, typed: Typed) -> Result<Reply> {
    let key = staff.visitor.app().db.means().key.clone();
    staff
        .page(move |conn, cx| {
            let order = Order::by_number(conn, &number)?;
            // The buyer's page has the codes of gift cards, as letters have: it is for those who may read them.
            let buyer_href =
                cx.may(Permission::ReadCodes).then(|| paths::order(&Order::access_token(&key, &order.public_id)));
            let dossier = order.dossier(conn)?;
            page(conn, cx, dossier, buyer_href, typed)
        })
        .await
}

/// Back to the order, because somebody was quicker.
pub(super) fn too_late(number: &str) -> Reply {
    Reply::see(paths::admin::order(number)).alert("This is not possible any more: the order has changed. Please look.")
}

fn page(conn: &mut Conn, cx: &Context, dossier: Dossier, buyer_href: Option<String>, typed: Typed) -> Result<Show> {
    let order = &dossier.order;
    let open = order.state == OrderState::Placed;
    let sent = dossier.lines.iter().any(|line| line.fulfilled > 0);
    let left = dossier.lines.iter().any(|line| line.left_to_send() > 0);
    let holds = order.state.holds();
    let manages = cx.may(Permission::ManageOrders);
    let is_sent = dossier.is_sent() && !order.pickup;
    let refundable = manages && order.can_be_paid_back();
    Ok(Show {
        number: order.key().to_owned(),
        name: named(order),
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
        billing_address: if dossier.is_sent() { Vec::new() } else { address_lines(&dossier.address, "") },
        papers: papers(conn, order)?,
        timeline: timeline(conn, cx, &dossier)?,
        note: typed.note,
        fulfil: (cx.may(Permission::Fulfil) && open && left).then_some(typed.parcel),
        refund: refundable.then_some(typed.refund),
        refunded_before: order.money(order.refunded_minor).decimal(),
        can_refund_shipping: order.shipping_minor > 0 && order.refunded_shipping_minor == 0,
        returns: returns::section(conn, cx, &dossier, typed.returns)?,
        shipments: shipments(conn, cx, &dossier)?,
        can_move_parcels: cx.may(Permission::Fulfil),
        again: typed.again,
        can_mark_paid: manages && (holds || order.is_lapsed()) && order.due_minor() > 0,
        is_lapsed: order.is_lapsed(),
        vat: vat(conn, cx, &dossier)?,
        can_cancel: manages && open && !sent,
        pays_back: order.kept_minor() > 0,
        buyer_href,
        attention: order.attention.clone(),
    })
}

fn placed(cx: &Context, order: &Order) -> When {
    cx.moment(order.placed_at.unwrap_or(order.created_at))
}

fn payment(order: &Order) -> Pill {
    let is_off = order.state.is_off();
    let (text, kind) = match order.payment_state {
        PaymentState::None => ("Nothing to pay", ""),
        PaymentState::Unpaid if is_off => ("Not paid", ""),
        PaymentState::Unpaid if order.is_paid_on_collection() => ("Pays when collecting", "warn"),
        PaymentState::Unpaid => ("Unpaid", "warn todo"),
        PaymentState::Partial => ("Partly paid", "warn todo"),
        PaymentState::Paid => ("Paid", "good"),
        PaymentState::Processing => ("At the bank", "warn"),
        PaymentState::Authorized => ("Authorised", "warn"),
        PaymentState::Overpaid => ("Overpaid", "bad"),
        PaymentState::PartRefunded => ("Partly paid back", ""),
        PaymentState::Refunded => ("Paid back", ""),
        PaymentState::Disputed => ("Disputed", "bad"),
    };
    Pill { text: text.to_owned(), kind }
}

fn fulfilment(order: &Order) -> Pill {
    let (text, kind) = match (order.state, order.fulfil_state) {
        (OrderState::Cancelled, _) => ("Cancelled", "bad"),
        (OrderState::Expired, _) => ("Expired", "bad"),
        (_, FulfilState::None) => ("Nothing to send", ""),
        (_, FulfilState::Unfulfilled) => ("Not sent", "warn todo"),
        (_, FulfilState::Partial) => ("Partly sent", "warn todo"),
        (_, FulfilState::Fulfilled) => ("Sent", "good"),
        (_, FulfilState::PartReturned) => ("Partly returned", ""),
        (_, FulfilState::Returned) => ("Returned", ""),
    };
    Pill { text: text.to_owned(), kind }
}

fn lines(conn: &mut Conn, cx: &Context, dossier: &Dossier) -> Result<Vec<Line>> {
    let pictures: Vec<i64> = dossier.lines.iter().filter_map(|line| line.picture_id).collect();
    let pictures = Media::by_id(conn, &pictures)?;
    let variants: Vec<i64> = dossier.lines.iter().filter_map(|line| line.variant_id).collect();
    let products =
        if cx.may(Permission::Products) { Product::of_variants(conn, &variants)? } else { Default::default() };
    let currency = &dossier.order.currency;
    let line = |line: &OrderLine| Line {
        id: line.id,
        title: line.title.clone(),
        options: line.options.clone(),
        href: line.variant_id.and_then(|id| products.get(&id)).map(|id| paths::admin::product(id)),
        sku: line.sku.clone(),
        quantity: line.quantity,
        fulfilled: line.fulfilled,
        left: line.left_to_send(),
        refunded: line.refunded,
        unit: cx.amount_in(line.unit_minor, currency),
        total: cx.amount_in(line.goods_minor(), currency),
        picture: line.picture_id.and_then(|id| pictures.get(&id)).map(|media| picture(media, None)),
    };
    Ok(dossier.lines.iter().map(line).collect())
}

fn totals(cx: &Context, dossier: &Dossier) -> Totals {
    let order = &dossier.order;
    let amount = |minor| cx.amount_in(minor, &order.currency);
    let tax = |(name, ppm, minor): &(String, i64, i64)| TaxRow { name: tax_label(name, *ppm), amount: amount(*minor) };
    Totals {
        goods: amount(order.goods_minor),
        discount: discount(dossier.code.as_deref(), order.discount_minor, amount),
        shipping: amount(order.shipping_minor),
        shipping_name: order.shipping_name.clone(),
        taxes: dossier.taxes.iter().map(tax).collect(),
        tax_included: order.prices_include_tax,
        total: amount(order.total_minor),
        cards: paid_by_cards(&cards_of(dossier), order.total_minor, "", amount).0,
    }
}

fn money(conn: &mut Conn, cx: &Context, order: &Order) -> Result<Money> {
    let amount = |minor| cx.amount_in(minor, &order.currency);
    let payments = Attempt::transactions(conn, order.id)?.into_iter().rev().map(|fact| {
        let words = MoneyFact {
            when: cx.moment(fact.at),
            text: fact_words(&fact).to_owned(),
            reference: if fact.provider == ProviderName::Manual { String::new() } else { fact.provider_ref.clone() },
            amount: cx.amount_in(fact.amount_minor, &fact.currency),
        };
        (fact.at, words)
    });
    let cards = GiftCard::movements(conn, order.id)?.into_iter().rev().map(|moved| {
        let words = MoneyFact {
            when: cx.moment(moved.at),
            text: card_words(&moved),
            reference: String::new(),
            amount: amount(moved.delta_minor.saturating_abs()),
        };
        (moved.at, words)
    });
    let mut facts: Vec<(Utc, MoneyFact)> = payments.chain(cards).collect();
    facts.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut waiting = Vec::new();
    // What failed and is no longer there has gone back another way.
    let waits = |part: &Repayment| match part.state {
        RepaymentState::Requested | RepaymentState::Sent => true,
        RepaymentState::Failed => order.kept_minor() >= part.amount_minor,
        RepaymentState::Succeeded => false,
    };
    for (refund, parts) in Refund::of_order(conn, order.id)? {
        for part in parts.into_iter().filter(waits) {
            waiting.push(Waiting {
                when: cx.moment(refund.created_at),
                amount: amount(part.amount_minor),
                error: part.last_error.clone(),
                retry: (part.state == RepaymentState::Failed && cx.may(Permission::ManageOrders))
                    .then(|| paths::admin::order_repayment(order.key(), part.id)),
            });
        }
    }
    let due = if order.state.is_off() { 0 } else { order.due_minor() };
    Ok(Money {
        due: (due > 0).then(|| amount(due)),
        captured: amount(order.captured_minor),
        refunded: (order.refunded_minor > 0).then(|| amount(order.refunded_minor)),
        waiting,
        is_paid_by_cards: order.gift_card_minor > 0 && order.gift_card_minor == order.total_minor,
        payment_name: order.payment_method.label().to_owned(),
        facts: facts.into_iter().map(|(_, words)| words).collect(),
    })
}

fn card_words(moved: &Movement) -> String {
    let card = format!("gift card ending {}", moved.last4);
    match moved.kind {
        EntryKind::Hold => format!("Held on {card}:"),
        EntryKind::Release => format!("No longer held on {card}:"),
        EntryKind::Refund => format!("Paid back on {card}:"),
        EntryKind::Use | EntryKind::Issue | EntryKind::Adjust => format!("Paid by {card}:"),
    }
}

fn fact_words(fact: &Transaction) -> &'static str {
    match (fact.kind, fact.provider) {
        (FactKind::Capture, ProviderName::Manual) => "Marked as paid:",
        (FactKind::Capture, ProviderName::Test) => "Paid by test card:",
        (FactKind::Capture, ProviderName::Stripe) => "Paid by card:",
        (FactKind::Refund, ProviderName::Manual) => "To be paid back by hand:",
        (FactKind::Refund, _) => "Paid back on the card:",
        (FactKind::RefundFailed, _) => "Did not reach the buyer:",
        (FactKind::Authorize, _) => "Authorised:",
        (FactKind::Void, _) => "Given back before it was taken:",
        (FactKind::Dispute, _) => "Taken back by the buyer’s bank:",
        (FactKind::DisputeWon, _) => "Dispute won:",
    }
}

fn papers(conn: &mut Conn, order: &Order) -> Result<Vec<Link>> {
    let link = |paper: Invoice| Link {
        label: format!("{} {}", paper.kind.label(), paper.label()),
        href: paths::admin::order_invoice(order.key(), paper.id),
    };
    Ok(Invoice::of_order(conn, order.id)?.into_iter().map(link).collect())
}

/// The VAT number that took the tax off.
fn vat(conn: &mut Conn, cx: &Context, dossier: &Dossier) -> Result<Option<Vat>> {
    let order = &dossier.order;
    let (text, kind) = match order.vat_check(conn)? {
        VatCheck::None => return Ok(None),
        VatCheck::Unchecked => ("Number not checked", "warn todo"),
        VatCheck::Valid => ("Valid", "good"),
        VatCheck::Invalid => ("Not valid", "bad"),
    };
    let is_open = kind == "warn todo" && cx.may(Permission::ManageOrders);
    Ok(Some(Vat {
        number: dossier.address.vat_number.clone(),
        company: dossier.address.company.clone(),
        state: Pill { text: text.to_owned(), kind },
        action: is_open.then(|| paths::admin::order_vat_number(order.key())),
    }))
}

/// What happened and what was written, the latest first.
fn timeline(conn: &mut Conn, cx: &Context, dossier: &Dossier) -> Result<Vec<Event>> {
    let mut events: Vec<(Utc, Event)> = Vec::new();
    for event in &dossier.events {
        let nobody = matches!(event.actor.as_str(), "Customer" | "Tradepost");
        let who = if nobody { String::new() } else { event.actor.clone() };
        events.push((event.at, Event { when: cx.moment(event.at), who, text: event.detail.clone(), href: None }));
    }
    for letter in Letter::of_order(conn, dossier.order.id)? {
        let is_untaken = matches!(letter.state, LetterState::Refused | LetterState::Failed);
        let failed = if is_untaken { ", which nobody took" } else { "" };
        let event = Event {
            when: cx.moment(letter.created_at),
            who: String::new(),
            text: format!("Mail to {}: {}{failed}", letter.recipient, letter.subject),
            href: cx.may(Permission::Outbox).then(|| paths::admin::letter(letter.id)),
        };
        events.push((letter.created_at, event));
    }
    events.sort_by_key(|(at, _)| *at);
    Ok(events.into_iter().rev().map(|(_, event)| event).collect())
}

fn shipments(conn: &mut Conn, cx: &Context, dossier: &Dossier) -> Result<Vec<Shipment>> {
    let again = dossier.order.can_send_again(conn)?;
    let title =
        |id: i64| dossier.lines.iter().find(|line| line.id == id).map_or_else(|| "?".to_owned(), OrderLine::name);
    let parcels = dossier.parcels.iter().map(|(parcel, pieces)| {
        let contents: Vec<String> = pieces.iter().map(|(line, count)| format!("{count} × {}", title(*line))).collect();
        let (words, kind) = match (parcel.state, dossier.order.pickup) {
            (ParcelState::Shipped, false) => ("On its way", ""),
            (ParcelState::Delivered, false) => ("Delivered", "good"),
            (ParcelState::Failed, false) => ("Did not arrive", "bad"),
            (ParcelState::Cancelled, false) => ("Did not arrive, closed", ""),
            (ParcelState::Shipped, true) => ("Ready", ""),
            (ParcelState::Delivered, true) => ("Collected", "good"),
            (ParcelState::Failed, true) => ("Not collected", "bad"),
            (ParcelState::Cancelled, true) => ("Not collected, closed", ""),
        };
        Shipment {
            id: parcel.id,
            state: Pill { text: words.to_owned(), kind },
            is_on_its_way: parcel.state == ParcelState::Shipped,
            has_failed: parcel.state == ParcelState::Failed,
            can_be_sent_again: again.contains(&parcel.id),
            when: cx.moment(parcel.shipped_at),
            carrier: parcel.carrier.clone(),
            tracking_number: parcel.tracking_number.clone(),
            tracking_href: Some(parcel.tracking_url.clone()).filter(|link| !link.is_empty()),
            contents: contents.join(", "),
        }
    });
    Ok(parcels.collect())
}

//! Events are stored as data, without sentences except what people typed.

use std::collections::BTreeSet;

use diesel::prelude::*;
use jiff::SignedDuration;
use serde_json::Value;
use tradepost::db::Tx;
use tradepost::error::Result;
use tradepost::jobs::{bank_transfers, payments};
use tradepost::models::catalog::variant::stock_adjustments::{self, AdjustmentKind, StockAdjustment};
use tradepost::models::checkout::gift_card::GiftCard;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::{Actor, Event};
use tradepost::models::sales::order::fulfilment::FulfilmentRequest;
use tradepost::models::sales::order::refunds::RefundRequest;
use tradepost::models::sales::order::returns::{ItemCondition, Return, ReturnRequest};
use tradepost::models::sales::order::{Fulfilment, Order, OrderState};
use tradepost::models::sales::payment::{NewPaymentTransaction, TransactionKind};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::schema::{emails, events, gift_card_ledger, orders, refunds, returns, stock_ledger, webhook_inbox};
use tradepost::support::email_address::EmailAddress;
use tradepost::support::ids::{OrderLineId, PaymentAttemptId};

use crate::support::{TestProduct, TestShop};

/// Everything that is typed below.
const TYPED: [&str; 7] = [
    "DHL Express",
    "Too small for me",
    "It was worn",
    "Arrived broken",
    "Please wrap it as a gift",
    "Found in the cellar",
    "The owner",
];

fn owner() -> Actor {
    Actor::without_account("The owner")
}

fn fulfilment_request() -> FulfilmentRequest {
    FulfilmentRequest {
        carrier: "DHL Express".to_owned(),
        tracking_number: "00340434".to_owned(),
        tracking_url: String::new(),
        line_quantities: Vec::new(),
    }
}

fn return_request(line: OrderLineId) -> ReturnRequest {
    ReturnRequest { line_quantities: vec![(line, 1)], reason: "Too small for me".to_owned() }
}

fn refund_request(line: OrderLineId, quantity: i64) -> RefundRequest {
    let line_quantities = vec![(line, quantity)];
    RefundRequest { line_quantities, shipping: false, restock: false, reason: "Arrived broken".to_owned() }
}

async fn place_order(
    shop: &TestShop,
    product: &TestProduct,
    quantity: i64,
    method: PaymentMethod,
) -> (Order, Option<PaymentAttemptId>) {
    let request = shop.checkout_request(product, quantity, method).await;
    let placed = shop.write(move |tx| Order::place(tx, &request)).await;
    shop.run_jobs().await;
    (placed.order, placed.attempt)
}

/// Captures a payment on an attempt.
async fn capture(
    shop: &TestShop,
    attempt: PaymentAttemptId,
    reference: &'static str,
    amount_minor: i64,
    currency: &'static str,
) {
    let capture = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: reference.to_owned(),
        amount_minor,
        currency: currency.to_owned(),
    };
    let by = Actor::Provider("test".to_owned());
    shop.write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&capture), &by)).await;
}

/// Shipped, lost, sent again and delivered; a part comes back, and another part is refunded.
fn ship_and_return(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    let (number, by) = (order.number.clone().unwrap(), owner());
    let line = order.lines(tx.conn())?.remove(0).id;
    let fulfilments = Order::ship(tx, &number, &fulfilment_request(), &by)?.load_details(tx.conn())?.fulfilments;
    let id = fulfilments[0].0.id;
    Fulfilment::mark_failed(tx, &number, id, &by)?;
    Fulfilment::resend(tx, &number, id, &fulfilment_request(), &by)?;
    Fulfilment::mark_delivered(tx, &number, id, &by)?;
    let token = Order::access_token(tx.secret_key(), &order.public_id);
    let refused = Return::request(tx, &token, &return_request(line))?.id;
    Return::refuse(tx, &number, refused, "It was worn", &by)?;
    let cancelled = Return::request(tx, &token, &return_request(line))?.id;
    Return::cancel_by_customer(tx, &token, cancelled)?;
    for condition in [ItemCondition::Damaged, ItemCondition::Sellable] {
        let id = Return::create_approved(tx, &number, &return_request(line), &by)?.id;
        Return::receive(tx, &number, id, &[(line, condition)], &by)?;
        Return::refund(tx, &number, id, false, &by)?;
    }
    Order::refund(tx, &number, &refund_request(line, 1), &by)?;
    Event::NoteAdded { order: order.id, note: "Please wrap it as a gift".to_owned() }.record(tx, &by)?;
    let email = EmailAddress::parse("new@example.com").unwrap();
    Order::change_email(tx, order.id, &email, &by)
}

/// All texts in a JSON value.
fn collect_texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| collect_texts(value, into)),
        Value::Object(fields) => fields.values().for_each(|value| collect_texts(value, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A code, a number or an address has no spaces; anything else must have been typed.
fn is_data(text: &str) -> bool {
    !text.contains(char::is_whitespace) || TYPED.contains(&text)
}

/// All stored texts, each with its location.
async fn stored_texts(shop: &TestShop) -> Vec<(&'static str, String)> {
    shop.read(|conn| {
        let mut all: Vec<(&'static str, String)> = Vec::new();
        let mut json = Vec::new();
        let data: Vec<String> = events::table.select(events::data).load(conn)?;
        let reasons: Vec<Option<String>> = orders::table.select(orders::review_reason).load(conn)?;
        for text in data.into_iter().chain(reasons.into_iter().flatten()) {
            collect_texts(&serde_json::from_str(&text)?, &mut json);
        }
        all.extend(json.into_iter().map(|text| ("JSON", text)));
        let mut add = |place, texts: Vec<String>| all.extend(texts.into_iter().map(|text| (place, text)));
        add("events.actor_kind", events::table.select(events::actor_kind).load(conn)?);
        add("events.actor_name", events::table.select(events::actor_name).load(conn)?);
        add("returns.reason", returns::table.select(returns::reason).load(conn)?);
        add("returns.answer", returns::table.select(returns::answer).load(conn)?);
        add("refunds.reason", refunds::table.select(refunds::reason).load(conn)?);
        let actors = |texts: Vec<String>| -> Vec<String> {
            texts.into_iter().map(|text| text.strip_prefix("staff::").map_or(text.clone(), str::to_owned)).collect()
        };
        add("refunds.created_by", actors(refunds::table.select(refunds::created_by).load(conn)?));
        add("returns.created_by", actors(returns::table.select(returns::created_by).load(conn)?));
        add("stock_ledger.actor", actors(stock_ledger::table.select(stock_ledger::actor).load(conn)?));
        add("stock_ledger.reference", stock_ledger::table.select(stock_ledger::reference).load(conn)?);
        add("stock_ledger.note", stock_ledger::table.select(stock_ledger::note).load(conn)?);
        add("gift_card_ledger.actor", actors(gift_card_ledger::table.select(gift_card_ledger::actor).load(conn)?));
        add("gift_card_ledger.note", gift_card_ledger::table.select(gift_card_ledger::note).load(conn)?);
        add("webhook_inbox.outcome", webhook_inbox::table.select(webhook_inbox::outcome).load(conn)?);
        add("emails.state_reason", emails::table.select(emails::state_reason).load(conn)?);
        Ok(all)
    })
    .await
}

#[actix_web::test]
async fn no_generated_sentence_is_stored() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(50).create().await;
    let voucher = shop.product("Voucher").gift_card().create().await;
    shop.create_account("owner@kestrel.example", Role::Owner).await;

    // An order from the page to its returns.
    let (order, attempt) = place_order(&shop, &mug, 5, PaymentMethod::TestCard).await;
    let attempt = attempt.unwrap();
    payments::open_checkout_session(&shop.app, attempt).await.unwrap();
    capture(&shop, attempt, "first-part", 1, "EUR").await;
    capture(&shop, attempt, "foreign", 100, "USD").await;
    let public_id = order.public_id.clone();
    shop.write(move |tx| Order::resolve_flag(tx, &public_id, &owner())).await;
    capture(&shop, attempt, "rest", order.totals.total_minor - 1, "EUR").await;
    shop.run_jobs().await;
    let id = order.id;
    let order = shop.read(move |conn| Order::get(conn, id)).await;
    assert_eq!(order.state, OrderState::Placed);
    shop.write(move |tx| ship_and_return(tx, &order)).await;
    // The provider does not know these payments, so it refuses the refunds.
    shop.run_jobs().await;

    // A late payment without stock, and an overpayment.
    let (late, attempt) = place_order(&shop, &mug, 45, PaymentMethod::TestCard).await;
    shop.write(move |tx| Order::expire(tx, late.id)).await;
    let (cancelled, _) = place_order(&shop, &mug, 10, PaymentMethod::BankTransfer).await;
    capture(&shop, attempt.unwrap(), "late", late.totals.total_minor, "EUR").await;
    shop.run_jobs().await;

    // An order that is cancelled, and one whose transfer comes late.
    shop.write(move |tx| {
        let number = cancelled.number.clone().unwrap();
        Order::mark_paid(tx, &number, &owner())?;
        Order::cancel(tx, &number, &owner())
    })
    .await;
    let (transfer, _) = place_order(&shop, &mug, 1, PaymentMethod::BankTransfer).await;
    for _ in 0..9 {
        shop.advance_clock(SignedDuration::from_hours(24));
        bank_transfers::remind_unpaid_transfers(&shop.app).await.unwrap();
        bank_transfers::expire_unpaid_transfers(&shop.app).await.unwrap();
    }
    shop.write(move |tx| Order::mark_paid(tx, &transfer.number.clone().unwrap(), &owner())).await;
    shop.run_jobs().await;

    // Gift cards: bought, used, refunded and blocked; and a stock count.
    let (bought, _) = place_order(&shop, &voucher, 1, PaymentMethod::BankTransfer).await;
    let (card, _) = shop.issue_gift_card(5_00).await;
    let mug_id = mug.variant.public_id.clone();
    shop.write(move |tx| {
        let number = bought.number.clone().unwrap();
        Order::mark_paid(tx, &number, &owner())?;
        let line = bought.lines(tx.conn())?.remove(0).id;
        Order::refund(tx, &number, &refund_request(line, 1), &owner())?;
        GiftCard::set_expiry(tx, &card.public_id, None, &owner())?;
        GiftCard::block(tx, &card.public_id, &owner())?;
        let count = StockAdjustment {
            kind: AdjustmentKind::Receive,
            quantity: Some(2),
            reason: "Found in the cellar".to_owned(),
            low_stock_threshold: None,
            low_stock_threshold_was: None,
        };
        stock_adjustments::apply_adjustment(tx, &mug_id, &count, &owner())
    })
    .await;
    shop.run_jobs().await;

    let all = stored_texts(&shop).await;
    // The failed refunds carry the provider's own words.
    let messages: BTreeSet<String> = shop
        .read(|conn| {
            let data: Vec<String> =
                events::table.filter(events::kind.eq(Event::ORDER_FLAGGED)).select(events::data).load(conn)?;
            let message = |text: &String| {
                let data: Value = serde_json::from_str(text).unwrap();
                data["reason"]["message"].as_str().map(str::to_owned)
            };
            Ok(data.iter().filter_map(message).collect())
        })
        .await;
    assert!(!messages.is_empty(), "no refund has failed");
    let sentences: BTreeSet<&(&str, String)> =
        all.iter().filter(|(_, text)| !is_data(text) && !messages.contains(text)).collect();
    assert!(sentences.is_empty(), "{sentences:?}");
    for label in ["Customer", "Tradepost", "Checkout", "Stripe", "VIES", "Invoice", "Blocked"] {
        assert!(all.iter().all(|(_, text)| text != label), "{label} is a label");
    }
    for typed in TYPED {
        assert!(all.iter().any(|(_, text)| text == typed), "{typed} was not stored");
    }
    let kinds: BTreeSet<String> =
        shop.read(|conn| Ok(events::table.select(events::kind).distinct().load(conn)?)).await.into_iter().collect();
    for kind in [
        "account_created",
        "credit_note_issued",
        "fulfilment_delivered",
        "fulfilment_failed",
        "fulfilment_resent",
        "fulfilment_shipped",
        "gift_card_issued_manually",
        "gift_cards_issued",
        "invoice_issued",
        "note_added",
        "order_cancelled",
        "order_email_changed",
        "order_expired",
        "order_flag_resolved",
        "order_flagged",
        "order_placed",
        "order_reinstated",
        "payment_received",
        "payment_started",
        "refund_created",
        "refund_transaction_requested",
        "return_approved",
        "return_cancelled",
        "return_items_damaged",
        "return_received",
        "return_refused",
        "return_requested",
        "transfer_expired",
        "transfer_reminder_sent",
    ] {
        assert!(kinds.contains(kind), "nothing recorded {kind}");
    }
}

#[actix_web::test]
async fn an_unknown_event_is_shown_by_its_kind() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (order, _) = place_order(&shop, &mug, 1, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| {
        let row = (
            events::kind.eq("order_teleported"),
            events::order_id.eq(order.id),
            events::subject_type.eq("order"),
            events::subject_id.eq(order.id),
            events::actor_kind.eq("robot"),
            events::actor_name.eq(""),
            events::data.eq(r#"{"to":"the moon"}"#),
            events::at.eq(tx.now()),
        );
        diesel::insert_into(events::table).values(row).execute(tx.conn())?;
        let reason = orders::review_reason.eq(r#"{"kind":"lost_in_space"}"#);
        Ok(diesel::update(orders::table.find(order.id)).set(reason).execute(tx.conn())?)
    })
    .await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text(".timeline").contains("robot: order_teleported"), "{}", page.text(".timeline"));
    assert!(page.text("main").contains("lost_in_space"));
    assert!(owner.get("/admin").await.text("main").contains("lost_in_space"));
    let page = owner.get("/admin/attention").await;
    assert!(page.text("tbody").contains("lost_in_space"));
    assert_eq!(page.form("Resolve: Order 1001").submit().await.text("h2"), "Nothing needs attention");
    let key = shop.app.db.context().secret_key.clone();
    let token = Order::access_token(&key, &order.public_id);
    let page = shop.visitor().get(&tradepost::paths::order(&token)).await;
    assert!(page.status == 200 && !page.text("main").contains("order_teleported"));
}

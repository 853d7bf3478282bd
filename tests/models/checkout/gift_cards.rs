//! Gift cards: never overspent, never charged twice, never lost with an order.

use diesel::prelude::*;
use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::error::Error;
use tradepost::jobs::payments;
use tradepost::models::checkout::gift_card::adjustment::BalanceChange;
use tradepost::models::checkout::gift_card::{GiftCard, GiftCardStatus, LedgerEntryKind};
use tradepost::models::maintenance::audit;
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::invoice::{Invoice, InvoiceSnapshot};
use tradepost::models::sales::order::refund_transactions::RefundTransactionState;
use tradepost::models::sales::order::refunds::{Refund, RefundRequest};
use tradepost::models::sales::order::{Order, OrderFulfilmentState, OrderState, PaymentState};
use tradepost::models::sales::payment::{NewPaymentTransaction, PaymentAttempt, TransactionKind};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::schema::{gift_cards, orders};
use tradepost::support::ids::OrderLineId;
use tradepost::support::money::Currency;

use crate::support::{TestProduct, TestShop};

async fn place_order(shop: &TestShop, items: &[(&TestProduct, i64)], codes: &[&str], method: PaymentMethod) -> Order {
    let request = shop.checkout_request_with_codes(items, codes, method).await;
    shop.write(move |tx| Order::place(tx, &request)).await.order
}

async fn load_order(shop: &TestShop, order: &Order) -> Order {
    let id = order.id;
    shop.read(move |conn| Order::get(conn, id)).await
}

/// The ledger of a card: kinds and changes.
async fn ledger(shop: &TestShop, card: &GiftCard) -> Vec<(LedgerEntryKind, i64)> {
    let card = card.clone();
    let rows = shop.read(move |conn| card.list_ledger(conn)).await;
    rows.into_iter().map(|row| (row.kind, row.delta_minor)).collect()
}

/// The attempt of an order that can still be paid.
async fn load_attempt(shop: &TestShop, order: &Order) -> PaymentAttempt {
    let id = order.id;
    shop.read(move |conn| Ok(PaymentAttempt::find_active(conn, id)?.unwrap())).await
}

/// Captures the full amount of an attempt.
async fn capture_payment(shop: &TestShop, attempt: &PaymentAttempt) -> Order {
    let capture = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: format!("capture-{}", attempt.id),
        amount_minor: attempt.amount_minor,
        currency: attempt.currency.code().to_owned(),
    };
    let id = attempt.id;
    shop.write(move |tx| Order::apply_transactions(tx, id, std::slice::from_ref(&capture), &Actor::System)).await
}

/// Pays the part of an order that gift cards do not cover by test card, known to the provider.
async fn pay_by_test_card(shop: &TestShop, order: &Order) -> Order {
    let attempt = load_attempt(shop, order).await;
    payments::open_checkout_session(&shop.app, attempt.id).await.unwrap();
    let id = attempt.id;
    let attempt = shop.read(move |conn| PaymentAttempt::get(conn, id)).await;
    let card = shop.app.payments.test.clone().unwrap();
    card.pay(attempt.provider_ref.clone().unwrap(), "4242424242424242").await.unwrap();
    payments::sync_attempt(&shop.app, attempt.id).await.unwrap();
    load_order(shop, order).await
}

/// The snapshot of an order's invoice.
async fn invoice(shop: &TestShop, order: &Order) -> InvoiceSnapshot {
    let id = order.id;
    shop.read(move |conn| Invoice::list_for_order(conn, id)?[0].parse_snapshot()).await
}

async fn line(shop: &TestShop, order: &Order, at: usize) -> OrderLineId {
    let order = order.clone();
    shop.read(move |conn| Ok(order.lines(conn)?.remove(at).id)).await
}

fn refund_request(line: OrderLineId, quantity: i64) -> RefundRequest {
    RefundRequest { line_quantities: vec![(line, quantity)], ..RefundRequest::default() }
}

fn field_error(refused: tradepost::error::Result<impl std::fmt::Debug>) -> (String, String) {
    match refused {
        Err(Error::Invalid { field, message }) => (field.into_owned(), message.to_string()),
        other => panic!("{other:?}"),
    }
}

/// A shop with free shipping and mugs for 20 €.
async fn open_shop() -> (TestShop, TestProduct) {
    let shop = TestShop::new().await;
    shop.set_shipping_price(0).await;
    let mug = shop.product("Mug").price(20_00).stock(100).create().await;
    (shop, mug)
}

#[actix_web::test]
async fn twenty_concurrent_orders_spend_no_more_than_the_balance() {
    let (shop, mug) = open_shop().await;
    let (card, code) = shop.issue_gift_card(50_00).await;
    let mut requests = Vec::new();
    for _ in 0..20 {
        requests.push(shop.checkout_request_with_codes(&[(&mug, 1)], &[&code], PaymentMethod::BankTransfer).await);
    }
    let tries = requests.into_iter().map(|request| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(move |tx| Order::place(tx, &request)).await })
    });
    let mut paid = Vec::new();
    for done in join_all(tries).await {
        match done.unwrap() {
            Ok(placed) => paid.push(placed.order.totals.gift_card_minor),
            Err(Error::QuoteChanged) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((paid, shop.gift_card_balance(&card).await), (vec![20_00, 20_00], 10_00));
    assert_eq!(shop.stock(&mug).await, (98, 2));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn concurrent_orders_with_two_cards_in_opposite_order_do_not_deadlock() {
    let (shop, mug) = open_shop().await;
    let ((first, one), (second, two)) = (shop.issue_gift_card(15_00).await, shop.issue_gift_card(10_000).await);
    let mut requests = Vec::new();
    for buyer in 0..20 {
        let codes = if buyer % 2 == 0 { [one.as_str(), two.as_str()] } else { [two.as_str(), one.as_str()] };
        requests.push(shop.checkout_request_with_codes(&[(&mug, 1)], &codes, PaymentMethod::BankTransfer).await);
    }
    let tries = requests.into_iter().map(|request| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(move |tx| Order::place(tx, &request)).await })
    });
    let done: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "only one was shown what the cards can pay");
    assert_eq!((shop.gift_card_balance(&first).await, shop.gift_card_balance(&second).await), (0, 95_00));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_gift_card_pays_one_order_and_part_of_the_next() {
    let (shop, mug) = open_shop().await;
    let (card, code) = shop.issue_gift_card(25_00).await;
    let first =
        place_order(&shop, &[(&mug, 1)], &[&code.to_lowercase().replace('-', " ")], PaymentMethod::BankTransfer).await;
    assert_eq!((first.state, first.payment_method), (OrderState::Placed, PaymentMethod::None));
    assert_eq!((first.totals.gift_card_minor, first.due_minor(), first.payment_state), (20_00, 0, PaymentState::Paid));
    let second = place_order(&shop, &[(&mug, 1)], &[&code], PaymentMethod::BankTransfer).await;
    assert_eq!(
        (second.totals.gift_card_minor, second.due_minor(), second.payment_state),
        (5_00, 15_00, PaymentState::PartiallyPaid)
    );
    assert_eq!(
        ledger(&shop, &card).await,
        [(LedgerEntryKind::Issue, 25_00), (LedgerEntryKind::Use, -20_00), (LedgerEntryKind::Use, -5_00)]
    );
    let empty = shop.app.db.write(move |tx| {
        let settings = tradepost::models::platform::setting::Settings::load(tx.conn())?;
        let (cart, _) = tradepost::models::checkout::cart::Cart::find_or_create(tx, None)?;
        cart.apply_code(tx, &settings, &code)
    });
    assert_eq!(field_error(empty.await), ("code".to_owned(), "This gift card has no balance left.".to_owned()));
    // An order fully paid by gift card gets its invoice at once; the other one when it is paid.
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    let second = shop.write(|tx| Order::mark_paid(tx, "1002", &Actor::System)).await;
    assert_eq!((second.payment_state, second.totals.captured_minor), (PaymentState::Paid, 15_00));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    // Gift cards do not reduce the invoice total.
    for (order, minor, payment) in [(first, 20_00, PaymentMethod::None), (second, 5_00, PaymentMethod::BankTransfer)] {
        let snapshot = invoice(&shop, &order).await;
        assert_eq!((snapshot.total_minor, snapshot.gift_card_minor, snapshot.payment_method), (20_00, minor, payment));
    }
}

#[actix_web::test]
async fn two_gift_cards_and_a_test_card_pay_together_and_are_refunded() {
    let (shop, mug) = open_shop().await;
    let ((first, one), (second, two)) = (shop.issue_gift_card(5_00).await, shop.issue_gift_card(10_00).await);
    let order = place_order(&shop, &[(&mug, 2)], &[&one, &two], PaymentMethod::TestCard).await;
    assert_eq!((order.state, order.totals.gift_card_minor), (OrderState::Pending, 15_00));
    assert_eq!(load_attempt(&shop, &order).await.amount_minor, 25_00);
    assert_eq!(ledger(&shop, &first).await[1], (LedgerEntryKind::Hold, -5_00));
    shop.assert_audit_passes().await;
    let order = pay_by_test_card(&shop, &order).await;
    assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
    assert_eq!(ledger(&shop, &first).await[1], (LedgerEntryKind::Use, -5_00));
    let mugs = line(&shop, &order, 0).await;
    // The bank card is refunded first, then the gift cards.
    let request = refund_request(mugs, 1);
    shop.write(move |tx| Order::refund(tx, "1001", &request, &Actor::System)).await;
    assert_eq!((shop.gift_card_balance(&first).await, shop.gift_card_balance(&second).await), (0, 0));
    let request = refund_request(mugs, 1);
    shop.write(move |tx| Order::refund(tx, "1001", &request, &Actor::System)).await;
    assert_eq!((shop.gift_card_balance(&first).await, shop.gift_card_balance(&second).await), (5_00, 10_00));
    let id = order.id;
    let refunds = shop.read(move |conn| Refund::list_for_order(conn, id)).await;
    let parts: Vec<(i64, bool, RefundTransactionState)> = refunds
        .iter()
        .flat_map(|(_, parts)| parts)
        .map(|part| (part.amount_minor, part.gift_card_id.is_some(), part.state))
        .collect();
    use RefundTransactionState::{Requested, Succeeded};
    let expected =
        [(20_00, false, Requested), (5_00, false, Requested), (5_00, true, Succeeded), (10_00, true, Succeeded)];
    assert_eq!(parts, expected);
    let order = load_order(&shop, &order).await;
    assert_eq!((order.net_payment_minor(), order.payment_state), (0, PaymentState::Refunded));
    shop.run_jobs().await;
    let emails = shop.emails().await;
    let shipped_email = emails.iter().rfind(|email| email.subject.contains("is on its way")).unwrap();
    assert!(
        shipped_email.body_text.contains("€15.00 went back to your gift card. €5.00 will be credited to the card"),
        "{}",
        shipped_email.body_text
    );
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_expired_order_releases_its_gift_card() {
    let (shop, mug) = open_shop().await;
    let (card, code) = shop.issue_gift_card(5_00).await;
    let order = place_order(&shop, &[(&mug, 1)], &[&code], PaymentMethod::TestCard).await;
    assert_eq!(shop.gift_card_balance(&card).await, 0);
    let id = order.id;
    for _ in 0..2 {
        shop.write(move |tx| Order::expire(tx, id)).await;
    }
    let order = load_order(&shop, &order).await;
    assert_eq!((order.state, order.totals.gift_card_minor, order.net_payment_minor()), (OrderState::Expired, 0, 0));
    assert_eq!(ledger(&shop, &card).await[1..], [(LedgerEntryKind::Hold, -5_00), (LedgerEntryKind::Release, 5_00)]);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_late_payment_reinstates_the_order_with_its_gift_card() {
    let (shop, mug) = open_shop().await;
    let (card, code) = shop.issue_gift_card(5_00).await;
    let order = place_order(&shop, &[(&mug, 1)], &[&code], PaymentMethod::TestCard).await;
    let (id, attempt) = (order.id, load_attempt(&shop, &order).await);
    shop.write(move |tx| Order::expire(tx, id)).await;
    let order = capture_payment(&shop, &attempt).await;
    assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
    assert_eq!(
        (order.totals.gift_card_minor, order.totals.captured_minor, shop.gift_card_balance(&card).await),
        (5_00, 15_00, 0)
    );
    let kinds: Vec<LedgerEntryKind> = ledger(&shop, &card).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [LedgerEntryKind::Issue, LedgerEntryKind::Hold, LedgerEntryKind::Release, LedgerEntryKind::Use]);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    // Cancellation refunds both.
    shop.write(|tx| Order::cancel(tx, "1001", &Actor::System)).await;
    assert_eq!(shop.gift_card_balance(&card).await, 5_00);
    shop.assert_audit_passes().await;
    // The provider does not know this payment and refuses the refund, which is not tested here.
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_late_payment_is_refunded_when_the_gift_card_was_used_meanwhile() {
    let (shop, mug) = open_shop().await;
    let (card, code) = shop.issue_gift_card(5_00).await;
    let order = place_order(&shop, &[(&mug, 1)], &[&code], PaymentMethod::TestCard).await;
    let attempt = load_attempt(&shop, &order).await;
    payments::open_checkout_session(&shop.app, attempt.id).await.unwrap();
    let id = order.id;
    shop.write(move |tx| Order::expire(tx, id)).await;
    place_order(&shop, &[(&mug, 1)], &[&code], PaymentMethod::BankTransfer).await;
    let attempt_id = attempt.id;
    let attempt = shop.read(move |conn| PaymentAttempt::get(conn, attempt_id)).await;
    let test_card = shop.app.payments.test.clone().unwrap();
    test_card.pay(attempt.provider_ref.clone().unwrap(), "4242424242424242").await.unwrap();
    payments::sync_attempt(&shop.app, attempt.id).await.unwrap();
    shop.run_jobs().await;
    let order = load_order(&shop, &order).await;
    assert_eq!((order.state, order.totals.captured_minor, order.net_payment_minor()), (OrderState::Expired, 15_00, 0));
    assert_eq!((shop.gift_card_balance(&card).await, shop.stock(&mug).await), (0, (99, 1)));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_cancelled_order_restores_every_balance() {
    let (shop, mug) = open_shop().await;
    let (card, code) = shop.issue_gift_card(50_00).await;
    let order = place_order(&shop, &[(&mug, 2)], &[&code], PaymentMethod::BankTransfer).await;
    assert_eq!(shop.gift_card_balance(&card).await, 10_00);
    shop.run_jobs().await;
    shop.write(|tx| Order::cancel(tx, "1001", &Actor::System)).await;
    let order = load_order(&shop, &order).await;
    assert_eq!(
        (order.payment_state, order.net_payment_minor(), shop.gift_card_balance(&card).await),
        (PaymentState::Refunded, 0, 50_00)
    );
    assert_eq!(ledger(&shop, &card).await.last(), Some(&(LedgerEntryKind::Refund, 40_00)));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    // The same for a pending bank transfer: only the gift card has paid.
    let order = place_order(&shop, &[(&mug, 3)], &[&code], PaymentMethod::BankTransfer).await;
    assert_eq!((order.totals.gift_card_minor, order.due_minor()), (50_00, 10_00));
    let none = refund_request(line(&shop, &order, 0).await, 1);
    let early = shop.app.db.write(move |tx| Order::refund(tx, "1002", &none, &Actor::System)).await;
    assert!(matches!(early, Err(Error::Conflict)), "an unpaid order is cancelled, not refunded");
    shop.write(|tx| Order::cancel(tx, "1002", &Actor::System)).await;
    assert_eq!(shop.gift_card_balance(&card).await, 50_00);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn gift_cards_are_issued_when_their_order_is_paid() {
    let (shop, mug) = open_shop().await;
    shop.set_shipping_price(5_00).await;
    let voucher = shop.product("Gift card 25").price(25_00).gift_card().stock(10).create().await;
    let order = place_order(&shop, &[(&voucher, 2)], &[], PaymentMethod::BankTransfer).await;
    assert_eq!((order.totals.total_minor, order.totals.tax_minor, order.totals.shipping_minor), (50_00, 0, 0));
    let id = order.id;
    let delivery = shop.read(move |conn| Order::get(conn, id)?.delivery(conn)).await;
    assert_eq!((order.fulfilment_state, delivery.shipping_name.as_str()), (OrderFulfilmentState::None, "By email"));
    assert!(shop.read(move |conn| GiftCard::list_bought_with_order(conn, id)).await.is_empty());
    assert!(matches!(
        shop.app.db.write(|tx| Order::ship(tx, "1001", &ship_all(), &Actor::System)).await,
        Err(Error::Invalid { .. })
    ));
    let order = shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await;
    assert_eq!((order.state, order.payment_state), (OrderState::Completed, PaymentState::Paid));
    let cards = shop.read(move |conn| GiftCard::list_bought_with_order(conn, id)).await;
    assert_eq!(cards.iter().map(|card| card.balance_minor).collect::<Vec<_>>(), [25_00, 25_00]);
    assert_eq!(shop.stock(&voucher).await, (8, 0));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    let snapshot = invoice(&shop, &order).await;
    assert_eq!((snapshot.taxes[0].reason.as_str(), snapshot.taxes[0].net_minor), ("voucher", 50_00));
    let key = shop.app.db.context().secret_key.clone();
    let codes: Vec<String> = cards.iter().map(|card| card.code(&key).unwrap()).collect();
    let emails = shop.emails().await;
    let emails_to_recipients: Vec<_> =
        emails.iter().filter(|email| email.subject == "Your gift cards from Kestrel").collect();
    assert_eq!(emails_to_recipients.len(), 1);
    assert!(codes.iter().all(|code| emails_to_recipients[0].body_text.contains(code) && emails_to_recipients[0].html.contains(code)));
    // With other items in the cart: these are shipped, taxed and payable by gift card; the sold gift card is not.
    let order = place_order(&shop, &[(&mug, 1), (&voucher, 1)], &[&codes[0], &codes[1]], PaymentMethod::TestCard).await;
    assert_eq!((order.totals.total_minor, order.totals.gift_card_minor, order.due_minor()), (50_00, 25_00, 25_00));
    let order = pay_by_test_card(&shop, &order).await;
    assert_eq!((order.state, order.fulfilment_state), (OrderState::Placed, OrderFulfilmentState::Unfulfilled));
    assert!(matches!(shop.app.db.write(|tx| Order::cancel(tx, "1002", &Actor::System)).await, Err(Error::Conflict)));
    shop.write(|tx| Order::ship(tx, "1002", &ship_all(), &Actor::System)).await;
    assert_eq!(load_order(&shop, &order).await.state, OrderState::Completed);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

fn ship_all() -> tradepost::models::sales::order::fulfilment::FulfilmentRequest {
    tradepost::models::sales::order::fulfilment::FulfilmentRequest {
        carrier: String::new(),
        tracking_number: String::new(),
        tracking_url: String::new(),
        line_quantities: Vec::new(),
    }
}

#[actix_web::test]
async fn a_sold_gift_card_is_refundable_while_unused() {
    let (shop, mug) = open_shop().await;
    let voucher = shop.product("Gift card 25").price(25_00).gift_card().create().await;
    let order = place_order(&shop, &[(&voucher, 2)], &[], PaymentMethod::BankTransfer).await;
    shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await;
    let (id, key) = (order.id, shop.app.db.context().secret_key.clone());
    let cards = shop.read(move |conn| GiftCard::list_bought_with_order(conn, id)).await;
    let used = cards[0].code(&key).unwrap();
    place_order(&shop, &[(&mug, 1)], &[&used], PaymentMethod::BankTransfer).await;
    let vouchers = line(&shop, &order, 0).await;
    let two_vouchers = refund_request(vouchers, 2);
    let refused =
        field_error(shop.app.db.write(move |tx| Order::refund(tx, "1001", &two_vouchers, &Actor::System)).await);
    assert_eq!(
        refused,
        (format!("refund_quantity_{vouchers}"), "Only 1 of these gift cards has not been used.".into())
    );
    assert_eq!(shop.gift_card_balance(&cards[1]).await, 25_00, "nothing was taken");
    let one = refund_request(vouchers, 1);
    shop.write(move |tx| Order::refund(tx, "1001", &one, &Actor::System)).await;
    assert_eq!((shop.gift_card_balance(&cards[0]).await, shop.gift_card_balance(&cards[1]).await), (5_00, 0));
    assert_eq!(ledger(&shop, &cards[1]).await, [(LedgerEntryKind::Issue, 25_00), (LedgerEntryKind::Adjust, -25_00)]);
    let another = refund_request(vouchers, 1);
    let refused = field_error(shop.app.db.write(move |tx| Order::refund(tx, "1001", &another, &Actor::System)).await);
    assert_eq!(refused.1, "This gift card has been used, so it cannot be refunded.");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn expired_foreign_and_excess_gift_cards_are_refused() {
    let (shop, mug) = open_shop().await;
    let soon = shop.app.clock().now().plus(SignedDuration::from_mins(5));
    let (_, late) = shop.issue_gift_card_until(10_00, Some(soon)).await;
    let request = shop.checkout_request_with_codes(&[(&mug, 1)], &[&late], PaymentMethod::BankTransfer).await;
    shop.advance_clock(SignedDuration::from_mins(6));
    let changed = shop.app.db.write(move |tx| Order::place(tx, &request)).await;
    assert!(matches!(changed, Err(Error::QuoteChanged)), "the buyer sees the total without the card first");
    let mut cards = Vec::new();
    for _ in 0..6 {
        cards.push(shop.issue_gift_card(1_00).await.1);
    }
    let codes: Vec<&str> = cards.iter().map(String::as_str).collect();
    let order = place_order(&shop, &[(&mug, 1)], &codes[..5], PaymentMethod::BankTransfer).await;
    assert_eq!(order.totals.gift_card_minor, 5_00);
    let (_, twice) = shop.issue_gift_card(30_00).await;
    let order = place_order(&shop, &[(&mug, 2)], &[&twice, &twice], PaymentMethod::BankTransfer).await;
    assert_eq!(order.totals.gift_card_minor, 30_00, "the same card again is the same card");
    let mug_id = mug.variant.public_id.clone();
    let try_codes = |typed: Vec<String>| {
        let mug = mug_id.clone();
        shop.app.db.write(move |tx| {
            let settings = tradepost::models::platform::setting::Settings::load(tx.conn())?;
            let (cart, _) = tradepost::models::checkout::cart::Cart::find_or_create(tx, None)?;
            cart.add(tx, &mug, 1)?;
            typed.iter().try_for_each(|code| cart.apply_code(tx, &settings, code))
        })
    };
    let (_, fresh) = shop.issue_gift_card(1_00).await;
    let more: Vec<String> =
        join_all((0..5).map(|_| shop.issue_gift_card(1_00))).await.into_iter().map(|card| card.1).collect();
    let six = more.iter().cloned().chain([fresh.clone()]).collect();
    assert_eq!(field_error(try_codes(six).await).1, "You can use at most 5 gift cards per order.");
    assert_eq!(field_error(try_codes(vec![late]).await).1, "This gift card has expired.");
    let unknown = field_error(try_codes(vec!["0000-0000-0000-0000".to_owned()]).await).1;
    assert_eq!(unknown, field_error(try_codes(vec!["WHAT".to_owned()]).await).1);
    shop.update_settings(|settings| settings.currency = Currency::from_code("USD").unwrap()).await;
    assert_eq!(field_error(try_codes(vec![fresh]).await).1, "This gift card is in another currency.");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_balance_change_is_relative_to_concurrent_use() {
    let (shop, mug) = open_shop().await;
    let (card, code) = shop.issue_gift_card(50_00).await;
    place_order(&shop, &[(&mug, 1)], &[&code], PaymentMethod::BankTransfer).await;
    let change = |balance_minor| {
        let (db, id) = (shop.app.db.clone(), card.public_id.clone());
        let change = BalanceChange { balance_minor, previous_balance_minor: 50_00, reason: "Lost".to_owned() };
        async move { db.write(move |tx| GiftCard::change_balance(tx, &id, &change, &Actor::System)).await }
    };
    assert_eq!(field_error(change(50_00).await).1, "This is already the balance.");
    assert_eq!(field_error(change(19_99).await).1, "It has been used in the meantime, and the balance is lower now.");
    change(40_00).await.unwrap();
    assert_eq!(shop.gift_card_balance(&card).await, 20_00, "ten less than there were");
    let id = card.public_id.clone();
    shop.write(move |tx| GiftCard::block(tx, &id, &Actor::System)).await;
    let id = card.id;
    let blocked = shop.read(move |conn| GiftCard::get(conn, id)).await;
    assert_eq!(blocked.status(shop.app.clock().now()), GiftCardStatus::Expired);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_audit_finds_a_wrong_balance() {
    let (shop, mug) = open_shop().await;
    let (card, code) = shop.issue_gift_card(50_00).await;
    place_order(&shop, &[(&mug, 1)], &[&code], PaymentMethod::BankTransfer).await;
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
    let id = card.id;
    shop.write(move |tx| {
        diesel::update(gift_cards::table.find(id)).set(gift_cards::balance_minor.eq(50_00)).execute(tx.conn())?;
        diesel::update(orders::table).set(orders::gift_card_minor.eq(19_00)).execute(tx.conn())?;
        Ok(())
    })
    .await;
    let broken = shop.read(audit::run).await.violations.join("\n");
    assert!(broken.contains("its balance is not the sum of its ledger"), "{broken}");
    assert!(broken.contains("what gift cards paid differs from their ledgers"), "{broken}");
}

#[actix_web::test]
async fn a_refund_to_an_expired_gift_card_can_be_spent() {
    let (shop, mug) = open_shop().await;
    let day = SignedDuration::from_hours(24);
    let soon = shop.app.clock().now().plus(day);
    let (expired, code) = shop.issue_gift_card_until(50_00, Some(soon)).await;
    let (blocked, other) = shop.issue_gift_card_until(50_00, Some(soon)).await;
    place_order(&shop, &[(&mug, 2)], &[&code], PaymentMethod::BankTransfer).await;
    place_order(&shop, &[(&mug, 2)], &[&other], PaymentMethod::BankTransfer).await;
    shop.run_jobs().await;
    let id = blocked.public_id.clone();
    shop.write(move |tx| GiftCard::block(tx, &id, &Actor::System)).await;
    shop.advance_clock(day * 2);
    shop.write(|tx| Order::cancel(tx, "1001", &Actor::System)).await;
    shop.write(|tx| Order::cancel(tx, "1002", &Actor::System)).await;
    let card = |card: &GiftCard| {
        let id = card.id;
        shop.read(move |conn| GiftCard::get(conn, id))
    };
    let now = shop.app.clock().now();
    let (expired, blocked) = (card(&expired).await, card(&blocked).await);
    assert_eq!((expired.balance_minor, expired.status(now)), (50_00, GiftCardStatus::Active));
    assert_eq!(expired.expires_at, Some(now.plus(day * 365)));
    assert_eq!(ledger(&shop, &expired).await.last(), Some(&(LedgerEntryKind::Adjust, 0)));
    assert_eq!((blocked.balance_minor, blocked.status(now)), (50_00, GiftCardStatus::Expired), "staff wanted it so");
    assert_eq!(ledger(&shop, &blocked).await.last(), Some(&(LedgerEntryKind::Refund, 40_00)));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

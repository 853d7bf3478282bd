//! Refunds: never more than was paid, never twice, never lost.

use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::db::Conn;
use tradepost::error::Error;
use tradepost::jobs::{payments, worker};
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::event::reasons::ReviewReason;
use tradepost::models::sales::order::fulfilment::FulfilmentRequest;
use tradepost::models::sales::order::refund_transactions::RefundTransactionState;
use tradepost::models::sales::order::refunds::{Refund, RefundRequest};
use tradepost::models::sales::order::{Order, OrderFulfilmentState, OrderState, PaymentState};
use tradepost::models::sales::payment::{
    NewPaymentTransaction, PaymentAttempt, PaymentAttemptState, ProviderName, TransactionKind,
};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::support::ids::OrderLineId;

use crate::support::{TestProduct, TestShop};

/// Places an order paid by test card; returns it with its payment attempt.
async fn place_paid_order(shop: &TestShop, product: &TestProduct, quantity: i64) -> (Order, PaymentAttempt) {
    let (order, attempt) = place_pending_order(shop, product, quantity).await;
    let card = shop.app.payments.test.clone().unwrap();
    card.pay(attempt.provider_ref.clone().unwrap(), "4242424242424242").await.unwrap();
    payments::sync_attempt(&shop.app, attempt.id).await.unwrap();
    let (id, attempt) = (order.id, attempt.id);
    shop.read(move |conn| Ok((Order::get(conn, id)?, PaymentAttempt::get(conn, attempt)?))).await
}

/// Places a pending order with an open payment page.
async fn place_pending_order(shop: &TestShop, product: &TestProduct, quantity: i64) -> (Order, PaymentAttempt) {
    let request = shop.checkout_request(product, quantity, PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &request)).await;
    let attempt = placed.attempt.unwrap();
    payments::open_checkout_session(&shop.app, attempt).await.unwrap();
    let attempt = shop.read(move |conn| PaymentAttempt::get(conn, attempt)).await;
    (placed.order, attempt)
}

async fn first_line(shop: &TestShop, order: &Order) -> OrderLineId {
    let order = order.clone();
    shop.read(move |conn| Ok(order.lines(conn)?.remove(0).id)).await
}

fn refund_whole_line(line: OrderLineId, quantity: i64) -> RefundRequest {
    RefundRequest {
        line_quantities: vec![(line, quantity)],
        shipping: true,
        restock: true,
        reason: "Broken".to_owned(),
    }
}

async fn load_order(shop: &TestShop, order: &Order) -> Order {
    let id = order.id;
    shop.read(move |conn| Order::get(conn, id)).await
}

fn ship_whole_order() -> FulfilmentRequest {
    FulfilmentRequest {
        carrier: String::new(),
        tracking_number: String::new(),
        tracking_url: String::new(),
        line_quantities: Vec::new(),
    }
}

#[actix_web::test]
async fn concurrent_full_refunds_are_paid_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(54_00).create().await;
    let (order, attempt) = place_paid_order(&shop, &mug, 1).await;
    assert_eq!(order.totals.total_minor, 59_00);
    let line = first_line(&shop, &order).await;
    let tries = (0..2).map(|_| {
        let db = shop.app.db.clone();
        tokio::spawn(async move {
            db.write(move |tx| Order::refund(tx, "1001", &refund_whole_line(line, 1), &Actor::System)).await
        })
    });
    let done: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    shop.run_jobs().await;
    let order = load_order(&shop, &order).await;
    assert_eq!((order.totals.refunded_minor, order.payment_state), (59_00, PaymentState::Refunded));
    let (id, attempt) = (order.id, attempt.id);
    let refunds = shop.read(move |conn| Refund::list_for_order(conn, id)).await;
    assert_eq!(refunds.len(), 1);
    assert_eq!(refunds[0].1[0].state, RefundTransactionState::Succeeded);
    // The database itself refuses one cent more.
    let more = shop
        .app
        .db
        .write(move |tx| {
            use diesel::prelude::*;
            let text = format!("UPDATE payment_attempts SET refund_reserved_minor = 5901 WHERE id = {attempt}");
            let query = diesel::sql_query(text);
            match tx.conn() {
                Conn::Pg(conn) => query.execute(conn)?,
                Conn::Sqlite(conn) => query.execute(conn)?,
            };
            Ok(())
        })
        .await;
    assert!(more.unwrap_err().to_string().to_lowercase().contains("check"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn partial_refunds_add_up_to_the_line() {
    for (parts, amounts) in [
        (vec![1; 10], vec![17_93, 17_92, 17_93, 17_92, 17_93, 17_92, 17_93, 17_92, 17_93, 17_92]),
        (vec![3, 7], vec![53_78, 12_547]),
    ] {
        let shop = TestShop::new().await;
        shop.set_shipping_price(0).await;
        shop.set_tax_rates(200_000, 100_000).await;
        shop.create_percent_coupon("QUARTER", 25).await;
        let lamp = shop.product("Lamp").price(23_90).create().await;
        let request = shop.checkout_request_with_code(&[(&lamp, 10)], "QUARTER", PaymentMethod::BankTransfer).await;
        let order = shop.write(move |tx| Ok(Order::place(tx, &request)?.order)).await;
        shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await;
        let line = first_line(&shop, &order).await;
        let mut refunds = Vec::new();
        for quantity in parts {
            let request = RefundRequest { line_quantities: vec![(line, quantity)], ..RefundRequest::default() };
            refunds.push(shop.write(move |tx| Order::refund(tx, "1001", &request, &Actor::System)).await);
        }
        assert_eq!(refunds.iter().map(|refund| refund.amount_minor).collect::<Vec<_>>(), amounts);
        assert_eq!(refunds.iter().map(|refund| refund.amount_minor).sum::<i64>(), 17_925);
        assert_eq!(refunds.iter().map(|refund| refund.tax_minor).sum::<i64>(), 29_88);
        let order = load_order(&shop, &order).await;
        assert_eq!((order.payment_state, order.net_payment_minor()), (PaymentState::Refunded, 0));
        shop.run_jobs().await;
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn refunded_unsent_items_are_cancelled_and_restocked() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(10_00).stock(5).create().await;
    let (order, _) = place_paid_order(&shop, &mug, 3).await;
    let line = first_line(&shop, &order).await;
    let one = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &one, &Actor::System)).await;
    assert_eq!(shop.stock(&mug).await, (3, 2));
    let order = load_order(&shop, &order).await;
    assert_eq!((order.totals.refunded_minor, order.payment_state), (10_00, PaymentState::PartiallyRefunded));
    shop.write(|tx| Order::ship(tx, "1001", &ship_whole_order(), &Actor::System)).await;
    assert_eq!(shop.stock(&mug).await, (3, 0), "two were sent, not three");
    let order = load_order(&shop, &order).await;
    assert_eq!((order.state, order.fulfilment_state), (OrderState::Completed, OrderFulfilmentState::Fulfilled));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn returned_items_are_restocked_if_staff_choose_so() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(10_00).stock(5).create().await;
    let (order, _) = place_paid_order(&shop, &mug, 2).await;
    let line = first_line(&shop, &order).await;
    shop.write(|tx| Order::ship(tx, "1001", &ship_whole_order(), &Actor::System)).await;
    let broken = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &broken, &Actor::System)).await;
    assert_eq!(shop.stock(&mug).await, (3, 0));
    let unwanted = RefundRequest { line_quantities: vec![(line, 1)], restock: true, ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &unwanted, &Actor::System)).await;
    assert_eq!(shop.stock(&mug).await, (4, 0));
    let third = refund_whole_line(line, 1);
    let refused = shop.app.db.write(move |tx| Order::refund(tx, "1001", &third, &Actor::System)).await;
    let Err(Error::Invalid { field, message }) = refused else { panic!("{refused:?}") };
    assert_eq!(
        (field.as_ref(), message.to_string().as_str()),
        (&*format!("refund_quantity_{line}"), "All of it has already been refunded.")
    );
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_late_payment_is_refunded_when_stock_is_gone() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(1).create().await;
    let (order, attempt) = place_pending_order(&shop, &mug, 1).await;
    let id = order.id;
    // The hold expires while the session stays open, and somebody else buys the last one.
    shop.write(move |tx| Order::expire(tx, id)).await;
    let request = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &request)).await;
    let card = shop.app.payments.test.clone().unwrap();
    card.pay(attempt.provider_ref.clone().unwrap(), "4242424242424242").await.unwrap();
    payments::sync_attempt(&shop.app, attempt.id).await.unwrap();
    let order = load_order(&shop, &order).await;
    assert_eq!((order.state, order.net_payment_minor()), (OrderState::Expired, 0));
    shop.run_jobs().await;
    let refunds = shop.read(move |conn| Refund::list_for_order(conn, id)).await;
    assert_eq!((refunds.len(), refunds[0].0.automatic), (1, true));
    assert_eq!(refunds[0].1[0].state, RefundTransactionState::Succeeded);
    assert!(shop.outbox_summary().await.iter().any(|line| line.contains("is on its way")));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn cancelling_a_paid_order_refunds_it() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(2).create().await;
    let (order, _) = place_paid_order(&shop, &mug, 2).await;
    shop.write(|tx| Order::cancel(tx, "1001", &Actor::CommandLine)).await;
    let order = load_order(&shop, &order).await;
    assert_eq!((order.state, order.net_payment_minor()), (OrderState::Cancelled, 0));
    assert_eq!(shop.stock(&mug).await, (2, 0));
    shop.run_jobs().await;
    let order = load_order(&shop, &order).await;
    assert_eq!((order.payment_state, order.review_reason), (PaymentState::Refunded, None));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_double_payment_is_refunded_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (order, attempt) = place_paid_order(&shop, &mug, 1).await;
    let again = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "the-second-page".to_owned(),
        amount_minor: attempt.amount_minor,
        currency: attempt.currency.code().to_owned(),
    };
    let id = attempt.id;
    for _ in 0..3 {
        let again = again.clone();
        shop.write(move |tx| Order::apply_transactions(tx, id, std::slice::from_ref(&again), &Actor::System)).await;
    }
    let order = load_order(&shop, &order).await;
    assert_eq!(
        (order.totals.captured_minor, order.totals.refunded_minor),
        (2 * order.totals.total_minor, order.totals.total_minor)
    );
    assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
    let order_id = order.id;
    let refunds = shop.read(move |conn| Refund::list_for_order(conn, order_id)).await;
    assert_eq!(refunds.len(), 1);
    // The provider knows one payment and refunds only that.
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_underpayment_reserves_nothing_and_is_refunded_on_expiry() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(1).create().await;
    let (order, attempt) = place_pending_order(&shop, &mug, 1).await;
    let part = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "a-part".to_owned(),
        amount_minor: attempt.amount_minor - 1,
        currency: attempt.currency.code().to_owned(),
    };
    let id = attempt.id;
    shop.write(move |tx| Order::apply_transactions(tx, id, std::slice::from_ref(&part), &Actor::System)).await;
    let held = load_order(&shop, &order).await;
    assert_eq!((held.state, held.payment_state), (OrderState::Pending, PaymentState::PartiallyPaid));
    assert_eq!(held.review_reason, Some(ReviewReason::Underpaid));
    shop.advance_clock(SignedDuration::from_mins(20));
    worker::expire_orders(&shop.app).await.unwrap();
    let order = load_order(&shop, &order).await;
    assert_eq!((order.state, order.net_payment_minor()), (OrderState::Expired, 0));
    assert_eq!(shop.stock(&mug).await, (1, 0));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_late_payment_does_not_reinstate_a_refunded_order() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(1).create().await;
    let (order, attempt) = place_pending_order(&shop, &mug, 1).await;
    let (id, attempt_id, total) = (order.id, attempt.id, order.totals.total_minor);
    let part = move |reference: &str, amount_minor| NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: reference.to_owned(),
        amount_minor,
        currency: "EUR".to_owned(),
    };
    let settle = async |transaction: NewPaymentTransaction| {
        shop.write(move |tx| {
            Order::apply_transactions(tx, attempt_id, std::slice::from_ref(&transaction), &Actor::System)
        })
        .await
    };
    settle(part("first", 5_00)).await;
    shop.write(move |tx| Order::expire(tx, id)).await;
    assert_eq!(load_order(&shop, &order).await.totals.refunded_minor, 5_00);
    settle(part("second", total - 5_00)).await;
    let off = load_order(&shop, &order).await;
    assert_eq!((off.state, off.net_payment_minor()), (OrderState::Expired, 0), "5.00 of it are on their way back");
    // All of it at once is enough.
    settle(part("third", total)).await;
    let held = load_order(&shop, &order).await;
    assert_eq!((held.state, held.payment_state), (OrderState::Placed, PaymentState::Paid));
    assert_eq!(held.net_payment_minor(), total);
    shop.assert_audit_passes().await;
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_refused_refund_is_flagged_and_can_be_retried() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    // The provider does not know this payment, so it refuses the refund.
    let request = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &request)).await;
    let transaction = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "unknown".to_owned(),
        amount_minor: placed.order.totals.total_minor,
        currency: "EUR".to_owned(),
    };
    let attempt = placed.attempt.unwrap();
    shop.write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&transaction), &Actor::System))
        .await;
    let line = first_line(&shop, &placed.order).await;
    shop.write(move |tx| Order::refund(tx, "1001", &refund_whole_line(line, 1), &Actor::System)).await;
    shop.run_jobs().await;
    let order = load_order(&shop, &placed.order).await;
    assert_eq!(
        (order.totals.refunded_minor, order.net_payment_minor()),
        (0, order.totals.total_minor),
        "the reserve is given back"
    );
    assert!(matches!(order.review_reason, Some(ReviewReason::RefundFailed { .. })));
    let id = order.id;
    let repayment = shop.read(move |conn| Ok(Refund::list_for_order(conn, id)?.remove(0).1.remove(0))).await;
    assert_eq!(repayment.state, RefundTransactionState::Failed);
    let part = repayment.id;
    shop.write(move |tx| {
        tradepost::models::sales::order::refund_transactions::RefundTransaction::retry(tx, part, &Actor::System)
    })
    .await;
    let again = shop
        .read(move |conn| tradepost::models::sales::order::refund_transactions::RefundTransaction::get(conn, part))
        .await;
    assert_eq!(again.state, RefundTransactionState::Requested);
    assert_ne!(again.idempotency_key, repayment.idempotency_key, "a new key for a new try");
    shop.assert_audit_passes().await;
    shop.run_jobs().await;
}

#[actix_web::test]
async fn payment_attempts_follow_their_state_machine() {
    use PaymentAttemptState::{Authorized, Captured, Closed, Created, Failed, Open, Processing};
    let shop = TestShop::new().await;
    let allowed = [
        (Created, Open),
        (Created, Failed),
        (Created, Closed),
        (Created, Captured),
        (Open, Processing),
        (Open, Authorized),
        (Open, Captured),
        (Open, Failed),
        (Open, Closed),
        (Processing, Authorized),
        (Processing, Captured),
        (Processing, Failed),
        (Processing, Closed),
        (Authorized, Captured),
        (Authorized, Failed),
        (Authorized, Closed),
        // Captures are applied in any state.
        (Failed, Captured),
        (Closed, Captured),
    ];
    let mug = shop.product("Mug").stock(9).create().await;
    let (order, attempt) = place_pending_order(&shop, &mug, 1).await;
    let id = attempt.id;
    for from in PaymentAttemptState::ALL {
        for next in PaymentAttemptState::ALL {
            let result = shop
                .write(move |tx| {
                    use diesel::prelude::*;
                    use tradepost::schema::payment_attempts as attempts;
                    let row = attempts::table.find(id);
                    diesel::update(row).set(attempts::state.eq(from)).execute(tx.conn())?;
                    PaymentAttempt::advance(tx, id, *next)?;
                    Ok(PaymentAttempt::get(tx.conn(), id)?.state)
                })
                .await;
            let moves = allowed.contains(&(*from, *next));
            assert_eq!(result == *next && from != next, moves, "{from:?} to {next:?} came to {result:?}");
        }
    }
    assert_eq!(attempt.provider, ProviderName::Test);
    shop.write(move |tx| PaymentAttempt::advance(tx, id, Closed)).await;
    let order_id = order.id;
    shop.write(move |tx| Order::expire(tx, order_id)).await;
    shop.run_jobs().await;
}

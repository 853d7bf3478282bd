//! Money that goes back: never more than came, never twice, never forgotten.

use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::db::Conn;
use tradepost::error::Error;
use tradepost::jobs::{payments, worker};
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::fulfilment::FulfilmentRequest;
use tradepost::models::sales::order::refund_transactions::RefundTransactionState;
use tradepost::models::sales::order::refunds::{Refund, RefundRequest};
use tradepost::models::sales::order::{Order, OrderFulfilmentState, OrderState, PaymentMethod, PaymentState};
use tradepost::models::sales::payment::{
    NewPaymentTransaction, PaymentAttempt, PaymentAttemptState, ProviderName, TransactionKind,
};

use crate::support::{TestProduct, TestShop};

/// An order paid on the test card page, and its attempt.
async fn paid(shop: &TestShop, goods: &TestProduct, pieces: i64) -> (Order, PaymentAttempt) {
    let (order, attempt) = at_the_page(shop, goods, pieces).await;
    let card = shop.app.payments.test.clone().unwrap();
    card.pay(attempt.provider_ref.clone().unwrap(), "4242424242424242").await.unwrap();
    payments::sync_attempt(&shop.app, attempt.id).await.unwrap();
    let (id, attempt) = (order.id, attempt.id);
    shop.read(move |conn| Ok((Order::get(conn, id)?, PaymentAttempt::get(conn, attempt)?))).await
}

/// A pending order with an open page.
async fn at_the_page(shop: &TestShop, goods: &TestProduct, pieces: i64) -> (Order, PaymentAttempt) {
    let wish = shop.checkout_request(goods, pieces, PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &wish)).await;
    let attempt = placed.attempt.unwrap();
    payments::open_checkout_session(&shop.app, attempt).await.unwrap();
    let attempt = shop.read(move |conn| PaymentAttempt::get(conn, attempt)).await;
    (placed.order, attempt)
}

async fn first_line(shop: &TestShop, order: &Order) -> i64 {
    let order = order.clone();
    shop.read(move |conn| Ok(order.lines(conn)?.remove(0).id)).await
}

fn all_of(line: i64, pieces: i64) -> RefundRequest {
    RefundRequest { line_quantities: vec![(line, pieces)], shipping: true, restock: true, reason: "Broken".to_owned() }
}

async fn now(shop: &TestShop, order: &Order) -> Order {
    let id = order.id;
    shop.read(move |conn| Order::get(conn, id)).await
}

fn ship_all() -> FulfilmentRequest {
    FulfilmentRequest {
        carrier: String::new(),
        tracking_number: String::new(),
        tracking_url: String::new(),
        line_quantities: Vec::new(),
    }
}

#[actix_web::test]
async fn two_staff_pay_back_everything_at_the_same_second_and_it_goes_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(54_00).create().await;
    let (order, attempt) = paid(&shop, &mug, 1).await;
    assert_eq!(order.total_minor, 59_00);
    let line = first_line(&shop, &order).await;
    let tries = (0..2).map(|_| {
        let db = shop.app.db.clone();
        tokio::spawn(
            async move { db.write(move |tx| Order::refund(tx, "1001", &all_of(line, 1), &Actor::System)).await },
        )
    });
    let done: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    shop.run_jobs().await;
    let order = now(&shop, &order).await;
    assert_eq!((order.refunded_minor, order.payment_state), (59_00, PaymentState::Refunded));
    let (id, attempt) = (order.id, attempt.id);
    let refunds = shop.read(move |conn| Refund::list_for_order(conn, id)).await;
    assert_eq!(refunds.len(), 1);
    assert_eq!(refunds[0].1[0].state, RefundTransactionState::Succeeded);
    // One cent more is refused by the database itself, whoever asks.
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
async fn refunds_in_any_parts_add_up_to_the_line() {
    for (parts, amounts) in [
        (vec![1; 10], vec![17_93, 17_92, 17_93, 17_92, 17_93, 17_92, 17_93, 17_92, 17_93, 17_92]),
        (vec![3, 7], vec![53_78, 12_547]),
    ] {
        let shop = TestShop::new().await;
        shop.set_shipping_price(0).await;
        shop.set_tax_rates(200_000, 100_000).await;
        shop.create_percent_coupon("QUARTER", 25).await;
        let lamp = shop.product("Lamp").price(23_90).create().await;
        let wish = shop.checkout_request_with_code(&[(&lamp, 10)], "QUARTER", PaymentMethod::BankTransfer).await;
        let order = shop.write(move |tx| Ok(Order::place(tx, &wish)?.order)).await;
        shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await;
        let line = first_line(&shop, &order).await;
        let mut refunds = Vec::new();
        for pieces in parts {
            let wish = RefundRequest { line_quantities: vec![(line, pieces)], ..RefundRequest::default() };
            refunds.push(shop.write(move |tx| Order::refund(tx, "1001", &wish, &Actor::System)).await);
        }
        assert_eq!(refunds.iter().map(|refund| refund.amount_minor).collect::<Vec<_>>(), amounts);
        assert_eq!(refunds.iter().map(|refund| refund.amount_minor).sum::<i64>(), 17_925);
        assert_eq!(refunds.iter().map(|refund| refund.tax_minor).sum::<i64>(), 29_88);
        let order = now(&shop, &order).await;
        assert_eq!((order.payment_state, order.net_payment_minor()), (PaymentState::Refunded, 0));
        shop.run_jobs().await;
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn pieces_that_were_not_sent_leave_the_order_and_go_back_on_sale() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(10_00).stock(5).create().await;
    let (order, _) = paid(&shop, &mug, 3).await;
    let line = first_line(&shop, &order).await;
    let one = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &one, &Actor::System)).await;
    assert_eq!(shop.stock(&mug).await, (3, 2));
    let order = now(&shop, &order).await;
    assert_eq!((order.refunded_minor, order.payment_state), (10_00, PaymentState::PartiallyRefunded));
    shop.write(|tx| Order::ship(tx, "1001", &ship_all(), &Actor::System)).await;
    assert_eq!(shop.stock(&mug).await, (3, 0), "two were sent, not three");
    let order = now(&shop, &order).await;
    assert_eq!((order.state, order.fulfilment_state), (OrderState::Completed, OrderFulfilmentState::Fulfilled));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn pieces_that_came_back_are_sold_again_if_staff_say_so() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(10_00).stock(5).create().await;
    let (order, _) = paid(&shop, &mug, 2).await;
    let line = first_line(&shop, &order).await;
    shop.write(|tx| Order::ship(tx, "1001", &ship_all(), &Actor::System)).await;
    let broken = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &broken, &Actor::System)).await;
    assert_eq!(shop.stock(&mug).await, (3, 0));
    let unwanted = RefundRequest { line_quantities: vec![(line, 1)], restock: true, ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &unwanted, &Actor::System)).await;
    assert_eq!(shop.stock(&mug).await, (4, 0));
    let third = all_of(line, 1);
    let refused = shop.app.db.write(move |tx| Order::refund(tx, "1001", &third, &Actor::System)).await;
    let Err(Error::Invalid { field, message }) = refused else { panic!("{refused:?}") };
    assert_eq!(
        (field.as_ref(), message.as_str()),
        (&*format!("refund_quantity_{line}"), "All of it has already been refunded.")
    );
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn late_money_goes_back_by_itself_when_the_goods_are_gone() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(1).create().await;
    let (order, attempt) = at_the_page(&shop, &mug, 1).await;
    let id = order.id;
    // The hold runs out without the page being closed, and somebody else buys the last one.
    shop.write(move |tx| Order::expire(tx, id)).await;
    let wish = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &wish)).await;
    let card = shop.app.payments.test.clone().unwrap();
    card.pay(attempt.provider_ref.clone().unwrap(), "4242424242424242").await.unwrap();
    payments::sync_attempt(&shop.app, attempt.id).await.unwrap();
    let order = now(&shop, &order).await;
    assert_eq!((order.state, order.net_payment_minor()), (OrderState::Expired, 0));
    shop.run_jobs().await;
    let refunds = shop.read(move |conn| Refund::list_for_order(conn, id)).await;
    assert_eq!((refunds.len(), refunds[0].0.automatic), (1, true));
    assert_eq!(refunds[0].1[0].state, RefundTransactionState::Succeeded);
    assert!(shop.outbox_summary().await.iter().any(|line| line.contains("is on its way")));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_paid_order_that_is_cancelled_pays_its_money_back() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(2).create().await;
    let (order, _) = paid(&shop, &mug, 2).await;
    shop.write(|tx| Order::cancel(tx, "1001", &Actor::CommandLine)).await;
    let order = now(&shop, &order).await;
    assert_eq!((order.state, order.net_payment_minor()), (OrderState::Cancelled, 0));
    assert_eq!(shop.stock(&mug).await, (2, 0));
    shop.run_jobs().await;
    let order = now(&shop, &order).await;
    assert_eq!((order.payment_state, order.review_reason), (PaymentState::Refunded, None));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn money_that_comes_twice_goes_back_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (order, attempt) = paid(&shop, &mug, 1).await;
    let again = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "the-second-page".to_owned(),
        amount_minor: attempt.amount_minor,
        currency: attempt.currency.clone(),
    };
    let id = attempt.id;
    for _ in 0..3 {
        let again = again.clone();
        shop.write(move |tx| Order::apply_transactions(tx, id, std::slice::from_ref(&again), &Actor::System)).await;
    }
    let order = now(&shop, &order).await;
    assert_eq!((order.captured_minor, order.refunded_minor), (2 * order.total_minor, order.total_minor));
    assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
    let order_id = order.id;
    let refunds = shop.read(move |conn| Refund::list_for_order(conn, order_id)).await;
    assert_eq!(refunds.len(), 1);
    // The card knows of one payment only: it pays back so much.
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn less_than_was_due_holds_nothing_and_goes_back_when_time_is_up() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(1).create().await;
    let (order, attempt) = at_the_page(&shop, &mug, 1).await;
    let part = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "a-part".to_owned(),
        amount_minor: attempt.amount_minor - 1,
        currency: attempt.currency.clone(),
    };
    let id = attempt.id;
    shop.write(move |tx| Order::apply_transactions(tx, id, std::slice::from_ref(&part), &Actor::System)).await;
    let held = now(&shop, &order).await;
    assert_eq!((held.state, held.payment_state), (OrderState::Pending, PaymentState::PartiallyPaid));
    assert!(held.review_reason.unwrap().contains("less than the amount due"));
    shop.advance_clock(SignedDuration::from_mins(20));
    worker::sweep(&shop.app).await.unwrap();
    let order = now(&shop, &order).await;
    assert_eq!((order.state, order.net_payment_minor()), (OrderState::Expired, 0));
    assert_eq!(shop.stock(&mug).await, (1, 0));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn late_money_brings_no_order_back_whose_earlier_part_went_back() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(1).create().await;
    let (order, attempt) = at_the_page(&shop, &mug, 1).await;
    let (id, attempt_id, total) = (order.id, attempt.id, order.total_minor);
    let part = move |reference: &str, amount_minor| NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: reference.to_owned(),
        amount_minor,
        currency: "EUR".to_owned(),
    };
    let settle = async |fact: NewPaymentTransaction| {
        shop.write(move |tx| Order::apply_transactions(tx, attempt_id, std::slice::from_ref(&fact), &Actor::System))
            .await
    };
    settle(part("first", 5_00)).await;
    shop.write(move |tx| Order::expire(tx, id)).await;
    assert_eq!(now(&shop, &order).await.refunded_minor, 5_00);
    settle(part("second", total - 5_00)).await;
    let off = now(&shop, &order).await;
    assert_eq!((off.state, off.net_payment_minor()), (OrderState::Expired, 0), "5.00 of it are on their way back");
    // All of it at once is enough.
    settle(part("third", total)).await;
    let held = now(&shop, &order).await;
    assert_eq!((held.state, held.payment_state), (OrderState::Placed, PaymentState::Paid));
    assert_eq!(held.net_payment_minor(), total);
    shop.assert_audit_passes().await;
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_repayment_that_is_refused_is_seen_and_can_be_tried_again() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    // Nobody at the card page knows this payment, so it refuses to pay back.
    let wish = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &wish)).await;
    let fact = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "unknown".to_owned(),
        amount_minor: placed.order.total_minor,
        currency: "EUR".to_owned(),
    };
    let attempt = placed.attempt.unwrap();
    shop.write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&fact), &Actor::System)).await;
    let line = first_line(&shop, &placed.order).await;
    shop.write(move |tx| Order::refund(tx, "1001", &all_of(line, 1), &Actor::System)).await;
    shop.run_jobs().await;
    let order = now(&shop, &placed.order).await;
    assert_eq!((order.refunded_minor, order.net_payment_minor()), (0, order.total_minor), "the reserve is given back");
    assert!(order.review_reason.unwrap().contains("Refund failed"));
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
async fn attempts_move_as_their_machine_says_and_no_other_way() {
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
        // Facts win: money is believed whatever was before.
        (Failed, Captured),
        (Closed, Captured),
    ];
    let mug = shop.product("Mug").stock(9).create().await;
    let (order, attempt) = at_the_page(&shop, &mug, 1).await;
    let id = attempt.id;
    for from in PaymentAttemptState::ALL {
        for next in PaymentAttemptState::ALL {
            let came = shop
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
            assert_eq!(came == *next && from != next, moves, "{from:?} to {next:?} came to {came:?}");
        }
    }
    assert_eq!(attempt.provider, ProviderName::Test);
    shop.write(move |tx| PaymentAttempt::advance(tx, id, Closed)).await;
    let order_id = order.id;
    shop.write(move |tx| Order::expire(tx, order_id)).await;
    shop.run_jobs().await;
}

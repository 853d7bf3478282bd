//! Orders, payments and jobs: idempotency and concurrency.

use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::error::Error;
use tradepost::jobs::{self, worker};
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::job::{Queue, QueuedJob};
use tradepost::models::sales::order::fulfilment::FulfilmentRequest;
use tradepost::models::sales::order::{Order, OrderFulfilmentState, OrderState, PaymentState};
use tradepost::models::sales::payment::{NewPaymentTransaction, TransactionKind};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::support::ids::{OrderLineId, PaymentAttemptId};

use crate::support::{TestProduct, TestShop};

fn fulfilment_request(quantity: Vec<(OrderLineId, i64)>) -> FulfilmentRequest {
    FulfilmentRequest {
        carrier: String::new(),
        tracking_number: String::new(),
        tracking_url: String::new(),
        line_quantities: quantity,
    }
}

async fn place_order(shop: &TestShop, product: &TestProduct, quantity: i64) -> Order {
    let request = shop.checkout_request(product, quantity, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Ok(Order::place(tx, &request)?.order)).await
}

async fn place_pending_order(shop: &TestShop, product: &TestProduct) -> (Order, PaymentAttemptId) {
    let request = shop.checkout_request(product, 1, PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &request)).await;
    (placed.order, placed.attempt.unwrap())
}

fn capture(order: &Order) -> NewPaymentTransaction {
    NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "capture-1".to_owned(),
        amount_minor: order.totals.total_minor,
        currency: order.currency.code().to_owned(),
    }
}

#[actix_web::test]
async fn a_payment_reported_concurrently_counts_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (order, attempt) = place_pending_order(&shop, &mug).await;
    let reports = (0..12).map(|_| {
        let (db, capture) = (shop.app.db.clone(), capture(&order));
        tokio::spawn(async move {
            db.write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&capture), &Actor::System))
                .await
        })
    });
    for done in join_all(reports).await {
        done.unwrap().unwrap();
    }
    let id = order.id;
    let order = shop.read(move |conn| Order::get(conn, id)).await;
    assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
    assert_eq!((order.totals.captured_minor, order.number.as_deref()), (order.totals.total_minor, Some("1001")));
    shop.run_jobs().await;
    assert_eq!(shop.outbox_summary().await.len(), 2);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_late_payment_reinstates_the_order_if_stock_is_available() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(1).create().await;
    let (order, attempt) = place_pending_order(&shop, &mug).await;
    let id = order.id;
    shop.write(move |tx| Order::expire(tx, id)).await;
    assert_eq!(shop.stock(&mug).await, (1, 0));
    let capture = capture(&order);
    let order = shop
        .write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&capture), &Actor::System))
        .await;
    assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
    assert_eq!((order.number.as_deref(), order.totals.captured_minor), (Some("1001"), order.totals.total_minor));
    assert_eq!(shop.stock(&mug).await, (0, 1));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_paid_order_does_not_expire() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (order, attempt) = place_pending_order(&shop, &mug).await;
    let (id, capture) = (order.id, capture(&order));
    shop.write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&capture), &Actor::System)).await;
    shop.write(move |tx| Order::expire(tx, id)).await;
    assert_eq!(shop.read(move |conn| Order::get(conn, id)).await.state, OrderState::Placed);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn cancelling_twice_releases_stock_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    place_order(&shop, &mug, 3).await;
    assert_eq!(shop.stock(&mug).await, (2, 3));
    shop.write(|tx| Order::cancel(tx, "1001", &Actor::CommandLine)).await;
    let again = shop.app.db.write(|tx| Order::cancel(tx, "1001", &Actor::CommandLine)).await;
    assert!(matches!(again, Err(Error::Conflict)));
    assert_eq!(shop.stock(&mug).await, (5, 0));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn no_more_is_fulfilled_than_was_ordered() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let order = place_order(&shop, &mug, 3).await;
    let line = shop.read(move |conn| Ok(order.lines(conn)?.remove(0).id)).await;
    let ship = |quantity: i64| {
        shop.app
            .db
            .write(move |tx| Order::ship(tx, "1001", &fulfilment_request(vec![(line, quantity)]), &Actor::System))
    };
    assert!(matches!(ship(4).await, Err(Error::Invalid { field, .. }) if field == "quantity"));
    assert_eq!(ship(2).await.unwrap().fulfilment_state, OrderFulfilmentState::PartiallyFulfilled);
    assert!(matches!(ship(2).await, Err(Error::Invalid { field, .. }) if field == "quantity"));
    assert_eq!(ship(1).await.unwrap().fulfilment_state, OrderFulfilmentState::Fulfilled);
    assert_eq!(shop.stock(&mug).await, (2, 0));
    shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await;
    let order = shop.read(|conn| Order::find_by_number(conn, "1001")).await;
    assert_eq!(order.state, OrderState::Completed);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn marking_as_paid_concurrently_counts_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    place_order(&shop, &mug, 1).await;
    let marks = (0..6).map(|_| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await })
    });
    let good = join_all(marks).await.into_iter().filter(|done| matches!(done, Ok(Ok(_)))).count();
    assert_eq!(good, 1);
    let order = shop.read(|conn| Order::find_by_number(conn, "1001")).await;
    assert_eq!((order.payment_state, order.totals.captured_minor), (PaymentState::Paid, order.totals.total_minor));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn numbers_have_no_gaps_although_some_orders_fail() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(8).create().await;
    let mut requests = Vec::new();
    for _ in 0..12 {
        requests.push(shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await);
    }
    let tries = requests.into_iter().map(|request| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(move |tx| Order::place(tx, &request)).await.ok()?.order.number })
    });
    let mut numbers: Vec<String> = join_all(tries).await.into_iter().filter_map(Result::unwrap).collect();
    numbers.sort();
    assert_eq!(numbers, (1001..1009).map(|number| number.to_string()).collect::<Vec<_>>());
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn every_job_may_run_twice() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    place_order(&shop, &mug, 1).await;
    let (_, attempt) = place_pending_order(&shop, &mug).await;
    shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::System)).await;
    shop.write(|tx| Order::ship(tx, "1001", &fulfilment_request(Vec::new()), &Actor::System)).await;
    let now = shop.app.clock().now().plus(SignedDuration::from_mins(2));
    let jobs = shop.read(move |conn| QueuedJob::list_unfinished(conn, now)).await;
    assert!(jobs.len() >= 5, "{jobs:?}");
    for job in jobs.iter().chain(&jobs) {
        jobs::run(&shop.app, job).await.unwrap();
    }
    shop.run_jobs().await;
    let box_ = shop.outbox_summary().await;
    assert_eq!(box_.iter().filter(|line| line.starts_with("ada@")).count(), 3, "placed, paid, sent: {box_:?}");
    assert!(i64::from(attempt) > 0);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_failing_job_backs_off_and_is_finally_failed() {
    use tradepost::models::platform::job::{JobKind, MAX_ATTEMPTS, NewJob};
    let shop = TestShop::new().await;
    shop.write(|tx| {
        let run_at = tx.now();
        NewJob { kind: JobKind::RenderInvoicePdf, payload: "4711".to_owned(), dedupe_key: None, run_at }.enqueue(tx)
    })
    .await;
    let mut tries = 0;
    for _ in 0..20 {
        while worker::run_next(&shop.app, Queue::Rendering).await.unwrap() {
            tries += 1;
        }
        shop.advance_clock(SignedDuration::from_hours(2));
    }
    assert_eq!(tries, MAX_ATTEMPTS);
    let now = shop.app.clock().now();
    let dead = shop.read(move |conn| QueuedJob::list_unfinished(conn, now)).await;
    assert_eq!(dead.len(), 1);
    assert!(dead[0].last_error.is_some());
    let id = dead[0].id;
    shop.write(move |tx| QueuedJob::finish(tx, id)).await;
}

#[actix_web::test]
async fn r58_two_workers_never_hold_the_same_job() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    for _ in 0..4 {
        place_order(&shop, &mug, 1).await;
    }
    let claims = (0..12).map(|_| {
        let db = shop.app.db.clone();
        tokio::spawn(async move {
            db.write(|tx| QueuedJob::claim(tx, Queue::Rendering, &[])).await.unwrap().map(|job| job.id)
        })
    });
    let mut held: Vec<_> = join_all(claims).await.into_iter().filter_map(Result::unwrap).collect();
    held.sort_unstable();
    let many = held.len();
    held.dedup();
    assert_eq!((many, held.len()), (8, 8));
    // Their leases expire, and another worker claims them.
    shop.advance_clock(SignedDuration::from_mins(3));
    shop.run_jobs().await;
    assert_eq!(shop.outbox_summary().await.len(), 8);
}

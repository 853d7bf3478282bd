//! Returns: their state machine, quantities, and concurrent actions.

use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::db::Tx;
use tradepost::error::{Error, Result};
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::fulfilment::FulfilmentRequest;
use tradepost::models::sales::order::refunds::{Refund, RefundRequest};
use tradepost::models::sales::order::returns::{ItemCondition, Return, ReturnRequest, ReturnState};
use tradepost::models::sales::order::{Order, OrderFulfilmentState, OrderLine, OrderState, PaymentState};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::support::ids::{OrderLineId, ReturnId};

use crate::support::{TestProduct, TestShop};

fn fulfilment_request(quantity: Vec<(OrderLineId, i64)>) -> FulfilmentRequest {
    FulfilmentRequest {
        carrier: String::new(),
        tracking_number: String::new(),
        tracking_url: String::new(),
        line_quantities: quantity,
    }
}

/// Places a paid order of `quantity` items, `sent` of which are fulfilled; returns it with its token.
async fn place_shipped_order(
    shop: &TestShop,
    product: &TestProduct,
    quantity: i64,
    sent: i64,
) -> (Order, OrderLine, String) {
    let request = shop.checkout_request(product, quantity, PaymentMethod::BankTransfer).await;
    let (order, line, token) = shop
        .write(move |tx| {
            let order = Order::place(tx, &request)?.order;
            let number = order.number.clone().unwrap();
            Order::mark_paid(tx, &number, &Actor::System)?;
            let line = order.lines(tx.conn())?.remove(0);
            if sent > 0 {
                Order::ship(tx, &number, &fulfilment_request(vec![(line.id, sent)]), &Actor::System)?;
            }
            let token = Order::access_token(tx.secret_key(), &order.public_id);
            Ok((order, line, token))
        })
        .await;
    shop.run_jobs().await;
    (order, line, token)
}

fn return_request(line: OrderLineId, quantity: i64) -> ReturnRequest {
    ReturnRequest { line_quantities: vec![(line, quantity)], reason: "Too small".to_owned() }
}

async fn load_return(shop: &TestShop, order: &Order) -> (Order, OrderLine) {
    let id = order.id;
    shop.read(move |conn| {
        let order = Order::get(conn, id)?;
        let line = order.lines(conn)?.remove(0);
        Ok((order, line))
    })
    .await
}

/// A return of one item of the line, brought into a state.
fn bring_into_state(tx: &mut Tx<'_>, token: &str, line: OrderLineId, state: ReturnState) -> Result<ReturnId> {
    let by = Actor::System;
    let id = Return::request(tx, token, &return_request(line, 1))?.id;
    match state {
        ReturnState::Requested => {}
        ReturnState::Refused => Return::refuse(tx, "1001", id, "No", &by)?,
        ReturnState::Cancelled => Return::cancel(tx, "1001", id, &by)?,
        ReturnState::Approved | ReturnState::Received | ReturnState::Refunded => {
            Return::approve(tx, "1001", id, &by)?;
            if state != ReturnState::Approved {
                Return::receive(tx, "1001", id, &[(line, ItemCondition::Sellable)], &by)?;
            }
            if state == ReturnState::Refunded {
                Return::refund(tx, "1001", id, false, &by)?;
            }
        }
    }
    Ok(id)
}

/// A verb on a return, by the order's token, its row id and its line.
type Verb = fn(&mut Tx<'_>, &str, ReturnId, OrderLineId) -> Result<()>;

#[actix_web::test]
async fn returns_follow_their_state_machine() {
    use ReturnState::{Approved, Cancelled, Received, Refunded, Refused, Requested};
    let verbs: [(&str, Verb); 6] = [
        ("approve", |tx, _, id, _| Return::approve(tx, "1001", id, &Actor::System)),
        ("refuse", |tx, _, id, _| Return::refuse(tx, "1001", id, "No", &Actor::System)),
        ("receive", |tx, _, id, line| {
            Return::receive(tx, "1001", id, &[(line, ItemCondition::Damaged)], &Actor::System)
        }),
        ("pay back", |tx, _, id, _| Return::refund(tx, "1001", id, false, &Actor::System)),
        ("cancel", |tx, _, id, _| Return::cancel(tx, "1001", id, &Actor::System)),
        ("withdraw", |tx, token, id, _| Return::cancel_by_customer(tx, token, id)),
    ];
    let allowed = [
        ("approve", Requested, Approved),
        ("refuse", Requested, Refused),
        ("receive", Approved, Received),
        ("pay back", Received, Refunded),
        ("cancel", Requested, Cancelled),
        ("cancel", Approved, Cancelled),
        ("withdraw", Requested, Cancelled),
        ("withdraw", Approved, Cancelled),
    ];
    for from in ReturnState::ALL {
        for (name, verb) in verbs {
            let shop = TestShop::new().await;
            let mug = shop.product("Mug").stock(5).create().await;
            let (_, line, token) = place_shipped_order(&shop, &mug, 2, 2).await;
            let known = token.clone();
            let id = shop.write(move |tx| bring_into_state(tx, &known, line.id, *from)).await;
            let done = shop.app.db.write(move |tx| verb(tx, &token, id, line.id)).await;
            let expected = allowed.iter().find(|(verb, state, _)| *verb == name && state == from);
            match expected {
                Some(_) => assert!(done.is_ok(), "{name} from {from:?} came to {done:?}"),
                None => assert!(matches!(done, Err(Error::Conflict)), "{name} from {from:?} came to {done:?}"),
            }
            let came = shop.read(move |conn| Return::get(conn, id)).await.state;
            assert_eq!(came, expected.map_or(*from, |(_, _, to)| *to), "{name} from {from:?}");
            shop.run_jobs().await;
            shop.assert_audit_passes().await;
        }
    }
}

#[actix_web::test]
async fn only_delivered_items_can_be_returned_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(9).create().await;
    let (order, line, token) = place_shipped_order(&shop, &mug, 4, 3).await;
    let id = line.id;
    let request_return = |quantity: i64| {
        let (db, token) = (shop.app.db.clone(), token.clone());
        async move { db.write(move |tx| Return::request(tx, &token, &return_request(id, quantity))).await }
    };
    let refused = |done: Result<Return>| match done {
        Err(Error::Invalid { field, message }) => (field.into_owned(), message.to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(request_return(4).await),
        (format!("return_quantity_{id}"), "Only 3 of this item can be returned.".to_owned())
    );
    assert_eq!(refused(request_return(0).await).0, "return");
    let first = request_return(2).await.unwrap();
    assert_eq!(refused(request_return(2).await).1, "Only 1 of this item can be returned.");
    request_return(1).await.unwrap();
    assert_eq!(refused(request_return(1).await).1, "This item cannot be returned.");
    // Declined and cancelled items can be requested again.
    shop.write(move |tx| Return::refuse(tx, "1001", first.id, "No", &Actor::System)).await;
    let again = request_return(2).await.unwrap();
    shop.write(move |tx| {
        Return::approve(tx, "1001", again.id, &Actor::System)?;
        Return::receive(tx, "1001", again.id, &[(id, ItemCondition::Sellable)], &Actor::System)
    })
    .await;
    assert_eq!(refused(request_return(1).await).1, "This item cannot be returned.");
    let (order, line) = load_return(&shop, &order).await;
    assert_eq!(
        (line.returned, order.fulfilment_state),
        (2, OrderFulfilmentState::PartiallyFulfilled),
        "one piece is still to be packed"
    );
    // Refunding the return does not affect the unsent item.
    shop.write(move |tx| Return::refund(tx, "1001", again.id, true, &Actor::System)).await;
    let (order, line) = load_return(&shop, &order).await;
    assert_eq!((line.refunded, line.cancelled, line.shippable_quantity()), (2, 0, 1));
    assert_eq!(order.totals.refunded_minor, 2 * 12_00 + order.totals.shipping_minor);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn gift_cards_and_unconfirmed_orders_cannot_be_returned() {
    let shop = TestShop::new().await;
    let card = shop.product("Gift card").gift_card().create().await;
    let (_, line, token) = place_shipped_order(&shop, &card, 1, 0).await;
    let known = token.clone();
    let done = shop.app.db.write(move |tx| Return::request(tx, &known, &return_request(line.id, 1))).await;
    assert!(matches!(done, Err(Error::Invalid { .. })), "{done:?}");
    let mug = shop.product("Mug").create().await;
    let (_, line, token) = place_shipped_order(&shop, &mug, 1, 0).await;
    let done = shop
        .app
        .db
        .write(move |tx| {
            Order::cancel(tx, "1002", &Actor::System)?;
            Return::request(tx, &token, &return_request(line.id, 1))
        })
        .await;
    assert!(matches!(done, Err(Error::Conflict)), "{done:?}");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_return_belongs_to_its_order() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (_, line, token) = place_shipped_order(&shop, &mug, 1, 1).await;
    let (_, _, other) = place_shipped_order(&shop, &mug, 1, 1).await;
    let id = shop.write(move |tx| bring_into_state(tx, &token, line.id, ReturnState::Requested)).await;
    let done = shop.app.db.write(move |tx| Return::cancel_by_customer(tx, &other, id)).await;
    assert!(matches!(done, Err(Error::NotFound)), "{done:?}");
    let done = shop.app.db.write(move |tx| Return::approve(tx, "1002", id, &Actor::System)).await;
    assert!(matches!(done, Err(Error::NotFound)), "{done:?}");
    shop.run_jobs().await;
}

/// Runs the same work twice concurrently; returns both results.
async fn run_twice(
    shop: &TestShop,
    work: fn(&mut Tx<'_>, ReturnId, OrderLineId) -> Result<()>,
    id: ReturnId,
    line: OrderLineId,
) -> Vec<Result<()>> {
    let tries = (0..2).map(|_| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(move |tx| work(tx, id, line)).await })
    });
    join_all(tries).await.into_iter().map(std::result::Result::unwrap).collect()
}

#[actix_web::test]
async fn concurrent_return_actions_run_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (order, line, token) = place_shipped_order(&shop, &mug, 2, 2).await;
    let id = shop.write(move |tx| bring_into_state(tx, &token, line.id, ReturnState::Approved)).await;
    let receive =
        |tx: &mut Tx<'_>, id, line| Return::receive(tx, "1001", id, &[(line, ItemCondition::Sellable)], &Actor::System);
    let done = run_twice(&shop, receive, id, line.id).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    assert_eq!(shop.stock(&mug).await, (4, 0));
    assert_eq!(load_return(&shop, &order).await.1.returned, 1);

    let pay_back = |tx: &mut Tx<'_>, id, _| Return::refund(tx, "1001", id, false, &Actor::System);
    let done = run_twice(&shop, pay_back, id, line.id).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    let row = order.id;
    assert_eq!(shop.read(move |conn| Refund::list_for_order(conn, row)).await.len(), 1);
    let (order, _) = load_return(&shop, &order).await;
    assert_eq!((order.totals.refunded_minor, order.payment_state), (12_00, PaymentState::PartiallyRefunded));
    assert_eq!((order.state, order.fulfilment_state), (OrderState::Completed, OrderFulfilmentState::PartiallyReturned));
    assert_eq!(shop.stock(&mug).await, (4, 0), "paying back puts nothing on the shelf");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn concurrent_return_requests_do_not_share_an_item() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (_, line, token) = place_shipped_order(&shop, &mug, 1, 1).await;
    let tries = (0..2).map(|_| {
        let (db, token) = (shop.app.db.clone(), token.clone());
        tokio::spawn(async move { db.write(move |tx| Return::request(tx, &token, &return_request(line.id, 1))).await })
    });
    let done: Vec<_> = join_all(tries).await.into_iter().map(std::result::Result::unwrap).collect();
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn items_refunded_or_restocked_otherwise_are_not_processed_again() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (order, line, token) = place_shipped_order(&shop, &mug, 1, 1).await;
    let known = token.clone();
    let id = shop.write(move |tx| bring_into_state(tx, &known, line.id, ReturnState::Received)).await;
    let checkout_request = RefundRequest { line_quantities: vec![(line.id, 1)], ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &checkout_request, &Actor::System)).await;
    let done = shop.app.db.write(move |tx| Return::refund(tx, "1001", id, false, &Actor::System)).await;
    let Err(Error::Invalid { message, .. }) = done else { panic!("{done:?}") };
    assert_eq!(message.to_string(), "Mug has already been refunded.");

    let (_, line, token) = place_shipped_order(&shop, &mug, 1, 1).await;
    let checkout_request =
        RefundRequest { line_quantities: vec![(line.id, 1)], restock: true, ..RefundRequest::default() };
    let done = shop
        .app
        .db
        .write(move |tx| {
            let id = Return::request(tx, &token, &return_request(line.id, 1))?.id;
            Return::approve(tx, "1002", id, &Actor::System)?;
            Order::refund(tx, "1002", &checkout_request, &Actor::System)?;
            Return::receive(tx, "1002", id, &[(line.id, ItemCondition::Sellable)], &Actor::System)
        })
        .await;
    let Err(Error::Invalid { message, .. }) = done else { panic!("{done:?}") };
    assert_eq!(message.to_string(), "Mug has already been put back in stock. Cancel this return.");
    assert_eq!(load_return(&shop, &order).await.0.net_payment_minor(), order.totals.shipping_minor);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_audit_finds_an_uncounted_return() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (_, line, token) = place_shipped_order(&shop, &mug, 1, 1).await;
    shop.write(move |tx| bring_into_state(tx, &token, line.id, ReturnState::Received)).await;
    shop.assert_audit_passes().await;
    shop.write(move |tx| {
        use diesel::prelude::*;
        use tradepost::schema::order_lines;
        diesel::update(order_lines::table.find(line.id)).set(order_lines::returned.eq(0)).execute(tx.conn())?;
        Ok(())
    })
    .await;
    let report = shop.read(tradepost::models::maintenance::audit::run).await;
    assert_eq!(report.violations, [format!("order line {}: its returns add up to more than is recorded", line.id)]);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_buyer_can_request_ten_returns_a_day() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (_, line, token) = place_shipped_order(&shop, &mug, 1, 1).await;
    let line = line.id;
    let request_return = || {
        let token = token.clone();
        shop.app.db.write(move |tx| {
            let returned = Return::request(tx, &token, &return_request(line, 1))?;
            Return::cancel_by_customer(tx, &token, returned.id)
        })
    };
    for _ in 0..10 {
        request_return().await.unwrap();
    }
    match request_return().await {
        Err(Error::Invalid { field, message }) => {
            assert_eq!(field, "return");
            assert_eq!(
                message.to_string(),
                "You have requested ten returns today. Please try again tomorrow, or contact us."
            );
        }
        other => panic!("{other:?}"),
    }
    // Staff may go on, and a day later so may the buyer.
    shop.write(move |tx| {
        let returned = Return::create_approved(tx, "1001", &return_request(line, 1), &Actor::System)?;
        Return::cancel(tx, "1001", returned.id, &Actor::System)
    })
    .await;
    shop.advance_clock(SignedDuration::from_hours(25));
    request_return().await.unwrap();
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

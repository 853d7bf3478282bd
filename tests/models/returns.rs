//! TestProduct that come back: which moves there are, how many pieces, and what happens at the same second.

use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::db::Tx;
use tradepost::error::{Error, Result};
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::fulfilment::FulfilmentRequest;
use tradepost::models::sales::order::refunds::{Refund, RefundRequest};
use tradepost::models::sales::order::returns::{ItemCondition, Return, ReturnRequest, ReturnState};
use tradepost::models::sales::order::{
    Order, OrderFulfilmentState, OrderLine, OrderState, PaymentMethod, PaymentState,
};

use crate::support::{TestProduct, TestShop};

fn parcel(pieces: Vec<(i64, i64)>) -> FulfilmentRequest {
    FulfilmentRequest {
        carrier: String::new(),
        tracking_number: String::new(),
        tracking_url: String::new(),
        line_quantities: pieces,
    }
}

/// A paid order of so many pieces, of which so many were sent, and its token.
async fn sent(shop: &TestShop, goods: &TestProduct, pieces: i64, sent: i64) -> (Order, OrderLine, String) {
    let wish = shop.checkout_request(goods, pieces, PaymentMethod::BankTransfer).await;
    let (order, line, token) = shop
        .write(move |tx| {
            let order = Order::place(tx, &wish)?.order;
            let number = order.number.clone().unwrap();
            Order::mark_paid(tx, &number, &Actor::System)?;
            let line = order.lines(tx.conn())?.remove(0);
            if sent > 0 {
                Order::ship(tx, &number, &parcel(vec![(line.id, sent)]), &Actor::System)?;
            }
            let token = Order::access_token(tx.secret_key(), &order.public_id);
            Ok((order, line, token))
        })
        .await;
    shop.run_jobs().await;
    (order, line, token)
}

fn some(line: i64, pieces: i64) -> ReturnRequest {
    ReturnRequest { line_quantities: vec![(line, pieces)], reason: "Too small".to_owned() }
}

async fn now(shop: &TestShop, order: &Order) -> (Order, OrderLine) {
    let id = order.id;
    shop.read(move |conn| {
        let order = Order::get(conn, id)?;
        let line = order.lines(conn)?.remove(0);
        Ok((order, line))
    })
    .await
}

/// A return with one piece of the line, brought into a state.
fn bring(tx: &mut Tx<'_>, token: &str, line: i64, state: ReturnState) -> Result<i64> {
    let by = Actor::System;
    let id = Return::request(tx, token, &some(line, 1))?.id;
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

/// A verb on a return: its order's token, its row and the line in it.
type Verb = fn(&mut Tx<'_>, &str, i64, i64) -> Result<()>;

#[actix_web::test]
async fn returns_move_as_their_machine_says_and_no_other_way() {
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
            let (_, line, token) = sent(&shop, &mug, 2, 2).await;
            let known = token.clone();
            let id = shop.write(move |tx| bring(tx, &known, line.id, *from)).await;
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
async fn only_what_the_buyer_has_can_be_sent_back_and_each_piece_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(9).create().await;
    let (order, line, token) = sent(&shop, &mug, 4, 3).await;
    let id = line.id;
    let ask = |pieces: i64| {
        let (db, token) = (shop.app.db.clone(), token.clone());
        async move { db.write(move |tx| Return::request(tx, &token, &some(id, pieces))).await }
    };
    let refused = |done: Result<Return>| match done {
        Err(Error::Invalid { field, message }) => (field.into_owned(), message),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(ask(4).await),
        (format!("return_quantity_{id}"), "Only 3 of this item can be returned.".to_owned())
    );
    assert_eq!(refused(ask(0).await).0, "return");
    let first = ask(2).await.unwrap();
    assert_eq!(refused(ask(2).await).1, "Only 1 of this item can be returned.");
    ask(1).await.unwrap();
    assert_eq!(refused(ask(1).await).1, "This item cannot be returned.");
    // What is refused or called off can be asked for again.
    shop.write(move |tx| Return::refuse(tx, "1001", first.id, "No", &Actor::System)).await;
    let again = ask(2).await.unwrap();
    shop.write(move |tx| {
        Return::approve(tx, "1001", again.id, &Actor::System)?;
        Return::receive(tx, "1001", again.id, &[(id, ItemCondition::Sellable)], &Actor::System)
    })
    .await;
    assert_eq!(refused(ask(1).await).1, "This item cannot be returned.");
    let (order, line) = now(&shop, &order).await;
    assert_eq!(
        (line.returned, order.fulfilment_state),
        (2, OrderFulfilmentState::PartiallyFulfilled),
        "one piece is still to be packed"
    );
    // Paying the return back leaves the piece alone that was not sent.
    shop.write(move |tx| Return::refund(tx, "1001", again.id, true, &Actor::System)).await;
    let (order, line) = now(&shop, &order).await;
    assert_eq!((line.refunded, line.cancelled, line.shippable_quantity()), (2, 0, 1));
    assert_eq!(order.refunded_minor, 2 * 12_00 + order.shipping_minor);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn gift_cards_and_orders_that_do_not_hold_are_not_sent_back() {
    let shop = TestShop::new().await;
    let card = shop.product("Gift card").gift_card().create().await;
    let (_, line, token) = sent(&shop, &card, 1, 0).await;
    let known = token.clone();
    let done = shop.app.db.write(move |tx| Return::request(tx, &known, &some(line.id, 1))).await;
    assert!(matches!(done, Err(Error::Invalid { .. })), "{done:?}");
    let mug = shop.product("Mug").create().await;
    let (_, line, token) = sent(&shop, &mug, 1, 0).await;
    let done = shop
        .app
        .db
        .write(move |tx| {
            Order::cancel(tx, "1002", &Actor::System)?;
            Return::request(tx, &token, &some(line.id, 1))
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
    let (_, line, token) = sent(&shop, &mug, 1, 1).await;
    let (_, _, other) = sent(&shop, &mug, 1, 1).await;
    let id = shop.write(move |tx| bring(tx, &token, line.id, ReturnState::Requested)).await;
    let done = shop.app.db.write(move |tx| Return::cancel_by_customer(tx, &other, id)).await;
    assert!(matches!(done, Err(Error::NotFound)), "{done:?}");
    let done = shop.app.db.write(move |tx| Return::approve(tx, "1002", id, &Actor::System)).await;
    assert!(matches!(done, Err(Error::NotFound)), "{done:?}");
    shop.run_jobs().await;
}

/// Does the same twice at the same second; what came of it.
async fn twice(shop: &TestShop, work: fn(&mut Tx<'_>, i64, i64) -> Result<()>, id: i64, line: i64) -> Vec<Result<()>> {
    let tries = (0..2).map(|_| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(move |tx| work(tx, id, line)).await })
    });
    join_all(tries).await.into_iter().map(std::result::Result::unwrap).collect()
}

#[actix_web::test]
async fn what_is_done_twice_at_the_same_second_is_done_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (order, line, token) = sent(&shop, &mug, 2, 2).await;
    let id = shop.write(move |tx| bring(tx, &token, line.id, ReturnState::Approved)).await;
    let receive =
        |tx: &mut Tx<'_>, id, line| Return::receive(tx, "1001", id, &[(line, ItemCondition::Sellable)], &Actor::System);
    let done = twice(&shop, receive, id, line.id).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    assert_eq!(shop.stock(&mug).await, (4, 0));
    assert_eq!(now(&shop, &order).await.1.returned, 1);

    let pay_back = |tx: &mut Tx<'_>, id, _| Return::refund(tx, "1001", id, false, &Actor::System);
    let done = twice(&shop, pay_back, id, line.id).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    let row = order.id;
    assert_eq!(shop.read(move |conn| Refund::list_for_order(conn, row)).await.len(), 1);
    let (order, _) = now(&shop, &order).await;
    assert_eq!((order.refunded_minor, order.payment_state), (12_00, PaymentState::PartiallyRefunded));
    assert_eq!((order.state, order.fulfilment_state), (OrderState::Completed, OrderFulfilmentState::PartiallyReturned));
    assert_eq!(shop.stock(&mug).await, (4, 0), "paying back puts nothing on the shelf");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn two_wishes_at_the_same_second_do_not_take_the_same_piece() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (_, line, token) = sent(&shop, &mug, 1, 1).await;
    let tries = (0..2).map(|_| {
        let (db, token) = (shop.app.db.clone(), token.clone());
        tokio::spawn(async move { db.write(move |tx| Return::request(tx, &token, &some(line.id, 1))).await })
    });
    let done: Vec<_> = join_all(tries).await.into_iter().map(std::result::Result::unwrap).collect();
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn pieces_that_were_paid_back_or_put_back_otherwise_are_not_done_again() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (order, line, token) = sent(&shop, &mug, 1, 1).await;
    let known = token.clone();
    let id = shop.write(move |tx| bring(tx, &known, line.id, ReturnState::Received)).await;
    let wish = RefundRequest { line_quantities: vec![(line.id, 1)], ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &wish, &Actor::System)).await;
    let done = shop.app.db.write(move |tx| Return::refund(tx, "1001", id, false, &Actor::System)).await;
    let Err(Error::Invalid { message, .. }) = done else { panic!("{done:?}") };
    assert_eq!(message, "Mug has already been refunded.");

    let (_, line, token) = sent(&shop, &mug, 1, 1).await;
    let wish = RefundRequest { line_quantities: vec![(line.id, 1)], restock: true, ..RefundRequest::default() };
    let done = shop
        .app
        .db
        .write(move |tx| {
            let id = Return::request(tx, &token, &some(line.id, 1))?.id;
            Return::approve(tx, "1002", id, &Actor::System)?;
            Order::refund(tx, "1002", &wish, &Actor::System)?;
            Return::receive(tx, "1002", id, &[(line.id, ItemCondition::Sellable)], &Actor::System)
        })
        .await;
    let Err(Error::Invalid { message, .. }) = done else { panic!("{done:?}") };
    assert_eq!(message, "Mug has already been put back in stock. Cancel this return.");
    assert_eq!(now(&shop, &order).await.0.net_payment_minor(), order.shipping_minor);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_audit_notices_a_return_that_is_not_counted() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (_, line, token) = sent(&shop, &mug, 1, 1).await;
    shop.write(move |tx| bring(tx, &token, line.id, ReturnState::Received)).await;
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
async fn a_buyer_asks_at_most_ten_times_a_day() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (_, line, token) = sent(&shop, &mug, 1, 1).await;
    let line = line.id;
    let ask = || {
        let token = token.clone();
        shop.app.db.write(move |tx| {
            let back = Return::request(tx, &token, &some(line, 1))?;
            Return::cancel_by_customer(tx, &token, back.id)
        })
    };
    for _ in 0..10 {
        ask().await.unwrap();
    }
    match ask().await {
        Err(Error::Invalid { field, message }) => {
            assert_eq!(field, "return");
            assert_eq!(message, "You have requested ten returns today. Please try again tomorrow, or contact us.");
        }
        other => panic!("{other:?}"),
    }
    // Staff may go on, and a day later so may the buyer.
    shop.write(move |tx| {
        let back = Return::create_approved(tx, "1001", &some(line, 1), &Actor::System)?;
        Return::cancel(tx, "1001", back.id, &Actor::System)
    })
    .await;
    shop.advance_clock(SignedDuration::from_hours(25));
    ask().await.unwrap();
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

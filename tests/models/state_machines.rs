//! State machines: allowed transitions, and no others.

use diesel::prelude::*;
use jiff::SignedDuration;
use tradepost::db::Tx;
use tradepost::error::{Error, Result};
use tradepost::jobs::worker;
use tradepost::models::catalog::variant::stock::ReservationState;
use tradepost::models::checkout::cart::Cart;
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::fulfilment::FulfilmentRequest;
use tradepost::models::sales::order::refund_transactions::{RefundTransaction, RefundTransactionState};
use tradepost::models::sales::order::refunds::RefundRequest;
use tradepost::models::sales::order::{Order, OrderState};
use tradepost::models::sales::payment::{NewPaymentTransaction, PaymentAttempt, TransactionKind};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::models::sales::webhook::WebhookState;
use tradepost::schema::{cart_lines, carts, order_lines, reservations, stock_levels};
use tradepost::support::ids::{OrderId, RefundTransactionId};

use crate::support::TestShop;

fn whole_order() -> FulfilmentRequest {
    FulfilmentRequest {
        carrier: String::new(),
        tracking_number: String::new(),
        tracking_url: String::new(),
        line_quantities: Vec::new(),
    }
}

fn captured_transaction(attempt: &PaymentAttempt, reference: &str) -> NewPaymentTransaction {
    NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: reference.to_owned(),
        amount_minor: attempt.amount_minor,
        currency: attempt.currency.code().to_owned(),
    }
}

/// Places a card order and brings it into a state, with stock available.
async fn place_order_in_state(shop: &TestShop, state: OrderState) -> Order {
    let mug = shop.product("Mug").stock(5).create().await;
    let request = shop.checkout_request(&mug, 2, PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &request)).await;
    let (id, attempt) = (placed.order.id, placed.attempt.unwrap());
    shop.write(move |tx| {
        let attempt = PaymentAttempt::get(tx.conn(), attempt)?;
        let pay = |tx: &mut Tx<'_>| {
            Order::apply_transactions(tx, attempt.id, &[captured_transaction(&attempt, "first")], &Actor::System)
        };
        match state {
            OrderState::Pending => {}
            OrderState::Placed => drop(pay(tx)?),
            OrderState::Completed => {
                pay(tx)?;
                Order::ship(tx, "1001", &whole_order(), &Actor::System)?;
            }
            OrderState::Cancelled => {
                pay(tx)?;
                Order::cancel(tx, "1001", &Actor::System)?;
            }
            OrderState::Expired => Order::expire(tx, id)?,
        }
        let order = Order::get(tx.conn(), id)?;
        assert_eq!(order.state, state);
        Ok(order)
    })
    .await
}

/// The transitions of a verb.
type Leads = &'static [(OrderState, OrderState)];

/// A verb on the order with this row id.
type Verb = fn(&mut Tx<'_>, OrderId) -> Result<()>;

fn order_number(tx: &mut Tx<'_>, id: OrderId) -> Result<String> {
    // Staff cannot address an order without a number.
    Order::get(tx.conn(), id)?.number.ok_or(Error::NotFound)
}

fn pay(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
    let attempt = PaymentAttempt::list_for_order(tx.conn(), id)?.remove(0);
    Order::apply_transactions(tx, attempt.id, &[captured_transaction(&attempt, "first")], &Actor::System).map(drop)
}

fn expire(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
    Order::expire(tx, id)
}

fn cancel(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
    let number = order_number(tx, id)?;
    Order::cancel(tx, &number, &Actor::System).map(drop)
}

fn ship(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
    let number = order_number(tx, id)?;
    Order::ship(tx, &number, &whole_order(), &Actor::System).map(drop)
}

fn retry(tx: &mut Tx<'_>, id: OrderId) -> Result<()> {
    Order::retry_payment(tx, id, None).map(drop)
}

#[actix_web::test]
async fn r34_orders_follow_their_state_machine() {
    use OrderState::{Cancelled, Completed, Expired, Pending, Placed};
    // The transitions of each verb; in states not listed it changes nothing.
    let moves: &[(&str, Verb, Leads)] = &[
        ("pay", pay, &[(Pending, Placed), (Expired, Placed)]),
        ("expire", expire, &[(Pending, Expired)]),
        ("cancel", cancel, &[(Placed, Cancelled)]),
        ("ship", ship, &[(Placed, Completed)]),
        ("retry", retry, &[]),
    ];
    for (name, verb, leads) in moves {
        for state in OrderState::ALL {
            let shop = TestShop::new().await;
            let order = place_order_in_state(&shop, *state).await;
            let (id, verb) = (order.id, *verb);
            // A refused verb returns an error and writes nothing.
            let done = shop.app.db.write(move |tx| verb(tx, id)).await;
            assert!(
                matches!(done, Ok(()) | Err(Error::Conflict | Error::NotFound)),
                "{name} from {state:?} came to {done:?}"
            );
            let expected = leads.iter().find(|(from, _)| from == state).map_or(*state, |(_, to)| *to);
            let after = shop.read(move |conn| Order::get(conn, id)).await.state;
            assert_eq!(after, expected, "{name} from {state:?}");
            shop.run_jobs().await;
            shop.assert_audit_passes().await;
        }
    }
}

/// The reservation state of an order's only line, with `on_hand` and `reserved`.
async fn reservation(shop: &TestShop, order: OrderId) -> (ReservationState, i64, i64) {
    shop.read(move |conn| {
        let found = order_lines::table
            .inner_join(reservations::table.inner_join(stock_levels::table))
            .filter(order_lines::order_id.eq(order))
            .select((reservations::state, stock_levels::on_hand, stock_levels::reserved));
        Ok(found.first(conn)?)
    })
    .await
}

#[actix_web::test]
async fn reservations_follow_their_state_machine() {
    use ReservationState::{Active, Committed, Released, Shipped};
    let verbs: [(&str, Verb); 4] = [("pay", pay), ("expire", expire), ("cancel", cancel), ("ship", ship)];
    // A cancelled checkout is never reinstated; an expired order is, by a late payment.
    let allowed = [
        ("pay", OrderState::Pending, Committed),
        ("expire", OrderState::Pending, Released),
        ("cancel", OrderState::Placed, Released),
        ("ship", OrderState::Placed, Shipped),
        ("pay", OrderState::Expired, Committed),
    ];
    let begins = |state| match state {
        OrderState::Pending => Active,
        OrderState::Placed => Committed,
        OrderState::Completed => Shipped,
        OrderState::Cancelled | OrderState::Expired => Released,
    };
    for state in OrderState::ALL {
        for (name, verb) in verbs {
            let shop = TestShop::new().await;
            let id = place_order_in_state(&shop, *state).await.id;
            assert_eq!(reservation(&shop, id).await.0, begins(*state));
            let done = shop.app.db.write(move |tx| verb(tx, id)).await;
            assert!(matches!(done, Ok(()) | Err(Error::Conflict | Error::NotFound)), "{name}: {done:?}");
            let expected = allowed.iter().find(|(verb, from, _)| *verb == name && from == state);
            let expected = expected.map_or(begins(*state), |(_, _, to)| *to);
            // Two of five were ordered.
            let counters = match expected {
                Active | Committed => (5, 2),
                Shipped => (3, 0),
                Released => (5, 0),
            };
            let (after, on_hand, reserved) = reservation(&shop, id).await;
            assert_eq!((after, (on_hand, reserved)), (expected, counters), "{name} of {state:?}");
            shop.run_jobs().await;
            shop.assert_audit_passes().await;
        }
    }
}

#[actix_web::test]
async fn a_partly_sent_and_partly_cancelled_line_ships_the_rest() {
    let shop = TestShop::new().await;
    let id = place_order_in_state(&shop, OrderState::Placed).await.id;
    let line = shop.read(move |conn| Ok(Order::get(conn, id)?.lines(conn)?.remove(0).id)).await;
    let one = FulfilmentRequest { line_quantities: vec![(line, 1)], ..whole_order() };
    shop.write(move |tx| Order::ship(tx, "1001", &one, &Actor::System)).await;
    assert_eq!(reservation(&shop, id).await, (ReservationState::Committed, 4, 1));
    let request = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &request, &Actor::System)).await;
    assert_eq!(reservation(&shop, id).await, (ReservationState::Shipped, 4, 0));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn refund_transactions_follow_their_state_machine() {
    use RefundTransactionState::{Failed, Requested, Sent, Succeeded};
    type Verb = fn(&mut Tx<'_>, RefundTransactionId) -> Result<()>;
    let verbs: [(&str, Verb); 5] = [
        ("sent", |tx, id| RefundTransaction::mark_sent(tx, id).map(drop)),
        ("succeeded", |tx, id| RefundTransaction::mark_succeeded(tx, id, "provider-1")),
        ("failed", |tx, id| RefundTransaction::mark_failed(tx, id, "no")),
        ("failed_late", |tx, id| RefundTransaction::mark_failed_after_success(tx, id, "provider-0", "no")),
        ("retry", |tx, id| RefundTransaction::retry(tx, id, &Actor::System)),
    ];
    let allowed = [
        ("sent", Requested, Sent),
        ("succeeded", Sent, Succeeded),
        ("failed", Sent, Failed),
        ("failed_late", Succeeded, Failed),
        ("retry", Failed, Requested),
    ];
    for from in RefundTransactionState::ALL {
        for (name, verb) in verbs {
            let shop = TestShop::new().await;
            let order = place_order_in_state(&shop, OrderState::Placed).await;
            let line = shop.read(move |conn| Ok(order.lines(conn)?.remove(0).id)).await;
            let part = shop
                .write(move |tx| {
                    let request = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
                    let refund = Order::refund(tx, "1001", &request, &Actor::System)?;
                    let order = refund.order_id;
                    let all = tradepost::models::sales::order::refunds::Refund::list_for_order(tx.conn(), order)?;
                    let id = all[0].1[0].id;
                    if *from != Requested {
                        RefundTransaction::mark_sent(tx, id)?;
                    }
                    match from {
                        Succeeded => RefundTransaction::mark_succeeded(tx, id, "provider-0")?,
                        Failed => RefundTransaction::mark_failed(tx, id, "no")?,
                        Requested | Sent => {}
                    }
                    Ok(id)
                })
                .await;
            let done = shop.app.db.write(move |tx| verb(tx, part)).await;
            assert!(matches!(done, Ok(()) | Err(Error::Conflict)), "{name} from {from:?} came to {done:?}");
            let after = shop.read(move |conn| RefundTransaction::get(conn, part)).await.state;
            let expected = allowed.iter().find(|(verb, state, _)| *verb == name && state == from);
            assert_eq!(after, expected.map_or(*from, |(_, _, to)| *to), "{name} from {from:?}");
            shop.assert_audit_passes().await;
            shop.run_jobs().await;
        }
    }
}

#[test]
fn webhooks_follow_their_state_machine() {
    use WebhookState::{Dead, Done, Failed, Ignored, Received};
    let allowed = [
        (Received, Done),
        (Received, Ignored),
        (Received, Failed),
        (Received, Dead),
        (Failed, Done),
        (Failed, Ignored),
        (Failed, Failed),
        (Failed, Dead),
        (Dead, Received),
        (Done, Received),
    ];
    for from in WebhookState::ALL {
        for next in WebhookState::ALL {
            assert_eq!(from.can_transition_to(*next), allowed.contains(&(*from, *next)), "{from:?} to {next:?}");
        }
    }
}

/// Whether the cart behind a token can still be changed, and what is in it.
async fn cart(shop: &TestShop, token: &str) -> (bool, i64) {
    let (token, now) = (token.to_owned(), shop.app.clock().now());
    shop.read(move |conn| {
        let open = Cart::find_open(conn, Some(&token), now)?.is_some();
        Ok((open, cart_lines::table.count().get_result(conn)?))
    })
    .await
}

#[actix_web::test]
async fn an_ordered_or_expired_cart_never_reopens() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let left = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    worker::clean_up(&shop.app).await.unwrap();
    assert_eq!(cart(&shop, &left.cart_token).await, (true, 1));
    shop.advance_clock(SignedDuration::from_hours(24 * 61));
    let ordered = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    let first = ordered.clone();
    let number = shop.write(move |tx| Order::place(tx, &first)).await.order.number;
    worker::clean_up(&shop.app).await.unwrap();
    assert_eq!(cart(&shop, &left.cart_token).await, (false, 1), "only what was ordered is still known");
    let token = left.cart_token.clone();
    let late = shop.app.db.write(move |tx| Order::place(tx, &left)).await;
    assert!(matches!(late, Err(Error::CartChanged)), "{late:?}");

    shop.advance_clock(SignedDuration::from_hours(24 * 61));
    worker::clean_up(&shop.app).await.unwrap();
    assert_eq!(cart(&shop, &ordered.cart_token).await, (false, 0), "the order has lines of its own");
    let repeated = ordered.clone();
    let again = shop.write(move |tx| Order::place(tx, &repeated)).await;
    assert_eq!(again.order.number, number, "the same order, for as long as the cart's cookie lives and longer");
    let states = || shop.read(|conn| Ok(carts::table.order(carts::id).select(carts::status).load::<String>(conn)?));
    assert_eq!(states().await, ["converted"], "nothing is left of the cart that nobody came back to");
    shop.advance_clock(SignedDuration::from_hours(24 * 30));
    worker::clean_up(&shop.app).await.unwrap();
    assert!(states().await.is_empty());
    let late = shop.app.db.write(move |tx| Order::place(tx, &ordered)).await;
    assert!(matches!(late, Err(Error::CartChanged)), "{late:?}");
    assert_eq!(cart(&shop, &token).await, (false, 0));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_cart_used_at_its_last_moment_does_not_expire() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let token = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await.cart_token;
    shop.advance_clock(SignedDuration::from_hours(24 * 60) - SignedDuration::from_secs(1));
    let (started, has_begun) = std::sync::mpsc::channel();
    let buyer = {
        let (db, clock, token, mug) =
            (shop.app.db.clone(), shop.app.clock().clone(), token.clone(), mug.variant.public_id);
        tokio::spawn(async move {
            db.write(move |tx| {
                let (cart, _) = Cart::find_or_create(tx, Some(&token))?;
                cart.add(tx, &mug, 1)?;
                // The cart expires while the buyer still has it.
                clock.advance(SignedDuration::from_secs(2));
                started.send(()).unwrap();
                std::thread::sleep(std::time::Duration::from_millis(300));
                Ok(())
            })
            .await
        })
    };
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
    worker::clean_up(&shop.app).await.unwrap();
    buyer.await.unwrap().unwrap();
    assert_eq!(cart(&shop, &token).await, (true, 1));
}

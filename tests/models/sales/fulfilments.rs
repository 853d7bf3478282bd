//! Fulfilments: their state machine, and that a resend takes no stock.

use tradepost::db::Tx;
use tradepost::error::{Error, Result};
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::fulfilment::FulfilmentRequest;
use tradepost::models::sales::order::refunds::RefundRequest;
use tradepost::models::sales::order::returns::{ItemCondition, Return, ReturnRequest};
use tradepost::models::sales::order::{Fulfilment, FulfilmentState, Order};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::support::ids::{FulfilmentId, OrderLineId};

use crate::support::TestShop;

fn fulfilment_request(number: &str) -> FulfilmentRequest {
    FulfilmentRequest {
        carrier: "DHL".to_owned(),
        tracking_number: number.to_owned(),
        tracking_url: String::new(),
        line_quantities: Vec::new(),
    }
}

/// A shop with one fulfilment in a state; returns its row id and that of the order's first line.
async fn place_order_with_fulfilment(state: FulfilmentState) -> (TestShop, FulfilmentId, OrderLineId) {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let request = shop.checkout_request(&mug, 2, PaymentMethod::BankTransfer).await;
    let (id, line) = shop
        .write(move |tx| {
            let order = Order::place(tx, &request)?.order;
            Order::mark_paid(tx, "1001", &Actor::System)?;
            let details =
                Order::ship(tx, "1001", &fulfilment_request("first"), &Actor::System)?.load_details(tx.conn())?;
            let id = details.fulfilments[0].0.id;
            match state {
                FulfilmentState::Shipped => {}
                FulfilmentState::Delivered => Fulfilment::mark_delivered(tx, "1001", id, &Actor::System)?,
                FulfilmentState::Failed => Fulfilment::mark_failed(tx, "1001", id, &Actor::System)?,
                FulfilmentState::Cancelled => {
                    Fulfilment::mark_failed(tx, "1001", id, &Actor::System)?;
                    Fulfilment::cancel(tx, "1001", id, &Actor::System)?;
                }
            }
            Ok((id, order.lines(tx.conn())?.remove(0).id))
        })
        .await;
    assert_eq!(shop.stock(&mug).await, (3, 0));
    (shop, id, line)
}

async fn load_fulfilment(shop: &TestShop) -> Fulfilment {
    shop.read(|conn| Ok(Order::find_by_number(conn, "1001")?.load_details(conn)?.fulfilments.remove(0).0)).await
}

/// A verb on the fulfilment with this row id.
type Verb = fn(&mut Tx<'_>, FulfilmentId) -> Result<()>;

#[actix_web::test]
async fn fulfilments_follow_their_state_machine() {
    use FulfilmentState::{Cancelled, Delivered, Failed, Shipped};
    let verbs: [(&str, Verb); 4] = [
        ("deliver", |tx, id| Fulfilment::mark_delivered(tx, "1001", id, &Actor::System)),
        ("fail", |tx, id| Fulfilment::mark_failed(tx, "1001", id, &Actor::System)),
        ("close", |tx, id| Fulfilment::cancel(tx, "1001", id, &Actor::System)),
        ("send again", |tx, id| Fulfilment::resend(tx, "1001", id, &fulfilment_request("second"), &Actor::System)),
    ];
    let allowed = [
        ("deliver", Shipped, Delivered),
        ("fail", Shipped, Failed),
        ("close", Failed, Cancelled),
        ("send again", Failed, Shipped),
    ];
    for from in FulfilmentState::ALL {
        for (name, verb) in verbs {
            let (shop, id, _) = place_order_with_fulfilment(*from).await;
            let result = shop.app.db.write(move |tx| verb(tx, id)).await;
            let expected = allowed.iter().find(|(verb, state, _)| *verb == name && state == from);
            match expected {
                Some(_) => assert!(result.is_ok(), "{name} from {from:?} returned {result:?}"),
                None => assert!(matches!(result, Err(Error::Conflict)), "{name} from {from:?} returned {result:?}"),
            }
            let after = load_fulfilment(&shop).await;
            assert_eq!(after.state, expected.map_or(*from, |(_, _, to)| *to), "{name} from {from:?}");
            let again = name == "send again" && *from == Failed;
            assert_eq!(
                (after.send_count, after.tracking_number.as_str()),
                if again { (2, "second") } else { (1, "first") }
            );
            shop.run_jobs().await;
            shop.assert_audit_passes().await;
        }
    }
}

#[actix_web::test]
async fn a_failed_fulfilment_is_flagged_until_resent_or_refunded() {
    let (shop, id, line) = place_order_with_fulfilment(FulfilmentState::Failed).await;
    assert_eq!(shop.read(Fulfilment::count_failed).await, 1);
    let one = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
    let other = one.clone();
    shop.write(move |tx| Order::refund(tx, "1001", &one, &Actor::System)).await;
    assert_eq!(shop.read(Fulfilment::list_failed).await.len(), 1, "one mug is still owed");
    shop.write(move |tx| Order::refund(tx, "1001", &other, &Actor::System)).await;
    assert_eq!(shop.read(Fulfilment::count_failed).await, 0);
    let result =
        shop.app.db.write(move |tx| Fulfilment::resend(tx, "1002", id, &fulfilment_request("x"), &Actor::System)).await;
    assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// A line of two items in two fulfilments, the second of which failed. Returns the row ids of line and fulfilments.
async fn ship_in_two_fulfilments(first: Verb) -> (TestShop, OrderLineId, [FulfilmentId; 2]) {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let request = shop.checkout_request(&mug, 2, PaymentMethod::BankTransfer).await;
    let (line, fulfilments) = shop
        .write(move |tx| {
            let order = Order::place(tx, &request)?.order;
            Order::mark_paid(tx, "1001", &Actor::System)?;
            let line = order.lines(tx.conn())?.remove(0).id;
            let one = FulfilmentRequest { line_quantities: vec![(line, 1)], ..fulfilment_request("") };
            Order::ship(tx, "1001", &one, &Actor::System)?;
            let fulfilments = Order::ship(tx, "1001", &one, &Actor::System)?.load_details(tx.conn())?.fulfilments;
            let fulfilments = [fulfilments[0].0.id, fulfilments[1].0.id];
            first(tx, fulfilments[0])?;
            Fulfilment::mark_failed(tx, "1001", fulfilments[1], &Actor::System)?;
            Ok((line, fulfilments))
        })
        .await;
    (shop, line, fulfilments)
}

fn deliver(tx: &mut Tx<'_>, id: FulfilmentId) -> Result<()> {
    Fulfilment::mark_delivered(tx, "1001", id, &Actor::System)
}

fn fail(tx: &mut Tx<'_>, id: FulfilmentId) -> Result<()> {
    Fulfilment::mark_failed(tx, "1001", id, &Actor::System)
}

async fn resend(shop: &TestShop, id: FulfilmentId) -> Result<()> {
    shop.app.db.write(move |tx| Fulfilment::resend(tx, "1001", id, &fulfilment_request("second"), &Actor::System)).await
}

async fn restock_by_return(shop: &TestShop, line: OrderLineId, quantity: i64) {
    let request = RefundRequest { line_quantities: vec![(line, quantity)], restock: true, ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &request, &Actor::System)).await;
}

#[actix_web::test]
async fn a_failed_fulfilment_settled_otherwise_is_closed() {
    let (shop, line, [_, lost]) = ship_in_two_fulfilments(deliver).await;
    restock_by_return(&shop, line, 1).await;
    let listed = shop.read(Fulfilment::list_failed).await;
    assert_eq!(
        listed.iter().map(|(fulfilment, _)| fulfilment.id).collect::<Vec<_>>(),
        [lost],
        "money does not say for which"
    );
    shop.write(move |tx| Fulfilment::cancel(tx, "1001", lost, &Actor::System)).await;
    assert_eq!(shop.read(Fulfilment::count_failed).await, 0);
    assert_eq!(shop.read(Fulfilment::list_failed).await.len(), 0);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_restocked_closed_fulfilment_does_not_block_another() {
    let (shop, line, [first, second]) = ship_in_two_fulfilments(fail).await;
    restock_by_return(&shop, line, 1).await;
    shop.write(move |tx| Fulfilment::cancel(tx, "1001", second, &Actor::System)).await;
    assert!(resend(&shop, first).await.is_ok());
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn restocked_items_are_not_resent() {
    let (shop, id, line) = place_order_with_fulfilment(FulfilmentState::Failed).await;
    restock_by_return(&shop, line, 1).await;
    let result = resend(&shop, id).await;
    assert!(matches!(result, Err(Error::Conflict)), "one of two is on the shelf: {result:?}");
    assert_eq!(load_fulfilment(&shop).await.state, FulfilmentState::Failed);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;

    let (shop, line, [_, lost]) = ship_in_two_fulfilments(deliver).await;
    restock_by_return(&shop, line, 1).await;
    let result = resend(&shop, lost).await;
    assert!(matches!(result, Err(Error::Conflict)), "the other one is with the buyer: {result:?}");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_return_from_another_fulfilment_does_not_block_a_resend() {
    let (shop, line, [_, lost]) = ship_in_two_fulfilments(deliver).await;
    let return_request = ReturnRequest { line_quantities: vec![(line, 1)], reason: String::new() };
    shop.write(move |tx| {
        let id = Return::create_approved(tx, "1001", &return_request, &Actor::System)?.id;
        Return::receive(tx, "1001", id, &[(line, ItemCondition::Sellable)], &Actor::System)
    })
    .await;
    assert!(resend(&shop, lost).await.is_ok());
    shop.run_jobs().await;
    shop.assert_audit_passes().await;

    // Only items returned from a failed fulfilment can have been in it.
    let (shop, id, line) = place_order_with_fulfilment(FulfilmentState::Failed).await;
    let return_request = ReturnRequest { line_quantities: vec![(line, 1)], reason: String::new() };
    shop.write(move |tx| {
        let id = Return::create_approved(tx, "1001", &return_request, &Actor::System)?.id;
        Return::receive(tx, "1001", id, &[(line, ItemCondition::Damaged)], &Actor::System)
    })
    .await;
    let result = resend(&shop, id).await;
    assert!(matches!(result, Err(Error::Conflict)), "{result:?}");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

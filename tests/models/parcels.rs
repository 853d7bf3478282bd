//! What becomes of a parcel: which moves there are, and that a parcel that is sent again takes nothing more.

use tradepost::db::Tx;
use tradepost::error::{Error, Result};
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::fulfilment::FulfilmentRequest;
use tradepost::models::sales::order::refunds::RefundRequest;
use tradepost::models::sales::order::returns::{ItemCondition, Return, ReturnRequest};
use tradepost::models::sales::order::{Fulfilment, FulfilmentState, Order, PaymentMethod};

use crate::support::TestShop;

fn packing(number: &str) -> FulfilmentRequest {
    FulfilmentRequest {
        carrier: "DHL".to_owned(),
        tracking_number: number.to_owned(),
        tracking_url: String::new(),
        line_quantities: Vec::new(),
    }
}

/// A shop with one order in one parcel, which is brought into a state: its row and that of the order's first line.
async fn with_parcel(state: FulfilmentState) -> (TestShop, i64, i64) {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let wish = shop.checkout_request(&mug, 2, PaymentMethod::BankTransfer).await;
    let (id, line) = shop
        .write(move |tx| {
            let order = Order::place(tx, &wish)?.order;
            Order::mark_paid(tx, "1001", &Actor::System)?;
            let dossier = Order::ship(tx, "1001", &packing("first"), &Actor::System)?.load_details(tx.conn())?;
            let id = dossier.fulfilments[0].0.id;
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

async fn parcel(shop: &TestShop) -> Fulfilment {
    shop.read(|conn| Ok(Order::find_by_number(conn, "1001")?.load_details(conn)?.fulfilments.remove(0).0)).await
}

/// A verb on the parcel with this row.
type Verb = fn(&mut Tx<'_>, i64) -> Result<()>;

#[actix_web::test]
async fn parcels_move_as_their_machine_says_and_no_other_way() {
    use FulfilmentState::{Cancelled, Delivered, Failed, Shipped};
    let verbs: [(&str, Verb); 4] = [
        ("deliver", |tx, id| Fulfilment::mark_delivered(tx, "1001", id, &Actor::System)),
        ("fail", |tx, id| Fulfilment::mark_failed(tx, "1001", id, &Actor::System)),
        ("close", |tx, id| Fulfilment::cancel(tx, "1001", id, &Actor::System)),
        ("send again", |tx, id| Fulfilment::resend(tx, "1001", id, &packing("second"), &Actor::System)),
    ];
    let allowed = [
        ("deliver", Shipped, Delivered),
        ("fail", Shipped, Failed),
        ("close", Failed, Cancelled),
        ("send again", Failed, Shipped),
    ];
    for from in FulfilmentState::ALL {
        for (name, verb) in verbs {
            let (shop, id, _) = with_parcel(*from).await;
            let done = shop.app.db.write(move |tx| verb(tx, id)).await;
            let expected = allowed.iter().find(|(verb, state, _)| *verb == name && state == from);
            match expected {
                Some(_) => assert!(done.is_ok(), "{name} from {from:?} came to {done:?}"),
                None => assert!(matches!(done, Err(Error::Conflict)), "{name} from {from:?} came to {done:?}"),
            }
            let came = parcel(&shop).await;
            assert_eq!(came.state, expected.map_or(*from, |(_, _, to)| *to), "{name} from {from:?}");
            let again = name == "send again" && *from == Failed;
            assert_eq!(
                (came.send_count, came.tracking_number.as_str()),
                if again { (2, "second") } else { (1, "first") }
            );
            shop.run_jobs().await;
            shop.assert_audit_passes().await;
        }
    }
}

#[actix_web::test]
async fn a_lost_parcel_needs_somebody_until_it_is_sent_again_or_paid_back() {
    let (shop, id, line) = with_parcel(FulfilmentState::Failed).await;
    assert_eq!(shop.read(Fulfilment::count_failed).await, 1);
    let one = RefundRequest { line_quantities: vec![(line, 1)], ..RefundRequest::default() };
    let other = one.clone();
    shop.write(move |tx| Order::refund(tx, "1001", &one, &Actor::System)).await;
    assert_eq!(shop.read(Fulfilment::list_failed).await.len(), 1, "one mug is still owed");
    shop.write(move |tx| Order::refund(tx, "1001", &other, &Actor::System)).await;
    assert_eq!(shop.read(Fulfilment::count_failed).await, 0);
    let done = shop.app.db.write(move |tx| Fulfilment::resend(tx, "1002", id, &packing("x"), &Actor::System)).await;
    assert!(matches!(done, Err(Error::NotFound)), "{done:?}");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// A line of two pieces, each in a parcel of its own: the second has not arrived. The rows of the line and the parcels.
async fn in_two_parcels(first: Verb) -> (TestShop, i64, [i64; 2]) {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let wish = shop.checkout_request(&mug, 2, PaymentMethod::BankTransfer).await;
    let (line, parcels) = shop
        .write(move |tx| {
            let order = Order::place(tx, &wish)?.order;
            Order::mark_paid(tx, "1001", &Actor::System)?;
            let line = order.lines(tx.conn())?.remove(0).id;
            let one = FulfilmentRequest { line_quantities: vec![(line, 1)], ..packing("") };
            Order::ship(tx, "1001", &one, &Actor::System)?;
            let parcels = Order::ship(tx, "1001", &one, &Actor::System)?.load_details(tx.conn())?.fulfilments;
            let parcels = [parcels[0].0.id, parcels[1].0.id];
            first(tx, parcels[0])?;
            Fulfilment::mark_failed(tx, "1001", parcels[1], &Actor::System)?;
            Ok((line, parcels))
        })
        .await;
    (shop, line, parcels)
}

fn arrives(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    Fulfilment::mark_delivered(tx, "1001", id, &Actor::System)
}

fn fails(tx: &mut Tx<'_>, id: i64) -> Result<()> {
    Fulfilment::mark_failed(tx, "1001", id, &Actor::System)
}

async fn send_again(shop: &TestShop, id: i64) -> Result<()> {
    shop.app.db.write(move |tx| Fulfilment::resend(tx, "1001", id, &packing("second"), &Actor::System)).await
}

async fn put_back(shop: &TestShop, line: i64, pieces: i64) {
    let wish = RefundRequest { line_quantities: vec![(line, pieces)], restock: true, ..RefundRequest::default() };
    shop.write(move |tx| Order::refund(tx, "1001", &wish, &Actor::System)).await;
}

#[actix_web::test]
async fn a_lost_parcel_that_is_settled_otherwise_is_closed() {
    let (shop, line, [_, lost]) = in_two_parcels(arrives).await;
    put_back(&shop, line, 1).await;
    let listed = shop.read(Fulfilment::list_failed).await;
    assert_eq!(listed.iter().map(|(parcel, _)| parcel.id).collect::<Vec<_>>(), [lost], "money does not say for which");
    shop.write(move |tx| Fulfilment::cancel(tx, "1001", lost, &Actor::System)).await;
    assert_eq!(shop.read(Fulfilment::count_failed).await, 0);
    assert_eq!(shop.read(Fulfilment::list_failed).await.len(), 0);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn what_came_back_of_a_closed_parcel_does_not_stop_another() {
    let (shop, line, [first, second]) = in_two_parcels(fails).await;
    put_back(&shop, line, 1).await;
    shop.write(move |tx| Fulfilment::cancel(tx, "1001", second, &Actor::System)).await;
    assert!(send_again(&shop, first).await.is_ok());
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn goods_that_are_back_in_stock_are_not_sent_again() {
    let (shop, id, line) = with_parcel(FulfilmentState::Failed).await;
    put_back(&shop, line, 1).await;
    let done = send_again(&shop, id).await;
    assert!(matches!(done, Err(Error::Conflict)), "one of two is on the shelf: {done:?}");
    assert_eq!(parcel(&shop).await.state, FulfilmentState::Failed);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;

    let (shop, line, [_, lost]) = in_two_parcels(arrives).await;
    put_back(&shop, line, 1).await;
    let done = send_again(&shop, lost).await;
    assert!(matches!(done, Err(Error::Conflict)), "the other one is with the buyer: {done:?}");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn what_the_buyer_sends_back_of_another_parcel_does_not_stop_the_lost_one() {
    let (shop, line, [_, lost]) = in_two_parcels(arrives).await;
    let back = ReturnRequest { line_quantities: vec![(line, 1)], reason: String::new() };
    shop.write(move |tx| {
        let id = Return::create_approved(tx, "1001", &back, &Actor::System)?.id;
        Return::receive(tx, "1001", id, &[(line, ItemCondition::Sellable)], &Actor::System)
    })
    .await;
    assert!(send_again(&shop, lost).await.is_ok());
    shop.run_jobs().await;
    shop.assert_audit_passes().await;

    // Only what came back of a parcel that failed can have been in it.
    let (shop, id, line) = with_parcel(FulfilmentState::Failed).await;
    let back = ReturnRequest { line_quantities: vec![(line, 1)], reason: String::new() };
    shop.write(move |tx| {
        let id = Return::create_approved(tx, "1001", &back, &Actor::System)?.id;
        Return::receive(tx, "1001", id, &[(line, ItemCondition::Damaged)], &Actor::System)
    })
    .await;
    let done = send_again(&shop, id).await;
    assert!(matches!(done, Err(Error::Conflict)), "{done:?}");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

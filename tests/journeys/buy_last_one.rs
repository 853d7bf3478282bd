//! Concurrent orders for the last item.

use futures_util::future::join_all;
use tradepost::error::Error;
use tradepost::models::sales::order::Order;
use tradepost::models::sales::payment_method::PaymentMethod;

use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn two_visitors_order_the_last_mug() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(12_00).stock(1).create().await;
    let (ada, bob) = (shop.visitor(), shop.visitor());
    ada.add_to_cart(&mug, 1).await;
    bob.add_to_cart(&mug, 1).await;
    let (adas, bobs) = (fill_checkout(&ada, "bank_transfer").await, fill_checkout(&bob, "bank_transfer").await);

    let thanks = adas.submit().await;
    let sorry = bobs.fill("name", "Bob Noyce").submit().await;

    assert_eq!(thanks.text("h1"), "Thank you, Ada Lovelace");
    assert_eq!(sorry.status, 422);
    assert!(sorry.text("#problems").contains("Mug has just sold out."), "{}", sorry.text("#problems"));
    assert_eq!(sorry.field_value("name"), "Bob Noyce");
    assert_eq!(shop.stock(&mug).await, (0, 1));
    let page = shop.visitor().get(&mug.path()).await;
    assert!(page.forms("Add to cart").is_empty() && page.text(".buy").contains("Sold out"));
    shop.run_jobs().await;
    assert_eq!(shop.outbox_summary().await.len(), 2, "one to Ada, one to the shop");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r54_fifty_orders_at_once_for_the_last_one() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(1).create().await;
    let mut requests = Vec::new();
    for _ in 0..50 {
        requests.push(shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await);
    }
    let tries = requests.into_iter().map(|request| {
        let app = shop.app.clone();
        tokio::spawn(async move { app.db.write(move |tx| Order::place(tx, &request)).await })
    });
    let mut placed = 0;
    for done in join_all(tries).await {
        match done.unwrap() {
            Ok(_) => placed += 1,
            Err(Error::OutOfStock { available: 0, .. }) => {}
            Err(error) => panic!("neither placed nor sold out: {error}"),
        }
    }
    assert_eq!(placed, 1);
    assert_eq!(shop.stock(&mug).await, (0, 1));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

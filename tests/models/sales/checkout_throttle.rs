//! The checkout throttle under concurrency.

use tradepost::error::Error;
use tradepost::models::sales::order::Order;
use tradepost::models::sales::order::checkout_throttle::Client;
use tradepost::models::sales::order::placement::CheckoutRequest;
use tradepost::models::sales::payment_method::PaymentMethod;

use crate::support::TestShop;

/// Sends all requests concurrently; returns how many were accepted, and how many throttled.
async fn place_concurrent_orders(shop: &TestShop, requests: Vec<CheckoutRequest>) -> (usize, usize) {
    let buyers: Vec<_> = requests
        .into_iter()
        .map(|request| {
            let db = shop.app.db.clone();
            tokio::spawn(async move { db.write(move |tx| Order::place(tx, &request)).await })
        })
        .collect();
    let (mut placed, mut waiting) = (0, 0);
    for buyer in buyers {
        match buyer.await.unwrap() {
            Ok(_) => placed += 1,
            Err(Error::CheckoutThrottled { .. }) => waiting += 1,
            Err(error) => panic!("{error}"),
        }
    }
    (placed, waiting)
}

#[actix_web::test]
async fn concurrent_orders_get_no_more_than_the_limit() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(50).create().await;
    for (network, email) in [("one", ""), ("", "one")] {
        let mut requests = Vec::new();
        for at in 0..12 {
            let method = if email.is_empty() { PaymentMethod::BankTransfer } else { PaymentMethod::TestCard };
            let request = shop.checkout_request(&mug, 1, method).await;
            let other = format!("{at} beside {network}{email}");
            let network = if network.is_empty() { other.clone() } else { network.to_owned() };
            let email =
                format!("{}@example.com", if email.is_empty() { other.replace(' ', "-") } else { email.to_owned() });
            requests.push(CheckoutRequest {
                email,
                client: Some(Client { network: Some(network), wait_proof: String::new() }),
                ..request
            });
        }
        assert_eq!(place_concurrent_orders(&shop, requests).await, (3, 9));
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

//! The gate before orders, when many come at the same moment.

use tradepost::error::Error;
use tradepost::models::sales::checkout_throttle::Client;
use tradepost::models::sales::order::placement::CheckoutRequest;
use tradepost::models::sales::order::{Order, PaymentMethod};

use crate::support::TestShop;

/// Everybody at once; how many got an order, and how many were asked to wait.
async fn rush(shop: &TestShop, wishes: Vec<CheckoutRequest>) -> (usize, usize) {
    let buyers: Vec<_> = wishes
        .into_iter()
        .map(|wish| {
            let db = shop.app.db.clone();
            tokio::spawn(async move { db.write(move |tx| Order::place(tx, &wish)).await })
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
async fn a_crowd_at_one_moment_gets_no_more_than_its_share() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(50).create().await;
    for (network, email) in [("one", ""), ("", "one")] {
        let mut wishes = Vec::new();
        for at in 0..12 {
            let method = if email.is_empty() { PaymentMethod::BankTransfer } else { PaymentMethod::TestCard };
            let wish = shop.checkout_request(&mug, 1, method).await;
            let other = format!("{at} beside {network}{email}");
            let network = if network.is_empty() { other.clone() } else { network.to_owned() };
            let email =
                format!("{}@example.com", if email.is_empty() { other.replace(' ', "-") } else { email.to_owned() });
            wishes.push(CheckoutRequest {
                email,
                client: Some(Client { network: Some(network), wait_proof: String::new() }),
                ..wish
            });
        }
        assert_eq!(rush(&shop, wishes).await, (3, 9));
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

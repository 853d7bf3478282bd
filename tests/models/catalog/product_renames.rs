//! Concurrent renames during checkout: every order has the title that was shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tradepost::db::Tx;
use tradepost::error::Error;
use tradepost::models::catalog::product::edit::ProductInput;
use tradepost::models::checkout::cart::Cart;
use tradepost::models::checkout::tax_rate::TaxLocation;
use tradepost::models::platform::setting::Settings;
use tradepost::models::sales::order::Order;
use tradepost::models::sales::order::placement::{Buyer, CartQuote, CheckoutRequest};
use tradepost::models::sales::payment_method::PaymentMethod;

use crate::support::TestShop;
use crate::support::builders::edit_product;

#[actix_web::test]
async fn a_rename_during_checkout_is_shown_before_the_order() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug 0").stock(500).create().await;
    let stop = Arc::new(AtomicBool::new(false));
    let (db, stopped, id) = (shop.app.db.clone(), stop.clone(), mug.product.public_id.clone());
    let staff = tokio::spawn(async move {
        let mut number = 0;
        while !stopped.load(Ordering::Relaxed) {
            number += 1;
            let (id, title) = (id.clone(), format!("Mug {number}"));
            let work =
                move |tx: &mut Tx<'_>| edit_product(tx, &id, &|wanted: &mut ProductInput| wanted.title = title.clone());
            db.write(work).await.unwrap();
            tokio::task::yield_now().await;
        }
        number
    });
    let mut requests: Vec<CheckoutRequest> = Vec::new();
    for _ in 0..4 {
        for _ in 0..10 {
            requests.push(shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await);
        }
    }
    let buyers: Vec<_> = requests
        .chunks(10)
        .map(|requests| {
            let (db, requests) = (shop.app.db.clone(), requests.to_vec());
            tokio::spawn(async move {
                let (mut placed, mut refused) = (0, 0);
                for request in requests {
                    for _ in 0..20 {
                        // Loads the page and then submits.
                        let (shown, request) = load_checkout(&db, request.clone()).await;
                        tokio::task::yield_now().await;
                        match db.write(move |tx| Order::place(tx, &request)).await {
                            Ok(done) => {
                                let order = done.order.id;
                                let lines = db.read(move |conn| Order::get(conn, order)?.lines(conn)).await.unwrap();
                                assert_eq!(lines[0].title, shown);
                                placed += 1;
                                break;
                            }
                            Err(Error::Invalid { field, message }) => {
                                assert!(
                                    field == "cart" && message.to_string().starts_with("Your cart has changed"),
                                    "{message}"
                                );
                                refused += 1;
                            }
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                (placed, refused)
            })
        })
        .collect();
    let (mut placed, mut refused) = (0, 0);
    for buyer in buyers {
        let (done, again) = buyer.await.unwrap();
        placed += done;
        refused += again;
    }
    stop.store(true, Ordering::Relaxed);
    let renamed = staff.await.unwrap();
    assert!(placed > 0 && renamed > 10, "{placed} placed, {refused} refused, {renamed} times renamed");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// The title that the checkout shows now, and its request.
async fn load_checkout(db: &tradepost::db::Database, request: CheckoutRequest) -> (String, CheckoutRequest) {
    let now = db.context().clock.now();
    db.read(move |conn| {
        let settings = Settings::load(conn)?;
        let cart = Cart::find_open(conn, Some(&request.cart_token), now)?.unwrap();
        let buyer = Buyer { place: TaxLocation::from_country("DE"), email: &request.email, ..Buyer::default() };
        let quote = CartQuote::calculate(conn, &settings, &cart, &buyer, now)?;
        let title = quote.lines[0].product.title.clone();
        Ok((title, CheckoutRequest { quote_fingerprint: quote.fingerprint(), ..request }))
    })
    .await
    .unwrap()
}

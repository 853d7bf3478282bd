//! Variants: option changes keep them consistent, and two buyers cannot take the last one.

use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tradepost::error::Error;
use tradepost::models::catalog::product::Product;
use tradepost::models::catalog::product::edit::{OptionInput, ProductInput, VariantInput};
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::Order;
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::support::money::{Currency, Money};

use crate::support::TestShop;
use crate::support::builders::product_input;

#[actix_web::test]
async fn concurrent_orders_for_the_last_of_one_size() {
    let shop = TestShop::new().await;
    let sizes = shop.product("Shirt").option("Size", &["M", "L"]).variant("M", 20_00, 1).variant("L", 25_00, 30);
    let both = shop.variants(&sizes.create().await).await;
    let mut requests = Vec::new();
    for _ in 0..15 {
        requests.push(shop.checkout_request(&both[0], 1, PaymentMethod::BankTransfer).await);
        requests.push(shop.checkout_request(&both[1], 2, PaymentMethod::BankTransfer).await);
    }
    let tries = requests.into_iter().map(|request| {
        let app = shop.app.clone();
        tokio::spawn(async move { app.db.write(move |tx| Order::place(tx, &request)).await })
    });
    let (mut placed, last) = (0, both[0].variant.id);
    for done in join_all(tries).await {
        match done.unwrap() {
            Ok(_) => placed += 1,
            Err(Error::OutOfStock { available: 0, variant }) => assert_eq!(variant, last),
            Err(error) => panic!("neither placed nor sold out: {error}"),
        }
    }
    assert_eq!(placed, 16);
    assert_eq!((shop.stock(&both[0]).await, shop.stock(&both[1]).await), ((0, 1), (0, 30)));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn options_change_during_checkout() {
    let shop = TestShop::new().await;
    let shirt = shop.product("Shirt").option("Size", &["M", "L"]).variant("M", 20_00, 40).variant("L", 25_00, 40);
    let shirt = shirt.create().await;
    let both = shop.variants(&shirt).await;
    let mut requests = Vec::new();
    for _ in 0..12 {
        requests.push(
            shop.checkout_request_with_code(&[(&both[1], 1), (&both[0], 1)], "", PaymentMethod::BankTransfer).await,
        );
    }
    let orders = requests.into_iter().map(|request| {
        let app = shop.app.clone();
        tokio::spawn(async move { app.db.write(move |tx| Order::place(tx, &request).map(drop)).await })
    });
    let edits = (0..8_usize).map(|number| {
        let (app, id) = (shop.app.clone(), shirt.product.public_id.clone());
        let sizes = [&["Medium", "L"][..], &["M", "Large"], &["L", "M"], &["S", "M", "L"]][number % 4];
        let option = OptionInput { name: "Size".into(), values: sizes.iter().map(|size| (*size).into()).collect() };
        tokio::spawn(async move {
            let edit = app.db.write(move |tx| {
                let (product, variant) = Product::find(tx.conn(), &id)?;
                let wanted = ProductInput { options: vec![option.clone()], ..product_input("Shirt", 0) };
                product.save(tx, &variant, product.lock_version, &wanted, &Actor::System).map(drop)
            });
            edit.await
        })
    });
    for done in join_all(orders.chain(edits)).await {
        let done = done.unwrap();
        assert!(matches!(done, Ok(()) | Err(Error::Conflict | Error::QuoteChanged | Error::CartChanged)), "{done:?}");
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

/// An edit: values of up to three options, and the price of each variant.
fn any_edits() -> impl Strategy<Value = Vec<(Vec<Vec<u8>>, i64)>> {
    let values = prop::collection::btree_set(0_u8..5, 1..4).prop_map(|set| set.into_iter().collect::<Vec<_>>());
    let values = values.prop_shuffle();
    prop::collection::vec((prop::collection::vec(values, 0..4), 1_i64..50), 1..8)
}

#[test]
fn variants_stay_consistent_after_random_edits() {
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    runner
        .run(&any_edits(), |edits| {
            actix_web::rt::System::new().block_on(async {
                let shop = TestShop::new().await;
                let shirt = shop.product("Shirt").stock(5).sku("SHIRT").create().await;
                for (options, minor) in edits {
                    let before = shop.variants(&shirt).await;
                    let wanted = edited_input(&options, minor, &before);
                    let id = shirt.product.public_id.clone();
                    shop.write(move |tx| {
                        let (product, variant) = Product::find(tx.conn(), &id)?;
                        product.save(tx, &variant, product.lock_version, &wanted, &Actor::System).map(drop)
                    })
                    .await;
                    let now = shop.variants(&shirt).await;
                    assert_eq!(now.len(), options.iter().map(Vec::len).product::<usize>());
                    // One of each can be sold, and orders keep their copies.
                    for one in now.iter().take(2) {
                        if shop.stock(one).await.0 > 0 {
                            let request = shop.checkout_request(one, 1, PaymentMethod::BankTransfer).await;
                            let order = shop.write(move |tx| Order::place(tx, &request)).await.order;
                            let line = shop.read(move |conn| Ok(order.lines(conn)?.remove(0))).await;
                            assert_eq!(
                                (line.options, line.unit_minor),
                                (one.variant.options.clone(), one.variant.price_minor)
                            );
                        }
                    }
                }
                shop.run_jobs().await;
                shop.assert_audit_passes().await;
            });
            Ok(())
        })
        .unwrap();
}

/// The product form as its page would send it, with ascending prices.
fn edited_input(options: &[Vec<u8>], minor: i64, there: &[crate::support::TestProduct]) -> ProductInput {
    let name = |at: usize| ["Size", "Colour", "Fit"][at].to_owned();
    let options = options.iter().enumerate().map(|(at, values)| OptionInput {
        name: name(at),
        values: values.iter().map(|value| format!("{value}")).collect(),
    });
    let variants = there.iter().zip(0_i64..).map(|(test_product, at)| VariantInput {
        public_id: test_product.variant.public_id.clone(),
        sku: test_product.variant.sku.clone(),
        weight_g: 300,
        stock: 1,
        ..VariantInput::from_price(Money::new(minor * 100 + at, Currency::EUR))
    });
    let mut wanted =
        ProductInput { options: options.collect(), variants: variants.collect(), ..product_input("Shirt", 0) };
    wanted.base_variant.price = Money::new(minor * 100, Currency::EUR);
    wanted.base_variant.sku = "SHIRT".into();
    wanted
}

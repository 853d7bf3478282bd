//! Discount codes: usage limits, and release with the order.

use diesel::prelude::*;
use futures_util::future::join_all;
use tradepost::error::Error;
use tradepost::models::checkout::coupon::edit::CouponScope;
use tradepost::models::checkout::coupon::{Coupon, CouponKind};
use tradepost::models::maintenance::audit;
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::placement::CheckoutRequest;
use tradepost::models::sales::order::{Order, OrderState};
use tradepost::models::sales::payment::{NewPaymentTransaction, TransactionKind};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::schema::{coupon_redemptions, coupons};

use crate::support::{TestShop, unlimited_coupon};

fn percent_coupon(code: &str) -> Coupon {
    unlimited_coupon(code, CouponKind::Percent, 100_000)
}

async fn used_count(shop: &TestShop, code: &'static str) -> i64 {
    shop.read(move |conn| Ok(Coupon::find_by_code(conn, code)?.unwrap().used)).await
}

/// Captures the full amount of an order.
fn pay_in_full(order: &Order) -> NewPaymentTransaction {
    NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "capture-1".to_owned(),
        amount_minor: order.totals.total_minor,
        currency: order.currency.code().to_owned(),
    }
}

fn field_error(error: &Error) -> String {
    match error {
        Error::Invalid { field, message } if field == "code" => message.to_string(),
        other => panic!("not about the code: {other}"),
    }
}

#[actix_web::test]
async fn r55_twenty_concurrent_orders_with_a_code_for_five() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(100).create().await;
    shop.create_coupon(Coupon { usage_limit: Some(5), ..percent_coupon("FIVE") }, CouponScope::default()).await;
    let mut requests = Vec::new();
    for buyer in 0..20 {
        let request = shop.checkout_request_with_code(&[(&mug, 1)], "FIVE", PaymentMethod::BankTransfer).await;
        requests.push(CheckoutRequest { email: format!("buyer{buyer}@example.com"), ..request });
    }
    let tries = requests.into_iter().map(|request| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(move |tx| Order::place(tx, &request)).await })
    });
    let mut discounted = 0;
    for done in join_all(tries).await {
        match done.unwrap() {
            Ok(placed) => {
                assert_eq!(placed.order.totals.discount_minor, 1_20);
                discounted += 1;
            }
            Err(error) => assert_eq!(field_error(&error), "This code has reached its usage limit."),
        }
    }
    assert_eq!((discounted, used_count(&shop, "five").await), (5, 5));
    assert_eq!(shop.stock(&mug).await, (95, 5));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn concurrent_orders_of_one_customer_with_a_code_for_one() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(100).create().await;
    shop.create_coupon(Coupon { per_customer_limit: Some(1), ..percent_coupon("ONCE") }, CouponScope::default()).await;
    let mut requests = Vec::new();
    for buyer in 0..8 {
        let request = shop.checkout_request_with_code(&[(&mug, 1)], "ONCE", PaymentMethod::BankTransfer).await;
        // The same mailbox in another spelling.
        let email = if buyer % 2 == 0 { "ada@lovelace.example" } else { " Ada@Lovelace.example" };
        requests.push(CheckoutRequest { email: email.to_owned(), ..request });
    }
    let tries = requests.into_iter().map(|request| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(move |tx| Order::place(tx, &request)).await })
    });
    let mut discounted = 0;
    for done in join_all(tries).await {
        match done.unwrap() {
            Ok(_) => discounted += 1,
            Err(error) => assert_eq!(field_error(&error), "You have already used this code as often as allowed."),
        }
    }
    assert_eq!((discounted, used_count(&shop, "ONCE").await), (1, 1));
    let request = shop.checkout_request_with_code(&[(&mug, 1)], "ONCE", PaymentMethod::BankTransfer).await;
    let request = CheckoutRequest { email: "grace@hopper.example".to_owned(), ..request };
    shop.write(move |tx| Order::place(tx, &request)).await;
    assert_eq!(used_count(&shop, "ONCE").await, 2);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_code_is_held_then_used_and_released_with_its_order() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let once = Coupon { usage_limit: Some(1), per_customer_limit: Some(1), ..percent_coupon("ONE") };
    shop.create_coupon(once, CouponScope::default()).await;

    let request = shop.checkout_request_with_code(&[(&mug, 1)], "ONE", PaymentMethod::TestCard).await;
    let held = shop.write(move |tx| Order::place(tx, &request)).await.order;
    assert_eq!((held.state, used_count(&shop, "ONE").await), (OrderState::Pending, 1));
    shop.assert_audit_passes().await;
    shop.write(move |tx| Order::expire(tx, held.id)).await;
    assert_eq!(used_count(&shop, "ONE").await, 0);
    shop.assert_audit_passes().await;

    let request = shop.checkout_request_with_code(&[(&mug, 1)], "ONE", PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &request)).await;
    let (order, attempt) = (placed.order, placed.attempt.unwrap());
    let capture = pay_in_full(&order);
    let order = shop
        .write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&capture), &Actor::System))
        .await;
    assert_eq!((order.state, used_count(&shop, "ONE").await), (OrderState::Placed, 1));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_late_payment_uses_the_code_again_or_is_refunded() {
    for somebody_was_quicker in [false, true] {
        let shop = TestShop::new().await;
        let mug = shop.product("Mug").create().await;
        shop.create_coupon(Coupon { usage_limit: Some(1), ..percent_coupon("ONE") }, CouponScope::default()).await;
        let request = shop.checkout_request_with_code(&[(&mug, 1)], "ONE", PaymentMethod::TestCard).await;
        let placed = shop.write(move |tx| Order::place(tx, &request)).await;
        let (order, attempt) = (placed.order, placed.attempt.unwrap());
        let id = order.id;
        shop.write(move |tx| Order::expire(tx, id)).await;
        if somebody_was_quicker {
            let request = shop.checkout_request_with_code(&[(&mug, 1)], "ONE", PaymentMethod::BankTransfer).await;
            shop.write(move |tx| Order::place(tx, &request)).await;
        }
        let capture = pay_in_full(&order);
        let reinstated = shop
            .write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&capture), &Actor::System))
            .await;
        assert_eq!(used_count(&shop, "ONE").await, 1);
        match somebody_was_quicker {
            false => assert_eq!(
                (reinstated.state, reinstated.net_payment_minor()),
                (OrderState::Placed, reinstated.totals.total_minor)
            ),
            true => assert_eq!((reinstated.state, reinstated.net_payment_minor()), (OrderState::Expired, 0)),
        }
        shop.run_jobs().await;
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn a_cancelled_order_releases_its_code_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.create_coupon(percent_coupon("BACK"), CouponScope::default()).await;
    let request = shop.checkout_request_with_code(&[(&mug, 1)], "BACK", PaymentMethod::BankTransfer).await;
    let again = request.clone();
    shop.write(move |tx| Order::place(tx, &request)).await;
    shop.write(move |tx| Order::place(tx, &again)).await;
    assert_eq!(used_count(&shop, "BACK").await, 1, "a second click uses nothing");
    shop.write(|tx| Order::cancel(tx, "1001", &Actor::CommandLine)).await;
    assert!(shop.app.db.write(|tx| Order::cancel(tx, "1001", &Actor::CommandLine)).await.is_err());
    assert_eq!(used_count(&shop, "BACK").await, 0);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_audit_finds_a_wrong_redemption_count() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.create_coupon(percent_coupon("ODD"), CouponScope::default()).await;
    let request = shop.checkout_request_with_code(&[(&mug, 1)], "ODD", PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &request)).await.order;
    shop.run_jobs().await;
    shop.write(move |tx| {
        diesel::update(coupons::table).set(coupons::used.eq(2)).execute(tx.conn())?;
        let mine = coupon_redemptions::table.filter(coupon_redemptions::order_id.eq(order.id));
        let wrong = (coupon_redemptions::amount_minor.eq(1), coupon_redemptions::state.eq("held"));
        diesel::update(mine).set(wrong).execute(tx.conn())?;
        Ok(())
    })
    .await;
    let report = shop.read(audit::run).await;
    assert_eq!(report.violations.len(), 3, "{:?}", report.violations);
}

#[actix_web::test]
async fn a_code_applies_to_its_products_and_category_subtrees() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(10_00).create().await;
    let beans = shop.product("Beans").price(20_00).category("coffee/blends").create().await;
    let tin = shop.product("Tin").price(40_00).create().await;
    let scope = CouponScope { products: vec![mug.product.public_id.clone()], categories: vec!["coffee".to_owned()] };
    shop.create_coupon(percent_coupon("SOME"), scope.clone()).await;
    let all = [(&mug, 1), (&beans, 1), (&tin, 1)];
    let request = shop.checkout_request_with_code(&all, "SOME", PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &request)).await.order;
    let lines = shop.read(move |conn| order.lines(conn)).await;
    assert_eq!(lines.iter().map(|line| line.discount_minor).collect::<Vec<_>>(), [1_00, 2_00, 0]);
    let kept = shop.read(|conn| Coupon::find_by_code(conn, "SOME")?.unwrap().scope(conn)).await;
    assert_eq!(kept, scope);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

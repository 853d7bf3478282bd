//! Discount codes: never used more often than they may be, and given back with the order.

use diesel::prelude::*;
use futures_util::future::join_all;
use tradepost::error::Error;
use tradepost::models::checkout::coupon::edit::CouponScope;
use tradepost::models::checkout::coupon::{Coupon, CouponKind};
use tradepost::models::maintenance::audit;
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::placement::CheckoutRequest;
use tradepost::models::sales::order::{Order, OrderState, PaymentMethod};
use tradepost::models::sales::payment::{NewPaymentTransaction, TransactionKind};
use tradepost::schema::{coupon_redemptions, coupons};

use crate::support::{TestShop, unlimited_coupon};

fn percent(code: &str) -> Coupon {
    unlimited_coupon(code, CouponKind::Percent, 100_000)
}

async fn used(shop: &TestShop, code: &'static str) -> i64 {
    shop.read(move |conn| Ok(Coupon::find_by_code(conn, code)?.unwrap().used)).await
}

/// All the money of an order.
fn paid(order: &Order) -> NewPaymentTransaction {
    NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "capture-1".to_owned(),
        amount_minor: order.total_minor,
        currency: order.currency.clone(),
    }
}

fn said(error: &Error) -> &str {
    match error {
        Error::Invalid { field, message } if field == "code" => message,
        other => panic!("not about the code: {other}"),
    }
}

#[actix_web::test]
async fn twenty_at_once_with_a_code_for_five() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(100).create().await;
    shop.create_coupon(Coupon { usage_limit: Some(5), ..percent("FIVE") }, CouponScope::default()).await;
    let mut wishes = Vec::new();
    for buyer in 0..20 {
        let wish = shop.checkout_request_with_code(&[(&mug, 1)], "FIVE", PaymentMethod::BankTransfer).await;
        wishes.push(CheckoutRequest { email: format!("buyer{buyer}@example.com"), ..wish });
    }
    let tries = wishes.into_iter().map(|wish| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(move |tx| Order::place(tx, &wish)).await })
    });
    let mut discounted = 0;
    for done in join_all(tries).await {
        match done.unwrap() {
            Ok(placed) => {
                assert_eq!(placed.order.discount_minor, 1_20);
                discounted += 1;
            }
            Err(error) => assert_eq!(said(&error), "This code has reached its usage limit."),
        }
    }
    assert_eq!((discounted, used(&shop, "five").await), (5, 5));
    assert_eq!(shop.stock(&mug).await, (95, 5));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn one_customer_at_once_with_a_code_for_one_order_each() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(100).create().await;
    shop.create_coupon(Coupon { per_customer_limit: Some(1), ..percent("ONCE") }, CouponScope::default()).await;
    let mut wishes = Vec::new();
    for buyer in 0..8 {
        let wish = shop.checkout_request_with_code(&[(&mug, 1)], "ONCE", PaymentMethod::BankTransfer).await;
        // The same mailbox, however it is written.
        let email = if buyer % 2 == 0 { "ada@lovelace.example" } else { " Ada@Lovelace.example" };
        wishes.push(CheckoutRequest { email: email.to_owned(), ..wish });
    }
    let tries = wishes.into_iter().map(|wish| {
        let db = shop.app.db.clone();
        tokio::spawn(async move { db.write(move |tx| Order::place(tx, &wish)).await })
    });
    let mut discounted = 0;
    for done in join_all(tries).await {
        match done.unwrap() {
            Ok(_) => discounted += 1,
            Err(error) => assert_eq!(said(&error), "You have already used this code as often as allowed."),
        }
    }
    assert_eq!((discounted, used(&shop, "ONCE").await), (1, 1));
    let wish = shop.checkout_request_with_code(&[(&mug, 1)], "ONCE", PaymentMethod::BankTransfer).await;
    let wish = CheckoutRequest { email: "grace@hopper.example".to_owned(), ..wish };
    shop.write(move |tx| Order::place(tx, &wish)).await;
    assert_eq!(used(&shop, "ONCE").await, 2);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_code_is_held_by_a_pending_order_used_by_one_that_holds_and_given_back() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let once = Coupon { usage_limit: Some(1), per_customer_limit: Some(1), ..percent("ONE") };
    shop.create_coupon(once, CouponScope::default()).await;

    let wish = shop.checkout_request_with_code(&[(&mug, 1)], "ONE", PaymentMethod::TestCard).await;
    let held = shop.write(move |tx| Order::place(tx, &wish)).await.order;
    assert_eq!((held.state, used(&shop, "ONE").await), (OrderState::Pending, 1));
    shop.assert_audit_passes().await;
    shop.write(move |tx| Order::expire(tx, held.id)).await;
    assert_eq!(used(&shop, "ONE").await, 0);
    shop.assert_audit_passes().await;

    let wish = shop.checkout_request_with_code(&[(&mug, 1)], "ONE", PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &wish)).await;
    let (order, attempt) = (placed.order, placed.attempt.unwrap());
    let capture = paid(&order);
    let order = shop
        .write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&capture), &Actor::System))
        .await;
    assert_eq!((order.state, used(&shop, "ONE").await), (OrderState::Placed, 1));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn late_money_uses_the_code_again_or_goes_back_when_it_is_used_up() {
    for somebody_was_quicker in [false, true] {
        let shop = TestShop::new().await;
        let mug = shop.product("Mug").create().await;
        shop.create_coupon(Coupon { usage_limit: Some(1), ..percent("ONE") }, CouponScope::default()).await;
        let wish = shop.checkout_request_with_code(&[(&mug, 1)], "ONE", PaymentMethod::TestCard).await;
        let placed = shop.write(move |tx| Order::place(tx, &wish)).await;
        let (order, attempt) = (placed.order, placed.attempt.unwrap());
        let id = order.id;
        shop.write(move |tx| Order::expire(tx, id)).await;
        if somebody_was_quicker {
            let wish = shop.checkout_request_with_code(&[(&mug, 1)], "ONE", PaymentMethod::BankTransfer).await;
            shop.write(move |tx| Order::place(tx, &wish)).await;
        }
        let capture = paid(&order);
        let late = shop
            .write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&capture), &Actor::System))
            .await;
        assert_eq!(used(&shop, "ONE").await, 1);
        match somebody_was_quicker {
            false => assert_eq!((late.state, late.net_payment_minor()), (OrderState::Placed, late.total_minor)),
            true => assert_eq!((late.state, late.net_payment_minor()), (OrderState::Expired, 0)),
        }
        shop.run_jobs().await;
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn a_cancelled_order_gives_its_code_back_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.create_coupon(percent("BACK"), CouponScope::default()).await;
    let wish = shop.checkout_request_with_code(&[(&mug, 1)], "BACK", PaymentMethod::BankTransfer).await;
    let again = wish.clone();
    shop.write(move |tx| Order::place(tx, &wish)).await;
    shop.write(move |tx| Order::place(tx, &again)).await;
    assert_eq!(used(&shop, "BACK").await, 1, "a second click uses nothing");
    shop.write(|tx| Order::cancel(tx, "1001", &Actor::CommandLine)).await;
    assert!(shop.app.db.write(|tx| Order::cancel(tx, "1001", &Actor::CommandLine)).await.is_err());
    assert_eq!(used(&shop, "BACK").await, 0);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_audit_notices_a_code_that_is_counted_wrong() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.create_coupon(percent("ODD"), CouponScope::default()).await;
    let wish = shop.checkout_request_with_code(&[(&mug, 1)], "ODD", PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &wish)).await.order;
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
async fn a_code_is_for_its_products_and_what_is_in_or_below_its_categories() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(10_00).create().await;
    let beans = shop.product("Beans").price(20_00).category("coffee/blends").create().await;
    let tin = shop.product("Tin").price(40_00).create().await;
    let scope = CouponScope { products: vec![mug.product.public_id.clone()], categories: vec!["coffee".to_owned()] };
    shop.create_coupon(percent("SOME"), scope.clone()).await;
    let all = [(&mug, 1), (&beans, 1), (&tin, 1)];
    let wish = shop.checkout_request_with_code(&all, "SOME", PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &wish)).await.order;
    let lines = shop.read(move |conn| order.lines(conn)).await;
    assert_eq!(lines.iter().map(|line| line.discount_minor).collect::<Vec<_>>(), [1_00, 2_00, 0]);
    let kept = shop.read(|conn| Coupon::find_by_code(conn, "SOME")?.unwrap().scope(conn)).await;
    assert_eq!(kept, scope);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

//! Orders by bank transfer that nobody pays: reminded of, closed, and paid late.

use jiff::SignedDuration;
use tradepost::jobs::bank_transfers;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Actor;
use tradepost::models::sales::order::{Order, OrderState, PaymentMethod, PaymentState};
use tradepost::models::sales::payment::{NewPaymentTransaction, PaymentAttempt, ProviderName, TransactionKind};

use crate::support::{TestProduct, TestShop, fill_checkout};

async fn by_transfer(shop: &TestShop, goods: &TestProduct, pieces: i64) -> i64 {
    let wish = shop.checkout_request(goods, pieces, PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &wish)).await.order.id;
    shop.run_jobs().await;
    order
}

async fn order(shop: &TestShop, id: i64) -> Order {
    shop.read(move |conn| Order::get(conn, id)).await
}

async fn sweep(shop: &TestShop) {
    bank_transfers::remind_unpaid_transfers(&shop.app).await.unwrap();
    bank_transfers::expire_unpaid_transfers(&shop.app).await.unwrap();
    shop.run_jobs().await;
}

fn days(shop: &TestShop, days: i64) {
    shop.advance_clock(SignedDuration::from_hours(24 * days));
}

async fn subjects(shop: &TestShop) -> Vec<String> {
    let letters = shop.emails().await.into_iter().filter(|letter| letter.recipient.starts_with("ada@"));
    let mut subjects: Vec<String> = letters.map(|letter| letter.subject).collect();
    subjects.sort();
    subjects
}

#[actix_web::test]
async fn a_transfer_that_does_not_come_is_reminded_of_and_the_goods_are_free_again() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(3).create().await;
    let id = by_transfer(&shop, &mug, 3).await;
    let placed = subjects(&shop).await;
    for _ in 0..4 {
        days(&shop, 1);
        sweep(&shop).await;
        assert_eq!((subjects(&shop).await, shop.stock(&mug).await), (placed.clone(), (0, 3)));
    }
    days(&shop, 2);
    for _ in 0..3 {
        sweep(&shop).await;
    }
    assert_eq!(subjects(&shop).await, ["Payment reminder for your order 1001", "Your order 1001"]);
    let letters = shop.emails().await;
    let reminder = letters.iter().find(|letter| letter.subject.contains("Payment reminder")).unwrap();
    for said in ["by 28 November 2026", "IBAN: DE02", "Reference 1001", "€41.00"] {
        assert!(reminder.body_text.contains(said), "{said}: {}", reminder.body_text);
    }
    assert_eq!(order(&shop, id).await.state, OrderState::Placed);
    days(&shop, 2);
    for _ in 0..3 {
        sweep(&shop).await;
    }
    let order = order(&shop, id).await;
    assert_eq!((order.state, order.number.as_deref()), (OrderState::Expired, Some("1001")));
    assert_eq!(shop.stock(&mug).await, (3, 0));
    assert_eq!(subjects(&shop).await.len(), 3, "one letter more, once");
    assert!(subjects(&shop).await.contains(&"Your order 1001 has expired".to_owned()));
    let owner = shop.log_in_as(Role::Owner).await;
    assert!(owner.get("/admin/orders?tab=cancelled").await.text("tbody").contains("1001"));
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("[aria-labelledby=h-time]").contains("No bank transfer arrived in time"));
    assert!(page.text("h1").contains("1001") && page.text("main").contains("Has the payment arrived after all?"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn money_that_comes_on_the_eighth_day_brings_the_order_back_if_its_goods_are_there() {
    for sold in [false, true] {
        let shop = TestShop::new().await;
        let mug = shop.product("Mug").stock(1).create().await;
        let id = by_transfer(&shop, &mug, 1).await;
        days(&shop, 8);
        sweep(&shop).await;
        assert_eq!(order(&shop, id).await.state, OrderState::Expired);
        if sold {
            let wish = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
            shop.write(move |tx| Order::place(tx, &wish)).await;
        }
        let owner = shop.log_in_as(Role::Owner).await;
        let page = owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
        shop.run_jobs().await;
        let order = order(&shop, id).await;
        match sold {
            false => {
                assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
                assert_eq!((order.number.as_deref(), shop.stock(&mug).await), (Some("1001"), (0, 1)));
                assert!(page.text("[role=status]").contains("marked as paid"), "{}", page.text("main"));
                let letters = subjects(&shop).await;
                assert_eq!(letters.iter().filter(|subject| *subject == "Your order 1001").count(), 1);
                // It is not closed a second time.
                days(&shop, 30);
                sweep(&shop).await;
                assert_eq!(shop.stock(&mug).await, (0, 1));
            }
            true => {
                assert_eq!((order.state, order.net_payment_minor()), (OrderState::Expired, 0));
                assert!(order.review_reason.is_some() && page.text("[role=alert]").contains("refund the payment"));
            }
        }
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn what_was_paid_in_time_stays() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let id = by_transfer(&shop, &mug, 2).await;
    days(&shop, 6);
    shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::Staff("The owner".to_owned()))).await;
    days(&shop, 30);
    sweep(&shop).await;
    let order = order(&shop, id).await;
    assert_eq!((order.state, shop.stock(&mug).await), (OrderState::Placed, (3, 2)));
    assert!(!subjects(&shop).await.iter().any(|subject| subject.contains("Payment reminder")));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_part_of_the_money_is_left_to_staff() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let id = by_transfer(&shop, &mug, 2).await;
    shop.write(move |tx| {
        let order = Order::get(tx.conn(), id)?;
        let attempt = PaymentAttempt::create(tx, &order, ProviderName::Manual)?;
        let reference = attempt.idempotency_key.clone();
        let part = NewPaymentTransaction {
            kind: TransactionKind::Capture,
            reference,
            amount_minor: 5_00,
            currency: "EUR".to_owned(),
        };
        Order::apply_transactions(tx, attempt.id, &[part], &Actor::System)
    })
    .await;
    days(&shop, 9);
    for _ in 0..2 {
        sweep(&shop).await;
    }
    let order = order(&shop, id).await;
    assert_eq!((order.state, shop.stock(&mug).await), (OrderState::Placed, (3, 2)));
    assert_eq!(
        order.review_reason.as_deref(),
        Some("Part of the payment has arrived, and the rest of the payment is overdue.")
    );
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn gift_cards_and_codes_are_given_back() {
    let shop = TestShop::new().await;
    let code = shop.create_percent_coupon("TEN", 10).await;
    let (card, card_code) = shop.issue_gift_card(5_00).await;
    let mug = shop.product("Mug").stock(5).create().await;
    let wish = shop.checkout_request_with_codes(&[(&mug, 1)], &["TEN", &card_code], PaymentMethod::BankTransfer).await;
    let id = shop.write(move |tx| Order::place(tx, &wish)).await.order.id;
    shop.run_jobs().await;
    assert_eq!(shop.gift_card_balance(&card).await, 0);
    days(&shop, 8);
    sweep(&shop).await;
    assert_eq!((order(&shop, id).await.state, shop.gift_card_balance(&card).await), (OrderState::Expired, 5_00));
    let used = shop
        .read(move |conn| {
            Ok(tradepost::models::checkout::coupon::Coupon::find_by_code(conn, &code.code)?.unwrap().used)
        })
        .await;
    assert_eq!((used, shop.stock(&mug).await), (0, (5, 0)));
    assert_eq!(order(&shop, id).await.review_reason, None, "nobody has to do anything");
    shop.assert_audit_passes().await;
    // The rest comes after all: it cannot hold without its gift card, so it goes back.
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    let order = order(&shop, id).await;
    assert_eq!(
        (order.state, order.net_payment_minor(), shop.gift_card_balance(&card).await),
        (OrderState::Expired, 0, 5_00)
    );
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_last_day_is_whole_where_the_shop_is_and_whatever_the_clocks_do() {
    // In Berlin the clocks go forward on 28 March 2027 and back on 31 October 2027.
    for (begin, until) in [
        ("2026-11-21T12:00", "2026-11-28T23:00:00Z"),
        ("2027-03-24T23:30", "2027-03-31T22:00:00Z"),
        ("2027-10-27T00:30", "2027-11-03T23:00:00Z"),
    ] {
        let shop = TestShop::new().await;
        shop.update_settings(|settings| settings.time_zone = "Europe/Berlin".to_owned()).await;
        let mug = shop.product("Mug").stock(1).create().await;
        let at = tradepost::support::clock::Utc::parse_in("Europe/Berlin", begin).unwrap();
        shop.advance_clock(at.since(shop.app.clock().now()));
        let id = by_transfer(&shop, &mug, 1).await;
        let held = order(&shop, id).await.hold_until.unwrap();
        assert_eq!(held.rfc3339(), until, "{begin}");
        shop.advance_clock(held.since(shop.app.clock().now()) - SignedDuration::from_secs(1));
        sweep(&shop).await;
        assert_eq!(order(&shop, id).await.state, OrderState::Placed, "{begin}");
        shop.advance_clock(SignedDuration::from_secs(1));
        sweep(&shop).await;
        assert_eq!(order(&shop, id).await.state, OrderState::Expired, "{begin}");
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn two_sweeps_at_once_and_a_payment_beside_them_do_each_thing_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(30).create().await;
    for _ in 0..8 {
        by_transfer(&shop, &mug, 1).await;
    }
    days(&shop, 8);
    let (app, other) = (shop.app.clone(), shop.app.clone());
    let sweeps = [app.clone(), app, other.clone()].map(|app| {
        actix_web::rt::spawn(async move {
            bank_transfers::remind_unpaid_transfers(&app).await.unwrap();
            bank_transfers::expire_unpaid_transfers(&app).await.unwrap();
        })
    });
    let paid = actix_web::rt::spawn(async move {
        let by = Actor::Staff("The owner".to_owned());
        other.db.write(move |tx| Order::mark_paid(tx, "1004", &by)).await
    });
    for sweep in sweeps {
        sweep.await.unwrap();
    }
    paid.await.unwrap().unwrap();
    shop.run_jobs().await;
    for id in 1..=8 {
        let expected = if id == 4 { OrderState::Placed } else { OrderState::Expired };
        assert_eq!(order(&shop, id).await.state, expected, "{id}");
    }
    assert_eq!(shop.stock(&mug).await, (29, 1));
    let closed = subjects(&shop).await.into_iter().filter(|subject| subject.ends_with("has expired"));
    assert!(matches!(closed.count(), 7 | 8), "1004 may have been closed before it was paid");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_owner_sets_how_long_and_the_buyer_is_told() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/settings").await.form("Save").fill("transfer_hold_days", "0");
    let page = form.submit().await;
    assert_eq!((page.status, page.field_error("transfer_hold_days").is_empty()), (422, false));
    page.form("Save").fill("transfer_hold_days", "2").submit().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    assert!(page.text(".bank").contains("23 November 2026"), "{}", page.text(".bank"));
    shop.run_jobs().await;
    let letters = shop.emails().await;
    assert!(letters.iter().any(|letter| letter.body_text.contains("by 23 November 2026")));
    // With two days there is a reminder after the first.
    days(&shop, 1);
    sweep(&shop).await;
    assert!(!subjects(&shop).await.iter().any(|subject| subject.contains("Payment reminder")));
    shop.advance_clock(SignedDuration::from_hours(12));
    sweep(&shop).await;
    assert!(subjects(&shop).await.iter().any(|subject| subject.contains("Payment reminder")));
}

#[actix_web::test]
async fn an_unpaid_order_takes_no_more_than_a_part_of_the_stock() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(50).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 50).await;
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    assert_eq!((page.status, shop.stock(&mug).await), (422, (50, 0)));
    assert!(page.field_error("payment_method").contains("at most 25 of Mug"), "{}", page.text("#problems"));
    // Who pays at once may have them all, and so may who wants few.
    let page = page.form("Order").choose("payment_method", "test_card").submit().await;
    assert_eq!(page.text("h1"), "Pay");
    for (stock, pieces, status) in [(10, 10, 200), (11, 11, 422), (40, 20, 200), (40, 21, 422), (3, 3, 200)] {
        let tin = shop.product(&format!("Tin {stock} {pieces}")).stock(stock).create().await;
        let buyer = shop.visitor();
        buyer.add_to_cart(&tin, pieces).await;
        let form =
            fill_checkout(&buyer, "bank_transfer").await.fill("email", &format!("b{stock}x{pieces}@example.com"));
        assert_eq!(form.submit().await.status, status, "{pieces} of {stock}");
    }
    shop.run_jobs().await;
}

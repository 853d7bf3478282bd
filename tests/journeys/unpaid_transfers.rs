//! Unpaid bank transfers: reminders, expiry, and late payments.

use jiff::SignedDuration;
use tradepost::jobs::bank_transfers;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::event::reasons::ReviewReason;
use tradepost::models::sales::order::{Order, OrderState, PaymentState};
use tradepost::models::sales::payment::{NewPaymentTransaction, ProviderName, TransactionKind};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::support::ids::OrderId;

use crate::support::{TestProduct, TestShop, fill_checkout};

async fn place_transfer_order(shop: &TestShop, product: &TestProduct, quantity: i64) -> OrderId {
    let request = shop.checkout_request(product, quantity, PaymentMethod::BankTransfer).await;
    let order = shop.write(move |tx| Order::place(tx, &request)).await.order.id;
    shop.run_jobs().await;
    order
}

async fn load_order(shop: &TestShop, id: OrderId) -> Order {
    shop.read(move |conn| Order::get(conn, id)).await
}

async fn run_sweep(shop: &TestShop) {
    bank_transfers::remind_unpaid_transfers(&shop.app).await.unwrap();
    bank_transfers::expire_unpaid_transfers(&shop.app).await.unwrap();
    shop.run_jobs().await;
}

fn advance_days(shop: &TestShop, days: i64) {
    shop.advance_clock(SignedDuration::from_hours(24 * days));
}

async fn email_subjects(shop: &TestShop) -> Vec<String> {
    let emails = shop.emails().await.into_iter().filter(|email| email.recipient.starts_with("ada@"));
    let mut subjects: Vec<String> = emails.map(|email| email.subject).collect();
    subjects.sort();
    subjects
}

#[actix_web::test]
async fn an_unpaid_transfer_is_reminded_of_and_then_expires() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(3).create().await;
    let id = place_transfer_order(&shop, &mug, 3).await;
    let placed = email_subjects(&shop).await;
    for _ in 0..4 {
        advance_days(&shop, 1);
        run_sweep(&shop).await;
        assert_eq!((email_subjects(&shop).await, shop.stock(&mug).await), (placed.clone(), (0, 3)));
    }
    advance_days(&shop, 2);
    for _ in 0..3 {
        run_sweep(&shop).await;
    }
    assert_eq!(email_subjects(&shop).await, ["Payment reminder for your order 1001", "Your order 1001"]);
    let emails = shop.emails().await;
    let reminder = emails.iter().find(|email| email.subject.contains("Payment reminder")).unwrap();
    for text in ["by 28 November 2026", "IBAN: DE02", "Reference 1001", "€41.00"] {
        assert!(reminder.body_text.contains(text), "{text}: {}", reminder.body_text);
    }
    assert_eq!(load_order(&shop, id).await.state, OrderState::Placed);
    advance_days(&shop, 2);
    for _ in 0..3 {
        run_sweep(&shop).await;
    }
    let order = load_order(&shop, id).await;
    assert_eq!((order.state, order.number.as_deref()), (OrderState::Expired, Some("1001")));
    assert_eq!(shop.stock(&mug).await, (3, 0));
    assert_eq!(email_subjects(&shop).await.len(), 3, "one more email, once");
    assert!(email_subjects(&shop).await.contains(&"Your order 1001 has expired".to_owned()));
    let owner = shop.log_in_as(Role::Owner).await;
    assert!(owner.get("/admin/orders?tab=cancelled").await.text("tbody").contains("1001"));
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("[aria-labelledby=h-time]").contains("No bank transfer arrived in time"));
    assert!(page.text("h1").contains("1001") && page.text("main").contains("Has the payment arrived after all?"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_late_transfer_reinstates_the_order_if_stock_is_available() {
    for sold in [false, true] {
        let shop = TestShop::new().await;
        let mug = shop.product("Mug").stock(1).create().await;
        let id = place_transfer_order(&shop, &mug, 1).await;
        advance_days(&shop, 8);
        run_sweep(&shop).await;
        assert_eq!(load_order(&shop, id).await.state, OrderState::Expired);
        if sold {
            let request = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
            shop.write(move |tx| Order::place(tx, &request)).await;
        }
        let owner = shop.log_in_as(Role::Owner).await;
        let page = owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
        shop.run_jobs().await;
        let order = load_order(&shop, id).await;
        match sold {
            false => {
                assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
                assert_eq!((order.number.as_deref(), shop.stock(&mug).await), (Some("1001"), (0, 1)));
                assert!(page.text("[role=status]").contains("marked as paid"), "{}", page.text("main"));
                let emails = email_subjects(&shop).await;
                assert_eq!(emails.iter().filter(|subject| *subject == "Your order 1001").count(), 1);
                // It does not expire a second time.
                advance_days(&shop, 30);
                run_sweep(&shop).await;
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
async fn orders_paid_in_time_do_not_expire() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let id = place_transfer_order(&shop, &mug, 2).await;
    advance_days(&shop, 6);
    shop.write(|tx| Order::mark_paid(tx, "1001", &Actor::without_account("The owner"))).await;
    advance_days(&shop, 30);
    run_sweep(&shop).await;
    let order = load_order(&shop, id).await;
    assert_eq!((order.state, shop.stock(&mug).await), (OrderState::Placed, (3, 2)));
    assert!(!email_subjects(&shop).await.iter().any(|subject| subject.contains("Payment reminder")));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_partial_transfer_is_left_to_staff() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let id = place_transfer_order(&shop, &mug, 2).await;
    shop.write(move |tx| {
        let order = Order::get(tx.conn(), id)?;
        let attempt = order.create_payment_attempt(tx, ProviderName::Manual)?;
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
    advance_days(&shop, 9);
    for _ in 0..2 {
        run_sweep(&shop).await;
    }
    let order = load_order(&shop, id).await;
    assert_eq!((order.state, shop.stock(&mug).await), (OrderState::Placed, (3, 2)));
    assert_eq!(order.review_reason, Some(ReviewReason::OverdueAfterPartPayment));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn gift_cards_and_codes_are_released() {
    let shop = TestShop::new().await;
    let code = shop.create_percent_coupon("TEN", 10).await;
    let (card, card_code) = shop.issue_gift_card(5_00).await;
    let mug = shop.product("Mug").stock(5).create().await;
    let request =
        shop.checkout_request_with_codes(&[(&mug, 1)], &["TEN", &card_code], PaymentMethod::BankTransfer).await;
    let id = shop.write(move |tx| Order::place(tx, &request)).await.order.id;
    shop.run_jobs().await;
    assert_eq!(shop.gift_card_balance(&card).await, 0);
    advance_days(&shop, 8);
    run_sweep(&shop).await;
    assert_eq!((load_order(&shop, id).await.state, shop.gift_card_balance(&card).await), (OrderState::Expired, 5_00));
    let used = shop
        .read(move |conn| {
            Ok(tradepost::models::checkout::coupon::Coupon::find_by_code(conn, &code.code)?.unwrap().used)
        })
        .await;
    assert_eq!((used, shop.stock(&mug).await), (0, (5, 0)));
    assert_eq!(load_order(&shop, id).await.review_reason, None, "nobody has to do anything");
    shop.assert_audit_passes().await;
    // The rest arrives late: without its gift card the order is not reinstated, so it is refunded.
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    let order = load_order(&shop, id).await;
    assert_eq!(
        (order.state, order.net_payment_minor(), shop.gift_card_balance(&card).await),
        (OrderState::Expired, 0, 5_00)
    );
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_last_day_is_a_full_day_in_the_shops_time_zone() {
    // Daylight saving time in Berlin: 28 March to 31 October 2027.
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
        let id = place_transfer_order(&shop, &mug, 1).await;
        let hold_until = load_order(&shop, id).await.hold_until.unwrap();
        assert_eq!(hold_until.rfc3339(), until, "{begin}");
        shop.advance_clock(hold_until.since(shop.app.clock().now()) - SignedDuration::from_secs(1));
        run_sweep(&shop).await;
        assert_eq!(load_order(&shop, id).await.state, OrderState::Placed, "{begin}");
        shop.advance_clock(SignedDuration::from_secs(1));
        run_sweep(&shop).await;
        assert_eq!(load_order(&shop, id).await.state, OrderState::Expired, "{begin}");
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn concurrent_sweeps_and_a_payment_act_once() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(30).create().await;
    for _ in 0..8 {
        place_transfer_order(&shop, &mug, 1).await;
    }
    advance_days(&shop, 8);
    let (app, other) = (shop.app.clone(), shop.app.clone());
    let sweeps = [app.clone(), app, other.clone()].map(|app| {
        actix_web::rt::spawn(async move {
            bank_transfers::remind_unpaid_transfers(&app).await.unwrap();
            bank_transfers::expire_unpaid_transfers(&app).await.unwrap();
        })
    });
    let paid = actix_web::rt::spawn(async move {
        let by = Actor::without_account("The owner");
        other.db.write(move |tx| Order::mark_paid(tx, "1004", &by)).await
    });
    for sweep in sweeps {
        sweep.await.unwrap();
    }
    paid.await.unwrap().unwrap();
    shop.run_jobs().await;
    for id in 1..=8 {
        let expected = if id == 4 { OrderState::Placed } else { OrderState::Expired };
        assert_eq!(load_order(&shop, id.into()).await.state, expected, "{id}");
    }
    assert_eq!(shop.stock(&mug).await, (29, 1));
    let closed = email_subjects(&shop).await.into_iter().filter(|subject| subject.ends_with("has expired"));
    assert!(matches!(closed.count(), 7 | 8), "1004 may have been closed before it was paid");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_payment_period_is_configurable_and_shown() {
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
    let emails = shop.emails().await;
    assert!(emails.iter().any(|email| email.body_text.contains("by 23 November 2026")));
    // With two days there is a reminder after the first.
    advance_days(&shop, 1);
    run_sweep(&shop).await;
    assert!(!email_subjects(&shop).await.iter().any(|subject| subject.contains("Payment reminder")));
    shop.advance_clock(SignedDuration::from_hours(12));
    run_sweep(&shop).await;
    assert!(email_subjects(&shop).await.iter().any(|subject| subject.contains("Payment reminder")));
}

#[actix_web::test]
async fn an_unpaid_order_reserves_a_limited_share_of_the_stock() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(50).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 50).await;
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    assert_eq!((page.status, shop.stock(&mug).await), (422, (50, 0)));
    assert!(page.field_error("payment_method").contains("at most 25 of Mug"), "{}", page.text("#problems"));
    // Card payments and small quantities are not limited.
    let page = page.form("Order").choose("payment_method", "test_card").submit().await;
    assert_eq!(page.text("h1"), "Pay");
    for (stock, quantity, status) in [(10, 10, 200), (11, 11, 422), (40, 20, 200), (40, 21, 422), (3, 3, 200)] {
        let tin = shop.product(&format!("Tin {stock} {quantity}")).stock(stock).create().await;
        let buyer = shop.visitor();
        buyer.add_to_cart(&tin, quantity).await;
        let form =
            fill_checkout(&buyer, "bank_transfer").await.fill("email", &format!("b{stock}x{quantity}@example.com"));
        assert_eq!(form.submit().await.status, status, "{quantity} of {stock}");
    }
    shop.run_jobs().await;
}

//! Stripe payments: paid, abandoned, delayed, disputed and refunded; webhooks lost, repeated, late and forged.

use jiff::SignedDuration;
use tradepost::jobs::{payments, worker};
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::reasons::ReviewReason;
use tradepost::models::platform::event::{Actor, Event};
use tradepost::models::platform::job::{MAX_ATTEMPTS, Queue};
use tradepost::models::sales::invoice::Invoice;
use tradepost::models::sales::order::refund_transactions::{RefundTransaction, RefundTransactionState};
use tradepost::models::sales::order::refunds::Refund;
use tradepost::models::sales::order::{Order, OrderState, PaymentState};
use tradepost::models::sales::payment::{NewPaymentTransaction, TransactionKind};
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::support::money::Currency;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, FakeStripe, TestProduct, TestShop, fill_checkout};

/// Starts a Stripe checkout; returns the shop, the buyer, the product and the session.
async fn start_stripe_checkout(stripe: &FakeStripe, stock: i64) -> (TestShop, Browser, TestProduct, String) {
    let shop = TestShop::with_stripe(stripe).await;
    let mug = shop.product("Mug").price(54_00).stock(stock).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let sent = fill_checkout(&ada, "card").await.submit_without_redirect().await;
    assert_eq!(sent.status, 303, "{}", sent.text("main"));
    let session = stripe.latest_session();
    assert_eq!(sent.location(), format!("https://checkout.stripe.com/c/pay/{session}"));
    assert_eq!(shop.stock(&mug).await, (stock - 1, 1));
    (shop, ada, mug, session)
}

async fn load_order(shop: &TestShop) -> Order {
    shop.read(|conn| Order::get(conn, 1.into())).await
}

/// The page the buyer returns to.
async fn open_order_page(shop: &TestShop) -> String {
    let order = load_order(shop).await;
    let token = Order::access_token(&shop.app.db.context().secret_key, &order.public_id);
    format!("/orders/{token}")
}

#[actix_web::test]
async fn a_paid_session_confirms_the_order_on_return() {
    let stripe = FakeStripe::start();
    let (shop, ada, mug, session) = start_stripe_checkout(&stripe, 3).await;
    stripe.pay(&session);
    let page = ada.get(&format!("{}?paid=1", open_order_page(&shop).await)).await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert_eq!(TestShop::order_number(&page), "1001");
    // Webhooks arrive too, twice and out of order.
    let completed = stripe.session_event("checkout.session.completed", &session);
    let charged = stripe.session_event("charge.succeeded", &session);
    for event in [&charged, &completed, &completed, &charged] {
        assert_eq!(stripe.deliver_event(&shop, event, 0).await.status, 200);
    }
    shop.run_jobs().await;
    assert_eq!(shop.stock(&mug).await, (2, 1));
    assert_eq!(shop.outbox_summary().await.len(), 2, "one email to the buyer, one to the shop");
    let owner = shop.log_in_as(Role::Owner).await;
    let inbox = owner.get("/admin/webhooks").await;
    assert_eq!(inbox.texts("table .pill"), ["Processed", "Processed"], "each message is kept once");
    let page = inbox.click_link("checkout.session.completed").await;
    let page = page.form("Process again").submit().await;
    assert_eq!(page.text("[role=status]"), "The event is being processed again.");
    shop.run_jobs().await;
    let page = owner.get("/admin/orders/1001").await;
    let happened = page.text("[aria-labelledby=h-time]");
    for what in ["Stripe: Webhook received: charge.succeeded", "Email to ada@lovelace.example: "] {
        assert!(happened.contains(what), "{what}: {happened}");
    }
    assert!(page.text("main").contains("Paid by card:") && page.text("main").contains(&format!("pi_{session}")));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_paid_session_confirms_the_order_without_return() {
    let stripe = FakeStripe::start();
    let (shop, ..) = (start_stripe_checkout(&stripe, 3).await.0,);
    let session = stripe.latest_session();
    stripe.pay(&session);
    assert_eq!(
        stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await.status,
        200
    );
    shop.run_jobs().await;
    let order = load_order(&shop).await;
    assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
    shop.assert_audit_passes().await;
}

/// A buyer with another email and network starts a Stripe checkout for one item.
async fn start_other_checkout(shop: &TestShop, product: &TestProduct, number: u8) {
    let buyer = shop.visitor().with_ipv4([203, 0, number, 1]);
    buyer.add_to_cart(product, 1).await;
    fill_checkout(&buyer, "card")
        .await
        .fill("email", &format!("buyer{number}@example.com"))
        .submit_without_redirect()
        .await;
}

#[actix_web::test]
async fn an_unreported_payment_is_found_by_reconciliation() {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").price(54_00).stock(9).create().await;
    for at in 0..5 {
        start_other_checkout(&shop, &mug, at).await;
        stripe.pay(&stripe.latest_session());
    }
    // The buyer did not return, no webhook arrived, and the sync jobs are lost.
    shop.write(|tx| {
        use diesel::prelude::*;
        diesel::delete(tradepost::schema::jobs::table).execute(tx.conn())?;
        Ok(())
    })
    .await;
    payments::reconcile(&shop.app).await.unwrap();
    for id in 1..=5 {
        let order = shop.read(move |conn| Order::get(conn, id.into())).await;
        assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid), "order {id}");
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_abandoned_session_releases_the_stock() {
    let stripe = FakeStripe::start();
    let (shop, ada, mug, _) = start_stripe_checkout(&stripe, 1).await;
    let page = ada.get(&open_order_page(&shop).await).await;
    assert_eq!(page.text("h1"), "One more step: pay for your order");
    shop.advance_clock(SignedDuration::from_mins(20));
    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!(load_order(&shop).await.state, OrderState::Expired);
    assert_eq!(shop.stock(&mug).await, (1, 0));
    assert_eq!(ada.get(&open_order_page(&shop).await).await.text("h1"), "This order has expired");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_payment_in_the_last_second_keeps_the_order() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = start_stripe_checkout(&stripe, 1).await;
    stripe.pay(&session);
    shop.advance_clock(SignedDuration::from_mins(20));
    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!(load_order(&shop).await.state, OrderState::Placed);
    assert_eq!(shop.stock(&mug).await, (0, 1));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_lost_response_creates_no_second_session() {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").price(54_00).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    stripe.drop_responses(1);
    let page = fill_checkout(&ada, "card").await.submit().await;
    assert_eq!((page.status, &page.path), (200, &open_order_page(&shop).await), "the order is not lost");
    assert!(page.text("[role=alert]").contains("try again in a minute"), "{}", page.text("main"));
    assert_eq!(stripe.session_count(), 1, "Stripe made it, and we did not hear of it");
    stripe.drop_responses(1);
    let page = page.form("Pay now").submit().await;
    assert_eq!((page.status, &page.path), (200, &open_order_page(&shop).await));
    assert!(page.text("[role=alert]").contains("try again in a minute"), "{}", page.text("main"));
    let sent = page.form("Pay now").submit_without_redirect().await;
    assert_eq!(sent.location(), format!("https://checkout.stripe.com/c/pay/{}", stripe.latest_session()));
    assert_eq!(stripe.session_count(), 1);
    stripe.pay(&stripe.latest_session());
    shop.advance_clock(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    assert_eq!(load_order(&shop).await.state, OrderState::Placed);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn while_stripe_is_silent_the_stock_stays_reserved() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = start_stripe_checkout(&stripe, 1).await;
    shop.advance_clock(SignedDuration::from_mins(20));
    stripe.drop_responses(10);
    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!((load_order(&shop).await.state, shop.stock(&mug).await), (OrderState::Pending, (0, 1)));
    stripe.drop_responses(0);
    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!((load_order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    // A webhook about a closed session changes nothing.
    assert_eq!(
        stripe.deliver_event(&shop, &stripe.session_event("checkout.session.expired", &session), 0).await.status,
        200
    );
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_delayed_payment_may_succeed_or_fail() {
    let stripe = FakeStripe::start();
    for yes in [true, false] {
        let (shop, ada, mug, session) = start_stripe_checkout(&stripe, 1).await;
        stripe.pay_delayed(&session);
        ada.get(&format!("{}?paid=1", open_order_page(&shop).await)).await;
        assert_eq!(load_order(&shop).await.payment_state, PaymentState::Processing);
        shop.advance_clock(SignedDuration::from_hours(30));
        worker::expire_orders(&shop.app).await.unwrap();
        assert_eq!(load_order(&shop).await.state, OrderState::Pending, "the bank may take its time");
        stripe.settle_delayed(&session, yes);
        stripe
            .deliver_event(&shop, &stripe.session_event("checkout.session.async_payment_succeeded", &session), 0)
            .await;
        shop.run_jobs().await;
        worker::expire_orders(&shop.app).await.unwrap();
        let (state, stock) = (load_order(&shop).await.state, shop.stock(&mug).await);
        match yes {
            true => assert_eq!((state, stock), (OrderState::Placed, (0, 1))),
            false => assert_eq!((state, stock), (OrderState::Expired, (1, 0))),
        }
        shop.run_jobs().await;
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn a_failed_delayed_payment_is_found_without_a_webhook() {
    let stripe = FakeStripe::start();
    let (shop, ada, mug, session) = start_stripe_checkout(&stripe, 1).await;
    let stale = ada.get(&open_order_page(&shop).await).await;
    stripe.pay_delayed(&session);
    ada.get(&format!("{}?paid=1", open_order_page(&shop).await)).await;
    let page = stale.form("Pay now").submit().await;
    assert_eq!((page.status, page.text("h1").as_str()), (200, "Your payment is being processed"));
    assert_eq!((page.forms("Pay now").len(), stripe.session_count()), (0, 1), "it was paid for already");
    shop.advance_clock(SignedDuration::from_hours(100));
    stripe.settle_delayed(&session, false);
    payments::reconcile(&shop.app).await.unwrap();
    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!((load_order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn delayed_payments_do_not_stop_other_orders_from_expiring() {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").price(54_00).stock(60).create().await;
    for at in 0..52 {
        start_other_checkout(&shop, &mug, at).await;
        if at < 51 {
            stripe.pay_delayed(&stripe.latest_session());
        }
    }
    shop.advance_clock(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    shop.advance_clock(SignedDuration::from_mins(20));
    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!(shop.read(|conn| Order::get(conn, 52.into())).await.state, OrderState::Expired);
    assert_eq!(shop.stock(&mug).await, (9, 51));
}

#[actix_web::test]
async fn after_a_day_of_silence_from_stripe_the_order_expires() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = start_stripe_checkout(&stripe, 1).await;
    stripe.pay(&session);
    stripe.drop_responses(100);
    shop.advance_clock(SignedDuration::from_hours(24));
    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!((load_order(&shop).await.state, shop.stock(&mug).await), (OrderState::Pending, (0, 1)));
    shop.advance_clock(SignedDuration::from_hours(1));
    worker::expire_orders(&shop.app).await.unwrap();
    assert_eq!((load_order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    // It was paid all the time: the webhook reinstates the order.
    stripe.drop_responses(0);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!((load_order(&shop).await.state, shop.stock(&mug).await), (OrderState::Placed, (0, 1)));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_reaches_stripe_once_despite_lost_responses() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = start_stripe_checkout(&stripe, 3).await;
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/orders/1001").await;
    let empty = page.form("Refund").submit().await;
    assert_eq!(empty.status, 422);
    assert!(empty.text(".problems").contains("Choose at least one item"), "{}", empty.text("main"));
    let form = page.form("Refund");
    let (line, _) = form.fields().into_iter().find(|(name, _)| name.starts_with("refund_quantity_")).unwrap();
    let too_many = page.form("Refund").fill(&line, "2").submit().await;
    assert_eq!((too_many.status, too_many.field_error(&line).as_str()), (422, "Only 1 can still be refunded."));
    stripe.drop_responses(1);
    let page = form.fill(&line, "1").choose("refund_shipping", "1").fill("reason", "Arrived broken").submit().await;
    assert_eq!(page.text("[role=status]"), "The refund is on its way.");
    worker::run_next(&shop.app, Queue::Payments).await.unwrap();
    for _ in 0..3 {
        shop.advance_clock(SignedDuration::from_mins(5));
        while worker::run_next(&shop.app, Queue::Payments).await.unwrap() {}
    }
    assert_eq!(stripe.refunds(), [(format!("pi_{session}"), 59_00)]);
    let order = load_order(&shop).await;
    assert_eq!((order.payment_state, order.totals.refunded_minor), (PaymentState::Refunded, 59_00));
    assert_eq!(shop.stock(&mug).await, (3, 0), "it had not been sent: it is on sale again");
    shop.run_jobs().await;
    let box_ = shop.outbox_summary().await;
    assert!(box_.iter().any(|line| line.contains("Your refund for order 1001 is on its way")), "{box_:?}");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_refused_by_stripe_is_flagged_and_retried() {
    let stripe = FakeStripe::start();
    let (shop, _, _, session) = start_stripe_checkout(&stripe, 3).await;
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    stripe.refuse_refunds(true);
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").submit().await;
    shop.run_jobs().await;
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("main").contains("could not be refunded"), "{}", page.text("main"));
    stripe.refuse_refunds(false);
    let page = page.form("Try again").submit().await;
    assert_eq!(page.text("[role=status]"), "Trying the refund again.");
    shop.run_jobs().await;
    assert_eq!(stripe.refunds().len(), 1);
    assert_eq!(load_order(&shop).await.payment_state, PaymentState::Refunded);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refused_refund_of_a_late_payment_is_flagged_and_retried() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = start_stripe_checkout(&stripe, 1).await;
    let id = load_order(&shop).await.id;
    // The hold expires while the session stays open, and somebody else buys the last one.
    shop.write(move |tx| Order::expire(tx, id)).await;
    let request = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &request)).await;
    stripe.refuse_refunds(true);
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(
        (load_order(&shop).await.state, load_order(&shop).await.net_payment_minor()),
        (OrderState::Expired, 59_00)
    );
    let (owner, support) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::Support).await);
    let page = support.get("/admin/attention").await.click_link("An unfinished order").await;
    assert!(page.forms("Try again").is_empty(), "who may not pay back sees what there is");
    let page = owner.get("/admin/attention").await.click_link("An unfinished order").await;
    assert_eq!((page.status, page.text("h1").as_str()), (200, "An unfinished order"));
    assert!(page.text("main").contains("could not be refunded"), "{}", page.text("main"));
    for absent in ["Refund", "Mark as paid", "Fulfil", "Cancel order"] {
        assert!(page.forms(absent).is_empty(), "{absent}");
    }
    let page = page.form("Add note").fill("note", "Asked Stripe").submit().await;
    assert!(page.text("[aria-labelledby=h-time]").contains("Asked Stripe"));
    stripe.refuse_refunds(false);
    let page = page.form("Try again").submit().await;
    assert_eq!(page.text("[role=status]"), "Trying the refund again.");
    shop.run_jobs().await;
    assert_eq!(stripe.refunds(), [(format!("pi_{session}"), 59_00)]);
    assert_eq!(load_order(&shop).await.payment_state, PaymentState::Refunded);
    assert_eq!(owner.get("/admin/orders/1").await.status, 404, "only its public id opens it");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_retried_refund_credits_no_more_than_was_invoiced() {
    let stripe = FakeStripe::start();
    let (shop, _, _, session) = start_stripe_checkout(&stripe, 3).await;
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    stripe.refuse_refunds(true);
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/orders/1001").await.form("Refund");
    assert_eq!(form.choose("refund_shipping", "1").submit().await.status, 200);
    shop.run_jobs().await;
    stripe.refuse_refunds(false);
    owner.get("/admin/orders/1001").await.form("Cancel order").submit().await;
    shop.run_jobs().await;
    assert_eq!(stripe.refunds(), [(format!("pi_{session}"), 59_00)], "all of the money goes back");
    let invoices = shop.read(|conn| Invoice::list_for_order(conn, 1.into())).await;
    let snapshots: Vec<_> = invoices.iter().map(|invoice| invoice.parse_snapshot().unwrap()).collect();
    let totals: Vec<i64> = snapshots.iter().map(|snapshots| snapshots.total_minor).collect();
    assert_eq!(totals, [59_00, 5_00, 54_00], "and no more than the invoice is taken back");
    for snapshots in &snapshots[1..] {
        assert_eq!(snapshots.lines.iter().map(|line| line.total_minor).sum::<i64>(), snapshots.total_minor);
        assert_eq!(snapshots.taxes.iter().map(|tax| tax.net_minor + tax.tax_minor).sum::<i64>(), snapshots.total_minor);
    }
    // A second payment is refunded without a document.
    shop.write(|tx| {
        let again = NewPaymentTransaction {
            kind: TransactionKind::Capture,
            reference: "once-more".to_owned(),
            amount_minor: 59_00,
            currency: "EUR".to_owned(),
        };
        Order::apply_transactions(tx, 1.into(), &[again], &Actor::System)
    })
    .await;
    assert_eq!(shop.read(|conn| Invoice::list_for_order(conn, 1.into())).await.len(), 3);
    shop.assert_audit_passes().await;
    shop.run_jobs().await;
}

/// Places an order and pays it by Stripe.
async fn place_paid_order(stripe: &FakeStripe) -> (TestShop, TestProduct, String) {
    let (shop, _, mug, session) = start_stripe_checkout(stripe, 3).await;
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    (shop, mug, session)
}

/// The first refund transaction of the order.
async fn load_refund_transaction(shop: &TestShop) -> RefundTransaction {
    shop.read(|conn| Ok(Refund::list_for_order(conn, 1.into())?.remove(0).1.remove(0))).await
}

#[actix_web::test]
async fn a_refund_that_fails_at_once_is_not_counted() {
    let stripe = FakeStripe::start();
    let (shop, _, _) = place_paid_order(&stripe).await;
    stripe.set_new_refund_status("failed");
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").submit().await;
    shop.run_jobs().await;
    assert_eq!(load_refund_transaction(&shop).await.state, RefundTransactionState::Failed);
    assert_eq!(load_order(&shop).await.net_payment_minor(), 59_00);
    stripe.set_new_refund_status("pending");
    owner.get("/admin/orders/1001").await.form("Try again").submit().await;
    shop.run_jobs().await;
    assert_eq!(load_refund_transaction(&shop).await.state, RefundTransactionState::Succeeded);
    assert_eq!(load_order(&shop).await.payment_state, PaymentState::Refunded);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_that_fails_days_later_is_flagged_and_retried() {
    let stripe = FakeStripe::start();
    let (shop, _, session) = place_paid_order(&stripe).await;
    stripe.set_new_refund_status("pending");
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/orders/1001").await.form("Refund");
    let (line, _) = form.fields().into_iter().find(|(name, _)| name.starts_with("refund_quantity_")).unwrap();
    form.fill(&line, "1").submit().await;
    shop.run_jobs().await;
    assert_eq!(load_order(&shop).await.totals.refunded_minor, 54_00);
    shop.advance_clock(SignedDuration::from_hours(72));
    stripe.set_all_refund_statuses("failed");
    for _ in 0..2 {
        stripe.deliver_event(&shop, &stripe.session_event("refund.failed", &session), 0).await;
        shop.run_jobs().await;
        let failed = load_order(&shop).await;
        assert_eq!(
            (failed.totals.refunded_minor, failed.net_payment_minor()),
            (0, 59_00),
            "the reserve is given back, once"
        );
        let message = "lost or stolen card".to_owned();
        assert_eq!(failed.review_reason, Some(ReviewReason::RefundFailed { message }));
        assert_eq!(load_refund_transaction(&shop).await.state, RefundTransactionState::Failed);
        shop.assert_audit_passes().await;
    }
    owner.log_in("owner@kestrel.example", STAFF_PASSWORD).await;
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("main").contains("Refund failed:"), "{}", page.text("main"));
    stripe.set_new_refund_status("succeeded");
    page.form("Try again").submit().await;
    shop.run_jobs().await;
    // The failed refund is still listed by Stripe.
    stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(
        (load_refund_transaction(&shop).await.state, stripe.refunds().len()),
        (RefundTransactionState::Succeeded, 2)
    );
    assert_eq!(load_order(&shop).await.totals.refunded_minor, 54_00);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_with_a_lost_response_is_recognised_by_its_metadata() {
    let stripe = FakeStripe::start();
    let (shop, _, session) = place_paid_order(&stripe).await;
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").submit().await;
    stripe.drop_responses(1);
    shop.run_jobs().await;
    assert_eq!((load_refund_transaction(&shop).await.state, stripe.refunds().len()), (RefundTransactionState::Sent, 1));
    stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(load_refund_transaction(&shop).await.state, RefundTransactionState::Succeeded);
    shop.advance_clock(SignedDuration::from_mins(5));
    shop.run_jobs().await;
    assert_eq!((load_order(&shop).await.totals.refunded_minor, stripe.refunds().len()), (59_00, 1));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_made_at_stripe_is_imported() {
    let stripe = FakeStripe::start();
    let (shop, mug, session) = place_paid_order(&stripe).await;
    stripe.refund_in_dashboard(&session, 20_00);
    for _ in 0..2 {
        stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
        shop.run_jobs().await;
        let order = load_order(&shop).await;
        assert_eq!(
            (order.totals.refunded_minor, order.net_payment_minor()),
            (20_00, 39_00),
            "once, however often it is said"
        );
        assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::PartiallyRefunded));
        let reason = ReviewReason::RefundedAtProvider {
            provider: "stripe".to_owned(),
            amount_minor: 20_00,
            currency: Currency::EUR,
            is_confirmed: true,
        };
        assert_eq!(order.review_reason, Some(reason));
        shop.assert_audit_passes().await;
    }
    assert_eq!(shop.stock(&mug).await, (2, 1), "what becomes of the goods is for staff to say");
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("[aria-labelledby=h-time]").contains("20.00 was refunded at Stripe"));
    let invoices = shop.read(|conn| Invoice::list_for_order(conn, 1.into())).await;
    let credited = invoices[1].parse_snapshot().unwrap();
    assert_eq!((invoices.len(), credited.total_minor), (2, 20_00));
    assert_eq!(credited.taxes.iter().map(|tax| tax.net_minor + tax.tax_minor).sum::<i64>(), 20_00);
    // Only the rest is refundable.
    page.form("Cancel order").submit().await;
    shop.run_jobs().await;
    assert_eq!(stripe.refunds().iter().map(|(_, amount)| amount).sum::<i64>(), 59_00);
    let invoices = shop.read(|conn| Invoice::list_for_order(conn, 1.into())).await;
    let (mut total, mut tax) = (0, 0);
    for invoice in &invoices[1..] {
        let snapshots = invoice.parse_snapshot().unwrap();
        total += snapshots.total_minor;
        tax += snapshots.taxes.iter().map(|tax| tax.tax_minor).sum::<i64>();
    }
    assert_eq!((total, tax), (59_00, load_order(&shop).await.totals.tax_minor));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_is_found_beyond_the_first_page() {
    let stripe = FakeStripe::start();
    let (shop, _, session) = place_paid_order(&stripe).await;
    for _ in 0..11 {
        stripe.refund_in_dashboard(&session, 1_00);
    }
    stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(load_order(&shop).await.totals.refunded_minor, 11_00);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_at_stripe_replaces_our_refused_one() {
    let stripe = FakeStripe::start();
    let (shop, _, session) = place_paid_order(&stripe).await;
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").submit().await;
    stripe.refund_in_dashboard(&session, 59_00);
    stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    let order = load_order(&shop).await;
    assert_eq!(
        (order.state, order.net_payment_minor(), order.payment_state),
        (OrderState::Cancelled, 0, PaymentState::Refunded)
    );
    assert_eq!(shop.read(|conn| Invoice::list_for_order(conn, 1.into())).await.len(), 2);
    assert_eq!(stripe.refunds().len(), 1);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_dispute_is_flagged_and_can_be_won() {
    let stripe = FakeStripe::start();
    let (shop, _, _, session) = start_stripe_checkout(&stripe, 3).await;
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    stripe.set_dispute_status(&session, "needs_response");
    stripe.deliver_event(&shop, &stripe.session_event("charge.dispute.created", &session), 0).await;
    shop.run_jobs().await;
    let disputed = load_order(&shop).await;
    assert_eq!(disputed.payment_state, PaymentState::Disputed);
    assert_eq!(disputed.review_reason, Some(ReviewReason::Disputed));
    stripe.set_dispute_status(&session, "won");
    stripe.deliver_event(&shop, &stripe.session_event("charge.dispute.closed", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(load_order(&shop).await.payment_state, PaymentState::Paid);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_different_amount_places_no_order() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = start_stripe_checkout(&stripe, 1).await;
    stripe.pay_amount(&session, 1_00);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    let held = load_order(&shop).await;
    assert_eq!((held.state, held.payment_state), (OrderState::Pending, PaymentState::PartiallyPaid));
    shop.advance_clock(SignedDuration::from_mins(20));
    worker::expire_orders(&shop.app).await.unwrap();
    shop.run_jobs().await;
    assert_eq!((load_order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    assert_eq!(stripe.refunds(), [(format!("pi_{session}"), 1_00)]);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_payment_in_another_currency_is_flagged_once_and_the_order_expires() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = start_stripe_checkout(&stripe, 1).await;
    stripe.set_session_currency(&session, "usd");
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(load_order(&shop).await.review_reason, Some(ReviewReason::PaidInOtherCurrency));
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/attention").await.form("Resolve: An unfinished order").submit().await;
    shop.advance_clock(SignedDuration::from_mins(20));
    for _ in 0..3 {
        worker::expire_orders(&shop.app).await.unwrap();
        stripe.deliver_event(&shop, &stripe.session_event("charge.succeeded", &session), 0).await;
        payments::reconcile(&shop.app).await.unwrap();
        shop.run_jobs().await;
    }
    let order = load_order(&shop).await;
    assert_eq!((order.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    assert_eq!(order.review_reason, None, "what was looked at stays looked at");
    let events = shop.read(move |conn| Ok(order.load_details(conn)?.events)).await;
    assert_eq!(events.iter().filter(|event| event.kind == Event::ORDER_FLAGGED).count(), 1);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r57_forged_and_stale_webhooks_are_refused() {
    let stripe = FakeStripe::start();
    let (shop, _, _, session) = start_stripe_checkout(&stripe, 1).await;
    stripe.pay(&session);
    let event = stripe.session_event("checkout.session.completed", &session);
    assert_eq!(stripe.deliver_event_signed_with(&shop, &event, 0, "whsec_somebody_else").await.status, 400);
    assert_eq!(stripe.deliver_event(&shop, &event, 3600).await.status, 400);
    let foreign = r#"{"id":"evt_foreign","type":"checkout.session.completed","data":{"object":{"id":"cs_foreign","object":"checkout.session"}}}"#;
    assert_eq!(stripe.deliver_event(&shop, foreign, 0).await.status, 200);
    shop.run_jobs().await;
    assert_eq!(load_order(&shop).await.state, OrderState::Pending);
    let inbox = shop.log_in_as(Role::Owner).await.get("/admin/webhooks").await;
    assert_eq!(inbox.texts("table .pill"), ["Ignored"]);
    shop.advance_clock(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    assert_eq!(load_order(&shop).await.state, OrderState::Placed, "asking found the money");
}

/// A paid order whose webhook failed until its job was dead.
async fn fail_webhook_job(stripe: &FakeStripe) -> (TestShop, Browser) {
    let (shop, ada, _, session) = start_stripe_checkout(stripe, 3).await;
    stripe.pay(&session);
    ada.get(&format!("{}?paid=1", open_order_page(&shop).await)).await;
    shop.advance_clock(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    stripe.drop_responses(u32::MAX);
    assert_eq!(stripe.deliver_event(&shop, &stripe.session_event("charge.succeeded", &session), 0).await.status, 200);
    for _ in 0..MAX_ATTEMPTS {
        shop.run_jobs().await;
        shop.advance_clock(SignedDuration::from_mins(61));
    }
    stripe.drop_responses(0);
    let owner = shop.log_in_as(Role::Owner).await;
    assert_eq!(owner.get("/admin/webhooks").await.texts("table .pill"), ["Failed"]);
    (shop, owner)
}

#[actix_web::test]
async fn a_failed_webhook_can_be_retried_by_staff() {
    for from_the_inbox in [true, false] {
        let stripe = FakeStripe::start();
        let (shop, owner) = fail_webhook_job(&stripe).await;
        let (page, button) = match from_the_inbox {
            true => (owner.get("/admin/webhooks").await.click_link("charge.succeeded").await, "Process again"),
            false => (owner.get("/admin/attention").await, "Try again"),
        };
        let page = page.form(button).submit().await;
        assert!(page.has("[role=status]"), "{}", page.text("main"));
        assert_eq!(owner.get("/admin/webhooks").await.texts("table .pill"), ["Waiting"]);
        assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs attention");
        shop.run_jobs().await;
        assert_eq!(owner.get("/admin/webhooks").await.texts("table .pill"), ["Processed"]);
        shop.assert_audit_passes().await;
    }
}

//! Cards by Stripe: paid, abandoned, slow, disputed, paid back; word of it lost, repeated, late and forged.

use jiff::SignedDuration;
use tradepost::jobs::{payments, worker};
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::job::{MAX_ATTEMPTS, Queue};
use tradepost::models::sales::invoice::Invoice;
use tradepost::models::sales::order::refund_transactions::{RefundTransaction, RefundTransactionState};
use tradepost::models::sales::order::refunds::Refund;
use tradepost::models::sales::order::{Order, OrderState, PaymentMethod, PaymentState};
use tradepost::models::sales::payment::{NewPaymentTransaction, TransactionKind};

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, FakeStripe, TestProduct, TestShop, fill_checkout};

/// A buyer who was sent to Stripe's page: the shop, the buyer, the goods, the page.
async fn at_stripe(stripe: &FakeStripe, stock: i64) -> (TestShop, Browser, TestProduct, String) {
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

async fn order(shop: &TestShop) -> Order {
    shop.read(|conn| Order::get(conn, 1)).await
}

/// Where the buyer comes back to.
async fn order_page(shop: &TestShop) -> String {
    let order = order(shop).await;
    let token = Order::access_token(&shop.app.db.context().secret_key, &order.public_id);
    format!("/orders/{token}")
}

#[actix_web::test]
async fn who_pays_and_comes_back_has_ordered() {
    let stripe = FakeStripe::start();
    let (shop, ada, mug, session) = at_stripe(&stripe, 3).await;
    stripe.pay(&session);
    let page = ada.get(&format!("{}?paid=1", order_page(&shop).await)).await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert_eq!(TestShop::order_number(&page), "1001");
    // Stripe says it too, twice, and out of order.
    let completed = stripe.session_event("checkout.session.completed", &session);
    let charged = stripe.session_event("charge.succeeded", &session);
    for event in [&charged, &completed, &completed, &charged] {
        assert_eq!(stripe.deliver_event(&shop, event, 0).await.status, 200);
    }
    shop.run_jobs().await;
    assert_eq!(shop.stock(&mug).await, (2, 1));
    assert_eq!(shop.outbox_summary().await.len(), 2, "one letter to the buyer, one to the shop");
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
async fn who_pays_and_never_comes_back_has_ordered_too() {
    let stripe = FakeStripe::start();
    let (shop, ..) = (at_stripe(&stripe, 3).await.0,);
    let session = stripe.latest_session();
    stripe.pay(&session);
    assert_eq!(
        stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await.status,
        200
    );
    shop.run_jobs().await;
    let order = order(&shop).await;
    assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
    shop.assert_audit_passes().await;
}

/// A buyer with an address and a network of their own orders one piece and is sent to Stripe.
async fn somebody_goes_to_stripe(shop: &TestShop, goods: &TestProduct, number: u8) {
    let buyer = shop.visitor().with_ipv4([203, 0, number, 1]);
    buyer.add_to_cart(goods, 1).await;
    fill_checkout(&buyer, "card")
        .await
        .fill("email", &format!("buyer{number}@example.com"))
        .submit_without_redirect()
        .await;
}

#[actix_web::test]
async fn money_that_nobody_told_us_of_is_found_in_the_providers_books() {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").price(54_00).stock(9).create().await;
    for at in 0..5 {
        somebody_goes_to_stripe(&shop, &mug, at).await;
        stripe.pay(&stripe.latest_session());
    }
    // Neither the buyer came back, nor a message, and the jobs that would have asked are lost.
    shop.write(|tx| {
        use diesel::prelude::*;
        diesel::delete(tradepost::schema::jobs::table).execute(tx.conn())?;
        Ok(())
    })
    .await;
    payments::reconcile(&shop.app).await.unwrap();
    for id in 1..=5 {
        let order = shop.read(move |conn| Order::get(conn, id)).await;
        assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid), "order {id}");
    }
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn who_gives_up_leaves_the_goods_to_others() {
    let stripe = FakeStripe::start();
    let (shop, ada, mug, _) = at_stripe(&stripe, 1).await;
    let page = ada.get(&order_page(&shop).await).await;
    assert_eq!(page.text("h1"), "One more step: pay for your order");
    shop.advance_clock(SignedDuration::from_mins(20));
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!(order(&shop).await.state, OrderState::Expired);
    assert_eq!(shop.stock(&mug).await, (1, 0));
    assert_eq!(ada.get(&order_page(&shop).await).await.text("h1"), "This order has expired");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn who_pays_in_the_last_second_is_not_given_up() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    stripe.pay(&session);
    shop.advance_clock(SignedDuration::from_mins(20));
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!(order(&shop).await.state, OrderState::Placed);
    assert_eq!(shop.stock(&mug).await, (0, 1));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_lost_answer_makes_no_second_page() {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").price(54_00).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    stripe.drop_responses(1);
    let page = fill_checkout(&ada, "card").await.submit().await;
    assert_eq!((page.status, &page.path), (200, &order_page(&shop).await), "the order is not lost");
    assert!(page.text("[role=alert]").contains("try again in a minute"), "{}", page.text("main"));
    assert_eq!(stripe.session_count(), 1, "Stripe made it, and we did not hear of it");
    stripe.drop_responses(1);
    let page = page.form("Pay now").submit().await;
    assert_eq!((page.status, &page.path), (200, &order_page(&shop).await));
    assert!(page.text("[role=alert]").contains("try again in a minute"), "{}", page.text("main"));
    let sent = page.form("Pay now").submit_without_redirect().await;
    assert_eq!(sent.location(), format!("https://checkout.stripe.com/c/pay/{}", stripe.latest_session()));
    assert_eq!(stripe.session_count(), 1);
    stripe.pay(&stripe.latest_session());
    shop.advance_clock(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.state, OrderState::Placed);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn when_stripe_is_silent_the_goods_stay_held() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    shop.advance_clock(SignedDuration::from_mins(20));
    stripe.drop_responses(10);
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Pending, (0, 1)));
    stripe.drop_responses(0);
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    // A message about a page that is closed changes nothing.
    assert_eq!(
        stripe.deliver_event(&shop, &stripe.session_event("checkout.session.expired", &session), 0).await.status,
        200
    );
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_slow_bank_may_say_yes_or_no() {
    let stripe = FakeStripe::start();
    for yes in [true, false] {
        let (shop, ada, mug, session) = at_stripe(&stripe, 1).await;
        stripe.pay_delayed(&session);
        ada.get(&format!("{}?paid=1", order_page(&shop).await)).await;
        assert_eq!(order(&shop).await.payment_state, PaymentState::Processing);
        shop.advance_clock(SignedDuration::from_hours(30));
        worker::sweep(&shop.app).await.unwrap();
        assert_eq!(order(&shop).await.state, OrderState::Pending, "the bank may take its time");
        stripe.settle_delayed(&session, yes);
        stripe
            .deliver_event(&shop, &stripe.session_event("checkout.session.async_payment_succeeded", &session), 0)
            .await;
        shop.run_jobs().await;
        worker::sweep(&shop.app).await.unwrap();
        let (state, stock) = (order(&shop).await.state, shop.stock(&mug).await);
        match yes {
            true => assert_eq!((state, stock), (OrderState::Placed, (0, 1))),
            false => assert_eq!((state, stock), (OrderState::Expired, (1, 0))),
        }
        shop.run_jobs().await;
        shop.assert_audit_passes().await;
    }
}

#[actix_web::test]
async fn a_bank_that_says_no_is_heard_though_nobody_tells_us() {
    let stripe = FakeStripe::start();
    let (shop, ada, mug, session) = at_stripe(&stripe, 1).await;
    let stale = ada.get(&order_page(&shop).await).await;
    stripe.pay_delayed(&session);
    ada.get(&format!("{}?paid=1", order_page(&shop).await)).await;
    let page = stale.form("Pay now").submit().await;
    assert_eq!((page.status, page.text("h1").as_str()), (200, "Your payment is being processed"));
    assert_eq!((page.forms("Pay now").len(), stripe.session_count()), (0, 1), "it was paid for already");
    shop.advance_clock(SignedDuration::from_hours(100));
    stripe.settle_delayed(&session, false);
    payments::reconcile(&shop.app).await.unwrap();
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn slow_banks_keep_no_other_order_from_being_given_up() {
    let stripe = FakeStripe::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").price(54_00).stock(60).create().await;
    for at in 0..52 {
        somebody_goes_to_stripe(&shop, &mug, at).await;
        if at < 51 {
            stripe.pay_delayed(&stripe.latest_session());
        }
    }
    shop.advance_clock(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    shop.advance_clock(SignedDuration::from_mins(20));
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!(shop.read(|conn| Order::get(conn, 52)).await.state, OrderState::Expired);
    assert_eq!(shop.stock(&mug).await, (9, 51));
}

#[actix_web::test]
async fn when_stripe_is_silent_for_a_day_the_goods_go_back_on_sale() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    stripe.pay(&session);
    stripe.drop_responses(100);
    shop.advance_clock(SignedDuration::from_hours(24));
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Pending, (0, 1)));
    shop.advance_clock(SignedDuration::from_hours(1));
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    // It had been paid for all the time: word of it brings the order back.
    stripe.drop_responses(0);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Placed, (0, 1)));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_by_line_reaches_stripe_once_though_its_answers_are_lost() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 3).await;
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
    let order = order(&shop).await;
    assert_eq!((order.payment_state, order.refunded_minor), (PaymentState::Refunded, 59_00));
    assert_eq!(shop.stock(&mug).await, (3, 0), "it had not been sent: it is on sale again");
    shop.run_jobs().await;
    let box_ = shop.outbox_summary().await;
    assert!(box_.iter().any(|line| line.contains("Your refund for order 1001 is on its way")), "{box_:?}");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_that_stripe_refuses_is_seen_and_tried_again() {
    let stripe = FakeStripe::start();
    let (shop, _, _, session) = at_stripe(&stripe, 3).await;
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
    assert_eq!(order(&shop).await.payment_state, PaymentState::Refunded);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn late_money_that_stripe_does_not_pay_back_is_seen_and_tried_again() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    let id = order(&shop).await.id;
    // The hold runs out without the page being closed, and somebody else buys the last one.
    shop.write(move |tx| Order::expire(tx, id)).await;
    let wish = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &wish)).await;
    stripe.refuse_refunds(true);
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!((order(&shop).await.state, order(&shop).await.net_payment_minor()), (OrderState::Expired, 59_00));
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
    assert_eq!(order(&shop).await.payment_state, PaymentState::Refunded);
    assert_eq!(owner.get("/admin/orders/1").await.status, 404, "only its public id opens it");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn no_more_is_credited_than_was_invoiced_though_a_refund_failed_before() {
    let stripe = FakeStripe::start();
    let (shop, _, _, session) = at_stripe(&stripe, 3).await;
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
    let papers = shop.read(|conn| Invoice::list_for_order(conn, 1)).await;
    let said: Vec<_> = papers.iter().map(|paper| paper.parse_snapshot().unwrap()).collect();
    let totals: Vec<i64> = said.iter().map(|said| said.total_minor).collect();
    assert_eq!(totals, [59_00, 5_00, 54_00], "and no more than the invoice is taken back");
    for said in &said[1..] {
        assert_eq!(said.lines.iter().map(|line| line.total_minor).sum::<i64>(), said.total_minor);
        assert_eq!(said.taxes.iter().map(|tax| tax.net_minor + tax.tax_minor).sum::<i64>(), said.total_minor);
    }
    // Money that comes once more goes back, and no paper is about it.
    shop.write(|tx| {
        let again = NewPaymentTransaction {
            kind: TransactionKind::Capture,
            reference: "once-more".to_owned(),
            amount_minor: 59_00,
            currency: "EUR".to_owned(),
        };
        Order::apply_transactions(tx, 1, &[again], &Actor::System)
    })
    .await;
    assert_eq!(shop.read(|conn| Invoice::list_for_order(conn, 1)).await.len(), 3);
    shop.assert_audit_passes().await;
    shop.run_jobs().await;
}

/// An order that was paid by Stripe.
async fn paid(stripe: &FakeStripe) -> (TestShop, TestProduct, String) {
    let (shop, _, mug, session) = at_stripe(stripe, 3).await;
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    (shop, mug, session)
}

/// The first repayment of the order.
async fn repayment(shop: &TestShop) -> RefundTransaction {
    shop.read(|conn| Ok(Refund::list_for_order(conn, 1)?.remove(0).1.remove(0))).await
}

#[actix_web::test]
async fn a_refund_that_fails_at_once_has_not_gone() {
    let stripe = FakeStripe::start();
    let (shop, _, _) = paid(&stripe).await;
    stripe.set_new_refund_status("failed");
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").submit().await;
    shop.run_jobs().await;
    assert_eq!(repayment(&shop).await.state, RefundTransactionState::Failed);
    assert_eq!(order(&shop).await.net_payment_minor(), 59_00);
    stripe.set_new_refund_status("pending");
    owner.get("/admin/orders/1001").await.form("Try again").submit().await;
    shop.run_jobs().await;
    assert_eq!(repayment(&shop).await.state, RefundTransactionState::Succeeded);
    assert_eq!(order(&shop).await.payment_state, PaymentState::Refunded);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_that_fails_days_later_is_seen_and_tried_again() {
    let stripe = FakeStripe::start();
    let (shop, _, session) = paid(&stripe).await;
    stripe.set_new_refund_status("pending");
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/orders/1001").await.form("Refund");
    let (line, _) = form.fields().into_iter().find(|(name, _)| name.starts_with("refund_quantity_")).unwrap();
    form.fill(&line, "1").submit().await;
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.refunded_minor, 54_00);
    shop.advance_clock(SignedDuration::from_hours(72));
    stripe.set_all_refund_statuses("failed");
    for _ in 0..2 {
        stripe.deliver_event(&shop, &stripe.session_event("refund.failed", &session), 0).await;
        shop.run_jobs().await;
        let failed = order(&shop).await;
        assert_eq!((failed.refunded_minor, failed.net_payment_minor()), (0, 59_00), "the reserve is given back, once");
        assert!(failed.review_reason.unwrap().contains("Refund failed: lost or stolen card"));
        assert_eq!(repayment(&shop).await.state, RefundTransactionState::Failed);
        shop.assert_audit_passes().await;
    }
    owner.log_in("owner@kestrel.example", STAFF_PASSWORD).await;
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("main").contains("Refund failed:"), "{}", page.text("main"));
    stripe.set_new_refund_status("succeeded");
    page.form("Try again").submit().await;
    shop.run_jobs().await;
    // The refund that failed is still in Stripe's books.
    stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!((repayment(&shop).await.state, stripe.refunds().len()), (RefundTransactionState::Succeeded, 2));
    assert_eq!(order(&shop).await.refunded_minor, 54_00);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_whose_answer_was_lost_is_known_by_its_mark() {
    let stripe = FakeStripe::start();
    let (shop, _, session) = paid(&stripe).await;
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").submit().await;
    stripe.drop_responses(1);
    shop.run_jobs().await;
    assert_eq!((repayment(&shop).await.state, stripe.refunds().len()), (RefundTransactionState::Sent, 1));
    stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(repayment(&shop).await.state, RefundTransactionState::Succeeded);
    shop.advance_clock(SignedDuration::from_mins(5));
    shop.run_jobs().await;
    assert_eq!((order(&shop).await.refunded_minor, stripe.refunds().len()), (59_00, 1));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn what_is_paid_back_at_stripe_is_learned() {
    let stripe = FakeStripe::start();
    let (shop, mug, session) = paid(&stripe).await;
    stripe.refund_in_dashboard(&session, 20_00);
    for _ in 0..2 {
        stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
        shop.run_jobs().await;
        let order = order(&shop).await;
        assert_eq!((order.refunded_minor, order.net_payment_minor()), (20_00, 39_00), "once, however often it is said");
        assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::PartiallyRefunded));
        assert!(order.review_reason.unwrap().contains("was refunded at Stripe"));
        shop.assert_audit_passes().await;
    }
    assert_eq!(shop.stock(&mug).await, (2, 1), "what becomes of the goods is for staff to say");
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("[aria-labelledby=h-time]").contains("20.00 was refunded at Stripe"));
    let papers = shop.read(|conn| Invoice::list_for_order(conn, 1)).await;
    let credited = papers[1].parse_snapshot().unwrap();
    assert_eq!((papers.len(), credited.total_minor), (2, 20_00));
    assert_eq!(credited.taxes.iter().map(|tax| tax.net_minor + tax.tax_minor).sum::<i64>(), 20_00);
    // The rest is all that can still go back.
    page.form("Cancel order").submit().await;
    shop.run_jobs().await;
    assert_eq!(stripe.refunds().iter().map(|(_, amount)| amount).sum::<i64>(), 59_00);
    let papers = shop.read(|conn| Invoice::list_for_order(conn, 1)).await;
    let (mut total, mut tax) = (0, 0);
    for paper in &papers[1..] {
        let said = paper.parse_snapshot().unwrap();
        total += said.total_minor;
        tax += said.taxes.iter().map(|tax| tax.tax_minor).sum::<i64>();
    }
    assert_eq!((total, tax), (59_00, order(&shop).await.tax_minor));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_refund_is_found_among_more_than_stripe_shows_at_first() {
    let stripe = FakeStripe::start();
    let (shop, _, session) = paid(&stripe).await;
    for _ in 0..11 {
        stripe.refund_in_dashboard(&session, 1_00);
    }
    stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.refunded_minor, 11_00);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn what_was_paid_back_at_stripe_in_place_of_ours_is_learned_when_ours_is_refused() {
    let stripe = FakeStripe::start();
    let (shop, _, session) = paid(&stripe).await;
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").submit().await;
    stripe.refund_in_dashboard(&session, 59_00);
    stripe.deliver_event(&shop, &stripe.session_event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    let order = order(&shop).await;
    assert_eq!(
        (order.state, order.net_payment_minor(), order.payment_state),
        (OrderState::Cancelled, 0, PaymentState::Refunded)
    );
    assert_eq!(shop.read(|conn| Invoice::list_for_order(conn, 1)).await.len(), 2);
    assert_eq!(stripe.refunds().len(), 1);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_dispute_is_shown_and_may_be_won() {
    let stripe = FakeStripe::start();
    let (shop, _, _, session) = at_stripe(&stripe, 3).await;
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    stripe.set_dispute_status(&session, "needs_response");
    stripe.deliver_event(&shop, &stripe.session_event("charge.dispute.created", &session), 0).await;
    shop.run_jobs().await;
    let disputed = order(&shop).await;
    assert_eq!(disputed.payment_state, PaymentState::Disputed);
    assert!(disputed.review_reason.unwrap().contains("dispute"));
    stripe.set_dispute_status(&session, "won");
    stripe.deliver_event(&shop, &stripe.session_event("charge.dispute.closed", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.payment_state, PaymentState::Paid);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn another_amount_than_asked_for_places_nothing() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    stripe.pay_amount(&session, 1_00);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    let held = order(&shop).await;
    assert_eq!((held.state, held.payment_state), (OrderState::Pending, PaymentState::PartiallyPaid));
    shop.advance_clock(SignedDuration::from_mins(20));
    worker::sweep(&shop.app).await.unwrap();
    shop.run_jobs().await;
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    assert_eq!(stripe.refunds(), [(format!("pi_{session}"), 1_00)]);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn money_of_another_currency_is_told_once_and_the_order_is_given_up_in_time() {
    let stripe = FakeStripe::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    stripe.set_session_currency(&session, "usd");
    stripe.pay(&session);
    stripe.deliver_event(&shop, &stripe.session_event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    assert!(order(&shop).await.review_reason.unwrap().contains("another currency"));
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/attention").await.form("Resolve: An unfinished order").submit().await;
    shop.advance_clock(SignedDuration::from_mins(20));
    for _ in 0..3 {
        worker::sweep(&shop.app).await.unwrap();
        stripe.deliver_event(&shop, &stripe.session_event("charge.succeeded", &session), 0).await;
        payments::reconcile(&shop.app).await.unwrap();
        shop.run_jobs().await;
    }
    let order = order(&shop).await;
    assert_eq!((order.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    assert_eq!(order.review_reason, None, "what was looked at stays looked at");
    let events = shop.read(move |conn| Ok(order.load_details(conn)?.events)).await;
    assert_eq!(events.iter().filter(|event| event.kind == "attention").count(), 1);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn word_that_is_forged_or_stale_is_not_kept() {
    let stripe = FakeStripe::start();
    let (shop, _, _, session) = at_stripe(&stripe, 1).await;
    stripe.pay(&session);
    let event = stripe.session_event("checkout.session.completed", &session);
    assert_eq!(stripe.deliver_event_signed_with(&shop, &event, 0, "whsec_somebody_else").await.status, 400);
    assert_eq!(stripe.deliver_event(&shop, &event, 3600).await.status, 400);
    let foreign = r#"{"id":"evt_foreign","type":"checkout.session.completed","data":{"object":{"id":"cs_foreign","object":"checkout.session"}}}"#;
    assert_eq!(stripe.deliver_event(&shop, foreign, 0).await.status, 200);
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.state, OrderState::Pending);
    let inbox = shop.log_in_as(Role::Owner).await.get("/admin/webhooks").await;
    assert_eq!(inbox.texts("table .pill"), ["Ignored"]);
    shop.advance_clock(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.state, OrderState::Placed, "asking found the money");
}

/// A paid order, and a message about it that was looked at in vain until it was given up.
async fn with_a_message_given_up(stripe: &FakeStripe) -> (TestShop, Browser) {
    let (shop, ada, _, session) = at_stripe(stripe, 3).await;
    stripe.pay(&session);
    ada.get(&format!("{}?paid=1", order_page(&shop).await)).await;
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
async fn a_message_that_was_given_up_is_looked_at_again_when_staff_say_so() {
    for from_the_inbox in [true, false] {
        let stripe = FakeStripe::start();
        let (shop, owner) = with_a_message_given_up(&stripe).await;
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

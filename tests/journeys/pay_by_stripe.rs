//! Cards by Stripe: paid, abandoned, slow, disputed, paid back; word of it lost, repeated, late and forged.

use jiff::SignedDuration;
use tradepost::jobs::{payments, worker};
use tradepost::models::account::roles::Role;
use tradepost::models::fact::Actor;
use tradepost::models::invoice::Invoice;
use tradepost::models::job::{Queue, TRIES};
use tradepost::models::order::refunding::Refund;
use tradepost::models::order::repaying::{Repayment, RepaymentState};
use tradepost::models::order::{Order, OrderState, PaymentMethod, PaymentState};
use tradepost::models::payment::{FactKind, MoneyFact};

use crate::support::shop::PASSWORD;
use crate::support::{Browser, Goods, StripeStandIn, TestShop, checkout};

/// A buyer who was sent to Stripe's page: the shop, the buyer, the goods, the page.
async fn at_stripe(stripe: &StripeStandIn, stock: i64) -> (TestShop, Browser, Goods, String) {
    let shop = TestShop::with_stripe(stripe).await;
    let mug = shop.product("Mug").price(54_00).stock(stock).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let sent = checkout(&ada, "card").await.send_only().await;
    assert_eq!(sent.status, 303, "{}", sent.text("main"));
    let session = stripe.newest();
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
    let token = Order::access_token(&shop.app.db.means().key, &order.public_id);
    format!("/orders/{token}")
}

#[actix_web::test]
async fn who_pays_and_comes_back_has_ordered() {
    let stripe = StripeStandIn::start();
    let (shop, ada, mug, session) = at_stripe(&stripe, 3).await;
    stripe.pay(&session);
    let page = ada.get(&format!("{}?paid=1", order_page(&shop).await)).await;
    assert_eq!(page.text("h1"), "Thank you, Ada Lovelace");
    assert_eq!(TestShop::order_number(&page), "1001");
    // Stripe says it too, twice, and out of order.
    let completed = stripe.event("checkout.session.completed", &session);
    let charged = stripe.event("charge.succeeded", &session);
    for event in [&charged, &completed, &completed, &charged] {
        assert_eq!(stripe.send(&shop, event, 0).await.status, 200);
    }
    shop.run_jobs().await;
    assert_eq!(shop.stock(&mug).await, (2, 1));
    assert_eq!(shop.post_box().await.len(), 2, "one letter to the buyer, one to the shop");
    let owner = shop.staff(Role::Owner).await;
    let inbox = owner.get("/admin/webhooks").await;
    assert_eq!(inbox.texts("table .pill"), ["Done", "Done"], "each message is kept once");
    let page = inbox.follow("checkout.session.completed").await;
    let page = page.form("Look at it again").send().await;
    assert_eq!(page.text("[role=status]"), "It is looked at again.");
    shop.run_jobs().await;
    let page = owner.get("/admin/orders/1001").await;
    let happened = page.text("[aria-labelledby=h-time]");
    for what in ["Stripe: Sent word: charge.succeeded", "Mail to ada@lovelace.example: "] {
        assert!(happened.contains(what), "{what}: {happened}");
    }
    assert!(page.text("main").contains("Paid by card:") && page.text("main").contains(&format!("pi_{session}")));
    shop.assert_clean().await;
}

#[actix_web::test]
async fn who_pays_and_never_comes_back_has_ordered_too() {
    let stripe = StripeStandIn::start();
    let (shop, ..) = (at_stripe(&stripe, 3).await.0,);
    let session = stripe.newest();
    stripe.pay(&session);
    assert_eq!(stripe.send(&shop, &stripe.event("checkout.session.completed", &session), 0).await.status, 200);
    shop.run_jobs().await;
    let order = order(&shop).await;
    assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::Paid));
    shop.assert_clean().await;
}

/// A buyer with an address and a network of their own orders one piece and is sent to Stripe.
async fn somebody_goes_to_stripe(shop: &TestShop, goods: &Goods, number: u8) {
    let buyer = shop.visitor().at_address([203, 0, number, 1]);
    buyer.add_to_cart(goods, 1).await;
    checkout(&buyer, "card").await.fill("email", &format!("buyer{number}@example.com")).send_only().await;
}

#[actix_web::test]
async fn money_that_nobody_told_us_of_is_found_in_the_providers_books() {
    let stripe = StripeStandIn::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").price(54_00).stock(9).create().await;
    for at in 0..5 {
        somebody_goes_to_stripe(&shop, &mug, at).await;
        stripe.pay(&stripe.newest());
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
    shop.assert_clean().await;
}

#[actix_web::test]
async fn who_gives_up_leaves_the_goods_to_others() {
    let stripe = StripeStandIn::start();
    let (shop, ada, mug, _) = at_stripe(&stripe, 1).await;
    let page = ada.get(&order_page(&shop).await).await;
    assert_eq!(page.text("h1"), "One more step: pay for your order");
    shop.wait(SignedDuration::from_mins(20));
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!(order(&shop).await.state, OrderState::Expired);
    assert_eq!(shop.stock(&mug).await, (1, 0));
    assert_eq!(ada.get(&order_page(&shop).await).await.text("h1"), "This order was given up");
    shop.run_jobs().await;
    shop.assert_clean().await;
}

#[actix_web::test]
async fn who_pays_in_the_last_second_is_not_given_up() {
    let stripe = StripeStandIn::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    stripe.pay(&session);
    shop.wait(SignedDuration::from_mins(20));
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!(order(&shop).await.state, OrderState::Placed);
    assert_eq!(shop.stock(&mug).await, (0, 1));
    shop.run_jobs().await;
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_lost_answer_makes_no_second_page() {
    let stripe = StripeStandIn::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").price(54_00).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    stripe.lose_answers(1);
    let page = checkout(&ada, "card").await.send().await;
    assert_eq!((page.status, &page.path), (200, &order_page(&shop).await), "the order is not lost");
    assert!(page.text("[role=alert]").contains("try again in a minute"), "{}", page.text("main"));
    assert_eq!(stripe.pages(), 1, "Stripe made it, and we did not hear of it");
    stripe.lose_answers(1);
    let page = page.form("Pay now").send().await;
    assert_eq!((page.status, &page.path), (200, &order_page(&shop).await));
    assert!(page.text("[role=alert]").contains("try again in a minute"), "{}", page.text("main"));
    let sent = page.form("Pay now").send_only().await;
    assert_eq!(sent.location(), format!("https://checkout.stripe.com/c/pay/{}", stripe.newest()));
    assert_eq!(stripe.pages(), 1);
    stripe.pay(&stripe.newest());
    shop.wait(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.state, OrderState::Placed);
    shop.assert_clean().await;
}

#[actix_web::test]
async fn when_stripe_is_silent_the_goods_stay_held() {
    let stripe = StripeStandIn::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    shop.wait(SignedDuration::from_mins(20));
    stripe.lose_answers(10);
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Pending, (0, 1)));
    stripe.lose_answers(0);
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    // A message about a page that is closed changes nothing.
    assert_eq!(stripe.send(&shop, &stripe.event("checkout.session.expired", &session), 0).await.status, 200);
    shop.run_jobs().await;
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_slow_bank_may_say_yes_or_no() {
    let stripe = StripeStandIn::start();
    for yes in [true, false] {
        let (shop, ada, mug, session) = at_stripe(&stripe, 1).await;
        stripe.pay_slowly(&session);
        ada.get(&format!("{}?paid=1", order_page(&shop).await)).await;
        assert_eq!(order(&shop).await.payment_state, PaymentState::Processing);
        shop.wait(SignedDuration::from_hours(30));
        worker::sweep(&shop.app).await.unwrap();
        assert_eq!(order(&shop).await.state, OrderState::Pending, "the bank may take its time");
        stripe.bank_answers(&session, yes);
        stripe.send(&shop, &stripe.event("checkout.session.async_payment_succeeded", &session), 0).await;
        shop.run_jobs().await;
        worker::sweep(&shop.app).await.unwrap();
        let (state, stock) = (order(&shop).await.state, shop.stock(&mug).await);
        match yes {
            true => assert_eq!((state, stock), (OrderState::Placed, (0, 1))),
            false => assert_eq!((state, stock), (OrderState::Expired, (1, 0))),
        }
        shop.run_jobs().await;
        shop.assert_clean().await;
    }
}

#[actix_web::test]
async fn a_bank_that_says_no_is_heard_though_nobody_tells_us() {
    let stripe = StripeStandIn::start();
    let (shop, ada, mug, session) = at_stripe(&stripe, 1).await;
    let stale = ada.get(&order_page(&shop).await).await;
    stripe.pay_slowly(&session);
    ada.get(&format!("{}?paid=1", order_page(&shop).await)).await;
    let page = stale.form("Pay now").send().await;
    assert_eq!((page.status, page.text("h1").as_str()), (200, "Your bank is working on your payment"));
    assert_eq!((page.forms("Pay now").len(), stripe.pages()), (0, 1), "it was paid for already");
    shop.wait(SignedDuration::from_hours(100));
    stripe.bank_answers(&session, false);
    payments::reconcile(&shop.app).await.unwrap();
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    shop.run_jobs().await;
    shop.assert_clean().await;
}

#[actix_web::test]
async fn slow_banks_keep_no_other_order_from_being_given_up() {
    let stripe = StripeStandIn::start();
    let shop = TestShop::with_stripe(&stripe).await;
    let mug = shop.product("Mug").price(54_00).stock(60).create().await;
    for at in 0..52 {
        somebody_goes_to_stripe(&shop, &mug, at).await;
        if at < 51 {
            stripe.pay_slowly(&stripe.newest());
        }
    }
    shop.wait(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    shop.wait(SignedDuration::from_mins(20));
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!(shop.read(|conn| Order::get(conn, 52)).await.state, OrderState::Expired);
    assert_eq!(shop.stock(&mug).await, (9, 51));
}

#[actix_web::test]
async fn when_stripe_is_silent_for_a_day_the_goods_go_back_on_sale() {
    let stripe = StripeStandIn::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    stripe.pay(&session);
    stripe.lose_answers(100);
    shop.wait(SignedDuration::from_hours(24));
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Pending, (0, 1)));
    shop.wait(SignedDuration::from_hours(1));
    worker::sweep(&shop.app).await.unwrap();
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    // It had been paid for all the time: word of it brings the order back.
    stripe.lose_answers(0);
    stripe.send(&shop, &stripe.event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Placed, (0, 1)));
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_refund_by_line_reaches_stripe_once_though_its_answers_are_lost() {
    let stripe = StripeStandIn::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 3).await;
    stripe.pay(&session);
    stripe.send(&shop, &stripe.event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    let owner = shop.staff(Role::Owner).await;
    let page = owner.get("/admin/orders/1001").await;
    let empty = page.form("Refund").send().await;
    assert_eq!(empty.status, 422);
    assert!(empty.text(".problems").contains("Choose at least one piece"), "{}", empty.text("main"));
    let form = page.form("Refund");
    let (line, _) = form.fields().into_iter().find(|(name, _)| name.starts_with("refund_quantity_")).unwrap();
    let too_many = page.form("Refund").fill(&line, "2").send().await;
    assert_eq!((too_many.status, too_many.error(&line).as_str()), (422, "Only 1 are left to pay back."));
    stripe.lose_answers(1);
    let page = form.fill(&line, "1").choose("refund_shipping", "1").fill("reason", "Arrived broken").send().await;
    assert_eq!(page.text("[role=status]"), "The money is on its way back.");
    worker::next(&shop.app, Queue::Payments).await.unwrap();
    for _ in 0..3 {
        shop.wait(SignedDuration::from_mins(5));
        while worker::next(&shop.app, Queue::Payments).await.unwrap() {}
    }
    assert_eq!(stripe.refunds(), [(format!("pi_{session}"), 59_00)]);
    let order = order(&shop).await;
    assert_eq!((order.payment_state, order.refunded_minor), (PaymentState::Refunded, 59_00));
    assert_eq!(shop.stock(&mug).await, (3, 0), "it had not been sent: it is on sale again");
    shop.run_jobs().await;
    let box_ = shop.post_box().await;
    assert!(box_.iter().any(|line| line.contains("on its way back")), "{box_:?}");
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_refund_that_stripe_refuses_is_seen_and_tried_again() {
    let stripe = StripeStandIn::start();
    let (shop, _, _, session) = at_stripe(&stripe, 3).await;
    stripe.pay(&session);
    stripe.send(&shop, &stripe.event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    stripe.refuse_refunds(true);
    let owner = shop.staff(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").send().await;
    shop.run_jobs().await;
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("main").contains("could not be paid back"), "{}", page.text("main"));
    stripe.refuse_refunds(false);
    let page = page.form("Try again").send().await;
    assert_eq!(page.text("[role=status]"), "The payment provider is asked again.");
    shop.run_jobs().await;
    assert_eq!(stripe.refunds().len(), 1);
    assert_eq!(order(&shop).await.payment_state, PaymentState::Refunded);
    shop.assert_clean().await;
}

#[actix_web::test]
async fn late_money_that_stripe_does_not_pay_back_is_seen_and_tried_again() {
    let stripe = StripeStandIn::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    let id = order(&shop).await.id;
    // The hold runs out without the page being closed, and somebody else buys the last one.
    shop.write(move |tx| Order::expire(tx, id)).await;
    let wish = shop.wish(&mug, 1, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &wish)).await;
    stripe.refuse_refunds(true);
    stripe.pay(&session);
    stripe.send(&shop, &stripe.event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!((order(&shop).await.state, order(&shop).await.kept_minor()), (OrderState::Expired, 59_00));
    let (owner, support) = (shop.staff(Role::Owner).await, shop.staff(Role::Support).await);
    let page = support.get("/admin/attention").await.follow("An unfinished order").await;
    assert!(page.forms("Try again").is_empty(), "who may not pay back sees what there is");
    let page = owner.get("/admin/attention").await.follow("An unfinished order").await;
    assert_eq!((page.status, page.text("h1").as_str()), (200, "An unfinished order"));
    assert!(page.text("main").contains("could not be paid back"), "{}", page.text("main"));
    for absent in ["Refund", "Mark as paid", "Fulfil", "Cancel order"] {
        assert!(page.forms(absent).is_empty(), "{absent}");
    }
    let page = page.form("Add note").fill("note", "Asked Stripe").send().await;
    assert!(page.text("[aria-labelledby=h-time]").contains("Asked Stripe"));
    stripe.refuse_refunds(false);
    let page = page.form("Try again").send().await;
    assert_eq!(page.text("[role=status]"), "The payment provider is asked again.");
    shop.run_jobs().await;
    assert_eq!(stripe.refunds(), [(format!("pi_{session}"), 59_00)]);
    assert_eq!(order(&shop).await.payment_state, PaymentState::Refunded);
    assert_eq!(owner.get("/admin/orders/1").await.status, 404, "only its public id opens it");
    shop.assert_clean().await;
}

#[actix_web::test]
async fn no_more_is_credited_than_was_invoiced_though_a_refund_failed_before() {
    let stripe = StripeStandIn::start();
    let (shop, _, _, session) = at_stripe(&stripe, 3).await;
    stripe.pay(&session);
    stripe.send(&shop, &stripe.event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    stripe.refuse_refunds(true);
    let owner = shop.staff(Role::Owner).await;
    let form = owner.get("/admin/orders/1001").await.form("Refund");
    assert_eq!(form.choose("refund_shipping", "1").send().await.status, 200);
    shop.run_jobs().await;
    stripe.refuse_refunds(false);
    owner.get("/admin/orders/1001").await.form("Cancel order").send().await;
    shop.run_jobs().await;
    assert_eq!(stripe.refunds(), [(format!("pi_{session}"), 59_00)], "all of the money goes back");
    let papers = shop.read(|conn| Invoice::of_order(conn, 1)).await;
    let said: Vec<_> = papers.iter().map(|paper| paper.contents().unwrap()).collect();
    let totals: Vec<i64> = said.iter().map(|said| said.total_minor).collect();
    assert_eq!(totals, [59_00, 5_00, 54_00], "and no more than the invoice is taken back");
    for said in &said[1..] {
        assert_eq!(said.lines.iter().map(|line| line.total_minor).sum::<i64>(), said.total_minor);
        assert_eq!(said.taxes.iter().map(|tax| tax.net_minor + tax.tax_minor).sum::<i64>(), said.total_minor);
    }
    // Money that comes once more goes back, and no paper is about it.
    shop.write(|tx| {
        let again = MoneyFact {
            kind: FactKind::Capture,
            reference: "once-more".to_owned(),
            amount_minor: 59_00,
            currency: "EUR".to_owned(),
        };
        Order::settle(tx, 1, &[again], &Actor::System)
    })
    .await;
    assert_eq!(shop.read(|conn| Invoice::of_order(conn, 1)).await.len(), 3);
    shop.assert_clean().await;
    shop.run_jobs().await;
}

/// An order that was paid by Stripe.
async fn paid(stripe: &StripeStandIn) -> (TestShop, Goods, String) {
    let (shop, _, mug, session) = at_stripe(stripe, 3).await;
    stripe.pay(&session);
    stripe.send(&shop, &stripe.event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    (shop, mug, session)
}

/// The first repayment of the order.
async fn repayment(shop: &TestShop) -> Repayment {
    shop.read(|conn| Ok(Refund::of_order(conn, 1)?.remove(0).1.remove(0))).await
}

#[actix_web::test]
async fn a_refund_that_fails_at_once_has_not_gone() {
    let stripe = StripeStandIn::start();
    let (shop, _, _) = paid(&stripe).await;
    stripe.answer_refunds("failed");
    let owner = shop.staff(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").send().await;
    shop.run_jobs().await;
    assert_eq!(repayment(&shop).await.state, RepaymentState::Failed);
    assert_eq!(order(&shop).await.kept_minor(), 59_00);
    stripe.answer_refunds("pending");
    owner.get("/admin/orders/1001").await.form("Try again").send().await;
    shop.run_jobs().await;
    assert_eq!(repayment(&shop).await.state, RepaymentState::Succeeded);
    assert_eq!(order(&shop).await.payment_state, PaymentState::Refunded);
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_refund_that_fails_days_later_is_seen_and_tried_again() {
    let stripe = StripeStandIn::start();
    let (shop, _, session) = paid(&stripe).await;
    stripe.answer_refunds("pending");
    let owner = shop.staff(Role::Owner).await;
    let form = owner.get("/admin/orders/1001").await.form("Refund");
    let (line, _) = form.fields().into_iter().find(|(name, _)| name.starts_with("refund_quantity_")).unwrap();
    form.fill(&line, "1").send().await;
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.refunded_minor, 54_00);
    shop.wait(SignedDuration::from_hours(72));
    stripe.refunds_become("failed");
    for _ in 0..2 {
        stripe.send(&shop, &stripe.event("refund.failed", &session), 0).await;
        shop.run_jobs().await;
        let failed = order(&shop).await;
        assert_eq!((failed.refunded_minor, failed.kept_minor()), (0, 59_00), "the reserve is given back, once");
        assert!(failed.attention.unwrap().contains("Paying back failed: lost or stolen card"));
        assert_eq!(repayment(&shop).await.state, RepaymentState::Failed);
        shop.assert_clean().await;
    }
    owner.log_in("owner@kestrel.example", PASSWORD).await;
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("main").contains("Did not reach the buyer:"), "{}", page.text("main"));
    stripe.answer_refunds("succeeded");
    page.form("Try again").send().await;
    shop.run_jobs().await;
    // The refund that failed is still in Stripe's books.
    stripe.send(&shop, &stripe.event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!((repayment(&shop).await.state, stripe.refunds().len()), (RepaymentState::Succeeded, 2));
    assert_eq!(order(&shop).await.refunded_minor, 54_00);
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_refund_whose_answer_was_lost_is_known_by_its_mark() {
    let stripe = StripeStandIn::start();
    let (shop, _, session) = paid(&stripe).await;
    let owner = shop.staff(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").send().await;
    stripe.lose_answers(1);
    shop.run_jobs().await;
    assert_eq!((repayment(&shop).await.state, stripe.refunds().len()), (RepaymentState::Sent, 1));
    stripe.send(&shop, &stripe.event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(repayment(&shop).await.state, RepaymentState::Succeeded);
    shop.wait(SignedDuration::from_mins(5));
    shop.run_jobs().await;
    assert_eq!((order(&shop).await.refunded_minor, stripe.refunds().len()), (59_00, 1));
    shop.assert_clean().await;
}

#[actix_web::test]
async fn what_is_paid_back_at_stripe_is_learned() {
    let stripe = StripeStandIn::start();
    let (shop, mug, session) = paid(&stripe).await;
    stripe.refund_by_hand(&session, 20_00);
    for _ in 0..2 {
        stripe.send(&shop, &stripe.event("charge.refunded", &session), 0).await;
        shop.run_jobs().await;
        let order = order(&shop).await;
        assert_eq!((order.refunded_minor, order.kept_minor()), (20_00, 39_00), "once, however often it is said");
        assert_eq!((order.state, order.payment_state), (OrderState::Placed, PaymentState::PartRefunded));
        assert!(order.attention.unwrap().contains("was paid back at Stripe"));
        shop.assert_clean().await;
    }
    assert_eq!(shop.stock(&mug).await, (2, 1), "what becomes of the goods is for staff to say");
    let owner = shop.staff(Role::Owner).await;
    let page = owner.get("/admin/orders/1001").await;
    assert!(page.text("[aria-labelledby=h-time]").contains("20.00 was paid back at Stripe"));
    let papers = shop.read(|conn| Invoice::of_order(conn, 1)).await;
    let credited = papers[1].contents().unwrap();
    assert_eq!((papers.len(), credited.total_minor), (2, 20_00));
    assert_eq!(credited.taxes.iter().map(|tax| tax.net_minor + tax.tax_minor).sum::<i64>(), 20_00);
    // The rest is all that can still go back.
    page.form("Cancel order").send().await;
    shop.run_jobs().await;
    assert_eq!(stripe.refunds().iter().map(|(_, amount)| amount).sum::<i64>(), 59_00);
    let papers = shop.read(|conn| Invoice::of_order(conn, 1)).await;
    let (mut total, mut tax) = (0, 0);
    for paper in &papers[1..] {
        let said = paper.contents().unwrap();
        total += said.total_minor;
        tax += said.taxes.iter().map(|tax| tax.tax_minor).sum::<i64>();
    }
    assert_eq!((total, tax), (59_00, order(&shop).await.tax_minor));
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_refund_is_found_among_more_than_stripe_shows_at_first() {
    let stripe = StripeStandIn::start();
    let (shop, _, session) = paid(&stripe).await;
    for _ in 0..11 {
        stripe.refund_by_hand(&session, 1_00);
    }
    stripe.send(&shop, &stripe.event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.refunded_minor, 11_00);
    shop.assert_clean().await;
}

#[actix_web::test]
async fn what_was_paid_back_at_stripe_in_place_of_ours_is_learned_when_ours_is_refused() {
    let stripe = StripeStandIn::start();
    let (shop, _, session) = paid(&stripe).await;
    let owner = shop.staff(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Cancel order").send().await;
    stripe.refund_by_hand(&session, 59_00);
    stripe.send(&shop, &stripe.event("charge.refunded", &session), 0).await;
    shop.run_jobs().await;
    let order = order(&shop).await;
    assert_eq!(
        (order.state, order.kept_minor(), order.payment_state),
        (OrderState::Cancelled, 0, PaymentState::Refunded)
    );
    assert_eq!(shop.read(|conn| Invoice::of_order(conn, 1)).await.len(), 2);
    assert_eq!(stripe.refunds().len(), 1);
    shop.assert_clean().await;
}

#[actix_web::test]
async fn a_dispute_is_shown_and_may_be_won() {
    let stripe = StripeStandIn::start();
    let (shop, _, _, session) = at_stripe(&stripe, 3).await;
    stripe.pay(&session);
    stripe.send(&shop, &stripe.event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    stripe.dispute(&session, "needs_response");
    stripe.send(&shop, &stripe.event("charge.dispute.created", &session), 0).await;
    shop.run_jobs().await;
    let disputed = order(&shop).await;
    assert_eq!(disputed.payment_state, PaymentState::Disputed);
    assert!(disputed.attention.unwrap().contains("dispute"));
    stripe.dispute(&session, "won");
    stripe.send(&shop, &stripe.event("charge.dispute.closed", &session), 0).await;
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.payment_state, PaymentState::Paid);
    shop.assert_clean().await;
}

#[actix_web::test]
async fn another_amount_than_asked_for_places_nothing() {
    let stripe = StripeStandIn::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    stripe.pay_amount(&session, 1_00);
    stripe.send(&shop, &stripe.event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    let held = order(&shop).await;
    assert_eq!((held.state, held.payment_state), (OrderState::Pending, PaymentState::Partial));
    shop.wait(SignedDuration::from_mins(20));
    worker::sweep(&shop.app).await.unwrap();
    shop.run_jobs().await;
    assert_eq!((order(&shop).await.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    assert_eq!(stripe.refunds(), [(format!("pi_{session}"), 1_00)]);
    shop.assert_clean().await;
}

#[actix_web::test]
async fn money_of_another_currency_is_told_once_and_the_order_is_given_up_in_time() {
    let stripe = StripeStandIn::start();
    let (shop, _, mug, session) = at_stripe(&stripe, 1).await;
    stripe.change_currency(&session, "usd");
    stripe.pay(&session);
    stripe.send(&shop, &stripe.event("checkout.session.completed", &session), 0).await;
    shop.run_jobs().await;
    assert!(order(&shop).await.attention.unwrap().contains("another currency"));
    let owner = shop.staff(Role::Owner).await;
    owner.get("/admin/attention").await.form("Done: An unfinished order").send().await;
    shop.wait(SignedDuration::from_mins(20));
    for _ in 0..3 {
        worker::sweep(&shop.app).await.unwrap();
        stripe.send(&shop, &stripe.event("charge.succeeded", &session), 0).await;
        payments::reconcile(&shop.app).await.unwrap();
        shop.run_jobs().await;
    }
    let order = order(&shop).await;
    assert_eq!((order.state, shop.stock(&mug).await), (OrderState::Expired, (1, 0)));
    assert_eq!(order.attention, None, "what was looked at stays looked at");
    let events = shop.read(move |conn| Ok(order.dossier(conn)?.events)).await;
    assert_eq!(events.iter().filter(|event| event.kind == "attention").count(), 1);
    shop.assert_clean().await;
}

#[actix_web::test]
async fn word_that_is_forged_or_stale_is_not_kept() {
    let stripe = StripeStandIn::start();
    let (shop, _, _, session) = at_stripe(&stripe, 1).await;
    stripe.pay(&session);
    let event = stripe.event("checkout.session.completed", &session);
    assert_eq!(stripe.send_signed(&shop, &event, 0, "whsec_somebody_else").await.status, 400);
    assert_eq!(stripe.send(&shop, &event, 3600).await.status, 400);
    let foreign = r#"{"id":"evt_foreign","type":"checkout.session.completed","data":{"object":{"id":"cs_foreign","object":"checkout.session"}}}"#;
    assert_eq!(stripe.send(&shop, foreign, 0).await.status, 200);
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.state, OrderState::Pending);
    let inbox = shop.staff(Role::Owner).await.get("/admin/webhooks").await;
    assert_eq!(inbox.texts("table .pill"), ["Not ours"]);
    shop.wait(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    assert_eq!(order(&shop).await.state, OrderState::Placed, "asking found the money");
}

/// A paid order, and a message about it that was looked at in vain until it was given up.
async fn with_a_message_given_up(stripe: &StripeStandIn) -> (TestShop, Browser) {
    let (shop, ada, _, session) = at_stripe(stripe, 3).await;
    stripe.pay(&session);
    ada.get(&format!("{}?paid=1", order_page(&shop).await)).await;
    shop.wait(SignedDuration::from_mins(2));
    shop.run_jobs().await;
    stripe.lose_answers(u32::MAX);
    assert_eq!(stripe.send(&shop, &stripe.event("charge.succeeded", &session), 0).await.status, 200);
    for _ in 0..TRIES {
        shop.run_jobs().await;
        shop.wait(SignedDuration::from_mins(61));
    }
    stripe.lose_answers(0);
    let owner = shop.staff(Role::Owner).await;
    assert_eq!(owner.get("/admin/webhooks").await.texts("table .pill"), ["Given up"]);
    (shop, owner)
}

#[actix_web::test]
async fn a_message_that_was_given_up_is_looked_at_again_when_staff_say_so() {
    for from_the_inbox in [true, false] {
        let stripe = StripeStandIn::start();
        let (shop, owner) = with_a_message_given_up(&stripe).await;
        let (page, button) = match from_the_inbox {
            true => (owner.get("/admin/webhooks").await.follow("charge.succeeded").await, "Look at it again"),
            false => (owner.get("/admin/attention").await, "Try again"),
        };
        let page = page.form(button).send().await;
        assert!(page.has("[role=status]"), "{}", page.text("main"));
        assert_eq!(owner.get("/admin/webhooks").await.texts("table .pill"), ["Waiting"]);
        assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs you");
        shop.run_jobs().await;
        assert_eq!(owner.get("/admin/webhooks").await.texts("table .pill"), ["Done"]);
        shop.assert_clean().await;
    }
}

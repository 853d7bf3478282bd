//! What the program cannot settle by itself, and the packing slip.

use jiff::SignedDuration;
use tradepost::models::account::roles::Role;
use tradepost::models::job::{JobKind, NewJob, QueuedJob, TRIES};
use tradepost::models::order::{Order, PaymentMethod};
use tradepost::models::payment::{FactKind, MoneyFact};

use crate::support::{TestShop, checkout};

#[actix_web::test]
async fn an_odd_order_is_looked_at_and_done() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (owner, support) = (shop.staff(Role::Owner).await, shop.staff(Role::Support).await);
    assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs you");
    let wish = shop.wish(&mug, 1, PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &wish)).await;
    let attempt = placed.attempt.unwrap();
    let part = MoneyFact {
        kind: FactKind::Capture,
        reference: "a-part".to_owned(),
        amount_minor: 1,
        currency: "EUR".to_owned(),
    };
    let by = tradepost::models::fact::Actor::System;
    shop.write(move |tx| Order::settle(tx, attempt, std::slice::from_ref(&part), &by)).await;

    let page = owner.get("/admin").await;
    assert!(page.text("#admin-menu a[href='/admin/attention']").contains('1'));
    let page = page.follow("Look").await;
    assert!(page.text("tbody").contains("Less money came"), "{}", page.text("tbody"));
    assert!(support.get("/admin/attention").await.forms("Done: An unfinished order").is_empty());
    let page = page.form("Done: An unfinished order").send().await;
    assert_eq!(page.text("h2"), "Nothing needs you");
    let id = placed.order.id;
    let events = shop.read(move |conn| Ok(Order::get(conn, id)?.dossier(conn)?.events)).await;
    assert!(events.iter().any(|event| event.kind == "attended" && event.detail.contains("Less money")));
    shop.write(move |tx| Order::expire(tx, id)).await;
    shop.run_jobs().await;
}

#[actix_web::test]
async fn what_was_tried_too_often_is_tried_again() {
    let shop = TestShop::new().await;
    shop.undeliverable_letter().await;
    shop.write(|tx| {
        let run_at = tx.now();
        let dedupe_key = Some("lost".to_owned());
        NewJob { kind: JobKind::SealPaper, payload: "77".to_owned(), dedupe_key, run_at }.enqueue(tx)
    })
    .await;
    for _ in 0..TRIES {
        shop.run_jobs().await;
        shop.wait(SignedDuration::from_mins(61));
    }
    let owner = shop.staff(Role::Owner).await;
    let page = owner.get("/admin/attention").await;
    assert_eq!(page.texts("caption"), ["Tried too often", "Letters that nobody took"]);
    assert!(page.text("tbody").contains("Making the PDF of an invoicenot found"), "{}", page.text("tbody"));
    let letter = page.form("Send again: Your order 1001");
    let page = page.form("Try again").send().await;
    assert_eq!(page.text("[role=status]"), "It is being tried again.");
    letter.send().await;
    assert!(owner.get("/admin/outbox").await.text("tbody").contains("Waiting"));
    shop.write(|tx| QueuedJob::withdraw(tx, "lost")).await;
    shop.run_jobs().await;
    let page = owner.get("/admin/attention").await;
    assert!(page.text("tbody").contains("No mail server can take this address."), "{}", page.text("tbody"));
    let page = page.follow("Your order 1001").await.form("Leave it unsent").send().await;
    assert_eq!(page.text("h2"), "Nothing needs you");
}

#[actix_web::test]
async fn work_that_is_late_by_a_minute_is_seen() {
    for (kind, what) in [
        (JobKind::OrderPlacedLetter, "Writing letters and invoices"),
        (JobKind::SendLetter, "Sending letters"),
        (JobKind::Repay, "Talking to the payment provider"),
    ] {
        let shop = TestShop::new().await;
        let owner = shop.staff(Role::Owner).await;
        for number in 1..3 {
            shop.write(move |tx| {
                let (run_at, dedupe_key) = (tx.now(), Some(format!("late:{number}")));
                NewJob { kind, payload: "77".to_owned(), dedupe_key, run_at }.enqueue(tx)
            })
            .await;
        }
        shop.wait(SignedDuration::from_secs(59));
        assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs you");
        shop.wait(SignedDuration::from_secs(2));
        let page = owner.get("/admin/attention").await;
        assert!(page.text(".notice").contains(&format!("Work is late: {what}2 pieces")), "{}", page.text("main"));
        assert!(page.text(".notice").contains("the first since 21 Nov 2026"), "{}", page.text(".notice"));
        let page = owner.get("/admin").await;
        assert!(page.text("#admin-menu a[href='/admin/attention']").contains('1'));
        let main = page.text("main");
        assert!(main.contains("Work is late") && main.contains(&format!("{what}, since 21 Nov 2026")), "{main}");
        let now = shop.app.clock().now();
        let late = shop.read(move |conn| QueuedJob::oldest_overdue(conn, now)).await.unwrap();
        assert_eq!((late.queue, late.count), (kind.queue(), 2));
        shop.write(|tx| {
            QueuedJob::withdraw(tx, "late:1")?;
            QueuedJob::withdraw(tx, "late:2")
        })
        .await;
        assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs you");
    }
}

#[actix_web::test]
async fn a_packing_slip_says_what_is_left_to_send_and_no_price() {
    let shop = TestShop::new().await;
    let mug = shop.product("Harbour mug").sku("MUG-1").create().await;
    let (owner, ada) = (shop.staff(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 3).await;
    checkout(&ada, "bank_transfer").await.send().await;
    let form = owner.get("/admin/orders/1001").await.form("Fulfil");
    let (line, _) = form.fields().into_iter().find(|(name, _)| name.starts_with("quantity_")).unwrap();
    let page = form.fill(&line, "1").send().await;
    let slip = page.follow("Packing slip").await;
    assert_eq!((slip.status, TestShop::order_number(&slip).as_str()), (200, "1001"));
    assert_eq!(slip.texts(".slip tbody tr"), ["2Harbour mugMUG-1"]);
    assert!(slip.text("address").contains("Ada Lovelace"));
    assert!(!slip.has("main data") && !slip.text("main").contains('€'));
    shop.run_jobs().await;
}

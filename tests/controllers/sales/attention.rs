//! Orders and jobs that need attention, and the packing slip.

use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Event;
use tradepost::models::platform::event::reasons::ReviewReason;
use tradepost::models::platform::job::{JobKind, MAX_ATTEMPTS, NewJob, QueuedJob};
use tradepost::models::sales::order::Order;
use tradepost::models::sales::payment::{NewPaymentTransaction, TransactionKind};
use tradepost::models::sales::payment_method::PaymentMethod;

use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn a_flagged_order_is_reviewed_and_resolved() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (owner, support) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::Support).await);
    assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs attention");
    let request = shop.checkout_request(&mug, 1, PaymentMethod::TestCard).await;
    let placed = shop.write(move |tx| Order::place(tx, &request)).await;
    let attempt = placed.attempt.unwrap();
    let part = NewPaymentTransaction {
        kind: TransactionKind::Capture,
        reference: "a-part".to_owned(),
        amount_minor: 1,
        currency: "EUR".to_owned(),
    };
    let by = tradepost::models::platform::event::Actor::System;
    shop.write(move |tx| Order::apply_transactions(tx, attempt, std::slice::from_ref(&part), &by)).await;

    let page = owner.get("/admin").await;
    assert!(page.text("#admin-menu a[href='/admin/attention']").contains('1'));
    let page = page.click_link("Review").await;
    assert!(page.text("tbody").contains("The payment was less than the amount due"), "{}", page.text("tbody"));
    assert!(support.get("/admin/attention").await.forms("Resolve: An unfinished order").is_empty());
    let page = page.form("Resolve: An unfinished order").submit().await;
    assert_eq!(page.text("h2"), "Nothing needs attention");
    let id = placed.order.id;
    let events = shop.read(move |conn| Ok(Order::get(conn, id)?.load_details(conn)?.events)).await;
    let resolved = Event::OrderFlagResolved { order: id, reason: ReviewReason::Underpaid };
    assert!(events.iter().any(|stored| stored.event.as_ref() == Some(&resolved)));
    shop.write(move |tx| Order::expire(tx, id)).await;
    shop.run_jobs().await;
}

#[actix_web::test]
async fn failed_jobs_can_be_retried() {
    let shop = TestShop::new().await;
    shop.create_undeliverable_email().await;
    shop.write(|tx| {
        let run_at = tx.now();
        let dedupe_key = Some("lost".to_owned());
        NewJob { kind: JobKind::RenderInvoicePdf, payload: "77".to_owned(), dedupe_key, run_at }.enqueue(tx)
    })
    .await;
    for _ in 0..MAX_ATTEMPTS {
        shop.run_jobs().await;
        shop.advance_clock(SignedDuration::from_mins(61));
    }
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/attention").await;
    assert_eq!(page.texts("caption"), ["Failed background jobs", "Emails not delivered"]);
    assert!(page.text("tbody").contains("Creating an invoice PDFnot found"), "{}", page.text("tbody"));
    let resend_form = page.form("Resend: Your order 1001");
    let page = page.form("Try again").submit().await;
    assert_eq!(page.text("[role=status]"), "Trying again.");
    resend_form.submit().await;
    assert!(owner.get("/admin/outbox").await.text("tbody").contains("Queued"));
    shop.write(|tx| QueuedJob::cancel(tx, "lost")).await;
    shop.run_jobs().await;
    let page = owner.get("/admin/attention").await;
    assert!(page.text("tbody").contains("No mail server accepts this address."), "{}", page.text("tbody"));
    let page = page.click_link("Your order 1001").await.form("Do not send").submit().await;
    assert_eq!(page.text("h2"), "Nothing needs attention");
}

#[actix_web::test]
async fn jobs_overdue_by_a_minute_are_shown() {
    for (kind, what) in [
        (JobKind::OrderPlacedEmail, "Writing emails and invoices"),
        (JobKind::SendEmail, "Sending emails"),
        (JobKind::SubmitRefund, "Talking to the payment provider"),
    ] {
        let shop = TestShop::new().await;
        let owner = shop.log_in_as(Role::Owner).await;
        for number in 1..3 {
            shop.write(move |tx| {
                let (run_at, dedupe_key) = (tx.now(), Some(format!("late:{number}")));
                NewJob { kind, payload: "77".to_owned(), dedupe_key, run_at }.enqueue(tx)
            })
            .await;
        }
        shop.advance_clock(SignedDuration::from_secs(59));
        assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs attention");
        shop.advance_clock(SignedDuration::from_secs(2));
        let page = owner.get("/admin/attention").await;
        assert!(
            page.text(".notice").contains(&format!("Background jobs are late: {what}2 jobs waiting")),
            "{}",
            page.text("main")
        );
        assert!(page.text(".notice").contains("the oldest since 21 Nov 2026"), "{}", page.text(".notice"));
        let page = owner.get("/admin").await;
        assert!(page.text("#admin-menu a[href='/admin/attention']").contains('1'));
        let main = page.text("main");
        assert!(
            main.contains("Background jobs are late") && main.contains(&format!("{what}, since 21 Nov 2026")),
            "{main}"
        );
        let now = shop.app.clock().now();
        let overdue = shop.read(move |conn| QueuedJob::find_oldest_overdue(conn, now)).await.unwrap();
        assert_eq!((overdue.queue, overdue.count), (kind.queue(), 2));
        shop.write(|tx| {
            QueuedJob::cancel(tx, "late:1")?;
            QueuedJob::cancel(tx, "late:2")
        })
        .await;
        assert_eq!(owner.get("/admin/attention").await.text("h2"), "Nothing needs attention");
    }
}

#[actix_web::test]
async fn a_packing_slip_lists_unsent_items_without_prices() {
    let shop = TestShop::new().await;
    let mug = shop.product("Harbour mug").sku("MUG-1").create().await;
    let (owner, ada) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 3).await;
    fill_checkout(&ada, "bank_transfer").await.submit().await;
    let form = owner.get("/admin/orders/1001").await.form("Fulfil");
    let (line, _) = form.fields().into_iter().find(|(name, _)| name.starts_with("quantity_")).unwrap();
    let page = form.fill(&line, "1").submit().await;
    let slip = page.click_link("Packing slip").await;
    assert_eq!((slip.status, TestShop::order_number(&slip).as_str()), (200, "1001"));
    assert_eq!(slip.texts(".slip tbody tr"), ["2Harbour mugMUG-1"]);
    assert!(slip.text("address").contains("Ada Lovelace"));
    assert!(!slip.has("main data") && !slip.text("main").contains('€'));
    shop.run_jobs().await;
}

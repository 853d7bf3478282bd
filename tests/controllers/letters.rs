//! The outbox.

use jiff::SignedDuration;
use tradepost::models::account::roles::Role;
use tradepost::models::job::{QueuedJob, TRIES};

use crate::support::TestShop;

#[actix_web::test]
async fn a_letter_nobody_takes_shows_as_failed_and_not_before_the_last_try() {
    let shop = TestShop::new().await;
    shop.undeliverable_letter().await;
    let owner = shop.staff(Role::Owner).await;
    for _ in 0..TRIES {
        assert!(owner.get("/admin/outbox").await.text("tbody").contains("Waiting"));
        shop.run_jobs().await;
        shop.wait(SignedDuration::from_mins(61));
    }
    let page = owner.get("/admin/outbox").await;
    assert!(page.text("tbody").contains("Failed"), "{}", page.text("tbody"));
    assert!(page.follow("Your order 1001").await.text("main").contains("The mail server did not take it"));
    shop.write(|tx| QueuedJob::withdraw(tx, "send-letter")).await;
}

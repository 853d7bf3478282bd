//! The outbox.

use jiff::SignedDuration;
use tradepost::models::account::roles::Role;
use tradepost::models::job::{NewJob, QueuedJob, TRIES};
use tradepost::models::letter::{Letter, NewLetter};

use crate::support::TestShop;

#[actix_web::test]
async fn a_letter_nobody_takes_shows_as_failed_and_not_before_the_last_try() {
    let shop = TestShop::new().await;
    let new = NewLetter {
        dedupe_key: "order-placed:1".to_owned(),
        recipient: "no address at all".to_owned(),
        subject: "Your order 1001".to_owned(),
        html: "<p>Thank you.</p>".to_owned(),
        text: "Thank you.".to_owned(),
        order: None,
    };
    shop.write(move |tx| {
        let id = Letter::write(tx, &new, "localhost", true)?.unwrap();
        let run_at = tx.now();
        let dedupe_key = Some("send-letter".to_owned());
        NewJob { kind: "send_letter", payload: id.to_string(), dedupe_key, run_at }.enqueue(tx)
    })
    .await;
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

//! The letters of a shop.

use tradepost::models::job::NewJob;
use tradepost::models::letter::{Letter, NewLetter};
use tradepost::support::page::Window;

use super::shop::TestShop;

impl TestShop {
    /// All letters, oldest first.
    pub async fn letters(&self) -> Vec<Letter> {
        let mut letters = self.read(|conn| Letter::page(conn, &Window::first(200))).await.items;
        letters.reverse();
        letters
    }

    /// Writes a letter that no mail server takes; its job is called `send-letter`.
    pub async fn undeliverable_letter(&self) {
        let new = NewLetter {
            dedupe_key: "order-placed:1".to_owned(),
            recipient: "no address at all".to_owned(),
            subject: "Your order 1001".to_owned(),
            html: "<p>Thank you.</p>".to_owned(),
            text: "Thank you.".to_owned(),
            order: None,
        };
        self.write(move |tx| {
            let id = Letter::write(tx, &new, "localhost", true)?.unwrap();
            let run_at = tx.now();
            let dedupe_key = Some("send-letter".to_owned());
            NewJob { kind: "send_letter", payload: id.to_string(), dedupe_key, run_at }.enqueue(tx)
        })
        .await;
    }

    /// To whom and about what, oldest first.
    pub async fn post_box(&self) -> Vec<String> {
        self.letters().await.iter().map(|letter| format!("{}: {}", letter.recipient, letter.subject)).collect()
    }
}

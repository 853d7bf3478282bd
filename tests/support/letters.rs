//! The letters of a shop.

use tradepost::models::letter::{Letter, NewLetter, Posting};
use tradepost::support::page::Window;

use super::shop::TestShop;

impl TestShop {
    /// All letters, oldest first.
    pub async fn letters(&self) -> Vec<Letter> {
        let mut letters = self.read(|conn| Letter::page(conn, &Window::first(200))).await.items;
        letters.reverse();
        letters
    }

    /// Writes a letter to an address that no mail server takes.
    pub async fn undeliverable_letter(&self) {
        self.letter_to("no address at all").await;
    }

    /// Writes a letter that is to be sent.
    pub async fn letter_to(&self, recipient: &str) -> i64 {
        let letters = self.letters().await.len();
        let new = NewLetter {
            dedupe_key: format!("letter-of-a-test:{}", letters + 1),
            recipient: recipient.to_owned(),
            reply_to: String::new(),
            subject: "Your order 1001".to_owned(),
            html: "<p>Thank you.</p>".to_owned(),
            text: "Thank you.".to_owned(),
            order: None,
        };
        self.write(move |tx| Ok(Letter::write(tx, &new, "localhost", Posting::Send)?.unwrap())).await
    }

    /// To whom and about what, oldest first.
    pub async fn post_box(&self) -> Vec<String> {
        self.letters().await.iter().map(|letter| format!("{}: {}", letter.recipient, letter.subject)).collect()
    }
}

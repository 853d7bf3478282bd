//! The letters of a shop.

use tradepost::models::platform::email::{DeliveryPolicy, Email, NewEmail};
use tradepost::support::pagination::Cursor;

use super::shop::TestShop;

impl TestShop {
    /// All letters, oldest first.
    pub async fn emails(&self) -> Vec<Email> {
        let mut letters = self.read(|conn| Email::list(conn, &Cursor::first(200))).await.items;
        letters.reverse();
        letters
    }

    /// Writes a letter to an address that no mail server takes.
    pub async fn create_undeliverable_email(&self) {
        self.create_email_to("no address at all").await;
    }

    /// Writes a letter that is to be sent.
    pub async fn create_email_to(&self, recipient: &str) -> i64 {
        let letters = self.emails().await.len();
        let new = NewEmail {
            dedupe_key: format!("letter-of-a-test:{}", letters + 1),
            recipient: recipient.to_owned(),
            reply_to: String::new(),
            subject: "Your order 1001".to_owned(),
            html: "<p>Thank you.</p>".to_owned(),
            text: "Thank you.".to_owned(),
            order: None,
        };
        self.write(move |tx| Ok(Email::create(tx, &new, "localhost", DeliveryPolicy::Send)?.unwrap())).await
    }

    /// To whom and about what, oldest first.
    pub async fn outbox_summary(&self) -> Vec<String> {
        self.emails().await.iter().map(|letter| format!("{}: {}", letter.recipient, letter.subject)).collect()
    }
}

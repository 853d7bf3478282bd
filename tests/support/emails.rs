//! The emails of a shop.

use tradepost::models::platform::email::{DeliveryPolicy, Email, NewEmail};
use tradepost::support::ids::EmailId;
use tradepost::support::pagination::Cursor;

use super::shop::TestShop;

impl TestShop {
    /// All emails, oldest first.
    pub async fn emails(&self) -> Vec<Email> {
        let mut emails = self.read(|conn| Email::list(conn, &Cursor::first(200))).await.items;
        emails.reverse();
        emails
    }

    /// Creates an email to an invalid address.
    pub async fn create_undeliverable_email(&self) {
        self.create_email_to("no address at all").await;
    }

    /// Creates a queued email.
    pub async fn create_email_to(&self, recipient: &str) -> EmailId {
        let count = self.emails().await.len();
        let new = NewEmail {
            dedupe_key: format!("test-email:{}", count + 1),
            recipient: recipient.to_owned(),
            reply_to: String::new(),
            subject: "Your order 1001".to_owned(),
            html: "<p>Thank you.</p>".to_owned(),
            text: "Thank you.".to_owned(),
            order: None,
        };
        self.write(move |tx| Ok(Email::create(tx, &new, "localhost", DeliveryPolicy::Send)?.unwrap())).await
    }

    /// Recipient and subject of each email, oldest first.
    pub async fn outbox_summary(&self) -> Vec<String> {
        self.emails().await.iter().map(|email| format!("{}: {}", email.recipient, email.subject)).collect()
    }
}

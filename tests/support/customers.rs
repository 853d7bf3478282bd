//! Customers with accounts, and the links that they get by email.

use tradepost::models::people::account::Account;
use tradepost::models::platform::event::Actor;
use tradepost::support::email_address::EmailAddress;
use tradepost::support::ids::AccountId;

use super::browser::Browser;
use super::shop::TestShop;

/// The password of all customers here.
pub const CUSTOMER_PASSWORD: &str = "copper lantern";

impl TestShop {
    /// The account of a customer whose password is [`CUSTOMER_PASSWORD`].
    pub async fn create_customer(&self, email: &str, name: &'static str) -> AccountId {
        let hash = self.app.hash_new_password(CUSTOMER_PASSWORD.to_owned(), 8, Vec::new()).await.unwrap();
        let address = EmailAddress::parse(email).unwrap();
        self.write(move |tx| Account::create_customer(tx, &address, name, &hash, &Actor::Customer)).await
    }

    /// A new browser in which a customer has logged in.
    pub async fn log_in_customer(&self, email: &str) -> Browser {
        let browser = self.visitor();
        let page = browser.log_in(email, CUSTOMER_PASSWORD).await;
        assert_eq!(page.path, "/account", "{email} cannot log in: {}", page.text("main"));
        browser
    }

    /// Path and query of the link with a token in the last email to an address.
    pub async fn latest_link(&self, recipient: &str) -> String {
        let emails = self.emails().await;
        let email =
            emails.iter().rev().find(|email| email.recipient == recipient && email.body_text.contains("?token="));
        let email = email.unwrap_or_else(|| panic!("{recipient} got no link"));
        let line = email.body_text.lines().find(|line| line.contains("?token=")).unwrap();
        line.strip_prefix("http://127.0.0.1").unwrap().to_owned()
    }

    /// The code in the last email to an address.
    pub async fn latest_code(&self, recipient: &str) -> String {
        let emails = self.emails().await;
        let email = emails.iter().rev().find(|email| email.recipient == recipient).unwrap();
        let is_code = |line: &&str| line.len() == 9 && line.chars().nth(4) == Some('-');
        email.body_text.lines().find(is_code).expect("the email has no code").to_owned()
    }

    /// How many emails an address got.
    pub async fn count_emails_to(&self, recipient: &str) -> usize {
        self.emails().await.iter().filter(|email| email.recipient == recipient).count()
    }
}

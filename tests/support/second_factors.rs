//! Accounts with second factors.

use diesel::prelude::*;
use totp_rs::{Builder, Secret, Totp};
use tradepost::models::people::account::roles::Role;
use tradepost::schema::{account_identities, account_roles, passkeys};
use tradepost::support::ids::{AccountId, AccountIdentityId, PasskeyId};

use super::shop::STAFF_PASSWORD;
use super::{Browser, Page, TestShop};

fn generator(secret: &str) -> Totp {
    Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap()
}

impl TestShop {
    fn unix_seconds(&self) -> u64 {
        u64::try_from(self.app.clock().now().seconds()).unwrap()
    }

    /// The code that an authenticator app with this secret shows now.
    pub fn current_code(&self, secret: &str) -> String {
        generator(secret).generate(self.unix_seconds()).to_string()
    }

    /// A code that is not right within minutes of now.
    pub fn wrong_code(&self, secret: &str) -> String {
        let near: Vec<String> =
            (0..9).map(|step| generator(secret).generate(self.unix_seconds() + 30 * step - 120).to_string()).collect();
        (0..20).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap()
    }

    /// A browser that stays logged in as a new customer.
    pub async fn log_in_as_customer(&self) -> (Browser, AccountId) {
        const EMAIL: &str = "ada@lovelace.example";
        let account = self.create_account(EMAIL, Role::Support).await;
        self.write(move |tx| {
            let roles = account_roles::table.filter(account_roles::account_id.eq(account));
            diesel::delete(roles).execute(tx.conn())?;
            Ok(())
        })
        .await;
        let browser = self.visitor();
        let fields = [("email", EMAIL), ("password", STAFF_PASSWORD), ("remember", "1")];
        assert_eq!(browser.post("/login", &fields).await.status, 303);
        (browser, account)
    }

    /// Inserts a passkey that no device has.
    pub async fn insert_passkey(&self, account: AccountId, name: &'static str) -> PasskeyId {
        self.write(move |tx| {
            let row = (
                passkeys::account_id.eq(account),
                passkeys::credential_id.eq("x"),
                passkeys::credential.eq("{}"),
                passkeys::name.eq(name),
                passkeys::created_at.eq(tx.now()),
            );
            Ok(diesel::insert_into(passkeys::table).values(row).returning(passkeys::id).get_result(tx.conn())?)
        })
        .await
    }

    /// An identity of a provider that logs in to an account.
    pub async fn insert_identity(&self, account: AccountId) -> AccountIdentityId {
        self.write(move |tx| {
            let row = (
                account_identities::account_id.eq(account),
                account_identities::issuer.eq("https://id.example"),
                account_identities::subject.eq(account.to_string()),
                account_identities::email.eq(""),
                account_identities::created_at.eq(tx.now()),
            );
            let inserted = diesel::insert_into(account_identities::table).values(row);
            Ok(inserted.returning(account_identities::id).get_result(tx.conn())?)
        })
        .await
    }
}

/// The page with the secret of a new authenticator app.
pub async fn begin_app_setup(browser: &Browser) -> Page {
    browser.get("/account/two-factor").await.form("Set up an authenticator app").submit().await
}

/// Turns two-factor authentication on. Returns the secret, and the page with the recovery codes.
pub async fn turn_on_two_factor(shop: &TestShop, browser: &Browser) -> (String, Page) {
    let page = begin_app_setup(browser).await;
    let secret = page.text("[data-totp-secret]");
    let page = page.form("Turn on").fill("code", &shop.current_code(&secret)).submit().await;
    assert_eq!((page.status, page.path.as_str()), (200, "/account/two-factor/recovery-codes"), "{}", page.text("main"));
    (secret, page)
}

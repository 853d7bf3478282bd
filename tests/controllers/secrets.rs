//! Secrets: gift card codes, order links, and what the security log contains.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tradepost::models::people::account::roles::Role;
use tradepost::support::ids::EmailId;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn support_staff_read_emails_without_codes_and_links() {
    let shop = TestShop::new().await;
    let voucher = shop.product("Gift card").price(30_00).gift_card().create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&voucher, 1).await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await.path;
    let token = order.trim_start_matches("/orders/").to_owned();
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    let code = ada.get(&order).await.text("[data-gift-card]");
    let emails: Vec<EmailId> = shop.emails().await.iter().map(|email| email.id).collect();
    assert!(emails.len() > 1);
    let admin = shop.log_in_as(Role::Admin).await;
    for (role, may) in [(Role::Support, false), (Role::ShopManager, false), (Role::Owner, true), (Role::Admin, true)] {
        let reader = match role {
            Role::Owner => owner.clone(),
            Role::Admin => admin.clone(),
            role => shop.log_in_as(role).await,
        };
        let mut read = String::new();
        for id in &emails {
            for path in [format!("/admin/outbox/{id}"), format!("/admin/outbox/{id}/body")] {
                let page = reader.get(&path).await;
                assert_eq!(page.status, 200);
                read.push_str(&String::from_utf8(page.body).unwrap());
            }
        }
        assert_eq!((read.contains(&code), read.contains(&token)), (may, may), "{}", role.as_str());
        assert!(read.contains(&code[15..]), "the last letters tell one card from another");
        let page = reader.get("/admin/orders/1001").await;
        let page = String::from_utf8(page.body).unwrap();
        assert_eq!(page.contains(&token), may, "{}", role.as_str());
        assert!(!page.contains(&code));
    }
}

/// Collects log output.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The events of the security log, and all output.
    fn read_log(&self) -> (Vec<(String, String)>, String) {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let word = |line: &serde_json::Value, name: &str| line["fields"][name].as_str().unwrap_or_default().to_owned();
        let events = lines
            .filter(|line| line["target"] == "security")
            .map(|line| (word(&line, "event"), word(&line, "client")))
            .collect();
        (events, text)
    }
}

#[actix_web::test]
async fn the_security_log_names_client_and_action_and_never_the_input() {
    let shop = TestShop::new().await;
    shop.create_account("ann@kestrel.example", Role::Support).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(move || writer.clone()).finish();
    // With a single subscriber, `tracing` caches the interest of threads without one.
    let _deaf = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let listening = tracing::subscriber::set_default(subscriber);
    let at = "192.0.2.7";
    for _ in 0..6 {
        shop.visitor().with_ip(at).log_in("ann@kestrel.example", "secret wrong words").await;
    }
    shop.visitor().with_ip("198.51.100.9").log_in("nobody@elsewhere.example", "secret wrong words").await;
    let ann = shop.visitor().with_ip("203.0.113.4");
    ann.log_in("ann@kestrel.example", STAFF_PASSWORD).await;
    assert_eq!(ann.get("/admin/settings").await.status, 403);
    shop.visitor().with_ip(at).get("/orders/made-up-token").await;
    let cross = [("sec-fetch-site", "cross-site"), ("content-type", "application/x-www-form-urlencoded")];
    shop.visitor().with_ip(at).send(actix_web::http::Method::POST, "/login", &cross, Vec::new()).await;
    drop(listening);
    let (events, text) = log.read_log();
    let seen = |event: &str, client: &str| events.iter().filter(|(e, c)| e == event && c == client).count();
    assert_eq!(seen("login_failed", at), 5, "{events:?}");
    assert_eq!(seen("throttled", at), 1);
    assert_eq!(seen("login_failed", "198.51.100.9"), 1);
    assert_eq!(seen("logged_in", "203.0.113.4"), 1);
    assert_eq!(seen("denied", "203.0.113.4"), 1);
    assert_eq!(seen("wrong_link", at), 1);
    assert_eq!(seen("forged", at), 1);
    for secret in ["secret wrong", STAFF_PASSWORD, "ann@", "nobody@", "made-up-token"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

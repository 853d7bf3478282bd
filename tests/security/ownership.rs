//! What belongs to an account is not found by another one.

use tradepost::routes::table;

use crate::support::database_dump::diff_dumps;
use crate::support::{Browser, TestShop};

const ADA: &str = "ada@lovelace.example";
const EVE: &str = "eve@lovelace.example";

const ADDRESS: &[(&str, &str)] =
    &[("name", "Ada Lovelace"), ("line1", "Torstraße 1"), ("postcode", "10119"), ("city", "Berlin"), ("country", "DE")];

/// Addresses of the account with something that belongs to the site: an identity provider.
const NOT_RECORDS: [&str; 1] = ["/account/identities/{id}/link"];

/// Ada's records, by the addresses under which she reaches them.
struct AdasRecords {
    address: String,
    session: String,
    passkey: String,
    identity: String,
}

impl AdasRecords {
    async fn create(shop: &TestShop) -> (Browser, AdasRecords) {
        let account = shop.create_customer(ADA, "Ada Lovelace").await;
        let ada = shop.log_in_customer(ADA).await;
        ada.post("/account/addresses/new", ADDRESS).await;
        let links = ada.get("/account/addresses").await.links();
        let is_address = |link: &&String| {
            link.strip_prefix("/account/addresses/").is_some_and(|id| id != "new" && !id.contains('/'))
        };
        let address = links.iter().find(is_address).expect("no address is listed").clone();
        let session = ada.get("/account/security").await.form("Log out: Unknown device").action;
        let session = session.strip_suffix("/end").unwrap().to_owned();
        // It asks for a second step at the next log-in.
        let passkey = shop.insert_passkey(account, "Ada's phone").await;
        let identity = shop.insert_identity(account).await;
        let identity = format!("/account/identities/{identity}");
        (ada, AdasRecords { address, session, passkey: format!("/account/passkeys/{passkey}"), identity })
    }

    /// The address of a route, for Ada's record.
    fn address_of(&self, pattern: &str) -> String {
        for (start, record) in [
            ("/account/addresses/{id}", &self.address),
            ("/account/security/sessions/{id}", &self.session),
            ("/account/passkeys/{id}", &self.passkey),
            ("/account/identities/{id}", &self.identity),
        ] {
            if let Some(rest) = pattern.strip_prefix(start) {
                return format!("{record}{rest}");
            }
        }
        panic!("{pattern} is about a record of the account: add one of Ada's here")
    }
}

#[actix_web::test]
async fn r29_no_record_of_another_account_is_found() {
    let shop = TestShop::new().await;
    let (ada, records) = AdasRecords::create(&shop).await;
    shop.create_customer(EVE, "Eve").await;
    let eve = shop.log_in_customer(EVE).await;
    let before = shop.dump_database().await;
    let mut tried = 0;
    let is_record = |path: &str| path.contains('{') && !NOT_RECORDS.contains(&path);
    for line in table().iter().filter(|line| line.access.starts_with("account") && is_record(line.path)) {
        let path = records.address_of(line.path);
        let page = match line.method {
            "GET" => eve.get_without_redirect(&path).await,
            _ => eve.post(&path, ADDRESS).await,
        };
        // Ending a session that is not there is no error: it has ended.
        let wanted = if line.path.ends_with("/end") { 303 } else { 404 };
        assert_eq!(page.status, wanted, "{} {}", line.method, line.path);
        tried += 1;
    }
    assert!(tried >= 7, "only {tried} routes were tried");
    assert_eq!(diff_dumps(&before, &shop.dump_database().await), "", "Eve changed something");
    assert_eq!(ada.get("/account").await.path, "/account", "Ada is still logged in");
    assert_eq!(ada.get(&records.address).await.status, 200);
    shop.run_jobs().await;
}

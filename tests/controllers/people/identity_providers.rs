//! The identity providers of a site, as its owner and admins set them up.

use diesel::prelude::*;
use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;
use tradepost::schema::identity_providers;

use crate::support::identity_provider::{
    ADA, CLIENT_SECRET, FakeIdentityProvider, PROVIDER_NAME, add_identity_provider,
};
use crate::support::{Browser, Page, TestShop};

async fn open(owner: &Browser) -> Page {
    owner.get("/admin/identity-providers").await.click_link(PROVIDER_NAME).await
}

async fn stored_secret(shop: &TestShop) -> String {
    let secret = identity_providers::table.select(identity_providers::client_secret);
    shop.read(move |conn| Ok(secret.first::<Option<String>>(conn)?)).await.unwrap()
}

#[actix_web::test]
async fn r66_the_client_secret_is_encrypted_never_shown_and_kept_when_left_empty() {
    let provider = FakeIdentityProvider::start();
    let (shop, owner) = TestShop::with_identity_provider(&provider).await;
    let before = stored_secret(&shop).await;
    assert!(before.starts_with("v1.") && !before.contains(CLIENT_SECRET), "{before}");
    let page = open(&owner).await;
    assert!(!String::from_utf8(page.body.clone()).unwrap().contains(CLIENT_SECRET));
    assert_eq!(page.text("[data-callback]"), "http://127.0.0.1/login/providers/callback");
    let page = page.form("Save").fill("name", "Harbour").submit().await;
    assert_eq!(page.path, "/admin/identity-providers");
    assert_eq!(stored_secret(&shop).await, before);
    let page = shop.visitor().get("/login").await.form("Log in with Harbour").submit().await;
    assert_eq!(page.status, 200, "the old secret still works");
    owner
        .get("/admin/identity-providers")
        .await
        .click_link("Harbour")
        .await
        .form("Save")
        .fill("client_secret", "another")
        .submit()
        .await;
    assert_ne!(stored_secret(&shop).await, before);
    let log = owner.get("/admin/audit?group=settings").await.text("main");
    assert!(log.contains("Client secret") && !log.contains("another"), "{log}");
}

#[actix_web::test]
async fn the_issuer_is_checked_when_it_is_saved() {
    let (provider, renamed) = (FakeIdentityProvider::start(), FakeIdentityProvider::start());
    renamed.rename();
    let (shop, owner) = TestShop::with_identity_provider(&provider).await;
    let slash = format!("{}/", provider.issuer);
    let nobody = "http://127.0.0.1:9";
    let cases = [
        (provider.issuer.as_str(), "There is an identity provider with this issuer already."),
        (slash.as_str(), "The provider calls itself something else."),
        (renamed.issuer.as_str(), "The provider calls itself something else."),
        (nobody, "No identity provider answers here."),
        ("http://id.example", "Enter an address that begins with https://"),
        ("file:///etc/passwd", "Enter an address that begins with https://"),
        ("not an address", "Enter an address that begins with https://"),
        ("", "Enter the issuer."),
    ];
    for (issuer, words) in cases {
        let form = owner.get("/admin/identity-providers/new").await.form("Save");
        let fields = [("name", "Second"), ("client_id", "shop"), ("issuer", issuer)];
        let page = form.fill_all(&fields).submit().await;
        assert_eq!(page.status, 422, "{issuer}");
        assert!(page.field_error("issuer").starts_with(words), "{issuer}: {}", page.field_error("issuer"));
    }
    provider.set_down(true);
    let page = open(&owner).await.form("Save").fill("name", "Other").submit().await;
    assert!(page.field_error("issuer").contains("No identity provider answers here."));
    let page = open(&owner).await.form("Save").choose("status", "inactive").submit().await;
    assert_eq!(page.path, "/admin/identity-providers", "a provider that is down can be switched off");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_site_on_the_internet_asks_no_address_of_its_own_network() {
    let provider = FakeIdentityProvider::start();
    let shop = TestShop::at_public_address().await;
    let client = &shop.app.identity_client;
    for issuer in [provider.issuer.as_str(), "https://localhost", "https://127.0.0.1:9000", "https://10.0.0.1"] {
        assert!(client.check_issuer(issuer).await.is_err(), "{issuer}");
    }
}

#[actix_web::test]
async fn only_the_owner_and_admins_set_up_identity_providers() {
    let provider = FakeIdentityProvider::start();
    let (shop, owner) = TestShop::with_identity_provider(&provider).await;
    let page = open(&owner).await;
    for role in [Role::ShopManager, Role::Editor, Role::Support] {
        let browser = shop.log_in_as(role).await;
        for path in ["/admin/identity-providers", "/admin/identity-providers/new", &page.path] {
            assert_eq!(browser.get(path).await.status, 403, "{} {path}", role.as_str());
        }
        assert_eq!(browser.post(&page.path, &[("name", "Mine")]).await.status, 403);
    }
    let admin = shop.log_in_as(Role::Admin).await;
    assert_eq!(
        open(&admin).await.form("Save").fill("name", "Harbour").submit().await.path,
        "/admin/identity-providers"
    );
    shop.advance_clock(SignedDuration::from_mins(11));
    let page = admin.get("/admin/identity-providers").await.click_link("Harbour").await.form("Save").submit().await;
    assert_eq!((page.status, page.text("h1").as_str()), (422, "Confirm that it is you"));
}

#[actix_web::test]
async fn two_people_who_edit_a_provider_do_not_undo_each_others_work() {
    let provider = FakeIdentityProvider::start();
    let (_shop, owner) = TestShop::with_identity_provider(&provider).await;
    let (first, second) = (open(&owner).await.form("Save"), open(&owner).await.form("Save"));
    first.fill("name", "Harbour").submit().await;
    let page = second.fill("name", "Port").submit().await;
    assert_eq!(page.status, 422);
    assert!(page.text("main").contains("This was changed after you opened the form"));
    assert!(page.text("main").contains("Harbour"));
}

#[actix_web::test]
async fn a_deleted_provider_leaves_the_accounts_and_logs_nobody_in() {
    let provider = FakeIdentityProvider::start();
    let (shop, owner) = TestShop::with_identity_provider(&provider).await;
    let browser = shop.visitor();
    assert_eq!(provider.log_in(&browser, &ADA).await.path, "/account");
    assert!(owner.get("/admin/identity-providers").await.text("tbody").contains('1'));
    let page = open(&owner).await.form("Delete identity provider").submit().await;
    assert_eq!(page.path, "/admin/identity-providers");
    assert!(page.text("main").contains("No identity providers yet"));
    assert!(!shop.visitor().get("/login").await.text("main").contains(PROVIDER_NAME));
    assert_eq!(browser.get("/account").await.path, "/account", "who is logged in stays so");
    assert_eq!(add_identity_provider(&owner, &provider).await.path, "/admin/identity-providers");
    let page = provider.log_in(&shop.visitor(), &ADA).await;
    assert!(page.text("#flash").contains("There is an account with your email address already"));
    shop.run_jobs().await;
}

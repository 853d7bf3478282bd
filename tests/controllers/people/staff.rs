//! Roles and status of staff, and the ownership of the site (R17, R26, R31).

use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::support::email_address::EmailAddress;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, TestShop};

/// The page of a member of staff.
pub async fn staff_path(shop: &TestShop, email: &str) -> String {
    let address = EmailAddress::parse(email).unwrap();
    let account = shop.read(move |conn| Account::find_by_email(conn, &address)).await.unwrap();
    format!("/admin/staff/{}", account.public_id)
}

async fn is_logged_in(browser: &Browser) -> bool {
    browser.get("/admin").await.path == "/admin"
}

#[actix_web::test]
async fn r26_r31_a_new_role_acts_at_once_and_ends_the_sessions() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let editor = shop.log_in_as(Role::Editor).await;
    let path = staff_path(&shop, "editor@kestrel.example").await;
    assert_eq!(editor.get("/admin/orders").await.status, 403);
    let page = owner.get(&path).await.form("Save").choose("role", "support").submit().await;
    assert_eq!(page.path, "/admin/staff");
    assert!(page.text("[role=status]").contains("Saved"));
    assert!(!is_logged_in(&editor).await);
    editor.log_in("editor@kestrel.example", STAFF_PASSWORD).await;
    assert_eq!(editor.get("/admin/orders").await.status, 200);
    assert_eq!(editor.get("/admin/posts").await.status, 403);
    shop.run_jobs().await;
    let told = shop.outbox_summary().await;
    let expected = ["Your role at Kestrel has changed", "New log-in to your account"];
    assert_eq!(told, expected.map(|subject| format!("editor@kestrel.example: {subject}")));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r26_a_suspended_person_is_out_at_once_until_activated() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let editor = shop.log_in_as(Role::Editor).await;
    let path = staff_path(&shop, "editor@kestrel.example").await;
    owner.get(&path).await.form("Save").choose("status", "suspended").submit().await;
    assert!(!is_logged_in(&editor).await);
    assert_eq!(editor.log_in("editor@kestrel.example", STAFF_PASSWORD).await.status, 422);
    owner.get(&path).await.form("Save").choose("status", "active").submit().await;
    assert_eq!(editor.log_in("editor@kestrel.example", STAFF_PASSWORD).await.status, 200);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn r31_nobody_changes_themselves_or_somebody_higher() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let admin = shop.log_in_as(Role::Admin).await;
    shop.create_account("second@kestrel.example", Role::Admin).await;
    shop.create_account("ed@kestrel.example", Role::Editor).await;
    for (browser, email) in [
        (&owner, "owner@kestrel.example"),
        (&admin, "owner@kestrel.example"),
        (&admin, "admin@kestrel.example"),
        (&admin, "second@kestrel.example"),
    ] {
        let path = staff_path(&shop, email).await;
        assert!(browser.get(&path).await.forms("Save").is_empty(), "{email}");
        let fields = [("role", "support"), ("status", "suspended"), ("lock_version", "1")];
        let page = browser.post(&path, &fields).await;
        assert_eq!(page.status, 422, "{email}");
    }
    let path = staff_path(&shop, "ed@kestrel.example").await;
    let to_owner = [("role", "owner"), ("status", "active"), ("lock_version", "1")];
    assert_eq!(admin.post(&path, &to_owner).await.status, 422, "an owner is only made by a transfer");
    let page = admin.get(&path).await.form("Save").choose("role", "admin").submit().await;
    assert_eq!(page.path, "/admin/staff", "an admin may make another one");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn two_changes_of_one_person_are_compared() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.create_account("ed@kestrel.example", Role::Editor).await;
    let path = staff_path(&shop, "ed@kestrel.example").await;
    let first = owner.get(&path).await;
    let second = owner.get(&path).await;
    first.form("Save").choose("role", "author").submit().await;
    let page = second.form("Save").choose("role", "support").submit().await;
    assert_eq!(page.status, 422);
    assert!(page.text("#problems").contains("This was changed after you opened the form"));
    shop.run_jobs().await;
}

#[actix_web::test]
async fn r31_the_ownership_is_transferred_to_one_admin_only() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let admin = shop.log_in_as(Role::Admin).await;
    shop.create_account("second@kestrel.example", Role::Admin).await;
    shop.create_account("ed@kestrel.example", Role::Editor).await;
    let first = format!("{}/ownership", staff_path(&shop, "admin@kestrel.example").await);
    let second = format!("{}/ownership", staff_path(&shop, "second@kestrel.example").await);
    let editor = format!("{}/ownership", staff_path(&shop, "ed@kestrel.example").await);
    let page = admin.post(&first, &[]).await;
    let page = admin.follow_redirects(page).await;
    assert!(page.text("[role=alert]").contains("role"), "{}", page.text("main"));
    owner.post(&editor, &[]).await;
    let twin = owner.with_same_cookies();
    join_all([owner.post(&first, &[]), twin.post(&second, &[])]).await;
    let staff = shop.read(Account::list_staff).await;
    let owners: Vec<&str> = staff.iter().filter(|(_, role)| role == "owner").map(|(a, _)| a.email.as_str()).collect();
    assert!(owners == ["admin@kestrel.example"] || owners == ["second@kestrel.example"], "{owners:?}");
    let admins = staff.iter().filter(|(_, role)| role == "admin").count();
    assert_eq!(admins, 2, "the former owner is an admin");
    assert!(!is_logged_in(&admin).await || owners == ["second@kestrel.example"], "the new owner logs in again");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r17_a_change_of_staff_needs_a_fresh_password() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.create_account("ed@kestrel.example", Role::Editor).await;
    let path = staff_path(&shop, "ed@kestrel.example").await;
    let page = owner.get(&path).await;
    shop.advance_clock(SignedDuration::from_mins(11));
    let page = page.form("Save").choose("role", "author").submit().await;
    assert_eq!(page.text("h1"), "Confirm that it is you");
    let page = page.form("Continue").fill("confirm_password", STAFF_PASSWORD).submit().await;
    assert_eq!(page.path, "/admin/staff");
    let staff = shop.read(Account::list_staff).await;
    assert!(staff.iter().any(|(account, role)| account.email == "ed@kestrel.example" && role == "author"));
    shop.run_jobs().await;
}

/// R31: an admin reads the outbox, but cannot become the owner with a link that was mailed to them.
#[actix_web::test]
async fn an_admin_cannot_use_links_to_the_owners_account() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let admin = shop.log_in_as(Role::Admin).await;
    shop.visitor()
        .get("/password/forgot")
        .await
        .form("Send me a link")
        .fill("email", "owner@kestrel.example")
        .submit()
        .await;
    shop.run_jobs().await;
    let path = owner.get("/admin/outbox").await.attr("tbody th a", "href").expect("no email");
    let body = format!("{path}/body");
    assert!(!String::from_utf8_lossy(&owner.get(&body).await.body).contains("?token=…"), "the owner has the link");
    for page in [admin.get(&body).await, admin.get(&path).await] {
        let text = String::from_utf8_lossy(&page.body).into_owned();
        assert!(!text.contains("?token=") || text.contains("?token=…"), "{text}");
    }
    let moved = admin.post(&format!("{path}/address"), &[("email", "admin@kestrel.example")]).await;
    assert_eq!(moved.status, 403, "{}", moved.path);
}

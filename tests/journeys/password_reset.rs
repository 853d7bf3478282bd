//! Password reset by a link from the command line.

use jiff::SignedDuration;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Actor;
use tradepost::support::email_address::EmailAddress;

use crate::support::TestShop;
use crate::support::shop::STAFF_PASSWORD;

async fn create_reset_link(shop: &TestShop) -> String {
    let address = EmailAddress::parse("editor@kestrel.example").unwrap();
    let token = shop.write(move |tx| Account::issue_reset_token(tx, &address, &Actor::CommandLine)).await;
    format!("/password/reset?token={token}")
}

#[actix_web::test]
async fn a_reset_link_works_once() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    assert!(editor.get("/").await.has(".staff-bar"));
    let path = create_reset_link(&shop).await;
    for _ in 0..2 {
        assert_eq!(shop.visitor().get(&path).await.status, 200, "looking does not use it up");
    }
    let page = shop.visitor().get(&path).await;
    let page = page.form("Set password").fill("password", "short").submit().await;
    assert_eq!(page.status, 422);
    assert!(page.field_error("password").contains("at least 12"));
    let page = page.form("Set password").fill("password", "nine lemons under water").submit().await;
    assert_eq!((page.status, page.path.as_str()), (200, "/login"));
    assert!(page.text("[role=status]").contains("Your password was changed"));

    let void = shop.visitor().get_without_redirect(&path).await;
    assert_eq!((void.status, void.text("h1").as_str()), (410, "This link no longer works"));
    assert!(!editor.get("/").await.has(".staff-bar"), "old sessions have ended");
    assert_eq!(shop.visitor().log_in("editor@kestrel.example", STAFF_PASSWORD).await.status, 422);
    let back = shop.visitor();
    back.log_in("editor@kestrel.example", "nine lemons under water").await;
    assert!(back.get("/").await.has(".staff-bar"));
}

#[actix_web::test]
async fn the_reset_token_is_removed_from_the_url_and_sends_no_referrer() {
    let shop = TestShop::new().await;
    shop.create_account("editor@kestrel.example", Role::Editor).await;
    let path = create_reset_link(&shop).await;
    let token = path.rsplit_once('=').unwrap().1.to_owned();
    let visitor = shop.visitor();
    let moved = visitor.get_without_redirect(&path).await;
    assert_eq!((moved.status, moved.location()), (303, "/password/reset"));
    let page = visitor.get_without_redirect("/password/reset").await;
    for response in [&moved, &page] {
        assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(response.header("x-robots-tag"), Some("noindex"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    let cookie = moved.header("set-cookie").unwrap();
    for word in ["tp-reset=", "HttpOnly", "SameSite=Lax", "Max-Age=900", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(!String::from_utf8(page.body.clone()).unwrap().contains(&token));
    assert_eq!(
        shop.visitor().get_without_redirect("/password/reset").await.status,
        410,
        "the clean address alone opens nothing"
    );
    let done = page.form("Set password").fill("password", "nine lemons under water").submit_without_redirect().await;
    assert_eq!((done.status, done.location()), (303, "/login"));
    assert!(!visitor.cookies().contains_key("tp-reset"), "the token is gone");
    assert_eq!(visitor.get_without_redirect("/password/reset").await.status, 410);
}

#[actix_web::test]
async fn the_reset_token_may_be_posted() {
    let shop = TestShop::new().await;
    shop.create_account("editor@kestrel.example", Role::Editor).await;
    let path = create_reset_link(&shop).await;
    let token = path.rsplit_once('=').unwrap().1;
    let fields = |password| [("token", token), ("password", password)];
    let script = shop.visitor();
    let page = script.post("/password/reset", &fields("short")).await;
    assert_eq!((page.status, page.field_value("token").as_str()), (422, token));
    assert_eq!(script.post("/password/reset", &fields("nine lemons under water")).await.location(), "/login");
    assert_eq!(script.post("/password/reset", &fields("ten lemons under water")).await.status, 410);
}

#[actix_web::test]
async fn r13_weak_passwords_are_refused_and_any_input_renders() {
    let shop = TestShop::new().await;
    shop.update_settings(|settings| settings.site_name = "Northbound Roastery".to_owned()).await;
    shop.create_account("editor@kestrel.example", Role::Editor).await;
    let (twelves, long) = ("12".repeat(50), "x".repeat(2000));
    let weak = ["Northbound 12", "roasteryroastery", "kestrel.example", "editor@kestrel.example", &twelves, &long];
    let (visitor, path) = (shop.visitor(), create_reset_link(&shop).await);
    visitor.get(&path).await;
    for password in weak {
        let page = visitor.post("/password/reset", &[("password", password)]).await;
        assert_eq!(page.status, 422, "{password}");
        assert!(!page.field_error("password").is_empty());
    }
    shop.advance_clock(SignedDuration::from_mins(1));
    let done = visitor.post("/password/reset", &[("password", "nine lemons under water")]).await;
    assert_eq!(done.location(), "/login");
}

#[actix_web::test]
async fn concurrent_uses_of_a_reset_link_set_one_password() {
    let shop = TestShop::new().await;
    shop.create_account("editor@kestrel.example", Role::Editor).await;
    let path = create_reset_link(&shop).await;
    let token = path.rsplit_once('=').unwrap().1;
    let fields = [("token", token), ("password", "nine lemons under water")];
    let browsers: Vec<_> = (0..8).map(|_| shop.visitor()).collect();
    let pages = futures_util::future::join_all(browsers.iter().map(|b| b.post("/password/reset", &fields))).await;
    let mut responses: Vec<u16> = pages.iter().map(|page| page.status).collect();
    responses.sort_unstable();
    assert_eq!(responses, [303, 410, 410, 410, 410, 410, 410, 410]);
}

#[actix_web::test]
async fn repeated_use_of_a_reset_link_is_throttled() {
    let shop = TestShop::new().await;
    shop.create_account("editor@kestrel.example", Role::Editor).await;
    let (visitor, path) = (shop.visitor(), create_reset_link(&shop).await);
    visitor.get(&path).await;
    let mut responses = Vec::new();
    for _ in 0..12 {
        responses.push(visitor.post("/password/reset", &[("password", "password1234")]).await.status);
    }
    assert_eq!(responses, [[422; 10].to_vec(), [429; 2].to_vec()].concat());
    shop.advance_clock(SignedDuration::from_secs(10));
    let done = visitor.post("/password/reset", &[("password", "nine lemons under water")]).await;
    assert_eq!(done.location(), "/login");
}

#[actix_web::test]
async fn a_new_password_invalidates_old_device_cookies() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    let old = editor.cookies().remove("tp-device").unwrap();
    let (visitor, path) = (shop.visitor().with_ip("192.0.2.7"), create_reset_link(&shop).await);
    visitor.get(&path).await;
    visitor.post("/password/reset", &[("password", "nine lemons under water")]).await;
    for at in 0..31 {
        let stranger = shop.visitor().with_ip("192.0.2.66");
        stranger.post("/login", &[("email", &format!("nobody{at}@a.example")), ("password", "wrong words")]).await;
    }
    let fields = [("email", "editor@kestrel.example"), ("password", "nine lemons under water")];
    let before = visitor.new_on_same_ip();
    before.set_cookie("tp-device", &old);
    assert_eq!(before.post("/login", &fields).await.status, 429);
    assert_eq!(visitor.post("/login", &fields).await.status, 303);
}

#[actix_web::test]
async fn a_reset_link_expires_after_fifteen_minutes_or_with_the_next_one() {
    let shop = TestShop::new().await;
    shop.create_account("editor@kestrel.example", Role::Editor).await;
    let (first, second) = (create_reset_link(&shop).await, create_reset_link(&shop).await);
    assert_eq!(shop.visitor().get_without_redirect(&first).await.status, 410);
    let open = shop.visitor().get(&second).await;
    assert_eq!(open.status, 200);
    shop.advance_clock(SignedDuration::from_mins(16));
    assert_eq!(shop.visitor().get_without_redirect(&second).await.status, 410);
    assert_eq!(open.form("Set password").fill("password", "nine lemons under water").submit().await.status, 410);
}

//! Somebody has forgotten their password and asks the person at the machine for a link.

use jiff::SignedDuration;
use tradepost::models::account::Account;
use tradepost::models::account::roles::Role;
use tradepost::models::fact::Actor;
use tradepost::support::email_address::EmailAddress;

use crate::support::TestShop;
use crate::support::shop::PASSWORD;

async fn link(shop: &TestShop) -> String {
    let address = EmailAddress::parse("editor@kestrel.example").unwrap();
    let token = shop.write(move |tx| Account::reset_token(tx, &address, &Actor::CommandLine)).await;
    format!("/password/reset?token={token}")
}

#[actix_web::test]
async fn a_link_sets_a_new_password_once() {
    let shop = TestShop::new().await;
    let editor = shop.staff(Role::Editor).await;
    assert!(editor.get("/").await.has(".owner-bar"));
    let path = link(&shop).await;
    for _ in 0..2 {
        assert_eq!(shop.visitor().get(&path).await.status, 200, "looking does not use it up");
    }
    let page = shop.visitor().get(&path).await;
    let page = page.form("Save the password").fill("password", "short").send().await;
    assert_eq!(page.status, 422);
    assert!(page.error("password").contains("at least 12"));
    let page = page.form("Save the password").fill("password", "nine lemons under water").send().await;
    assert_eq!((page.status, page.path.as_str()), (200, "/login"));
    assert!(page.text("[role=status]").contains("Your new password is set"));

    let void = shop.visitor().ask(&path).await;
    assert_eq!((void.status, void.text("h1").as_str()), (410, "This link no longer works"));
    assert!(!editor.get("/").await.has(".owner-bar"), "old sessions have ended");
    assert_eq!(shop.visitor().log_in("editor@kestrel.example", PASSWORD).await.status, 422);
    let back = shop.visitor();
    back.log_in("editor@kestrel.example", "nine lemons under water").await;
    assert!(back.get("/").await.has(".owner-bar"));
}

#[actix_web::test]
async fn a_link_is_void_after_a_quarter_of_an_hour_and_after_the_next_one() {
    let shop = TestShop::new().await;
    shop.account("editor@kestrel.example", Role::Editor).await;
    let (first, second) = (link(&shop).await, link(&shop).await);
    assert_eq!(shop.visitor().ask(&first).await.status, 410);
    let open = shop.visitor().get(&second).await;
    assert_eq!(open.status, 200);
    shop.wait(SignedDuration::from_mins(16));
    assert_eq!(shop.visitor().ask(&second).await.status, 410);
    assert_eq!(open.form("Save the password").fill("password", "nine lemons under water").send().await.status, 410);
}

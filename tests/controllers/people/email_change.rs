//! A new email address: confirmed by the new one, taken back by the old one.

use jiff::SignedDuration;

use crate::support::customers::CUSTOMER_PASSWORD;
use crate::support::{Browser, TestShop};

const OLD: &str = "ada@lovelace.example";
const NEW: &str = "ada@byron.example";

async fn ask_for_change(browser: &Browser, to: &str) {
    let page = browser.get("/account/email").await.form("Send confirmation").fill("email", to).submit().await;
    assert_eq!(page.path, "/account/profile", "{}", page.text("main"));
}

#[actix_web::test]
async fn the_new_address_counts_once_it_is_confirmed() {
    let shop = TestShop::new().await;
    shop.create_customer(OLD, "Ada Lovelace").await;
    let ada = shop.log_in_customer(OLD).await;
    ask_for_change(&ada, NEW).await;
    shop.run_jobs().await;
    assert!(ada.get("/account/profile").await.text("main").contains(OLD), "until then nothing changes");
    let link = shop.latest_link(NEW).await;
    let page = ada.get(&link).await;
    let page = page.form("Confirm address").submit().await;
    assert_eq!(page.path, "/account/profile");
    assert!(page.text("main").contains(NEW));
    assert_eq!(shop.visitor().get_without_redirect(&link).await.status, 410, "R18: it works once");
    assert_eq!(shop.visitor().log_in(OLD, CUSTOMER_PASSWORD).await.status, 422);
    shop.log_in_customer(NEW).await;
    shop.run_jobs().await;
    assert!(shop.outbox_summary().await.contains(&format!("{OLD}: Your email address at Kestrel was changed")), "R17");
}

/// R17.
#[actix_web::test]
async fn the_old_address_takes_the_change_back_within_three_days() {
    let shop = TestShop::new().await;
    shop.create_customer(OLD, "Ada Lovelace").await;
    let thief = shop.log_in_customer(OLD).await;
    ask_for_change(&thief, NEW).await;
    shop.run_jobs().await;
    thief.get(&shop.latest_link(NEW).await).await.form("Confirm address").submit().await;
    shop.run_jobs().await;
    let link = shop.latest_link(OLD).await;
    shop.advance_clock(SignedDuration::from_hours(71));
    let page = shop.visitor().get(&link).await;
    assert!(page.text("main").contains(OLD));
    let page = page.form("Undo").submit().await;
    assert_eq!(page.path, "/password/forgot", "the password may be known to others");
    assert_eq!(thief.get("/account").await.path.split('?').next(), Some("/login"), "R26: everyone is logged out");
    assert_eq!(shop.visitor().log_in(NEW, CUSTOMER_PASSWORD).await.status, 422);
    shop.log_in_customer(OLD).await;
    assert_eq!(shop.visitor().get_without_redirect(&link).await.status, 410);
}

#[actix_web::test]
async fn a_change_is_not_taken_back_after_three_days() {
    let shop = TestShop::new().await;
    shop.create_customer(OLD, "Ada Lovelace").await;
    let ada = shop.log_in_customer(OLD).await;
    ask_for_change(&ada, NEW).await;
    shop.run_jobs().await;
    ada.get(&shop.latest_link(NEW).await).await.form("Confirm address").submit().await;
    shop.run_jobs().await;
    shop.advance_clock(SignedDuration::from_hours(73));
    assert_eq!(shop.visitor().get_without_redirect(&shop.latest_link(OLD).await).await.status, 410);
}

/// R16: the person who asks does not learn that the address has an account.
#[actix_web::test]
async fn an_address_with_an_account_cannot_be_taken_over() {
    let shop = TestShop::new().await;
    shop.create_customer(OLD, "Ada Lovelace").await;
    shop.create_customer("grace@hopper.example", "Grace Hopper").await;
    let ada = shop.log_in_customer(OLD).await;
    ask_for_change(&ada, "grace@hopper.example").await;
    shop.run_jobs().await;
    assert_eq!(shop.outbox_summary().await, ["grace@hopper.example: You already have an account at Kestrel"]);
}

/// R17.
#[actix_web::test]
async fn a_change_needs_a_password_that_was_entered_lately() {
    let shop = TestShop::new().await;
    shop.create_customer(OLD, "Ada Lovelace").await;
    let ada = shop.log_in_customer(OLD).await;
    shop.advance_clock(SignedDuration::from_mins(11));
    let page = ada.get("/account/email").await.form("Send confirmation").fill("email", NEW).submit().await;
    assert_eq!((page.status, page.text("h1").as_str()), (422, "Confirm that it is you"));
    let page = page.form("Continue").fill("confirm_password", CUSTOMER_PASSWORD).submit().await;
    assert_eq!(page.path, "/account/profile");
    shop.run_jobs().await;
    shop.latest_link(NEW).await;
}

/// R18: other links that were sent before stop working.
#[actix_web::test]
async fn outstanding_links_end_with_the_old_address() {
    let shop = TestShop::new().await;
    shop.create_customer(OLD, "Ada Lovelace").await;
    let ada = shop.log_in_customer(OLD).await;
    shop.visitor().get("/password/forgot").await.form("Send me a link").fill("email", OLD).submit().await;
    shop.run_jobs().await;
    let reset = shop.latest_link(OLD).await;
    ask_for_change(&ada, NEW).await;
    shop.run_jobs().await;
    ada.get(&shop.latest_link(NEW).await).await.form("Confirm address").submit().await;
    assert_eq!(shop.visitor().get_without_redirect(&reset).await.status, 410);
    shop.run_jobs().await;
}

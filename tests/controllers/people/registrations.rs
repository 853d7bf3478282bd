//! Registration of customers: the account exists once its address is confirmed, and nobody learns which addresses have
//! one.

use jiff::SignedDuration;

use crate::support::customers::CUSTOMER_PASSWORD;
use crate::support::{Browser, Page, TestShop};

const ADA: &str = "ada@lovelace.example";

async fn register(browser: &Browser, email: &str, password: &str) -> Page {
    let form = browser.get("/register").await.form("Create account");
    form.fill_all(&[("name", "Ada Lovelace"), ("email", email), ("password", password)]).submit().await
}

#[actix_web::test]
async fn an_account_exists_once_its_address_is_confirmed() {
    let shop = TestShop::new().await;
    let ada = shop.visitor();
    let page = register(&ada, ADA, CUSTOMER_PASSWORD).await;
    assert_eq!((page.status, page.path.as_str()), (200, "/login"));
    assert!(page.text("[role=status]").contains("We have sent you an email"));
    assert_eq!(ada.log_in(ADA, CUSTOMER_PASSWORD).await.status, 422, "there is no account yet");
    shop.run_jobs().await;
    let link = shop.latest_link(ADA).await;
    for _ in 0..2 {
        let moved = ada.get_without_redirect(&link).await;
        assert_eq!((moved.status, moved.location()), (303, "/register/confirm"), "R18: the token leaves the address");
        assert_eq!(moved.header("referrer-policy"), Some("no-referrer"));
    }
    assert_eq!(ada.log_in(ADA, CUSTOMER_PASSWORD).await.status, 422, "looking confirms nothing");
    let page = ada.get(&link).await;
    assert!(page.text("main").contains(ADA));
    let page = page.form("Confirm account").submit().await;
    assert_eq!(page.path, "/login");
    assert!(page.text("[role=status]").contains("Your account is ready"));
    assert_eq!(ada.log_in(ADA, CUSTOMER_PASSWORD).await.path, "/account");
    assert_eq!(shop.visitor().get_without_redirect(&link).await.status, 410, "R18: it works once");
}

/// The row of a confirmed registration is deleted; another one must not pass for it.
#[actix_web::test]
async fn each_registration_gets_its_email_after_others_were_confirmed() {
    let shop = TestShop::new().await;
    for email in [ADA, "grace@hopper.example", "emmy@noether.example"] {
        let visitor = shop.visitor();
        register(&visitor, email, CUSTOMER_PASSWORD).await;
        shop.run_jobs().await;
        visitor.get(&shop.latest_link(email).await).await.form("Confirm account").submit().await;
        assert_eq!(visitor.log_in(email, CUSTOMER_PASSWORD).await.path, "/account");
    }
}

/// R16.
#[actix_web::test]
async fn known_and_unknown_addresses_get_the_same_answer_and_another_email() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let mut answers = Vec::new();
    for email in [ADA, "grace@hopper.example"] {
        let page = register(&shop.visitor(), email, "another copper lantern").await;
        answers.push((page.status, page.path.clone(), page.text("main")));
    }
    assert_eq!(answers[0], answers[1]);
    shop.run_jobs().await;
    assert_eq!(
        shop.outbox_summary().await,
        [
            "ada@lovelace.example: You already have an account at Kestrel",
            "grace@hopper.example: Confirm your account at Kestrel"
        ]
    );
    assert_eq!(shop.visitor().log_in(ADA, "another copper lantern").await.status, 422, "nothing has changed");
    shop.log_in_customer(ADA).await;
}

#[actix_web::test]
async fn a_refused_registration_comes_back_as_typed() {
    let shop = TestShop::new().await;
    let page = register(&shop.visitor(), "ada", "short").await;
    assert_eq!(page.status, 422);
    assert_eq!((page.field_value("name").as_str(), page.field_value("email").as_str()), ("Ada Lovelace", "ada"));
    assert_eq!(page.field_value("password"), "");
    for (password, words) in [("short", "at least 8"), ("password", "too easy"), ("lovelace", "too easy")] {
        let page = register(&shop.visitor(), ADA, password).await;
        assert_eq!(page.status, 422, "R13: {password}");
        assert!(page.field_error("password").contains(words), "{password}: {}", page.field_error("password"));
    }
    shop.run_jobs().await;
    assert_eq!(shop.count_emails_to(ADA).await, 0);
}

#[actix_web::test]
async fn a_registration_expires_after_a_day() {
    let shop = TestShop::new().await;
    let ada = shop.visitor();
    register(&ada, ADA, CUSTOMER_PASSWORD).await;
    shop.run_jobs().await;
    let page = ada.get(&shop.latest_link(ADA).await).await;
    shop.advance_clock(SignedDuration::from_hours(25));
    assert_eq!(page.form("Confirm account").submit().await.status, 410);
    assert_eq!(ada.log_in(ADA, CUSTOMER_PASSWORD).await.status, 422);
}

#[actix_web::test]
async fn an_address_gets_few_emails_and_a_network_few_answers() {
    let shop = TestShop::new().await;
    let fields = [("name", "Ada"), ("email", ADA), ("password", CUSTOMER_PASSWORD)];
    let mut responses = Vec::new();
    for _ in 0..31 {
        responses.push(shop.visitor().with_ip("192.0.2.7").post("/register", &fields).await.status);
    }
    assert_eq!(responses, [[303; 30].to_vec(), vec![429]].concat(), "R15");
    shop.run_jobs().await;
    assert_eq!(shop.count_emails_to(ADA).await, 5, "nobody floods a mailbox");
}

#[actix_web::test]
async fn the_log_in_after_a_registration_leads_back() {
    let shop = TestShop::new().await;
    let ada = shop.visitor();
    let form = ada.get("/register?next=/cart").await.form("Create account");
    form.fill_all(&[("name", "Ada"), ("email", ADA), ("password", CUSTOMER_PASSWORD)]).submit().await;
    shop.run_jobs().await;
    let page = ada.get(&shop.latest_link(ADA).await).await.form("Confirm account").submit().await;
    let fields = [("email", ADA), ("password", CUSTOMER_PASSWORD)];
    assert_eq!(page.form("Log in").fill_all(&fields).submit().await.path, "/cart");
}

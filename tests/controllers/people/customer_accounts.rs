//! The account of a customer: log-in by code, passwords, sessions, privacy, and what it does not reach.

use jiff::SignedDuration;
use serde_json::Value;
use tradepost::models::people::account::roles::Role;
use tradepost::routes::table;

use crate::routes::fill_parameters;
use crate::support::customers::CUSTOMER_PASSWORD;
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, Page, TestShop, fill_checkout};

const ADA: &str = "ada@lovelace.example";
const NEW_PASSWORD: &str = "nine lemons under water";

async fn ask_for_code(browser: &Browser, email: &str) -> Page {
    browser.get("/login/code").await.form("Send me a code").fill("email", email).submit().await
}

#[actix_web::test]
async fn a_customer_reaches_no_page_of_the_admin() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.log_in_customer(ADA).await;
    let mut tried = 0;
    for line in table().iter().filter(|line| line.path == "/admin" || line.path.starts_with("/admin/")) {
        let path = fill_parameters(line.path);
        let page = match line.method {
            "GET" => ada.get_without_redirect(&path).await,
            _ => ada.post(&path, &[]).await,
        };
        assert_eq!(page.status, 403, "R28: {} {path}", line.method);
        tried += 1;
    }
    assert!(tried > 80, "{tried}");
}

#[actix_web::test]
async fn a_code_logs_in_once_in_the_browser_that_asked() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.visitor();
    let page = ask_for_code(&ada, ADA).await;
    assert_eq!(page.path, "/login/code/confirm");
    shop.run_jobs().await;
    let (code, link) = (shop.latest_code(ADA).await, shop.latest_link(ADA).await);
    let other = shop.visitor();
    ask_for_code(&other, "nobody@lovelace.example").await;
    let page = other.get(&link).await;
    assert_eq!(page.forms("Log in").len(), 0, "R19: another browser cannot use the link");
    assert_eq!(page.form("Continue").fill("code", &code).submit().await.status, 422, "nor the code");
    let typed = code.to_lowercase().replace('-', " ");
    let page = ada.get("/login/code/confirm").await.form("Continue").fill("code", &typed).submit().await;
    assert_eq!(page.path, "/account", "{}", page.text("main"));
    let again = ada.with_same_cookies();
    again.remove_cookie("tp");
    let page = again.get("/login/code/confirm").await.form("Continue").fill("code", &code).submit().await;
    assert_eq!(page.status, 422, "it works once");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn the_link_of_a_code_has_a_button() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.visitor();
    ask_for_code(&ada, ADA).await;
    shop.run_jobs().await;
    let link = shop.latest_link(ADA).await;
    ada.get(&link).await;
    let page = ada.get(&link).await;
    assert_eq!(page.form("Log in").submit().await.path, "/account");
}

/// R15: a try is counted before it is checked.
#[actix_web::test]
async fn five_wrong_codes_end_a_code_and_ten_minutes_too() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    for (wrong, minutes, status) in [(4, 9, 200), (5, 0, 422), (0, 11, 422)] {
        let ada = shop.visitor();
        ask_for_code(&ada, ADA).await;
        shop.run_jobs().await;
        let code = shop.latest_code(ADA).await;
        for _ in 0..wrong {
            let page = ada.get("/login/code/confirm").await.form("Continue").fill("code", "0000-0000").submit().await;
            assert_eq!(page.status, 422);
            assert!(page.field_error("code").contains("wrong or no longer works"));
        }
        shop.advance_clock(SignedDuration::from_mins(minutes));
        let page = ada.get("/login/code/confirm").await.form("Continue").fill("code", &code).submit().await;
        assert_eq!(page.status, status, "{wrong} wrong codes, {minutes} minutes");
    }
}

/// R16.
#[actix_web::test]
async fn requests_for_links_and_codes_say_nothing_about_an_address() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    shop.create_account("editor@kestrel.example", Role::Editor).await;
    for (path, button) in [("/password/forgot", "Send me a link"), ("/login/code", "Send me a code")] {
        let mut answers = Vec::new();
        for email in [ADA, "editor@kestrel.example", "nobody@lovelace.example"] {
            let page = shop.visitor().get(path).await.form(button).fill("email", email).submit().await;
            answers.push((page.status, page.path.clone(), page.text("main")));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{path}: {answers:#?}");
    }
    shop.run_jobs().await;
    assert_eq!(
        shop.outbox_summary().await,
        [
            "ada@lovelace.example: Choose a new password for Kestrel",
            "editor@kestrel.example: Choose a new password for Kestrel",
            "ada@lovelace.example: Log in to Kestrel"
        ],
        "staff log in with their password"
    );
}

#[actix_web::test]
async fn a_forgotten_password_is_replaced_by_a_mailed_link() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let before = shop.log_in_customer(ADA).await;
    let ada = shop.visitor();
    ada.get("/login").await.click_link("Forgot your password?").await;
    ada.get("/password/forgot").await.form("Send me a link").fill("email", ADA).submit().await;
    shop.run_jobs().await;
    let page = ada.get(&shop.latest_link(ADA).await).await;
    let page = page.form("Set password").fill("password", "short").submit().await;
    assert!(page.field_error("password").contains("at least 8"), "R13: {}", page.field_error("password"));
    assert_eq!(page.form("Set password").fill("password", "copper kettle").submit().await.path, "/login");
    assert_eq!(before.get("/account").await.path.split('?').next(), Some("/login"), "R18: old sessions have ended");
    assert_eq!(ada.log_in(ADA, "copper kettle").await.path, "/account");
    shop.run_jobs().await;
    assert!(shop.outbox_summary().await.contains(&format!("{ADA}: Your password was changed")), "R22");
}

#[actix_web::test]
async fn a_new_password_ends_the_other_sessions() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let (ada, phone) = (shop.log_in_customer(ADA).await, shop.log_in_customer(ADA).await);
    let form = || async { ada.get("/account/password").await.form("Change password") };
    let wrong = [("current_password", "wrong lantern"), ("password", NEW_PASSWORD)];
    let page = form().await.fill_all(&wrong).submit().await;
    assert_eq!((page.status, page.field_error("current_password").as_str()), (422, "Incorrect password."));
    let page = form().await.fill_all(&[("current_password", CUSTOMER_PASSWORD), ("password", "short")]).submit().await;
    assert!(page.field_error("password").contains("at least 8"));
    let right = [("current_password", CUSTOMER_PASSWORD), ("password", NEW_PASSWORD)];
    let page = form().await.fill_all(&right).submit().await;
    assert_eq!(page.path, "/account/security");
    assert_eq!(ada.get("/account").await.path, "/account", "this session goes on");
    assert_eq!(phone.get("/account").await.path.split('?').next(), Some("/login"), "R26: the other has ended");
    assert_eq!(shop.visitor().log_in(ADA, CUSTOMER_PASSWORD).await.status, 422);
    assert_eq!(shop.visitor().log_in(ADA, NEW_PASSWORD).await.path, "/account");
    shop.run_jobs().await;
    assert!(shop.outbox_summary().await.contains(&format!("{ADA}: Your password was changed")), "R22");
}

/// R26.
#[actix_web::test]
async fn sessions_are_listed_and_ended() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let (ada, phone, tablet) =
        (shop.log_in_customer(ADA).await, shop.log_in_customer(ADA).await, shop.log_in_customer(ADA).await);
    let page = ada.get("/account/security").await;
    assert_eq!(page.texts(".account-cards li").len(), 3);
    assert_eq!(page.texts(".account-cards .pill"), ["This device"]);
    let this = page.forms("Log out: Unknown device").iter().map(|form| form.action.clone()).collect::<Vec<_>>();
    assert_eq!(this.len(), 3);
    let other = page.forms("Log out: Unknown device").remove(0);
    assert_eq!(other.submit().await.texts(".account-cards li").len(), 2);
    let still_in = [&ada, &phone, &tablet];
    let mut count = 0;
    for browser in still_in {
        count += usize::from(browser.get("/account").await.path == "/account");
    }
    assert_eq!(count, 2);
    let page = ada.get("/account/security").await.form("Log out everywhere").submit().await;
    assert_eq!(page.path, "/login");
    for browser in still_in {
        assert_eq!(browser.get("/account").await.path.split('?').next(), Some("/login"));
    }
}

#[actix_web::test]
async fn nobody_ends_the_session_of_another_account() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    shop.create_customer("grace@hopper.example", "Grace Hopper").await;
    let (ada, grace) = (shop.log_in_customer(ADA).await, shop.log_in_customer("grace@hopper.example").await);
    let action = ada.get("/account/security").await.form("Log out: Unknown device").action;
    grace.post(&action, &[]).await;
    assert_eq!(ada.get("/account").await.path, "/account", "R29");
}

/// R22.
#[actix_web::test]
async fn a_log_in_with_a_new_browser_is_reported() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.log_in_customer(ADA).await;
    ada.log_in(ADA, CUSTOMER_PASSWORD).await;
    shop.run_jobs().await;
    assert_eq!(shop.count_emails_to(ADA).await, 0, "the first browser, and a known one");
    shop.advance_clock(SignedDuration::from_mins(1));
    shop.log_in_customer(ADA).await;
    shop.run_jobs().await;
    assert_eq!(shop.outbox_summary().await, [format!("{ADA}: New log-in to your account")]);
}

#[actix_web::test]
async fn the_language_of_an_account_is_that_of_its_pages() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.log_in_customer(ADA).await;
    let form = ada.get("/account/profile").await.form("Save");
    let page = form.fill("name", "Augusta Ada").choose("locale", "de").submit().await;
    assert_eq!(page.attr("html", "lang").as_deref(), Some("de"));
    assert_eq!(ada.get("/account").await.text("h1"), "Guten Tag, Augusta Ada");
    assert_eq!(ada.get("/").await.attr("html", "lang").as_deref(), Some("en"), "public pages are for everybody");
    let page = ada.post("/account/profile", &[("name", ""), ("locale", "tlh")]).await;
    assert_eq!(page.status, 422);
}

#[actix_web::test]
async fn the_header_leads_customers_to_their_account() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.log_in_customer(ADA).await;
    for path in ["/", "/cart"] {
        let page = ada.get(path).await;
        assert_eq!(page.attr(".tool.account", "href").as_deref(), Some("/account"), "{path}");
        assert_eq!(page.attr(".tool.account", "aria-label").as_deref(), Some("Your account, Ada Lovelace"));
        assert!(!page.has(".staff-bar"));
        assert_eq!(shop.visitor().get(path).await.attr(".tool.account", "href").as_deref(), Some("/login"));
    }
    assert_eq!(ada.get("/").await.form("Log out").submit().await.path, "/");
    shop.assert_cached_pages_fresh().await;
}

#[actix_web::test]
async fn consents_are_given_and_withdrawn() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.log_in_customer(ADA).await;
    assert_eq!(ada.post("/account/privacy", &[("marketing", "1")]).await.location(), "/account/privacy");
    assert!(ada.get("/account/privacy").await.has("input[name=marketing][checked]"));
    ada.get("/account/privacy").await.form("Save").uncheck("marketing").submit().await;
    assert!(!ada.get("/account/privacy").await.has("input[name=marketing][checked]"));
    assert!(ada.get("/account/privacy/data").await.text("main").contains("withdrawn on"));
}

/// R71: a copy of everything, and an erasure that keeps what the law demands.
#[actix_web::test]
async fn a_customer_takes_the_data_along_and_deletes_the_account() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let mug = shop.product("Mug").stock(5).create().await;
    let ada = shop.log_in_customer(ADA).await;
    ada.add_to_cart(&mug, 1).await;
    let order = fill_checkout(&ada, "bank_transfer").await.submit().await;
    ada.add_to_cart(&mug, 2).await;
    shop.run_jobs().await;

    let file = ada.get("/account/privacy/data.json").await;
    assert_eq!(file.header("content-type"), Some("application/json"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
    let data: Value = serde_json::from_slice(&file.body).unwrap();
    assert_eq!(data["account"]["email"], ADA);
    assert_eq!(data["orders"][0]["number"], "1001");
    assert_eq!(data["cart"][0]["quantity"], 2);
    assert!(ada.get("/account/privacy/data").await.text("main").contains("Order 1001"));

    let form = || async { ada.get("/account/delete").await.form("Delete my account") };
    let page = form().await.fill("password", CUSTOMER_PASSWORD).submit().await;
    assert_eq!((page.status, page.field_error("confirm").as_str()), (422, "Confirm that you understand."));
    let page = ada.post("/account/delete", &[("password", "wrong lantern"), ("confirm", "1")]).await;
    assert_eq!((page.status, page.field_error("password").as_str()), (422, "Incorrect password."));
    let page = ada.post("/account/delete", &[("password", CUSTOMER_PASSWORD), ("confirm", "1")]).await;
    assert!(page.text("[role=alert]").contains("1001"), "an open order needs the address: {}", page.text("main"));
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get("/admin/orders/1001").await.form("Mark as paid").submit().await.form("Fulfil").submit().await;
    shop.run_jobs().await;
    let page = ada.post("/account/delete", &[("password", CUSTOMER_PASSWORD), ("confirm", "1")]).await;
    assert_eq!(page.status, 303);
    assert_eq!(ada.get("/account").await.path.split('?').next(), Some("/login"));
    assert_eq!(shop.visitor().log_in(ADA, CUSTOMER_PASSWORD).await.status, 422);
    assert_eq!(shop.visitor().get(&order.path).await.status, 200, "the order stays");
    shop.run_jobs().await;
    for (table, rows) in shop.dump_database().await {
        let names_ada = rows.iter().any(|row| row.contains("Ada Lovelace") || row.contains(ADA));
        assert_eq!(names_ada, table == "invoices", "{table}: {rows:?}");
    }
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn staff_do_not_delete_themselves() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.post("/account/delete", &[("password", STAFF_PASSWORD), ("confirm", "1")]).await;
    assert_eq!(page.status, 403);
    assert_eq!(owner.get("/admin").await.path, "/admin");
}

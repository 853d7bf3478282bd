//! Log-in with an identity provider (R21): who gets in, who gets an account, and what is refused.

use diesel::prelude::*;
use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::models::people::account::AccountStatus;
use tradepost::models::people::account::roles::Role;
use tradepost::schema::{account_identities, accounts, pending_identity_logins};
use tradepost::support::ids::AccountId;

use crate::support::identity_provider::{ADA, FakeIdentityProvider, Fault, PROVIDER_NAME, Person};
use crate::support::second_factors::turn_on_two_factor;
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, Page, TestShop};

const CALLBACK: &str = "/login/providers/callback";

async fn begin_login(browser: &Browser) -> Page {
    browser.get("/login").await.form(&format!("Log in with {PROVIDER_NAME}")).submit().await
}

/// Links Ada at the provider to the account of a browser.
async fn link(provider: &FakeIdentityProvider, browser: &Browser, person: &Person) -> Page {
    let page = browser.get("/account/security").await.form(&format!("Link {PROVIDER_NAME}")).submit().await;
    browser.get(&provider.authorize(&page, person)).await
}

async fn is_logged_in(browser: &Browser) -> bool {
    browser.get_without_redirect("/account").await.status == 200
}

async fn count_accounts(shop: &TestShop) -> i64 {
    shop.read(|conn| Ok(accounts::table.count().get_result(conn)?)).await
}

async fn count_identities(shop: &TestShop) -> i64 {
    shop.read(|conn| Ok(account_identities::table.count().get_result(conn)?)).await
}

async fn suspend(shop: &TestShop, account: AccountId) {
    shop.write(move |tx| {
        let suspended = accounts::status.eq(AccountStatus::Suspended);
        Ok(diesel::update(accounts::table.find(account)).set(suspended).execute(tx.conn())?)
    })
    .await;
}

#[actix_web::test]
async fn r21_a_stranger_with_a_verified_address_gets_an_account_and_logs_in_with_it_again() {
    let provider = FakeIdentityProvider::start();
    let (shop, owner) = TestShop::with_identity_provider(&provider).await;
    let browser = shop.visitor();
    let page = provider.log_in(&browser, &ADA).await;
    assert_eq!((page.status, page.path.as_str()), (200, "/account"), "{}", page.text("main"));
    let profile = browser.get("/account/profile").await;
    assert_eq!(profile.field_value("name"), ADA.name);
    shop.run_jobs().await;
    assert_eq!(shop.outbox_summary().await, ["ada@lovelace.example: A new way to log in to your account"]);
    let again = shop.visitor();
    // The person has another address by now: the subject decides.
    let moved = Person { email: "ada@byron.example", is_email_verified: false, ..ADA };
    assert_eq!(provider.log_in(&again, &moved).await.path, "/account");
    assert_eq!(again.get("/account/profile").await.field_value("name"), ADA.name);
    assert_eq!(count_accounts(&shop).await, 2, "the owner and Ada");
    let log = owner.get("/admin/audit").await.text("main");
    assert!(log.contains(&format!("Log-in with {PROVIDER_NAME} linked")), "{log}");
    let page = shop.visitor().log_in(ADA.email, "copper lantern").await;
    assert_eq!(page.status, 422, "no password logs in to an account without one");
    for path in ["/account/password", "/account/delete"] {
        let page = browser.get(path).await;
        assert!(!page.has("input[type=password]"), "{path} asks for a password that there is not");
        assert_eq!(page.click_link("Choose a new password").await.path, "/password/forgot", "{path}");
        let page = browser.post(path, &[]).await;
        assert_eq!((page.status, page.path.as_str()), (422, path));
    }
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r21_an_address_never_links_an_account() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let (ada, _) = shop.log_in_as_customer().await;
    let browser = shop.visitor();
    let page = provider.log_in(&browser, &ADA).await;
    assert_eq!(page.path, "/login");
    assert!(page.text("#flash").contains("There is an account with your email address already"));
    assert!(!is_logged_in(&browser).await);
    assert_eq!(count_identities(&shop).await, 0);
    let page = link(&provider, &ada, &ADA).await;
    assert_eq!(page.path, "/account/security");
    assert!(page.text("#flash").contains("Harbour ID is linked to your account"));
    assert!(page.text("main").contains("ada@lovelace.example"));
    assert_eq!(provider.log_in(&browser, &ADA).await.path, "/account");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn r21_an_unverified_or_missing_address_creates_nothing() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    for person in [Person { is_email_verified: false, ..ADA }, Person { email: "no address", ..ADA }] {
        let browser = shop.visitor();
        let page = provider.log_in(&browser, &person).await;
        assert_eq!(page.path, "/login");
        assert!(page.text("#flash").contains("has not confirmed an email address"), "{}", page.text("#flash"));
        assert!(!is_logged_in(&browser).await);
    }
    assert_eq!((count_accounts(&shop).await, count_identities(&shop).await), (1, 0));
}

#[actix_web::test]
async fn an_address_in_the_user_info_counts() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    provider.hide_email();
    let browser = shop.visitor();
    assert_eq!(provider.log_in(&browser, &ADA).await.path, "/account");
    assert_eq!(browser.get("/account/profile").await.field_value("name"), ADA.name);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn r21_a_wrong_answer_logs_nobody_in() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let faults = [
        Fault::WrongNonce,
        Fault::WrongAudience,
        Fault::WrongIssuer,
        Fault::Expired,
        Fault::IssuedInTheFuture,
        Fault::NoSignature,
        Fault::SharedSecret,
        Fault::WrongKey,
        Fault::NoIdToken,
        Fault::CodeRefused,
    ];
    for fault in faults {
        provider.set_fault(Some(fault));
        let browser = shop.visitor();
        let page = provider.log_in(&browser, &ADA).await;
        assert_eq!(page.path, "/login", "{fault:?}");
        assert!(page.text("#flash").contains("did not work"), "{fault:?}: {}", page.text("#flash"));
        assert!(!is_logged_in(&browser).await, "{fault:?}");
    }
    assert_eq!((count_accounts(&shop).await, count_identities(&shop).await), (1, 0));
    provider.set_fault(None);
    assert_eq!(provider.log_in(&shop.visitor(), &ADA).await.path, "/account", "all else was right");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_provider_that_does_not_answer_delays_one_log_in_only() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let browser = shop.visitor();
    provider.set_fault(Some(Fault::Silent));
    let page = provider.log_in(&browser, &ADA).await;
    assert_eq!(page.path, "/login");
    assert!(page.text("#flash").contains("does not respond"), "{}", page.text("#flash"));
    provider.set_fault(None);
    provider.set_down(true);
    let page = begin_login(&browser).await;
    assert_eq!(page.path, "/login");
    assert!(page.text("#flash").contains("does not respond"));
    assert_eq!(browser.log_in("owner@kestrel.example", STAFF_PASSWORD).await.path, "/admin", "passwords still work");
}

#[actix_web::test]
async fn an_answer_with_an_error_is_explained_and_uses_the_log_in_up() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    for (error, words) in [("access_denied", "You cancelled the log-in"), ("server_error", "did not work")] {
        let browser = shop.visitor();
        let answer = provider.cancel(&begin_login(&browser).await, error);
        let page = browser.get(&answer).await;
        assert_eq!(page.path, "/login");
        assert!(page.text("#flash").contains(words), "{}", page.text("#flash"));
        assert!(browser.get(&answer).await.text("#flash").contains("no longer valid"));
    }
}

#[actix_web::test]
async fn an_answer_that_names_another_issuer_is_refused() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let browser = shop.visitor();
    let answer = provider.authorize(&begin_login(&browser).await, &ADA);
    let mixed_up = format!("{}&iss=https%3A%2F%2Fother.example", answer.split("&iss=").next().unwrap());
    assert!(browser.get(&mixed_up).await.text("#flash").contains("did not work"));
    assert!(!is_logged_in(&browser).await);
}

#[actix_web::test]
async fn an_answer_works_once_in_the_browser_that_began_and_for_ten_minutes() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let (browser, stranger) = (shop.visitor(), shop.visitor());
    let answer = provider.authorize(&begin_login(&browser).await, &ADA);
    begin_login(&stranger).await;
    assert!(stranger.get(&answer).await.text("#flash").contains("no longer valid"), "another browser");
    assert!(shop.visitor().get(&answer).await.text("#flash").contains("no longer valid"), "a browser without a cookie");
    let page = browser.get(&answer).await;
    assert_eq!(page.path, "/account");
    assert!(browser.get(&answer).await.text("#flash").contains("no longer valid"), "replayed");
    let late = shop.visitor();
    let answer = provider.authorize(&begin_login(&late).await, &ADA);
    shop.advance_clock(SignedDuration::from_mins(10));
    assert!(late.get(&answer).await.text("#flash").contains("no longer valid"), "too late");
    assert!(!is_logged_in(&late).await);
    for junk in [CALLBACK.to_owned(), format!("{CALLBACK}?state=x&code=y"), format!("{CALLBACK}?state=&code=")] {
        assert_eq!(late.get(&junk).await.path, "/login", "{junk}");
    }
    shop.run_jobs().await;
}

#[actix_web::test]
async fn two_answers_at_once_log_in_once() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let browser = shop.visitor();
    let answer = provider.authorize(&begin_login(&browser).await, &ADA);
    let twins = [browser.with_same_cookies(), browser.with_same_cookies()];
    let pages = join_all(twins.iter().map(|twin| twin.get_without_redirect(&answer))).await;
    let targets: Vec<&str> = pages.iter().map(Page::location).collect();
    assert_eq!(targets.iter().filter(|target| **target == "/account").count(), 1, "{targets:?}");
    assert_eq!((count_accounts(&shop).await, count_identities(&shop).await), (2, 1));
    shop.run_jobs().await;
}

/// Two log-ins of somebody who has no account yet, in two browsers.
#[actix_web::test]
async fn two_first_log_ins_at_once_create_one_account() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let browsers = [shop.visitor(), shop.visitor()];
    let mut answers = Vec::new();
    for browser in &browsers {
        answers.push(provider.authorize(&begin_login(browser).await, &ADA));
    }
    let pages = join_all(browsers.iter().zip(&answers).map(|(browser, answer)| browser.get_without_redirect(answer)));
    for page in pages.await {
        assert_eq!(page.status, 303);
    }
    assert_eq!((count_accounts(&shop).await, count_identities(&shop).await), (2, 1));
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_provider_that_is_switched_off_meanwhile_logs_nobody_in() {
    let provider = FakeIdentityProvider::start();
    let (shop, owner) = TestShop::with_identity_provider(&provider).await;
    let browser = shop.visitor();
    let login = begin_login(&browser).await;
    let old_form = browser.get("/login").await.form(&format!("Log in with {PROVIDER_NAME}"));
    let form = owner.get("/admin/identity-providers").await.click_link(PROVIDER_NAME).await.form("Save");
    form.choose("status", "inactive").submit().await;
    let page = browser.get(&provider.authorize(&login, &ADA)).await;
    assert!(page.text("#flash").contains("no longer valid"), "{}", page.text("#flash"));
    assert!(!is_logged_in(&browser).await);
    assert!(!browser.get("/login").await.text("main").contains(PROVIDER_NAME));
    assert_eq!(old_form.submit().await.status, 404);
}

#[actix_web::test]
async fn r21_the_second_factor_is_asked_for_and_the_suspended_are_refused() {
    let provider = FakeIdentityProvider::start();
    let (shop, owner) = TestShop::with_identity_provider(&provider).await;
    let (ada, account) = shop.log_in_as_customer().await;
    link(&provider, &ada, &ADA).await;
    let (secret, _) = turn_on_two_factor(&shop, &ada).await;
    let browser = shop.visitor();
    let page = provider.log_in(&browser, &ADA).await;
    assert_eq!(page.path, "/login/two-factor");
    assert!(!is_logged_in(&browser).await);
    shop.advance_clock(SignedDuration::from_secs(60));
    let page = page.form("Continue").fill("code", &shop.current_code(&secret)).submit().await;
    assert_eq!(page.path, "/account");
    suspend(&shop, account).await;
    let page = provider.log_in(&shop.visitor(), &ADA).await;
    assert_eq!(page.path, "/login");
    assert!(page.text("#flash").contains("This account is suspended"));
    let boss = Person { subject: "the boss", email: "owner@kestrel.example", ..ADA };
    link(&provider, &owner, &boss).await;
    assert_eq!(provider.log_in(&shop.visitor(), &boss).await.path, "/admin", "staff log in too");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn a_log_in_leads_to_the_page_it_was_needed_for_and_to_no_other_site() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    for (next, target) in [("/account/orders", "/account/orders"), ("https://evil.example", "/account")] {
        let browser = shop.visitor();
        let login = browser.get(&format!("/login?next={next}")).await;
        let page = login.form(&format!("Log in with {PROVIDER_NAME}")).submit().await;
        let page = browser.get_without_redirect(&provider.authorize(&page, &ADA)).await;
        assert_eq!(page.location(), target);
    }
    shop.run_jobs().await;
}

#[actix_web::test]
async fn an_identity_belongs_to_one_account() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    assert_eq!(provider.log_in(&shop.visitor(), &ADA).await.path, "/account");
    shop.create_customer("emmy@noether.example", "Emmy Noether").await;
    let emmy = shop.log_in_customer("emmy@noether.example").await;
    let page = link(&provider, &emmy, &ADA).await;
    assert_eq!(page.path, "/account/security");
    assert!(page.text("#flash").contains("belongs to another account"));
    assert_eq!(count_identities(&shop).await, 1);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn linking_needs_a_recent_password_and_the_account_that_asked() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let (ada, _) = shop.log_in_as_customer().await;
    shop.advance_clock(SignedDuration::from_mins(11));
    let form = ada.get("/account/security").await.form(&format!("Link {PROVIDER_NAME}"));
    let page = form.submit().await;
    assert_eq!((page.status, page.text("h1").as_str()), (422, "Confirm that it is you"));
    let page = page.form("Continue").fill("confirm_password", STAFF_PASSWORD).submit().await;
    let answer = provider.authorize(&page, &ADA);
    ada.post("/logout", &[]).await;
    assert_eq!(ada.get(&answer).await.path, "/login", "logged out meanwhile");
    assert_eq!(count_identities(&shop).await, 0);
}

#[actix_web::test]
async fn an_identity_is_unlinked_unless_it_is_the_only_way_in() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let browser = shop.visitor();
    provider.log_in(&browser, &ADA).await;
    let unlink = format!("Unlink {PROVIDER_NAME}");
    let page = browser.get("/account/security").await.form(&unlink).submit().await;
    assert!(page.text("#flash").contains("Choose a password first"));
    assert_eq!(count_identities(&shop).await, 1);
    shop.create_customer("emmy@noether.example", "Emmy Noether").await;
    let (emmy, other) =
        (shop.log_in_customer("emmy@noether.example").await, shop.log_in_customer("emmy@noether.example").await);
    let person = Person { subject: "emmy", email: "emmy@noether.example", ..ADA };
    link(&provider, &emmy, &person).await;
    assert!(!is_logged_in(&other).await, "other devices are logged out");
    let page = emmy.get("/account/security").await.form(&unlink).submit().await;
    assert!(page.text("#flash").contains("The link was removed"));
    assert!(is_logged_in(&emmy).await);
    shop.run_jobs().await;
    let subjects = shop.outbox_summary().await;
    let notice = "emmy@noether.example: A way to log in to your account was removed".to_owned();
    assert!(subjects.contains(&notice), "{subjects:?}");
}

#[actix_web::test]
async fn an_account_without_a_password_confirms_by_logging_in_again() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let browser = shop.visitor();
    provider.log_in(&browser, &ADA).await;
    let form = browser.get("/account/security").await.form(&format!("Unlink {PROVIDER_NAME}"));
    shop.advance_clock(SignedDuration::from_mins(11));
    let page = form.submit().await;
    assert_eq!(page.status, 422);
    assert!(page.text("main").contains("your account has no password"));
    assert!(!page.has("[type=password]"));
    shop.run_jobs().await;
}

#[actix_web::test]
async fn nobody_fills_the_database_with_log_ins() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let browser = shop.visitor().with_ip("192.0.2.1");
    let form = browser.get("/login").await.form(&format!("Log in with {PROVIDER_NAME}"));
    for _ in 0..30 {
        assert_eq!(form.clone().submit().await.status, 200);
    }
    let page = form.clone().submit().await;
    assert!(page.text("#flash").contains("Too many attempts"), "{}", page.text("#flash"));
    let count: i64 = shop.read(|conn| Ok(pending_identity_logins::table.count().get_result(conn)?)).await;
    assert_eq!(count, 30);
    assert_eq!(browser.get_without_redirect(&form.action).await.status, 405, "a link begins nothing");
}

#[actix_web::test]
async fn staff_who_were_invited_keep_their_role_when_they_log_in_with_a_provider() {
    let provider = FakeIdentityProvider::start();
    let (shop, _) = TestShop::with_identity_provider(&provider).await;
    let editor = shop.log_in_as(Role::Editor).await;
    let person = Person { subject: "ed", email: "editor@kestrel.example", ..ADA };
    link(&provider, &editor, &person).await;
    let browser = shop.visitor();
    assert_eq!(provider.log_in(&browser, &person).await.path, "/admin");
    assert_eq!(browser.get("/admin/identity-providers").await.status, 403);
    shop.run_jobs().await;
}

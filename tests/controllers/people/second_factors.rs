//! Two-factor authentication: authenticator app, recovery codes, and what the owner is told.

use diesel::prelude::*;
use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;
use tradepost::models::people::second_factor::SecondFactor;
use tradepost::models::platform::event::Actor;
use tradepost::schema::{passkeys, recovery_codes, sessions, totp_factors};
use tradepost::support::email_address::EmailAddress;
use tradepost::support::token;

use crate::support::second_factors::{begin_app_setup, turn_on_two_factor};
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, Page, TestShop};

const EDITOR: &str = "editor@kestrel.example";
const STEP: SignedDuration = SignedDuration::from_secs(30);

/// An editor who has turned two-factor authentication on.
struct Enrolled {
    browser: Browser,
    secret: String,
    codes: Vec<String>,
}

async fn enrol(shop: &TestShop) -> Enrolled {
    let browser = shop.log_in_as(Role::Editor).await;
    let (secret, page) = turn_on_two_factor(shop, &browser).await;
    Enrolled { browser, secret, codes: page.texts(".recovery-codes code") }
}

/// A new browser after the right password.
async fn enter_password(shop: &TestShop) -> (Browser, Page) {
    let browser = shop.visitor();
    let page = browser.log_in(EDITOR, STAFF_PASSWORD).await;
    (browser, page)
}

async fn is_logged_in(browser: &Browser) -> bool {
    browser.get("/").await.has(".staff-bar")
}

#[actix_web::test]
async fn an_app_is_set_up_with_its_first_code() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    let page = begin_app_setup(&editor).await;
    let secret = page.text("[data-totp-secret]");
    assert_eq!(secret.len(), 32);
    assert!(page.has("svg.qr[role=img] path"), "the secret is there to be scanned too");
    let again = editor.get("/account/two-factor").await;
    assert_eq!(again.text("[data-totp-secret]"), secret, "a page that is reloaded keeps it");

    let refused = page.form("Turn on").fill("code", &shop.wrong_code(&secret)).submit().await;
    assert_eq!(refused.status, 422);
    assert!(refused.field_error("code").contains("not correct"), "{}", refused.field_error("code"));
    assert_eq!(refused.text("[data-totp-secret]"), secret);
    assert_eq!(page.form("Turn on").fill("code", " ").submit().await.field_error("code"), "Enter the code.");

    let spaced = format!("{} {}", &shop.current_code(&secret)[..3], &shop.current_code(&secret)[3..]);
    let page = page.form("Turn on").fill("code", &spaced).submit().await;
    assert_eq!((page.status, page.texts(".recovery-codes code").len()), (200, 10), "{}", page.text("main"));
    let page = editor.get("/account/two-factor").await;
    assert!(page.text("main").contains("10 recovery codes are left."), "{}", page.text("main"));
    assert!(!page.has("[data-totp-secret]"), "the secret is not shown again");
    let page = editor.get("/account/two-factor/recovery-codes").await;
    assert!(!page.has(".recovery-codes") && page.text("main").contains("shown only once"), "{}", page.text("main"));
    shop.assert_audit_passes().await;
}

/// R2: a page changes nothing, so a secret is made only by a form.
#[actix_web::test]
async fn r2_opening_the_page_makes_no_secret() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    let page = editor.get("/account/two-factor").await;
    assert!(!page.has("[data-totp-secret]") && !page.has("input[name=code]"), "{}", page.text("main"));
    let count = async || -> i64 { shop.read(|conn| Ok(totp_factors::table.count().get_result(conn)?)).await };
    assert_eq!(count().await, 0);
    let form = page.form("Set up an authenticator app");
    let secret = form.clone().submit().await.text("[data-totp-secret]");
    assert_eq!(form.submit().await.text("[data-totp-secret]"), secret, "a form that is sent twice keeps it");
    assert_eq!(count().await, 1);
}

#[actix_web::test]
async fn a_secret_that_is_not_confirmed_expires_after_half_an_hour() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    let page = begin_app_setup(&editor).await;
    let old = page.text("[data-totp-secret]");
    shop.advance_clock(SignedDuration::from_mins(31));
    // R17: a session that has not proved itself for ten minutes is asked for the password.
    let asked = page.form("Turn on").fill("code", &shop.current_code(&old)).submit().await;
    assert_eq!((asked.status, asked.text("h1").as_str()), (422, "Confirm that it is you"));
    let late = asked.form("Continue").fill("confirm_password", STAFF_PASSWORD).submit().await;
    assert_eq!((late.status, late.path.as_str()), (200, "/account/two-factor"));
    assert!(late.text("[role=alert]").contains("has expired"), "{}", late.text("main"));
    assert!(!late.has("[data-totp-secret]"));
    assert_ne!(begin_app_setup(&editor).await.text("[data-totp-secret]"), old);
}

/// R19: a code is accepted once, and none that is older.
#[actix_web::test]
async fn r19_a_code_logs_in_once() {
    let shop = TestShop::new().await;
    let Enrolled { secret, .. } = enrol(&shop).await;
    let (browser, page) = enter_password(&shop).await;
    assert_eq!((page.status, page.path.as_str()), (200, "/login/two-factor"));
    assert!(!is_logged_in(&browser).await, "the password alone opens nothing");
    assert_eq!(browser.get("/admin").await.path.split('?').next(), Some("/login"));

    let enrolled_with = shop.current_code(&secret);
    let replayed = page.form("Continue").fill("code", &enrolled_with).submit().await;
    assert_eq!(replayed.status, 422, "it turned two-factor authentication on");
    assert_eq!(replayed.field_value("code"), "", "a code is not shown again");
    shop.advance_clock(STEP);
    let code = shop.current_code(&secret);
    let done = page.form("Continue").fill("code", &code).submit().await;
    assert_eq!((done.status, done.path.as_str()), (200, "/admin"));
    assert!(is_logged_in(&browser).await);

    let (second, page) = enter_password(&shop).await;
    for used in [&code, &enrolled_with] {
        assert_eq!(page.form("Continue").fill("code", used).submit().await.status, 422, "a used code is refused");
    }
    assert!(!is_logged_in(&second).await);
    shop.advance_clock(STEP);
    let fresh = shop.current_code(&secret);
    assert_eq!(page.form("Continue").fill("code", &fresh).submit().await.path, "/admin");
}

/// R19: one step of tolerance on each side, by the server's clock.
#[actix_web::test]
async fn a_code_may_be_a_step_late() {
    let shop = TestShop::new().await;
    let Enrolled { secret, .. } = enrol(&shop).await;
    shop.advance_clock(STEP * 3);
    let (_, page) = enter_password(&shop).await;
    let code = shop.current_code(&secret);
    shop.advance_clock(STEP * 2);
    assert_eq!(page.form("Continue").fill("code", &code).submit().await.status, 422, "two steps are too many");
    let code = shop.current_code(&secret);
    shop.advance_clock(STEP);
    assert_eq!(page.form("Continue").fill("code", &code).submit().await.status, 200);
}

/// R19: five tries in 15 minutes, then the pending log-in ends. Each attempt is counted before it is checked.
#[actix_web::test]
async fn five_wrong_codes_end_the_pending_log_in() {
    let shop = TestShop::new().await;
    let Enrolled { secret, codes, .. } = enrol(&shop).await;
    shop.advance_clock(STEP);
    let (browser, page) = enter_password(&shop).await;
    for _ in 0..5 {
        let refused = page.form("Continue").fill("code", &shop.wrong_code(&secret)).submit().await;
        assert_eq!(refused.status, 422);
    }
    for right in [shop.current_code(&secret), codes[0].clone()] {
        let ended = page.form("Continue").fill("code", &right).submit().await;
        assert_eq!((ended.status, ended.path.as_str()), (200, "/login"));
    }
    assert!(!is_logged_in(&browser).await);
    assert_eq!(browser.get("/login/two-factor").await.path, "/login", "it begins again with the password");

    let (_, page) = enter_password(&shop).await;
    let waiting = page.form("Continue").fill("code", &shop.current_code(&secret)).submit().await;
    assert_eq!(waiting.path, "/login", "another password does not give more tries");
    shop.advance_clock(SignedDuration::from_mins(15));
    let (_, page) = enter_password(&shop).await;
    assert_eq!(page.form("Continue").fill("code", &shop.current_code(&secret)).submit().await.path, "/admin");
}

/// R19: a recovery code replaces the second factor once.
#[actix_web::test]
async fn a_recovery_code_logs_in_once() {
    let shop = TestShop::new().await;
    let Enrolled { codes, .. } = enrol(&shop).await;
    let typed = codes[3].to_lowercase().replace('-', " ");
    let (browser, page) = enter_password(&shop).await;
    assert_eq!(page.form("Continue").fill("code", &typed).submit().await.path, "/admin");
    let page = browser.get("/account/two-factor").await;
    assert!(page.text("main").contains("9 recovery codes are left."), "{}", page.text("main"));

    let (_, page) = enter_password(&shop).await;
    assert_eq!(page.form("Continue").fill("code", &typed).submit().await.status, 422, "it was used");
    assert_eq!(page.form("Continue").fill("code", &codes[4]).submit().await.path, "/admin");
    shop.run_jobs().await;
    let subjects: Vec<String> = shop.emails().await.into_iter().map(|email| email.subject).collect();
    let told = subjects.iter().filter(|subject| subject.contains("recovery code")).count();
    assert_eq!(told, 2, "{subjects:?}");
}

#[actix_web::test]
async fn new_recovery_codes_replace_the_old_ones() {
    let shop = TestShop::new().await;
    let Enrolled { browser, codes: old, .. } = enrol(&shop).await;
    let form = browser.get("/account/two-factor").await.form("Create new recovery codes");
    let page = form.clone().submit().await;
    let codes = page.texts(".recovery-codes code");
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| !old.contains(code)));
    let again = form.submit().await;
    assert_eq!(again.status, 200, "a form that is sent twice changes nothing");
    let (_, page) = enter_password(&shop).await;
    assert_eq!(page.form("Continue").fill("code", &old[0]).submit().await.status, 422);
    assert_eq!(page.form("Continue").fill("code", &codes[0]).submit().await.path, "/admin");
}

/// R66: the database has neither the secret nor the codes.
#[actix_web::test]
async fn r66_secrets_are_encrypted_and_codes_hashed() {
    let shop = TestShop::new().await;
    let Enrolled { secret, codes, .. } = enrol(&shop).await;
    let stored: String = shop.read(|conn| Ok(totp_factors::table.select(totp_factors::secret).first(conn)?)).await;
    assert!(stored.starts_with("v1.") && !stored.contains(&secret), "{stored}");
    let mut hashes: Vec<String> =
        shop.read(|conn| Ok(recovery_codes::table.select(recovery_codes::code_hash).load(conn)?)).await;
    let mut expected: Vec<String> = codes.iter().map(token::sha256_hex).collect();
    hashes.sort();
    expected.sort();
    assert_eq!(hashes, expected);
    // A secret that is copied to another account opens nothing.
    let other = shop.create_account("thief@kestrel.example", Role::Author).await;
    shop.write(move |tx| {
        let moved = totp_factors::account_id.eq(other);
        diesel::update(totp_factors::table).set(moved).execute(tx.conn())?;
        Ok(())
    })
    .await;
    shop.advance_clock(STEP);
    let page = shop.visitor().log_in("thief@kestrel.example", STAFF_PASSWORD).await;
    let refused = page.form("Continue").fill("code", &shop.current_code(&secret)).submit().await;
    assert_eq!(refused.status, 500);
}

/// R26 and R22: other sessions end with a change of the factors, and the owner is told.
#[actix_web::test]
async fn r22_a_change_ends_other_sessions_and_is_emailed() {
    let shop = TestShop::new().await;
    shop.create_account(EDITOR, Role::Editor).await;
    let (browser, other) = (shop.visitor(), shop.visitor());
    for browser in [&browser, &other] {
        browser.log_in(EDITOR, STAFF_PASSWORD).await;
    }
    let page = begin_app_setup(&browser).await;
    let code = shop.current_code(&page.text("[data-totp-secret]"));
    page.form("Turn on").fill("code", &code).submit().await;
    assert!(is_logged_in(&browser).await, "this browser stays logged in");
    assert!(!is_logged_in(&other).await);

    let page = browser.get("/account/two-factor").await.form("Turn off").submit().await;
    assert_eq!((page.status, page.path.as_str()), (200, "/account/security"));
    assert!(begin_app_setup(&browser).await.has("[data-totp-secret]"), "it can be turned on again");
    let left: i64 = shop.read(|conn| Ok(recovery_codes::table.count().get_result(conn)?)).await;
    assert_eq!(left, 0, "recovery codes go with the last factor");
    shop.run_jobs().await;
    let emails = shop.emails().await;
    let told: Vec<&str> =
        emails.iter().filter(|email| email.recipient == EDITOR).map(|email| email.subject.as_str()).collect();
    let expected = [
        "New log-in to your account",
        "An authenticator app was added to your account",
        "The authenticator app was removed from your account",
    ];
    assert_eq!(told, expected);
    assert!(emails[1].body_text.contains("http://127.0.0.1/account/two-factor"), "{}", emails[0].body_text);
    shop.assert_audit_passes().await;
}

/// R19: without mail and without the phone, the operator removes the factors.
#[actix_web::test]
async fn the_operator_removes_all_second_factors() {
    let shop = TestShop::new().await;
    enrol(&shop).await;
    let address = EmailAddress::parse(EDITOR).unwrap();
    shop.write(move |tx| SecondFactor::clear(tx, &address, &Actor::CommandLine)).await;
    let rows: i64 = shop
        .read(|conn| {
            let factors: i64 = totp_factors::table.count().get_result(conn)?;
            let codes: i64 = recovery_codes::table.count().get_result(conn)?;
            let keys: i64 = passkeys::table.count().get_result(conn)?;
            let open: i64 = sessions::table.filter(sessions::account_id.is_not_null()).count().get_result(conn)?;
            Ok(factors + codes + keys + open)
        })
        .await;
    assert_eq!(rows, 0);
    let (browser, page) = enter_password(&shop).await;
    assert_ne!(page.path, "/login/two-factor");
    assert!(is_logged_in(&browser).await);
    shop.run_jobs().await;
    assert!(shop.emails().await.iter().any(|email| email.subject.contains("turned off for your account")));
}

#[actix_web::test]
async fn sixty_concurrent_codes_are_five_tries() {
    let shop = TestShop::new().await;
    let Enrolled { secret, .. } = enrol(&shop).await;
    let (browser, _) = enter_password(&shop).await;
    let wrong = shop.wrong_code(&secret);
    let tries = (0..60)
        .map(|_| async { browser.with_same_cookies().post("/login/two-factor", &[("code", &wrong)]).await.status });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 5, "{statuses:?}");
}

#[actix_web::test]
async fn r20_passkeys_need_a_domain_and_a_signed_challenge() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    let page = editor.get("/account/passkeys").await;
    assert!(page.text("main").contains("need a site address with a domain name"), "{}", page.text("main"));
    assert!(!page.has("form[data-passkey]"));
    assert!(!editor.get("/login").await.has("form[data-passkey]"));
    for path in ["/account/passkeys/challenge", "/login/passkey", "/login/two-factor/passkey"] {
        assert_ne!(editor.get_without_redirect(path).await.status, 200, "{path}");
    }
    for state in ["", "e30.x", "not.signed"] {
        let fields = [("credential", "{}"), ("state", state), ("name", "Phone")];
        assert_eq!(editor.post("/account/passkeys", &fields).await.status, 404, "{state}");
        assert_ne!(shop.visitor().post("/login/passkey", &fields).await.status, 303, "{state}");
    }
    let stored: i64 = shop.read(|conn| Ok(passkeys::table.count().get_result(conn)?)).await;
    assert_eq!(stored, 0);
}

#[actix_web::test]
async fn nobody_opens_the_pages_of_an_account_without_logging_in() {
    let shop = TestShop::new().await;
    for path in
        ["/account/two-factor", "/account/two-factor/recovery-codes", "/account/passkeys", "/account/passkeys/1"]
    {
        let page = shop.visitor().get(path).await;
        assert_eq!(page.path.split('?').next(), Some("/login"), "{path}");
    }
    assert_eq!(shop.visitor().get("/login/two-factor").await.path, "/login");
}

/// R19: on a site that others can reach, staff do nothing before they have a second factor.
#[actix_web::test]
async fn staff_set_up_a_second_factor_before_anything_else() {
    let shop = TestShop::at_public_address().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for path in ["/admin", "/admin/settings", "/admin/orders", "/admin/orders.csv"] {
        let page = owner.get(path).await;
        assert!(page.status == 404 || page.path == "/account/two-factor", "{path} leads to {}", page.path);
    }
    let refused = owner.post("/admin/settings", &[("site_name", "Taken")]).await;
    assert_eq!((refused.status, refused.location()), (303, "/account/two-factor"));
    let (secret, _) = turn_on_two_factor(&shop, &owner).await;
    assert_eq!(owner.get("/admin/settings").await.path, "/admin/settings");

    let again = shop.visitor();
    let page = again.log_in("owner@kestrel.example", STAFF_PASSWORD).await;
    assert_eq!(page.path, "/login/two-factor");
    assert_eq!(again.get("/admin").await.path.split('?').next(), Some("/login"), "the password alone is not enough");
    shop.advance_clock(STEP);
    let page = again.get("/login/two-factor").await.form("Continue").fill("code", &shop.current_code(&secret)).submit();
    assert_eq!(page.await.path, "/admin");
    let customer = shop.log_in_as_customer().await.0;
    assert_eq!(customer.get("/account/two-factor").await.status, 200, "customers are offered one, and need none");
}

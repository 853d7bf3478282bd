//! Login throttling: limits per network and account, and known browsers that stay exempt.

use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::app::HashQueue;
use tradepost::error::Error;
use tradepost::models::people::account::roles::Role;
use tradepost::models::people::throttle::{self, AttemptCounter, ThrottlePolicy};
use tradepost::support::ids::AccountId;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, Page, TestShop};

const ANN: &str = "ann@kestrel.example";
const WRONG: &str = "wrong horse battery";

async fn try_passwords(browser: &Browser, email: &str, password: &str) -> Page {
    browser.post("/login", &[("email", email), ("password", password)]).await
}

fn count_attempts(pages: &[Page], status: u16) -> usize {
    pages.iter().filter(|page| page.status == status).count()
}

/// A browser in which Ann has logged in and out again.
async fn log_in_and_out(shop: &TestShop, address: &str) -> Browser {
    let browser = shop.visitor().with_ip(address);
    assert_eq!(try_passwords(&browser, ANN, STAFF_PASSWORD).await.status, 303);
    browser.remove_cookie("tp");
    browser
}

#[actix_web::test]
async fn sixty_concurrent_logins_are_throttled_like_sequential_ones() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    for (email, address) in [(ANN, "192.0.2.1"), ("nobody@kestrel.example", "198.51.100.1")] {
        let browsers: Vec<Browser> = (0..60).map(|_| shop.visitor().with_ip(address)).collect();
        let pages = join_all(browsers.iter().map(|browser| try_passwords(browser, email, WRONG))).await;
        assert_eq!(count_attempts(&pages, 422), 5, "{email}");
        assert_eq!(count_attempts(&pages, 422) + count_attempts(&pages, 429) + count_attempts(&pages, 503), 60);
    }
}

/// A successful attempt deletes the counter that another is about to increment.
#[actix_web::test]
async fn concurrent_successful_attempts_are_not_throttled() {
    let shop = TestShop::new().await;
    let counter = AttemptCounter::new("test", "ann", ThrottlePolicy::Backoff(5));
    for round in 0..50 {
        let attempts = (0..4).map(|_| async {
            let (counted, reset) = (counter.clone(), counter.clone());
            shop.app.db.write(move |tx| throttle::record_attempt(tx, std::slice::from_ref(&counted))).await?;
            shop.app.db.write(move |tx| reset.reset(tx)).await
        });
        for attempt in join_all(attempts).await {
            attempt.unwrap_or_else(|error| panic!("round {round}: {error}"));
        }
    }
}

#[actix_web::test]
async fn a_network_has_thirty_login_attempts_a_minute() {
    let shop = TestShop::new().await;
    let mut checked_count = 0;
    for batch in 0..4_u8 {
        let browsers: Vec<Browser> = (0..15).map(|host| shop.visitor().with_ipv4([192, 0, 2, host])).collect();
        let made_up = browsers.iter().enumerate().map(|(at, browser)| async move {
            try_passwords(browser, &format!("nobody{batch}-{at}@kestrel.example"), WRONG).await
        });
        checked_count += count_attempts(&join_all(made_up).await, 422);
    }
    assert_eq!(checked_count, 30);
    let next = shop.visitor().with_ip("192.0.2.99");
    let page = try_passwords(&next, ANN, WRONG).await;
    assert_eq!(page.status, 429);
    let seconds: i64 = page.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=61).contains(&seconds), "{seconds}");
    shop.advance_clock(SignedDuration::from_secs(seconds));
    assert_eq!(try_passwords(&next, ANN, WRONG).await.status, 422, "a minute later it goes on");
}

#[actix_web::test]
async fn an_ipv6_64_prefix_is_one_network() {
    let shop = TestShop::new().await;
    for subnet in 0..5 {
        let browser = shop.visitor().with_ip(&format!("2001:db8:1:{subnet:x}::7"));
        assert_eq!(try_passwords(&browser, ANN, WRONG).await.status, 422);
    }
    assert_eq!(try_passwords(&shop.visitor().with_ip("2001:db8:1:ffff::7"), ANN, WRONG).await.status, 429);
    assert_eq!(try_passwords(&shop.visitor().with_ip("2001:db8:2::7"), ANN, WRONG).await.status, 422);
    let mapped = shop.visitor().with_ip("::ffff:192.0.2.1");
    for _ in 0..5 {
        try_passwords(&mapped, ANN, WRONG).await;
    }
    assert_eq!(try_passwords(&shop.visitor().with_ip("192.0.2.200"), ANN, WRONG).await.status, 429);
}

#[actix_web::test]
async fn r15_an_account_has_a_hundred_login_attempts_an_hour_from_all_networks() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    let ann = log_in_and_out(&shop, "203.0.113.5").await;
    let mut responses = Vec::new();
    for email in [ANN, "nobody@kestrel.example"] {
        let mut checked_count = 0;
        for batch in 0..6_u8 {
            let browsers: Vec<Browser> =
                (0..20).map(|at| shop.visitor().with_ipv4([20 + batch, at, u8::from(email == ANN), 1])).collect();
            let pages = join_all(browsers.iter().map(|browser| try_passwords(browser, email, WRONG))).await;
            assert_eq!(count_attempts(&pages, 503), 0);
            checked_count += count_attempts(&pages, 422);
        }
        assert_eq!(checked_count, 100, "{email}");
        let stranger = shop.visitor().with_ip("198.51.100.1");
        let page = try_passwords(&stranger, email, STAFF_PASSWORD).await;
        responses.push((page.status, page.header("retry-after").map(str::to_owned), page.field_error("email")));
    }
    assert_eq!(responses[0], responses[1], "it is the same whether there is such an account or not");
    assert_eq!(responses[0].0, 429);
    assert_eq!(try_passwords(&ann, ANN, STAFF_PASSWORD).await.status, 303, "a browser that has been here is let in");
    shop.advance_clock(SignedDuration::from_hours(1));
    assert_eq!(
        try_passwords(&shop.visitor().with_ip("198.51.100.1"), ANN, STAFF_PASSWORD).await.status,
        303,
        "never for good"
    );
}

#[actix_web::test]
async fn a_known_browser_is_not_locked_out_by_its_network() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    shop.create_account("ben@kestrel.example", Role::Editor).await;
    let ann = log_in_and_out(&shop, "192.0.2.7").await;
    // Wrong passwords for the account and for unknown addresses, from the same network.
    let neighbour = || shop.visitor().with_ip("192.0.2.66");
    for _ in 0..7 {
        try_passwords(&neighbour(), ANN, WRONG).await;
    }
    for at in 0..40 {
        try_passwords(&neighbour(), &format!("nobody{at}@kestrel.example"), WRONG).await;
    }
    assert_eq!(
        try_passwords(&ann.new_on_same_ip(), ANN, STAFF_PASSWORD).await.status,
        429,
        "another browser there has to wait"
    );
    assert_eq!(
        try_passwords(&ann, "ben@kestrel.example", STAFF_PASSWORD).await.status,
        429,
        "the cookie is for one account"
    );
    for _ in 0..3 {
        assert_eq!(try_passwords(&ann, ANN, STAFF_PASSWORD).await.status, 303);
    }
    // Its own wrong passwords count.
    let pages = join_all((0..20).map(|_| try_passwords(&ann, ANN, WRONG))).await;
    assert_eq!((count_attempts(&pages, 422), count_attempts(&pages, 303)), (5, 0));
    let page = try_passwords(&ann, ANN, STAFF_PASSWORD).await;
    assert_eq!(page.status, 429);
    shop.advance_clock(SignedDuration::from_secs(page.header("retry-after").unwrap().parse().unwrap()));
    assert_eq!(try_passwords(&ann, ANN, STAFF_PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn a_forged_or_outdated_device_cookie_has_no_effect() {
    let shop = TestShop::new().await;
    let id = shop.create_account(ANN, Role::Owner).await;
    let ann = log_in_and_out(&shop, "192.0.2.7").await;
    let cookie = ann.cookies().remove("tp-device").unwrap();
    for at in 0..31 {
        try_passwords(&shop.visitor().with_ip("192.0.2.66"), &format!("nobody{at}@kestrel.example"), WRONG).await;
    }
    let with = |value: String| {
        let browser = ann.new_on_same_ip();
        browser.set_cookie("tp-device", &value);
        browser
    };
    assert_eq!(try_passwords(&with(cookie.clone()), ANN, STAFF_PASSWORD).await.status, 303);
    for forged in [cookie.replacen(&format!("{id}."), "1000.", 1), format!("{cookie}x"), "x".to_owned()] {
        assert_eq!(try_passwords(&with(forged.clone()), ANN, STAFF_PASSWORD).await.status, 429, "{forged}");
    }
    shop.advance_clock(SignedDuration::from_hours(24 * 366));
    for at in 0..31 {
        try_passwords(&shop.visitor().with_ip("192.0.2.66"), &format!("nobody{at}@kestrel.example"), WRONG).await;
    }
    assert_eq!(try_passwords(&with(cookie), ANN, STAFF_PASSWORD).await.status, 429, "after a year it is forgotten");
}

#[actix_web::test]
async fn the_device_cookie_is_host_only_and_http_only() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    let page = try_passwords(&shop.visitor(), ANN, STAFF_PASSWORD).await;
    let set: Vec<&str> = page.headers.get_all("set-cookie").filter_map(|value| value.to_str().ok()).collect();
    let device = set.iter().find(|cookie| cookie.starts_with("tp-device=")).unwrap();
    for word in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
        assert!(device.contains(word), "{device}");
    }
    let failed = try_passwords(&shop.visitor(), ANN, WRONG).await;
    assert!(!failed.headers.get_all("set-cookie").any(|value| value.to_str().unwrap().starts_with("tp-device=")));
}

#[actix_web::test]
async fn known_browsers_have_their_own_password_queue() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    let ann = log_in_and_out(&shop, "192.0.2.7").await;
    let app = &shop.app;
    let queue = shop.fill_hash_queue().await;
    let page = try_passwords(&ann.new_on_same_ip(), ANN, STAFF_PASSWORD).await;
    assert_eq!((page.status, page.header("retry-after")), (503, Some("2")));
    assert_eq!(try_passwords(&ann, ANN, STAFF_PASSWORD).await.status, 303);
    // An invalid link is refused before it queues.
    let bogus = shop.visitor().post("/password/reset", &[("token", "nope"), ("password", WRONG)]).await;
    assert_eq!(bogus.status, 410);
    queue.release().await;
    assert!(!matches!(app.hash_limiter.acquire(HashQueue::Public).await, Err(Error::Busy)));
    assert_eq!(
        try_passwords(&ann.new_on_same_ip(), ANN, STAFF_PASSWORD).await.status,
        303,
        "who found no place has not tried"
    );
}

#[actix_web::test]
async fn known_and_unknown_addresses_get_the_same_response() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    let responses = async |email: &str, address: &str| {
        let mut all = Vec::new();
        for _ in 0..8 {
            let page = try_passwords(&shop.visitor().with_ip(address), email, WRONG).await;
            let headers: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
            let response = (page.text("main"), page.field_error("email"), page.field_value("email") == email);
            all.push((page.status, page.header("retry-after").map(str::to_owned), headers, response));
        }
        all
    };
    let known = responses(ANN, "192.0.2.1").await;
    assert_eq!(known, responses("nobody@kestrel.example", "198.51.100.1").await);
    assert_eq!((known[4].0, known[5].0), (422, 429));
}

#[actix_web::test]
async fn a_clock_set_back_locks_nobody_out() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    let browser = shop.visitor().with_ip("192.0.2.7");
    for _ in 0..12 {
        try_passwords(&browser, ANN, WRONG).await;
    }
    for at in 0..30 {
        try_passwords(&browser, &format!("nobody{at}@kestrel.example"), WRONG).await;
    }
    assert_eq!(try_passwords(&browser, ANN, STAFF_PASSWORD).await.status, 429);
    shop.advance_clock(SignedDuration::from_hours(-5));
    assert_eq!(try_passwords(&browser, ANN, STAFF_PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn passwords_are_unicode_normalised_and_old_hashes_are_upgraded() {
    let shop = TestShop::new().await;
    let (composed, decomposed) = ("B\u{e4}ckerei \u{d6}ffnung fr\u{fc}h", "Ba\u{308}ckerei O\u{308}ffnung fru\u{308}h");
    let id = shop.create_account(ANN, Role::Owner).await;
    // A hash of the unnormalised bytes, as older versions stored it.
    let old = old_hash(decomposed);
    let stored = old.clone();
    shop.write(move |tx| set_hash(tx, id, &stored)).await;
    assert_eq!(try_passwords(&shop.visitor(), ANN, composed).await.status, 422, "the old hash knows one form only");
    assert_eq!(try_passwords(&shop.visitor(), ANN, decomposed).await.status, 303);
    let new = shop.read(move |conn| hash_of(conn, id)).await;
    assert_ne!(new, old);
    for form in [composed, decomposed, "\u{ff22}\u{e4}ckerei \u{d6}ffnung fr\u{fc}h"] {
        assert_eq!(try_passwords(&shop.visitor(), ANN, form).await.status, 303, "{form}");
    }
    assert_eq!(shop.read(move |conn| hash_of(conn, id)).await, new, "once is enough");
}

fn old_hash(password: &str) -> String {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, Some(32)).unwrap());
    hasher.hash_password_with_salt(password.as_bytes(), b"0123456789abcdef").unwrap().to_string()
}

fn set_hash(tx: &mut tradepost::db::Tx<'_>, id: AccountId, hash: &str) -> tradepost::error::Result<()> {
    use diesel::prelude::*;
    use tradepost::schema::accounts;
    diesel::update(accounts::table.find(id)).set(accounts::password_hash.eq(hash)).execute(tx.conn())?;
    Ok(())
}

fn hash_of(conn: &mut tradepost::db::Conn, id: AccountId) -> tradepost::error::Result<String> {
    use diesel::prelude::*;
    use tradepost::schema::accounts;
    let hash: Option<String> = accounts::table.find(id).select(accounts::password_hash).first(conn)?;
    Ok(hash.unwrap())
}

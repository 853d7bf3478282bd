//! Who may try passwords, how often, and who is kept out by whom: nobody for good, and the owner not at all.

use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::app::HashQueue;
use tradepost::error::Error;
use tradepost::models::people::account::roles::Role;

use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, Page, TestShop};

const ANN: &str = "ann@kestrel.example";
const WRONG: &str = "wrong horse battery";

async fn tries(browser: &Browser, email: &str, password: &str) -> Page {
    browser.post("/login", &[("email", email), ("password", password)]).await
}

fn count(pages: &[Page], status: u16) -> usize {
    pages.iter().filter(|page| page.status == status).count()
}

/// A browser in which Ann has logged in before, and out again.
async fn known_browser(shop: &TestShop, address: &str) -> Browser {
    let browser = shop.visitor().with_ip(address);
    assert_eq!(tries(&browser, ANN, STAFF_PASSWORD).await.status, 303);
    browser.remove_cookie("tp");
    browser
}

#[actix_web::test]
async fn sixty_tries_at_once_are_judged_no_more_often_than_five_in_a_row() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    for (email, address) in [(ANN, "192.0.2.1"), ("nobody@kestrel.example", "198.51.100.1")] {
        let browsers: Vec<Browser> = (0..60).map(|_| shop.visitor().with_ip(address)).collect();
        let pages = join_all(browsers.iter().map(|browser| tries(browser, email, WRONG))).await;
        assert_eq!(count(&pages, 422), 5, "{email}");
        assert_eq!(count(&pages, 422) + count(&pages, 429) + count(&pages, 503), 60);
    }
}

#[actix_web::test]
async fn a_network_has_thirty_tries_a_minute_whatever_addresses_it_names() {
    let shop = TestShop::new().await;
    let mut judged = 0;
    for batch in 0..4_u8 {
        let browsers: Vec<Browser> = (0..15).map(|host| shop.visitor().with_ipv4([192, 0, 2, host])).collect();
        let made_up = browsers.iter().enumerate().map(|(at, browser)| async move {
            tries(browser, &format!("nobody{batch}-{at}@kestrel.example"), WRONG).await
        });
        judged += count(&join_all(made_up).await, 422);
    }
    assert_eq!(judged, 30);
    let next = shop.visitor().with_ip("192.0.2.99");
    let page = tries(&next, ANN, WRONG).await;
    assert_eq!(page.status, 429);
    let seconds: i64 = page.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=61).contains(&seconds), "{seconds}");
    shop.advance_clock(SignedDuration::from_secs(seconds));
    assert_eq!(tries(&next, ANN, WRONG).await.status, 422, "a minute later it goes on");
}

#[actix_web::test]
async fn an_ipv6_customer_is_one_network_and_others_are_others() {
    let shop = TestShop::new().await;
    for subnet in 0..5 {
        let browser = shop.visitor().with_ip(&format!("2001:db8:1:{subnet:x}::7"));
        assert_eq!(tries(&browser, ANN, WRONG).await.status, 422);
    }
    assert_eq!(tries(&shop.visitor().with_ip("2001:db8:1:ffff::7"), ANN, WRONG).await.status, 429);
    assert_eq!(tries(&shop.visitor().with_ip("2001:db8:2::7"), ANN, WRONG).await.status, 422);
    let mapped = shop.visitor().with_ip("::ffff:192.0.2.1");
    for _ in 0..5 {
        tries(&mapped, ANN, WRONG).await;
    }
    assert_eq!(tries(&shop.visitor().with_ip("192.0.2.200"), ANN, WRONG).await.status, 429);
}

#[actix_web::test]
async fn one_account_has_a_hundred_tries_an_hour_from_all_networks_together() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    let ann = known_browser(&shop, "203.0.113.5").await;
    let mut answers = Vec::new();
    for email in [ANN, "nobody@kestrel.example"] {
        let mut judged = 0;
        for batch in 0..6_u8 {
            let browsers: Vec<Browser> =
                (0..20).map(|at| shop.visitor().with_ipv4([20 + batch, at, u8::from(email == ANN), 1])).collect();
            let pages = join_all(browsers.iter().map(|browser| tries(browser, email, WRONG))).await;
            assert_eq!(count(&pages, 503), 0);
            judged += count(&pages, 422);
        }
        assert_eq!(judged, 100, "{email}");
        let stranger = shop.visitor().with_ip("198.51.100.1");
        let page = tries(&stranger, email, STAFF_PASSWORD).await;
        answers.push((page.status, page.header("retry-after").map(str::to_owned), page.field_error("email")));
    }
    assert_eq!(answers[0], answers[1], "it is the same whether there is such an account or not");
    assert_eq!(answers[0].0, 429);
    assert_eq!(tries(&ann, ANN, STAFF_PASSWORD).await.status, 303, "a browser that has been here is let in");
    shop.advance_clock(SignedDuration::from_hours(1));
    assert_eq!(tries(&shop.visitor().with_ip("198.51.100.1"), ANN, STAFF_PASSWORD).await.status, 303, "never for good");
}

#[actix_web::test]
async fn a_browser_that_has_been_here_is_not_kept_out_by_its_network() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    shop.create_account("ben@kestrel.example", Role::Editor).await;
    let ann = known_browser(&shop, "192.0.2.7").await;
    // Wrong ones for the account itself, and for addresses that nobody has, from a neighbour.
    let neighbour = || shop.visitor().with_ip("192.0.2.66");
    for _ in 0..7 {
        tries(&neighbour(), ANN, WRONG).await;
    }
    for at in 0..40 {
        tries(&neighbour(), &format!("nobody{at}@kestrel.example"), WRONG).await;
    }
    assert_eq!(
        tries(&ann.new_on_same_ip(), ANN, STAFF_PASSWORD).await.status,
        429,
        "another browser there has to wait"
    );
    assert_eq!(tries(&ann, "ben@kestrel.example", STAFF_PASSWORD).await.status, 429, "the cookie is for one account");
    for _ in 0..3 {
        assert_eq!(tries(&ann, ANN, STAFF_PASSWORD).await.status, 303);
    }
    // Its own wrong ones count.
    let pages = join_all((0..20).map(|_| tries(&ann, ANN, WRONG))).await;
    assert_eq!((count(&pages, 422), count(&pages, 303)), (5, 0));
    let page = tries(&ann, ANN, STAFF_PASSWORD).await;
    assert_eq!(page.status, 429);
    shop.advance_clock(SignedDuration::from_secs(page.header("retry-after").unwrap().parse().unwrap()));
    assert_eq!(tries(&ann, ANN, STAFF_PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn a_cookie_that_is_made_up_or_of_an_old_password_counts_for_nothing() {
    let shop = TestShop::new().await;
    let id = shop.create_account(ANN, Role::Owner).await;
    let ann = known_browser(&shop, "192.0.2.7").await;
    let cookie = ann.cookies().remove("tp-device").unwrap();
    for at in 0..31 {
        tries(&shop.visitor().with_ip("192.0.2.66"), &format!("nobody{at}@kestrel.example"), WRONG).await;
    }
    let with = |value: String| {
        let browser = ann.new_on_same_ip();
        browser.set_cookie("tp-device", &value);
        browser
    };
    assert_eq!(tries(&with(cookie.clone()), ANN, STAFF_PASSWORD).await.status, 303);
    for forged in [cookie.replacen(&format!("{id}."), "1000.", 1), format!("{cookie}x"), "x".to_owned()] {
        assert_eq!(tries(&with(forged.clone()), ANN, STAFF_PASSWORD).await.status, 429, "{forged}");
    }
    shop.advance_clock(SignedDuration::from_hours(24 * 366));
    for at in 0..31 {
        tries(&shop.visitor().with_ip("192.0.2.66"), &format!("nobody{at}@kestrel.example"), WRONG).await;
    }
    assert_eq!(tries(&with(cookie), ANN, STAFF_PASSWORD).await.status, 429, "after a year it is forgotten");
}

#[actix_web::test]
async fn the_device_cookie_is_for_this_site_and_no_script() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    let page = tries(&shop.visitor(), ANN, STAFF_PASSWORD).await;
    let set: Vec<&str> = page.headers.get_all("set-cookie").filter_map(|value| value.to_str().ok()).collect();
    let device = set.iter().find(|cookie| cookie.starts_with("tp-device=")).unwrap();
    for word in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
        assert!(device.contains(word), "{device}");
    }
    let failed = tries(&shop.visitor(), ANN, WRONG).await;
    assert!(!failed.headers.get_all("set-cookie").any(|value| value.to_str().unwrap().starts_with("tp-device=")));
}

#[actix_web::test]
async fn a_browser_that_has_been_here_has_places_of_its_own_while_others_wait_in_line() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    let ann = known_browser(&shop, "192.0.2.7").await;
    let app = &shop.app;
    let at_work = [
        app.hash_limiter.acquire(HashQueue::Public).await.unwrap(),
        app.hash_limiter.acquire(HashQueue::Public).await.unwrap(),
    ];
    let waiting: Vec<_> = (0..32)
        .map(|_| {
            let app = app.clone();
            actix_web::rt::spawn(async move { app.hash_limiter.acquire(HashQueue::Public).await.map(drop) })
        })
        .collect();
    tokio::task::yield_now().await;
    let page = tries(&ann.new_on_same_ip(), ANN, STAFF_PASSWORD).await;
    assert_eq!((page.status, page.header("retry-after")), (503, Some("2")));
    assert_eq!(tries(&ann, ANN, STAFF_PASSWORD).await.status, 303);
    // A link that was never made does not get into any line.
    let bogus = shop.visitor().post("/password/reset", &[("token", "nope"), ("password", WRONG)]).await;
    assert_eq!(bogus.status, 410);
    drop(at_work);
    for place in waiting {
        place.await.unwrap().unwrap();
    }
    assert!(!matches!(app.hash_limiter.acquire(HashQueue::Public).await, Err(Error::Busy)));
    assert_eq!(tries(&ann.new_on_same_ip(), ANN, STAFF_PASSWORD).await.status, 303, "who found no place has not tried");
}

#[actix_web::test]
async fn known_and_unknown_addresses_are_answered_alike() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    let answers = async |email: &str, address: &str| {
        let mut all = Vec::new();
        for _ in 0..8 {
            let page = tries(&shop.visitor().with_ip(address), email, WRONG).await;
            let headers: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
            let said = (page.text("main"), page.field_error("email"), page.field_value("email") == email);
            all.push((page.status, page.header("retry-after").map(str::to_owned), headers, said));
        }
        all
    };
    let known = answers(ANN, "192.0.2.1").await;
    assert_eq!(known, answers("nobody@kestrel.example", "198.51.100.1").await);
    assert_eq!((known[4].0, known[5].0), (422, 429));
}

#[actix_web::test]
async fn a_clock_that_is_set_back_keeps_nobody_out() {
    let shop = TestShop::new().await;
    shop.create_account(ANN, Role::Owner).await;
    let browser = shop.visitor().with_ip("192.0.2.7");
    for _ in 0..12 {
        tries(&browser, ANN, WRONG).await;
    }
    for at in 0..30 {
        tries(&browser, &format!("nobody{at}@kestrel.example"), WRONG).await;
    }
    assert_eq!(tries(&browser, ANN, STAFF_PASSWORD).await.status, 429);
    shop.advance_clock(SignedDuration::from_hours(-5));
    assert_eq!(tries(&browser, ANN, STAFF_PASSWORD).await.status, 303);
}

#[actix_web::test]
async fn a_password_opens_however_the_keyboard_composes_it_and_old_hashes_are_renewed() {
    let shop = TestShop::new().await;
    let (composed, decomposed) = ("B\u{e4}ckerei \u{d6}ffnung fr\u{fc}h", "Ba\u{308}ckerei O\u{308}ffnung fru\u{308}h");
    let id = shop.create_account(ANN, Role::Owner).await;
    // As it was stored before passwords were normalised: the bytes as they came.
    let old = old_hash(decomposed);
    let stored = old.clone();
    shop.write(move |tx| set_hash(tx, id, &stored)).await;
    assert_eq!(tries(&shop.visitor(), ANN, composed).await.status, 422, "the old hash knows one form only");
    assert_eq!(tries(&shop.visitor(), ANN, decomposed).await.status, 303);
    let new = shop.read(move |conn| hash_of(conn, id)).await;
    assert_ne!(new, old);
    for form in [composed, decomposed, "\u{ff22}\u{e4}ckerei \u{d6}ffnung fr\u{fc}h"] {
        assert_eq!(tries(&shop.visitor(), ANN, form).await.status, 303, "{form}");
    }
    assert_eq!(shop.read(move |conn| hash_of(conn, id)).await, new, "once is enough");
}

fn old_hash(password: &str) -> String {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, Some(32)).unwrap());
    hasher.hash_password_with_salt(password.as_bytes(), b"0123456789abcdef").unwrap().to_string()
}

fn set_hash(tx: &mut tradepost::db::Tx<'_>, id: i64, hash: &str) -> tradepost::error::Result<()> {
    use diesel::prelude::*;
    use tradepost::schema::accounts;
    diesel::update(accounts::table.find(id)).set(accounts::password_hash.eq(hash)).execute(tx.conn())?;
    Ok(())
}

fn hash_of(conn: &mut tradepost::db::Conn, id: i64) -> tradepost::error::Result<String> {
    use diesel::prelude::*;
    use tradepost::schema::accounts;
    let hash: Option<String> = accounts::table.find(id).select(accounts::password_hash).first(conn)?;
    Ok(hash.unwrap())
}

//! Logging in and out.

use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;

use crate::support::TestShop;
use crate::support::shop::STAFF_PASSWORD;

#[actix_web::test]
async fn a_wrong_password_keeps_the_address_and_not_the_password() {
    let shop = TestShop::new().await;
    shop.create_account("ann@kestrel.example", Role::Editor).await;
    for email in ["ann@kestrel.example", "nobody@kestrel.example"] {
        let page = shop.visitor().log_in(email, "wrong horse battery").await;
        assert_eq!(page.status, 422);
        assert_eq!(page.field_error("email"), "Incorrect email or password. Please check both.");
        assert_eq!((page.field_value("email").as_str(), page.field_value("password").as_str()), (email, ""));
    }
    let page = shop.visitor().log_in("ann", "").await;
    assert_eq!((page.status, page.field_error("email").as_str()), (422, "Enter your email address."));
    assert_eq!(page.field_error("password"), "Enter your password.");
    let page = shop.visitor().log_in("ann@kestrel.example", &"x".repeat(2000)).await;
    assert_eq!((page.status, page.field_error("password").as_str()), (422, "This password is too long."));
}

#[actix_web::test]
async fn repeated_wrong_passwords_are_throttled_until_the_wait_is_over() {
    let shop = TestShop::new().await;
    shop.create_account("ann@kestrel.example", Role::Editor).await;
    let mut last = 0;
    for _ in 0..6 {
        last = shop.visitor().log_in("ann@kestrel.example", "wrong horse battery").await.status;
    }
    assert_eq!(last, 429);
    let page = shop.visitor().log_in("ann@kestrel.example", STAFF_PASSWORD).await;
    assert_eq!(page.status, 429, "even the right one has to wait");
    let seconds: i64 = page.header("retry-after").unwrap().parse().unwrap();
    let elsewhere = shop.visitor().with_ipv4([198, 51, 100, 7]);
    assert_eq!(elsewhere.log_in("ann@kestrel.example", STAFF_PASSWORD).await.status, 200, "others are not locked out");
    shop.advance_clock(SignedDuration::from_secs(seconds + 1));
    assert_eq!(shop.visitor().log_in("ann@kestrel.example", STAFF_PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn logging_out_ends_the_session_in_every_copy_of_the_cookie() {
    let shop = TestShop::new().await;
    let ann = shop.log_in_as(Role::Editor).await;
    let thief = ann.with_same_cookies();
    assert_eq!(thief.get("/admin").await.path, "/admin");
    let page = ann.get("/").await.form("Log out").submit().await;
    assert_eq!(page.path, "/");
    assert!(!page.has(".staff-bar"));
    assert_eq!(thief.get("/admin").await.path.split('?').next(), Some("/login"));
}

#[actix_web::test]
async fn r24_logging_in_starts_a_new_session_and_redirects_to_the_requested_page() {
    let shop = TestShop::new().await;
    shop.create_account("ann@kestrel.example", Role::Editor).await;
    let ann = shop.visitor();
    let page = ann.get("/admin/posts?tab=drafts").await;
    assert_eq!(page.path.split('?').next(), Some("/login"));
    let page =
        page.form("Log in").fill_all(&[("email", "ann@kestrel.example"), ("password", STAFF_PASSWORD)]).submit().await;
    assert_eq!(page.path, "/admin/posts?tab=drafts");
    let first = ann.cookies().remove("tp").unwrap();
    ann.log_in("ann@kestrel.example", STAFF_PASSWORD).await;
    assert_ne!(ann.cookies().remove("tp").unwrap(), first);
    let fields = [("email", "ann@kestrel.example"), ("password", STAFF_PASSWORD), ("next", "//evil.example/")];
    assert_eq!(shop.visitor().post("/login", &fields).await.location(), "/admin");
}

#[actix_web::test]
async fn r25_a_session_expires() {
    let shop = TestShop::new().await;
    let (ann, ben) = (shop.log_in_as(Role::Editor).await, shop.log_in_as(Role::Author).await);
    for _ in 0..13 {
        shop.advance_clock(SignedDuration::from_mins(55));
        assert_eq!(ann.get("/admin").await.path, "/admin", "each visit counts (R25)");
    }
    assert_eq!(ben.get("/admin").await.path.split('?').next(), Some("/login"), "an hour without a visit");
    shop.advance_clock(SignedDuration::from_mins(55));
    assert_eq!(ann.get("/admin").await.path.split('?').next(), Some("/login"), "twelve hours in all");
}

//! Limits per network on bytes, files, rows and guesses, which do not lock anybody out.

use actix_web::http::Method;
use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;
use tradepost::paths;

use crate::support::pictures::png;
use crate::support::{Browser, Page, TestShop};

const FORM: &str = "application/x-www-form-urlencoded";
const PARTS: &str = "multipart/form-data; boundary=x";

async fn send(browser: &Browser, path: &str, kind: &str, body: Vec<u8>) -> Page {
    browser.send(Method::POST, path, &[("content-type", kind), ("sec-fetch-site", "same-origin")], body).await
}

fn file(head: &str, bytes: usize) -> Vec<u8> {
    let mut body = format!("--x\r\nContent-Disposition: form-data; name=\"f\"; {head}\r\n\r\n").into_bytes();
    body.extend(vec![b'a'; bytes]);
    body.extend_from_slice(b"\r\n--x--\r\n");
    body
}

const OPEN: &[&str] = &[
    "/cart/lines",
    "/cart/coupon",
    "/login",
    "/checkout",
    "/checkout/quote",
    "/password/reset",
    "/pay/test/none",
    "/orders/none/payment",
    "/orders/none/returns/new",
];

#[actix_web::test]
async fn uploads_without_permission_write_no_files() {
    let shop = TestShop::new().await;
    let support = shop.log_in_as(Role::Support).await;
    // The folder is read-only, so a write would fail.
    std::fs::remove_dir_all(shop.upload_folder()).unwrap();
    for path in OPEN {
        for head in ["filename=\"a.png\"", "filename=\"\"", "filename*=UTF-8''a.png"] {
            let page = send(&shop.visitor(), path, PARTS, file(head, 100)).await;
            assert_eq!(page.status, 413, "{path} {head}");
        }
    }
    for path in ["/admin/pictures", "/admin/posts/new", "/admin/posts/preview", "/admin/products/new"] {
        let page = send(&shop.visitor(), path, PARTS, file("filename=\"a.png\"", 100)).await;
        assert_eq!((page.status, page.location()), (303, "/login"), "{path}");
        assert_eq!(send(&support, path, PARTS, file("filename=\"a.png\"", 100)).await.status, 403, "{path}");
    }
    let owner = shop.log_in_as(Role::Owner).await;
    assert_eq!(send(&owner, "/admin/settings", PARTS, file("filename=\"a.png\"", 100)).await.status, 413);
    assert_eq!(send(&owner, "/admin/pictures", PARTS, file("filename=\"a.png\"", 100)).await.status, 503);
    assert!(!shop.upload_folder().exists());
}

#[actix_web::test]
async fn r44_public_forms_have_a_size_limit() {
    let shop = TestShop::new().await;
    let many = "a=&".repeat(200);
    let long = format!("email=a&password={}", "x".repeat(65_536));
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes()
    };
    let parts = |all: Vec<Vec<u8>>| [all.concat(), b"--x--\r\n".to_vec()].concat();
    let endless = [b"--x\r\nContent-Disposition: form-data; x=".to_vec(), vec![b'y'; 300_000]].concat();
    let bodies = [
        (FORM, many.into_bytes()),
        (FORM, long.into_bytes()),
        (PARTS, parts((0..201).map(|_| part("a", "")).collect())),
        (PARTS, parts(vec![part("a", &"x".repeat(65_537))])),
        (PARTS, parts(vec![part(&"n".repeat(5_000), "x"); 20])),
        (PARTS, endless),
    ];
    for (at, (kind, body)) in bodies.into_iter().enumerate() {
        for path in ["/login", "/cart/lines", "/password/reset"] {
            let page = send(&shop.visitor(), path, kind, body.clone()).await;
            assert_eq!(page.status, 413, "{path} {at}");
        }
    }
    let fits = format!("email=ann&password=&{}", "a=&".repeat(190));
    assert_eq!(send(&shop.visitor(), "/login", FORM, fits.into_bytes()).await.status, 422);
    let shouted = "APPLICATION/X-WWW-FORM-URLENCODED";
    assert_eq!(send(&shop.visitor(), "/login", shouted, b"email=ann".to_vec()).await.status, 422);
}

#[actix_web::test]
async fn long_texts_of_staff_are_saved_or_returned() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let editor = owner.get("/admin/posts/new").await;
    let text = "\u{7d30}".repeat(300_000);
    let page = editor.form("Save draft").fill_all(&[("title", "Long"), ("body", &text)]).submit().await;
    assert_eq!(page.text("[role=status]"), "Draft saved.", "{:?}", page.texts("#problems li"));
    assert_eq!(page.field_value("body").chars().count(), 300_000);
    for text in ["x".repeat(1_100_000), "\u{1f600}".repeat(1_100_000), "y".repeat(4_500_000)] {
        let page = editor.form("Save draft").fill_all(&[("title", "Too long"), ("body", &text)]).submit().await;
        assert_eq!(page.status, 422);
        assert!(page.field_error("body").contains("Please split it"));
        assert!(page.field_value("body") == text, "no word is lost");
    }
    let story = "\u{7d30}".repeat(10_000);
    let page = owner.get("/admin/settings").await.form("Save").fill("story_text", &story).submit().await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
    assert_eq!(page.field_value("story_text"), story);
}

#[actix_web::test]
async fn staff_upload_twenty_pictures_at_once() {
    let shop = TestShop::new().await;
    let editor = shop.log_in_as(Role::Editor).await;
    let mut form = editor.get("/admin/pictures").await.form("Upload");
    for at in 1..=20 {
        form = form.attach_file("files", &format!("{at}.png"), &png(10 + at, 10));
    }
    let page = form.submit().await;
    assert_eq!(page.status, 200, "{}", page.text("main"));
    assert!(page.text("main").contains("20"), "{}", page.text("main"));
    assert_eq!(std::fs::read_dir(shop.upload_folder()).unwrap().count(), 0, "nothing is left behind");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn new_carts_per_network_are_limited_and_existing_carts_are_not() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(100_000).create().await;
    let add = async |browser: &Browser| browser.post("/cart/lines", &[("variant_id", &mug.variant.public_id)]).await;
    let shopper = shop.visitor().with_ip("192.0.2.1");
    assert_eq!(add(&shopper).await.status, 303);
    let flood = || shop.visitor().with_ip("192.0.2.66");
    let mut started = 0;
    let refused = loop {
        let page = add(&flood()).await;
        match page.status {
            303 if started < 1_000 => started += 1,
            _ => break page,
        }
    };
    assert_eq!((refused.status, started), (429, 119));
    assert!(refused.field_error("quantity").contains("Wait 2 seconds"), "{}", refused.field_error("quantity"));
    assert_eq!(refused.header("retry-after"), Some("2"));
    assert!(refused.has("form[action='/cart/lines']"), "the visitor's way goes on from here");
    // An invented cookie is not a cart.
    let stale = flood();
    stale.set_cookie("tp-cart", "made-up");
    assert_eq!(add(&stale).await.status, 429);
    assert_eq!(add(&shopper).await.status, 303, "who has a cart fills it");
    assert_eq!(add(&shop.visitor().with_ip("198.51.100.1")).await.status, 303, "others are not concerned");
    shop.advance_clock(SignedDuration::from_secs(2));
    assert_eq!(add(&flood()).await.status, 303);
    // A private address may stand for many clients.
    for _ in 0..200 {
        assert_eq!(add(&shop.visitor()).await.status, 303);
    }
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn concurrent_code_guesses_are_throttled_like_sequential_ones() {
    let shop = TestShop::new().await;
    shop.create_percent_coupon("SPRING15", 15).await;
    let mug = shop.product("Mug").create().await;
    for (address, most) in [("192.0.2.1", 10), ("127.0.0.1", 60)] {
        let guesser = shop.visitor().with_ip(address);
        guesser.add_to_cart(&mug, 1).await;
        let guess = async |at: usize| guesser.post("/cart/coupon", &[("code", &format!("GUESS{at}"))]).await.status;
        let responses = join_all((0..80).map(guess)).await;
        let checked_count = responses.iter().filter(|status| **status == 422).count();
        assert_eq!(
            (checked_count, responses.iter().filter(|status| **status == 429).count()),
            (most, 80 - most),
            "{address}"
        );
        let page = guesser.post("/cart/coupon", &[("code", "SPRING15")]).await;
        assert_eq!(page.status, 429);
        let seconds = page.header("retry-after").unwrap().parse().unwrap();
        assert!(page.field_error("code").contains("Wait"));
        shop.advance_clock(SignedDuration::from_secs(seconds));
        assert_eq!(guesser.post("/cart/coupon", &[("code", "SPRING15")]).await.status, 303);
    }
    let other = shop.visitor().with_ip("198.51.100.1");
    other.add_to_cart(&mug, 1).await;
    for _ in 0..20 {
        assert_eq!(other.post("/cart/coupon", &[("code", "spring15")]).await.status, 303, "good ones cost nothing");
    }
    assert_eq!(other.post("/cart/coupon", &[("code", "0000-0000-0000-0000")]).await.status, 422);
}

#[actix_web::test]
async fn r62_guessed_order_links_are_throttled_and_valid_ones_work() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor().with_ip("192.0.2.1");
    ada.add_to_cart(&mug, 1).await;
    let order = crate::support::fill_checkout(&ada, "bank_transfer").await.submit().await.path;
    let links = [
        ("/orders/made-up", Method::GET, 404),
        ("/orders/made-up/invoices/1", Method::GET, 404),
        ("/orders/made-up/payment", Method::POST, 404),
        ("/orders/made-up/returns/new", Method::GET, 404),
        ("/orders/made-up/returns/new", Method::POST, 404),
        ("/orders/made-up/returns/1/cancellation", Method::POST, 404),
        ("/pay/test/made-up", Method::GET, 404),
        ("/pay/test/made-up", Method::POST, 404),
        ("/password/reset?token=made-up", Method::GET, 410),
        ("/password/reset", Method::POST, 410),
    ];
    for (at, (path, method, status)) in links.into_iter().enumerate() {
        let stranger = shop.visitor().with_ipv4([198, 51, u8::try_from(at).unwrap(), 7]);
        let headers = [("content-type", FORM), ("sec-fetch-site", "same-origin")];
        let mut responses = Vec::new();
        for _ in 0..40 {
            let body = b"token=made-up&password=nine+lemons+under+water".to_vec();
            responses.push(stranger.send(method.clone(), path, &headers, body).await.status);
        }
        let known = responses.iter().filter(|response| **response == status).count();
        assert_eq!((known, responses.last()), (30, Some(&429)), "{method} {path}: {responses:?}");
        assert_eq!(stranger.get(&order).await.status, 200, "one that opens something does");
    }
    assert_eq!(shop.visitor().with_ip("203.0.113.1").get_without_redirect(paths::login()).await.status, 200);
    shop.run_jobs().await;
}

//! Links are made from the base URL, whatever a request says about its host, and long addresses are refused.

use actix_web::http::Method;

use crate::support::TestShop;

const ADA: &str = "ada@lovelace.example";
/// Headers in which proxies, or attackers, name a host.
const HOST_HEADERS: &[(&str, &str)] = &[
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-server", "evil.example"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-port", "8443"),
    ("x-forwarded-prefix", "//evil.example"),
    ("forwarded", "for=192.0.2.1;host=evil.example;proto=https"),
    ("x-host", "evil.example"),
    ("x-original-url", "/evil.example"),
    ("x-rewrite-url", "/evil.example"),
    ("x-http-host-override", "evil.example"),
    ("referer", "https://evil.example/"),
];

#[actix_web::test]
async fn r8_no_header_changes_the_host_of_a_link() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.create_published_post("News", "New.").await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let pages = [
        "/",
        "/shop",
        &mug.path(),
        "/blog/news",
        "/blog/feed.atom",
        "/sitemap.xml",
        "/robots.txt",
        "/llms.txt",
        "/.well-known/security.txt",
        "/login",
        "/nothing",
        "/shop/",
    ];
    for path in pages {
        let page = shop.visitor().send(Method::GET, path, HOST_HEADERS, Vec::new()).await;
        let text = format!("{:?} {}", page.headers, String::from_utf8_lossy(&page.body));
        assert!(!text.contains("evil.example"), "{path}: {text}");
        assert!(!text.contains("https://127.0.0.1") && !text.contains(":8443"), "{path}: {text}");
        // A page that was cached for this request is the one for everybody.
        let page = shop.visitor().get_without_redirect(path).await;
        assert!(!String::from_utf8_lossy(&page.body).contains("evil.example"), "{path}");
    }
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded"), ("origin", "http://127.0.0.1")];
    headers.extend(HOST_HEADERS);
    let body = b"email=ada%40lovelace.example".to_vec();
    let page = shop.visitor().send(Method::POST, "/password/forgot", &headers, body).await;
    assert_eq!((page.status, page.location()), (303, "/login"));
    shop.run_jobs().await;
    let emails = shop.emails().await;
    let email = emails.last().unwrap();
    assert!(!email.body_text.contains("evil.example"), "{}", email.body_text);
    assert!(email.body_text.contains("http://127.0.0.1/password/reset?token="), "{}", email.body_text);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r60_an_address_of_more_than_eight_kilobytes_is_refused() {
    let shop = TestShop::new().await;
    let get = async |address: String| shop.visitor().get_without_redirect(&address).await.status;
    assert_eq!(get(format!("/search?q={}", "a".repeat(8_000))).await, 200);
    assert_eq!(get(format!("/search?q={}", "a".repeat(8_200))).await, 400);
    assert_eq!(get(format!("/{}", "a".repeat(8_200))).await, 400);
}

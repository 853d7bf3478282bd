//! The headers of every response (docs/SECURITY.md S6).

use std::collections::BTreeSet;

use actix_web::http::Method;
use tradepost::models::people::account::roles::Role;
use tradepost::routes::{RouteRow, table};

use super::ends_session;
use crate::routes::fill_parameters;
use crate::support::{Browser, Page, TestShop};

const ADA: &str = "ada@lovelace.example";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const OWN: (&str, &str) = ("origin", "http://127.0.0.1");

/// What every response has, whatever its status.
fn assert_common_headers(page: &Page, what: &str) {
    for (name, value) in [("x-content-type-options", "nosniff"), ("cross-origin-opener-policy", "same-origin")] {
        assert_eq!(page.header(name), Some(value), "{what}: {name}");
    }
    for name in ["referrer-policy", "cross-origin-resource-policy", "permissions-policy", "x-request-id"] {
        assert!(page.header(name).is_some(), "{what}: {name} is missing");
    }
    for name in [
        "server",
        "x-powered-by",
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-allow-methods",
    ] {
        assert_eq!(page.header(name), None, "{what}: {name}");
    }
    let kind = page.header("content-type").unwrap_or_default();
    assert!(!kind.starts_with("text/") || kind.contains("charset=utf-8"), "{what}: {kind}");
    if kind.starts_with("text/html") {
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'") && policy.contains("base-uri 'none'"), "{what}: {policy}");
        assert!(!policy.contains("unsafe-eval") && !policy.contains("script-src 'self' "), "{what}: {policy}");
        assert!(page.header("x-frame-options").is_some(), "{what}");
    }
}

/// What the responses of a route have besides.
fn assert_route_headers(page: &Page, line: &RouteRow, what: &str) {
    assert_common_headers(page, what);
    if line.cache == "never" {
        assert_eq!(page.header("cache-control"), Some("no-store"), "{what}: {}", page.status);
    }
    let is_page = page.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    if line.access.starts_with("staff") && page.status == 200 && is_page {
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(!policy.contains("https://"), "{what}: nothing of the admin goes to another site: {policy}");
    }
    for cookie in page.headers.get_all("set-cookie").map(|value| value.to_str().unwrap()) {
        assert!(cookie.contains("HttpOnly") && cookie.contains("Path=/"), "{what}: {cookie}");
        assert!(cookie.contains("SameSite=Lax") || cookie.contains("Max-Age=0"), "{what}: {cookie}");
    }
}

#[actix_web::test]
async fn r3_every_response_has_its_headers_and_allows_no_other_origin() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.create_published_post("News", "New.").await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let visitors = [
        ("anybody", shop.visitor()),
        ("a customer", shop.log_in_customer(ADA).await),
        ("the owner", shop.log_in_as(Role::Owner).await),
    ];
    let mut statuses = BTreeSet::new();
    for line in table() {
        for (who, browser) in &visitors {
            if ends_session(line.path) && *who != "anybody" {
                continue;
            }
            let (path, what) = (fill_parameters(line.path), format!("{} {} by {who}", line.method, line.path));
            let page = match line.method {
                "GET" => {
                    let foreign = [("origin", "https://evil.example"), ("access-control-request-method", "GET")];
                    browser.send(Method::GET, &path, &foreign, Vec::new()).await
                }
                _ => browser.post(&path, &[]).await,
            };
            assert_route_headers(&page, &line, &what);
            statuses.insert(page.status);
        }
    }
    let send = async |method: Method, path: &str, headers: &[(&str, &str)], body: &str| {
        let page = shop.visitor().send(method, path, headers, body.as_bytes().to_vec()).await;
        assert_common_headers(&page, &format!("{path}: {}", page.status));
        page
    };
    let tag = send(Method::GET, &mug.path(), &[], "").await.header("etag").unwrap().to_owned();
    let answers = [
        send(Method::GET, &mug.path(), &[("if-none-match", &tag)], "").await,
        send(Method::GET, "/search?q=%00", &[], "").await,
        send(Method::POST, "/cart/lines", &[FORM, ("origin", "https://evil.example")], "").await,
        send(Method::OPTIONS, "/cart/lines", &[("origin", "https://evil.example")], "").await,
        send(Method::PUT, "/cart", &[OWN], "").await,
        send(Method::POST, "/cart/lines", &[OWN, FORM], &"a=&".repeat(300)).await,
        send(Method::POST, "/cart/lines", &[OWN, ("content-type", "application/json")], "{}").await,
        send(Method::GET, "/", &[("host", "evil.example")], "").await,
        send(Method::GET, "/shop/", &[], "").await,
    ];
    statuses.extend(answers.iter().map(|page| page.status));
    for status in [200, 301, 303, 304, 400, 403, 404, 405, 413, 415, 421, 422] {
        assert!(statuses.contains(&status), "no response had status {status}: {statuses:?}");
    }
    shop.run_jobs().await;
}

#[actix_web::test]
async fn r10_over_https_everything_asks_for_https_and_cookies_are_host_only() {
    let shop = TestShop::at_https_address().await;
    let mug = shop.product("Mug").create().await;
    for line in table().iter().filter(|line| line.method == "GET") {
        let page = shop.visitor().get_without_redirect(&fill_parameters(line.path)).await;
        let wanted = Some("max-age=63072000; includeSubDomains");
        assert_eq!(page.header("strict-transport-security"), wanted, "{}", line.path);
        let policy = page.header("content-security-policy").unwrap_or_default();
        let is_page = page.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        assert!(!is_page || policy.ends_with("; upgrade-insecure-requests"), "{}: {policy}", line.path);
    }
    let browser: Browser = shop.visitor();
    let body = format!("variant_id={}&quantity=1", mug.variant.public_id).into_bytes();
    let own = [FORM, ("sec-fetch-site", "same-origin")];
    let page = browser.send(Method::POST, "/cart/lines", &own, body.clone()).await;
    assert_eq!(page.status, 303);
    let mut cookies = page.headers.get_all("set-cookie").map(|value| value.to_str().unwrap());
    let cookie = cookies.find(|cookie| cookie.starts_with("__Host-tp-cart=")).expect("no cart's cookie is set");
    for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    for origin in ["http://shop.example", "https://shop.example:8443", "https://evil.example", "null"] {
        let page = browser.send(Method::POST, "/cart/lines", &[FORM, ("origin", origin)], body.clone()).await;
        assert_eq!(page.status, 403, "R1: {origin}");
    }
    let plain = TestShop::new().await.visitor().get("/").await;
    assert_eq!(plain.header("strict-transport-security"), None, "a site without https does not ask for it");
}

//! HTTP edge cases: methods, content types, hosts, cookies and addresses that browsers do not send.

use actix_web::http::Method;
use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;

use crate::support::html::Page;
use crate::support::{TestShop, fill_checkout};

const OWN: (&str, &str) = ("origin", "http://127.0.0.1");

fn html(page: &Page) -> String {
    String::from_utf8_lossy(&page.body).into_owned()
}

#[actix_web::test]
async fn r2_a_405_response_lists_the_allowed_methods() {
    let shop = TestShop::new().await;
    for (method, path, allowed) in [
        ("PUT", "/cart/lines", "POST"),
        ("PUT", "/login", "GET, HEAD, POST"),
        ("DELETE", "/cart", "GET, HEAD"),
        ("POST", "/shop", "GET, HEAD"),
        ("GET", "/logout", "POST"),
        ("HEAD", "/logout", "POST"),
        ("OPTIONS", "/checkout", "GET, HEAD, POST"),
        ("PATCH", "/admin/posts/01ABC", "GET, HEAD, POST"),
        ("PUT", "/admin/posts/preview", "GET, HEAD, POST"),
        ("DELETE", "/products/mug", "GET, HEAD"),
        ("TRACE", "/", "GET, HEAD"),
        ("POST", "/blog/feed.atom", "GET, HEAD"),
        ("GET", "/cart/lines/01ABC/remove", "POST"),
    ] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let page = shop.visitor().send(method.clone(), path, &[OWN], Vec::new()).await;
        assert_eq!((page.status, page.header("allow")), (405, Some(allowed)), "{method} {path}");
    }
    for method in [Method::PUT, Method::DELETE, Method::POST, Method::OPTIONS] {
        let page = shop.visitor().send(method.clone(), "/no/such/place", &[OWN], Vec::new()).await;
        assert_eq!((page.status, page.header("allow")), (404, None), "{method}");
    }
}

#[actix_web::test]
async fn a_trailing_slash_never_redirects_to_another_site() {
    let shop = TestShop::new().await;
    for path in ["//evil.example/", "///evil.example/", "/\\evil.example/", "/\\/evil.example/", "/blog\\..//"] {
        let page = shop.visitor().get_without_redirect(path).await;
        assert_eq!(page.status, 404, "{path}: {:?}", page.header("location"));
    }
    for (path, home) in [("/blog/", "/blog"), ("/cart///?a=b", "/cart?a=b"), ("/no/such/", "/no/such")] {
        let page = shop.visitor().get_without_redirect(path).await;
        assert_eq!((page.status, page.location()), (301, home), "{path}");
    }
}

#[actix_web::test]
async fn r4_the_content_type_of_a_form_is_required_and_case_insensitive() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let variant = mug.variant.public_id.clone();
    let send = |kind: Option<&'static str>, body: String| {
        let visitor = shop.visitor();
        async move {
            let mut headers = vec![OWN];
            headers.extend(kind.map(|kind| ("content-type", kind)));
            visitor.send(Method::POST, "/cart/lines", &headers, body.into_bytes()).await.status
        }
    };
    let body = format!("variant_id={variant}&quantity=1");
    for kind in [
        "application/x-www-form-urlencoded",
        "APPLICATION/X-WWW-FORM-URLENCODED",
        "Application/X-www-form-urlencoded; charset=UTF-8",
    ] {
        assert_eq!(send(Some(kind), body.clone()).await, 303, "{kind}");
    }
    let parts = format!(
        "--x\r\nContent-Disposition: form-data; name=\"variant_id\"\r\n\r\n{variant}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"quantity\"\r\n\r\n1\r\n--x--\r\n"
    );
    assert_eq!(send(Some("Multipart/Form-Data; boundary=x"), parts).await, 303);
    for kind in
        [None, Some("text/plain"), Some("application/json"), Some("application/x-www-form-urlencoded2"), Some("*/*")]
    {
        assert_eq!(send(kind, body.clone()).await, 415, "{kind:?}");
    }
}

#[actix_web::test]
async fn r8_the_host_of_the_request_target_counts_and_foreign_hosts_are_refused() {
    let shop = TestShop::new().await;
    let ask = |target: &'static str, host: &'static str| {
        let visitor = shop.visitor();
        async move {
            let page = visitor.send(Method::GET, target, &[("host", host)], Vec::new()).await;
            (page.status, page.body.is_empty())
        }
    };
    for (target, host) in [
        ("http://evil.test/", "127.0.0.1"),
        ("http://evil.test/shop", "127.0.0.1"),
        ("http://127.0.0.1.evil.test/", "127.0.0.1"),
        ("http://user@evil.test/", "127.0.0.1"),
        ("/", "evil.test"),
        ("/", "127.0.0.1.evil.test"),
        ("/", "evil.test:80"),
        ("/", "127.0.0.1@evil.test"),
        ("/", ""),
    ] {
        assert_eq!(ask(target, host).await, (421, true), "{target} for {host}");
    }
    assert_eq!(ask("http://127.0.0.1/shop", "evil.test").await, (200, false), "the header is left aside");
    assert_eq!(ask("/shop", "LOCALHOST:8080").await, (200, false));
}

#[actix_web::test]
async fn an_invalid_session_cookie_is_removed() {
    let shop = TestShop::new().await;
    shop.create_published_post("News", "New.").await;
    let owner = shop.log_in_as(Role::Owner).await;
    let signed = owner.cookies()["tp"].clone();
    // The signature is valid, but the session has ended.
    let dead = owner.with_same_cookies();
    owner.post("/logout", &[]).await;
    assert!(!owner.cookies().contains_key("tp"));
    for path in ["/", "/blog/news", "/cart", "/login", "/nothing"] {
        for junk in ["junk", "", "AAAA.BBBB", &format!("x{signed}")] {
            let cookie = format!("tp={junk}");
            let page = shop.visitor().send(Method::GET, path, &[("cookie", &cookie)], Vec::new()).await;
            let set = page.header("set-cookie").unwrap_or_default().to_owned();
            assert!(set.starts_with("tp=;") && set.contains("Max-Age=0"), "{junk:?} at {path}: {set}");
            assert!(!page.header("cache-control").unwrap().contains("public"), "{path}: nobody else gets that");
        }
    }
    for path in ["/", "/cart", "/admin"] {
        let twin = dead.with_same_cookies();
        assert!(twin.cookies().contains_key("tp"));
        twin.get_without_redirect(path).await;
        assert!(!twin.cookies().contains_key("tp"), "{path}");
    }
    let guest = shop.visitor().get_without_redirect("/").await;
    assert!(guest.header("set-cookie").is_none());
}

#[actix_web::test]
async fn a_valid_session_keeps_its_cookie() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let before = owner.cookies();
    for path in ["/", "/cart", "/admin", "/nothing", "/admin/none"] {
        owner.get_without_redirect(path).await;
        assert_eq!(owner.cookies(), before, "{path}");
    }
}

#[actix_web::test]
async fn unknown_parameters_create_no_cache_entries() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.create_published_post("News", "New.").await;
    let visitor = shop.visitor();
    let hit = Some("Tradepost; hit");
    for path in ["/shop", "/", "/blog", "/blog/news", &mug.path()] {
        visitor.get(path).await;
        for query in
            ["sort=anything", "sort=", "page=1", "page=0", "page=x", "sort=Price", "utm_source=y", "sort=featured"]
        {
            let page = visitor.get_without_redirect(&format!("{path}?{query}")).await;
            assert_eq!((page.status, page.header("cache-status")), (200, hit), "{path}?{query}");
        }
    }
    for path in ["/", "/blog/news", &mug.path()] {
        let page = visitor.get_without_redirect(&format!("{path}?page=7&sort=price")).await;
        assert_eq!((page.status, page.header("cache-status")), (200, hit), "{path} is no list");
    }
    for path in ["/shop?page=77", "/blog?page=77"] {
        assert_eq!(visitor.get_without_redirect(path).await.status, 404, "{path}: there is no such page");
    }
}

#[actix_web::test]
async fn an_error_page_has_the_layout_of_its_viewer() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.visitor().get("/").await;
    let guest = shop.visitor();
    let (with_cart, owner) = (shop.visitor(), shop.log_in_as(Role::Owner).await);
    with_cart.add_to_cart(&mug, 2).await;
    for path in ["/nothing", "/products/none", "/blog/none", "/orders/none", "/media/none", "/shop?page=9"] {
        let (page, own) = (guest.get_without_redirect(path).await, with_cart.get_without_redirect(path).await);
        assert_eq!((page.status, own.status), (404, 404), "{path}");
        assert!(html(&page).contains("Cart, empty") && html(&page).contains("Log in"), "{path}");
        assert!(!html(&own).contains("Cart, empty") && html(&own).contains("Cart, 2"), "{path}");
        let staff = owner.get_without_redirect(path).await;
        assert!(!html(&staff).contains(">Log in<"), "{path}: somebody is signed in");
        assert_eq!(staff.header("cache-control"), Some("no-store"));
    }
    // A flash message is shown on the next HTML page.
    let wrong = with_cart.send(Method::PUT, "/cart", &[OWN], Vec::new()).await;
    assert!(wrong.status == 405 && html(&wrong).contains("Cart, 2"));
}

#[actix_web::test]
async fn r74_every_error_page_shows_the_request_id() {
    let shop = TestShop::new().await;
    shop.visitor().get("/").await;
    let cases = [
        (Method::GET, "/nothing", vec![], 404),
        (Method::PUT, "/cart", vec![OWN], 405),
        (Method::POST, "/cart/lines", vec![("origin", "http://evil.example")], 403),
        (Method::GET, "/search?q=%00", vec![], 400),
        (Method::POST, "/cart/lines", vec![OWN, ("content-type", "application/json")], 415),
        (Method::GET, "/pages/none", vec![], 404),
    ];
    for (method, path, headers, status) in cases {
        let page = shop.visitor().send(method, path, &headers, b"x".to_vec()).await;
        assert_eq!(page.status, status, "{path}");
        let id = page.header("x-request-id").unwrap().to_owned();
        assert!(page.text("main code").contains(&id) || html(&page).contains(&format!("<code>{id}</code>")), "{path}");
    }
}

#[actix_web::test]
async fn the_health_check_is_not_cached_and_reports_overdue_jobs() {
    let shop = TestShop::new().await;
    for path in ["/healthz", "/readyz"] {
        let page = shop.visitor().get_without_redirect(path).await;
        assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")), "{path}");
    }
    assert_eq!(shop.visitor().get_without_redirect("/readyz").await.body, b"ready\n");
    let mug = shop.product("Mug").create().await;
    let buyer = shop.visitor();
    buyer.add_to_cart(&mug, 1).await;
    fill_checkout(&buyer, "bank_transfer").await.submit().await;
    assert_eq!(shop.visitor().get_without_redirect("/readyz").await.body, b"ready\n", "letters may take a moment");
    shop.advance_clock(SignedDuration::from_mins(2));
    let late = shop.visitor().get_without_redirect("/readyz").await;
    assert!(late.status == 200 && html(&late).contains("overdue, the oldest by 120 s"), "{}", html(&late));
    shop.run_jobs().await;
    assert_eq!(shop.visitor().get_without_redirect("/readyz").await.body, b"ready\n");
    shop.app.is_stopping.store(true, std::sync::atomic::Ordering::Relaxed);
    let page = shop.visitor().get_without_redirect("/readyz").await;
    assert_eq!((page.status, page.body.as_slice()), (503, b"not ready: stopping\n".as_slice()));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(shop.visitor().get_without_redirect("/healthz").await.status, 200, "it lives");
}

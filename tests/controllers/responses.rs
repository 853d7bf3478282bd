//! Headers and errors that are common to all responses.

use actix_web::http::Method;
use tradepost::models::people::account::roles::Role;
use tradepost::paths;
use tradepost::support::i18n::Locale;

use crate::support::TestShop;

#[actix_web::test]
async fn every_response_has_security_headers() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    shop.create_published_post("News", "New.").await;
    let owner = shop.log_in_as(Role::Owner).await;
    let pages = [
        "/",
        "/shop",
        &mug.path(),
        "/blog",
        "/blog/news",
        "/cart",
        "/login",
        "/search?q=mug",
        "/nothing",
        "/admin",
        "/checkout",
    ];
    for path in pages {
        for browser in [&owner, &shop.visitor()] {
            let page = browser.get_without_redirect(path).await;
            assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
            assert!(page.header("referrer-policy").is_some() && page.header("x-request-id").is_some(), "{path}");
            assert!(
                page.status == 303 || page.header("content-security-policy").unwrap().contains("default-src 'none'"),
                "{path}"
            );
        }
    }
    let machines =
        ["/healthz", "/readyz", "/robots.txt", "/sitemap.xml", "/blog/feed.atom", "/llms.txt", "/favicon.ico"];
    for path in machines.into_iter().chain([paths::security_txt()]) {
        let page = shop.visitor().get(path).await;
        assert_eq!((page.status, page.header("x-content-type-options")), (200, Some("nosniff")), "{path}");
    }
}

/// R80, RFC 9116.
#[actix_web::test]
async fn r80_security_txt_says_where_to_report_a_vulnerability() {
    let shop = TestShop::new().await;
    let read = async || {
        let response = shop.visitor().get("/.well-known/security.txt").await;
        assert_eq!((response.status, response.header("content-type")), (200, Some("text/plain; charset=utf-8")));
        String::from_utf8(response.body).unwrap()
    };
    // The clock stands at 2026-11-21, 180 days before.
    assert_eq!(
        read().await,
        "Contact: mailto:hello@kestrel.example\nExpires: 2027-05-20T00:00:00Z\nPreferred-Languages: en\n\
         Canonical: http://127.0.0.1/.well-known/security.txt\n"
    );
    shop.update_settings(|settings| {
        settings.contact_email.clear();
        settings.locale = Locale::De;
    })
    .await;
    let text = read().await;
    assert!(
        text.starts_with("Contact: http://127.0.0.1/\n") && text.contains("Preferred-Languages: de, en\n"),
        "{text}"
    );
}

#[actix_web::test]
async fn r69_only_debug_builds_have_live_reload() {
    let shop = TestShop::new().await;
    let health = shop.visitor().get("/healthz").await;
    assert_eq!(health.header("server-process").is_some(), cfg!(debug_assertions));
    for script in [paths::assets::SITE_JS, paths::assets::ADMIN_JS] {
        let script = shop.visitor().get(script).await;
        let polls = String::from_utf8_lossy(&script.body).contains("server-process");
        assert_eq!(polls, cfg!(debug_assertions));
    }
}

#[actix_web::test]
async fn static_files_are_compressed_except_the_font() {
    let shop = TestShop::new().await;
    let packed = [("accept-encoding", "br")];
    for (path, coding) in [(paths::assets::SITE_CSS, "br"), (paths::assets::FONT_WOFF2, "identity")] {
        let file = shop.visitor().send(Method::GET, path, &packed, Vec::new()).await;
        assert_eq!((file.status, file.header("content-encoding")), (200, Some(coding)), "{path}");
    }
    let typeface = shop.visitor().get(paths::assets::FONT_WOFF2).await;
    assert!(typeface.body.starts_with(b"wOF2"));
}

#[actix_web::test]
async fn reading_sets_no_cookie() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let visitor = shop.visitor();
    for path in ["/", "/shop", &mug.path(), "/blog", "/cart", "/login", "/search?q=x", "/nothing"] {
        let page = visitor.get_without_redirect(path).await;
        assert!(page.headers.get("set-cookie").is_none(), "{path}");
    }
    assert!(visitor.cookies().is_empty());
    visitor.add_to_cart(&mug, 1).await;
    assert_eq!(visitor.cookies().keys().collect::<Vec<_>>(), ["tp-cart"]);
}

#[actix_web::test]
async fn a_not_found_page_offers_a_search() {
    let shop = TestShop::new().await;
    for path in [
        "/nothing",
        "/products/none",
        "/blog/none",
        "/shop/none",
        "/pages/none",
        "/orders/none",
        "/media/none",
        "/pay/test/none",
    ] {
        let page = shop.visitor().get(path).await;
        assert_eq!((page.status, page.text("h1").as_str()), (404, "Page not found"), "{path}");
    }
    let page = shop.visitor().get("/nothing").await;
    assert!(page.has("form[action='/search'] input[name=q]"));
}

#[actix_web::test]
async fn other_host_names_are_refused() {
    let shop = TestShop::new().await;
    let page = shop.visitor().send(Method::GET, "/", &[("host", "evil.example")], Vec::new()).await;
    assert_eq!((page.status, page.body.len()), (421, 0));
    let page = shop.visitor().send(Method::GET, "/healthz", &[("host", "10.0.0.1")], Vec::new()).await;
    assert_eq!(page.status, 200, "health checks come by address");
}

#[actix_web::test]
async fn r49_invalid_form_bodies_are_refused() {
    let shop = TestShop::new().await;
    let own = ("origin", "http://127.0.0.1");
    let send = |headers: Vec<(&'static str, &'static str)>, body: Vec<u8>| {
        let visitor = shop.visitor();
        async move { visitor.send(Method::POST, "/cart/lines", &headers, body).await.status }
    };
    assert_eq!(send(vec![own, ("content-type", "application/json")], b"{}".to_vec()).await, 415);
    assert_eq!(send(vec![own, ("content-type", "multipart/form-data; boundary=x")], b"--x\r\n".to_vec()).await, 400);
    let form = ("content-type", "application/x-www-form-urlencoded");
    assert_eq!(send(vec![own, form, ("content-encoding", "gzip")], b"a=b".to_vec()).await, 415);
    assert_eq!(send(vec![own, form], vec![b'a'; 3 * 1024 * 1024]).await, 413);
    assert_eq!(shop.visitor().send(Method::DELETE, "/cart", &[own], Vec::new()).await.status / 100, 4);
}

#[actix_web::test]
async fn a_search_ignores_accents() {
    let shop = TestShop::new().await;
    shop.product("Crème brûlée torch").create().await;
    shop.create_published_post("Über Kaffee", "Schön.").await;
    let page = shop.visitor().get("/search?q=creme+BRULEE").await;
    assert_eq!(page.texts(".product-card h3, .product-card h2"), ["Crème brûlée torch"]);
    assert!(shop.visitor().get("/search?q=uber").await.text("main").contains("Über Kaffee"));
    let odd = shop.visitor().get("/search?q=%25").await;
    assert_eq!((odd.status, odd.texts(".product-card").len()), (200, 0), "a percent sign is only a sign");
    let script = shop.visitor().get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!String::from_utf8_lossy(&script.body).contains("<script>alert"));
}

#[actix_web::test]
async fn a_wrong_method_is_405_and_a_trailing_slash_redirects() {
    let shop = TestShop::new().await;
    let own = ("origin", "http://127.0.0.1");
    assert_eq!(shop.visitor().send(Method::POST, "/shop", &[own], Vec::new()).await.status, 405);
    assert_eq!(shop.visitor().send(Method::GET, "/logout", &[], Vec::new()).await.status, 405);
    let page = shop.visitor().get_without_redirect("/blog/").await;
    assert_eq!((page.status, page.location()), (301, "/blog"));
}

#[actix_web::test]
async fn a_null_character_is_not_a_server_error() {
    let shop = TestShop::new().await;
    for path in ["/search?q=a%00b", "/products/a%00b", "/blog/%00", "/orders/%00"] {
        assert_eq!(shop.visitor().get_without_redirect(path).await.status, 400, "{path}");
    }
    let page = shop.visitor().post("/login", &[("email", "a\0nn@kestrel.example"), ("password", "a\0b")]).await;
    assert_eq!((page.status, page.field_value("email").as_str()), (422, "ann@kestrel.example"));
}

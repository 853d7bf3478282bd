//! The first start.

use tradepost::models::product::Product;
use tradepost::support::page::Tally;

use crate::support::TestShop;
use crate::support::shop::PASSWORD;

#[actix_web::test]
async fn a_site_is_made_with_one_form() {
    let shop = TestShop::unopened().await;
    let owner = shop.visitor();
    let page = owner.get("/").await;
    assert_eq!(page.path, "/setup", "before that there is nothing else to see");
    let form = page.form("Create my site").fill_all(&[
        ("site_name", "Kestrel Books"),
        ("name", "Grace Hopper"),
        ("email", "grace@kestrel.example"),
        ("password", PASSWORD),
        ("country", "DE"),
        ("currency", "EUR"),
    ]);
    let page = form.choose("content", "empty").send().await;
    assert_eq!((page.status, page.path.as_str()), (200, "/"));
    assert_eq!(page.text("[role=status]"), "Your site is open. This is what visitors see.");
    assert!(page.text("title").contains("Kestrel Books"));
    assert!(page.has(".owner-bar"), "the owner is signed in");

    assert_eq!(owner.ask("/setup").await.status, 404);
    assert_eq!(shop.visitor().ask("/setup").await.status, 404);
    let again = [("site_name", "Mine"), ("name", "Eve"), ("email", "eve@evil.example"), ("password", PASSWORD)];
    assert_eq!(shop.visitor().post("/setup", &again).await.status, 404);
    assert_eq!(shop.visitor().get("/").await.status, 200);
    assert!(shop.app.setup_key.lock().unwrap().is_none());
    assert_eq!(shop.read(|conn| Product::count(conn, None)).await, Tally::Nothing);
    assert_eq!(owner.get("/admin/settings").await.value("time_zone"), "Europe/Berlin", "the clock of the country");
}

#[actix_web::test]
async fn what_is_wrong_is_said_and_what_was_typed_stays() {
    let shop = TestShop::unopened().await;
    let page = shop.visitor().get("/setup").await;
    let page = page
        .form("Create my site")
        .fill_all(&[
            ("site_name", " "),
            ("name", "Grace"),
            ("email", "grace@"),
            ("password", "short"),
            ("country", "JP"),
        ])
        .choose("content", "empty")
        .send()
        .await;
    assert_eq!(page.status, 422);
    assert_eq!(page.error("site_name"), "Enter the name of your site.");
    assert_eq!(page.error("email"), "Enter an email address like name@example.com.");
    assert!(page.error("password").contains("at least 12 characters"));
    assert_eq!(["name", "email", "country", "password"].map(|name| page.value(name)), ["Grace", "grace@", "JP", ""]);
    assert_eq!(page.attr("#email", "aria-invalid").as_deref(), Some("true"));
    assert!(page.has("input[name=content][value=empty][checked]"));
}

#[actix_web::test]
async fn somebody_elsewhere_needs_the_key() {
    let shop = TestShop::unopened().await;
    let stranger = || shop.visitor().at_address([203, 0, 113, 9]);
    assert_eq!(stranger().ask("/setup").await.status, 403);
    assert_eq!(stranger().ask("/setup?key=wrong").await.status, 403);
    let fields = [("site_name", "Mine"), ("name", "Eve"), ("email", "eve@evil.example"), ("password", PASSWORD)];
    assert_eq!(stranger().post("/setup", &fields).await.status, 403);
    let page = stranger().get("/setup?key=the-setup-key").await;
    assert_eq!((page.status, page.value("key").as_str()), (200, "the-setup-key"));
    let page = page
        .form("Create my site")
        .fill_all(&[("site_name", "Far"), ("name", "Ann"), ("email", "ann@far.example"), ("password", PASSWORD)])
        .choose("content", "empty")
        .send()
        .await;
    assert_eq!((page.status, page.path.as_str()), (200, "/"));
}

#[actix_web::test]
async fn the_sample_shop_is_there_at_once_and_adds_up() {
    let shop = TestShop::unopened().await;
    let page = shop.visitor().get("/setup").await;
    let page = page
        .form("Create my site")
        .fill_all(&[("site_name", "Roast"), ("name", "Ann"), ("email", "ann@roast.example"), ("password", PASSWORD)])
        .choose("content", "demo")
        .send()
        .await;
    assert_eq!((page.status, page.path.as_str()), (200, "/"));
    assert!(page.texts(".product-card").len() >= 4);
    assert!(shop.leave_pictures().await > 20, "each picture waits for its sizes");
    shop.run_jobs().await;
    shop.assert_clean().await;
}

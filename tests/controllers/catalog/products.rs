//! The product's form.

use tradepost::models::people::account::roles::Role;

use crate::support::pictures::{png, png_claiming_size};
use crate::support::{Browser, Page, TestShop};

async fn submit_product(owner: &Browser, fields: &[(&str, &str)]) -> Page {
    let form = owner.get("/admin/products/new").await.form("Save").fill_all(&[
        ("title", "Tin"),
        ("price", "5"),
        ("stock", "1"),
    ]);
    form.fill_all(fields).submit().await
}

#[actix_web::test]
async fn invalid_prices_and_numbers_are_refused() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for (name, typed) in [
        ("price", "cheap"),
        ("price", "-1"),
        ("price", "1.2345"),
        ("price", ""),
        ("price", "99999999999999999999"),
        ("compare_at_price", "4"),
        ("stock", "-1"),
        ("stock", "many"),
        ("weight_grams", "-5"),
        ("title", ""),
    ] {
        let page = submit_product(&owner, &[("description", "Kept."), (name, typed)]).await;
        assert_eq!(page.status, 422, "{name}={typed}");
        assert!(!page.field_error(name).is_empty());
        assert_eq!(
            (page.field_value(name).as_str(), page.field_value("description").as_str()),
            (typed, "Kept."),
            "{name}"
        );
    }
}

#[actix_web::test]
async fn a_slug_or_sku_in_use_is_refused() {
    let shop = TestShop::new().await;
    shop.product("Mug").sku("MUG-1").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = submit_product(&owner, &[("slug", "mug")]).await;
    assert_eq!(
        page.field_error("slug"),
        "Another product has this address. Please choose a different one: mug-2 is available."
    );
    let page = submit_product(&owner, &[("sku", "mug-1")]).await;
    assert_eq!((page.status, page.field_error("sku").as_str()), (422, "Another product has this SKU."));
    assert_eq!(page.field_value("sku"), "mug-1");
}

#[actix_web::test]
async fn files_that_are_not_pictures_are_refused_and_nothing_is_lost() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let big = vec![7; 11 * 1024 * 1024];
    let cut = &png(400, 400)[..200];
    for (name, bytes) in [
        ("diary.jpg", &b"Dear diary, this is no picture."[..]),
        ("huge.png", &png_claiming_size(30_000, 30_000)),
        ("big.png", &big),
        ("cut.png", cut),
        ("empty.png", b""),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    ] {
        let page = owner.get("/admin/products/new").await;
        let form =
            page.form("Save").fill_all(&[("title", "Tin"), ("price", "5"), ("stock", "1"), ("description", "Kept.")]);
        let page = form.attach_file("images", name, bytes).submit().await;
        assert_eq!(page.status, 422, "{name}");
        assert!(page.field_error("images").contains(name), "{name}: {}", page.field_error("images"));
        assert_eq!(
            (page.field_value("title").as_str(), page.field_value("description").as_str()),
            ("Tin", "Kept."),
            "{name}"
        );
    }
    assert!(shop.visitor().get("/shop").await.texts(".product-card").is_empty());
}

#[actix_web::test]
async fn a_renamed_product_redirects_from_its_old_address() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get(&format!("/admin/products/{}", mug.product.public_id)).await;
    let old = owner.get(&page.path).await;
    page.form("Save").fill("slug", "enamel-mug").submit().await;
    let moved = shop.visitor().get_without_redirect("/products/mug").await;
    assert_eq!((moved.status, moved.location()), (301, "/products/enamel-mug"));
    let late = old.form("Save").fill("title", "My mug").submit().await;
    assert_ne!(late.status, 500);
    assert!(late.has("[role=alert]"), "somebody else saved it meanwhile");
    assert_eq!(late.field_value("title"), "My mug");
}

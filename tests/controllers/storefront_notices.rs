//! Short notices of the storefront: free shipping, low stock, pictures in use.

use tradepost::models::checkout::shipping_method::ShippingMethod;
use tradepost::models::content::media::Media;
use tradepost::models::people::account::roles::Role;
use tradepost::support::pagination::Cursor;

use crate::support::pictures::png;
use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn a_cart_above_the_free_shipping_threshold_says_so() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(30_00).create().await;
    shop.write(|tx| {
        let mut shipping_method = ShippingMethod::all(tx.conn())?.remove(0);
        shipping_method.free_over_minor = Some(50_00);
        shipping_method.save(tx, &[])
    })
    .await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let cart = ada.get("/cart").await;
    assert!(cart.text(".free-left").contains("€20.00 more"), "{}", cart.text(".summary"));
    assert!(cart.text(".summary").contains("plus shipping"));
    ada.add_to_cart(&mug, 1).await;
    let cart = ada.get("/cart").await;
    assert_eq!(cart.text(".free-left"), "Shipping is free.");
    assert!(!cart.text(".summary").contains("plus shipping"), "{}", cart.text(".summary"));
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    assert_eq!(page.text("[data-total=shipping]"), "Free");
    assert_eq!(page.total("shipping"), "0.00");
    assert_eq!(page.texts(".thanks .pill"), ["Awaiting payment"], "packing waits for the money");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn the_product_list_distinguishes_low_stock_from_sold_out() {
    let shop = TestShop::new().await;
    let shirt = shop.product("Shirt").option("Size", &["S", "M", "L"]).variant("S", 900, 40).variant("M", 900, 0);
    shirt.variant("L", 900, 50).create().await;
    let cap = shop.product("Cap").option("Size", &["S", "M"]).variant("CS", 900, 0).variant("CM", 900, 0);
    cap.create().await;
    shop.product("Mug").stock(3).create().await;
    let page = shop.log_in_as(Role::Owner).await.get("/admin/products").await;
    assert_eq!(page.texts("td.num.opt2"), ["Sold out", "3", "90 · 1 sold out"]);
    assert_eq!(page.texts("td .low-stock"), ["3", "· 1 sold out"]);
}

#[actix_web::test]
async fn a_picture_on_the_front_page_counts_as_used() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for (file, width) in [("hero.png", 30), ("story.png", 31), ("spare.png", 32)] {
        owner.get("/admin/pictures").await.form("Upload").attach_file("files", file, &png(width, 20)).submit().await;
    }
    let library = shop.read(|conn| Ok(Media::list(conn, &Cursor::first(9))?.items)).await;
    let id = |file: &str| library.iter().find(|media| media.file_name == file).unwrap().public_id.clone();
    let (hero, story) = (id("hero.png"), id("story.png"));
    let (first, second) = (hero.clone(), story.clone());
    shop.update_settings(move |settings| {
        settings.hero_picture = first.clone();
        settings.story_picture = second.clone();
    })
    .await;
    let page = owner.get("/admin/pictures").await;
    let unused: Vec<String> = page.texts(".media-grid li").into_iter().filter(|one| one.contains("not used")).collect();
    assert!(unused.len() == 1 && unused[0].contains("spare.png"), "{unused:?}");
    for id in [hero, story] {
        let path = format!("/admin/pictures/{id}");
        let page = owner.post(&path, &[("then", "delete")]).await;
        let page = owner.follow_redirects(page).await;
        assert_eq!(page.text("[role=alert]"), "This picture is in use. Remove it there first.");
        assert_eq!(owner.get(&path).await.status, 200);
    }
    shop.discard_picture_jobs().await;
}

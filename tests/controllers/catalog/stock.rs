//! The stock pages.

use tradepost::models::people::account::roles::Role;
use tradepost::paths;

use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn every_stock_adjustment_is_in_the_ledger() {
    let shop = TestShop::new().await;
    let mug = shop.product("Harbour mug").stock(4).sku("MUG-1").create().await;
    shop.product("Kettle").stock(40).create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let list = owner.get("/admin/stock").await;
    assert_eq!(list.texts("tbody th a"), ["Harbour mug", "Kettle"]);
    assert_eq!(owner.get("/admin/stock?tab=low").await.texts("tbody th a"), ["Harbour mug"]);
    assert_eq!(owner.get("/admin/stock?q=mug-1").await.texts("tbody th a"), ["Harbour mug"]);
    let product = owner.get(&paths::admin::product(&mug.product.public_id)).await;
    assert!(product.has(&format!("main a[href='{}']", paths::admin::variant_stock(&mug.variant.public_id))));

    let page = list.click_link("Harbour mug").await;
    let fields = [("quantity", "10"), ("reason", "Delivery note 17")];
    let page = page.form("Save").choose("kind", "receive").fill_all(&fields).submit().await;
    assert_eq!((page.status, page.text("[data-stock=left]").as_str()), (200, "14"));
    let page = page.form("Save").choose("kind", "count").fill_all(&[("quantity", "12"), ("reason", "Year end")]);
    let page = page.fill("low_at", "20").submit().await;
    assert_eq!(page.text("[data-stock=on-hand]"), "12");
    let page = page.form("Save").choose("kind", "damage").fill_all(&[("quantity", "1"), ("reason", "Fell down")]);
    let page = page.submit().await;
    assert_eq!(page.text("[data-stock=on-hand]"), "11");
    assert_eq!(page.field_value("low_at"), "20");
    assert_eq!(page.text(".heading .pill"), "Low stock");
    let rows = page.texts(".list tbody tr");
    assert_eq!(rows.len(), 4, "{rows:?}");
    for (row, words) in rows.iter().zip(["−1Fell down", "−2Year end", "+10Delivery note 17", "+4Opening stock"]) {
        assert!(row.contains(words), "{row}");
    }
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_count_below_the_reserved_quantity_is_refused() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(5).create().await;
    let (owner, ada) = (shop.log_in_as(Role::Owner).await, shop.visitor());
    ada.add_to_cart(&mug, 3).await;
    fill_checkout(&ada, "bank_transfer").await.submit().await;
    let page = owner.get(&paths::admin::variant_stock(&mug.variant.public_id)).await;
    for (kind, quantity) in [("count", "2"), ("damage", "3")] {
        let typed = [("quantity", quantity), ("reason", "Looked again")];
        let refused = page.form("Save").choose("kind", kind).fill_all(&typed).submit().await;
        assert_eq!(refused.status, 422);
        assert!(
            refused.field_error("quantity").contains("3 units are reserved for orders"),
            "{}",
            refused.field_error("quantity")
        );
        assert_eq!(refused.field_value("reason"), "Looked again");
    }
    let page = page.form("Save").choose("kind", "count").fill_all(&[("quantity", "3"), ("reason", "Counted")]);
    assert_eq!(page.submit().await.text("[data-stock=left]"), "0");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn an_adjustment_needs_quantity_and_reason() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let path = paths::admin::variant_stock(&mug.variant.public_id);
    let page = owner.get(&path).await;
    let refused = page.form("Save").choose("kind", "count").fill("quantity", "3").submit().await;
    assert_eq!((refused.status, refused.field_error("reason").is_empty()), (422, false));
    let refused = page.form("Save").submit().await;
    assert_eq!(refused.field_error("quantity"), "Enter a quantity.");
    let refused = page.form("Save").fill("quantity", "0").submit().await;
    assert!(refused.field_error("quantity").contains("from 1"));
    assert_eq!(
        owner.post(&path, &[("kind", "ship"), ("quantity", "1")]).await.field_error("kind"),
        "Choose one of these."
    );
    assert_eq!(owner.get("/admin/stock/nothing").await.status, 404);
    let support = shop.log_in_as(Role::Support).await;
    assert_eq!(support.get("/admin/stock").await.status, 403);
    shop.assert_audit_passes().await;
}

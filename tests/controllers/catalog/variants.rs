//! Products with options: the product page, and the form of staff.

use tradepost::models::catalog::variant::stock;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Actor;
use tradepost::paths;

use crate::support::{Browser, Page, TestProduct, TestShop};

/// Small 12 €, one left; medium 15 €, sold out; large 18 €, plenty.
async fn create_shirt(shop: &TestShop) -> TestProduct {
    let sizes = shop.product("Shirt").option("Size", &["S", "M", "L"]);
    sizes.variant("SH-S", 12_00, 1).variant("SH-M", 15_00, 0).variant("SH-L", 18_00, 20).create().await
}

async fn product_form(owner: &Browser, item: &TestProduct) -> Page {
    owner.get(&paths::admin::product(&item.product.public_id)).await
}

fn field(product: &TestProduct, name: &str) -> String {
    format!("variant_{}_{name}", product.variant.public_id)
}

#[actix_web::test]
async fn sold_out_and_unknown_variants_are_refused_and_others_sell() {
    let shop = TestShop::new().await;
    let shirt = create_shirt(&shop).await;
    let ada = shop.visitor();
    let page = ada.get(&shirt.path()).await;
    assert_eq!(page.texts("#option-1 option"), ["S – €12.00", "M – €15.00, sold out", "L – €18.00"]);
    assert_eq!(page.field_value("option_1"), "S");
    let refused = page.form("Add to cart").choose("option_1", "M").fill("quantity", "2").submit().await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.field_error("option_1"), "This variant is sold out. Please choose another.");
    assert_eq!((refused.field_value("option_1").as_str(), refused.field_value("quantity").as_str()), ("M", "2"));
    let few = page.form("Add to cart").choose("option_1", "S").fill("quantity", "2").submit().await;
    assert_eq!((few.status, few.field_error("quantity").as_str()), (422, "Only 1 left. Please reduce the quantity."));
    assert_eq!(few.field_value("option_1"), "S");
    let product = shirt.product.public_id.as_str();
    for (typed, words) in [("XXL", "This option is not available. Please choose: Size."), ("", "Please choose: Size.")]
    {
        let page = ada.post("/cart/lines", &[("product_id", product), ("option_1", typed), ("quantity", "1")]).await;
        assert_eq!((page.status, page.field_error("option_1").as_str()), (422, words));
    }
    assert_eq!(ada.post("/cart/lines", &[("product_id", "nothing"), ("option_1", "S")]).await.status, 404);
    assert_eq!(ada.get("/cart").await.text("h1"), "Your cart is empty");
    let cart = page.form("Add to cart").choose("option_1", "L").fill("quantity", "3").submit().await;
    assert_eq!(cart.total("goods"), "54.00");
    let small = shop.variants(&shirt).await.remove(0);
    let added = ada.post("/cart/lines", &[("variant_id", &small.variant.public_id), ("quantity", "1")]).await;
    assert_eq!(added.status, 303, "the variant itself can be named too");
    assert_eq!(ada.get("/cart").await.total("goods"), "66.00");
    let again = ada.post("/cart/lines", &[("variant_id", &small.variant.public_id), ("quantity", "1")]).await;
    assert_eq!((again.status, again.field_value("option_1").as_str()), (422, "S"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_product_with_variants_is_listed_once_from_its_lowest_price() {
    let shop = TestShop::new().await;
    let shirt = create_shirt(&shop).await;
    shop.product("Mug").price(13_00).create().await;
    let gone = shop.product("Cap").option("Size", &["One", "Two"]).variant("C-1", 30_00, 0).variant("C-2", 30_00, 0);
    gone.create().await;
    let ada = shop.visitor();
    let prices = |page: &Page| page.texts(".product-card .price");
    let cheap = ada.get("/shop?sort=price").await;
    assert_eq!(cheap.texts(".product-card h2"), ["Shirt", "Mug", "Cap"]);
    assert_eq!(prices(&cheap), ["from €12.00", "€13.00", "€30.00"]);
    assert_eq!(ada.get("/shop?sort=-price").await.texts(".product-card h2"), ["Cap", "Mug", "Shirt"]);
    assert_eq!(cheap.texts(".product-card.sold-out h2"), ["Cap"], "sold out only when all are");
    assert_eq!(cheap.text(".list-bar p"), "3 products");
    assert_eq!(ada.get("/search?q=sh-l").await.texts(".product-card h2, .product-card h3"), ["Shirt"]);
    let related = ada.get("/products/mug").await;
    assert_eq!(related.texts("#related, .grid.four .product-card").len(), 3, "the heading and two others");

    // A new price appears everywhere at once.
    let owner = shop.log_in_as(Role::Owner).await;
    let large = shop.variants(&shirt).await.remove(2);
    product_form(&owner, &shirt).await.form("Save").fill(&field(&large, "price"), "9").submit().await;
    let cheap = ada.get("/shop?sort=price").await;
    assert_eq!(prices(&cheap), ["from €9.00", "€13.00", "€30.00"]);
    let page = ada.get(&shirt.path()).await;
    assert_eq!(
        (page.text(".cost .price").as_str(), page.texts(".choices .price")[2].as_str()),
        ("from €9.00", "€9.00")
    );
    let json = page.text("script[type='application/ld+json']");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let offers = &json["offers"];
    assert_eq!((offers["@type"].as_str(), offers["offerCount"].as_i64()), (Some("AggregateOffer"), Some(3)));
    assert_eq!((offers["lowPrice"].as_str(), offers["highPrice"].as_str()), (Some("9.00"), Some("15.00")));
    assert_eq!(offers["offers"][1]["availability"], "https://schema.org/OutOfStock");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_reduction_belongs_to_one_variant() {
    let shop = TestShop::new().await;
    let shirt = create_shirt(&shop).await;
    let owner = shop.log_in_as(Role::Owner).await;
    let large = shop.variants(&shirt).await.remove(2);
    let page = product_form(&owner, &shirt).await.form("Save");
    page.fill(&field(&large, "price"), "16").fill(&field(&large, "compare_at_price"), "18").submit().await;
    let page = shop.visitor().get(&shirt.path()).await;
    assert_eq!(page.text(".cost .price"), "from €12.00", "the cheapest is not reduced");
    assert_eq!(page.texts(".choices .price")[2], "€16.00 regular price €18.00");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn staff_add_options_to_a_product() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let mug = shop.product("Mug").price(12_00).stock(4).sku("MUG").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let page = product_form(&owner, &mug).await;
    assert!(!page.has(".variants"));
    let refused =
        page.form("Save").fill("option_name_1", "Colour").fill("option_values_1", "Red, Blue, red").submit().await;
    assert_eq!((refused.status, refused.field_error("option_values_1").as_str()), (422, "red is listed twice."));
    assert_eq!(refused.field_value("option_values_1"), "Red, Blue, red");
    for (fields, name, words) in [
        (&[("option_values_2", "A")][..], "option_name_2", "Enter a name for this option, such as Size."),
        (&[("option_name_3", "Size")], "option_values_3", "Enter the values of this option, such as S, M, L."),
        (
            &[("option_name_1", "size"), ("option_values_1", "a"), ("option_name_2", "Size"), ("option_values_2", "b")],
            "option_name_2",
            "Another option is already named Size.",
        ),
        (
            &[("option_name_1", "A name that is far too long for an option"), ("option_values_1", "a")],
            "option_name_1",
            "Use at most 40 characters.",
        ),
        (
            &[("option_name_1", "Size"), ("option_values_1", "A value that is far too long to be chosen")],
            "option_values_1",
            "Use at most 40 characters for each value. Separate them with commas.",
        ),
        (
            &[
                ("option_name_1", "A"),
                ("option_values_1", "1,2,3,4,5,6,7,8,9,10,11"),
                ("option_name_2", "B"),
                ("option_values_2", "1,2,3,4,5,6,7,8,9,10"),
            ],
            "option_values_1",
            "These options make 110 variants. A product can have at most 100.",
        ),
    ] {
        let page = page.form("Save").fill_all(fields).submit().await;
        assert_eq!((page.status, page.field_error(name).as_str()), (422, words));
    }
    page.form("Save").fill("option_name_1", "Colour").fill("option_values_1", "Red, Blue, ,").submit().await;
    let page = product_form(&owner, &mug).await;
    assert_eq!(page.texts(".variants tbody th"), ["Colour: Red", "Colour: Blue"]);
    assert!(!page.has("[name=price]") && !page.has("[name=stock]") && page.has("[name=tax_class]"));
    let both = shop.variants(&mug).await;
    assert_eq!(both[0].variant.id, mug.variant.id, "the first is the one there was");
    assert_eq!((shop.stock(&both[0]).await.0, shop.stock(&both[1]).await.0), (4, 0));
    assert_eq!(both[1].variant.price_minor, 12_00);
    assert_eq!(ada.get("/cart").await.texts(".lines .note")[0], "Colour: Red");

    // Invalid numbers stay in their fields.
    let (red, blue) = (&both[0], &both[1]);
    for (name, typed, words) in [
        ("price", "dear", "Enter an amount in EUR, such as 19.00."),
        ("compare_at_price", "3", "The compare-at price must be higher than the price, or empty."),
        ("stock", "-1", "Enter a whole number from 0 to 1,000,000."),
        ("weight_grams", "heavy", "Enter a whole number from 0 to 1,000,000."),
        ("sku", "mug", "Another variant has this SKU."),
    ] {
        let name = field(blue, name);
        let page = product_form(&owner, &mug)
            .await
            .form("Save")
            .fill(&name, typed)
            .fill(&field(red, "barcode"), "77")
            .submit()
            .await;
        assert_eq!(
            (page.status, page.field_error(&name).as_str(), page.field_value(&name).as_str()),
            (422, words, typed)
        );
        assert_eq!(page.field_value(&field(red, "barcode")), "77");
    }
    let page = product_form(&owner, &mug)
        .await
        .form("Save")
        .fill(&field(blue, "sku"), "BLUE")
        .fill(&field(blue, "stock"), "7");
    page.fill(&field(blue, "price"), "14").fill(&field(blue, "weight_grams"), "450").submit().await;
    let exchange =
        product_form(&owner, &mug).await.form("Save").fill(&field(blue, "sku"), "MUG").fill(&field(red, "sku"), "BLUE");
    assert_eq!(exchange.submit().await.status, 200);
    let both = shop.variants(&mug).await;
    assert_eq!((both[0].variant.sku.as_str(), both[1].variant.sku.as_str()), ("BLUE", "MUG"));
    assert_eq!((both[1].variant.price_minor, both[1].variant.weight_g, shop.stock(&both[1]).await.0), (14_00, 450, 7));

    // Each has its stock, is found by its SKU, and is listed under its own name.
    let list = owner.get("/admin/stock").await;
    assert_eq!(list.texts("tbody th"), ["Mug Colour: Red", "Mug Colour: Blue"]);
    assert_eq!(owner.get("/admin/stock?tab=low").await.texts("tbody th"), ["Mug Colour: Red"]);
    assert_eq!(owner.get("/admin/stock?q=mug").await.texts("tbody th").len(), 2);
    let products = owner.get("/admin/products?q=blue").await;
    assert_eq!(products.texts("tbody th a"), ["Mug"]);
    assert!(products.text("tbody tr").contains("2 variants") && products.text("tbody tr").contains("from €12.00"));
    let page = owner.get(&paths::admin::variant_stock(&both[1].variant.public_id)).await;
    assert_eq!(page.text("h1"), "Stock of Mug (Colour: Blue)");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn changing_options_loses_nothing() {
    let shop = TestShop::new().await;
    let shirt = create_shirt(&shop).await;
    let owner = shop.log_in_as(Role::Owner).await;
    let ada = shop.visitor();
    let before = shop.variants(&shirt).await;
    ada.get(&shirt.path()).await.form("Add to cart").choose("option_1", "L").submit().await;

    // Renamed in place, and a new value in front.
    product_form(&owner, &shirt).await.form("Save").fill("option_values_1", "XS, S, Medium, L").submit().await;
    let now = shop.variants(&shirt).await;
    let names: Vec<&str> = now.iter().map(|one| one.variant.options.as_str()).collect();
    assert_eq!(names, ["Size: XS", "Size: S", "Size: M", "Size: L"].map(|name| name.replace(": M", ": Medium")));
    assert_eq!(now[3].variant.id, before[2].variant.id);
    assert_eq!(now[1].variant.id, before[0].variant.id);
    shop.assert_audit_passes().await;

    // With a second option, existing variants get its first value.
    product_form(&owner, &shirt)
        .await
        .form("Save")
        .fill("option_name_2", "Fit")
        .fill("option_values_2", "Slim, Wide")
        .submit()
        .await;
    let now = shop.variants(&shirt).await;
    assert_eq!(now.len(), 8);
    let large = now.iter().find(|one| one.variant.options == "Size: L · Fit: Slim").unwrap();
    assert_eq!((large.variant.id, shop.stock(large).await.0), (before[2].variant.id, 20));
    assert_eq!(ada.get("/cart").await.texts(".lines .note")[0], "Size: L · Fit: Slim");
    shop.assert_audit_passes().await;

    // A removed size remains in carts only.
    product_form(&owner, &shirt).await.form("Save").fill("option_values_1", "XS, S").submit().await;
    assert_eq!(shop.variants(&shirt).await.len(), 4);
    let cart = ada.get("/cart").await;
    assert_eq!(cart.text(".lines strong"), "No longer available. Please remove it.");
    let old = ada.post("/cart/lines", &[("variant_id", &large.variant.public_id), ("quantity", "1")]).await;
    assert_eq!(
        (old.status, old.field_error("quantity").as_str()),
        (422, "This variant is no longer available. Please choose another.")
    );
    let gone = owner.get("/admin/stock").await;
    assert!(
        gone.texts("tbody th").contains(&"Shirt Size: L · Fit: SlimNot on sale".to_owned()),
        "its pieces are there"
    );
    shop.assert_audit_passes().await;

    // It returns with its stock and SKU.
    product_form(&owner, &shirt).await.form("Save").fill("option_values_1", "XS, S, L").submit().await;
    let now = shop.variants(&shirt).await;
    let large = now.iter().find(|one| one.variant.options == "Size: L · Fit: Slim").unwrap();
    assert_eq!((large.variant.id, shop.stock(large).await.0), (before[2].variant.id, 20));
    assert_eq!(large.variant.sku, "SH-L");
    shop.assert_audit_passes().await;

    // Without options, the first variant stays.
    let page = product_form(&owner, &shirt).await.form("Save").fill("option_name_1", "").fill("option_values_1", "");
    page.fill("option_name_2", "").fill("option_values_2", "").submit().await;
    let now = shop.variants(&shirt).await;
    assert_eq!((now.len(), now[0].variant.options.as_str()), (1, ""));
    let page = product_form(&owner, &shirt).await;
    assert!(page.has("[name=price]") && !page.has(".variants"));
    let page = ada.get(&shirt.path()).await;
    assert!(page.text(".buy").contains("Sold out") && !page.has("#option-1") && !page.has(".choices"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_new_product_is_created_with_options() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/products/new").await.form("Save").fill_all(&[
        ("title", "Coffee"),
        ("price", "9.50"),
        ("stock", "8"),
        ("option_name_2", "Grind"),
        ("option_values_2", "Beans, Filter"),
        ("status", "active"),
    ]);
    let page = page.submit().await;
    assert_eq!(page.status, 200);
    assert_eq!(page.texts(".variants tbody th"), ["Grind: Beans", "Grind: Filter"]);
    assert_eq!(page.field_value("option_name_1"), "Grind", "gaps are closed");
    let shown = shop.visitor().get("/products/coffee").await;
    assert_eq!(shown.text(".cost .price"), "€9.50");
    assert_eq!(shown.texts("#option-1 option"), ["Beans", "Filter, sold out"]);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_form_without_options_keeps_them() {
    let shop = TestShop::new().await;
    let shirt = create_shirt(&shop).await;
    let owner = shop.log_in_as(Role::Owner).await;
    let small = shop.variants(&shirt).await.remove(0);
    let (price, path) = (field(&small, "price"), paths::admin::product(&shirt.product.public_id));
    let json = [("title", "Blouse"), ("status", "active"), ("lock_version", "1"), (price.as_str(), "11")];
    assert_eq!(owner.post(&path, &json).await.status, 303);
    let now = shop.variants(&shirt).await;
    assert_eq!((now.len(), now[0].variant.price_minor, now[0].product.title.as_str()), (3, 11_00, "Blouse"));
    assert_eq!(shop.stock(&now[2]).await.0, 20);
    assert_eq!(owner.get("/admin/stock").await.texts("tbody th").first().map(String::as_str), Some("Blouse Size: S"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_product_is_not_sold_out_when_only_its_cheapest_variant_is() {
    let shop = TestShop::new().await;
    let sock = shop.product("Sock").option("Size", &["S", "L"]).variant("S-S", 5_00, 0).variant("S-L", 6_00, 1);
    let sock = sock.create().await;
    let ada = shop.visitor();
    let shelf = ada.get("/shop").await;
    assert_eq!((shelf.text(".product-card .price").as_str(), shelf.has(".sold-out")), ("from €5.00", false));
    assert_eq!(ada.get(&sock.path()).await.field_value("option_1"), "L", "what can be bought is chosen already");
    let large = shop.variants(&sock).await.remove(1);
    shop.write(move |tx| stock::adjust(tx, large.variant.id, -1, &Actor::System)).await;
    assert!(ada.get("/shop").await.has(".sold-out"), "the kept page knows at once");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn option_values_may_contain_commas() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for (typed, values) in [
        ("0,5 l, 1 l, 1,5 l", &["0,5 l", "1 l", "1,5 l"][..]),
        ("0,5 l\r\n1 l\r\n1,5 l\r\n", &["0,5 l", "1 l", "1,5 l"][..]),
        ("Red, matt\nBlue, matt", &["Red, matt", "Blue, matt"][..]),
        ("1/2\"; 3/4\"", &["1/2\"", "3/4\""][..]),
        ("S,M,L", &["S", "M", "L"][..]),
        ("Red, matt\n", &["Red, matt"][..]),
    ] {
        let bottle = shop.product(&format!("Bottle {typed}")).create().await;
        let form_of = || async { product_form(&owner, &bottle).await.form("Save") };
        let page = form_of().await.fill("option_name_1", "Volume").fill("option_values_1", typed).submit().await;
        assert_eq!(page.status, 200, "{typed}: {}", page.text("main"));
        for _ in 0..2 {
            let product = bottle.product.clone();
            let options = shop.read(move |conn| product.options(conn)).await;
            let names: Vec<&str> = options[0].values.iter().map(|value| value.name.as_str()).collect();
            assert_eq!(names, values, "{typed}");
            // Saved again unchanged.
            assert_eq!(form_of().await.submit().await.status, 200);
        }
    }
    let cup = shop.product("Cup").create().await;
    for look_alikes in
        ["X L, X  L", "X L, X\u{a0}L", "Café, Cafe\u{301}", "A, A\u{200b}", "ＸＬ, XL", "Straße, STRASSE", "a\nA"]
    {
        let filled = product_form(&owner, &cup).await.form("Save").fill("option_name_1", "Kind");
        let page = filled.fill("option_values_1", look_alikes).submit().await;
        assert!(
            page.status == 422 && page.field_error("option_values_1").ends_with("is listed twice."),
            "{look_alikes}"
        );
        assert_eq!(page.field_value("option_values_1"), look_alikes);
    }
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn lookalike_skus_are_duplicates() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.product("Mug").sku("MUG-1").create().await;
    let cup = shop.product("Cup").create().await;
    for sku in ["mug-1", "MUG\u{2011}1", "ＭＵＧ-1", "MUG-1\u{200b}"] {
        let page = product_form(&owner, &cup).await.form("Save").fill("sku", sku).submit().await;
        assert_eq!(page.field_error("sku"), "Another product has this SKU.", "{sku}");
    }
}

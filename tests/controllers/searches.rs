//! Search results and their links.

use tradepost::paths::search_for;

use crate::support::TestShop;

#[actix_web::test]
async fn search_results_link_to_their_records() {
    let shop = TestShop::new().await;
    shop.product("Lighthouse mug").create().await;
    shop.create_published_post("Lighthouse stories", "Waves.").await;
    shop.create_published_page("The lighthouse", "Who we are.").await;
    for (found, path) in [
        ("Lighthouse mug", "/products/lighthouse-mug"),
        ("Lighthouse stories", "/blog/lighthouse-stories"),
        ("The lighthouse", "/pages/the-lighthouse"),
    ] {
        let page = shop.visitor().get("/search?q=lighthouse").await;
        let page = page.click_link(found).await;
        assert_eq!((page.status, page.path.as_str(), page.text("h1").as_str()), (200, path, found));
    }
    let page = shop.visitor().get("/search?q=stories").await;
    assert!(page.has("#r-posts") && !page.has("#r-pages") && !page.has("#r-products"));
}

#[actix_web::test]
async fn titles_match_any_part_and_texts_word_prefixes_with_titles_first() {
    let shop = TestShop::new().await;
    shop.product("Filterkaffee").sku("FK-250").create().await;
    shop.create_published_post("Über Röstgrade", "Ein heller Kaffee schmeckt nach Früchten.").await;
    shop.create_published_post("Kaffee aus Huila", "Nichts weiter.").await;
    shop.create_published_post("Danach noch ein Wort zum Kaffee", "Und Schluss.").await;
    shop.create_published_post("Tee", "Kaffeebohnen hat er nicht.").await;
    let visitor = shop.visitor();
    let titles = |page: crate::support::html::Page| {
        [page.texts("section[aria-labelledby=r-products] h3"), page.texts("section[aria-labelledby=r-posts] h3")]
    };
    let all = titles(visitor.get(&search_for("kaffee")).await);
    assert_eq!(all[0], ["Filterkaffee"], "the end of a compound");
    let posts = ["Danach noch ein Wort zum Kaffee", "Kaffee aus Huila", "Tee", "Über Röstgrade"];
    assert_eq!(all[1], posts, "titles before texts, the newest first");
    assert_eq!(titles(visitor.get(&search_for("fruechte")).await)[1].len(), 0);
    assert_eq!(titles(visitor.get(&search_for("FRÜCHT")).await)[1], ["Über Röstgrade"]);
    assert_eq!(titles(visitor.get(&search_for("rost uber")).await)[1], ["Über Röstgrade"]);
    assert_eq!(titles(visitor.get(&search_for("fk-250")).await)[0], ["Filterkaffee"]);
    assert_eq!(titles(visitor.get(&search_for("kaffee zebra")).await), [Vec::<String>::new(), Vec::new()]);
    for odd in ["\"", "\" OR \"", "NEAR(", "head:kaffee", "*", "'", "a & b", "\\", "!", ":*A"] {
        assert_eq!(visitor.get(&search_for(odd)).await.status, 200, "{odd}");
    }
}

#[actix_web::test]
async fn whole_words_rank_above_prefixes_when_results_are_capped() {
    let shop = TestShop::new().await;
    shop.create_published_post("The old one", "A car of its own.").await;
    for number in 0..16 {
        shop.create_published_post(&format!("Number {number}"), "A cart, a card, a carton.").await;
    }
    let found = shop.visitor().get(&search_for("car")).await.texts("section[aria-labelledby=r-posts] h3");
    assert_eq!((found.len(), found[0].as_str(), found[1].as_str()), (16, "The old one", "Number 15"));
}

#[actix_web::test]
async fn a_text_of_a_hundred_thousand_words_is_saved_and_found() {
    let shop = TestShop::new().await;
    let words: Vec<String> = (0..100_000).map(|number| format!("w{number:x}aaaaaaaaaa")).collect();
    shop.create_published_post("The long one", &words.join(" ")).await;
    let page = shop.visitor().get(&search_for(&words[17])).await;
    assert_eq!(page.texts("section[aria-labelledby=r-posts] h3"), ["The long one"]);
}

#[actix_web::test]
async fn a_changed_record_is_found_by_its_new_words_only() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(tradepost::models::people::account::roles::Role::Owner).await;
    let mug = shop.product("Mug").create().await;
    let form = owner.get(&format!("/admin/products/{}", mug.product.public_id)).await.form("Save");
    form.fill("title", "Tumbler").fill("description", "").fill("sku", "").submit().await;
    let found = |words: &'static str| {
        let visitor = shop.visitor();
        async move { visitor.get(&search_for(words)).await.has("#r-products") }
    };
    assert!(found("tumbler").await && !found("mug").await);
    tradepost::jobs::worker::clean_up(&shop.app).await.unwrap();
    assert!(found("tumbler").await && !found("mug").await, "nor when what was noted has been gathered");
    let form = owner.get(&format!("/admin/products/{}", mug.product.public_id)).await.form("Save");
    form.fill("status", "draft").submit().await;
    assert!(!found("tumbler").await, "a draft is nobody’s to find");
    let listed = owner.get("/admin/products?q=umbl").await;
    assert_eq!(listed.texts("table.list tbody th a").len(), 1, "but staff find it");
    assert_eq!(listed.text("caption"), "Matching products, newest first");
    assert_eq!(owner.get("/admin/products").await.text("caption"), "Products, by name");
    assert_eq!(owner.get("/admin/stock?q=umbl").await.text("caption"), "Matching products, newest first");
}

/// The titles of the products found, in order.
async fn find_titles(shop: &TestShop, words: &str) -> Vec<String> {
    shop.visitor().get(&search_for(words)).await.texts("section[aria-labelledby=r-products] h3")
}

#[actix_web::test]
async fn plurals_and_single_typos_are_found() {
    let shop = TestShop::new().await;
    shop.product("Harbour Mug").create().await;
    shop.product("Gooseneck Kettle").create().await;
    shop.product("House Espresso").category("coffee").create().await;
    shop.product("Hambela").category("coffee/single origin").create().await;
    shop.product("Box of berries").create().await;
    shop.create_published_post("A guide to Ethiopia", "Where it grows.").await;
    for (words, found) in [
        ("mugs", &["Harbour Mug"][..]),
        ("MUGS", &["Harbour Mug"][..]),
        ("kettles", &["Gooseneck Kettle"][..]),
        ("boxes", &["Box of berries"][..]),
        ("berry", &["Box of berries"][..]),
        ("kettel", &["Gooseneck Kettle"][..]),
        ("ketle", &["Gooseneck Kettle"][..]),
        ("kettlle", &["Gooseneck Kettle"][..]),
        ("kettke", &["Gooseneck Kettle"][..]),
        ("espreso", &["House Espresso"][..]),
        ("gosseneck kettel", &["Gooseneck Kettle"][..]),
        ("harbor mugs", &["Harbour Mug"][..]),
        ("cofee", &["Hambela", "House Espresso"][..]),
        ("coffees", &["Hambela", "House Espresso"][..]),
        ("zebra", &[][..]),
        ("kxttxe", &[][..]),
        ("mgu", &[][..]),
    ] {
        assert_eq!(find_titles(&shop, words).await, found, "{words}");
    }
    let page = shop.visitor().get(&search_for("etiopia")).await;
    assert_eq!(page.texts("section[aria-labelledby=r-posts] h3"), ["A guide to Ethiopia"]);
}

#[actix_web::test]
async fn title_and_category_matches_rank_above_text_matches() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(tradepost::models::people::account::roles::Role::Owner).await;
    shop.product("Coffee scale").create().await;
    shop.product("Hambela").category("coffee").create().await;
    shop.product("Las Nubes").category("coffee/decaf").create().await;
    shop.product("Plain cup").category("cups and mugs").create().await;
    let card = shop.product("Gift card").create().await;
    let form = owner.get(&format!("/admin/products/{}", card.product.public_id)).await.form("Save");
    form.fill("description", "For coffee, cups and more.").submit().await;
    assert_eq!(find_titles(&shop, "coffee").await, ["Coffee scale", "Las Nubes", "Hambela", "Gift card"]);
    assert_eq!(find_titles(&shop, "coffee decaf").await, ["Las Nubes"]);
    assert_eq!(find_titles(&shop, "mug").await, ["Plain cup"], "by its category");
    assert_eq!(find_titles(&shop, "cup").await, ["Plain cup", "Gift card"]);
    // The category is removed.
    let hambela = owner.get("/admin/products?q=hambela").await.click_link("Hambela").await;
    hambela.form("Save").fill("categories", "").submit().await;
    assert_eq!(find_titles(&shop, "coffee").await, ["Coffee scale", "Las Nubes", "Gift card"]);
}

#[actix_web::test]
async fn title_matches_win_when_results_are_capped() {
    let shop = TestShop::new().await;
    shop.product("Coffee").create().await;
    for number in 0..30 {
        shop.product(&format!("Blend {number}")).category("coffee").create().await;
    }
    let found = find_titles(&shop, "coffee").await;
    assert_eq!((found.len(), found[0].as_str(), found[1].as_str()), (24, "Coffee", "Blend 29"));
}

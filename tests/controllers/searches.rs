//! What the search finds, and where it leads.

use crate::support::TestShop;

#[actix_web::test]
async fn what_is_found_leads_to_where_it_is() {
    let shop = TestShop::new().await;
    shop.product("Lighthouse mug").create().await;
    shop.published_post("Lighthouse stories", "Waves.").await;
    shop.published_page("The lighthouse", "Who we are.").await;
    for (found, path) in [
        ("Lighthouse mug", "/products/lighthouse-mug"),
        ("Lighthouse stories", "/blog/lighthouse-stories"),
        ("The lighthouse", "/pages/the-lighthouse"),
    ] {
        let page = shop.visitor().get("/search?q=lighthouse").await;
        let page = page.follow(found).await;
        assert_eq!((page.status, page.path.as_str(), page.text("h1").as_str()), (200, path, found));
    }
    let page = shop.visitor().get("/search?q=stories").await;
    assert!(page.has("#r-posts") && !page.has("#r-pages") && !page.has("#r-products"));
}

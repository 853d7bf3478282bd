//! Two people, or two tabs, change the same thing: nobody's save undoes another's unseen. Whoever comes second sees both.

use tradepost::models::people::account::roles::Role;

use crate::support::browser::Form;
use crate::support::pictures::png;
use crate::support::{Browser, Page, TestShop};

/// What is the same of all these pages: two open forms, and a field for each to change.
struct Both<'a> {
    page: &'a str,
    first: (&'a str, &'a str),
    second: (&'a str, &'a str),
    notice: &'a str,
}

async fn form(browser: &Browser, path: &str) -> Form {
    browser.get(path).await.form("Save")
}

/// The second one is shown both, loses nothing, and overwrites only by saving again.
async fn the_second_sees_both(shop: &TestShop, both: Both<'_>) {
    let (one, other) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::ShopManager).await);
    let Both { page: path, first, second, notice } = both;
    let (before, mine, theirs) = (one.get(path).await, form(&other, path).await, form(&one, path).await);
    let (was_first, was_second) = (before.field_value(first.0), before.field_value(second.0));
    assert_eq!(theirs.fill(first.0, first.1).submit().await.text("[role=status]"), notice, "{path}");

    let page = mine.fill(second.0, second.1).submit().await;
    assert_eq!(page.status, 422, "{path}");
    assert!(page.text("#problems").contains("Your changes are kept"), "{path}");
    assert!(page.text("title").starts_with("Error: ") || path.contains("pictures"), "{path}");
    assert_eq!(
        (page.field_value(first.0), page.field_value(second.0)),
        (was_first.clone(), second.1.to_owned()),
        "{path}"
    );
    let rows = page.texts("#problems tbody td");
    let or_dash = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
    let shown = |saved: &str, typed: &str| rows.chunks(2).any(|row| *row == [or_dash(saved), or_dash(typed)]);
    assert!(shown(first.1, &was_first) && shown(&was_second, second.1), "{path}: {rows:?}");
    assert_eq!(rows.len(), 4, "{path}: only what differs is shown: {rows:?}");
    let saved = one.get(path).await;
    assert_eq!((saved.field_value(first.0), saved.field_value(second.0)), (first.1.to_owned(), was_second), "{path}");

    // Brought over by hand, and saved again.
    let page = page.form("Save").fill(first.0, first.1).submit().await;
    assert_eq!(page.text("[role=status]"), notice, "{path}");
    let saved = one.get(path).await;
    assert_eq!(
        (saved.field_value(first.0).as_str(), saved.field_value(second.0).as_str()),
        (first.1, second.1),
        "{path}"
    );
    a_script_that_has_seen_nothing_changes_nothing(&one, path).await;
}

/// A form that does not say what its sender has seen is treated as an old one.
async fn a_script_that_has_seen_nothing_changes_nothing(browser: &Browser, path: &str) {
    let mut blind = form(browser, path).await;
    blind.controls.retain(|control| control.name != "lock_version" && control.name != "once");
    let page = blind.submit().await;
    assert_eq!(page.status, 422, "{path}");
    assert_eq!(page.form("Save").submit().await.status, 200, "{path}: and now it has seen it");
}

#[actix_web::test]
async fn settings() {
    let shop = TestShop::new().await;
    let both = Both {
        page: "/admin/settings",
        first: ("announcement", "Closed on Friday"),
        second: ("footer_note", "Made by hand"),
        notice: "Settings saved.",
    };
    the_second_sees_both(&shop, both).await;
}

#[actix_web::test]
async fn ways_of_sending() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Admin).await;
    let page = owner.get("/admin/shipping").await.click_link("Standard parcel").await.path;
    let both = Both {
        page: &page,
        first: ("price", "7.50"),
        second: ("free_over", "80.00"),
        notice: "Shipping method saved.",
    };
    the_second_sees_both(&shop, both).await;
}

#[actix_web::test]
async fn tax_rates() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Admin).await;
    let page = owner.get("/admin/taxes").await;
    let link = page.texts("tbody th a").remove(0);
    let page = page.click_link(&link).await.path;
    let both = Both { page: &page, first: ("rate", "18"), second: ("postcode", "10115"), notice: "Tax rate saved." };
    the_second_sees_both(&shop, both).await;
}

#[actix_web::test]
async fn discounts() {
    let shop = TestShop::new().await;
    let coupon = shop.create_percent_coupon("SPRING", 10).await;
    let page = format!("/admin/discounts/{}", coupon.public_id);
    let both =
        Both { page: &page, first: ("minimum", "5.00"), second: ("usage_limit", "7"), notice: "Discount saved." };
    the_second_sees_both(&shop, both).await;
}

#[actix_web::test]
async fn pictures() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Admin).await;
    owner.get("/admin/pictures").await.form("Upload").attach_file("files", "mug.png", &png(40, 30)).submit().await;
    let page = owner.get("/admin/pictures").await;
    let page = page.attr("main a[href^='/admin/pictures/']", "href").unwrap();
    let both =
        Both { page: &page, first: ("alt_text", "A blue mug"), second: ("credit", "Ada"), notice: "Picture saved." };
    the_second_sees_both(&shop, both).await;
    shop.run_jobs().await;
}

#[actix_web::test]
async fn products() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let page = format!("/admin/products/{}", mug.product.public_id);
    let both = Both { page: &page, first: ("price", "14.00"), second: ("sku", "MUG-1"), notice: "Product saved." };
    the_second_sees_both(&shop, both).await;
}

#[actix_web::test]
async fn rules_of_a_country() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/taxes/rules/new").await.form("Save").choose("country", "FR");
    page.choose("prices_include_tax", "no").submit().await;
    let path = "/admin/taxes/rules/FR";
    let (theirs, mine) = (form(&owner, path).await, form(&owner, path).await);
    theirs.choose("tax_rounding", "line").submit().await;
    let page = mine.choose("cross_border", "keep_net").submit().await;
    assert_eq!((page.status, page.field_value("cross_border").as_str()), (422, "keep_net"));
    assert_eq!(page.texts("#problems tbody th"), ["Cross border", "Tax rounding"]);
    assert_eq!(page.texts("#problems tbody td"), ["–", "keep_net", "line", "–"]);
    let saved = owner.get(path).await;
    assert_eq!((saved.field_value("tax_rounding").as_str(), saved.field_value("cross_border").as_str()), ("line", ""));
    assert_eq!(page.form("Save").submit().await.text("[role=status]"), "Rules saved.");
    a_script_that_has_seen_nothing_changes_nothing(&owner, path).await;
}

#[actix_web::test]
async fn what_a_discount_applies_to_is_compared_too() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let coupon = shop.create_percent_coupon("SPRING", 10).await;
    let owner = shop.log_in_as(Role::Owner).await;
    let path = format!("/admin/discounts/{}", coupon.public_id);
    let (theirs, mine) = (form(&owner, &path).await, form(&owner, &path).await);
    theirs.choose("products", &mug.product.public_id).submit().await;
    let page = mine.choose("active", "0").submit().await;
    assert_eq!(page.status, 422);
    assert_eq!(page.texts("#problems tbody th"), ["Active", "Products"]);
}

#[actix_web::test]
async fn an_old_form_of_a_product_or_post_leaves_the_description_of_its_picture() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let product = format!("/admin/products/{}", mug.product.public_id);
    form(&owner, &product).await.attach_file("images", "mug.png", &png(40, 30)).submit().await;
    let post = owner.get("/admin/posts/new").await.form("Save draft").fill("title", "First");
    let post = post.attach_file("cover", "mug.png", &png(40, 30)).submit().await.path;
    let picture = owner.get("/admin/pictures").await.attr("main a[href^='/admin/pictures/']", "href").unwrap();
    let old = (form(&owner, &product).await, owner.get(&post).await.form("Save draft"));
    form(&owner, &picture).await.fill("alt_text", "A blue mug").submit().await;
    assert_eq!(old.0.submit().await.status, 200);
    assert_eq!(old.1.submit().await.status, 200);
    let page = owner.get(&post).await.form("Save draft").fill("cover_alt", "A red mug").submit().await;
    assert_eq!(page.status, 200);
    assert_eq!(
        owner.get(&picture).await.field_value("alt_text"),
        "A blue mug",
        "the words of a cover belong to its post"
    );
    shop.run_jobs().await;
}

#[actix_web::test]
async fn who_moves_stock_leaves_the_limit_as_somebody_else_has_set_it() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(10).create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let path = format!("/admin/stock/{}", mug.variant.public_id);
    let (theirs, mine, late) = (form(&owner, &path).await, form(&owner, &path).await, form(&owner, &path).await);
    theirs.fill("low_at", "20").submit().await;
    let page = mine.fill("quantity", "5").submit().await;
    assert_eq!((page.status, page.field_value("low_at").as_str()), (200, "20"), "{}", page.text("main"));
    assert_eq!(shop.stock(&mug).await, (15, 0));
    let page = late.fill("low_at", "3").fill("quantity", "5").submit().await;
    assert_eq!((page.status, page.field_value("low_at").as_str()), (422, "3"));
    assert!(page.field_error("low_at").contains("it is now 20"));
    assert_eq!(shop.stock(&mug).await, (15, 0), "all of the form or nothing");
    let page = page.form("Save").submit().await;
    assert_eq!((page.status, page.field_value("low_at").as_str()), (200, "3"));
    assert_eq!(shop.stock(&mug).await, (20, 0));
}

#[actix_web::test]
async fn the_end_of_a_gift_card_is_not_undone_by_an_old_form() {
    let shop = TestShop::new().await;
    let (card, _) = shop.issue_gift_card(50_00).await;
    let owner = shop.log_in_as(Role::Owner).await;
    let path = format!("/admin/gift-cards/{}", card.public_id);
    let (theirs, mine) = (form(&owner, &path).await, form(&owner, &path).await);
    theirs.fill("expires_on", "2027-06-30").submit().await;
    let page = mine.fill("expires_on", "2028-06-30").submit().await;
    assert_eq!((page.status, page.field_value("expires_on").as_str()), (422, "2028-06-30"));
    assert!(page.field_error("expires_on").contains("Someone else has changed this"));
    assert!(page.text("main").contains("30 Jun 2027"), "what is saved is on the page");
    let saved = |page: Page| page.field_value("expires_on");
    assert_eq!(saved(owner.get(&path).await), "2027-06-30");
    assert_eq!(saved(page.form("Save").submit().await), "2028-06-30");
}

#[actix_web::test]
async fn two_at_the_same_moment_are_one_and_then_the_other() {
    let shop = TestShop::new().await;
    let (one, other) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::ShopManager).await);
    for path in ["/admin/settings", "/admin/settings"] {
        let (theirs, mine) = (form(&one, path).await, form(&other, path).await);
        let (theirs, mine) = (theirs.fill("tagline", "Theirs"), mine.fill("tagline", "Mine"));
        let answers =
            futures_util::future::join(theirs.submit_without_redirect(), mine.submit_without_redirect()).await;
        let mut answers = [answers.0.status, answers.1.status];
        answers.sort_unstable();
        assert_eq!(answers, [303, 422]);
    }
}

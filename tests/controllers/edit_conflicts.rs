//! Concurrent edits of one record: a stale save is refused, and its form shows both versions.

use tradepost::models::people::account::roles::Role;
use tradepost::support::i18n::Locale;

use crate::support::browser::Form;
use crate::support::pictures::png;
use crate::support::{Browser, Page, TestShop};

/// Two forms of one page that are open at once, and the field that each changes.
struct ConcurrentEdit<'a> {
    page: &'a str,
    first: (&'a str, &'a str),
    second: (&'a str, &'a str),
    notice: &'a str,
}

async fn edit_form(browser: &Browser, path: &str) -> Form {
    browser.get(path).await.form("Save")
}

/// Asserts that the second save is refused with both versions, keeps its input, and overwrites when saved again.
async fn assert_second_save_conflicts(shop: &TestShop, edit: ConcurrentEdit<'_>) {
    let (one, other) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::ShopManager).await);
    let ConcurrentEdit { page: path, first, second, notice } = edit;
    let (before, mine, theirs) = (one.get(path).await, edit_form(&other, path).await, edit_form(&one, path).await);
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

    // Merged by hand, and saved again.
    let page = page.form("Save").fill(first.0, first.1).submit().await;
    assert_eq!(page.text("[role=status]"), notice, "{path}");
    let saved = one.get(path).await;
    assert_eq!(
        (saved.field_value(first.0).as_str(), saved.field_value(second.0).as_str()),
        (first.1, second.1),
        "{path}"
    );
    a_form_without_a_version_changes_nothing(&one, path).await;
}

/// A form without a version is treated as stale.
async fn a_form_without_a_version_changes_nothing(browser: &Browser, path: &str) {
    let mut blind = edit_form(browser, path).await;
    blind.controls.retain(|control| control.name != "lock_version" && control.name != "once");
    let page = blind.submit().await;
    assert_eq!(page.status, 422, "{path}");
    assert_eq!(page.form("Save").submit().await.status, 200, "{path}: and now it has seen it");
}

#[actix_web::test]
async fn settings_case() {
    let shop = TestShop::new().await;
    let edit = ConcurrentEdit {
        page: "/admin/settings",
        first: ("announcement", "Closed on Friday"),
        second: ("footer_note", "Made by hand"),
        notice: "Settings saved.",
    };
    assert_second_save_conflicts(&shop, edit).await;
}

#[actix_web::test]
async fn ways_of_sending() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Admin).await;
    let page = owner.get("/admin/shipping").await.click_link("Standard parcel").await.path;
    let edit = ConcurrentEdit {
        page: &page,
        first: ("price", "7.50"),
        second: ("free_over", "80.00"),
        notice: "Shipping method saved.",
    };
    assert_second_save_conflicts(&shop, edit).await;
}

#[actix_web::test]
async fn german_amounts_differ_by_their_value_and_not_by_how_they_are_typed() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.update_settings(|settings| settings.locale = Locale::De).await;
    let path = owner.get("/admin/shipping").await.click_link("Standard parcel").await.path;
    let form = || async { owner.get(&path).await.form("Speichern") };
    form().await.fill("price", "1.234,50").submit().await;
    assert_eq!(owner.get(&path).await.field_value("price"), "1234,50");
    let (mine, theirs) = (form().await, form().await);
    theirs.fill("free_over", "80").submit().await;

    let page = mine.fill("price", "1234.5").fill("name", "Paket").submit().await;
    assert_eq!((page.status, page.field_value("price").as_str()), (422, "1234.5"));
    let rows = page.texts("#problems tbody td");
    assert_eq!(rows.len(), 4, "only what differs is shown: {rows:?}");
    assert!(rows.contains(&"80,00".to_owned()) && rows.contains(&"Paket".to_owned()), "{rows:?}");
}

#[actix_web::test]
async fn tax_rates() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Admin).await;
    let page = owner.get("/admin/taxes").await;
    let link = page.texts("tbody th a").remove(0);
    let page = page.click_link(&link).await.path;
    let edit =
        ConcurrentEdit { page: &page, first: ("rate", "18"), second: ("postcode", "10115"), notice: "Tax rate saved." };
    assert_second_save_conflicts(&shop, edit).await;
}

#[actix_web::test]
async fn discounts() {
    let shop = TestShop::new().await;
    let coupon = shop.create_percent_coupon("SPRING", 10).await;
    let page = format!("/admin/discounts/{}", coupon.public_id);
    let edit = ConcurrentEdit {
        page: &page,
        first: ("minimum", "5.00"),
        second: ("usage_limit", "7"),
        notice: "Discount saved.",
    };
    assert_second_save_conflicts(&shop, edit).await;
}

#[actix_web::test]
async fn pictures() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Admin).await;
    owner.get("/admin/pictures").await.form("Upload").attach_file("files", "mug.png", &png(40, 30)).submit().await;
    let page = owner.get("/admin/pictures").await;
    let page = page.attr("main a[href^='/admin/pictures/']", "href").unwrap();
    let edit = ConcurrentEdit {
        page: &page,
        first: ("alt_text", "A blue mug"),
        second: ("credit", "Ada"),
        notice: "Picture saved.",
    };
    assert_second_save_conflicts(&shop, edit).await;
    shop.run_jobs().await;
}

#[actix_web::test]
async fn products() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let page = format!("/admin/products/{}", mug.product.public_id);
    let edit =
        ConcurrentEdit { page: &page, first: ("price", "14.00"), second: ("sku", "MUG-1"), notice: "Product saved." };
    assert_second_save_conflicts(&shop, edit).await;
}

#[actix_web::test]
async fn rules_of_a_country() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/taxes/rules/new").await.form("Save").choose("country", "FR");
    page.choose("prices_include_tax", "no").submit().await;
    let path = "/admin/taxes/rules/FR";
    let (theirs, mine) = (edit_form(&owner, path).await, edit_form(&owner, path).await);
    theirs.choose("tax_rounding", "line").submit().await;
    let page = mine.choose("cross_border", "keep_net").submit().await;
    assert_eq!((page.status, page.field_value("cross_border").as_str()), (422, "keep_net"));
    assert_eq!(page.texts("#problems tbody th"), ["Cross border", "Tax rounding"]);
    assert_eq!(page.texts("#problems tbody td"), ["–", "keep_net", "line", "–"]);
    let saved = owner.get(path).await;
    assert_eq!((saved.field_value("tax_rounding").as_str(), saved.field_value("cross_border").as_str()), ("line", ""));
    assert_eq!(page.form("Save").submit().await.text("[role=status]"), "Rules saved.");
    a_form_without_a_version_changes_nothing(&owner, path).await;
}

#[actix_web::test]
async fn the_scope_of_a_discount_is_part_of_the_conflict_check() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let coupon = shop.create_percent_coupon("SPRING", 10).await;
    let owner = shop.log_in_as(Role::Owner).await;
    let path = format!("/admin/discounts/{}", coupon.public_id);
    let (theirs, mine) = (edit_form(&owner, &path).await, edit_form(&owner, &path).await);
    theirs.choose("products", &mug.product.public_id).submit().await;
    let page = mine.choose("active", "0").submit().await;
    assert_eq!(page.status, 422);
    assert_eq!(page.texts("#problems tbody th"), ["Active", "Products"]);
}

#[actix_web::test]
async fn a_stale_product_or_post_form_keeps_the_alt_text() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let product = format!("/admin/products/{}", mug.product.public_id);
    edit_form(&owner, &product).await.attach_file("images", "mug.png", &png(40, 30)).submit().await;
    let post = owner.get("/admin/posts/new").await.form("Save draft").fill("title", "First");
    let post = post.attach_file("cover", "mug.png", &png(40, 30)).submit().await.path;
    let picture = owner.get("/admin/pictures").await.attr("main a[href^='/admin/pictures/']", "href").unwrap();
    let old = (edit_form(&owner, &product).await, owner.get(&post).await.form("Save draft"));
    edit_form(&owner, &picture).await.fill("alt_text", "A blue mug").submit().await;
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
async fn a_stock_adjustment_keeps_a_changed_low_stock_threshold() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(10).create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let path = format!("/admin/stock/{}", mug.variant.public_id);
    let (theirs, mine, late) =
        (edit_form(&owner, &path).await, edit_form(&owner, &path).await, edit_form(&owner, &path).await);
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
async fn a_stale_form_does_not_undo_the_expiry_of_a_gift_card() {
    let shop = TestShop::new().await;
    let (card, _) = shop.issue_gift_card(50_00).await;
    let owner = shop.log_in_as(Role::Owner).await;
    let path = format!("/admin/gift-cards/{}", card.public_id);
    let (theirs, mine) = (edit_form(&owner, &path).await, edit_form(&owner, &path).await);
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
async fn concurrent_saves_are_serialised() {
    let shop = TestShop::new().await;
    let (one, other) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::ShopManager).await);
    for path in ["/admin/settings", "/admin/settings"] {
        let (theirs, mine) = (edit_form(&one, path).await, edit_form(&other, path).await);
        let (theirs, mine) = (theirs.fill("tagline", "Theirs"), mine.fill("tagline", "Mine"));
        let responses =
            futures_util::future::join(theirs.submit_without_redirect(), mine.submit_without_redirect()).await;
        let mut responses = [responses.0.status, responses.1.status];
        responses.sort_unstable();
        assert_eq!(responses, [303, 422]);
    }
}

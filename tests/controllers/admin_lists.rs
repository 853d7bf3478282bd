//! Pagination and search of the admin's long lists.

use tradepost::models::people::account::roles::Role;
use tradepost::models::sales::order::Order;
use tradepost::models::sales::payment_method::PaymentMethod;
use tradepost::paths::with_query_param;
use tradepost::support::i18n::Locale;
use tradepost::support::pagination::CappedCount;

use crate::support::TestShop;
use crate::support::browser::Browser;
use crate::support::html::Page;

const TITLES: &str = "table.list tbody th a";

/// Follows a pagination link to the end; returns the row titles of each page.
async fn collect_pages(browser: &Browser, first: Page, rel: &str) -> Vec<Vec<String>> {
    let mut pages = vec![first.texts(TITLES)];
    let mut page = first;
    while let Some(href) = page.attr(&format!(".pages a[rel={rel}]"), "href") {
        page = browser.get(&href).await;
        assert_eq!(page.status, 200, "{href}");
        pages.push(page.texts(TITLES));
        assert!(pages.len() < 10, "the list does not end");
    }
    pages
}

#[actix_web::test]
async fn products_are_paged_forwards_backwards_and_from_the_end() {
    let shop = TestShop::new().await;
    let mut titles = Vec::new();
    for number in 0..65 {
        // Rows with equal titles stay in order across pages.
        let title = format!("Bowl {:02}", number / 20);
        shop.product(&title).create().await;
        titles.push(title);
    }
    let owner = shop.log_in_as(Role::Owner).await;
    for list in ["/admin/products", "/admin/products?tab=active", "/admin/stock"] {
        let pages = collect_pages(&owner, owner.get(list).await, "next").await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [30, 30, 5], "{list}");
        assert_eq!(pages.concat(), titles, "{list}");
        let last = owner.get(list).await.click_link("Last").await;
        assert!(!last.has(".pages a[rel=next]"), "{list}: nothing follows the end");
        let mut backwards = collect_pages(&owner, last, "prev").await;
        backwards.reverse();
        assert_eq!(backwards.iter().map(Vec::len).collect::<Vec<_>>(), [5, 30, 30], "{list}");
        assert_eq!(backwards.concat(), titles, "{list}");
    }
    let gone = owner.get("/admin/products?after=nobody").await;
    assert_eq!(gone.texts(TITLES).len(), 30, "a row that is gone leads to the beginning");
}

#[actix_web::test]
async fn orders_are_paged_newest_first_and_found_by_number_name_and_product() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").sku("MG-7").stock(100).create().await;
    let mut numbers = Vec::new();
    for _ in 0..33 {
        let request = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
        numbers.push(shop.write(move |tx| Order::place(tx, &request)).await.order.number.unwrap());
    }
    shop.run_jobs().await;
    numbers.reverse();
    let staff = shop.log_in_as(Role::Owner).await;
    for list in ["/admin/orders", "/admin/orders?tab=to-pay", "/admin/orders?q=mg-7", "/admin/orders?q=lovelace+ADA"] {
        let labels = collect_pages(&staff, staff.get(list).await, "next").await.concat();
        assert_eq!(labels.len(), 33, "{list}");
        for (labels, number) in labels.iter().zip(&numbers) {
            assert!(labels.contains(number.as_str()), "{list}: {labels} is not {number}");
        }
    }
    let one = staff.get(&format!("/admin/orders?q={}", numbers[4])).await.texts(TITLES);
    assert!(one.len() == 1 && one[0].contains(&numbers[4]), "{one:?}");
    for nobody in ["99999", "zebra", "ada zebra", "%", "\"", "head", "ada*"] {
        let found = staff.get(&with_query_param("/admin/orders", "q", nobody)).await;
        let expected = match nobody {
            // A search without words filters nothing.
            "%" | "\"" => 30,
            "ada*" => 30,
            _ => 0,
        };
        assert_eq!((found.status, found.texts(TITLES).len()), (200, expected), "{nobody}");
    }
    assert_eq!(
        shop.read(|conn| Order::count(conn, tradepost::models::sales::order::listing::OrderView::All)).await,
        CappedCount::new(33)
    );
    shop.assert_audit_passes().await;
}

#[test]
fn counts_are_capped() {
    let labels = [0, 1, 10_000, 10_001, 2_000_000].map(|rows| CappedCount::new(rows).format(Locale::En));
    assert_eq!(labels, ["0", "1", "10,000", "10,000+", "10,000+"]);
}

#[actix_web::test]
async fn titles_are_sorted_alphabetically() {
    let shop = TestShop::new().await;
    for title in ["Zebra", "apfel", "Äpfel", "Birne", "öl", "Ofen", "Éclair", "Apfelmus"] {
        shop.product(title).create().await;
    }
    let owner = shop.log_in_as(Role::Owner).await;
    let sorted = ["apfel", "Äpfel", "Apfelmus", "Birne", "Éclair", "Ofen", "öl", "Zebra"];
    assert_eq!(owner.get("/admin/products").await.texts(TITLES), sorted);
    assert_eq!(owner.get("/admin/stock").await.texts(TITLES), sorted);
    let chosen = owner.get("/admin/discounts/new").await.texts("fieldset label");
    assert_eq!(chosen[chosen.len() - sorted.len()..], sorted);
    assert_eq!(shop.visitor().get("/shop?sort=title").await.texts("main .product-card h2"), sorted);
}

#[actix_web::test]
async fn a_page_past_the_last_is_not_found() {
    let shop = TestShop::new().await;
    shop.product("Mug").create().await;
    shop.create_published_post("News", "Words.").await;
    let visitor = shop.visitor();
    for list in ["/shop", "/blog"] {
        for page in
            ["2", "100000", "100001", "9223372036854775807", "99999999999999999999", "1000000000000000000000000"]
        {
            assert_eq!(visitor.get_without_redirect(&format!("{list}?page={page}")).await.status, 404, "{list} {page}");
        }
        for page in ["", "1", "x", "-1"] {
            assert_eq!(visitor.get_without_redirect(&format!("{list}?page={page}")).await.status, 200, "{list} {page}");
        }
    }
}

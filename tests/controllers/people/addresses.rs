//! The addresses of a customer.

use tradepost::models::sales::order::Order;
use tradepost::models::sales::payment_method::PaymentMethod;

use crate::support::{Browser, Page, TestShop};

const ADA: &str = "ada@lovelace.example";

const ADDRESS: &[(&str, &str)] = &[
    ("name", "Ada Lovelace"),
    ("line1", "Unter den Linden 1"),
    ("postcode", "10117"),
    ("city", "Berlin"),
    ("phone", "030 1234"),
];

async fn add_address(browser: &Browser, street: &str) -> Page {
    let form = browser.get("/account/addresses/new").await.form("Save");
    form.fill_all(ADDRESS).fill("line1", street).choose("country", "DE").submit().await
}

#[actix_web::test]
async fn the_first_address_is_the_default_and_fills_the_checkout() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.log_in_customer(ADA).await;
    let page = add_address(&ada, "Unter den Linden 1").await;
    assert_eq!((page.status, page.path.as_str()), (200, "/account/addresses"));
    assert_eq!(page.texts(".account-cards .pill"), ["Default for deliveries", "Default for bills"]);
    assert!(ada.get("/account").await.text("main").contains("Unter den Linden 1"));
    ada.add_to_cart(&mug, 1).await;
    let page = ada.get("/checkout").await;
    let filled = ["email", "name", "line1", "postcode", "city", "country", "phone"].map(|name| page.field_value(name));
    assert_eq!(filled, [ADA, "Ada Lovelace", "Unter den Linden 1", "10117", "Berlin", "DE", "030 1234"]);
}

#[actix_web::test]
async fn addresses_are_changed_deleted_and_made_the_default() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.log_in_customer(ADA).await;
    add_address(&ada, "Street 1").await;
    let page = add_address(&ada, "Street 2").await;
    assert_eq!(page.texts(".account-cards address").len(), 2);
    let second = page.forms("Delete").remove(1).action.replace("/delete", "");
    let page = ada.post(&second, &[ADDRESS, &[("country", "DE"), ("is_delivery_default", "1")]].concat()).await;
    assert_eq!(page.location(), "/account/addresses");
    let page = ada.get("/account/addresses").await;
    assert_eq!(page.texts(".account-cards li:nth-child(2) .pill"), ["Default for deliveries"]);
    assert_eq!(page.texts(".account-cards li:nth-child(1) .pill"), ["Default for bills"]);
    let page = ada.post(&second, &[("name", ""), ("country", "DE")]).await;
    assert_eq!(page.status, 422);
    assert!(!page.field_error("line1").is_empty());
    let page = ada.get("/account/addresses").await.forms("Delete").remove(1).submit().await;
    assert_eq!(page.texts(".account-cards .pill"), ["Default for deliveries", "Default for bills"], "one is left");
}

#[actix_web::test]
async fn a_region_is_typed_by_name() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.log_in_customer(ADA).await;
    let american = [ADDRESS, &[("country", "US"), ("postcode", "94103"), ("region", "California")]].concat();
    assert_eq!(ada.post("/account/addresses/new", &american[4..]).await.status, 422, "a name is missing");
    let fields = [("name", "Ada"), ("line1", "1 Main St"), ("city", "San Francisco")];
    let fields = [&fields[..], &[("country", "US"), ("postcode", "94103"), ("region", "California")]].concat();
    assert_eq!(ada.post("/account/addresses/new", &fields).await.status, 303);
    let page = ada.get("/account/addresses").await;
    let edit = page.form("Delete").action.replace("/delete", "");
    assert_eq!(ada.get(&edit).await.field_value("region"), "California");
    let wrong = [&fields[..5], &[("region", "Atlantis")]].concat();
    assert!(!ada.post("/account/addresses/new", &wrong).await.field_error("region").is_empty());
}

#[actix_web::test]
async fn old_orders_are_on_further_pages() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let mug = shop.product("Mug").stock(50).create().await;
    for _ in 0..23 {
        let request = shop.checkout_request(&mug, 1, PaymentMethod::BankTransfer).await;
        shop.write(move |tx| Order::place(tx, &request)).await;
    }
    shop.run_jobs().await;
    let ada = shop.log_in_customer(ADA).await;
    let numbers = |page: &Page| page.texts(".account-orders tbody th");
    let first = ada.get("/account/orders").await;
    assert_eq!((numbers(&first).len(), numbers(&first)[0].as_str()), (20, "Order 1023"));
    assert!(!first.has("a[rel=prev]"));
    let second = ada.get(&first.attr("a[rel=next]", "href").unwrap()).await;
    assert_eq!(numbers(&second), ["Order 1003", "Order 1002", "Order 1001"]);
    assert!(!second.has("a[rel=next]"));
    let back = ada.get(&second.attr("a[rel=prev]", "href").unwrap()).await;
    assert_eq!(numbers(&back), numbers(&first));
    // R29: the key of another account's order is no key.
    shop.create_customer("grace@hopper.example", "Grace Hopper").await;
    let grace = shop.log_in_customer("grace@hopper.example").await;
    let page = grace.get(&first.attr("a[rel=next]", "href").unwrap()).await;
    assert_eq!((page.status, numbers(&page).len()), (200, 0));
}

/// R29: not yours is not found.
#[actix_web::test]
async fn nobody_reaches_the_address_of_another_account() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    shop.create_customer("grace@hopper.example", "Grace Hopper").await;
    let (ada, grace) = (shop.log_in_customer(ADA).await, shop.log_in_customer("grace@hopper.example").await);
    let page = add_address(&ada, "Street 1").await;
    let deletion = page.form("Delete").action;
    let path = deletion.replace("/delete", "");
    let fields = [ADDRESS, &[("country", "DE")]].concat();
    assert_eq!(grace.get(&path).await.status, 404);
    assert_eq!(grace.post(&path, &fields).await.status, 404);
    assert_eq!(grace.post(&deletion, &[]).await.status, 404);
    assert_eq!(ada.get(&path).await.field_value("line1"), "Street 1");
}

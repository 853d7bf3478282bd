//! A cart that changes while its buyer is at the checkout.

use tradepost::models::product::Status;
use tradepost::models::product::editing::Wanted;
use tradepost::models::shipping_method::ShippingMethod;

use crate::support::{Browser, Goods, TestShop, checkout};

async fn two_in_cart(shop: &TestShop) -> (Browser, Goods, Goods) {
    let (mug, tin) = (shop.product("Mug").stock(5).create().await, shop.product("Tin").create().await);
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 2).await;
    ada.add_to_cart(&tin, 1).await;
    (ada, mug, tin)
}

#[actix_web::test]
async fn what_is_no_longer_sold_is_named_and_can_be_taken_out() {
    for status in [Status::Archived, Status::Draft] {
        let shop = TestShop::new().await;
        let (ada, mug, _) = two_in_cart(&shop).await;
        let form = checkout(&ada, "bank_transfer").await.fill("note", "Blue, please");
        shop.edit(&mug, move |wanted| wanted.status = status).await;
        let page = form.send().await;
        assert_eq!(page.status, 422);
        assert_eq!(page.error("cart"), "Mug is no longer sold. Please take it out of your cart.");
        assert!(page.text("#cart").contains("Mug is no longer sold."));
        // The page says so before one tries, too.
        let fresh = ada.get("/checkout").await;
        assert!(fresh.status == 200 && fresh.text("#cart").contains("Mug is no longer sold."));
        // It is not an end: it can be taken out where one stands, with nothing lost.
        let page = page.form("Take it out").send().await;
        assert_eq!(
            (page.status, page.value("note").as_str(), page.value("city").as_str()),
            (200, "Blue, please", "Berlin")
        );
        assert!(!page.has("#cart") && page.texts(".mini strong") == ["Tin"]);
        let page = page.form("Order").send().await;
        assert_eq!((page.text("h1").as_str(), page.total("goods").as_str()), ("Thank you, Ada Lovelace", "12.00"));
        shop.run_jobs().await;
        shop.assert_clean().await;
    }
}

#[actix_web::test]
async fn everything_that_is_gone_is_named_and_an_empty_cart_is_the_cart() {
    let shop = TestShop::new().await;
    let (ada, mug, tin) = two_in_cart(&shop).await;
    let form = checkout(&ada, "bank_transfer").await;
    for goods in [&mug, &tin] {
        shop.edit(goods, |wanted| wanted.status = Status::Archived).await;
    }
    let page = form.send().await;
    assert_eq!(page.error("cart"), "Mug, Tin are no longer sold. Please take them out of your cart.");
    let page = page.form("Take it out").send().await.form("Take it out").send().await;
    assert_eq!((page.path.as_str(), page.text("h1").as_str()), ("/cart", "Your cart is empty"));
}

#[actix_web::test]
async fn a_variant_that_is_gone_and_pieces_that_are_gone_are_named() {
    let shop = TestShop::new().await;
    let shirt =
        shop.product("Shirt").option("Size", &["S", "M"]).variant("", 20_00, 5).variant("", 20_00, 5).create().await;
    let medium = shop.variants(&shirt).await.remove(1);
    let ada = shop.visitor();
    let page =
        ada.get(&shirt.path()).await.form("Add to cart").choose("option_1", "M").fill("quantity", "3").send().await;
    assert_eq!(page.status, 200);
    let form = checkout(&ada, "bank_transfer").await;
    let other = shop.wish(&medium, 4, tradepost::models::order::PaymentMethod::TestCard).await;
    shop.write(move |tx| tradepost::models::order::Order::place(tx, &other)).await;
    let page = form.send().await;
    assert_eq!(page.error("cart"), "Only 1 of Shirt (Size: M) are left. Please take fewer in your cart.");
    assert!(
        page.text("#cart").contains("Shirt (Size: M) has only 1 left in stock.") && page.has("#cart a[href='/cart']")
    );
    shop.edit(&shirt, |wanted| {
        wanted.options[0].values = vec!["S".to_owned()];
        wanted.variants.clear();
    })
    .await;
    let page = page.form("Order").send().await;
    assert_eq!(
        (page.status, page.error("cart").as_str()),
        (422, "Shirt (Size: M) is no longer sold. Please take it out of your cart.")
    );
    shop.run_jobs().await;
}

#[actix_web::test]
async fn another_name_of_what_is_bought_is_shown_before_it_is_ordered() {
    let shop = TestShop::new().await;
    let shirt =
        shop.product("Shirt").option("Size", &["S", "M"]).variant("", 20_00, 5).variant("", 20_00, 5).create().await;
    let tin = shop.product("Tin").create().await;
    let ada = shop.visitor();
    ada.get(&shirt.path()).await.form("Add to cart").choose("option_1", "M").send().await;
    ada.add_to_cart(&tin, 1).await;
    type Change = fn(&mut Wanted);
    let changes: [(Change, &str); 2] = [
        (|wanted| wanted.options[0].values = vec!["S".to_owned(), "L".to_owned()], "Shirt (Size: L)"),
        (|wanted| wanted.title = "Blouse".to_owned(), "Blouse (Size: L)"),
    ];
    for (change, name) in changes {
        let form = checkout(&ada, "bank_transfer").await;
        shop.edit(&shirt, change).await;
        let page = form.send().await;
        assert_eq!(page.status, 422);
        let said = page.error("cart");
        assert!(said.starts_with("Your cart has changed.") && said.contains(name), "{said}");
        assert!(page.text(".mini").contains(name.split(' ').next().unwrap()) && page.text(".mini").contains("Size: L"));
    }
    let page = ada.get("/checkout").await;
    let page = page
        .form("Order")
        .fill_all(crate::support::builders::ADA)
        .choose("payment_method", "bank_transfer")
        .send()
        .await;
    assert!(page.text("main").contains("Blouse") && page.text("main").contains("Size: L"));
    shop.run_jobs().await;
    shop.assert_clean().await;
}

#[actix_web::test]
async fn another_promise_of_delivery_and_another_name_of_a_tax_are_shown_before_it_is_ordered() {
    let shop = TestShop::new().await;
    let (ada, ..) = two_in_cart(&shop).await;
    let form = checkout(&ada, "bank_transfer").await;
    shop.write(|tx| {
        let parcel = ShippingMethod::all(tx.conn())?.remove(0);
        ShippingMethod { name: "Standard parcel, 3 weeks".to_owned(), ..parcel }.save(tx, &[])
    })
    .await;
    let page = form.send().await;
    assert!(page.status == 422 && page.text("[role=alert]").contains("has changed"), "{}", page.text("main"));
    assert!(page.text("#shipping-methods").contains("3 weeks"));
    let form = page.form("Order");
    shop.taxes(200_000, 70_000).await;
    let page = form.send().await;
    assert_eq!(page.status, 422);
    assert_eq!(page.form("Order").send().await.text("h1"), "Thank you, Ada Lovelace");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn the_seal_of_one_cart_does_not_fit_another() {
    let shop = TestShop::new().await;
    let (ada, mug, tin) = two_in_cart(&shop).await;
    let grace = shop.visitor();
    grace.add_to_cart(&mug, 2).await;
    grace.add_to_cart(&tin, 1).await;
    let seal = ada.get("/checkout").await.value("quote");
    let page = checkout(&grace, "bank_transfer").await.fill("quote", &seal).send().await;
    assert!(page.status == 422 && page.text("[role=alert]").contains("Your cart has changed"));
}

#[actix_web::test]
async fn a_cart_that_is_too_dear_leads_back_to_the_cart() {
    let shop = TestShop::new().await;
    let ring = shop.product("Ring").price(900_000_000_000).stock(999).create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&ring, 900).await;
    let page = ada.get("/checkout").await;
    assert_eq!((page.path.as_str(), page.status), ("/cart", 200));
    assert!(page.text("[role=alert]").contains("larger than we can take"));
}

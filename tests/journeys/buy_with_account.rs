//! A customer with an account: one cart on every device, orders of the account, and guest orders that are claimed.

use crate::support::customers::CUSTOMER_PASSWORD;
use crate::support::{Browser, TestShop, fill_checkout};

const ADA: &str = "ada@lovelace.example";

async fn cart_label(browser: &Browser) -> String {
    browser.get("/").await.attr("#cart-link", "aria-label").unwrap()
}

#[actix_web::test]
async fn the_guests_cart_moves_to_the_account_and_is_the_same_on_every_device() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let (mug, plate) = (shop.product("Mug").stock(5).create().await, shop.product("Plate").stock(5).create().await);
    let laptop = shop.visitor();
    laptop.add_to_cart(&mug, 2).await;
    laptop.log_in(ADA, CUSTOMER_PASSWORD).await;
    assert_eq!(cart_label(&laptop).await, "Cart, 2 items");
    assert!(!laptop.cookies().contains_key("tp-cart"), "no cookie opens the cart of an account");

    let phone = shop.visitor();
    phone.add_to_cart(&plate, 1).await;
    phone.add_to_cart(&mug, 1).await;
    phone.log_in(ADA, CUSTOMER_PASSWORD).await;
    for browser in [&laptop, &phone] {
        assert_eq!(cart_label(browser).await, "Cart, 4 items");
    }
    laptop.add_to_cart(&plate, 1).await;
    assert_eq!(cart_label(&phone).await, "Cart, 5 items");
    phone.get("/").await.form("Log out").submit().await;
    assert_eq!(cart_label(&phone).await, "Cart, empty", "a shared computer shows nothing");
    phone.log_in(ADA, CUSTOMER_PASSWORD).await;
    assert_eq!(cart_label(&phone).await, "Cart, 5 items");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn merged_quantities_stop_at_the_stock_and_a_notice_tells_which() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let mug = shop.product("Mug").stock(3).create().await;
    let ada = shop.log_in_customer(ADA).await;
    ada.add_to_cart(&mug, 2).await;
    let phone = shop.visitor();
    phone.add_to_cart(&mug, 2).await;
    let page = phone.log_in(ADA, CUSTOMER_PASSWORD).await;
    assert!(page.text("[role=status]").contains("Some quantities were reduced: Mug"), "{}", page.text("main"));
    assert_eq!(cart_label(&phone).await, "Cart, 3 items");
}

#[actix_web::test]
async fn an_order_belongs_to_the_account_and_the_next_cart_is_shared_again() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let mug = shop.product("Mug").stock(9).create().await;
    let (laptop, phone) = (shop.log_in_customer(ADA).await, shop.log_in_customer(ADA).await);
    laptop.add_to_cart(&mug, 1).await;
    let order = fill_checkout(&phone, "bank_transfer").await.submit().await;
    assert_eq!(order.status, 200, "{}", order.text("main"));
    assert_eq!(order.forms("Create account").len(), 0, "no account is offered to somebody who has one");
    assert_eq!(cart_label(&laptop).await, "Cart, empty");
    laptop.add_to_cart(&mug, 3).await;
    assert_eq!(cart_label(&phone).await, "Cart, 3 items");
    let second = fill_checkout(&laptop, "bank_transfer").await.submit().await;
    assert_eq!(TestShop::order_number(&second), "1002");
    let page = phone.get("/account/orders").await;
    assert_eq!(page.texts(".account-orders tbody th"), ["Order 1002", "Order 1001"]);
    assert_eq!(page.click_link("Order 1001").await.path, order.path);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn guest_orders_with_the_same_address_are_claimed_at_the_log_in() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    for email in ["Ada@Lovelace.example", "eve@evil.example"] {
        let guest = shop.visitor();
        guest.add_to_cart(&mug, 1).await;
        fill_checkout(&guest, "bank_transfer").await.fill("email", email).submit().await;
    }
    shop.run_jobs().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.log_in_customer(ADA).await;
    assert_eq!(ada.get("/account/orders").await.texts(".account-orders tbody th"), ["Order 1001"], "R29");
    shop.assert_audit_passes().await;
}

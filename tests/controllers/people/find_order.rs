//! A guest gets the link to an order by email, and turns the order into an account.

use crate::support::customers::CUSTOMER_PASSWORD;
use crate::support::{Page, TestShop, fill_checkout};

const ADA: &str = "ada@lovelace.example";

async fn place_guest_order(shop: &TestShop) -> Page {
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let page = fill_checkout(&ada, "bank_transfer").await.submit().await;
    shop.run_jobs().await;
    page
}

async fn find_order(shop: &TestShop, number: &str, email: &str) -> Page {
    let form = shop.visitor().get("/").await.click_link("Find your order").await.form("Send me the link");
    form.fill("number", number).fill("email", email).submit().await
}

/// R16, R29.
#[actix_web::test]
async fn number_and_address_get_the_link_and_the_same_answer_as_others() {
    let shop = TestShop::new().await;
    let order = place_guest_order(&shop).await;
    let before = shop.emails().await.len();
    let mut answers = Vec::new();
    for (number, email) in [("1001", "Ada@Lovelace.example"), ("1001", "eve@evil.example"), ("9999", ADA)] {
        let page = find_order(&shop, number, email).await;
        answers.push((page.status, page.path.clone(), page.text("main")));
        shop.run_jobs().await;
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
    let emails = shop.emails().await;
    assert_eq!(emails.len(), before + 1);
    let email = emails.last().unwrap();
    assert_eq!((email.recipient.as_str(), email.subject.as_str()), (ADA, "The link to your order 1001"));
    assert!(email.body_text.contains(&order.path));
}

#[actix_web::test]
async fn a_search_for_nothing_comes_back_as_typed() {
    let shop = TestShop::new().await;
    let page = find_order(&shop, "", "ada").await;
    assert_eq!((page.status, page.field_error("number").as_str()), (422, "Enter the number of your order."));
    assert_eq!(page.field_value("email"), "ada");
}

#[actix_web::test]
async fn a_guest_keeps_the_order_in_an_account_with_one_password_field() {
    let shop = TestShop::new().await;
    let order = place_guest_order(&shop).await;
    let ada = shop.visitor();
    let page = ada.get(&order.path).await.form("Create account").fill("password", "short").submit().await;
    assert_eq!(page.status, 422);
    assert!(page.field_error("password").contains("at least 8"));
    let page = ada.get(&order.path).await.form("Create account").fill("password", CUSTOMER_PASSWORD).submit().await;
    assert_eq!(page.path, order.path);
    assert!(page.text("[role=status]").contains("We have sent you an email"));
    shop.run_jobs().await;
    let page = ada.get(&shop.latest_link(ADA).await).await.form("Confirm account").submit().await;
    let fields = [("email", ADA), ("password", CUSTOMER_PASSWORD)];
    let page = page.form("Log in").fill_all(&fields).submit().await;
    assert_eq!(page.path, "/account/orders");
    assert_eq!(page.click_link("Order 1001").await.path, order.path, "it belongs to the account");
    assert_eq!(ada.get(&order.path).await.forms("Create account").len(), 0);
    shop.assert_audit_passes().await;
}

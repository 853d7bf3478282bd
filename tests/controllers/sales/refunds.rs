//! Large refunds ask for the password again (R17).

use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;
use tradepost::models::sales::order::Order;
use tradepost::models::sales::payment_method::PaymentMethod;

use crate::support::browser::Form;
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, Page, TestShop};

const ORDER: &str = "/admin/orders/1001";

/// A paid order of five mugs for 100.00 each, and the owner, who has logged in eleven minutes ago.
async fn sell_five_mugs(shop: &TestShop) -> Browser {
    let mug = shop.product("Mug").price(10_000).stock(9).create().await;
    let request = shop.checkout_request(&mug, 5, PaymentMethod::BankTransfer).await;
    shop.write(move |tx| Order::place(tx, &request)).await;
    let owner = shop.log_in_as(Role::Owner).await;
    owner.get(ORDER).await.form("Mark as paid").submit().await;
    shop.run_jobs().await;
    shop.advance_clock(SignedDuration::from_mins(11));
    owner
}

/// The form that refunds so many mugs.
fn refund_form(page: &Page, quantity: &str) -> Form {
    let form = page.form("Refund");
    let controls = form.controls.iter();
    let name = controls.map(|control| control.name.clone()).find(|name| name.starts_with("refund_quantity_"));
    form.fill(&name.unwrap(), quantity)
}

async fn load_refunded_minor(shop: &TestShop) -> i64 {
    shop.read(|conn| Ok(Order::find_by_number(conn, "1001")?.totals.refunded_minor)).await
}

#[actix_web::test]
async fn r17_small_refunds_are_one_click_and_large_ones_ask_for_the_password() {
    let shop = TestShop::new().await;
    let owner = sell_five_mugs(&shop).await;
    for total in [10_000, 20_000] {
        let page = refund_form(&owner.get(ORDER).await, "1").submit().await;
        assert_eq!((page.status, page.path.as_str()), (200, ORDER));
        assert_eq!(load_refunded_minor(&shop).await, total);
    }
    // In parts, because a limit that counted each refund by itself would be none.
    let asked = refund_form(&owner.get(ORDER).await, "1").submit().await;
    assert_eq!((asked.status, asked.text("h1").as_str()), (422, "Confirm that it is you"));
    assert_eq!(load_refunded_minor(&shop).await, 20_000);
    let wrong = asked.form("Continue").fill("confirm_password", "not it").submit().await;
    assert_eq!(wrong.status, 422);
    let page = wrong.form("Continue").fill("confirm_password", STAFF_PASSWORD).submit().await;
    assert_eq!((page.status, page.path.as_str()), (200, ORDER));
    assert_eq!(load_refunded_minor(&shop).await, 30_000);
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn r17_the_limit_is_a_setting_and_holds_for_cancelled_orders_too() {
    let shop = TestShop::new().await;
    let owner = sell_five_mugs(&shop).await;
    let asked = owner.get(ORDER).await.form("Cancel order").submit().await;
    assert_eq!(asked.text("h1"), "Confirm that it is you");
    assert_eq!(load_refunded_minor(&shop).await, 0);
    shop.update_settings(|settings| settings.refund_confirmation_limit = 10_000).await;
    let page = refund_form(&owner.get(ORDER).await, "4").submit().await;
    assert_eq!((page.status, page.path.as_str()), (200, ORDER));
    let page = owner.get(ORDER).await.form("Cancel order").submit().await;
    assert_eq!((page.status, page.path.as_str()), (200, ORDER));
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

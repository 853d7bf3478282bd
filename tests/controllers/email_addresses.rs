//! Email addresses are stored in a deliverable form, or refused with a reason.

use tradepost::models::checkout::coupon::edit::CouponScope;
use tradepost::models::checkout::coupon::{Coupon, CouponKind};
use tradepost::models::people::account::roles::Role;

use crate::support::{TestShop, fill_checkout, unlimited_coupon};

/// Undeliverable addresses, and their error messages.
const NONE: &[(&str, &str)] = &[
    ("ada", "Enter an email address like name@example.com."),
    ("a@b@example.com", "Enter an email address like name@example.com."),
    ("a..b@example.com", "Enter an email address like name@example.com."),
    ("a@[127.0.0.1]", "The part after the @ must be a domain like example.com."),
    ("a@127.0.0.1", "The part after the @ must be a domain like example.com."),
    ("a@localhost", "The part after the @ must be a domain like example.com."),
    ("a@example-.com", "The part after the @ must be a domain like example.com."),
    ("jörg@example.com", "Before the @, only unaccented letters, digits and symbols are supported."),
    ("x@buyer-mail.de\u{200b}", "This address contains an invisible character."),
    ("x\u{202e}@buyer-mail.de", "This address contains an invisible character."),
];

#[actix_web::test]
async fn the_checkout_explains_an_invalid_address_and_keeps_it() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    for (typed, why) in NONE {
        let page = fill_checkout(&ada, "bank_transfer").await.fill("email", typed).submit().await;
        assert_eq!(page.status, 422, "{typed:?}");
        assert!(page.field_error("email").starts_with(why), "{typed:?}: {}", page.field_error("email"));
        assert_eq!(page.field_value("email"), *typed);
    }
    assert_eq!(shop.stock(&mug).await, (10, 0));
}

#[actix_web::test]
async fn staff_forms_explain_an_invalid_address_too() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for (typed, why) in NONE {
        let why = why.trim_end_matches('.').to_owned();
        let page = owner.get("/admin/gift-cards/new").await.form("Create gift card");
        let page = page.fill("amount", "20").fill("email", typed).submit().await;
        assert_eq!(page.status, 422, "{typed:?}");
        assert!(page.field_error("email").starts_with(&why), "{typed:?}: {}", page.field_error("email"));
        let page = owner.get("/admin/settings").await.form("Save").fill("contact_email", typed).submit().await;
        assert_eq!(page.status, 422, "{typed:?}");
        assert!(
            page.field_error("contact_email").starts_with(&why),
            "{typed:?}: {}",
            page.field_error("contact_email")
        );
    }
    let page = owner.get("/admin/settings").await.form("Save").fill("contact_email", "post@bäckerei.de").submit().await;
    assert_eq!(page.field_value("contact_email"), "post@xn--bckerei-5wa.de");
}

#[actix_web::test]
async fn logging_in_accepts_every_form_of_an_address() {
    let shop = TestShop::new().await;
    shop.create_account("chef@bäckerei.de", Role::Owner).await;
    for typed in ["chef@bäckerei.de", "Chef@BÄCKEREI.de", "chef@xn--bckerei-5wa.de", "chef＠bäckerei。de"] {
        let page = shop.visitor().log_in(typed, crate::support::shop::STAFF_PASSWORD).await;
        assert_eq!(page.status, 200, "{typed}: {}", page.text("main"));
    }
}

#[actix_web::test]
async fn every_form_of_an_address_is_the_same_customer() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let once = Coupon { per_customer_limit: Some(1), ..unlimited_coupon("ONCE", CouponKind::Fixed, 1_00) };
    shop.create_coupon(once, CouponScope::default()).await;
    for (number, typed) in
        ["ada@müller.de", "Ada@MÜLLER.de", "ada@mu\u{308}ller.de", "ada@xn--mller-kva.de", " ａｄａ＠müller.de "]
            .into_iter()
            .enumerate()
    {
        let ada = shop.visitor();
        ada.add_to_cart(&mug, 1).await;
        ada.get("/cart").await.form("Apply").fill("code", "ONCE").submit().await;
        let page = fill_checkout(&ada, "bank_transfer").await.fill("email", typed).submit().await;
        assert_eq!(page.status, if number == 0 { 200 } else { 422 }, "{typed}: {}", page.text("main"));
        assert!(number == 0 || page.text("main").contains("You have already used this code"), "{}", page.text("main"));
    }
    shop.run_jobs().await;
    let to: Vec<String> = shop.sent_emails.lock().unwrap().iter().map(|email| email.to.clone()).collect();
    assert_eq!(to, ["ada@xn--mller-kva.de"]);
    shop.assert_audit_passes().await;
}

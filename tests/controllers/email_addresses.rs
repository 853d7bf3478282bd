//! E-mail addresses wherever they are typed: kept in the form that mail servers take, or refused with a reason.

use tradepost::models::account::roles::Role;
use tradepost::models::coupon::editing::Scope;
use tradepost::models::coupon::{Coupon, CouponKind};

use crate::support::{TestShop, checkout, coupon};

/// What no mail server takes, and what is said about it.
const NONE: &[(&str, &str)] = &[
    ("ada", "Enter an email address like name@example.com."),
    ("a@b@example.com", "Enter an email address like name@example.com."),
    ("a..b@example.com", "Enter an email address like name@example.com."),
    ("a@[127.0.0.1]", "What follows the @ must be a domain like example.com."),
    ("a@127.0.0.1", "What follows the @ must be a domain like example.com."),
    ("a@localhost", "What follows the @ must be a domain like example.com."),
    ("a@example-.com", "What follows the @ must be a domain like example.com."),
    ("jörg@example.com", "Before the @ we can only mail to letters without accents, digits and signs."),
    ("x@buyer-mail.de\u{200b}", "This address has an invisible character in it."),
    ("x\u{202e}@buyer-mail.de", "This address has an invisible character in it."),
];

#[actix_web::test]
async fn the_checkout_says_what_is_wrong_with_an_address_and_keeps_it() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    for (typed, why) in NONE {
        let page = checkout(&ada, "bank_transfer").await.fill("email", typed).send().await;
        assert_eq!(page.status, 422, "{typed:?}");
        assert!(page.error("email").starts_with(why), "{typed:?}: {}", page.error("email"));
        assert_eq!(page.value("email"), *typed);
    }
    assert_eq!(shop.stock(&mug).await, (10, 0));
}

#[actix_web::test]
async fn so_do_the_forms_of_staff() {
    let shop = TestShop::new().await;
    let owner = shop.staff(Role::Owner).await;
    for (typed, why) in NONE {
        let why = why.replace("Enter an email", "Type an email").trim_end_matches('.').to_owned();
        let page = owner.get("/admin/gift-cards/new").await.form("Make gift card");
        let page = page.fill("amount", "20").fill("email", typed).send().await;
        assert_eq!(page.status, 422, "{typed:?}");
        assert!(page.error("email").starts_with(&why), "{typed:?}: {}", page.error("email"));
        let page = owner.get("/admin/settings").await.form("Save").fill("contact_email", typed).send().await;
        assert_eq!(page.status, 422, "{typed:?}");
        assert!(page.error("contact_email").starts_with(&why), "{typed:?}: {}", page.error("contact_email"));
    }
    let page = owner.get("/admin/settings").await.form("Save").fill("contact_email", "post@bäckerei.de").send().await;
    assert_eq!(page.value("contact_email"), "post@xn--bckerei-5wa.de");
}

#[actix_web::test]
async fn whoever_logs_in_may_type_the_address_in_any_of_its_forms() {
    let shop = TestShop::new().await;
    shop.account("chef@bäckerei.de", Role::Owner).await;
    for typed in ["chef@bäckerei.de", "Chef@BÄCKEREI.de", "chef@xn--bckerei-5wa.de", "chef＠bäckerei。de"] {
        let page = shop.visitor().log_in(typed, crate::support::shop::PASSWORD).await;
        assert_eq!(page.status, 200, "{typed}: {}", page.text("main"));
    }
}

#[actix_web::test]
async fn one_person_is_one_customer_however_the_address_is_written() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let once = Coupon { per_customer_limit: Some(1), ..coupon("ONCE", CouponKind::Fixed, 1_00) };
    shop.code(once, Scope::default()).await;
    for (number, typed) in
        ["ada@müller.de", "Ada@MÜLLER.de", "ada@mu\u{308}ller.de", "ada@xn--mller-kva.de", " ａｄａ＠müller.de "]
            .into_iter()
            .enumerate()
    {
        let ada = shop.visitor();
        ada.add_to_cart(&mug, 1).await;
        ada.get("/cart").await.form("Apply").fill("code", "ONCE").send().await;
        let page = checkout(&ada, "bank_transfer").await.fill("email", typed).send().await;
        assert_eq!(page.status, if number == 0 { 200 } else { 422 }, "{typed}: {}", page.text("main"));
        assert!(number == 0 || page.text("main").contains("You have used this code"), "{}", page.text("main"));
    }
    shop.run_jobs().await;
    let to: Vec<String> = shop.sent.lock().unwrap().iter().map(|letter| letter.to.clone()).collect();
    assert_eq!(to, ["ada@xn--mller-kva.de"]);
    shop.assert_clean().await;
}

//! The pages of discount codes.

use tradepost::models::checkout::coupon::{Coupon, CouponKind};
use tradepost::models::people::account::roles::Role;

use crate::support::TestShop;

#[actix_web::test]
async fn a_discount_code_is_created_edited_and_deactivated() {
    let shop = TestShop::new().await;
    shop.product("Mug").create().await;
    shop.product("Beans").category("coffee").create().await;
    let keeper = shop.log_in_as(Role::ShopManager).await;
    let list = keeper.get("/admin/discounts").await;
    assert!(list.text("main").contains("No discounts yet"));
    let form = list.click_link("Add discount").await.form("Save");
    let page = form
        .fill_all(&[
            ("code", "SPRING-15"),
            ("value", "12,5"),
            ("minimum", "50"),
            ("usage_limit", "100"),
            ("per_customer_limit", "1"),
            ("starts_at", "2026-11-01T00:00"),
            ("ends_at", "2026-12-01T00:00"),
        ])
        .choose("categories", "coffee")
        .submit()
        .await;
    assert_eq!(page.text("[role=status]"), "Discount saved.");
    assert_eq!(page.text("caption"), "1 discount");
    let row = page.text("tbody tr");
    assert!(["SPRING-15", "12.5 % off", "0 of 100", "Active"].iter().all(|word| row.contains(word)), "{row}");
    let coupon = shop.read(|conn| Coupon::find_by_code(conn, "spring-15")).await.unwrap();
    assert_eq!((coupon.kind, coupon.value, coupon.minimum_minor), (CouponKind::Percent, 125_000, Some(50_00)));
    assert_eq!(coupon.starts_at.unwrap().rfc3339(), "2026-11-01T00:00:00Z");

    let page = page.click_link("SPRING-15").await;
    assert_eq!(
        (page.field_value("value").as_str(), page.field_value("starts_at").as_str()),
        ("12.5", "2026-11-01T00:00")
    );
    assert!(page.has("input[name=categories][value=coffee][checked]"));
    assert!(page.text("fieldset").contains("Coffee"));
    let page = page.form("Save").choose("kind", "fixed").choose("active", "0").fill("value", "7.50").submit().await;
    assert!(page.text("tbody tr").contains("Inactive"));
    assert!(page.text("tbody tr").contains("€7.50 off"));
    let coupon = shop.read(|conn| Coupon::find_by_code(conn, "spring-15")).await.unwrap();
    assert_eq!((coupon.kind, coupon.value, coupon.active), (CouponKind::Fixed, 7_50, false));
}

#[actix_web::test]
async fn invalid_input_is_refused_beside_its_field_and_nothing_is_lost() {
    let shop = TestShop::new().await;
    shop.create_percent_coupon("TAKEN", 10).await;
    let owner = shop.log_in_as(Role::Owner).await;
    let page = owner.get("/admin/discounts/new").await;
    let wrong = page
        .form("Save")
        .fill_all(&[
            ("code", "two words!"),
            ("value", "101"),
            ("minimum", "much"),
            ("usage_limit", "0"),
            ("per_customer_limit", "-1"),
            ("starts_at", "2026-12-02T00:00"),
            ("ends_at", "2026-12-01T00:00"),
        ])
        .submit()
        .await;
    assert_eq!(wrong.status, 422);
    for (field, typed) in [("code", "two words!"), ("value", "101"), ("minimum", "much"), ("usage_limit", "0")] {
        assert!(!wrong.field_error(field).is_empty());
        assert_eq!(wrong.field_value(field), typed);
    }
    assert!(!wrong.field_error("per_customer_limit").is_empty());
    assert_eq!(wrong.field_error("ends_at"), "This must be later than the start.");
    let twice = page.form("Save").fill_all(&[("code", "taken"), ("value", "5")]).submit().await;
    assert_eq!((twice.status, twice.field_error("code").as_str()), (422, "This code already exists."));
}

#[actix_web::test]
async fn only_staff_with_permission_see_discounts() {
    let shop = TestShop::new().await;
    for (role, status) in [(Role::ShopManager, 200), (Role::Editor, 403), (Role::Support, 403)] {
        assert_eq!(shop.log_in_as(role).await.get("/admin/discounts").await.status, status, "{}", role.as_str());
    }
}

#[actix_web::test]
async fn a_code_matches_in_every_unicode_form_of_its_characters() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let made = |code: &'static str| {
        let owner = owner.clone();
        async move {
            let form = owner.get("/admin/discounts/new").await.form("Save");
            form.fill_all(&[("code", code), ("value", "10")]).submit().await
        }
    };
    assert_eq!(made("CAFÉ\u{2011}15").await.text("[role=status]"), "Discount saved.");
    for twin in ["café-15", "Cafe\u{301}-15", "ＣＡＦÉ－１５", "CA\u{200b}FÉ\u{2013}15"] {
        assert_eq!(made(twin).await.field_error("code"), "This code already exists.", "{twin}");
    }
    let mug = shop.product("Mug").create().await;
    for typed in [
        "CAFÉ-15",
        "cafe\u{301}-15",
        "ｃａｆé-15",
        "CAFÉ\u{2010}15",
        "CAFÉ\u{2212}15",
        "CAFÉ-15\u{200b}",
        " ca fé - 15 ",
    ] {
        let visitor = shop.visitor();
        let cart = visitor.add_to_cart(&mug, 1).await.form("Apply").fill("code", typed).submit().await;
        assert_eq!((cart.status, cart.total("discount").as_str()), (200, "-1.20"), "{typed}");
    }
    let (_, card) = shop.issue_gift_card(5_00).await;
    let full_width: String = card.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    for typed in [full_width, card.replace('-', "\u{2011}"), format!("\u{feff}{card}\u{200b}"), card.to_lowercase()] {
        let visitor = shop.visitor();
        let cart = visitor.add_to_cart(&mug, 1).await.form("Apply").fill("code", &typed).submit().await;
        assert!(cart.status == 200 && cart.text("main").contains(&card[card.len() - 4..]), "{typed}");
    }
}

#[actix_web::test]
async fn an_end_date_includes_the_whole_day() {
    let shop = TestShop::new().await;
    shop.update_settings(|settings| settings.time_zone = "Europe/Berlin".to_owned()).await;
    let owner = shop.log_in_as(Role::Owner).await;
    let form = owner.get("/admin/discounts/new").await.form("Save").fill_all(&[("code", "NYE"), ("value", "10")]);
    let page = form.fill_all(&[("starts_at", "2026-12-31"), ("ends_at", "2026-12-31")]).submit().await;
    assert_eq!(page.text("[role=status]"), "Discount saved.");
    let coupon = shop.read(|conn| Coupon::find_by_code(conn, "nye")).await.unwrap();
    let moment = |at: Option<tradepost::support::clock::Utc>| at.unwrap().rfc3339();
    assert_eq!(moment(coupon.starts_at), "2026-12-30T23:00:00Z", "its first second");
    assert_eq!(moment(coupon.ends_at), "2026-12-31T23:00:00Z", "its last");
    let page = owner.get("/admin/discounts").await.click_link("NYE").await;
    let page = page.form("Save").fill("ends_at", "2026-12-31T12:00").submit().await;
    assert_eq!(page.status, 200);
    let coupon = shop.read(|conn| Coupon::find_by_code(conn, "nye")).await.unwrap();
    assert_eq!(moment(coupon.ends_at), "2026-12-31T11:00:00Z", "a time is itself");
}

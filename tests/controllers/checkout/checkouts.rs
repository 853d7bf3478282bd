//! The checkout's form.

use crate::support::{TestShop, fill_checkout};

#[actix_web::test]
async fn missing_fields_are_named_and_the_others_are_kept() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    for (name, typed, message) in [
        ("email", "ada@", "Enter an email address like name@example.com."),
        ("name", "  ", "Enter your full name."),
        ("line1", "", "Enter your street and house number."),
        ("city", "", "Enter your city."),
        ("postcode", "", "Enter your postcode."),
    ] {
        let page =
            fill_checkout(&ada, "bank_transfer").await.fill("note", "Blue, please").fill(name, typed).submit().await;
        assert_eq!((page.status, page.field_error(name).as_str()), (422, message));
        assert_eq!(page.field_value("note"), "Blue, please");
        assert_eq!(page.attr(&format!("[name={name}]"), "aria-invalid").as_deref(), Some("true"), "{name}");
    }
    let page = fill_checkout(&ada, "bank_transfer").await.fill("name", &"x".repeat(121)).submit().await;
    assert_eq!((page.status, page.field_error("name").as_str()), (422, "Use at most 120 characters."));
    let page = fill_checkout(&ada, "bank_transfer").await.fill("country", "CA").fill("postcode", "K1A 0B1");
    let page = page.submit().await;
    assert_eq!(page.field_error("region"), "Enter your state or region.");
    assert_eq!(shop.stock(&mug).await, (10, 0));
}

#[actix_web::test]
async fn options_that_were_not_offered_are_refused() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    let fields = fill_checkout(&ada, "bank_transfer").await.fields();
    let tampered = |name: &str, value: &str| -> Vec<(String, String)> {
        fields.iter().map(|(n, v)| (n.clone(), if n == name { value.to_owned() } else { v.clone() })).collect()
    };
    for (name, value, status) in [
        ("payment_method", "free", 422),
        ("payment_method", "none", 422),
        ("shipping_method", "none", 422),
        ("shipping_method", "", 422),
        ("quote", "", 422),
        ("quote", "x:0", 422),
        ("cart_version", "999", 422),
        ("country", "XX", 422),
    ] {
        let fields = tampered(name, value);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(ada.post("/checkout", &fields).await.status, status, "{name}={value}");
    }
    assert_eq!(shop.stock(&mug).await, (10, 0));
}

#[actix_web::test]
async fn an_empty_cart_redirects_to_the_cart() {
    let shop = TestShop::new().await;
    assert_eq!(shop.visitor().get_without_redirect("/checkout").await.location(), "/cart");
    assert_eq!(shop.visitor().post("/checkout", &[]).await.location(), "/cart");
}

#[actix_web::test]
async fn international_names_are_stored_as_typed() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    for (at, name) in (1..).zip(["محمد بن أحمد", "王小明", "Þórunn Ægisdóttir", "O'Brien <b>&amp;", "👩‍🚀 Zoë"])
    {
        let ada = shop.visitor().with_ipv4([203, 0, at, 1]);
        ada.add_to_cart(&mug, 1).await;
        let form = fill_checkout(&ada, "bank_transfer").await.fill("email", &format!("buyer{at}@example.com"));
        let page = form.fill("name", name).submit().await;
        assert_eq!(page.status, 200, "{name}");
        assert!(page.text("main").contains(name), "{name}: {}", page.text("main"));
    }
    shop.run_jobs().await;
    assert!(shop.emails().await.iter().any(|email| email.body_text.contains("王小明")));
}

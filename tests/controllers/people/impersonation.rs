//! Staff use the site as a customer: with a reason, a banner, limits and a record (R17, R24, R72).

use jiff::SignedDuration;
use tradepost::models::people::account::roles::Role;
use tradepost::paths;
use tradepost::routes::table;

use super::admin_customers::create_customer;
use crate::routes::fill_parameters;
use crate::support::{Browser, Page, TestShop};

async fn impersonate(browser: &Browser, reason: &str) -> Page {
    let list = browser.get("/admin/customers?tab=accounts").await;
    let page = browser.get(&list.attr("tbody th a", "href").unwrap()).await;
    page.form("Use the site as this customer").fill("reason", reason).submit().await
}

#[actix_web::test]
async fn r24_r72_support_sees_the_site_as_a_customer_and_it_is_recorded() {
    let shop = TestShop::new().await;
    create_customer(&shop, "ann@kestrel.example").await;
    let support = shop.log_in_as(Role::Support).await;
    let before = support.cookies().remove("tp");
    assert_eq!(impersonate(&support, " ").await.status, 422, "a reason is needed");
    let page = impersonate(&support, "Cannot find the order").await;
    assert_eq!(page.path, "/");
    assert_ne!(support.cookies().remove("tp"), before, "a new session");
    for path in ["/", "/shop", "/cart", "/checkout", "/nowhere"] {
        let page = support.get(path).await;
        assert!(page.text(".staff-bar").contains("You are using the site as"), "{path}");
    }
    assert!(!shop.visitor().get("/").await.has(".staff-bar"), "the cached page is for everybody");
    assert_eq!(support.get("/admin").await.status, 403, "a customer has no admin");
    for path in ["/login", "/password/reset", "/invitation"] {
        assert_eq!(support.get(path).await.status, 403, "{path}");
    }
    assert_eq!(support.post("/checkout", &[("email", "ann@kestrel.example")]).await.status, 403, "no orders");
    let page = support.get("/shop").await.form("Stop").submit().await;
    assert!(page.path.starts_with("/admin/customers/"), "{}", page.path);
    assert!(page.text("[role=status]").contains("You are back in your own account"));
    let owner = shop.log_in_as(Role::Owner).await;
    let rows = owner.get("/admin/audit?group=people").await.texts("tbody tr");
    let has = |words: &str| rows.iter().any(|row| row.contains(words) && row.contains("The support"));
    assert!(has("Began to use the site as this customer: Cannot find the order"), "{rows:?}");
    assert!(has("Stopped using the site as this customer"), "{rows:?}");
}

/// The router decodes what is encoded, so a check of the path as it was sent would let these pass.
#[actix_web::test]
async fn r64_no_spelling_opens_what_is_closed_to_impersonation() {
    let shop = TestShop::new().await;
    create_customer(&shop, "ann@kestrel.example").await;
    let support = shop.log_in_as(Role::Support).await;
    impersonate(&support, "Cannot find the order").await;
    let mut tried = 0;
    for line in table().iter().filter(|line| paths::is_closed_to_impersonation(line.path, line.method != "GET")) {
        let path = fill_parameters(line.path);
        let letter = path.as_bytes()[1];
        let spelling = format!("/%{letter:02x}{}", &path[2..]);
        let page = match line.method {
            "GET" => support.get(&spelling).await,
            _ => support.post(&spelling, &[]).await,
        };
        let wanted = if line.method == "GET" { 403 } else { 404 };
        assert_eq!(page.status, wanted, "{} {spelling}", line.method);
        tried += 1;
    }
    assert!(tried > 30, "only {tried} spellings were tried");
    support.post("/impersonation/end", &[]).await;
}

#[actix_web::test]
async fn it_ends_after_half_an_hour() {
    let shop = TestShop::new().await;
    create_customer(&shop, "ann@kestrel.example").await;
    let support = shop.log_in_as(Role::Support).await;
    impersonate(&support, "Help").await;
    shop.advance_clock(SignedDuration::from_mins(29));
    assert!(support.get("/cart").await.has(".staff-bar"));
    shop.advance_clock(SignedDuration::from_mins(2));
    assert!(!support.get("/cart").await.has(".staff-bar"));
    assert_eq!(support.get("/admin").await.path.split('?').next(), Some("/login"));
}

#[actix_web::test]
async fn r31_nobody_uses_the_site_as_a_colleague_and_not_every_role_may() {
    let shop = TestShop::new().await;
    create_customer(&shop, "ann@kestrel.example").await;
    let manager = shop.log_in_as(Role::ShopManager).await;
    let list = manager.get("/admin/customers").await;
    let path = list.attr("tbody th a", "href").unwrap();
    assert!(manager.get(&path).await.forms("Use the site as this customer").is_empty());
    assert_eq!(manager.post(&format!("{path}/impersonate"), &[("reason", "x")]).await.status, 403);
    let owner = shop.log_in_as(Role::Owner).await;
    let staff = super::staff::staff_path(&shop, "shop_manager@kestrel.example").await;
    let colleague = staff.replace("/admin/staff/", "/admin/customers/");
    assert_eq!(owner.post(&format!("{colleague}/impersonate"), &[("reason", "x")]).await.status, 404);
}

//! No address of this site leads to another one.

use tradepost::models::people::account::roles::Role;
use tradepost::routes::table;
use url::Url;

use crate::routes::fill_parameters;
use crate::support::customers::CUSTOMER_PASSWORD;
use crate::support::{Page, TestShop};

const ADA: &str = "ada@lovelace.example";

/// What browsers, or careless checks, take for a path.
const FOREIGN: &[&str] = &[
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nlocation: https://evil.example",
    " //evil.example",
    "\u{0}//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "http://127.0.0.1@evil.example/",
    "http://127.0.0.1.evil.example/",
    "\u{ff0f}/evil.example",
];

/// Whether a browser stays on the site when it follows the response.
fn stays_here(page: &Page) -> bool {
    let Some(target) = page.header("location") else { return true };
    let base = Url::parse("http://127.0.0.1/login").unwrap();
    base.join(target).is_ok_and(|url| url.origin() == base.origin())
}

#[actix_web::test]
async fn r7_the_log_in_leads_to_no_other_site() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    for next in FOREIGN {
        let fields = [("email", ADA), ("password", CUSTOMER_PASSWORD), ("next", *next)];
        let page = shop.visitor().post("/login", &fields).await;
        assert_eq!((page.status, page.location()), (303, "/account"), "{next:?}");
    }
    let page =
        shop.visitor().post("/login", &[("email", ADA), ("password", CUSTOMER_PASSWORD), ("next", "/cart")]).await;
    assert_eq!(page.location(), "/cart");
    shop.run_jobs().await;
}

#[actix_web::test]
async fn r7_the_link_of_a_registration_leads_to_no_other_site() {
    let shop = TestShop::new().await;
    for (number, next) in ["https://evil.example/", "//evil.example", "/\\evil.example"].into_iter().enumerate() {
        let visitor = shop.visitor();
        let email = format!("ada{number}@lovelace.example");
        let fields = [("name", "Ada"), ("email", email.as_str()), ("password", CUSTOMER_PASSWORD), ("next", next)];
        assert_eq!(visitor.post("/register", &fields).await.status, 303);
        shop.run_jobs().await;
        let page = visitor.get(&shop.latest_link(&email).await).await;
        let page = page.form("Confirm account").submit_without_redirect().await;
        assert_eq!((page.status, page.location()), (303, "/login"), "{next}");
    }
}

#[actix_web::test]
async fn r7_no_query_and_no_path_leads_to_another_site() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for line in table().iter().filter(|line| line.method == "GET") {
        let path = fill_parameters(line.path);
        let query = "next=//evil.example&return=https://evil.example&to=//evil.example&url=//evil.example&then=//e";
        for address in [format!("{path}?{query}"), format!("{path}/?{query}"), format!("{path}/?//evil.example/")] {
            for browser in [&owner, &shop.visitor()] {
                let page = browser.get_without_redirect(&address).await;
                assert!(stays_here(&page), "{address}: {:?}", page.header("location"));
            }
        }
    }
    for path in ["//evil.example/", "///evil.example/", "/\\evil.example/", "//%65vil.example/", "/%2f/evil.example/"] {
        let page = shop.visitor().get_without_redirect(path).await;
        assert!(stays_here(&page), "{path}: {:?}", page.header("location"));
    }
    // A request target with a scheme, as a proxy gets it.
    let page = shop.visitor().get_without_redirect("http://127.0.0.1/admin").await;
    assert!(stays_here(&page), "{:?}", page.header("location"));
}

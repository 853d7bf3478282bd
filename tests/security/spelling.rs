//! Other spellings of an address open no more than the address itself.

use tradepost::models::people::account::roles::Role;
use tradepost::routes::table;

use crate::routes::{fill_parameters, permission};
use crate::support::{Browser, Page, TestShop};

const ADA: &str = "ada@lovelace.example";

/// Spellings that a router, a proxy or a file server might take for the same path.
fn other_spellings(path: &str) -> Vec<String> {
    let inside = path.trim_start_matches('/');
    let (first, rest) = inside.split_at(1);
    let code = first.as_bytes()[0];
    vec![
        format!("{path}/"),
        format!("/%{code:02x}{rest}"),
        format!("/%{code:02X}{rest}/"),
        format!("/{path}"),
        path.replace('/', "//"),
        format!("/.{path}"),
        format!("/%2e{path}"),
        format!("/%2e%2e{path}"),
        format!("/blog/..{path}"),
        format!("/{}", inside.replace('/', "%2f")),
        path.to_uppercase(),
        format!("{path}.json"),
        format!("{path};a=b"),
        format!("{path}%20"),
    ]
}

async fn open(browser: &Browser, method: &str, path: &str) -> Page {
    match method {
        "GET" => browser.get_without_redirect(path).await,
        _ => browser.post(path, &[]).await,
    }
}

#[actix_web::test]
async fn r64_no_spelling_of_an_admin_address_opens_more_than_the_address() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    let (ada, packer) = (shop.log_in_customer(ADA).await, shop.log_in_as(Role::Fulfilment).await);
    let stranger = shop.visitor();
    let mut tried = 0;
    for line in table() {
        let Some(needed) = permission(&line.access) else { continue };
        let path = fill_parameters(line.path);
        // Forms are never redirected, so that the first spellings say enough.
        let spellings = other_spellings(&path).into_iter().take(if line.method == "GET" { usize::MAX } else { 4 });
        for spelling in spellings {
            let page = open(&stranger, line.method, &spelling).await;
            let is_refused = match page.status {
                303 => page.location().starts_with("/login"),
                status => matches!(status, 301 | 400 | 404 | 405),
            };
            assert!(is_refused, "{} {spelling} by a stranger: {}", line.method, page.status);
            let page = open(&ada, line.method, &spelling).await;
            let is_refused = matches!(page.status, 301 | 400 | 403 | 404 | 405);
            assert!(is_refused, "{} {spelling} by a customer: {}", line.method, page.status);
            if !Role::Fulfilment.has_permission(needed) {
                let page = open(&packer, line.method, &spelling).await;
                let is_refused = matches!(page.status, 301 | 400 | 403 | 404 | 405);
                assert!(is_refused, "{} {spelling} by fulfilment: {}", line.method, page.status);
            }
            tried += 1;
        }
    }
    assert!(tried > 500, "only {tried} spellings were tried");
}

#[actix_web::test]
async fn r64_an_encoded_letter_redirects_to_the_one_spelling() {
    let shop = TestShop::new().await;
    shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    for (path, canonical) in [
        ("/%73hop", "/shop"),
        ("/products/%6D%75g?page=%32", "/products/mug?page=%32"),
        ("/%61dmin", "/admin"),
        ("/%61ccount/%70rivacy", "/account/privacy"),
    ] {
        let page = owner.get_without_redirect(path).await;
        assert_eq!((page.status, page.location()), (301, canonical), "{path}");
        assert_eq!(owner.get(path).await.status, 200, "{path}");
    }
    for path in ["//%65vil.example", "/\\%65vil.example"] {
        assert_eq!(shop.visitor().get_without_redirect(path).await.status, 404, "{path}");
    }
    assert_eq!(owner.post("/%6Cogout", &[]).await.status, 404);
    assert!(owner.get("/").await.has(".staff-bar"), "the form was not processed");
}

#[actix_web::test]
async fn r42_encoded_slashes_and_parent_folders_reach_no_file() {
    let shop = TestShop::new().await;
    for folder in ["/media/", "/assets/"] {
        for name in [
            "..%2f..%2fsecret.key",
            "..%2ftradepost.db",
            "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            "..%5c..%5csecret.key",
            "%2fetc%2fpasswd",
            "....%2f%2fsecret.key",
            "..%252f..%252fsecret.key",
            ".",
            "..",
        ] {
            let page = shop.visitor().get(&format!("{folder}{name}")).await;
            assert_eq!(page.status, 404, "{folder}{name}");
        }
    }
}

//! Nobody learns from an answer, or from the work it takes, which addresses have an account or an order.

use tradepost::routes::table;

use crate::support::{Browser, Page, TestShop, fill_checkout};

/// She has an account and an order.
const KNOWN: &str = "ada@lovelace.example";
/// As many characters, and neither.
const UNKNOWN: &str = "eve@lovelace.example";
const PASSWORD: &str = "seven amber lighthouses";

type FormFields = &'static [(&'static str, &'static str)];

/// Every form of a visitor that asks for an address, with its other fields.
const FORMS: &[(&str, FormFields)] = &[
    ("/login", &[("password", PASSWORD)]),
    ("/login/code", &[]),
    ("/register", &[("name", "Ada"), ("password", PASSWORD)]),
    ("/password/forgot", &[]),
    ("/orders/find", &[("number", "1001")]),
];

/// Everything that a client receives, without the request's id, secrets made for it, and the address that was typed.
fn describe_response(page: &Page, email: &str) -> (u16, Vec<String>, String) {
    let request_id = page.header("x-request-id").unwrap_or_default().to_owned();
    let token = page.attr("input[name=once]", "value").unwrap_or_default();
    let secret = token.split('.').next().unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    for (name, value) in &page.headers {
        let value = value.to_str().unwrap();
        let value = match name.as_str() {
            "x-request-id" => continue,
            "set-cookie" => {
                let (cookie, rest) = value.split_once(';').unwrap();
                format!("{} {rest}", cookie.split('=').next().unwrap())
            }
            _ => value.to_owned(),
        };
        headers.push(format!("{name}: {value}"));
    }
    headers.sort();
    let mut body = String::from_utf8_lossy(&page.body).into_owned();
    for (random, name) in [(request_id.as_str(), "(id)"), (secret.as_str(), "(secret)"), (email, "(email)")] {
        if !random.is_empty() {
            body = body.replace(random, name);
        }
    }
    (page.status, headers, body)
}

async fn send<'a>(browser: &Browser, path: &str, fields: &[(&'a str, &'a str)], email: &'a str) -> Page {
    let all: Vec<(&str, &str)> = fields.iter().copied().chain([("email", email)]).collect();
    browser.post(path, &all).await
}

/// A shop in which [`KNOWN`] has an account and order 1001.
async fn create_shop() -> TestShop {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    ada.add_to_cart(&mug, 1).await;
    fill_checkout(&ada, "bank_transfer").await.submit().await;
    shop.create_customer(KNOWN, "Ada Lovelace").await;
    shop.run_jobs().await;
    shop
}

#[actix_web::test]
async fn r16_known_and_unknown_addresses_get_the_same_bytes() {
    let shop = create_shop().await;
    for (path, fields) in FORMS {
        let mut answers = Vec::new();
        for email in [KNOWN, UNKNOWN] {
            let browser = shop.visitor();
            let answer = send(&browser, path, fields, email).await;
            let first = describe_response(&answer, email);
            let next = browser.follow_redirects(answer).await;
            answers.push((first, describe_response(&next, email)));
        }
        assert_eq!(answers[0], answers[1], "{path}");
    }
    shop.run_jobs().await;
}

/// With all places of the queue taken, whoever has to hash a password is answered 503.
#[actix_web::test]
async fn r16_known_and_unknown_addresses_take_the_same_hashes() {
    let shop = create_shop().await;
    let queue = shop.fill_hash_queue().await;
    for (path, fields) in FORMS {
        let is_hashed = fields.iter().any(|(name, _)| *name == "password");
        for email in [KNOWN, UNKNOWN] {
            let page = send(&shop.visitor(), path, fields, email).await;
            assert_eq!(page.status, if is_hashed { 503 } else { 303 }, "{path} for {email}");
        }
    }
    queue.release().await;
    shop.run_jobs().await;
}

#[actix_web::test]
async fn r16_every_form_that_asks_a_visitor_for_an_address_is_compared() {
    let shop = create_shop().await;
    for line in table().iter().filter(|line| line.method == "GET" && line.access == "visitor") {
        if line.path.contains('{') {
            continue;
        }
        let page = shop.visitor().get_without_redirect(line.path).await;
        if page.status == 200 && page.has("form[method=post] input[name=email]") && line.path != "/setup" {
            assert!(FORMS.iter().any(|(path, _)| *path == line.path), "compare the answers of {}", line.path);
        }
    }
}

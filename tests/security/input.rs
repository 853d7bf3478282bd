//! What a client sends beyond what a form asks for, or in place of it.

use actix_web::test::TestRequest;
use diesel::prelude::*;
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::schema::sessions;
use tradepost::support::email_address::EmailAddress;
use tradepost::support::token;

use crate::support::TestShop;

const ADA: &str = "ada@lovelace.example";

#[actix_web::test]
async fn r9_a_request_with_two_hosts_is_refused() {
    let shop = TestShop::new().await;
    for hosts in [["127.0.0.1", "evil.example"], ["evil.example", "127.0.0.1"], ["127.0.0.1", "127.0.0.1"]] {
        let request = TestRequest::get().uri("/").append_header(("host", hosts[0])).append_header(("host", hosts[1]));
        assert_eq!((shop.service())(request).await.status(), 400, "{hosts:?}");
    }
}

#[actix_web::test]
async fn r23_the_database_has_only_the_hash_of_a_session_token() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let cookie = owner.cookies()["tp"].clone();
    // 256 bits as 43 characters, behind the signature.
    let secret = cookie[cookie.len() - 43..].to_owned();
    let stored: Vec<(String, String)> =
        shop.read(|conn| Ok(sessions::table.select((sessions::token_hash, sessions::state)).load(conn)?)).await;
    assert!(stored.iter().any(|(hash, _)| *hash == token::sha256_hex(&secret)), "{stored:?}");
    assert!(stored.iter().all(|(hash, state)| !hash.contains(&secret) && !state.contains(&secret)));
}

#[actix_web::test]
async fn r30_fields_that_a_form_does_not_ask_for_change_nothing() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").price(12_00).create().await;
    let buyer = shop.visitor();
    let fields = [
        ("variant_id", mug.variant.public_id.as_str()),
        ("quantity", "1"),
        ("price", "0.01"),
        ("price_minor", "1"),
        ("unit_price", "0.01"),
        ("total", "0.01"),
        ("discount", "100"),
    ];
    assert_eq!(buyer.post("/cart/lines", &fields).await.status, 303);
    let cart = buyer.get("/cart").await.text("main");
    assert!(cart.contains("€12.00") && !cart.contains("€0.01"), "{cart}");

    let id = shop.create_customer(ADA, "Ada Lovelace").await;
    let ada = shop.log_in_customer(ADA).await;
    let fields = [
        ("name", "Augusta Ada"),
        ("role", "owner"),
        ("roles", "owner"),
        ("status", "suspended"),
        ("email", "eve@evil.example"),
        ("password_hash", "x"),
        ("auth_epoch", "99"),
        ("id", "1"),
        ("public_id", "x"),
    ];
    assert_eq!(ada.post("/account/profile", &fields).await.status, 303);
    let account = shop.read(move |conn| Account::get(conn, id)).await;
    assert_eq!((account.name.as_str(), account.email.as_str()), ("Augusta Ada", ADA));
    assert_eq!(ada.get("/admin").await.status, 403);
    let fields = [("name", "Eve"), ("email", "eve@evil.example"), ("password", "seven amber lighthouses")];
    let fields: Vec<(&str, &str)> = fields.into_iter().chain([("role", "owner"), ("is_staff", "1")]).collect();
    let eve = shop.visitor();
    assert_eq!(eve.post("/register", &fields).await.status, 303);
    shop.run_jobs().await;
    eve.get(&shop.latest_link("eve@evil.example").await).await.form("Confirm account").submit().await;
    eve.log_in("eve@evil.example", "seven amber lighthouses").await;
    assert_eq!(eve.get("/admin").await.status, 403);
    shop.run_jobs().await;
}

#[actix_web::test]
async fn r40_no_field_adds_a_header_to_an_email() {
    let shop = TestShop::new().await;
    shop.create_customer(ADA, "Ada Lovelace").await;
    for end in ["\r\nBcc: eve@evil.example", "\nBcc: eve@evil.example", ",eve@evil.example", " <eve@evil.example>"] {
        let email = format!("{ADA}{end}");
        for path in ["/password/forgot", "/login/code"] {
            assert_eq!(shop.visitor().post(path, &[("email", &email)]).await.status, 422, "{path}: {email:?}");
        }
        let fields = [("name", "Ada"), ("email", email.as_str()), ("password", "seven amber lighthouses")];
        assert_eq!(shop.visitor().post("/register", &fields).await.status, 422, "{email:?}");
        assert!(EmailAddress::parse(&email).is_none(), "{email:?}");
    }
    let name = "Ada\r\nBcc: eve@evil.example";
    let fields = [("name", name), ("email", "new@lovelace.example"), ("password", "seven amber lighthouses")];
    shop.visitor().post("/register", &fields).await;
    shop.run_jobs().await;
    for email in shop.emails().await {
        let headers = format!("{}{}", email.recipient, email.subject);
        assert!(!headers.contains(['\r', '\n']) && !headers.contains("evil.example"), "{headers:?}");
    }
}

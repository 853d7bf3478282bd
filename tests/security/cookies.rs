//! Cookies that stand for nothing: garbage, cut off, signed for another purpose, very long.

use actix_web::http::Method;
use tradepost::http::cookies;
use tradepost::models::people::account::roles::Role;
use tradepost::routes::table;

use crate::routes::fill_parameters;
use crate::support::TestShop;

#[actix_web::test]
async fn r27_whoever_has_junk_in_every_cookie_is_nobody() {
    let shop = TestShop::new().await;
    shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let (session, device) = (owner.cookies()["tp"].clone(), owner.cookies()["tp-device"].clone());
    let junk = [
        String::new(),
        "junk".to_owned(),
        "%00%ff%22".to_owned(),
        "AAAA.BBBB.CCCC".to_owned(),
        "\"{}\"".to_owned(),
        "x".repeat(4096),
        session.chars().take(session.len() / 2).collect(),
        format!("{session}x"),
        device,
    ];
    let form = [("content-type", "application/x-www-form-urlencoded"), ("origin", "http://127.0.0.1")];
    for value in junk {
        let names = cookies::all_names();
        let sent: Vec<String> = names.iter().map(|name| format!("{name}={value}")).collect();
        let sent = sent.join("; ");
        let start: String = value.chars().take(20).collect();
        for line in table() {
            let mut headers = vec![("cookie", sent.as_str())];
            let method = if line.method == "GET" { Method::GET } else { Method::POST };
            if method == Method::POST {
                headers.extend(form);
            }
            let page = shop.visitor().send(method, &fill_parameters(line.path), &headers, Vec::new()).await;
            let what = format!("{} {} with {start:?}: {}", line.method, line.path, page.status);
            assert!(page.status < 500, "{what}");
            if line.access.starts_with("staff") || line.access.starts_with("account") {
                assert!(page.status == 303 && page.location().starts_with("/login"), "{what}");
            }
            assert!(!page.has(".staff-bar"), "{what}");
        }
    }
    assert_eq!(owner.get("/admin").await.path, "/admin", "the session whose cookie was cut off goes on");
}

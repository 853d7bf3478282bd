//! The route table: who may call which route.

use actix_web::http::Method;
use tradepost::models::people::account::roles::{Permission, Role};
use tradepost::routes::table;

use crate::support::TestShop;
use crate::support::database_dump::diff_dumps;

/// An address of the route with something in place of its parameters.
pub fn fill_parameters(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        let name = part.split(['{', '}']).nth(1).map(|name| name.split(':').next().unwrap_or(name));
        parts.push(match name {
            None => part.to_owned(),
            Some("id") => "1".to_owned(),
            Some("hex") => "accent-123456.css".to_owned(),
            Some(_) => "nothing".to_owned(),
        });
    }
    parts.join("/")
}

#[test]
fn the_route_table_matches_its_snapshot() {
    let lines: Vec<String> = table()
        .iter()
        .map(|line| format!("{:4} {:36} {:20} {:10} {}", line.method, line.path, line.access, line.cache, line.handler))
        .collect();
    insta::assert_snapshot!("routes", lines.join("\n"));
}

#[test]
fn r28_admin_routes_are_for_staff_and_unsafe_routes_are_guarded() {
    for line in table() {
        let admin = line.path == "/admin" || line.path.starts_with("/admin/");
        assert_eq!(admin, line.access.starts_with("staff: "), "{} {}: {}", line.method, line.path, line.access);
        assert_eq!(line.csrf, if line.method == "GET" { "harmless" } else { "refused" }, "{}", line.path);
    }
}

#[actix_web::test]
async fn r1_a_forged_request_is_refused_on_every_route() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let forgeries: [&[(&str, &str)]; 15] = [
        &[form, ("origin", "https://evil.example")],
        &[form, ("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1")],
        &[form, ("sec-fetch-site", "same-site")],
        &[form, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")],
        &[form, ("sec-fetch-site", "")],
        &[form, ("sec-fetch-site", "same-origin, cross-site")],
        &[form, ("origin", "null")],
        &[form, ("origin", "")],
        &[form, ("origin", "https://127.0.0.1")],
        &[form, ("origin", "http://127.0.0.1:8443")],
        &[form, ("origin", "http://127.0.0.1.evil.example")],
        &[form, ("origin", "http://127.0.0.1@evil.example")],
        &[("content-type", "text/plain"), ("origin", "https://evil.example")],
        &[form, ("referer", "http://127.0.0.1/admin")],
        &[form],
    ];
    let before = shop.dump_database().await;
    let mut tried = 0;
    for line in table().iter().filter(|line| line.method != "GET") {
        for headers in forgeries {
            // That form's page sends no referrer, for which old browsers send `Origin: null`.
            if line.path == "/password/reset" && headers.contains(&("origin", "null")) {
                continue;
            }
            let page = owner.send(Method::POST, &fill_parameters(line.path), headers, b"title=x".to_vec()).await;
            assert_eq!(page.status, 403, "{} {headers:?}", line.path);
            assert_eq!(page.text("h1"), "This request was blocked", "{}", line.path);
            tried += 1;
        }
    }
    assert!(tried >= 1_000, "only {tried} forgeries were tried");
    assert_eq!(diff_dumps(&before, &shop.dump_database().await), "", "a forgery changed something");
    assert!(owner.get("/").await.has(".staff-bar"), "not even log-out was forged");
}

/// A form token is no proof of origin: the form of another session does nothing either.
#[actix_web::test]
async fn r1_a_form_of_another_session_is_refused_from_another_site() {
    let shop = TestShop::new().await;
    let (owner, manager) = (shop.log_in_as(Role::Owner).await, shop.log_in_as(Role::ShopManager).await);
    let form = manager.get("/admin/discounts/new").await.form("Save").fill("code", "FREE").fill("value", "100");
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form.fields()).finish();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://evil.example")];
    let page = owner.send(Method::POST, &form.action, &headers, body.into_bytes()).await;
    assert_eq!(page.status, 403);
    assert!(owner.get("/admin/discounts").await.texts("tbody tr").is_empty());
}

/// The permission that a route of the admin needs.
pub fn permission(who: &str) -> Option<Permission> {
    let needed = who.strip_prefix("staff: ")?.trim_end_matches(", confirmed");
    let permission = Permission::ALL.iter().copied().find(|permission| format!("{permission:?}") == needed);
    Some(permission.unwrap_or_else(|| panic!("{who} is not a permission")))
}

#[actix_web::test]
async fn r28_every_role_reaches_exactly_its_routes() {
    let shop = TestShop::new().await;
    for role in Role::ALL {
        let browser = shop.log_in_as(*role).await;
        for line in table() {
            let Some(needed) = permission(&line.access) else { continue };
            let page = match line.method {
                "GET" => browser.get_without_redirect(&fill_parameters(line.path)).await,
                _ => browser.post(&fill_parameters(line.path), &[]).await,
            };
            let (may, what) =
                (role.has_permission(needed), format!("{} {} as {}", line.method, line.path, role.as_str()));
            assert_eq!(page.status == 403, !may, "{what}: {}", page.status);
            assert!(page.status < 500, "{what}: {}", page.status);
        }
    }
}

#[actix_web::test]
async fn r28_anonymous_visitors_are_asked_to_log_in() {
    let shop = TestShop::new().await;
    let mut looked = 0;
    for line in table().iter().filter(|line| line.access.starts_with("staff")) {
        let stranger = shop.visitor();
        let path = fill_parameters(line.path);
        let page = if line.method == "GET" {
            stranger.get_without_redirect(&path).await
        } else {
            stranger.post(&path, &[]).await
        };
        assert_eq!(page.status, 303, "{} {path}", line.method);
        assert!(page.location().starts_with("/login"), "{path}: {}", page.location());
        looked += 1;
    }
    assert!(looked > 30);
}

#[actix_web::test]
async fn no_route_fails_on_invalid_parameters() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    // The owner stays logged in.
    let ends_session = |path: &str| path == "/logout" || path == "/account/security/sessions/end";
    for line in table().iter().filter(|line| !ends_session(line.path)) {
        let path = fill_parameters(line.path);
        let page = match line.method {
            "GET" => owner.get_without_redirect(&format!("{path}?page=-1&q=%00%25%27%22&sort=x&tab=x&added=x")).await,
            _ => owner.post(&path, &[("title", "\u{0}'\"%"), ("quantity", "-1"), ("page", "x")]).await,
        };
        assert!(page.status < 500, "{} {path}: {}", line.method, page.status);
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
}

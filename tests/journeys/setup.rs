//! The first start: the setup page and its key.

use tradepost::models::catalog::product::Product;
use tradepost::support::pagination::CappedCount;

use actix_web::http::Method;
use diesel::prelude::*;
use futures_util::future::join_all;
use jiff::SignedDuration;
use tradepost::models::checkout::shipping_method::ShippingMethod;
use tradepost::models::maintenance::site::{NewOwner, Site};
use tradepost::models::people::account::Account;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Actor;
use tradepost::models::platform::setting::Settings;
use tradepost::schema::{account_roles, settings};
use tradepost::support::email_address::EmailAddress;
use tradepost::support::i18n::Locale;

use crate::support::database::postgres_url;
use crate::support::shop::STAFF_PASSWORD;
use crate::support::{Browser, TestShop};

/// A valid setup form.
fn site<'a>(email: &'a str, key: &'a str) -> [(&'a str, &'a str); 8] {
    [
        ("site_name", "Far"),
        ("name", "Ann"),
        ("email", email),
        ("password", STAFF_PASSWORD),
        ("country", "DE"),
        ("currency", "EUR"),
        ("content", "empty"),
        ("key", key),
    ]
}

#[actix_web::test]
async fn one_form_sets_up_a_site() {
    let shop = TestShop::before_setup().await;
    let owner = shop.visitor();
    let page = owner.get("/").await;
    assert_eq!(page.path, "/setup", "before that there is nothing else to see");
    let form = page.form("Create my site").fill_all(&[
        ("site_name", "Kestrel Books"),
        ("name", "Grace Hopper"),
        ("email", "grace@kestrel.example"),
        ("password", STAFF_PASSWORD),
        ("country", "DE"),
        ("currency", "EUR"),
    ]);
    let page = form.choose("content", "empty").submit().await;
    assert_eq!((page.status, page.path.as_str()), (200, "/"));
    assert_eq!(page.text("[role=status]"), "Your site is live. This is what visitors see.");
    assert!(page.text("title").contains("Kestrel Books"));
    assert!(page.has(".staff-bar"), "the owner is signed in");

    assert_eq!(owner.get_without_redirect("/setup").await.status, 404);
    assert_eq!(shop.visitor().get_without_redirect("/setup").await.status, 404);
    let again = [("site_name", "Mine"), ("name", "Eve"), ("email", "eve@evil.example"), ("password", STAFF_PASSWORD)];
    assert_eq!(shop.visitor().post("/setup", &again).await.status, 404);
    assert_eq!(shop.visitor().get("/").await.status, 200);
    assert_eq!(shop.write(Site::issue_setup_key).await, None, "no key is made any more");
    assert!(!owner.get("/admin/staff").await.text("main").contains("never"), "setting up was the first log-in");
    assert_eq!(shop.read(|conn| Product::count(conn, None)).await, CappedCount::Zero);
    assert_eq!(
        owner.get("/admin/settings").await.field_value("time_zone"),
        "Europe/Berlin",
        "the clock of the country"
    );
}

#[actix_web::test]
async fn a_site_takes_the_language_of_its_owners_browser() {
    for (accepted, locale, title) in [
        ("de-AT,de;q=0.9,en;q=0.8", Locale::De, "Standardpaket"),
        ("en;q=0.5, de;q=0.9", Locale::De, "Standardpaket"),
        ("fr, en-US;q=0.7", Locale::En, "Standard parcel"),
        ("fr", Locale::En, "Standard parcel"),
    ] {
        let shop = TestShop::before_setup().await;
        let owner = shop.visitor();
        let header = ("accept-language", accepted);
        let page = owner.send(Method::GET, "/setup", &[header], Vec::new()).await;
        assert_eq!(page.attr("html", "lang").as_deref(), Some(locale.code()), "{accepted}");
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(site("ann@far.example", "")).finish();
        let content_type = ("content-type", "application/x-www-form-urlencoded");
        let headers = [header, content_type, ("origin", "http://127.0.0.1")];
        let page = owner.send(Method::POST, "/setup", &headers, body.into_bytes()).await;
        assert_eq!(page.status, 303, "{accepted}");
        let settings = shop.read(Settings::load).await;
        let methods = shop.read(ShippingMethod::all).await;
        assert_eq!((settings.locale, methods[0].name.as_str()), (locale, title), "{accepted}");
    }
}

#[actix_web::test]
async fn invalid_setup_input_is_explained_and_kept() {
    let shop = TestShop::before_setup().await;
    let page = shop.visitor().get("/setup").await;
    let page = page
        .form("Create my site")
        .fill_all(&[
            ("site_name", " "),
            ("name", "Grace"),
            ("email", "grace@"),
            ("password", "short"),
            ("country", "JP"),
        ])
        .choose("content", "empty")
        .submit()
        .await;
    assert_eq!(page.status, 422);
    assert_eq!(page.field_error("site_name"), "Enter the name of your site.");
    assert_eq!(page.field_error("email"), "Enter an email address like name@example.com.");
    assert!(page.field_error("password").contains("at least 12 characters"));
    assert_eq!(
        ["name", "email", "country", "password"].map(|name| page.field_value(name)),
        ["Grace", "grace@", "JP", ""]
    );
    assert_eq!(page.attr("#email", "aria-invalid").as_deref(), Some("true"));
    assert!(page.has("input[name=content][value=empty][checked]"));
}

#[actix_web::test]
async fn a_remote_visitor_needs_the_setup_key() {
    let shop = TestShop::before_setup().await;
    let stranger = || shop.visitor().with_ipv4([203, 0, 113, 9]);
    assert_eq!(stranger().get_without_redirect("/setup").await.status, 403);
    assert_eq!(stranger().get_without_redirect("/setup?key=wrong").await.status, 403);
    let fields = [("site_name", "Mine"), ("name", "Eve"), ("email", "eve@evil.example"), ("password", STAFF_PASSWORD)];
    assert_eq!(stranger().post("/setup", &fields).await.status, 403);
    let key = shop.issue_setup_key().await;
    let page = stranger().get(&format!("/setup?key={key}")).await;
    assert_eq!((page.status, page.field_value("key")), (200, key));
    let page = page
        .form("Create my site")
        .fill_all(&[("site_name", "Far"), ("name", "Ann"), ("email", "ann@far.example"), ("password", STAFF_PASSWORD)])
        .choose("content", "empty")
        .submit()
        .await;
    assert_eq!((page.status, page.path.as_str()), (200, "/"));
}

#[actix_web::test]
async fn the_sample_shop_is_complete_and_passes_the_audit() {
    let shop = TestShop::before_setup().await;
    let page = shop.visitor().get("/setup").await;
    let page = page
        .form("Create my site")
        .fill_all(&[
            ("site_name", "Roast"),
            ("name", "Ann"),
            ("email", "ann@roast.example"),
            ("password", STAFF_PASSWORD),
        ])
        .choose("content", "demo")
        .submit()
        .await;
    assert_eq!((page.status, page.path.as_str()), (200, "/"));
    assert!(page.texts(".product-card").len() >= 4);
    assert!(shop.discard_picture_jobs().await > 20, "each picture waits for its sizes");
    shop.run_jobs().await;
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_proxied_visitor_needs_the_setup_key() {
    let shop = TestShop::before_setup().await;
    let key = shop.issue_setup_key().await;
    for header in [
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "shop.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "for=203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
        ("via", "1.1 proxy"),
        ("cf-connecting-ip", "203.0.113.9"),
        ("host", "127.0.0.1:9999"),
    ] {
        let ask = async |path: &str| shop.visitor().send(Method::GET, path, &[header], Vec::new()).await.status;
        assert_eq!(ask("/setup").await, 403, "{header:?}");
        assert_eq!(ask(&format!("/setup?key={key}")).await, 200, "{header:?}");
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(site("eve@evil.example", "guessed"))
            .finish();
        let headers =
            [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"), header];
        let page = shop.visitor().send(Method::POST, "/setup", &headers, form.into_bytes()).await;
        assert_eq!(page.status, 403, "{header:?}");
    }
    assert!(!shop.read(Account::has_owner).await);
}

#[actix_web::test]
async fn r14_a_setup_key_works_once_within_half_an_hour() {
    let shop = TestShop::before_setup().await;
    let stranger = || shop.visitor().with_ipv4([203, 0, 113, 9]);
    let old = shop.issue_setup_key().await;
    shop.advance_clock(SignedDuration::from_mins(29));
    assert_eq!(stranger().get_without_redirect(&format!("/setup?key={old}")).await.status, 200);
    let next = shop.issue_setup_key().await;
    assert_eq!(
        stranger().get_without_redirect(&format!("/setup?key={old}")).await.status,
        200,
        "the one before is not void"
    );
    shop.advance_clock(SignedDuration::from_mins(2));
    assert_eq!(stranger().get_without_redirect(&format!("/setup?key={old}")).await.status, 403);
    assert_eq!(stranger().post("/setup", &site("eve@evil.example", &old)).await.status, 403);
    let page = stranger().post("/setup", &site("ann@far.example", &next)).await;
    assert_eq!((page.status, page.location()), (303, "/"));
    for key in [&old, &next] {
        assert_eq!(stranger().get_without_redirect(&format!("/setup?key={key}")).await.status, 404);
        assert_eq!(stranger().post("/setup", &site("eve@evil.example", key)).await.status, 404);
    }
}

#[actix_web::test]
async fn a_refused_form_keeps_the_setup_key() {
    let shop = TestShop::before_setup().await;
    let stranger = || shop.visitor().with_ipv4([203, 0, 113, 9]);
    let key = shop.issue_setup_key().await;
    shop.create_account("ann@far.example", Role::Editor).await;
    let page = stranger().post("/setup", &site("ann@far.example", &key)).await;
    assert_eq!(page.status, 422);
    assert!(page.field_error("email").contains("already"), "{}", page.text("main"));
    assert_eq!(page.field_value("key"), key);
    assert_eq!(stranger().post("/setup", &site("owner@far.example", &key)).await.status, 303);
}

/// Sends the form concurrently to all processes; returns who became the owner.
async fn submit_concurrently(keys: usize) -> usize {
    let shop = TestShop::before_setup().await;
    let mut services = vec![shop.service()];
    if postgres_url().is_some() {
        services.push(shop.start_second_instance().await);
    }
    let mut known = Vec::new();
    for _ in 0..keys {
        known.push(shop.issue_setup_key().await);
    }
    let racers = (0..6).map(|number: usize| {
        let browser = Browser::new(services[number % services.len()].clone()).with_ipv4([203, 0, 113, 9]);
        let (key, email) = (known[number % known.len()].clone(), format!("racer{number}@far.example"));
        async move { browser.post("/setup", &site(&email, &key)).await.status }
    });
    let responses = join_all(racers).await;
    let won = responses.iter().filter(|status| **status == 303).count();
    assert!(responses.iter().all(|status| [303, 404].contains(status)), "{responses:?}");
    let owners = account_roles::table.filter(account_roles::role.eq("owner")).count();
    assert_eq!(shop.read(move |conn| Ok(owners.get_result::<i64>(conn)?)).await, 1);
    let accounts = tradepost::schema::accounts::table.count();
    assert_eq!(shop.read(move |conn| Ok(accounts.get_result::<i64>(conn)?)).await, 1, "the others left nothing");
    won
}

#[actix_web::test]
async fn concurrent_setups_with_one_key_have_one_winner() {
    assert_eq!(submit_concurrently(1).await, 1);
}

#[actix_web::test]
async fn concurrent_setups_with_several_keys_have_one_winner() {
    assert_eq!(submit_concurrently(3).await, 1);
}

/// What can happen to a site before and while it is set up.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// `tradepost account create --role owner`
    Owner,
    /// `tradepost account create --role editor`
    Editor,
    /// `tradepost demo`
    Opened,
    /// The setup page.
    Form,
    /// The settings of another day are restored.
    SettingsLost,
}

async fn apply_step(shop: &TestShop, step: Step) {
    match step {
        Step::Owner => {
            let email = EmailAddress::parse("owner@kestrel.example").unwrap();
            let owner = NewOwner { email, name: "Ann".to_owned(), password_hash: "hash".to_owned() };
            // A second owner is refused.
            let _refused = shop.app.db.write(move |tx| Site::set_up(tx, None, &owner, &Actor::CommandLine)).await;
        }
        Step::Editor => {
            let email = EmailAddress::parse("editor@kestrel.example").unwrap();
            let made = move |tx: &mut tradepost::db::Tx<'_>| {
                Account::create(tx, &email, "Ed", "hash", Role::Editor, &Actor::CommandLine)
            };
            let _refused = shop.app.db.write(made).await;
        }
        Step::Opened => {
            shop.write(|tx| {
                let settings = Settings::load(tx.conn())?;
                Site::open(tx, settings)
            })
            .await;
        }
        Step::Form => {
            shop.visitor().post("/setup", &site("form@kestrel.example", "")).await;
        }
        Step::SettingsLost => {
            shop.write(|tx| Ok(diesel::delete(settings::table).execute(tx.conn())?)).await;
        }
    }
}

#[actix_web::test]
async fn the_owner_can_always_get_in() {
    let all = [Step::Owner, Step::Editor, Step::Opened, Step::Form, Step::SettingsLost];
    for first in all {
        let shop = TestShop::before_setup().await;
        for then in all {
            apply_step(&shop, first).await;
            apply_step(&shop, then).await;
            for path in ["/", "/shop", "/blog", "/cart", "/search?q=mug"] {
                let page = shop.visitor().get_without_redirect(path).await;
                if page.status == 303 {
                    assert_eq!(page.location(), "/setup", "{first:?}, {then:?}: {path}");
                    assert_eq!(
                        shop.visitor().get_without_redirect("/setup").await.status,
                        200,
                        "{first:?}, {then:?}: {path}"
                    );
                    let key = shop.issue_setup_key().await;
                    let far = shop.visitor().with_ipv4([203, 0, 113, 9]);
                    assert_eq!(far.get_without_redirect(&format!("/setup?key={key}")).await.status, 200);
                } else {
                    assert_eq!(page.status, 200, "{first:?}, {then:?}: {path}");
                }
            }
            let is_set_up = shop.read(Site::is_set_up).await;
            assert!(is_set_up || !shop.read(Account::has_owner).await, "{first:?}, {then:?}");
        }
    }
}

//! The page cache: cached pages are fresh for every visitor and in every encoding.

use std::io::Read;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::http::Method;
use brotli::Decompressor;
use diesel::connection::{Connection, InstrumentationEvent};
use flate2::read::MultiGzDecoder;
use jiff::SignedDuration;
use tradepost::controllers::shop::products::build_product_page;
use tradepost::db::Conn;
use tradepost::error::Result;
use tradepost::forms::Fields;
use tradepost::http::PublicContext;
use tradepost::http::resource_path::ProductSlugPath;
use tradepost::http::site_cache::SiteCache;
use tradepost::models::catalog::product::{Product, ProductFilter, ProductSort};
use tradepost::models::content::post::Post;
use tradepost::models::people::account::roles::Role;
use tradepost::models::platform::event::Actor;
use tradepost::support::ids::VariantId;
use tradepost::support::pagination::PageRequest;

use crate::support::database::postgres_url;
use crate::support::html::collapse_whitespace;
use crate::support::shop::Service;
use crate::support::{Browser, Page, TestProduct, TestShop};

/// Number of random steps; `TEST_INTERLEAVED` sets more.
fn step_count() -> usize {
    std::env::var("TEST_INTERLEAVED").ok().and_then(|steps| steps.parse().ok()).unwrap_or(400)
}

fn is_cached(page: &Page) -> bool {
    page.header("cache-status") == Some("Tradepost; hit")
}

async fn request_page(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Page {
    browser.send(Method::GET, path, headers, Vec::new()).await
}

#[actix_web::test]
async fn a_page_is_rendered_once_and_revalidated_with_304() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (ada, bob) = (shop.visitor(), shop.visitor());
    assert!(!is_cached(&ada.get(&mug.path()).await));
    let again = bob.get(&mug.path()).await;
    assert!(is_cached(&again));
    let cache = again.header("cache-control").unwrap();
    assert_eq!(cache, "public, max-age=0, s-maxage=60, stale-while-revalidate=600");
    assert!(again.header("set-cookie").is_none() && !again.header("vary").unwrap().contains("cookie"));
    assert!(again.header("link").unwrap().contains("rel=preload; as=style"));
    let tag = again.header("etag").unwrap().to_owned();
    let known = request_page(&bob, &mug.path(), &[("if-none-match", &tag)]).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!((known.header("etag"), known.header("cache-control")), (Some(tag.as_str()), Some(cache)));
    assert!(known.header("content-security-policy").is_some(), "a browser takes over the headers of a 304");
    // Each encoding has its own ETag.
    let packed = request_page(&bob, &mug.path(), &[("if-none-match", &tag), ("accept-encoding", "gzip, br")]).await;
    assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("br")));
    let head = bob.send(Method::HEAD, &mug.path(), &[], Vec::new()).await;
    assert_eq!((head.status, head.header("etag")), (200, Some(tag.as_str())));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_popular_page_is_recompressed() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    let plain = ada.get(&mug.path()).await;
    let brotli = [("accept-encoding", "br")];
    let loose = request_page(&ada, &mug.path(), &brotli).await;
    let mut tight = request_page(&ada, &mug.path(), &brotli).await;
    for _ in 0..100 {
        if tight.header("etag") == loose.header("etag") {
            tokio::time::sleep(Duration::from_millis(50)).await;
            tight = request_page(&ada, &mug.path(), &brotli).await;
        }
    }
    assert!(tight.body.len() < loose.body.len(), "{} and {} bytes", tight.body.len(), loose.body.len());
    for packed in [&loose, &tight] {
        assert_eq!(packed.header("content-encoding"), Some("br"));
        let mut unpacked = Vec::new();
        Decompressor::new(packed.body.as_slice(), 4096).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == plain.body, "other bytes");
    }
    let tag = tight.header("etag").unwrap();
    let known = request_page(&ada, &mug.path(), &[("accept-encoding", "br"), ("if-none-match", tag)]).await;
    assert_eq!((known.status, known.header("etag")), (304, Some(tag)));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn cached_pages_expire_within_ten_minutes() {
    let shop = TestShop::new().await;
    shop.product("Mug").create().await;
    let ada = shop.visitor();
    assert_eq!(ada.get("/shop").await.texts(".badge"), ["New"]);
    shop.advance_clock(SignedDuration::from_mins(9));
    assert!(is_cached(&ada.get("/shop").await));
    shop.advance_clock(SignedDuration::from_hours(24 * 14));
    assert!(!ada.get("/shop").await.has(".badge"), "it came two weeks ago");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn every_encoding_has_the_same_page() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    owner.add_to_cart(&mug, 3).await;
    let plain = request_page(&owner, &mug.path(), &[]).await;
    let packed = request_page(&owner, &mug.path(), &[("accept-encoding", "gzip")]).await;
    assert_eq!(
        (packed.header("content-encoding"), packed.header("cache-control")),
        (Some("gzip"), Some("private, no-cache"))
    );
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == plain.body, "the checksum was right, the bytes were not");
    assert_eq!(plain.text("#cart-link .count"), "3");
    let same = request_page(&owner, &mug.path(), &[("if-none-match", plain.header("etag").unwrap())]).await;
    assert_eq!(same.status, 304);
    owner.add_to_cart(&mug, 1).await;
    let other = request_page(&owner, &mug.path(), &[("if-none-match", plain.header("etag").unwrap())]).await;
    assert_eq!((other.status, other.text("#cart-link .count").as_str()), (200, "4"));
    // Refused encodings are respected.
    let refused = request_page(&owner, &mug.path(), &[("accept-encoding", "br;q=0, gzip;q=0.0")]).await;
    assert_eq!(refused.header("content-encoding"), None);
}

#[actix_web::test]
async fn unknown_parameters_share_a_page_and_sort_orders_do_not() {
    let shop = TestShop::new().await;
    shop.product("Mug").price(9_00).create().await;
    shop.product("Jug").price(5_00).create().await;
    let ada = shop.visitor();
    ada.get("/shop").await;
    for address in ["/shop?utm_source=mail", "/shop?x=1&y=2", "/shop?"] {
        assert!(is_cached(&ada.get(address).await), "{address}");
    }
    let sorted = ada.get("/shop?utm_source=mail&sort=price").await;
    assert!(!is_cached(&sorted));
    assert!(
        is_cached(&ada.get("/shop?sort=price&gclid=7").await),
        "what does not count is left out, in whatever order"
    );
    assert_eq!(
        sorted.texts("main article h2, main article h3, main li h2, main li h3").first().map(String::as_str),
        Some("Jug")
    );
    assert!(!is_cached(&ada.get("/search?q=mug").await) && !is_cached(&ada.get("/search?q=mug").await));
    assert_eq!(ada.get("/products/nothing").await.status, 404);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_flash_message_is_shown_once_and_not_on_prefetched_pages() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.visitor().get(&mug.path()).await;
    let form = owner.get("/admin/taxes/rules/new").await.form("Save").choose("country", "FR");
    assert_eq!(form.choose("tax_rounding", "line").submit_without_redirect().await.status, 303);
    let ahead = request_page(&owner, &mug.path(), &[("sec-purpose", "prefetch")]).await;
    assert!(!ahead.has("#flash [role=status]"));
    assert_eq!(owner.get(&mug.path()).await.text("#flash [role=status]"), "Rules saved.");
    assert!(!owner.get(&mug.path()).await.has("#flash [role=status]"));
    assert!(!shop.visitor().get(&mug.path()).await.has("#flash [role=status]"));
    // Logging out leaves a session with a flash message only, which ends with the message.
    let home = owner.get(&mug.path()).await.form("Log out").submit().await;
    assert_eq!(home.status, 200);
    assert!(!owner.get(&mug.path()).await.has(".staff-bar") && !owner.cookies().contains_key("tp"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn staff_see_edit_links_and_first_steps() {
    let shop = TestShop::new().await;
    let owner = shop.log_in_as(Role::Owner).await;
    assert!(owner.get("/").await.text("#flash").contains("Your site is ready"));
    assert!(!shop.visitor().get("/").await.text("main").contains("Your site is ready"));
    let mug = shop.product("Mug").create().await;
    let post = shop.create_published_post("Kiln", "We bought one.").await;
    assert!(!owner.get("/").await.text("#flash").contains("Your site is ready"));
    let edits = [
        (mug.path(), format!("/admin/products/{}", mug.product.public_id)),
        (format!("/blog/{}", post.slug), format!("/admin/posts/{}", post.public_id)),
    ];
    for (page, form) in edits {
        assert_eq!(owner.get(&page).await.attr(".staff-bar a", "href").as_deref(), Some(form.as_str()));
        assert!(!shop.visitor().get(&page).await.has(".staff-bar"));
    }
    shop.assert_audit_passes().await;
}

/// Visitors that act at random, and what their pages should show.
struct Simulation {
    shop: TestShop,
    products: Vec<TestProduct>,
    post: Post,
    prices: Vec<i64>,
    sold_out: bool,
    is_published: bool,
    ada: Browser,
    ada_cart_count: i64,
    owner: Browser,
    owner_cart_count: i64,
    is_owner_logged_in: bool,
    has_flash_message: bool,
    guest: Browser,
    rng_state: u64,
    guest_requests: (u32, u32),
    uncached_service: Service,
}

impl Simulation {
    async fn new(shop: TestShop, service: Service) -> Simulation {
        let mut products = Vec::new();
        for title in ["Mug", "Jug", "Bowl"] {
            products.push(shop.product(title).price(10_00).stock(100_000).category("kitchen").create().await);
        }
        let post = shop.create_published_post("Kiln", "We bought one.").await;
        let email = "owner@kestrel.example";
        shop.create_account(email, Role::Owner).await;
        let browser = || Browser::new(service.clone());
        Simulation {
            products,
            post,
            prices: vec![10_00; 3],
            sold_out: false,
            is_published: true,
            ada: browser(),
            ada_cart_count: 0,
            owner: browser(),
            owner_cart_count: 0,
            is_owner_logged_in: false,
            has_flash_message: false,
            guest: browser(),
            rng_state: 42,
            guest_requests: (0, 0),
            uncached_service: shop.uncached_service().await,
            shop,
        }
    }

    /// A pseudo-random number below `below`, the same in each run.
    fn random_below(&mut self, below: usize) -> usize {
        self.rng_state = self.rng_state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.rng_state >> 33).unwrap() % below
    }

    /// A visitor changes their own state: cart, login or flash message.
    async fn act_as_visitor(&mut self) {
        let index = self.random_below(self.products.len());
        match self.random_below(4) {
            0 => self.ada_cart_count += self.add(&self.ada, index, 1).await,
            1 => {
                let added = self.add(&self.owner, index, 2).await;
                self.owner_cart_count += added;
                // A refusal is a page too, and shows the message.
                self.has_flash_message &= added > 0;
            }
            2 if self.is_owner_logged_in => {
                self.owner.post("/logout", &[]).await;
                (self.is_owner_logged_in, self.has_flash_message) = (false, false);
                // The next page consumes the message.
                self.owner.get("/blog").await;
            }
            2 => {
                self.owner.log_in("owner@kestrel.example", "violet kettle seven harbour").await;
                self.is_owner_logged_in = true;
            }
            _ if self.is_owner_logged_in => {
                self.owner.post("/admin/taxes/rules/FR/delete", &[]).await;
                self.has_flash_message = true;
            }
            _ => {}
        }
    }

    /// Adds units to a cart and returns how many were added: none if sold out.
    async fn add(&self, who: &Browser, index: usize, units: i64) -> i64 {
        let (variant, quantity) = (&self.products[index].variant.public_id, units.to_string());
        let response = who.post("/cart/lines", &[("variant_id", variant), ("quantity", &quantity)]).await;
        assert_eq!(response.status == 303, index > 0 || !self.sold_out);
        if response.status == 303 { units } else { 0 }
    }

    /// Changes prices, a post, stock or settings.
    async fn change_shop(&mut self) {
        match self.random_below(4) {
            0 => {
                let at = self.random_below(self.products.len());
                self.prices[at] += 1_11;
                self.shop.set_price(&self.products[at], self.prices[at]).await;
            }
            1 => {
                let id = self.post.public_id.clone();
                let by = if self.is_published { "unpublish" } else { "publish" };
                self.publish(&id, by).await;
                self.is_published = !self.is_published;
            }
            2 => {
                let (sold_out, variant) = (self.sold_out, self.products[0].variant.id);
                let quantity = if sold_out { 100_000 } else { 0 };
                self.shop.write(move |tx| set_stock(tx, variant, quantity)).await;
                self.sold_out = !sold_out;
            }
            _ => self.shop.update_settings(|settings| settings.tagline.push('!')).await,
        }
    }

    async fn publish(&self, id: &str, how: &str) {
        let staff = self.shop.visitor();
        staff.log_in("owner@kestrel.example", "violet kettle seven harbour").await;
        let page = staff.get(&format!("/admin/posts/{id}")).await;
        let button = if how == "publish" { "Publish" } else { "Unpublish" };
        let page = page.form(button).submit().await;
        assert_eq!(page.status, 200, "{}", page.text("main"));
    }

    /// Opens a random page and compares it with a fresh one.
    async fn check_random_page(&mut self) {
        let mut paths: Vec<String> = self.products.iter().map(TestProduct::path).collect();
        paths.extend(["/", "/shop", "/shop/kitchen", "/blog"].map(str::to_owned));
        paths.push(format!("/blog/{}", self.post.slug));
        let path = paths[self.random_below(paths.len())].clone();
        let (who, count, is_staff) = match self.random_below(5) {
            0 => (self.ada.clone(), self.ada_cart_count, false),
            1 => (self.owner.clone(), self.owner_cart_count, self.is_owner_logged_in),
            _ => (self.guest.clone(), 0, false),
        };
        let page = who.get_without_redirect(&path).await;
        let is_the_post = path.ends_with(&self.post.slug);
        assert_eq!(page.status, if is_the_post && !self.is_published { 404 } else { 200 }, "{path}");
        if page.status == 404 {
            return;
        }
        let cart_count = page.texts("#cart-link .count").concat();
        assert_eq!(cart_count, if count == 0 { String::new() } else { count.to_string() }, "{path}");
        assert_eq!(
            (page.has(".staff-bar"), page.text(".site-footer").contains("Log out")),
            (is_staff, is_staff),
            "{path}"
        );
        let shows_message = page.has("#flash [role=status]");
        assert_eq!(shows_message, is_staff && self.has_flash_message, "{path}: {}", page.text("#flash"));
        if is_staff {
            self.has_flash_message = false;
        }
        for (product, minor) in self.products.iter().zip(&self.prices) {
            if path == product.path() {
                assert!(page.text("main").contains(&format!("€{}.{:02}", minor / 100, minor % 100)), "{path}: {minor}");
            }
        }
        if path == self.products[0].path() {
            assert_eq!(page.text("main").contains("Sold out"), self.sold_out, "{path}");
        }
        if path == "/blog" {
            assert_eq!(page.text("main").contains("Kiln"), self.is_published);
        }
        if who.cookies().is_empty() {
            self.guest_requests.0 += 1;
            self.guest_requests.1 += u32::from(is_cached(&page));
        }
        let fresh = who.on_service(&self.uncached_service).get_without_redirect(&path).await;
        assert!(!is_cached(&fresh));
        assert!(
            shows_message || fresh.body == page.body,
            "{path} differs from a fresh page:\n{}",
            collapse_whitespace(&page.text("main"))
        );
    }

    async fn run(&mut self, changes_one_in: usize) {
        for _ in 0..step_count() {
            match self.random_below(changes_one_in) {
                0 => self.change_shop().await,
                1..=6 => self.act_as_visitor().await,
                _ => self.check_random_page().await,
            }
        }
        self.shop.run_jobs().await;
    }
}

fn set_stock(tx: &mut tradepost::db::Tx<'_>, variant: VariantId, quantity: i64) -> tradepost::error::Result<()> {
    use diesel::prelude::*;
    use tradepost::schema::stock_levels;
    let there: i64 = stock_levels::table
        .filter(stock_levels::variant_id.eq(variant))
        .select(stock_levels::on_hand)
        .first(tx.conn())?;
    tradepost::models::catalog::variant::stock::adjust(tx, variant, quantity - there, &Actor::System)
}

#[actix_web::test]
async fn r63_cached_pages_are_byte_identical_to_fresh_ones_under_random_changes() {
    let shop = TestShop::new().await;
    let service = shop.service();
    let mut simulation = Simulation::new(shop, service).await;
    simulation.run(20).await;
    simulation.shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn guests_are_mostly_served_from_the_cache() {
    let shop = TestShop::new().await;
    let service = shop.service();
    let mut simulation = Simulation::new(shop, service).await;
    simulation.run(step_count().max(2_000)).await;
    let (requested, cached) = simulation.guest_requests;
    assert!(
        requested > 100 && cached * 100 >= requested * if step_count() >= 5_000 { 99 } else { 90 },
        "{cached} of {requested}"
    );
}

#[actix_web::test]
async fn two_processes_on_one_database_serve_identical_pages() {
    if postgres_url().is_none() {
        // Two processes share PostgreSQL only.
        return;
    }
    let shop = TestShop::new().await;
    let (one, other) = (shop.service(), shop.start_second_instance().await);
    let use_second = std::cell::Cell::new(false);
    let service: Service = Rc::new(move |request| {
        use_second.set(!use_second.get());
        if use_second.get() { one(request) } else { other(request) }
    });
    let mut simulation = Simulation::new(shop, service).await;
    simulation.run(20).await;
    simulation.shop.assert_audit_passes().await;
}

/// Counts the queries that `work` runs on one connection.
async fn count_queries<T: Send + 'static>(
    shop: &TestShop,
    work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
) -> (usize, T) {
    shop.read(move |conn| {
        let query_count = Arc::new(AtomicUsize::new(0));
        let counter = query_count.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        let done = work(conn);
        conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        Ok((query_count.load(Ordering::Relaxed), done?))
    })
    .await
}

#[actix_web::test]
async fn the_number_of_queries_does_not_grow_with_the_rows() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").category("kitchen").create().await;
    let mut counts = Vec::new();
    for more in [2, 20] {
        for number in 0..more {
            let bowl = shop.product(&format!("Bowl {more} {number}")).category("kitchen");
            let bowl = if number % 2 == 0 { bowl } else { bowl.option("Size", &["Small", "Large"]) };
            let product = bowl.create().await;
            shop.set_sale_price(&product, 8_00).await;
        }
        let (app, last_site) = (shop.app.clone(), SiteCache::default());
        let path = ProductSlugPath { slug: mug.product.slug.clone() };
        counts.push(
            count_queries(&shop, move |conn| {
                let site = last_site.load(conn, &app)?;
                let known = last_site.load(conn, &app)?;
                let mut shared = PublicContext::new(&known, &app);
                build_product_page(conn, &mut shared, &path, Fields::default())?;
                let filter = ProductFilter { category: Some("kitchen".to_owned()), ..ProductFilter::default() };
                let listed =
                    Product::list_active(conn, &filter, ProductSort::Featured, PageRequest { page: 1, size: 24 })?;
                shared.load_product_cards(conn, &listed.items)?;
                Ok(site.settings.site_name.clone())
            })
            .await
            .0,
        );
    }
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0] <= 18, "{counts:?}");
}

#[actix_web::test]
async fn the_stock_trigger_invalidates_pages_when_the_low_stock_notice_changes() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(7).create().await;
    let ada = shop.visitor();
    let mut cached = Vec::new();
    for _ in 0..4 {
        ada.get(&mug.path()).await;
        let variant = mug.variant.id;
        shop.write(move |tx| tradepost::models::catalog::variant::stock::adjust(tx, variant, -1, &Actor::System)).await;
        cached.push(is_cached(&ada.get(&mug.path()).await));
    }
    // Only stock of five and below is mentioned.
    assert_eq!(cached, [true, false, false, false]);
    let found = shop.read(|conn| Product::find_active(conn, "mug")).await;
    assert_eq!(found.0.title, "Mug");
}

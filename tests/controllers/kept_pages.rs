//! Pages for everybody are kept, and yet always right: for each person, at once, in every form they travel in.

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
use tradepost::http::site_cache::SiteCache;
use tradepost::http::{PublicContext, presenters};
use tradepost::models::catalog::product::{Product, ProductFilter, ProductSort};
use tradepost::models::content::post::Post;
use tradepost::models::people::account::roles::Role;
use tradepost::support::pagination::PageRequest;

use crate::support::database::postgres_url;
use crate::support::html::collapse_whitespace;
use crate::support::shop::Service;
use crate::support::{Browser, Page, TestProduct, TestShop};

/// How many requests somebody makes at random; more by hand.
fn steps() -> usize {
    std::env::var("TEST_INTERLEAVED").ok().and_then(|steps| steps.parse().ok()).unwrap_or(400)
}

fn was_kept(page: &Page) -> bool {
    page.header("cache-status") == Some("Tradepost; hit")
}

async fn ask(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Page {
    browser.send(Method::GET, path, headers, Vec::new()).await
}

#[actix_web::test]
async fn a_page_is_made_once_and_a_browser_that_has_it_is_told_so() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let (ada, bob) = (shop.visitor(), shop.visitor());
    assert!(!was_kept(&ada.get(&mug.path()).await));
    let again = bob.get(&mug.path()).await;
    assert!(was_kept(&again));
    let cache = again.header("cache-control").unwrap();
    assert_eq!(cache, "public, max-age=0, s-maxage=60, stale-while-revalidate=600");
    assert!(again.header("set-cookie").is_none() && !again.header("vary").unwrap().contains("cookie"));
    assert!(again.header("link").unwrap().contains("rel=preload; as=style"));
    let tag = again.header("etag").unwrap().to_owned();
    let known = ask(&bob, &mug.path(), &[("if-none-match", &tag)]).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!((known.header("etag"), known.header("cache-control")), (Some(tag.as_str()), Some(cache)));
    assert!(known.header("content-security-policy").is_some(), "a browser takes over the headers of a 304");
    // Another form of the same page is something else to compare with.
    let packed = ask(&bob, &mug.path(), &[("if-none-match", &tag), ("accept-encoding", "gzip, br")]).await;
    assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("br")));
    let head = bob.send(Method::HEAD, &mug.path(), &[], Vec::new()).await;
    assert_eq!((head.status, head.header("etag")), (200, Some(tag.as_str())));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_page_that_is_asked_for_again_is_packed_tightly() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let ada = shop.visitor();
    let plain = ada.get(&mug.path()).await;
    let brotli = [("accept-encoding", "br")];
    let loose = ask(&ada, &mug.path(), &brotli).await;
    let mut tight = ask(&ada, &mug.path(), &brotli).await;
    for _ in 0..100 {
        if tight.header("etag") == loose.header("etag") {
            tokio::time::sleep(Duration::from_millis(50)).await;
            tight = ask(&ada, &mug.path(), &brotli).await;
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
    let known = ask(&ada, &mug.path(), &[("accept-encoding", "br"), ("if-none-match", tag)]).await;
    assert_eq!((known.status, known.header("etag")), (304, Some(tag)));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn what_ends_by_itself_is_not_shown_for_longer_than_ten_minutes() {
    let shop = TestShop::new().await;
    shop.product("Mug").create().await;
    let ada = shop.visitor();
    assert_eq!(ada.get("/shop").await.texts(".badge"), ["New"]);
    shop.advance_clock(SignedDuration::from_mins(9));
    assert!(was_kept(&ada.get("/shop").await));
    shop.advance_clock(SignedDuration::from_hours(24 * 14));
    assert!(!ada.get("/shop").await.has(".badge"), "it came two weeks ago");
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn the_filled_page_is_the_same_in_all_its_forms() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    owner.add_to_cart(&mug, 3).await;
    let plain = ask(&owner, &mug.path(), &[]).await;
    let packed = ask(&owner, &mug.path(), &[("accept-encoding", "gzip")]).await;
    assert_eq!(
        (packed.header("content-encoding"), packed.header("cache-control")),
        (Some("gzip"), Some("private, no-cache"))
    );
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == plain.body, "the checksum was right, the bytes were not");
    assert_eq!(plain.text("#cart-link .count"), "3");
    let same = ask(&owner, &mug.path(), &[("if-none-match", plain.header("etag").unwrap())]).await;
    assert_eq!(same.status, 304);
    owner.add_to_cart(&mug, 1).await;
    let other = ask(&owner, &mug.path(), &[("if-none-match", plain.header("etag").unwrap())]).await;
    assert_eq!((other.status, other.text("#cart-link .count").as_str()), (200, "4"));
    // A browser that cannot unpack is believed.
    let refused = ask(&owner, &mug.path(), &[("accept-encoding", "br;q=0, gzip;q=0.0")]).await;
    assert_eq!(refused.header("content-encoding"), None);
}

#[actix_web::test]
async fn made_up_addresses_are_one_page_and_lists_know_their_order() {
    let shop = TestShop::new().await;
    shop.product("Mug").price(9_00).create().await;
    shop.product("Jug").price(5_00).create().await;
    let ada = shop.visitor();
    ada.get("/shop").await;
    for address in ["/shop?utm_source=mail", "/shop?x=1&y=2", "/shop?"] {
        assert!(was_kept(&ada.get(address).await), "{address}");
    }
    let sorted = ada.get("/shop?utm_source=mail&sort=price").await;
    assert!(!was_kept(&sorted));
    assert!(was_kept(&ada.get("/shop?sort=price&gclid=7").await), "what does not count is left out, in whatever order");
    assert_eq!(
        sorted.texts("main article h2, main article h3, main li h2, main li h3").first().map(String::as_str),
        Some("Jug")
    );
    assert!(!was_kept(&ada.get("/search?q=mug").await) && !was_kept(&ada.get("/search?q=mug").await));
    assert_eq!(ada.get("/products/nothing").await.status, 404);
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn a_message_is_told_once_and_not_to_a_page_fetched_ahead() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").create().await;
    let owner = shop.log_in_as(Role::Owner).await;
    shop.visitor().get(&mug.path()).await;
    let form = owner.get("/admin/taxes/rules/new").await.form("Save").choose("country", "FR");
    assert_eq!(form.choose("tax_rounding", "line").submit_without_redirect().await.status, 303);
    let ahead = ask(&owner, &mug.path(), &[("sec-purpose", "prefetch")]).await;
    assert!(!ahead.has("#flash [role=status]"));
    assert_eq!(owner.get(&mug.path()).await.text("#flash [role=status]"), "Rules saved.");
    assert!(!owner.get(&mug.path()).await.has("#flash [role=status]"));
    assert!(!shop.visitor().get(&mug.path()).await.has("#flash [role=status]"));
    // Signing out leaves a session that holds nothing but a farewell, and goes with it.
    let home = owner.get(&mug.path()).await.form("Log out").submit().await;
    assert_eq!(home.status, 200);
    assert!(!owner.get(&mug.path()).await.has(".owner-bar") && !owner.cookies().contains_key("tp"));
    shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn staff_can_edit_what_they_see_and_take_first_steps() {
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
        assert_eq!(owner.get(&page).await.attr(".owner-bar a", "href").as_deref(), Some(form.as_str()));
        assert!(!shop.visitor().get(&page).await.has(".owner-bar"));
    }
    shop.assert_audit_passes().await;
}

/// Who takes part, what they should see, and what the shop is like.
struct Stage {
    shop: TestShop,
    goods: Vec<TestProduct>,
    post: Post,
    prices: Vec<i64>,
    sold_out: bool,
    is_published: bool,
    ada: Browser,
    in_adas_cart: i64,
    owner: Browser,
    in_owners_cart: i64,
    is_in: bool,
    message: bool,
    guest: Browser,
    dice: u64,
    asked: (u32, u32),
    forgetful: Service,
}

impl Stage {
    async fn set(shop: TestShop, service: Service) -> Stage {
        let mut goods = Vec::new();
        for title in ["Mug", "Jug", "Bowl"] {
            goods.push(shop.product(title).price(10_00).stock(100_000).category("kitchen").create().await);
        }
        let post = shop.create_published_post("Kiln", "We bought one.").await;
        let email = "owner@kestrel.example";
        shop.create_account(email, Role::Owner).await;
        let browser = || Browser::new(service.clone());
        Stage {
            goods,
            post,
            prices: vec![10_00; 3],
            sold_out: false,
            is_published: true,
            ada: browser(),
            in_adas_cart: 0,
            owner: browser(),
            in_owners_cart: 0,
            is_in: false,
            message: false,
            guest: browser(),
            dice: 42,
            asked: (0, 0),
            forgetful: shop.uncached_service().await,
            shop,
        }
    }

    /// A number below another one; the same ones in each run.
    fn roll(&mut self, below: usize) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.dice >> 33).unwrap() % below
    }

    /// Somebody does something that is theirs alone.
    async fn act(&mut self) {
        let goods = self.roll(self.goods.len());
        match self.roll(4) {
            0 => self.in_adas_cart += self.add(&self.ada, goods, 1).await,
            1 => {
                let added = self.add(&self.owner, goods, 2).await;
                self.in_owners_cart += added;
                // The page that says no is a page, and tells the message.
                self.message &= added > 0;
            }
            2 if self.is_in => {
                self.owner.post("/logout", &[]).await;
                (self.is_in, self.message) = (false, false);
                // Whatever the farewell says is told on the first page.
                self.owner.get("/blog").await;
            }
            2 => {
                self.owner.log_in("owner@kestrel.example", "violet kettle seven harbour").await;
                self.is_in = true;
            }
            _ if self.is_in => {
                self.owner.post("/admin/taxes/rules/FR/delete", &[]).await;
                self.message = true;
            }
            _ => {}
        }
    }

    /// Puts pieces into somebody's cart and returns how many went in: none of what is sold out.
    async fn add(&self, who: &Browser, goods: usize, pieces: i64) -> i64 {
        let (variant, quantity) = (&self.goods[goods].variant.public_id, pieces.to_string());
        let answer = who.post("/cart/lines", &[("variant_id", variant), ("quantity", &quantity)]).await;
        assert_eq!(answer.status == 303, goods > 0 || !self.sold_out);
        if answer.status == 303 { pieces } else { 0 }
    }

    /// The shop changes.
    async fn change(&mut self) {
        match self.roll(4) {
            0 => {
                let at = self.roll(self.goods.len());
                self.prices[at] += 1_11;
                self.shop.set_price(&self.goods[at], self.prices[at]).await;
            }
            1 => {
                let id = self.post.public_id.clone();
                let by = if self.is_published { "unpublish" } else { "publish" };
                self.publish(&id, by).await;
                self.is_published = !self.is_published;
            }
            2 => {
                let (sold_out, variant) = (self.sold_out, self.goods[0].variant.id);
                let pieces = if sold_out { 100_000 } else { 0 };
                self.shop.write(move |tx| set_stock(tx, variant, pieces)).await;
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

    /// Somebody opens a page and looks closely.
    async fn look(&mut self) {
        let mut paths: Vec<String> = self.goods.iter().map(TestProduct::path).collect();
        paths.extend(["/", "/shop", "/shop/kitchen", "/blog"].map(str::to_owned));
        paths.push(format!("/blog/{}", self.post.slug));
        let path = paths[self.roll(paths.len())].clone();
        let (who, count, is_staff) = match self.roll(5) {
            0 => (self.ada.clone(), self.in_adas_cart, false),
            1 => (self.owner.clone(), self.in_owners_cart, self.is_in),
            _ => (self.guest.clone(), 0, false),
        };
        let page = who.get_without_redirect(&path).await;
        let is_the_post = path.ends_with(&self.post.slug);
        assert_eq!(page.status, if is_the_post && !self.is_published { 404 } else { 200 }, "{path}");
        if page.status == 404 {
            return;
        }
        let shown = page.texts("#cart-link .count").concat();
        assert_eq!(shown, if count == 0 { String::new() } else { count.to_string() }, "{path}");
        assert_eq!(
            (page.has(".owner-bar"), page.text(".site-footer").contains("Log out")),
            (is_staff, is_staff),
            "{path}"
        );
        let told = page.has("#flash [role=status]");
        assert_eq!(told, is_staff && self.message, "{path}: {}", page.text("#flash"));
        if is_staff {
            self.message = false;
        }
        for (goods, minor) in self.goods.iter().zip(&self.prices) {
            if path == goods.path() {
                assert!(page.text("main").contains(&format!("€{}.{:02}", minor / 100, minor % 100)), "{path}: {minor}");
            }
        }
        if path == self.goods[0].path() {
            assert_eq!(page.text("main").contains("Sold out"), self.sold_out, "{path}");
        }
        if path == "/blog" {
            assert_eq!(page.text("main").contains("Kiln"), self.is_published);
        }
        if who.cookies().is_empty() {
            self.asked.0 += 1;
            self.asked.1 += u32::from(was_kept(&page));
        }
        let anew = who.on_service(&self.forgetful).get_without_redirect(&path).await;
        assert!(!was_kept(&anew));
        assert!(
            told || anew.body == page.body,
            "{path} is not what it would be:\n{}",
            collapse_whitespace(&page.text("main"))
        );
    }

    async fn play(&mut self, changes_one_in: usize) {
        for _ in 0..steps() {
            match self.roll(changes_one_in) {
                0 => self.change().await,
                1..=6 => self.act().await,
                _ => self.look().await,
            }
        }
        self.shop.run_jobs().await;
    }
}

fn set_stock(tx: &mut tradepost::db::Tx<'_>, variant: i64, pieces: i64) -> tradepost::error::Result<()> {
    use diesel::prelude::*;
    use tradepost::schema::stock_levels;
    let there: i64 = stock_levels::table
        .filter(stock_levels::variant_id.eq(variant))
        .select(stock_levels::on_hand)
        .first(tx.conn())?;
    tradepost::models::catalog::variant::stock::adjust(tx, variant, pieces - there, "Test")
}

#[actix_web::test]
async fn nobody_ever_sees_a_wrong_byte_while_everything_changes() {
    let shop = TestShop::new().await;
    let service = shop.service();
    let mut stage = Stage::set(shop, service).await;
    stage.play(20).await;
    stage.shop.assert_audit_passes().await;
}

#[actix_web::test]
async fn guests_are_nearly_always_served_from_memory() {
    let shop = TestShop::new().await;
    let service = shop.service();
    let mut stage = Stage::set(shop, service).await;
    stage.play(steps().max(2_000)).await;
    let (asked, kept) = stage.asked;
    assert!(asked > 100 && kept * 100 >= asked * if steps() >= 5_000 { 99 } else { 90 }, "{kept} of {asked}");
}

#[actix_web::test]
async fn two_processes_on_one_database_agree_on_every_byte() {
    if postgres_url().is_none() {
        // One process alone has a SQLite file.
        return;
    }
    let shop = TestShop::new().await;
    let (one, other) = (shop.service(), shop.start_second_instance().await);
    let turn = std::cell::Cell::new(false);
    let service: Service = Rc::new(move |request| {
        turn.set(!turn.get());
        if turn.get() { one(request) } else { other(request) }
    });
    let mut stage = Stage::set(shop, service).await;
    stage.play(20).await;
    stage.shop.assert_audit_passes().await;
}

/// How many questions the database is asked while work runs on one connection.
async fn questions<T: Send + 'static>(
    shop: &TestShop,
    work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
) -> (usize, T) {
    shop.read(move |conn| {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        let done = work(conn);
        conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        Ok((asked.load(Ordering::Relaxed), done?))
    })
    .await
}

#[actix_web::test]
async fn the_number_of_questions_does_not_grow_with_the_rows() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").category("kitchen").create().await;
    let mut counts = Vec::new();
    for more in [2, 20] {
        for number in 0..more {
            let bowl = shop.product(&format!("Bowl {more} {number}")).category("kitchen");
            let bowl = if number % 2 == 0 { bowl } else { bowl.option("Size", &["Small", "Large"]) };
            let goods = bowl.create().await;
            shop.set_sale_price(&goods, 8_00).await;
        }
        let (app, last_site) = (shop.app.clone(), SiteCache::default());
        let slug = mug.product.slug.clone();
        counts.push(
            questions(&shop, move |conn| {
                let site = last_site.load(conn, &app)?;
                let known = last_site.load(conn, &app)?;
                let mut shared = PublicContext::new(&known, &app);
                build_product_page(conn, &mut shared, &slug, Fields::default())?;
                let filter = ProductFilter { category: Some("kitchen".to_owned()), ..ProductFilter::default() };
                let listed =
                    Product::list_active(conn, &filter, ProductSort::Featured, PageRequest { page: 1, size: 24 })?;
                presenters::product_cards(conn, &listed.items, &mut shared)?;
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
async fn the_triggers_know_when_a_page_says_how_few_are_left() {
    let shop = TestShop::new().await;
    let mug = shop.product("Mug").stock(7).create().await;
    let ada = shop.visitor();
    let mut kept = Vec::new();
    for _ in 0..4 {
        ada.get(&mug.path()).await;
        let variant = mug.variant.id;
        shop.write(move |tx| tradepost::models::catalog::variant::stock::adjust(tx, variant, -1, "Test")).await;
        kept.push(was_kept(&ada.get(&mug.path()).await));
    }
    // From seven to six nothing is said; then five, four and three are.
    assert_eq!(kept, [true, false, false, false]);
    let found = shop.read(|conn| Product::find_active(conn, "mug")).await;
    assert_eq!(found.0.title, "Mug");
}

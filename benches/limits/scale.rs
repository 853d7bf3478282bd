//! A large shop compared with a small one, and its searches with bare full-text queries: the cost of thousands of
//! products and hundreds of thousands of orders.

use std::time::{Duration, Instant};

use super::client::{get_page, send_request};
use super::large_shop::customer_email;
use super::load::{LatencySummary, PageRequest, Server, compare, measure};
use super::report::{Goal, Row};
use super::shop::{self, Shop};
use super::{BenchResult, median};

const ROUNDS: usize = 7;
/// Thousands of products in the small shop, and in the large one.
const SMALL: u64 = 1;
const LARGE: u64 = 50;
/// Requests per page.
const REQUESTS_PER_PAGE: usize = 12;

/// Searches in titles and texts, with rare, frequent and no matches.
const SEARCHES: [&str; 8] =
    ["harbour+mug", "kovacs", "b12", "oak+espresso", "tea+towel", "citrus+chocolate", "s-000123", "zebra"];

/// Measures the rows and prints them.
pub fn run() -> BenchResult<()> {
    let (small, large) = (Shop::with_scale(SMALL)?, Shop::with_scale(LARGE)?);
    let few = small.serve_uncached()?;
    let bare = Server::start_bare(&["bare-page", small.data_folder()?])?;
    let searches = |base: &str| SEARCHES.map(|words| PageRequest::new(&format!("{base}?q={words}"))).to_vec();
    compare((&few, &bare), (&searches("/search"), &searches("/search")), ROUNDS)?
        .print("search over 1,000 products", Goal::AtMost(2.0, 1.15));
    drop(bare);
    let many = large.serve_uncached()?;
    let (mut growth, mut costs) = (Vec::new(), (Vec::new(), Vec::new()));
    for _ in 0..ROUNDS {
        let before = measure(&few, &searches("/search"), 1)?.0;
        let after = measure(&many, &searches("/search"), 1)?.0;
        growth.push(after / before);
        costs.0.push(before);
        costs.1.push(after);
    }
    let row = Row::absolute("search over 50,000 beside 1,000", median(growth), "×", Goal::AtMost(2.0, 2.0));
    let cost = |costs: Vec<f64>| format!("{:.3} CPU-ms", median(costs));
    Row { ours: cost(costs.1), limit: cost(costs.0), ..row }.print();
    staff(&many)?;
    customers(&few, &many)?;
    visitors(&few, &many)
}

/// Every list, filter and search of staff in the large shop, at its beginning and its end.
fn staff(server: &Server) -> BenchResult<()> {
    let cookie = format!("cookie: {}\r\n", shop::log_in_owner(server.address())?);
    let mut paths: Vec<String> = Vec::new();
    for (list, tabs, words) in [
        ("/admin/products", &["active", "draft", "archived"][..], &["harbour mug", "S-0001", "zebra", "tea"][..]),
        ("/admin/stock", &["low"], &["harbour mug", "s-0001", "zebra", "tea"]),
        ("/admin/orders", &["to-pay", "to-pack", "done", "cancelled"], &["1500", "anna keller", "berlin", "zebra"]),
        ("/admin/customers", &["accounts", "guests"], &["anna keller", "keller77", "berlin", "zebra"]),
        ("/admin/posts", &["published", "drafts"], &["harbour", "zebra"]),
        ("/admin/outbox", &[], &[]),
        ("/admin/webhooks", &[], &[]),
        ("/admin/pictures", &[], &[]),
        ("/admin/gift-cards", &["good", "empty", "expired"], &["1234"]),
        ("/admin/discounts", &[], &[]),
        ("/admin/attention", &[], &[]),
        ("/admin", &[], &[]),
    ] {
        let narrowed = tabs.iter().map(|tab| format!("{list}?tab={tab}"));
        for path in std::iter::once(list.to_owned()).chain(narrowed) {
            paths.push(tradepost::paths::with_query_param(&path, "at", "end"));
            paths.push(path);
        }
        paths.extend(words.iter().map(|words| tradepost::paths::with_query_param(list, "q", words)));
    }
    let mut waits = Vec::new();
    let mut slowest = (Duration::ZERO, String::new());
    for path in &paths {
        for _ in 0..REQUESTS_PER_PAGE {
            let started_at = Instant::now();
            get_page(server.address(), path, &cookie)?;
            let took = started_at.elapsed();
            waits.push(took);
            if took > slowest.0 {
                slowest = (took, path.clone());
            }
        }
    }
    waits.sort_unstable();
    let at = |percent: usize| waits.get(waits.len() * percent / 100).map_or(f64::NAN, Duration::as_secs_f64) * 1000.0;
    let what = format!(
        "staff's lists, filters and searches, 50,000 products and 200,000 orders: p95 of {} pages (p50 {:.1}, longest \
         {:.1} ms, {})",
        paths.len(),
        at(50),
        slowest.0.as_secs_f64() * 1000.0,
        slowest.1,
    );
    Row::absolute(&what, at(95), "ms", Goal::AtMost(50.0, 10.0)).print();
    Ok(())
}

/// Logging in and the pages of an account, among 100,000 customers compared with 2,000.
fn customers(few: &Server, many: &Server) -> BenchResult<()> {
    let waits = |server: &Server| -> BenchResult<(f64, f64)> {
        let (mut logins, mut pages) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let email = customer_email(u64::try_from(round)? * 200)?;
            let started_at = Instant::now();
            let cookie = shop::log_in(server.address(), &email)?;
            logins.push(started_at.elapsed().as_secs_f64() * 1000.0);
            let cookie = format!("cookie: {cookie}\r\n");
            for path in ["/account", "/account/orders", "/account/addresses", "/account/security", "/account/privacy"] {
                let started_at = Instant::now();
                get_page(server.address(), path, &cookie)?;
                // The first round fills caches.
                if round > 0 {
                    pages.push(started_at.elapsed().as_secs_f64() * 1000.0);
                }
            }
        }
        Ok((median(logins), median(pages)))
    };
    let ((login_before, page_before), (login, page)) = (waits(few)?, waits(many)?);
    for (what, before, after) in [
        ("log-in among 100,000 customers beside 2,000", login_before, login),
        ("pages of an account among 100,000 customers beside 2,000", page_before, page),
    ] {
        let row = Row::absolute(what, after / before, "×", Goal::AtMost(1.5, 1.2));
        Row { ours: format!("{after:.2} ms"), limit: format!("{before:.2} ms"), ..row }.print();
    }
    Ok(())
}

/// Uncached public pages in the large shop compared with the small one.
fn visitors(few: &Server, many: &Server) -> BenchResult<()> {
    let pages = |server: &Server| -> BenchResult<Vec<PageRequest>> {
        let shelf = send_request(server.address(), "GET", "/shop", "", &[])?.body;
        let product = shelf.split("href=\"/products/").nth(1).and_then(|rest| rest.split('"').next());
        let product = product.ok_or("nothing is on sale")?;
        Ok([
            PageRequest::new("/"),
            PageRequest::new("/shop"),
            PageRequest::new("/shop/coffee"),
            PageRequest::new("/shop/equipment/brewers"),
            PageRequest::new(&format!("/products/{product}")),
            PageRequest::new("/blog"),
            // Both shops have as many matches, so the pages are equally long.
            PageRequest::new("/search?q=tea+towel"),
        ]
        .to_vec())
    };
    let (small, large) = (pages(few)?, pages(many)?);
    let (mut growth, mut waits) = (Vec::new(), (Vec::new(), Vec::new()));
    for _ in 0..ROUNDS {
        // One visitor at a time, to exclude queueing.
        let before = LatencySummary::from_durations(few.run_load(&small, 1, Duration::from_secs(1))?.latencies);
        let after = LatencySummary::from_durations(many.run_load(&large, 1, Duration::from_secs(1))?.latencies);
        growth.push(after.p99 / before.p99);
        waits.0.push(before.p99);
        waits.1.push(after.p99);
    }
    let row = Row::absolute(
        "pages made anew in a shop of 3 million rows beside one of 50,000, p99",
        median(growth),
        "×",
        Goal::AtMost(1.5, 1.2),
    );
    let p99 = |waits: Vec<f64>| format!("{:.2} ms", median(waits));
    Row { ours: p99(waits.1), limit: p99(waits.0), ..row }.print();
    Ok(())
}

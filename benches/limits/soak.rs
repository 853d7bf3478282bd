//! Soak test: guests, carts, checkouts and staff on 64 connections, and the memory of the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::shop::{OWNER_EMAIL, OWNER_PASSWORD, PRODUCT_PATH};
use super::stocked_shop;
use super::visitor::Visitor;
use super::{BenchResult, median};

const CONNECTIONS: usize = 64;
const SAMPLE_INTERVAL: Duration = Duration::from_secs(15);
const PAGES: [&str; 6] = ["/", "/shop", PRODUCT_PATH, "/blog", "/search?q=coffee", "/cart"];
const DESK: [&str; 4] = ["/admin", "/admin/orders", "/admin/products", "/admin/posts"];

/// Loads the shop for `seconds`, and prints its memory.
pub fn run(seconds: u64) -> BenchResult<()> {
    let stocked = stocked_shop::create_stocked_shop()?;
    let shop = stocked_shop::serve_behind_proxy(&stocked)?;
    let site = shop.address().to_owned();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let variant =
        runtime.block_on(Visitor::new(&site, 0).request_ok("GET", PRODUCT_PATH, &[]))?.field_value("variant_id")?;
    let (enough, request_count, lost) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for number in 0..CONNECTIONS {
        let (site, variant) = (site.clone(), variant.clone());
        let (enough, request_count, lost) = (enough.clone(), request_count.clone(), lost.clone());
        runtime.spawn(async move {
            let mut visits = number;
            while !enough.load(Ordering::Relaxed) {
                visits += CONNECTIONS;
                if let Err(error) = once(&site, &variant, number, visits, &request_count).await {
                    println!("lost: {error}");
                    lost.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    let (started, mut memory) = (Instant::now(), Vec::new());
    while started.elapsed() < Duration::from_secs(seconds) {
        std::thread::sleep(SAMPLE_INTERVAL);
        let mib = shop.memory_mib()?;
        println!(
            "{:4.0} s  {mib:6.1} MiB  {} requests",
            started.elapsed().as_secs_f64(),
            request_count.load(Ordering::Relaxed)
        );
        memory.push(mib);
    }
    enough.store(true, Ordering::Relaxed);
    let (first, last) = (memory.first().copied().ok_or("too short")?, memory.last().copied().ok_or("too short")?);
    println!("| soak | requests | lost | first MiB | median MiB | last MiB | files open |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    println!(
        "| {seconds} s, {CONNECTIONS} connections | {} | {} | {first:.1} | {:.1} | {last:.1} | {} |",
        request_count.load(Ordering::Relaxed),
        lost.load(Ordering::Relaxed),
        median(memory),
        shop.open_file_count()?
    );
    Ok(())
}

/// One visit; its kind depends on the connection's number.
async fn once(site: &str, variant: &str, number: usize, visit: usize, request_count: &AtomicUsize) -> BenchResult<()> {
    let mut visitor = Visitor::new(site, visit);
    let count = |more: usize| request_count.fetch_add(more, Ordering::Relaxed);
    match number % 16 {
        0 => {
            visitor.request_ok("POST", "/login", &[("email", OWNER_EMAIL), ("password", OWNER_PASSWORD)]).await?;
            for path in DESK.iter().cycle().take(200) {
                visitor.request_ok("GET", path, &[]).await?;
                count(1);
            }
        }
        1 | 2 => {
            visitor.add_to_cart(variant).await?;
            visitor.check_out().await?;
            count(4);
        }
        3..=6 => {
            for _ in 0..3 {
                visitor.add_to_cart(variant).await?;
                visitor.request_ok("GET", "/cart", &[]).await?;
                visitor.request_ok("GET", PRODUCT_PATH, &[]).await?;
                count(3);
            }
        }
        _ => {
            for path in PAGES.iter().cycle().take(60) {
                visitor.request_ok("GET", path, &[]).await?;
                count(1);
            }
        }
    }
    Ok(())
}

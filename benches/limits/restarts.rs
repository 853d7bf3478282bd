//! Ten restarts under constant load: the listening socket stays, the process behind it changes.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::BenchResult;
use super::shop::PRODUCT_PATH;
use super::stocked_shop;
use super::visitor::Visitor;

const RESTARTS: usize = 10;
const VISITORS: usize = 16;
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// Restarts, and prints how many requests were lost.
pub fn run() -> BenchResult<()> {
    let stocked = stocked_shop::create_stocked_shop()?;
    let socket = TcpListener::bind("127.0.0.1:0")?;
    let mut shop = stocked_shop::serve_on_socket(&stocked, &socket)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let site = shop.address().to_owned();
    let variant =
        runtime.block_on(Visitor::new(&site, 0).request_ok("GET", PRODUCT_PATH, &[]))?.field_value("variant_id")?;
    let (enough, request_count, lost) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let visitors: Vec<_> = (1..=VISITORS)
        .map(|number| {
            let (site, variant) = (site.clone(), variant.clone());
            let (enough, request_count, lost) = (enough.clone(), request_count.clone(), lost.clone());
            runtime.spawn(async move {
                let (mut visitor, mut step) = (Visitor::new(&site, number), number);
                while !enough.load(Ordering::Relaxed) {
                    let done = visitor.visit_next(step, &variant).await;
                    request_count.fetch_add(1, Ordering::Relaxed);
                    if let Err(error) = done {
                        println!("lost: {error}");
                        lost.fetch_add(1, Ordering::Relaxed);
                    }
                    step += 1;
                }
            })
        })
        .collect();
    for _ in 0..RESTARTS {
        std::thread::sleep(RESTART_PAUSE);
        let next = stocked_shop::serve_on_socket(&stocked, &socket)?;
        std::mem::replace(&mut shop, next).stop()?;
    }
    std::thread::sleep(RESTART_PAUSE);
    enough.store(true, Ordering::Relaxed);
    for visitor in visitors {
        runtime.block_on(visitor)?;
    }
    let (request_count, lost) = (request_count.load(Ordering::Relaxed), lost.load(Ordering::Relaxed));
    println!("| restarts under load | requests | lost |");
    println!("|--:|--:|--:|");
    println!("| {RESTARTS} | {request_count} | {lost} |");
    if lost == 0 { Ok(()) } else { Err("requests were lost".into()) }
}

//! Tradepost compared with bare programs on its own stack, in one run on one machine: CPU milliseconds per request
//! for pages, orders per second for the checkout; and startup time, memory and size. `bin/bench` runs it; `docs/PERFORMANCE.md`
//! holds the method.

#![expect(clippy::as_conversions, clippy::print_stdout, reason = "a bench divides counts and prints a table")]

mod admin;
mod bare_order;
mod bare_page;
mod cached_page;
mod cart;
mod checkout;
mod client;
mod large_shop;
mod load;
mod orders;
mod overload;
mod page_weight;
mod process;
mod report;
mod restarts;
mod scale;
mod shop;
mod slow_clients;
mod soak;
mod stocked_shop;
mod uncached_page;
mod visitor;

use std::error::Error;

/// What every measurement returns.
type BenchResult<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> BenchResult<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        // The bare servers run in processes of their own, so that their CPU time can be told apart.
        Some("bare-bytes") => cached_page::serve_bytes(&arguments),
        Some("bare-page") => bare_page::serve(arguments.get(2).map_or("", String::as_str)),
        Some("bare-cart") => cart::serve_bare(arguments.get(2).map_or("", String::as_str)),
        Some("kept") => cached_page::run(),
        Some("page") => uncached_page::run(),
        Some("cart") => cart::run(),
        Some("orders") => orders::run(),
        Some("checkout") => checkout::run(),
        Some("admin") => admin::run(),
        Some("memory") => process::measure_memory(),
        Some("start") => process::measure_startup(),
        Some("size") => process::measure_binary_size(),
        Some("weight") => page_weight::run(),
        Some("overload") => overload::run(),
        Some("scale") => scale::run(),
        Some("slow") => slow_clients::run(number(&arguments).unwrap_or(2000)),
        Some("restarts") => restarts::run(),
        Some("soak") => soak::run(number(&arguments).unwrap_or(900)),
        _ => {
            report::print_header();
            cached_page::run()?;
            uncached_page::run()?;
            cart::run()?;
            orders::run()?;
            checkout::run()?;
            admin::run()?;
            process::measure_memory()?;
            process::measure_startup()?;
            process::measure_binary_size()?;
            page_weight::run()?;
            overload::run()?;
            scale::run()
        }
    }
}

/// The number after the first argument.
fn number<T: std::str::FromStr>(arguments: &[String]) -> Option<T> {
    arguments.get(2)?.parse().ok()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

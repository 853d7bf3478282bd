//! Tradepost beside the bare limits of its own stack, measured in one run on one machine: CPU milliseconds a request
//! for pages, orders a second for the checkout; and what it takes of time, memory and room by itself. `bin/bench` runs it; `docs/PERFORMANCE.md` holds the method.

#![expect(clippy::as_conversions, clippy::print_stdout, reason = "a bench divides counts and prints a table")]

mod admin;
mod bare_order;
mod bare_page;
mod cart;
mod checkout;
mod client;
mod kept;
mod large_shop;
mod load;
mod orders;
mod overload;
mod page;
mod process;
mod restarts;
mod running;
mod scale;
mod shop;
mod slow;
mod soak;
mod table;
mod visitor;
mod weight;

use std::error::Error;

/// What every measurement returns.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        // The bare servers run in processes of their own, so that their CPU time can be told apart.
        Some("bare-bytes") => kept::serve_bytes(&arguments),
        Some("bare-page") => bare_page::serve(arguments.get(2).map_or("", String::as_str)),
        Some("bare-cart") => cart::serve_bare(arguments.get(2).map_or("", String::as_str)),
        Some("kept") => kept::rows(),
        Some("page") => page::rows(),
        Some("cart") => cart::row(),
        Some("orders") => orders::row(),
        Some("checkout") => checkout::row(),
        Some("admin") => admin::row(),
        Some("memory") => process::memory(),
        Some("start") => process::start(),
        Some("size") => process::size(),
        Some("weight") => weight::rows(),
        Some("overload") => overload::rows(),
        Some("scale") => scale::rows(),
        Some("slow") => slow::row(number(&arguments).unwrap_or(2000)),
        Some("restarts") => restarts::row(),
        Some("soak") => soak::row(number(&arguments).unwrap_or(900)),
        _ => {
            table::head();
            kept::rows()?;
            page::rows()?;
            cart::row()?;
            orders::row()?;
            checkout::row()?;
            admin::row()?;
            process::memory()?;
            process::start()?;
            process::size()?;
            weight::rows()?;
            overload::rows()?;
            scale::rows()
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

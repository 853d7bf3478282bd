//! Tradepost beside the bare limits of its own stack, measured in one run on one machine: CPU milliseconds a request
//! for pages, orders a second for the checkout. `bin/bench` runs it; `docs/PERFORMANCE.md` holds the method.

#![expect(clippy::as_conversions, clippy::print_stdout, reason = "a bench divides counts and prints a table")]

mod bare_order;
mod checkout;
mod client;
mod kept;
mod orders;
mod page;
mod restarts;
mod shop;
mod slow;
mod soak;
mod visitor;

use std::error::Error;

/// What every measurement returns.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        // The bare server runs in a process of its own, so that its CPU time can be told apart.
        Some("orders") => orders::row(),
        Some("checkout") => checkout::row(),
        Some("kept") => kept::rows(),
        Some("page") => page::row(),
        Some("slow") => slow::row(number(&arguments).unwrap_or(2000)),
        Some("restarts") => restarts::row(),
        Some("soak") => soak::row(number(&arguments).unwrap_or(900)),
        Some("bare-bytes") => kept::serve_bytes(&arguments),
        Some("bare-page") => page::serve_bare(arguments.get(2).map_or("", String::as_str)),
        _ => {
            println!("| what | Tradepost | bare limit | ratio | gate |");
            println!("|---|--:|--:|--:|--:|");
            kept::rows()?;
            page::row()?;
            orders::row()?;
            checkout::row()
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

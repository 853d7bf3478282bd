//! `tradepost routes`: prints the route table.

use std::process::ExitCode;

use clap::Args;

use super::{print_error, print_line};
use crate::routes;

#[derive(Args)]
pub struct Options {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(options: &Options) -> ExitCode {
    let table = routes::table();
    if options.json {
        match serde_json::to_string_pretty(&table) {
            Ok(json) => print_line(json),
            Err(error) => {
                print_error(error);
                return ExitCode::FAILURE;
            }
        }
        return ExitCode::SUCCESS;
    }
    for line in table {
        print_line(format_args!(
            "{:4} {:40} {:22} {:9} {:10} {}",
            line.method, line.path, line.access, line.csrf, line.cache, line.handler
        ));
    }
    ExitCode::SUCCESS
}

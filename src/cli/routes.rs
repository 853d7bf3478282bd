//! `tradepost routes`: the route table.

use std::process::ExitCode;

use clap::Args;

use super::{say, say_wrong};
use crate::routes;

/// What `routes` takes.
#[derive(Args)]
pub struct Options {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub fn run(options: &Options) -> ExitCode {
    let table = routes::table();
    if options.json {
        match serde_json::to_string_pretty(&table) {
            Ok(json) => say(json),
            Err(error) => {
                say_wrong(error);
                return ExitCode::FAILURE;
            }
        }
        return ExitCode::SUCCESS;
    }
    for line in table {
        say(format_args!(
            "{:4} {:40} {:22} {:9} {:10} {}",
            line.method, line.path, line.who, line.forgery, line.cache, line.handler
        ));
    }
    ExitCode::SUCCESS
}

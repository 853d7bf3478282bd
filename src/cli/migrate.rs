//! `tradepost migrate` and `tradepost migrate status`.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Outcome, say, start};
use crate::config::Config;
use crate::db::migrations;

#[derive(Subcommand)]
pub enum What {
    /// Show which migrations the database has
    Status,
}

pub fn run(config: &Config, what: Option<What>) -> Outcome {
    match what {
        Some(What::Status) => {
            let steps = match config.database_file().filter(|file| !file.exists()) {
                Some(_) => migrations::of_new_sqlite(),
                None => migrations::status(&mut start::inspect(config)?),
            };
            for step in steps.map_err(|error| error.to_string())? {
                say(format_args!("{}  {}", if step.applied { "applied" } else { "pending" }, step.name));
            }
        }
        None => {
            start::migrate(config)?;
            say("The database is up to date.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

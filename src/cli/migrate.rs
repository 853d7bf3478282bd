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
            let mut conn = start::connect(config)?;
            let steps = migrations::status(&mut conn).map_err(|error| error.to_string())?;
            for step in steps {
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

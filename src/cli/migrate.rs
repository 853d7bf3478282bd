//! `tradepost migrate` and `tradepost migrate status`.

use std::process::ExitCode;

use clap::Subcommand;

use super::{CommandResult, bootstrap, print_line};
use crate::config::Config;
use crate::db::migrations;

#[derive(Subcommand)]
pub enum MigrateCommand {
    /// Show which migrations the database has
    Status,
}

pub fn run(config: &Config, what: Option<MigrateCommand>) -> CommandResult {
    match what {
        Some(MigrateCommand::Status) => {
            let steps = match config.database_file().filter(|file| !file.exists()) {
                Some(_) => migrations::status_for_new_sqlite(),
                None => migrations::status(&mut bootstrap::open_read_only(config)?),
            };
            for step in steps.map_err(|error| error.to_string())? {
                print_line(format_args!("{}  {}", if step.applied { "applied" } else { "pending" }, step.name));
            }
        }
        None => {
            bootstrap::migrate(config)?;
            print_line("The database is up to date.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

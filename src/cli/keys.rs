//! `tradepost keys …`: manages the secret key that the database is bound to.

use std::process::ExitCode;

use clap::Subcommand;

use super::{CommandResult, bootstrap, print_line};
use crate::config::Config;

#[derive(Subcommand)]
pub enum KeysCommand {
    /// Go on with the key that is set now, although the database was made with another one
    Accept,
}

pub async fn run(config: Config, what: KeysCommand) -> CommandResult {
    let KeysCommand::Accept = what;
    bootstrap::migrate(&config)?;
    bootstrap::build_app_accepting_key(&config).await?;
    print_line("The database now uses this key. Everyone has to log in again.");
    print_line("Order links in emails already sent still work. Links in new emails about old orders will not.");
    Ok(ExitCode::SUCCESS)
}

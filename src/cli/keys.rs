//! `tradepost keys …`: the secret key that a database was made with.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Outcome, say, start};
use crate::config::Config;

#[derive(Subcommand)]
pub enum What {
    /// Go on with the key that is set now, although the database was made with another one
    Accept,
}

pub async fn run(config: Config, what: What) -> Outcome {
    let What::Accept = what;
    start::migrate(&config)?;
    start::app_with_another_key(&config).await?;
    say("The database belongs to this key from now on. Everybody has to log in again.");
    say("Links to orders in mail that was sent still work. New mail about old orders will carry links that do not.");
    Ok(ExitCode::SUCCESS)
}

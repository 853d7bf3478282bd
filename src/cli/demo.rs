//! `tradepost demo`: the sample shop, perhaps with its owner.

use std::process::ExitCode;

use clap::Args;

use super::{Outcome, account, password_from_stdin, say, serve, start};
use crate::config::Config;
use crate::config::test_payments::TestPayments;
use crate::demo;
use crate::error::Error;
use crate::models::account::roles::Role;

/// What `demo` takes.
#[derive(Args)]
pub struct Options {
    /// Also make the owner, with this address
    #[arg(long, requires = "owner_password_stdin")]
    owner_email: Option<String>,
    /// Read the owner's password from standard input
    #[arg(long, requires = "owner_email")]
    owner_password_stdin: bool,
}

pub async fn run(config: Config, options: Options) -> Outcome {
    start::migrate(&config)?;
    let app = start::app(&config, start::base_url(&config, config.bind)?, TestPayments::Off).await?;
    demo::load(&app).await.map_err(|error| match error {
        Error::Conflict => "this database has products already; the sample shop goes into an empty one".to_owned(),
        error => format!("the sample shop cannot be loaded: {error}"),
    })?;
    serve::mark_sample(&config);
    // What was written at once would lie twice on the disk until the next start.
    if let Err(error) = app.db.checkpoint().await {
        tracing::warn!(%error, "the database's log stays as large as it is");
    }
    say("The sample shop is loaded.");
    if let Some(email) = options.owner_email {
        let password = password_from_stdin()?;
        account::create(&app, &email, "Owner", Role::Owner, password).await?;
        say(format_args!("{email} is its owner."));
    }
    Ok(ExitCode::SUCCESS)
}

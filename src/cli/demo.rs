//! `tradepost demo`: loads the sample shop, optionally with an owner.

use std::process::ExitCode;

use clap::Args;

use super::{CommandResult, account, bootstrap, print_line, read_password_from_stdin, serve};
use crate::config::Config;
use crate::config::test_payments::TestPayments;
use crate::demo;
use crate::error::Error;
use crate::models::people::account::roles::Role;

#[derive(Args)]
pub struct Options {
    /// Also create the owner, with this email address
    #[arg(long, requires = "owner_password_stdin")]
    owner_email: Option<String>,
    /// Read the owner's password from standard input
    #[arg(long, requires = "owner_email")]
    owner_password_stdin: bool,
}

pub async fn run(config: Config, options: Options) -> CommandResult {
    bootstrap::migrate(&config)?;
    let app = bootstrap::build_app(&config, bootstrap::base_url(&config, config.bind)?, TestPayments::Off).await?;
    demo::load(&app).await.map_err(|error| match error {
        Error::Conflict => "this database already has products; the sample shop needs an empty one".to_owned(),
        error => format!("the sample shop cannot be loaded: {error}"),
    })?;
    serve::mark_as_demo(&config);
    // Without this the write-ahead log would stay as large as the database until the next start.
    if let Err(error) = app.db.checkpoint().await {
        tracing::warn!(%error, "cannot shrink the database's write-ahead log");
    }
    print_line("The sample shop is loaded.");
    if let Some(email) = options.owner_email {
        let password = read_password_from_stdin()?;
        account::create_account(&app, &email, "Owner", Role::Owner, password).await?;
        print_line(format_args!("{email} is its owner."));
    }
    Ok(ExitCode::SUCCESS)
}

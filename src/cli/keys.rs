//! `tradepost keys …`: manages the secret key that the database is bound to.

use std::process::ExitCode;

use clap::Subcommand;

use super::{CommandResult, bootstrap, print_line};
use crate::app::App;
use crate::config::{Config, key_file};
use crate::models::maintenance::key_rotation::{self, RotationBatch};
use crate::models::platform::sealed_column::{SEALED_COLUMNS, SealedColumn};

#[derive(Subcommand)]
pub enum KeysCommand {
    /// Accept the configured key for a database created with a different key
    Accept,
    /// Encrypt the secrets in the database with a new key; run it again if it was interrupted
    Rotate,
}

pub async fn run(config: Config, what: KeysCommand) -> CommandResult {
    bootstrap::migrate(&config)?;
    match what {
        KeysCommand::Accept => accept(&config).await,
        KeysCommand::Rotate => rotate(&config).await,
    }
}

async fn accept(config: &Config) -> CommandResult {
    let app = bootstrap::build_app_accepting_key(config).await?;
    print_line("The database now uses this key. Everyone has to log in again.");
    print_line("Order links in emails already sent still work. Links in new emails about old orders will not.");
    for column in SEALED_COLUMNS {
        let key = app.db.context().secret_key.clone();
        let count = app.db.read(move |conn| key_rotation::count_sealed(conn, &key, column)).await;
        let count = count.map_err(|error| format!("the secrets cannot be checked: {error}"))?;
        if count.unreadable > 0 {
            let (table, column) = (column.table, column.column);
            print_line(format_args!(
                "{} of {} in {table}.{column} cannot be decrypted with it. Set them again.",
                count.unreadable, count.sealed
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn rotate(config: &Config) -> CommandResult {
    let _lock = key_file::lock(&config.data_dir)?;
    let app = bootstrap::build_app_rotating_key(config).await?;
    let (mut resealed, mut unreadable) = (0, 0);
    for column in SEALED_COLUMNS {
        let done = reseal_column(&app, column).await?;
        resealed += done.resealed;
        unreadable += done.unreadable;
    }
    print_line(format_args!("The secrets in the database are encrypted with the new key ({resealed} by this run)."));
    if unreadable > 0 {
        print_line(format_args!("{unreadable} could not be decrypted before either; `tradepost doctor` says where."));
    }
    if config.secret_key.is_some() {
        print_line("Remove `previous:…` from TRADEPOST_SECRET_KEY, and restart all processes.");
    } else {
        key_file::replace(&config.key_file(), &app.db.context().secret_key.without_previous())?;
        print_line("Restart every running `tradepost`, and put secret.key into your backup.");
    }
    print_line("Nobody has to log in again, and links in emails and gift cards still work.");
    Ok(ExitCode::SUCCESS)
}

/// Encrypts all texts of a column again.
async fn reseal_column(app: &App, column: &'static SealedColumn) -> Result<RotationBatch, String> {
    let mut total = RotationBatch::default();
    let mut after = Some(i64::MIN);
    while let Some(row) = after {
        let batch = app.db.write(move |tx| key_rotation::reseal_batch(tx, column, row)).await;
        let batch = batch.map_err(|error| {
            format!("{}.{}: {error}. Run `tradepost keys rotate` again", column.table, column.column)
        })?;
        total.resealed += batch.resealed;
        total.unreadable += batch.unreadable;
        after = batch.next;
    }
    Ok(total)
}

//! `tradepost account …`: ways in that need no mail.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Outcome, password_from_stdin, say, start};
use crate::app::App;
use crate::config::Config;
use crate::config::test_payments::TestPayments;
use crate::error::Error;
use crate::forms::account::STAFF_PASSWORD;
use crate::models::account::Account;
use crate::models::account::roles::Role;
use crate::models::fact::Actor;
use crate::models::setting::Settings;
use crate::models::site::{NewOwner, Site};
use crate::paths;
use crate::support::email_address::EmailAddress;
use crate::support::password;

#[derive(Subcommand)]
pub enum What {
    /// Make an account for a member of staff
    Create {
        /// Their address
        #[arg(long)]
        email: String,
        /// Their name
        #[arg(long)]
        name: String,
        /// owner, admin, editor, author, contributor, shop_manager, fulfilment or support
        #[arg(long)]
        role: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Print a link to choose a new password; it works once, for 15 minutes
    ResetLink {
        /// Whose
        email: String,
    },
}

pub async fn run(config: Config, what: What) -> Outcome {
    start::migrate(&config)?;
    let app = start::app(&config, start::base_url(&config, config.bind)?, TestPayments::Off).await?;
    match what {
        What::Create { email, name, role, password_stdin: _ } => {
            let role = Role::parse(&role).ok_or_else(|| {
                let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
                format!("there is no role {role}; choose one of {}", known.join(", "))
            })?;
            create(&app, &email, &name, role, password_from_stdin()?).await?;
            say(format_args!("{email} can log in at {}{}", app.origin(), paths::login()));
        }
        What::ResetLink { email } => {
            let address = address(&email)?;
            let token = app.db.write(move |tx| Account::reset_token(tx, &address, &Actor::CommandLine)).await.map_err(
                |error| match error {
                    Error::NotFound => format!("there is no account with the address {email}"),
                    error => error.to_string(),
                },
            )?;
            say(format_args!("{}{}", app.origin(), paths::password_reset(&token)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn address(email: &str) -> Result<EmailAddress, String> {
    EmailAddress::read(email).map_err(|why| format!("{email} is not an e-mail address. {}", why.message()))
}

/// Makes an account, with the rules of the setup page; an owner opens the site.
pub async fn create(app: &App, email: &str, name: &str, role: Role, secret: String) -> Result<(), String> {
    let address = address(email)?;
    let settings = app.db.read(Settings::load).await.map_err(|error| error.to_string())?;
    let host = app.base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&settings.site_name, host, name, email]);
    let hashed = app.hash_new_password(secret, STAFF_PASSWORD, context).await;
    let password_hash = hashed.map_err(|error| match error {
        Error::Invalid { message, .. } => format!("the password is too weak. {message}"),
        error => error.to_string(),
    })?;
    let person = NewOwner { email: address, name: name.to_owned(), password_hash };
    let by = Actor::CommandLine;
    let made = app.db.write(move |tx| match role {
        Role::Owner => Site::set_up(tx, None, &person, &by),
        role => Account::create(tx, &person.email, &person.name, &person.password_hash, role, &by),
    });
    made.await.map(drop).map_err(|error| match error {
        Error::Conflict => "the site has an owner already".to_owned(),
        Error::Invalid { message, .. } => message,
        error => error.to_string(),
    })
}

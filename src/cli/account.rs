//! `tradepost account …`: creates accounts, invitations and reset links without email.

use std::process::ExitCode;

use clap::Subcommand;

use super::{CommandResult, bootstrap, print_line, read_password_from_stdin};
use crate::app::App;
use crate::config::Config;
use crate::config::test_payments::TestPayments;
use crate::error::Error;
use crate::forms::account::MIN_STAFF_PASSWORD_LENGTH;
use crate::models::maintenance::site::{NewOwner, Site};
use crate::models::people::account::Account;
use crate::models::people::account::roles::Role;
use crate::models::people::invitation::{Invitation, NewInvitation};
use crate::models::people::second_factor::SecondFactor;
use crate::models::platform::event::Actor;
use crate::models::platform::setting::Settings;
use crate::paths;
use crate::support::email_address::EmailAddress;
use crate::support::password;

#[derive(Subcommand)]
pub enum AccountCommand {
    /// Create a staff account
    Create {
        /// Email address
        #[arg(long)]
        email: String,
        /// Name
        #[arg(long)]
        name: String,
        /// owner, admin, editor, author, contributor, shop_manager, fulfilment or support
        #[arg(long)]
        role: String,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Remove the authenticator app, passkeys and recovery codes of an account
    ClearSecondFactors {
        /// Email address of the account
        email: String,
    },
    /// Invite someone to the staff, and print the link; it works once, for seven days
    Invite {
        /// Email address
        #[arg(long)]
        email: String,
        /// Name
        #[arg(long)]
        name: String,
        /// admin, editor, author, contributor, shop_manager, fulfilment or support
        #[arg(long)]
        role: String,
        /// Print the link, as well as sending it
        #[arg(long)]
        print: bool,
    },
    /// Print a link to choose a new password; it works once, for 15 minutes
    ResetLink {
        /// Email address of the account
        email: String,
    },
}

pub async fn run(config: Config, what: AccountCommand) -> CommandResult {
    bootstrap::migrate(&config)?;
    let app = bootstrap::build_app(&config, bootstrap::base_url(&config, config.bind)?, TestPayments::Off).await?;
    match what {
        AccountCommand::Create { email, name, role, password_stdin: _ } => {
            let role = parse_role(&role)?;
            create_account(&app, &email, &name, role, read_password_from_stdin()?).await?;
            print_line(format_args!("{email} can log in at {}{}", app.origin(), paths::login()));
        }
        AccountCommand::ClearSecondFactors { email } => {
            let address = address(&email)?;
            let cleared = app.db.write(move |tx| SecondFactor::clear(tx, &address, &Actor::CommandLine));
            cleared.await.map_err(|error| describe_failure(error, &email))?;
            print_line(format_args!("{email} logs in with the password alone"));
        }
        AccountCommand::Invite { email, name, role, print } => {
            let new = NewInvitation { email: address(&email)?, name, role: parse_role(&role)? };
            let invited = app.db.write(move |tx| Invitation::create(tx, &new, None)).await;
            let invitation = invited.map_err(|error| match error {
                Error::Invalid { message, .. } => message.to_string(),
                error => error.to_string(),
            })?;
            if print {
                let token = invitation.token(&app.db.context().secret_key);
                print_line(format_args!("{}{}", app.origin(), paths::invitation(&token)));
            } else {
                print_line(format_args!("{email} is invited; the link is in the outbox"));
            }
        }
        AccountCommand::ResetLink { email } => {
            let address = address(&email)?;
            let issued = app.db.write(move |tx| Account::issue_reset_token(tx, &address, &Actor::CommandLine));
            let token = issued.await.map_err(|error| describe_failure(error, &email))?;
            print_line(format_args!("{}{}", app.origin(), paths::password_reset(&token)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn describe_failure(error: Error, email: &str) -> String {
    match error {
        Error::NotFound => format!("there is no account with the address {email}"),
        error => error.to_string(),
    }
}

fn parse_role(role: &str) -> Result<Role, String> {
    Role::parse(role).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("there is no role {role}; choose one of {}", known.join(", "))
    })
}

fn address(email: &str) -> Result<EmailAddress, String> {
    EmailAddress::try_parse(email).map_err(|why| format!("{email} is not an email address. {}", why.message()))
}

/// Creates an account with the password rules of the setup page; an owner also opens the site.
pub async fn create_account(app: &App, email: &str, name: &str, role: Role, secret: String) -> Result<(), String> {
    let address = address(email)?;
    let settings = app.db.read(Settings::load).await.map_err(|error| error.to_string())?;
    let host = app.base_url.host_str().unwrap_or_default();
    let context = password::context_words(&[&settings.site_name, host, name, email]);
    let hashed = app.hash_new_password(secret, MIN_STAFF_PASSWORD_LENGTH, context).await;
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
        Error::Conflict => "the site already has an owner".to_owned(),
        Error::Invalid { message, .. } => message.to_string(),
        error => error.to_string(),
    })
}

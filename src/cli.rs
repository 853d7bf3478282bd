//! The commands of the command line, one file each.

mod account;
mod audit;
mod bootstrap;
mod decode_picture;
mod demo;
mod doctor;
mod keys;
mod logging;
mod migrate;
mod routes;
mod serve;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, RawConfig, find_command_line_secrets};

/// A blog and a shop with their admin pages in one program.
#[derive(Parser)]
#[command(name = "tradepost", version, about)]
struct Cli {
    #[command(flatten)]
    outside: RawConfig,
    #[command(flatten)]
    serve: serve::Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site and run its jobs (the default)
    Serve(serve::Options),
    /// Bring the database up to date
    Migrate {
        #[command(subcommand)]
        what: Option<migrate::MigrateCommand>,
    },
    /// Load the sample shop into an empty database
    Demo(demo::Options),
    /// Staff accounts
    Account {
        #[command(subcommand)]
        what: account::AccountCommand,
    },
    /// The site's secret key
    Keys {
        #[command(subcommand)]
        what: keys::KeysCommand,
    },
    /// Print the route table
    Routes(routes::Options),
    /// Check settings, database, folders and mail
    Doctor,
    /// Check that money, stock and orders are consistent
    Audit(audit::Options),
    /// Decode a picture from standard input: the server uses this itself
    #[command(hide = true)]
    DecodePicture,
}

/// Runs the command line. Exit code 0 means success; 1 means failure, with one line on standard error.
pub fn main() -> ExitCode {
    // Only one TLS provider can be installed per process; an error means that one is.
    let _there = rustls::crypto::ring::default_provider().install_default();
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let cli = Cli::parse();
    for warning in find_command_line_secrets(std::env::args()) {
        print_error(warning);
    }
    if let Some(Command::Routes(options)) = cli.command {
        return routes::run(&options);
    }
    if let Some(Command::DecodePicture) = cli.command {
        return decode_picture::run().unwrap_or_else(|line| failed(&line));
    }
    let config = match Config::load(cli.outside) {
        Ok(config) => config,
        Err(line) if matches!(cli.command, Some(Command::Doctor)) => return doctor::report_invalid_settings(&line),
        Err(line) => return failed(&line),
    };
    logging::init(&config);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("the runtime cannot start: {error}")),
    };
    let done = match cli.command {
        None => serve::run(config, cli.serve),
        Some(Command::Serve(options)) => serve::run(config, options),
        Some(Command::Migrate { what }) => migrate::run(&config, what),
        Some(Command::Demo(options)) => runtime.block_on(demo::run(config, options)),
        Some(Command::Account { what }) => runtime.block_on(account::run(config, what)),
        Some(Command::Keys { what }) => runtime.block_on(keys::run(config, what)),
        Some(Command::Doctor) => runtime.block_on(doctor::run(config)),
        Some(Command::Audit(options)) => audit::run(&config, &options),
        Some(Command::Routes(options)) => return routes::run(&options),
        Some(Command::DecodePicture) => decode_picture::run(),
    };
    logging::flush();
    match done {
        Ok(code) => code,
        Err(line) => failed(&line),
    }
}

fn failed(line: &str) -> ExitCode {
    print_error(line);
    ExitCode::FAILURE
}

type CommandResult = Result<ExitCode, String>;

/// Prints a line to standard output and ignores a closed pipe.
fn print_line(line: impl std::fmt::Display) {
    let _gone = writeln!(std::io::stdout(), "{line}");
}

fn print_error(line: impl std::fmt::Display) {
    let _gone = writeln!(std::io::stderr(), "tradepost: {line}");
}

/// Reads a password from standard input, so that it does not appear in the process list.
fn read_password_from_stdin() -> Result<String, String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| format!("no password on standard input: {error}"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

//! The commands, one small file each.

mod account;
mod audit;
mod decode_picture;
mod demo;
mod doctor;
mod keys;
mod logging;
mod migrate;
mod routes;
mod serve;
mod start;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Outside, secrets_on_the_command_line};

/// A blog and a shop with their admin pages in one program.
#[derive(Parser)]
#[command(name = "tradepost", version, about)]
struct Cli {
    #[command(flatten)]
    outside: Outside,
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
        what: Option<migrate::What>,
    },
    /// Load the sample shop into an empty database
    Demo(demo::Options),
    /// Accounts of staff
    Account {
        #[command(subcommand)]
        what: account::What,
    },
    /// The site's secret key
    Keys {
        #[command(subcommand)]
        what: keys::What,
    },
    /// Print the route table
    Routes(routes::Options),
    /// Check settings, database, folders and mail
    Doctor,
    /// Check every promise about money, stock and orders against the rows
    Audit(audit::Options),
    /// Decode a picture from standard input: the server uses this itself
    #[command(hide = true)]
    DecodePicture,
}

/// Runs what the command line says. Exit code 0: done; 1: not, and one line says why.
pub fn main() -> ExitCode {
    // One TLS provider for the whole process; a second call would only say that it is there.
    let _there = rustls::crypto::ring::default_provider().install_default();
    // Whatever this process makes is its owner's only: database, key, pictures, uploads.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let cli = Cli::parse();
    for warning in secrets_on_the_command_line(std::env::args()) {
        say_wrong(warning);
    }
    if let Some(Command::Routes(options)) = cli.command {
        return routes::run(&options);
    }
    if let Some(Command::DecodePicture) = cli.command {
        return decode_picture::run().unwrap_or_else(|line| failed(&line));
    }
    let config = match Config::load(cli.outside) {
        Ok(config) => config,
        Err(line) if matches!(cli.command, Some(Command::Doctor)) => return doctor::settings_are_wrong(&line),
        Err(line) => return failed(&line),
    };
    logging::begin(&config);
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
    logging::end();
    match done {
        Ok(code) => code,
        Err(line) => failed(&line),
    }
}

/// One line about what went wrong, and exit code 1.
fn failed(line: &str) -> ExitCode {
    say_wrong(line);
    ExitCode::FAILURE
}

/// What a command returns: its exit code, or one line that says what is wrong.
type Outcome = Result<ExitCode, String>;

/// Says something on standard output. Whoever does not listen any more stops nothing.
fn say(line: impl std::fmt::Display) {
    let _gone = writeln!(std::io::stdout(), "{line}");
}

fn say_wrong(line: impl std::fmt::Display) {
    let _gone = writeln!(std::io::stderr(), "tradepost: {line}");
}

/// The first line of standard input: a password that no other process can see.
fn password_from_stdin() -> Result<String, String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| format!("no password on standard input: {error}"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

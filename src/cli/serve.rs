//! `tradepost serve`: the site and its jobs in one process.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use actix_web::web;
use clap::Args;

use super::{Outcome, say, start};
use crate::config::{self, Config};
use crate::models::account::Account;
use crate::models::setting::Settings;
use crate::server::Listener;
use crate::support::token::Random;
use crate::{demo, paths, server};

/// What `serve` takes.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// Load the sample shop into an empty database first
    #[arg(long)]
    demo: bool,
}

/// Ports tried after the default one.
const TRIES: u16 = 20;

pub fn run(config: Config, options: Options) -> Outcome {
    let inherited = config::inherited_socket()?;
    let files = start::open_files()?;
    start::migrate(&config)?;
    let listener = match inherited {
        Some(socket) => Listener { socket, inherited: true },
        None => Listener { socket: listen(&config)?, inherited: false },
    };
    listener.socket.set_nonblocking(true).map_err(|error| error.to_string())?;
    actix_web::rt::System::new().block_on(serve(config, options, listener, files))
}

async fn serve(config: Config, options: Options, listener: Listener, files: u64) -> Outcome {
    server::ignore_hangups();
    let listens = listener.socket.local_addr().map_err(|error| error.to_string())?;
    // The test card page is on where somebody tries the shop out, and stays on for a shop that began so.
    let test_payments = config.test_payments.unwrap_or(options.demo || config.data.join("sample").exists());
    let app = start::app(&config, start::base_url(&config, listens)?, test_payments)?;
    if options.demo {
        demo::load_if_empty(&app).await.map_err(|error| format!("the sample shop cannot be loaded: {error}"))?;
        mark_sample(&config);
    }
    let (has_owner, settings) = app
        .db
        .read(|conn| Ok((Account::owner_exists(conn)?, Settings::load(conn)?)))
        .await
        .map_err(|error| format!("the database does not answer: {error}"))?;
    let origin = app.origin();
    say(format_args!("{} is at {origin}/", settings.site_name));
    if !has_owner {
        let key = Random::System.secret().map_err(|error| error.to_string())?;
        say(format_args!("Make it yours: {origin}{}", paths::setup_with(&key)));
        if let Ok(mut place) = app.setup_key.lock() {
            *place = Some(key);
        }
    }
    if test_payments {
        say("Test payments are on: the card page takes 4242 4242 4242 4242 and moves no money.");
    }
    server::run(web::Data::new(app), listener, files, config.data.join("tmp"))
        .await
        .map_err(|error| error.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Remembers that this is a sample shop.
pub fn mark_sample(config: &Config) {
    if let Err(error) = std::fs::write(config.data.join("sample"), "This folder holds the sample shop.\n") {
        tracing::warn!(%error, "the data folder was not marked as a sample");
    }
}

/// Listens where asked; if nobody asked, on the next free port.
fn listen(config: &Config) -> Result<TcpListener, String> {
    let mut last = String::new();
    for step in 0..TRIES {
        let Some(port) = config.bind.port().checked_add(step) else { break };
        let address = SocketAddr::new(config.bind.ip(), port);
        match TcpListener::bind(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => {
                last = format!("cannot listen on {address}: {error}");
                if config.bind_was_asked || error.kind() != ErrorKind::AddrInUse {
                    break;
                }
            }
        }
    }
    Err(format!("{last}. Set TRADEPOST_BIND to a free address"))
}

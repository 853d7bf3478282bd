//! `tradepost serve`: the site and its jobs in one process.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use actix_web::web;
use clap::Args;

use super::{Outcome, say, start};
use crate::app::App;
use crate::config::test_payments::TestPayments;
use crate::config::{self, Config};
use crate::models::setting::Settings;
use crate::models::site::{SETUP_KEY_LIFETIME, Site};
use crate::server::Listener;
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
    let base_url = start::base_url(&config, listens)?;
    let is_sample = options.demo || config.sample_mark().exists();
    let stripe_key = config.stripe.as_ref().map(|stripe| stripe.secret_key.as_str());
    let test_payments = TestPayments::policy(config.test_payments, is_sample, &base_url, stripe_key);
    let is_local = config::is_loopback(&base_url) && base_url.port_or_known_default() == Some(listens.port());
    let app = App { is_local, ..start::app(&config, base_url, test_payments).await? };
    if options.demo {
        demo::load_if_empty(&app).await.map_err(|error| format!("the sample shop cannot be loaded: {error}"))?;
        mark_sample(&config);
    }
    let settings =
        app.db.read(Settings::load).await.map_err(|error| format!("the database does not answer: {error}"))?;
    say(format_args!("{} is at {}/", settings.site_name, app.origin()));
    let app = web::Data::new(app);
    if invite_owner(&app).await? {
        if config.base_url.is_none() {
            say("Before a proxy passes visitors on to it, set TRADEPOST_BASE_URL, or one of them could be first.");
        }
        actix_web::rt::spawn(invite_owner_again(app.clone()));
    }
    match test_payments {
        TestPayments::On => say("Test payments are on: the card page takes 4242 4242 4242 4242 and moves no money."),
        TestPayments::SampleOnly => {
            say("Test payments are off: the sample shop has them only on this machine and without Stripe.");
        }
        risky => risky.warning().into_iter().for_each(|warning| say(format_args!("WARNING: {warning}"))),
    }
    server::run(app, listener, files, config.data.join("tmp")).await.map_err(|error| error.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the address of the setup page with a new key, as long as the site has no owner. Whether it did.
async fn invite_owner(app: &App) -> Result<bool, String> {
    let issued = app.db.write(Site::issue_setup_key).await;
    let Some(key) = issued.map_err(|error| format!("the database does not answer: {error}"))? else { return Ok(false) };
    say(format_args!("Make it yours: {}{}", app.origin(), paths::setup_with(&key)));
    Ok(true)
}

/// Prints a new key whenever the one before has had its time.
async fn invite_owner_again(app: web::Data<App>) {
    let lifetime = SETUP_KEY_LIFETIME.unsigned_abs();
    loop {
        tokio::time::sleep(lifetime).await;
        match invite_owner(&app).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(error, "no new setup key was made"),
        }
    }
}

/// Remembers that this is a sample shop.
pub fn mark_sample(config: &Config) {
    if let Err(error) = std::fs::write(config.sample_mark(), "This folder holds the sample shop.\n") {
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

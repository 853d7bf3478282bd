//! `tradepost serve`: the web server and the job workers in one process.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use actix_web::web;
use clap::Args;

use super::{CommandResult, bootstrap, print_line};
use crate::app::App;
use crate::config::test_payments::TestPayments;
use crate::config::{self, Config};
use crate::jobs::erasures;
use crate::models::maintenance::site::{SETUP_KEY_LIFETIME, Site};
use crate::models::platform::setting::Settings;
use crate::server::{BackgroundJobs, Listener};
use crate::{demo, paths, server};

#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// Load the sample shop into an empty database first
    #[arg(long)]
    demo: bool,
    /// Run no background jobs: another process with the same database has to
    #[arg(long)]
    no_worker: bool,
}

const PORT_TRIES: u16 = 20;

pub fn run(config: Config, options: Options) -> CommandResult {
    let inherited = config::inherited_socket()?;
    let files = bootstrap::raise_open_file_limit()?;
    bootstrap::migrate(&config)?;
    let listener = match inherited {
        Some(socket) => Listener { socket, is_inherited: true },
        None => Listener { socket: listen(&config)?, is_inherited: false },
    };
    listener.socket.set_nonblocking(true).map_err(|error| error.to_string())?;
    actix_web::rt::System::new().block_on(serve(config, options, listener, files))
}

async fn serve(config: Config, options: Options, listener: Listener, files: u64) -> CommandResult {
    server::ignore_sighup();
    let listens = listener.socket.local_addr().map_err(|error| error.to_string())?;
    let base_url = bootstrap::base_url(&config, listens)?;
    let is_sample = options.demo || config.demo_marker().exists();
    let stripe_key = config.stripe.as_ref().map(|stripe| stripe.secret_key.as_str());
    let test_payments = TestPayments::from_settings(config.test_payments, is_sample, &base_url, stripe_key);
    let is_local = config::is_loopback(&base_url) && base_url.port_or_known_default() == Some(listens.port());
    let app = App { is_local, ..bootstrap::build_app(&config, base_url, test_payments).await? };
    let repeated = erasures::repeat_missing(&app).await.map_err(|error| {
        let file = config.erasure_file();
        format!("the erasures in {} cannot be repeated: {error}. Correct the file, or move it away", file.display())
    })?;
    if repeated > 0 {
        print_line(format_args!("This database is older than {repeated} erasures of customers. They were repeated."));
    }
    if options.demo {
        demo::load_if_empty(&app).await.map_err(|error| format!("the sample shop cannot be loaded: {error}"))?;
        mark_as_demo(&config);
    }
    let settings =
        app.db.read(Settings::load).await.map_err(|error| format!("the database is not responding: {error}"))?;
    print_line(format_args!("{} is at {}/", settings.site_name, app.origin()));
    let app = web::Data::new(app);
    if invite_owner(&app).await? {
        if config.base_url.is_none() {
            print_line(
                "Set TRADEPOST_BASE_URL before a proxy forwards visitors to it, or one of them could claim the site first.",
            );
        }
        actix_web::rt::spawn(invite_owner_again(app.clone()));
    }
    match test_payments {
        TestPayments::On => {
            print_line("Test payments are on: the card page accepts 4242 4242 4242 4242 and charges nothing.")
        }
        TestPayments::DisabledInDemo => {
            print_line("Test payments are off: the sample shop has them only on this machine and without Stripe.");
        }
        risky => risky.warning().into_iter().for_each(|warning| print_line(format_args!("WARNING: {warning}"))),
    }
    let jobs = if options.no_worker { BackgroundJobs::Skip } else { BackgroundJobs::Run };
    if jobs == BackgroundJobs::Skip {
        print_line("This process runs no jobs: emails and payments wait for another one with the same database.");
    }
    server::run(app, listener, files, config.data_dir.join("tmp"), config.page_cache_bytes, jobs)
        .await
        .map_err(|error| error.to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the setup URL with a new key if the site has no owner. Returns whether it did.
async fn invite_owner(app: &App) -> Result<bool, String> {
    let issued = app.db.write(Site::issue_setup_key).await;
    let Some(key) = issued.map_err(|error| format!("the database is not responding: {error}"))? else {
        return Ok(false);
    };
    print_line(format_args!("Finish the setup: {}{}", app.origin(), paths::setup_with_key(&key)));
    Ok(true)
}

async fn invite_owner_again(app: web::Data<App>) {
    let lifetime = SETUP_KEY_LIFETIME.unsigned_abs();
    loop {
        tokio::time::sleep(lifetime).await;
        match invite_owner(&app).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(error, "cannot create a new setup key"),
        }
    }
}

pub fn mark_as_demo(config: &Config) {
    if let Err(error) = std::fs::write(config.demo_marker(), "This folder holds the sample shop.\n") {
        tracing::warn!(%error, "cannot mark the data folder as the sample shop");
    }
}

/// Listens on the configured address, or on the next free port if none was configured.
fn listen(config: &Config) -> Result<TcpListener, String> {
    let mut last = String::new();
    for step in 0..PORT_TRIES {
        let Some(port) = config.bind.port().checked_add(step) else { break };
        let address = SocketAddr::new(config.bind.ip(), port);
        match TcpListener::bind(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => {
                last = format!("cannot listen on {address}: {error}");
                if config.is_bind_explicit || error.kind() != ErrorKind::AddrInUse {
                    break;
                }
            }
        }
    }
    Err(format!("{last}. Set TRADEPOST_BIND to a free address"))
}

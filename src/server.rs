//! The HTTP server: middleware, limits, and graceful shutdown.

use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_session::SessionMiddleware;
use actix_session::config::{CookieContentSecurity, PersistentSession};
use actix_web::cookie::{Key, SameSite};
use actix_web::{HttpServer, web};
use tokio::sync::watch;

use crate::app::App;
use crate::http::connections::Connections;
use crate::http::cookies;
use crate::http::form::UploadFolder;
use crate::http::page_cache::PageCache;
use crate::http::session::DatabaseSessionStore;
use crate::http::site_cache::SiteCache;
use crate::jobs::worker;
use crate::models::people::session;

const DRAIN: u64 = 20;
/// How long a stopping server accepts requests that are already on their way.
const LAST_CALL: Duration = Duration::from_secs(2);
/// A stopping server without connections waits this long for one that is being opened.
const QUIET: Duration = Duration::from_millis(200);
/// Maximum number of connections of one worker.
const CONNECTIONS: usize = 10_000;
/// Files reserved for the database, libraries and uploads.
const OTHER_FILES: u64 = 256;
/// Files of one connection: its socket, the duplicate handle that closes it on a timeout, and a file being sent.
const FILES_EACH: u64 = 3;
/// Length of the accept queue; `net.core.somaxconn` caps it. When it is full, clients retry after seconds.
const BACKLOG: i32 = 4096;
/// Bytes buffered ahead of the client (`TCP_NOTSENT_LOWAT`). With more, progress would not show whether it still reads.
#[cfg(target_os = "linux")]
const AHEAD: u32 = 128 * 1024;

/// The middleware from the inside: sessions, compression, request pipeline. actix runs the last `wrap` first.
#[macro_export]
macro_rules! actix_app {
    ($app:expr, $last_site:expr, $pages:expr, $uploads:expr) => {{
        let app: actix_web::web::Data<$crate::app::App> = $app;
        actix_web::App::new()
            .app_data($last_site)
            .app_data($pages)
            .app_data($uploads)
            .wrap($crate::server::session_middleware(&app))
            .wrap(actix_web::middleware::Compress::default())
            .wrap(actix_web::middleware::from_fn($crate::http::request_pipeline::handle))
            .app_data(app)
            .configure($crate::routes::mount)
    }};
}

/// The session cookie holds a signed random token, the database everything else.
pub fn session_middleware(app: &App) -> SessionMiddleware<DatabaseSessionStore> {
    let days = session::MAX_LIFETIME.as_hours() / 24;
    SessionMiddleware::builder(DatabaseSessionStore::new(app.db.clone()), cookie_key(app))
        .cookie_name(cookies::session_name(app.is_https()).to_owned())
        .cookie_secure(app.is_https())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(PersistentSession::default().session_ttl(actix_web::cookie::time::Duration::days(days)))
        .build()
}

pub fn cookie_key(app: &App) -> Key {
    Key::derive_from(&app.db.context().secret_key.derive("session cookie"))
}

/// Whether the server runs background jobs beside the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackgroundJobs {
    Run,
    /// Another process does.
    Skip,
}

pub struct Listener {
    pub socket: TcpListener,
    /// Another process opened it, and keeps listening or queues connections for the next server.
    pub is_inherited: bool,
}

/// Serves until SIGTERM or SIGINT, then drains. `files` is the limit of open files.
pub async fn run(
    app: web::Data<App>,
    listener: Listener,
    files: u64,
    uploads: std::path::PathBuf,
    page_cache_bytes: u64,
    jobs: BackgroundJobs,
) -> std::io::Result<()> {
    let Listener { socket, is_inherited: inherited } = listener;
    prepare(&socket)?;
    let workers = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    let connections = Arc::new(Connections::default());
    let noting = connections.clone();
    let last_site = web::Data::new(SiteCache::default());
    let pages = web::Data::new(PageCache::new(cookie_key(&app), page_cache_bytes));
    let uploads = web::Data::new(UploadFolder::new(uploads));
    let served = app.clone();
    // Registered before the first response, because a client may then send the signal.
    let asked_to_stop = asked_to_stop()?;
    let server = HttpServer::new(move || actix_app!(served.clone(), last_site.clone(), pages.clone(), uploads.clone()))
        .client_request_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(15))
        .on_connect(move |stream, data| noting.register(stream, data))
        .shutdown_timeout(DRAIN)
        .workers(workers)
        .max_connections(connections_each(files, workers))
        .disable_signals()
        .listen(socket)?
        .run();
    let (stop, stopping) = watch::channel(false);
    let handle = server.handle();
    let runs_jobs = jobs == BackgroundJobs::Run;
    let worker = runs_jobs.then(|| tokio::spawn(worker::run(app.clone().into_inner(), stopping)));
    let watched = connections.clone();
    let at_watch = tokio::spawn(async move { watched.enforce_deadlines().await });
    let told = app.clone();
    let watcher = tokio::spawn(async move {
        asked_to_stop.await;
        tracing::info!("stopping: answering the last requests");
        told.is_stopping.store(true, Ordering::Relaxed);
        if inherited {
            // Another process accepts new connections; those accepted here may still send their request.
            handle.pause().await;
        }
        // `/readyz` fails from now on, and open connections still get a response.
        connections.wait_until_idle(QUIET, LAST_CALL).await;
        // The receiver is gone only if the worker has already ended, or was not started.
        let _ended = stop.send(true);
        handle.stop(true).await;
    });
    let served = server.await;
    watcher.abort();
    at_watch.abort();
    if let Some(worker) = worker
        && tokio::time::timeout(Duration::from_secs(3), worker).await.is_err()
    {
        tracing::warn!("a job was still running; it will be retried");
    }
    served
}

fn prepare(socket: &TcpListener) -> std::io::Result<()> {
    let socket = socket2::SockRef::from(socket);
    #[cfg(target_os = "linux")]
    socket.set_tcp_notsent_lowat(AHEAD)?;
    // The second call of listen(2) only changes the backlog.
    socket.listen(BACKLOG)
}

/// Maximum number of connections of one worker, so that the process never runs out of files.
fn connections_each(files: u64, workers: usize) -> usize {
    let all = usize::try_from(files.saturating_sub(OTHER_FILES) / FILES_EACH).unwrap_or(usize::MAX);
    (all / workers.max(1)).clamp(1, CONNECTIONS)
}

/// Ignores SIGHUP, which a closing terminal sends, and operators who expect a reload of the configuration.
pub fn ignore_sighup() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hangups) = signal(SignalKind::hangup()) else { return };
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            tracing::info!("SIGHUP ignored; restart the program to change its settings");
        }
    });
}

/// Resolves on SIGTERM or SIGINT. The handlers are installed by the call, before the future is polled.
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

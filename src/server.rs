//! The running server: its layers in order, its limits, and a stop that breaks no request.

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
use crate::http::session::TableStore;
use crate::http::site::LastSite;
use crate::jobs::worker;
use crate::models::session;

/// How long answers may take after a stop was asked for.
const DRAIN: u64 = 20;
/// How long a stopping server still takes requests, so that those on their way arrive.
const LAST_CALL: Duration = Duration::from_secs(2);
/// A server without connections stops after so long: somebody may be connecting at this moment.
const QUIET: Duration = Duration::from_millis(200);
/// Connections of one worker.
const CONNECTIONS: usize = 10_000;
/// Files that are open besides connections: the database, libraries, uploads.
const OTHER_FILES: u64 = 256;
/// Files a connection needs: itself, the second handle it is cut by, and a picture that is sent.
const FILES_EACH: u64 = 3;
/// Connections that wait to be taken: for whoever finds no room in a rush, the kernel has waits of many seconds. It
/// takes as many as it may (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;
/// Bytes of an answer the kernel takes ahead: with more it would say nothing about whether they are fetched.
#[cfg(target_os = "linux")]
const AHEAD: u32 = 128 * 1024;

/// The layers around the routes, for the server and for tests alike: sessions innermost, then compression, and the
/// envelope around everything. actix runs the last `wrap` first.
#[macro_export]
macro_rules! actix_app {
    ($app:expr, $last_site:expr, $pages:expr, $uploads:expr) => {{
        let app: actix_web::web::Data<$crate::app::App> = $app;
        actix_web::App::new()
            .app_data($last_site)
            .app_data($pages)
            .app_data($uploads)
            .wrap($crate::server::sessions(&app))
            .wrap(actix_web::middleware::Compress::default())
            .wrap(actix_web::middleware::from_fn($crate::http::envelope::handle))
            .app_data(app)
            .configure($crate::routes::mount)
    }};
}

/// The session layer: a random token in the cookie, everything else in the database.
pub fn sessions(app: &App) -> SessionMiddleware<TableStore> {
    let days = session::LONGEST.as_hours() / 24;
    SessionMiddleware::builder(TableStore::new(app.db.clone()), cookie_key(app))
        .cookie_name(cookies::session(app.is_https()).to_owned())
        .cookie_secure(app.is_https())
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(PersistentSession::default().session_ttl(actix_web::cookie::time::Duration::days(days)))
        .build()
}

/// What the cookies of sessions are signed with.
pub fn cookie_key(app: &App) -> Key {
    Key::derive_from(&app.db.means().key.derive("session cookie"))
}

/// The socket that is listened on.
pub struct Listener {
    /// The socket.
    pub socket: TcpListener,
    /// Another process made it and goes on listening, or keeps who comes until the next one does.
    pub inherited: bool,
}

/// Serves until the process is asked to stop; then drains. It may have so many files open.
///
/// # Errors
/// When the listening socket fails.
pub async fn run(
    app: web::Data<App>,
    listener: Listener,
    files: u64,
    uploads: std::path::PathBuf,
) -> std::io::Result<()> {
    let Listener { socket, inherited } = listener;
    prepare(&socket)?;
    let workers = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    let connections = Arc::new(Connections::default());
    let noting = connections.clone();
    let last_site = web::Data::new(LastSite::default());
    let pages = web::Data::new(PageCache::new(cookie_key(&app)));
    let uploads = web::Data::new(UploadFolder::new(uploads));
    let served = app.clone();
    // Before the first answer: whoever has got one may ask the program to stop.
    let asked_to_stop = asked_to_stop()?;
    let server = HttpServer::new(move || actix_app!(served.clone(), last_site.clone(), pages.clone(), uploads.clone()))
        .client_request_timeout(Duration::from_secs(5))
        .keep_alive(Duration::from_secs(15))
        .on_connect(move |stream, data| noting.note(stream, data))
        .shutdown_timeout(DRAIN)
        .workers(workers)
        .max_connections(connections_each(files, workers))
        .disable_signals()
        .listen(socket)?
        .run();
    let (stop, stopping) = watch::channel(false);
    let handle = server.handle();
    let worker = tokio::spawn(worker::run(app.clone().into_inner(), stopping));
    let watched = connections.clone();
    let at_watch = tokio::spawn(async move { watched.watch().await });
    let told = app.clone();
    let watcher = tokio::spawn(async move {
        asked_to_stop.await;
        tracing::info!("stopping: taking the last requests");
        told.stopping.store(true, Ordering::Relaxed);
        if inherited {
            // Who comes now is taken by another process; those who came have the last call to send their request.
            handle.pause().await;
        }
        // `/readyz` says no from now on, and whoever has a connection still gets an answer on it.
        connections.wait_until_gone(QUIET, LAST_CALL).await;
        // Nobody listens any more only if the worker has ended by itself.
        let _ended = stop.send(true);
        handle.stop(true).await;
    });
    let served = server.await;
    watcher.abort();
    at_watch.abort();
    if tokio::time::timeout(Duration::from_secs(3), worker).await.is_err() {
        tracing::warn!("a job was still running; it will be taken up again");
    }
    served
}

/// What connections inherit from the socket they come by.
fn prepare(socket: &TcpListener) -> std::io::Result<()> {
    let socket = socket2::SockRef::from(socket);
    #[cfg(target_os = "linux")]
    socket.set_tcp_notsent_lowat(AHEAD)?;
    // A second call only changes how many may wait.
    socket.listen(BACKLOG)
}

/// Connections of one worker, so that the process always has files left.
fn connections_each(files: u64, workers: usize) -> usize {
    let all = usize::try_from(files.saturating_sub(OTHER_FILES) / FILES_EACH).unwrap_or(usize::MAX);
    (all / workers.max(1)).clamp(1, CONNECTIONS)
}

/// A hang-up ends no server from now on: a terminal that is closed, or an operator who is used to programs that read
/// their settings anew.
pub fn ignore_hangups() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hangups) = signal(SignalKind::hangup()) else { return };
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            tracing::info!("SIGHUP: nothing is read anew; restart the program to change its settings");
        }
    });
}

/// Ends when the program is asked to stop. It listens from the call on, before anybody waits.
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

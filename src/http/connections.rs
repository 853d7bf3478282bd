//! Deadlines for connections. actix limits only the first request head and keep-alive, not later heads, unread bodies
//! or responses that a client does not fetch. Here each connection has a deadline for progress, or it is closed
//! (docs/decisions/0016-slow-clients.md).

use std::any::Any;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Extensions;
use actix_web::web::Bytes;

/// Time for the client's next step: to send a request head, or to fetch a chunk of a response.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);
/// Minimum rate in bytes per second at which a chunk is fetched, beyond [`STEP_TIMEOUT`].
const MIN_RATE: u64 = 16 * 1024;
/// Chunk size in bytes; smaller responses are one chunk.
const CHUNK: u64 = 64 * 1024;
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// How often shutdown checks for open connections.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The deadline while the server works on a request: none.
const NO_DEADLINE: u64 = u64::MAX;

/// All open connections.
pub struct Connections {
    started: Instant,
    open: Mutex<Vec<Weak<Connection>>>,
}

/// A connection with its deadline.
pub struct Connection {
    /// A duplicate handle, because actix does not give access to its own.
    socket: TcpStream,
    started: Instant,
    /// Deadline in milliseconds since `started`.
    until: AtomicU64,
}

impl Default for Connections {
    fn default() -> Self {
        Connections { started: Instant::now(), open: Mutex::default() }
    }
}

impl Connections {
    /// Registers a new connection and puts it into the data of its requests.
    pub fn register(&self, stream: &dyn Any, data: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
        match stream.as_fd().try_clone_to_owned() {
            Ok(socket) => {
                let connection = Arc::new(Connection {
                    socket: socket.into(),
                    started: self.started,
                    until: AtomicU64::new(NO_DEADLINE),
                });
                connection.set_deadline(0);
                self.open.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&connection));
                data.insert(connection);
            }
            Err(error) => tracing::warn!(%error, "cannot enforce a deadline on a connection"),
        }
    }

    /// Closes connections past their deadline; never returns.
    pub async fn enforce_deadlines(&self) {
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            let closed = self.close_overdue();
            if closed > 0 {
                tracing::info!(cut = closed, "closed stalled connections");
            }
        }
    }

    /// Returns when no connection was open for `quiet`, or after `longest`.
    pub async fn wait_until_idle(&self, idle_time: Duration, max_wait: Duration) {
        let started = Instant::now();
        let mut since = Instant::now();
        while since.elapsed() < idle_time && started.elapsed() < max_wait {
            tokio::time::sleep(POLL_INTERVAL).await;
            if self.has_open() {
                since = Instant::now();
            }
        }
    }

    fn has_open(&self) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().any(|connection| connection.strong_count() > 0)
    }

    fn close_overdue(&self) -> usize {
        let (now, mut closed) = (elapsed(self.started), 0);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).retain(|connection| {
            let Some(connection) = connection.upgrade() else { return false };
            let is_overdue = connection.until.load(Ordering::Relaxed) < now;
            if is_overdue {
                connection.close();
                closed += 1;
            }
            !is_overdue
        });
        closed
    }
}

impl Connection {
    /// Suspends the deadline: a request has arrived and the server works on it.
    pub fn mark_busy(&self) {
        self.until.store(NO_DEADLINE, Ordering::Relaxed);
    }

    /// Sets the deadline for fetching `bytes` and sending the next request head.
    fn set_deadline(&self, bytes: u64) {
        let timeout = STEP_TIMEOUT.saturating_add(Duration::from_secs(bytes / MIN_RATE));
        self.until.store(elapsed(self.started).saturating_add(millis(timeout)), Ordering::Relaxed);
    }

    /// Sets the deadlines for the client to fetch the response.
    pub fn track_response(self: &Arc<Connection>, response: HttpResponse<BoxBody>) -> HttpResponse<BoxBody> {
        match response.body().size() {
            BodySize::None => self.set_deadline(0),
            BodySize::Sized(bytes) if bytes <= CHUNK => self.set_deadline(bytes),
            _ => {
                self.set_deadline(CHUNK);
                let connection = self.clone();
                return response.map_body(|_, body| BoxBody::new(TrackedBody { body, connection }));
            }
        }
        response
    }

    /// Closes both directions at once; zero linger discards unsent data.
    fn close(&self) {
        // Fails if the client has disconnected already.
        let _disconnected = socket2::SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        let _disconnected = self.socket.shutdown(Shutdown::Both);
    }
}

/// Extends the deadline at each chunk: the body is polled only when the client has made room for more.
struct TrackedBody {
    body: BoxBody,
    connection: Arc<Connection>,
}

impl MessageBody for TrackedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let chunk = ready!(Pin::new(&mut self.body).poll_next(cx));
        if let Some(Ok(bytes)) = &chunk {
            self.connection.set_deadline(u64::try_from(bytes.len()).unwrap_or(CHUNK));
        }
        Poll::Ready(chunk)
    }
}

fn elapsed(started: Instant) -> u64 {
    millis(started.elapsed())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(NO_DEADLINE)
}

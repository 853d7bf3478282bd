//! Connections, and how long each may hold its place. actix bounds the time of a connection's first head and of its
//! rest between two requests, and nothing else: not the head of a second request, not a body nobody reads, not an
//! answer that is not fetched. Here every connection has an instant by which it must have come further, or it is cut
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

/// How long a client may take for its next step: to send a head, or to fetch a piece of an answer.
const STEP: Duration = Duration::from_secs(20);
/// Bytes a second that a piece of an answer is fetched with at least, beyond that.
const RATE: u64 = 16 * 1024;
/// An answer up to this size is one piece.
const PIECE: u64 = 64 * 1024;
/// How often somebody looks.
const GLANCE: Duration = Duration::from_secs(1);
/// How often a stopping server looks whether everybody is gone.
const TICK: Duration = Duration::from_millis(20);
/// We are at work, and it is not the client who is waited for.
const OURS: u64 = u64::MAX;

/// All connections of the server.
pub struct Connections {
    begun: Instant,
    open: Mutex<Vec<Weak<Connection>>>,
}

/// One connection, as long as the server holds it.
pub struct Connection {
    /// A second handle: the first is actix's, who gives it to nobody.
    socket: TcpStream,
    begun: Instant,
    /// Milliseconds after the beginning by which it must have come further.
    until: AtomicU64,
}

impl Default for Connections {
    fn default() -> Self {
        Connections { begun: Instant::now(), open: Mutex::default() }
    }
}

impl Connections {
    /// Takes note of a new connection; what it puts into its data is there for every request on it.
    pub fn note(&self, stream: &dyn Any, data: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<actix_web::rt::net::TcpStream>() else { return };
        match stream.as_fd().try_clone_to_owned() {
            Ok(socket) => {
                let connection =
                    Arc::new(Connection { socket: socket.into(), begun: self.begun, until: AtomicU64::new(OURS) });
                connection.expect(0);
                self.open.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&connection));
                data.insert(connection);
            }
            Err(error) => tracing::warn!(%error, "a connection is not watched"),
        }
    }

    /// Cuts connections whose time is over, for ever.
    pub async fn watch(&self) {
        loop {
            tokio::time::sleep(GLANCE).await;
            let cut = self.cut_slow();
            if cut > 0 {
                tracing::info!(cut, "connections came no further and were cut");
            }
        }
    }

    /// Comes back when there has been no connection for a while, or when the time is over.
    pub async fn wait_until_gone(&self, quiet: Duration, longest: Duration) {
        let begun = Instant::now();
        let mut since = Instant::now();
        while since.elapsed() < quiet && begun.elapsed() < longest {
            tokio::time::sleep(TICK).await;
            if self.are_open() {
                since = Instant::now();
            }
        }
    }

    fn are_open(&self) -> bool {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().any(|connection| connection.strong_count() > 0)
    }

    fn cut_slow(&self) -> usize {
        let (now, mut cut) = (elapsed(self.begun), 0);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).retain(|connection| {
            let Some(connection) = connection.upgrade() else { return false };
            let slow = connection.until.load(Ordering::Relaxed) < now;
            if slow {
                connection.cut();
                cut += 1;
            }
            !slow
        });
        cut
    }
}

impl Connection {
    /// A request has arrived: the client has done its part.
    pub fn at_work(&self) {
        self.until.store(OURS, Ordering::Relaxed);
    }

    /// The client is to fetch so many bytes, and then to send its next head.
    fn expect(&self, bytes: u64) {
        let step = STEP.saturating_add(Duration::from_secs(bytes / RATE));
        self.until.store(elapsed(self.begun).saturating_add(millis(step)), Ordering::Relaxed);
    }

    /// The answer goes out, and has to be fetched.
    pub fn answer(self: &Arc<Connection>, answer: HttpResponse<BoxBody>) -> HttpResponse<BoxBody> {
        match answer.body().size() {
            BodySize::None => self.expect(0),
            BodySize::Sized(bytes) if bytes <= PIECE => self.expect(bytes),
            _ => {
                self.expect(PIECE);
                let connection = self.clone();
                return answer.map_body(|_, body| BoxBody::new(Watched { body, connection }));
            }
        }
        answer
    }

    /// Ends it for both sides at once: without a farewell, and without waiting for what was not fetched.
    fn cut(&self) {
        // It may be gone already.
        let _gone = socket2::SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        let _gone = self.socket.shutdown(Shutdown::Both);
    }
}

/// An answer on its way: a piece is asked for when there is room for it, so each shows that the client has come
/// further.
struct Watched {
    body: BoxBody,
    connection: Arc<Connection>,
}

impl MessageBody for Watched {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let piece = ready!(Pin::new(&mut self.body).poll_next(cx));
        if let Some(Ok(bytes)) = &piece {
            self.connection.expect(u64::try_from(bytes.len()).unwrap_or(PIECE));
        }
        Poll::Ready(piece)
    }
}

fn elapsed(begun: Instant) -> u64 {
    millis(begun.elapsed())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(OURS)
}

//! The line that each request leaves in the log (docs/LOGGING.md). It is written when the size of the
//! answer is known, so for an answer of unknown length when its last byte has gone out.

use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;

use super::route::Route;

/// The account that a request is made with, noted by whoever looks it up: the row's number.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn(pub i64);

/// A line to be.
pub struct RequestLine {
    /// What the request is called.
    pub request_id: String,
    /// Whose address it came from.
    pub client: IpAddr,
    /// The account, if somebody is signed in and was looked up.
    pub account: Option<i64>,
    /// The method as it was sent.
    pub method: Method,
    /// What it was matched with.
    pub route: Option<Route>,
    /// What was answered.
    pub status: StatusCode,
    /// What went wrong, if it was our fault.
    pub cause: Option<String>,
    /// When it came.
    pub begun: Instant,
}

impl RequestLine {
    /// Writes the line, at once or when the answer's last byte has gone out.
    pub fn follow(self, answer: HttpResponse<BoxBody>) -> HttpResponse<BoxBody> {
        match answer.body().size() {
            BodySize::None => self.write(0),
            BodySize::Sized(_) if self.method == Method::HEAD => self.write(0),
            BodySize::Sized(bytes) => self.write(bytes),
            BodySize::Stream => {
                return answer.map_body(|_, body| BoxBody::new(Counted { body, bytes: 0, line: Some(self) }));
            }
        }
        answer
    }

    fn write(&self, bytes: u64) {
        let RequestLine { request_id, client, account, method, route, status, cause, begun } = self;
        let micros = u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX);
        let ms = f64::from(micros) / 1000.0;
        let (route_name, handler) = route.map_or(("", ""), |route| (route.pattern, route.handler));
        let status = status.as_u16();
        macro_rules! line {
            ($level:ident $(, $field:ident = $value:expr)*) => {
                tracing::$level!(
                    request_id, %client, account, %method, route = route_name, handler, status, ms, bytes,
                    $($field = $value,)* "request"
                )
            };
        }
        match cause {
            Some(cause) => line!(error, cause = cause.as_str()),
            None if matches!(handler, "system::health::alive" | "system::health::ready") => line!(debug),
            None => line!(info),
        }
    }
}

/// An answer whose length shows when it has ended.
struct Counted {
    body: BoxBody,
    bytes: u64,
    line: Option<RequestLine>,
}

impl MessageBody for Counted {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let piece = ready!(Pin::new(&mut self.body).poll_next(cx));
        if let Some(Ok(bytes)) = &piece {
            self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        Poll::Ready(piece)
    }
}

impl Drop for Counted {
    /// Also when the client has gone away before the end.
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            line.write(self.bytes);
        }
    }
}

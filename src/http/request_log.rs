//! One log line per request (docs/LOGGING.md), written when the size of the response is known: for a streamed response
//! after its last byte.

use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;

use super::route::Route;
use crate::support::ids::AccountId;

/// The signed-in account (row id), stored in the request's extensions for the log line.
#[derive(Clone, Copy, Debug)]
pub struct SignedInAccount(pub AccountId);

/// The data of one log line.
pub struct RequestLogEntry {
    /// Also sent to the client as `x-request-id`.
    pub request_id: String,
    /// The client's address, after trusted proxies.
    pub client: IpAddr,
    /// Row id of the signed-in account, if a handler or the page cache looked it up.
    pub account: Option<AccountId>,
    /// The method as the client sent it; the router sees `HEAD` as `GET`.
    pub method: Method,
    /// The matched route, if any.
    pub route: Option<Route>,
    /// The final status.
    pub status: StatusCode,
    /// Internal cause of a server error; never sent to the client.
    pub cause: Option<String>,
    /// When the server began to handle the request.
    pub started_at: Instant,
}

impl RequestLogEntry {
    /// Writes the line: at once if the size of the body is known, else when the body has been sent or dropped.
    pub fn log_when_sent(self, response: HttpResponse<BoxBody>) -> HttpResponse<BoxBody> {
        match response.body().size() {
            BodySize::None => self.write(0),
            BodySize::Sized(_) if self.method == Method::HEAD => self.write(0),
            BodySize::Sized(bytes) => self.write(bytes),
            BodySize::Stream => {
                return response.map_body(|_, body| BoxBody::new(CountedBody { body, bytes: 0, line: Some(self) }));
            }
        }
        response
    }

    fn write(&self, bytes: u64) {
        let RequestLogEntry { request_id, client, account, method, route, status, cause, started_at: started } = self;
        let micros = u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX);
        let ms = f64::from(micros) / 1000.0;
        let (route_name, handler) = route.map_or(("", ""), |route| (route.pattern, route.handler));
        let status = status.as_u16();
        let account = account.map(i64::from);
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

struct CountedBody {
    body: BoxBody,
    bytes: u64,
    line: Option<RequestLogEntry>,
}

impl MessageBody for CountedBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let chunk = ready!(Pin::new(&mut self.body).poll_next(cx));
        if let Some(Ok(bytes)) = &chunk {
            self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        Poll::Ready(chunk)
    }
}

impl Drop for CountedBody {
    /// Writes the line even if the client disconnected early.
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            line.write(self.bytes);
        }
    }
}

//! What surrounds every request: its id, its log line, the host and forgery checks, HEAD, the deadline, error pages,
//! security headers. The outermost layer, so that nothing gets past it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use futures_util::FutureExt;

use super::client_ip::ClientIp;
use super::connections::Connection;
use super::errors::{self, Fault};
use super::page_cache::PageCache;
use super::same_origin;
use super::security_headers::{self, Kind};
use super::security_log::{self, SecurityEvent};
use super::site::LastSite;
use crate::app::App;
use crate::error::Error;
use crate::views::layout::holes::{Holes, Person};
use crate::views::layout::{Document, PlainDocument};
use crate::views::{Head, SiteFrame, View};

/// How long a handler may take, its body's arrival apart.
const DEADLINE: Duration = Duration::from_secs(150);
/// Longest path and query taken.
const LONGEST: usize = 8 * 1024;
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Handles one request from its first check to its log line.
///
/// # Errors
/// An error that carries its whole answer, when the request itself is lost.
pub async fn handle(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let begun = Instant::now();
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()));
    };
    let now = app.clock().now();
    let request_id = app.request_ids.next(now);
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.at_work();
    }
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let last_site = request.app_data::<web::Data<LastSite>>().cloned();
    let seal = |answer: &mut HttpResponse<BoxBody>, request: Option<&HttpRequest>| {
        draw(answer, last_site.as_ref(), &path, &request_id);
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            answer.headers_mut().insert(X_REQUEST_ID, value);
        }
        if app.stopping.load(std::sync::atomic::Ordering::Relaxed) {
            // Not a header: actix leaves out one that is set by hand.
            answer.head_mut().set_connection_type(ConnectionType::Close);
        }
        let kind = answer.extensions().get::<Kind>().copied().unwrap_or(Kind::Plain);
        security_headers::add(answer.headers_mut(), kind, app.is_https());
        let status = answer.status().as_u16();
        let cause = answer.extensions().get::<Fault>().and_then(|fault| fault.cause.clone());
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        // Worked out for the log only: finding the route's name means going through all of them.
        let route = || request.and_then(HttpRequest::match_pattern).unwrap_or_default();
        match cause {
            Some(cause) => tracing::error!(request_id, %method, route = route(), status, micros, cause, "request"),
            None => tracing::info!(request_id, %method, route = route(), status, micros, "request"),
        }
    };
    ClientIp::note(&request, &app.trusted_proxies);
    let answered = match refuse(&request, &app) {
        Some(error @ Error::Forged(_)) => {
            let client = request.extensions().get::<ClientIp>().map(|ip| ip.0);
            security_log::note(client, SecurityEvent::Forged);
            Ok(request.into_response(error.error_response()))
        }
        Some(error) => Ok(request.into_response(error.error_response())),
        None => match request.app_data::<web::Data<PageCache>>().cloned() {
            Some(pages) => pages.answer(request, &app, |request| run(request, next)).await,
            None => run(request, next).await,
        },
    };
    match answered {
        Ok(mut answer) => {
            let request = answer.request().clone();
            seal(answer.response_mut(), Some(&request));
            Ok(match connection {
                Some(connection) => {
                    let (request, answer) = answer.into_parts();
                    ServiceResponse::new(request, connection.answer(answer))
                }
                None => answer,
            })
        }
        // The request is gone with whatever failed; actix sends what the error carries.
        Err(error) => {
            let mut answer = error.error_response();
            seal(&mut answer, None);
            let answer = match connection {
                Some(connection) => connection.answer(answer),
                None => answer,
            };
            Err(InternalError::from_response(error, answer).into())
        }
    }
}

/// Why a request is not even looked at.
fn refuse(request: &ServiceRequest, app: &App) -> Option<Error> {
    let expected = app.base_url.host_str().unwrap_or("");
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let loopback = |name: &str| matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    let known = name.eq_ignore_ascii_case(expected) || (loopback(expected) && loopback(name));
    // Health checks come by address.
    if !known && !matches!(request.path(), "/healthz" | "/readyz") {
        return Some(Error::BadRequest("This site does not live under this name."));
    }
    if request.uri().path_and_query().is_some_and(|whole| whole.as_str().len() > LONGEST) {
        return Some(Error::BadRequest("This address is too long."));
    }
    // PostgreSQL keeps no such character, and nobody types one.
    if request.uri().path_and_query().is_some_and(|whole| whole.as_str().contains("%00")) {
        return Some(Error::BadRequest("This address cannot be read."));
    }
    // Visitors may come by any loopback name; then that is the origin they see.
    let origin = match loopback(expected) {
        true => format!("{}://{host}", app.base_url.scheme()),
        false => app.origin(),
    };
    same_origin::refusal(request, &origin).map(Error::Forged)
}

async fn run(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // HEAD is GET without a body; the connection leaves the body out by itself.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let handled = AssertUnwindSafe(tokio::time::timeout(DEADLINE, next.call(request))).catch_unwind();
    match handled.await {
        Ok(Ok(answer)) => answer.map(ServiceResponse::map_into_boxed_body),
        Ok(Err(_)) => Err(Error::Busy.into()),
        Err(_) => Err(Error::broken("a panic while handling a request").into()),
    }
}

/// Draws the page of an error that has none.
fn draw(answer: &mut HttpResponse<BoxBody>, last_site: Option<&web::Data<LastSite>>, path: &str, request_id: &str) {
    let status = answer.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || answer.extensions().contains::<Kind>() {
        return;
    }
    let fault = answer.extensions().get::<Fault>().cloned();
    let view = errors::page(status, fault.as_ref(), request_id);
    let site = last_site.and_then(|last| last.recall()).unwrap_or_default();
    let Some(html) = render(&view, &site, path, status) else { return };
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer.extensions_mut().insert(Kind::Private);
    let drawn = std::mem::replace(answer, HttpResponse::new(status)).set_body(BoxBody::new(html));
    *answer = drawn;
}

fn render(view: &impl View, site: &SiteFrame, path: &str, status: StatusCode) -> Option<String> {
    let body = &view.render().ok()?;
    let (title, head) = (&view.title(), &Head { noindex: true, ..Head::default() });
    // A site that was never seen, or does not answer, gets the bare frame.
    let bare = site.name.is_empty() || status.is_server_error();
    let html = match bare {
        true => askama::Template::render(&PlainDocument { site, path, flash: None, title, head, body }),
        false => {
            let holes = Holes::Filled(&Person::default());
            askama::Template::render(&Document { site, path, holes, title, head, body })
        }
    };
    html.ok()
}

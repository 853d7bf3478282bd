//! The outermost middleware: request id, client address, host and origin checks, HEAD, deadline, error pages, security
//! headers and the log line of every request.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use futures_util::FutureExt;

use super::client_ip::ClientIp;
use super::connections::Connection;
use super::cookies;
use super::errors::{self, ErrorDetails};
use super::page_cache::PageCache;
use super::request_log::{RequestLogEntry, SignedInAccount};
use super::route::Route;
use super::same_origin;
use super::security_headers::{self, ResponseKind};
use super::security_log::{self, SecurityEvent};
use super::session::StaleSessionCookie;
use super::site_cache::SiteCache;
use crate::app::App;
use crate::error::Error;
use crate::paths;
use crate::views::layout::fragments::{FragmentMode, Viewer};
use crate::views::layout::{Document, PlainDocument};
use crate::views::{Head, SiteInfo, View};

/// Maximum time for a handler, including the arrival of the body.
const DEADLINE: Duration = Duration::from_secs(150);
const LONGEST: usize = 8 * 1024;
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Handles one request, from the first check to its log line.
///
/// # Errors
/// An error that carries the complete response, if the service failed and the request is lost.
pub async fn handle(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let begun = Instant::now();
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()));
    };
    let around = Around {
        request_id: app.request_ids.next(app.clock().now()),
        client: ClientIp::resolve(&request, &app.trusted_proxies),
        method: request.method().clone(),
        path: request.path().to_owned(),
        last_site: request.app_data::<web::Data<SiteCache>>().cloned(),
        pages: request.app_data::<web::Data<PageCache>>().cloned(),
        begun,
        app,
    };
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.mark_busy();
    }
    let refusal = refuse(&request, &around.app);
    let is_refused = refusal.is_some();
    match &refusal {
        Some(Error::CrossSite(_)) => security_log::record(Some(around.client.0), SecurityEvent::CrossSite),
        Some(Error::Misdirected) => security_log::record(Some(around.client.0), SecurityEvent::WrongHost),
        _ => {}
    }
    let answered = match (refusal, &around.pages) {
        (Some(error), _) => Ok(request.into_response(error.error_response())),
        (None, Some(pages)) => pages.respond(request, &around.app, |request| run(request, next)).await,
        (None, None) => run(request, next).await,
    };
    let follow = |answer: HttpResponse<BoxBody>, line: RequestLogEntry| {
        let answer = line.log_when_sent(answer);
        match &connection {
            Some(connection) => connection.track_response(answer),
            None => answer,
        }
    };
    match answered {
        Ok(answer) => {
            let (request, answer) = answer.into_parts();
            // A rejected request costs no lookup of its sender.
            let answer = around.finish(answer, (!is_refused).then_some(&request)).await;
            let line = around.line(&answer, Some(&request));
            Ok(ServiceResponse::new(request, follow(answer, line)))
        }
        // The request is lost with the error; actix sends the response that the error carries.
        Err(error) => {
            let answer = around.finish(error.error_response(), None).await;
            let line = around.line(&answer, None);
            Err(InternalError::from_response(error, follow(answer, line)).into())
        }
    }
}

struct Around {
    app: web::Data<App>,
    last_site: Option<web::Data<SiteCache>>,
    pages: Option<web::Data<PageCache>>,
    request_id: String,
    client: ClientIp,
    method: Method,
    path: String,
    begun: Instant,
}

impl Around {
    async fn finish(&self, answer: HttpResponse<BoxBody>, request: Option<&HttpRequest>) -> HttpResponse<BoxBody> {
        let mut answer = self.draw(answer, request).await;
        if let Ok(value) = HeaderValue::from_str(&self.request_id) {
            answer.headers_mut().insert(X_REQUEST_ID, value);
        }
        if self.app.is_stopping.load(std::sync::atomic::Ordering::Relaxed) {
            // Set on the head, because actix drops a `Connection` header.
            answer.head_mut().set_connection_type(ConnectionType::Close);
        }
        if request.is_some_and(|request| request.extensions().contains::<StaleSessionCookie>()) {
            cookies::clear_session(&mut answer, self.app.is_https());
        }
        let kind = answer.extensions().get::<ResponseKind>().copied().unwrap_or(ResponseKind::Plain);
        security_headers::add(answer.headers_mut(), kind, self.app.is_https());
        answer
    }

    fn line(&self, answer: &HttpResponse<BoxBody>, request: Option<&HttpRequest>) -> RequestLogEntry {
        let account = request.and_then(|request| Some(request.extensions().get::<SignedInAccount>()?.0));
        RequestLogEntry {
            request_id: self.request_id.clone(),
            client: self.client.0.to_canonical(),
            account,
            method: self.method.clone(),
            route: request.and_then(|request| request.extensions().get::<Route>().copied()),
            status: answer.status(),
            cause: answer.extensions().get::<ErrorDetails>().and_then(|fault| fault.cause.clone()),
            started_at: self.begun,
        }
    }

    /// Renders the page of an error response that has none.
    async fn draw(&self, answer: HttpResponse<BoxBody>, request: Option<&HttpRequest>) -> HttpResponse<BoxBody> {
        let status = answer.status();
        let is_error = status.is_client_error() || status.is_server_error();
        if !is_error || answer.extensions().contains::<ResponseKind>() {
            return answer;
        }
        let fault = answer.extensions().get::<ErrorDetails>().cloned();
        let is_admin = self.path == paths::admin::dashboard() || self.path.starts_with("/admin/");
        let view = errors::build_page(status, fault.as_ref(), is_admin, &self.request_id);
        let site = self.last_site.as_ref().and_then(|last| last.cached_info());
        // Without site data the plain layout is used.
        let person = match (&site, request) {
            (Some(_), Some(request)) if status.is_client_error() => self.person(request).await,
            _ => None,
        };
        let site = site.unwrap_or_default();
        let Some(html) = render(&view, &site, &self.path, person.as_ref()) else { return answer };
        let mut drawn = answer.set_body(BoxBody::new(html));
        drawn.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        drawn.extensions_mut().insert(ResponseKind::Private);
        drawn
    }

    /// The viewer for the layout of an error page; none if unknown, because a wrong cart count is worse than none.
    async fn person(&self, request: &HttpRequest) -> Option<Viewer> {
        let theirs = self.pages.as_ref()?.read_cookies(request, &self.app);
        if theirs.has_invalid_session() {
            request.extensions_mut().insert(StaleSessionCookie);
        }
        if theirs.is_empty() { Some(Viewer::default()) } else { theirs.peek_viewer(&self.app).await.ok() }
    }
}

/// Why a request is rejected before it is handled.
fn refuse(request: &ServiceRequest, app: &App) -> Option<Error> {
    let expected = app.base_url.host_str().unwrap_or("");
    // The request target's authority overrides `Host` (RFC 9112 §3.2.2).
    let mut named = request.headers().get_all(HOST);
    let host = match (request.uri().authority(), named.next(), named.next()) {
        (_, _, Some(_)) => return Some(Error::BadRequest("The request names two hosts.")),
        (Some(target), _, None) => target.as_str(),
        (None, host, None) => host.and_then(|host| host.to_str().ok()).unwrap_or(""),
    };
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let loopback = |name: &str| name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]");
    let known = name.eq_ignore_ascii_case(expected) || (loopback(expected) && loopback(name));
    // Health checks use the IP address.
    if !known && !matches!(request.path(), "/healthz" | "/readyz") {
        return Some(Error::Misdirected);
    }
    if request.uri().path_and_query().is_some_and(|whole| whole.as_str().len() > LONGEST) {
        return Some(Error::BadRequest("This address is too long."));
    }
    // PostgreSQL cannot store NUL in text.
    if request.uri().path_and_query().is_some_and(|whole| whole.as_str().contains("%00")) {
        return Some(Error::BadRequest("This address cannot be read."));
    }
    // On a loopback site each loopback name is an origin.
    let origin = match loopback(expected) {
        true => format!("{}://{host}", app.base_url.scheme()),
        false => app.origin(),
    };
    same_origin::rejection_reason(request, &origin).map(Error::CrossSite)
}

async fn run(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let changes = !request.method().is_safe();
    // HEAD runs as GET; the connection leaves out the body.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let handled = AssertUnwindSafe(tokio::time::timeout(DEADLINE, next.call(request))).catch_unwind();
    match handled.await {
        Ok(Ok(answer)) => answer.map(ServiceResponse::map_into_boxed_body),
        // A write that has begun may still be committed.
        Ok(Err(_)) => Err(if changes { Error::CommitUnknown } else { Error::Busy }.into()),
        Err(_) => Err(Error::bug("a panic while handling a request").into()),
    }
}

fn render(view: &impl View, site: &SiteInfo, path: &str, person: Option<&Viewer>) -> Option<String> {
    let body = &view.render().ok()?;
    let (title, head) = (&view.title(), &Head { noindex: true, ..Head::default() });
    let html = match person {
        None => askama::Template::render(&PlainDocument { site, path, flash: None, title, head, body }),
        Some(person) => {
            let holes = FragmentMode::Render(person);
            askama::Template::render(&Document { site, path, fragments: holes, scripts: true, title, head, body })
        }
    };
    html.ok()
}

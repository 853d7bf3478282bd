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
use super::errors::{self, ErrorDetails};
use super::page_cache::PageCache;
use super::request_log::{RequestLogEntry, SignedInAccount};
use super::route::Route;
use super::same_origin;
use super::security_headers::{self, ResponseKind};
use super::security_log::{self, SecurityEvent};
use super::session::StaleSessionCookie;
use super::site_cache::SiteCache;
use super::{canonical_path, cookies};
use crate::app::App;
use crate::error::Error;
use crate::paths;
use crate::support::i18n::{Locale, Message};
use crate::views::layout::fragments::{FragmentMode, Viewer};
use crate::views::layout::{Document, PlainDocument};
use crate::views::{Head, SiteInfo, View};

/// Maximum time for a handler, including the arrival of the body.
const DEADLINE: Duration = Duration::from_secs(150);
const MAX_TARGET_LENGTH: usize = 8 * 1024;
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Handles one request, from the first check to its log line; an error carries the complete response.
pub async fn handle(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started_at = Instant::now();
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()));
    };
    let context = RequestContext {
        request_id: app.request_ids.next(app.clock().now()),
        client: ClientIp::resolve(&request, &app.trusted_proxies),
        method: request.method().clone(),
        path: request.path().to_owned(),
        site_cache: request.app_data::<web::Data<SiteCache>>().cloned(),
        pages: request.app_data::<web::Data<PageCache>>().cloned(),
        started_at,
        app,
    };
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.mark_busy();
    }
    let rejection = find_rejection(&request, &context.app);
    let is_rejected = rejection.is_some();
    match &rejection {
        Some(Error::CrossSite(_)) => security_log::record(Some(context.client.0), SecurityEvent::CrossSite),
        Some(Error::Misdirected) => security_log::record(Some(context.client.0), SecurityEvent::WrongHost),
        _ => {}
    }
    let result = match (rejection, &context.pages) {
        (Some(error), _) => Ok(request.into_response(error.error_response())),
        (None, Some(pages)) => pages.respond(request, &context.app, |request| call_handler(request, next)).await,
        (None, None) => call_handler(request, next).await,
    };
    let track_and_log = |response: HttpResponse<BoxBody>, line: RequestLogEntry| {
        let response = line.log_when_sent(response);
        match &connection {
            Some(connection) => connection.track_response(response),
            None => response,
        }
    };
    match result {
        Ok(response) => {
            let (request, response) = response.into_parts();
            // A rejected request costs no lookup of its sender.
            let response = context.finish(response, (!is_rejected).then_some(&request)).await;
            let line = context.log_entry(&response, Some(&request));
            Ok(ServiceResponse::new(request, track_and_log(response, line)))
        }
        // The request is lost with the error; actix sends the response that the error carries.
        Err(error) => {
            let response = context.finish(error.error_response(), None).await;
            let line = context.log_entry(&response, None);
            Err(InternalError::from_response(error, track_and_log(response, line)).into())
        }
    }
}

struct RequestContext {
    app: web::Data<App>,
    site_cache: Option<web::Data<SiteCache>>,
    pages: Option<web::Data<PageCache>>,
    request_id: String,
    client: ClientIp,
    method: Method,
    path: String,
    started_at: Instant,
}

impl RequestContext {
    async fn finish(&self, response: HttpResponse<BoxBody>, request: Option<&HttpRequest>) -> HttpResponse<BoxBody> {
        let mut response = self.render_error_page(response, request).await;
        if let Ok(value) = HeaderValue::from_str(&self.request_id) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
        if self.app.is_stopping.load(std::sync::atomic::Ordering::Relaxed) {
            // Set on the head, because actix drops a `Connection` header.
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        if request.is_some_and(|request| request.extensions().contains::<StaleSessionCookie>()) {
            cookies::clear_session(&mut response, self.app.is_https());
        }
        let kind = response.extensions().get::<ResponseKind>().copied().unwrap_or(ResponseKind::Plain);
        security_headers::add(response.headers_mut(), kind, self.app.is_https());
        response
    }

    fn log_entry(&self, response: &HttpResponse<BoxBody>, request: Option<&HttpRequest>) -> RequestLogEntry {
        let account = request.and_then(|request| Some(request.extensions().get::<SignedInAccount>()?.0));
        RequestLogEntry {
            request_id: self.request_id.clone(),
            client: self.client.0.to_canonical(),
            account,
            method: self.method.clone(),
            route: request.and_then(|request| request.extensions().get::<Route>().copied()),
            status: response.status(),
            cause: response.extensions().get::<ErrorDetails>().and_then(|details| details.cause.clone()),
            started_at: self.started_at,
        }
    }

    /// Renders the page of an error response that has none.
    async fn render_error_page(
        &self,
        response: HttpResponse<BoxBody>,
        request: Option<&HttpRequest>,
    ) -> HttpResponse<BoxBody> {
        let status = response.status();
        let is_error = status.is_client_error() || status.is_server_error();
        if !is_error || response.extensions().contains::<ResponseKind>() {
            return response;
        }
        let details = response.extensions().get::<ErrorDetails>().cloned();
        let is_admin = self.path == paths::admin::dashboard() || self.path.starts_with("/admin/");
        let site = self.site_cache.as_ref().and_then(|last| last.cached_info());
        let t = site.as_ref().map_or_else(Locale::default, |site| site.locale);
        let view = errors::build_page(t, status, details.as_ref(), is_admin, &self.request_id);
        // Without site data the plain layout is used.
        let viewer = match (&site, request) {
            (Some(_), Some(request)) if status.is_client_error() => self.find_viewer(request).await,
            _ => None,
        };
        let site = site.unwrap_or_default();
        let Some(html) = render_document(t, &view, &site, &self.path, viewer.as_ref()) else { return response };
        let mut rendered = response.set_body(BoxBody::new(html));
        rendered.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        rendered.extensions_mut().insert(ResponseKind::Private);
        rendered
    }

    /// The viewer for the layout of an error page; `None` if unknown, because a wrong cart count is worse than none.
    async fn find_viewer(&self, request: &HttpRequest) -> Option<Viewer> {
        let visitor_cookies = self.pages.as_ref()?.read_cookies(request, &self.app);
        if visitor_cookies.has_invalid_session() {
            request.extensions_mut().insert(StaleSessionCookie);
        }
        if visitor_cookies.is_empty() {
            Some(Viewer::default())
        } else {
            visitor_cookies.peek_viewer(&self.app).await.ok()
        }
    }
}

fn find_rejection(request: &ServiceRequest, app: &App) -> Option<Error> {
    let expected = app.base_url.host_str().unwrap_or("");
    // The request target's authority overrides `Host` (RFC 9112 §3.2.2).
    let mut hosts = request.headers().get_all(HOST);
    let host = match (request.uri().authority(), hosts.next(), hosts.next()) {
        (_, _, Some(_)) => return Some(Error::BadRequest(Message::TwoHosts)),
        (Some(target), _, None) => target.as_str(),
        (None, host, None) => host.and_then(|host| host.to_str().ok()).unwrap_or(""),
    };
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let is_loopback = |name: &str| name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]");
    let is_own_host = name.eq_ignore_ascii_case(expected) || (is_loopback(expected) && is_loopback(name));
    // Health checks use the IP address.
    if !is_own_host && !matches!(request.path(), "/healthz" | "/readyz") {
        return Some(Error::Misdirected);
    }
    if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > MAX_TARGET_LENGTH) {
        return Some(Error::BadRequest(Message::AddressTooLong));
    }
    // PostgreSQL cannot store NUL in text.
    if request.uri().path_and_query().is_some_and(|target| target.as_str().contains("%00")) {
        return Some(Error::BadRequest(Message::AddressUnreadable));
    }
    if let Some(error) = canonical_path::find_error(request.method(), request.uri()) {
        return Some(error);
    }
    // On a loopback site each loopback name is an origin.
    let origin = match is_loopback(expected) {
        true => format!("{}://{host}", app.base_url.scheme()),
        false => app.origin(),
    };
    same_origin::rejection_reason(request, &origin).map(Error::CrossSite)
}

async fn call_handler(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let may_write = !request.method().is_safe();
    // HEAD runs as GET; the connection leaves out the body.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let response = AssertUnwindSafe(tokio::time::timeout(DEADLINE, next.call(request))).catch_unwind();
    match response.await {
        Ok(Ok(response)) => response.map(ServiceResponse::map_into_boxed_body),
        // A write that has begun may still be committed.
        Ok(Err(_)) => Err(if may_write { Error::CommitUnknown } else { Error::Busy }.into()),
        Err(_) => Err(Error::bug("a panic while handling a request").into()),
    }
}

fn render_document(
    t: Locale,
    view: &impl View,
    site: &SiteInfo,
    path: &str,
    viewer: Option<&Viewer>,
) -> Option<String> {
    let body = &view.render().ok()?;
    let (title, head) = (&view.title(), &Head { noindex: true, ..Head::default() });
    let html = match viewer {
        None => askama::Template::render(&PlainDocument {
            t,
            site,
            path,
            flash: None,
            impersonated: None,
            title,
            head,
            body,
        }),
        Some(viewer) => {
            let fragments = FragmentMode::Render(viewer);
            askama::Template::render(&Document { t, site, path, fragments, scripts: true, title, head, body })
        }
    };
    html.ok()
}

//! What surrounds every request: its id, its address, its log line, the host and forgery checks, HEAD, the deadline,
//! error pages, security headers. The outermost layer, so that nothing gets past it.

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
use super::errors::{self, Fault};
use super::page_cache::PageCache;
use super::request_log::{RequestLine, SignedIn};
use super::route::Route;
use super::same_origin;
use super::security_headers::{self, Kind};
use super::security_log::{self, SecurityEvent};
use super::session::DeadSession;
use super::site::LastSite;
use crate::app::App;
use crate::error::Error;
use crate::paths;
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
    let around = Around {
        request_id: app.request_ids.next(app.clock().now()),
        client: ClientIp::note(&request, &app.trusted_proxies),
        method: request.method().clone(),
        path: request.path().to_owned(),
        last_site: request.app_data::<web::Data<LastSite>>().cloned(),
        pages: request.app_data::<web::Data<PageCache>>().cloned(),
        begun,
        app,
    };
    let connection = request.conn_data::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.at_work();
    }
    let refusal = refuse(&request, &around.app);
    let is_refused = refusal.is_some();
    match &refusal {
        Some(Error::Forged(_)) => security_log::note(Some(around.client.0), SecurityEvent::Forged),
        Some(Error::Misdirected) => security_log::note(Some(around.client.0), SecurityEvent::WrongHost),
        _ => {}
    }
    let answered = match (refusal, &around.pages) {
        (Some(error), _) => Ok(request.into_response(error.error_response())),
        (None, Some(pages)) => pages.answer(request, &around.app, |request| run(request, next)).await,
        (None, None) => run(request, next).await,
    };
    let follow = |answer: HttpResponse<BoxBody>, line: RequestLine| {
        let answer = line.follow(answer);
        match &connection {
            Some(connection) => connection.answer(answer),
            None => answer,
        }
    };
    match answered {
        Ok(answer) => {
            let (request, answer) = answer.into_parts();
            // Nobody is looked up for a request that was not looked at.
            let answer = around.finish(answer, (!is_refused).then_some(&request)).await;
            let line = around.line(&answer, Some(&request));
            Ok(ServiceResponse::new(request, follow(answer, line)))
        }
        // The request is gone with whatever failed; actix sends what the error carries.
        Err(error) => {
            let answer = around.finish(error.error_response(), None).await;
            let line = around.line(&answer, None);
            Err(InternalError::from_response(error, follow(answer, line)).into())
        }
    }
}

/// What is known of a request before it is handled, for its answer.
struct Around {
    app: web::Data<App>,
    last_site: Option<web::Data<LastSite>>,
    pages: Option<web::Data<PageCache>>,
    request_id: String,
    client: ClientIp,
    method: Method,
    path: String,
    begun: Instant,
}

impl Around {
    /// Draws what is missing, and adds what every answer has.
    async fn finish(&self, answer: HttpResponse<BoxBody>, request: Option<&HttpRequest>) -> HttpResponse<BoxBody> {
        let mut answer = self.draw(answer, request).await;
        if let Ok(value) = HeaderValue::from_str(&self.request_id) {
            answer.headers_mut().insert(X_REQUEST_ID, value);
        }
        if self.app.stopping.load(std::sync::atomic::Ordering::Relaxed) {
            // Not a header: actix leaves out one that is set by hand.
            answer.head_mut().set_connection_type(ConnectionType::Close);
        }
        if request.is_some_and(|request| request.extensions().contains::<DeadSession>()) {
            cookies::clear_session(&mut answer, self.app.is_https());
        }
        let kind = answer.extensions().get::<Kind>().copied().unwrap_or(Kind::Plain);
        security_headers::add(answer.headers_mut(), kind, self.app.is_https());
        answer
    }

    fn line(&self, answer: &HttpResponse<BoxBody>, request: Option<&HttpRequest>) -> RequestLine {
        let account = request.and_then(|request| Some(request.extensions().get::<SignedIn>()?.0));
        RequestLine {
            request_id: self.request_id.clone(),
            client: self.client.0.to_canonical(),
            account,
            method: self.method.clone(),
            route: request.and_then(|request| request.extensions().get::<Route>().copied()),
            status: answer.status(),
            cause: answer.extensions().get::<Fault>().and_then(|fault| fault.cause.clone()),
            begun: self.begun,
        }
    }

    /// Draws the page of an error that has none.
    async fn draw(&self, answer: HttpResponse<BoxBody>, request: Option<&HttpRequest>) -> HttpResponse<BoxBody> {
        let status = answer.status();
        let is_error = status.is_client_error() || status.is_server_error();
        if !is_error || answer.extensions().contains::<Kind>() {
            return answer;
        }
        let fault = answer.extensions().get::<Fault>().cloned();
        let is_admin = self.path == paths::admin::dashboard() || self.path.starts_with("/admin/");
        let view = errors::page(status, fault.as_ref(), is_admin, &self.request_id);
        let site = self.last_site.as_ref().and_then(|last| last.recall());
        // A site that was never seen, or does not answer, gets the bare frame.
        let person = match (&site, request) {
            (Some(_), Some(request)) if status.is_client_error() => self.person(request).await,
            _ => None,
        };
        let site = site.unwrap_or_default();
        let Some(html) = render(&view, &site, &self.path, person.as_ref()) else { return answer };
        let mut drawn = answer.set_body(BoxBody::new(html));
        drawn.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        drawn.extensions_mut().insert(Kind::Private);
        drawn
    }

    /// Whose frame an error stands in. None when that cannot be said: a frame that says nothing is better than one
    /// that tells somebody with a cart that it is empty.
    async fn person(&self, request: &HttpRequest) -> Option<Person> {
        let theirs = self.pages.as_ref()?.cookies(request, &self.app);
        if theirs.session_is_junk() {
            request.extensions_mut().insert(DeadSession);
        }
        if theirs.are_none() { Some(Person::default()) } else { theirs.look_up(&self.app).await.ok() }
    }
}

/// Why a request is not even looked at.
fn refuse(request: &ServiceRequest, app: &App) -> Option<Error> {
    let expected = app.base_url.host_str().unwrap_or("");
    // What the target names counts before the header (RFC 9112, 3.2.2).
    let mut named = request.headers().get_all(HOST);
    let host = match (request.uri().authority(), named.next(), named.next()) {
        (_, _, Some(_)) => return Some(Error::BadRequest("The request names two sites.")),
        (Some(target), _, None) => target.as_str(),
        (None, host, None) => host.and_then(|host| host.to_str().ok()).unwrap_or(""),
    };
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let loopback = |name: &str| name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]");
    let known = name.eq_ignore_ascii_case(expected) || (loopback(expected) && loopback(name));
    // Health checks come by address.
    if !known && !matches!(request.path(), "/healthz" | "/readyz") {
        return Some(Error::Misdirected);
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
    let changes = !request.method().is_safe();
    // HEAD is GET without a body; the connection leaves the body out by itself.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let handled = AssertUnwindSafe(tokio::time::timeout(DEADLINE, next.call(request))).catch_unwind();
    match handled.await {
        Ok(Ok(answer)) => answer.map(ServiceResponse::map_into_boxed_body),
        // What it has begun may go on without it.
        Ok(Err(_)) => Err(if changes { Error::Unsure } else { Error::Busy }.into()),
        Err(_) => Err(Error::broken("a panic while handling a request").into()),
    }
}

fn render(view: &impl View, site: &SiteFrame, path: &str, person: Option<&Person>) -> Option<String> {
    let body = &view.render().ok()?;
    let (title, head) = (&view.title(), &Head { noindex: true, ..Head::default() });
    let html = match person {
        None => askama::Template::render(&PlainDocument { site, path, flash: None, title, head, body }),
        Some(person) => {
            let holes = Holes::Filled(person);
            askama::Template::render(&Document { site, path, holes, scripts: true, title, head, body })
        }
    };
    html.ok()
}

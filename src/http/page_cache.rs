//! In-memory cache of public pages. It answers before sessions, routing and the database; concurrent requests for a
//! page render it once, and cache tags invalidate it when its data changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::cookie::Key;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use tokio::sync::{Semaphore, watch};

use super::cached_page::{CachedPage, ContentEncoding};
use super::cookies;
use super::public_page::{BuiltPage, normalise_query};
use super::request_log::SignedInAccount;
use super::route::Route;
use super::viewer::VisitorCookies;
use crate::app::App;
use crate::error::Error;
use crate::paths;

/// Maximum bytes of cached pages; the least used are evicted.
const CEILING: u64 = 16 * 1024 * 1024;
/// Expected number of pages, to size the cache's tables.
const USUALLY: usize = 512;
/// Maximum requests that wait for a page another request renders; further ones get 503.
const WAITING: usize = 2048;

/// `Cache-Status` values (RFC 9211).
const HIT: &str = "Tradepost; hit";
const MADE: &str = "Tradepost; fwd=miss";

/// Minimum pause between two recompressions, so that they use a small part of one core at most.
const BETWEEN: Duration = Duration::from_secs(1);

/// Cached pages, and the keys that are being rendered.
pub struct PageCache {
    pages: quick_cache::sync::Cache<String, Arc<CachedPage>, Weight>,
    making: Mutex<HashMap<String, watch::Receiver<bool>>>,
    waiting: Semaphore,
    tightening: Arc<Semaphore>,
    cookie_key: Key,
}

#[derive(Clone)]
struct Weight;

impl quick_cache::Weighter<String, Arc<CachedPage>> for Weight {
    fn weight(&self, key: &String, page: &Arc<CachedPage>) -> u64 {
        u64::try_from(key.len() + page.weight()).unwrap_or(u64::MAX)
    }
}

/// The right to render a page; the other requests for it wait until this is dropped.
struct Turn<'a> {
    cache: &'a PageCache,
    key: String,
    /// Set if rendering failed with 503; dropping the sender wakes the waiting requests.
    in_vain: watch::Sender<bool>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.cache.making.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl PageCache {
    /// An empty cache; `cookie_key` verifies session cookies.
    pub fn new(cookie_key: Key) -> PageCache {
        let pages = quick_cache::sync::Cache::with_weighter(USUALLY, CEILING, Weight);
        let (waiting, tightening) = (Semaphore::new(WAITING), Arc::new(Semaphore::new(1)));
        PageCache { pages, making: Mutex::default(), waiting, tightening, cookie_key }
    }

    /// Drops all pages.
    pub fn clear(&self) {
        self.pages.clear();
    }

    fn right(&self, key: &str, app: &App) -> Option<Arc<CachedPage>> {
        self.pages.get(key).filter(|page| page.is_fresh(app.db.cache_versions(), app.clock().now()))
    }

    /// Claims the rendering of a page, or returns a receiver that wakes when another request has finished it.
    fn turn(&self, key: &str) -> Result<Turn<'_>, watch::Receiver<bool>> {
        let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = making.get(key) {
            return Err(other.clone());
        }
        let (in_vain, waiting) = watch::channel(false);
        making.insert(key.to_owned(), waiting);
        Ok(Turn { cache: self, key: key.to_owned(), in_vain })
    }

    /// Answers from the cache if possible; `make` runs the route.
    pub async fn respond<F, M>(
        &self,
        request: ServiceRequest,
        app: &App,
        make: M,
    ) -> Result<ServiceResponse<BoxBody>, actix_web::Error>
    where
        F: Future<Output = Result<ServiceResponse<BoxBody>, actix_web::Error>>,
        M: FnOnce(ServiceRequest) -> F,
    {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if !reads || !paths::is_cacheable(request.path()) {
            return self.finish(make(request).await?, app, None).await;
        }
        app.db.cache_versions().synced().await;
        let key = match normalise_query(request.path(), request.query_string()) {
            query if query.is_empty() => request.path().to_owned(),
            query => format!("{}?{query}", request.path()),
        };
        if let Some(page) = self.right(&key, app) {
            let answer = self.fill(&page, request.request(), app, HIT).await;
            self.tighten(page);
            return Ok(request.into_response(answer));
        }
        let turn = match self.turn(&key) {
            Ok(turn) => Some(turn),
            Err(mut other) => {
                let Ok(_place) = self.waiting.try_acquire() else {
                    return Ok(request.into_response(Error::Busy.error_response()));
                };
                // The sender is dropped when the other request has finished, so the error is the signal.
                while other.changed().await.is_ok() {}
                let found = self.right(&key, app);
                let in_vain = *other.borrow();
                if let Some(page) = found.or_else(|| self.last(&key, app).filter(|_| in_vain)) {
                    let answer = self.fill(&page, request.request(), app, HIT).await;
                    return Ok(request.into_response(answer));
                }
                // The other request already failed with 503: do not add to the load.
                if in_vain {
                    return Ok(request.into_response(Error::Busy.error_response()));
                }
                // The route did not return a cacheable page, or it is stale already: each request renders for itself.
                None
            }
        };
        let made = make(request).await?;
        if made.status() == StatusCode::SERVICE_UNAVAILABLE {
            if let Some(turn) = turn {
                turn.in_vain.send_replace(true);
            }
            if let Some(page) = self.last(&key, app) {
                let answer = self.fill(&page, made.request(), app, HIT).await;
                return Ok(made.into_response(answer));
            }
            return Ok(made);
        }
        let done = self.finish(made, app, Some(key)).await;
        drop(turn);
        done
    }

    /// Recompresses a page at a higher level in the background, one page at a time.
    fn tighten(&self, page: Arc<CachedPage>) {
        if !page.needs_recompress() {
            return;
        }
        let Ok(turn) = self.tightening.clone().try_acquire_owned() else { return };
        tokio::spawn(async move {
            if let Err(error) = tokio::task::spawn_blocking(move || page.recompress()).await {
                tracing::warn!(%error, "a page stays as loosely packed as it was");
            }
            tokio::time::sleep(BETWEEN).await;
            drop(turn);
        });
    }

    /// A page whose data has not changed although its time is over, served if rendering fails with 503.
    fn last(&self, key: &str, app: &App) -> Option<Arc<CachedPage>> {
        self.pages.get(key).filter(|page| page.is_unchanged(app.db.cache_versions()))
    }

    async fn finish(
        &self,
        made: ServiceResponse<BoxBody>,
        app: &App,
        key: Option<String>,
    ) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
        let built = made.response().extensions().get::<BuiltPage>().cloned();
        let Some(BuiltPage(page)) = built else { return Ok(made) };
        if let Some(route) = made.request().extensions().get::<Route>() {
            page.set_route(*route);
        }
        if let Some(key) = key {
            self.pages.insert(key, page.clone());
        }
        let answer = self.fill(&page, made.request(), app, MADE).await;
        Ok(made.into_response(answer))
    }

    async fn fill(&self, page: &CachedPage, request: &HttpRequest, app: &App, how: &'static str) -> HttpResponse {
        if let Some(route) = page.route() {
            request.extensions_mut().insert(route);
        }
        let mut answer = self.filled(page, request, app).await;
        answer.headers_mut().insert(header::CACHE_STATUS, HeaderValue::from_static(how));
        answer
    }

    /// The visitor's cookies; the session's only if its signature is valid.
    pub fn read_cookies(&self, request: &HttpRequest, app: &App) -> VisitorCookies {
        VisitorCookies::from_request(request, &self.cookie_key, app.is_https())
    }

    async fn filled(&self, page: &CachedPage, request: &HttpRequest, app: &App) -> HttpResponse {
        let coding = ContentEncoding::negotiate(request.headers());
        let known = request.headers().get(header::IF_NONE_MATCH);
        let theirs = self.read_cookies(request, app);
        if theirs.is_empty() {
            return page.respond_to_guest(coding, known);
        }
        let owner = theirs.identify_viewer(app, page.subject()).await;
        if let Some(account) = owner.account {
            request.extensions_mut().insert(SignedInAccount(account));
        }
        let mut answer = match page.respond_to_viewer(&owner.viewer, coding, known) {
            Ok(answer) => answer,
            Err(error) => return error.error_response(),
        };
        if owner.session_is_over {
            cookies::clear_session(&mut answer, app.is_https());
        }
        answer
    }
}

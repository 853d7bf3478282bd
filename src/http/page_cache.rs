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

use super::cached_page::{CachedPage, CompressedFragments, ContentEncoding};
use super::cookies;
use super::page_fragments::VisitorCookies;
use super::public_page::{BuiltPage, normalise_query};
use super::request_log::SignedInAccount;
use super::route::Route;
use crate::app::App;
use crate::error::Error;
use crate::paths;

/// Expected number of pages, to size the cache's tables.
const EXPECTED_PAGES: usize = 512;
/// Maximum requests that wait for a page another request renders; further ones get 503.
const MAX_WAITING: usize = 2048;

/// `Cache-Status` values (RFC 9211).
const HIT: &str = "Tradepost; hit";
const MISS: &str = "Tradepost; fwd=miss";

/// Minimum pause between two recompressions, so that they use a small part of one core at most.
const RECOMPRESS_PAUSE: Duration = Duration::from_secs(1);

/// Cached pages, and the keys that are being rendered.
pub struct PageCache {
    pages: quick_cache::sync::Cache<String, Arc<CachedPage>, Weight>,
    fragments: CompressedFragments,
    rendering: Mutex<HashMap<String, watch::Receiver<bool>>>,
    waiting: Semaphore,
    recompress_permit: Arc<Semaphore>,
    cookie_key: Key,
    is_enabled: bool,
}

#[derive(Clone)]
struct Weight;

impl quick_cache::Weighter<String, Arc<CachedPage>> for Weight {
    fn weight(&self, key: &String, page: &Arc<CachedPage>) -> u64 {
        u64::try_from(key.len() + page.weight()).unwrap_or(u64::MAX)
    }
}

/// The right to render a page; the other requests for it wait until this is dropped.
struct RenderPermit<'a> {
    cache: &'a PageCache,
    key: String,
    /// Set if rendering failed with 503; dropping the sender wakes the waiting requests.
    has_failed: watch::Sender<bool>,
}

impl Drop for RenderPermit<'_> {
    fn drop(&mut self) {
        self.cache.rendering.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl PageCache {
    /// An empty cache of at most `max_bytes`, beyond which the least used pages are evicted; 0 caches nothing.
    /// `cookie_key` verifies session cookies.
    pub fn new(cookie_key: Key, max_bytes: u64) -> PageCache {
        let pages = quick_cache::sync::Cache::with_weighter(EXPECTED_PAGES, max_bytes, Weight);
        let (waiting, recompress_permit) = (Semaphore::new(MAX_WAITING), Arc::new(Semaphore::new(1)));
        PageCache {
            pages,
            fragments: CompressedFragments::default(),
            rendering: Mutex::default(),
            waiting,
            recompress_permit,
            cookie_key,
            is_enabled: max_bytes > 0,
        }
    }

    /// Drops all pages.
    pub fn clear(&self) {
        self.pages.clear();
    }

    fn find_fresh(&self, key: &str, app: &App) -> Option<Arc<CachedPage>> {
        self.pages.get(key).filter(|page| page.is_fresh(app.db.cache_versions(), app.clock().now()))
    }

    /// Claims the rendering of a page, or returns a receiver that wakes when another request has finished it.
    fn claim_rendering(&self, key: &str) -> Result<RenderPermit<'_>, watch::Receiver<bool>> {
        let mut rendering = self.rendering.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = rendering.get(key) {
            return Err(other.clone());
        }
        let (has_failed, waiting) = watch::channel(false);
        rendering.insert(key.to_owned(), waiting);
        Ok(RenderPermit { cache: self, key: key.to_owned(), has_failed })
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
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_read || !self.is_enabled || !paths::is_cacheable(request.path()) {
            return self.finish(make(request).await?, app, None).await;
        }
        app.db.cache_versions().synced().await;
        let key = match normalise_query(request.path(), request.query_string()) {
            query if query.is_empty() => request.path().to_owned(),
            query => format!("{}?{query}", request.path()),
        };
        if let Some(page) = self.find_fresh(&key, app) {
            let response = self.fill(&page, request.request(), app, HIT).await;
            self.recompress_in_background(page);
            return Ok(request.into_response(response));
        }
        let permit = match self.claim_rendering(&key) {
            Ok(permit) => Some(permit),
            Err(mut other) => {
                let Ok(_place) = self.waiting.try_acquire() else {
                    return Ok(request.into_response(Error::Busy.error_response()));
                };
                // The sender is dropped when the other request has finished, so the error is the signal.
                while other.changed().await.is_ok() {}
                let page = self.find_fresh(&key, app);
                let has_failed = *other.borrow();
                if let Some(page) = page.or_else(|| self.find_unchanged(&key, app).filter(|_| has_failed)) {
                    let response = self.fill(&page, request.request(), app, HIT).await;
                    return Ok(request.into_response(response));
                }
                // The other request already failed with 503: do not add to the load.
                if has_failed {
                    return Ok(request.into_response(Error::Busy.error_response()));
                }
                // The route did not return a cacheable page, or it is stale already: each request renders for itself.
                None
            }
        };
        let rendered = make(request).await?;
        if rendered.status() == StatusCode::SERVICE_UNAVAILABLE {
            if let Some(permit) = permit {
                permit.has_failed.send_replace(true);
            }
            if let Some(page) = self.find_unchanged(&key, app) {
                let response = self.fill(&page, rendered.request(), app, HIT).await;
                return Ok(rendered.into_response(response));
            }
            return Ok(rendered);
        }
        let result = self.finish(rendered, app, Some(key)).await;
        drop(permit);
        result
    }

    /// Recompresses a page at a higher level in the background, one page at a time.
    fn recompress_in_background(&self, page: Arc<CachedPage>) {
        if !page.needs_recompress() {
            return;
        }
        let Ok(permit) = self.recompress_permit.clone().try_acquire_owned() else { return };
        tokio::spawn(async move {
            if let Err(error) = tokio::task::spawn_blocking(move || page.recompress()).await {
                tracing::warn!(%error, "cannot recompress a cached page");
            }
            tokio::time::sleep(RECOMPRESS_PAUSE).await;
            drop(permit);
        });
    }

    /// A page whose data has not changed although its time is over, served if rendering fails with 503.
    fn find_unchanged(&self, key: &str, app: &App) -> Option<Arc<CachedPage>> {
        self.pages.get(key).filter(|page| page.is_unchanged(app.db.cache_versions()))
    }

    async fn finish(
        &self,
        rendered: ServiceResponse<BoxBody>,
        app: &App,
        key: Option<String>,
    ) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
        let built = rendered.response().extensions().get::<BuiltPage>().cloned();
        let Some(BuiltPage(page)) = built else { return Ok(rendered) };
        if let Some(route) = rendered.request().extensions().get::<Route>() {
            page.set_route(*route);
        }
        if let Some(key) = key {
            self.pages.insert(key, page.clone());
        }
        let response = self.fill(&page, rendered.request(), app, MISS).await;
        Ok(rendered.into_response(response))
    }

    async fn fill(
        &self,
        page: &CachedPage,
        request: &HttpRequest,
        app: &App,
        cache_status: &'static str,
    ) -> HttpResponse {
        if let Some(route) = page.route() {
            request.extensions_mut().insert(route);
        }
        let mut response = self.respond_from_page(page, request, app).await;
        response.headers_mut().insert(header::CACHE_STATUS, HeaderValue::from_static(cache_status));
        response
    }

    /// The visitor's cookies; the session's only if its signature is valid.
    pub fn read_cookies(&self, request: &HttpRequest, app: &App) -> VisitorCookies {
        VisitorCookies::from_request(request, &self.cookie_key, app.is_https())
    }

    async fn respond_from_page(&self, page: &CachedPage, request: &HttpRequest, app: &App) -> HttpResponse {
        let encoding = ContentEncoding::negotiate(request.headers());
        let if_none_match = request.headers().get(header::IF_NONE_MATCH);
        let visitor_cookies = self.read_cookies(request, app);
        if visitor_cookies.is_empty() {
            return page.respond_to_guest(encoding, if_none_match);
        }
        let identified = visitor_cookies.identify_viewer(app, page.subject()).await;
        if let Some(account) = identified.account {
            request.extensions_mut().insert(SignedInAccount(account));
        }
        let mut response = match page.respond_to_viewer(&identified.viewer, &self.fragments, encoding, if_none_match) {
            Ok(response) => response,
            Err(error) => return error.error_response(),
        };
        if identified.is_session_over {
            cookies::clear_session(&mut response, app.is_https());
        }
        response
    }
}

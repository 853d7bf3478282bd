//! The cache in front of pages for everybody. It answers before sessions, routes and the database are asked; a page is
//! made once however many ask for it at the same time, and made anew as soon as something changes that it shows.

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

use super::cookies;
use super::kept_page::{Coding, KeptPage};
use super::person::Cookies;
use super::public::{BuiltPage, normal_query};
use super::request_log::SignedIn;
use super::route::Route;
use crate::app::App;
use crate::error::Error;
use crate::paths;

/// Bytes of pages that are kept; those that are asked for least make room.
const CEILING: u64 = 16 * 1024 * 1024;
/// So many pages that is, about.
const USUALLY: usize = 512;
/// Requests that may wait for pages that others make, before newcomers are told to come back later.
const WAITING: usize = 2048;

/// How a page was come by (RFC 9211).
const HIT: &str = "Tradepost; hit";
const MADE: &str = "Tradepost; fwd=miss";

/// How long to wait after a page has been packed tightly before the next one is: a small part of one core at most.
const BETWEEN: Duration = Duration::from_secs(1);

/// Pages that were made, and who is making one.
pub struct PageCache {
    pages: quick_cache::sync::Cache<String, Arc<KeptPage>, Weight>,
    making: Mutex<HashMap<String, watch::Receiver<bool>>>,
    waiting: Semaphore,
    tightening: Arc<Semaphore>,
    cookie_key: Key,
}

/// What a page takes of the ceiling.
#[derive(Clone)]
struct Weight;

impl quick_cache::Weighter<String, Arc<KeptPage>> for Weight {
    fn weight(&self, key: &String, page: &Arc<KeptPage>) -> u64 {
        u64::try_from(key.len() + page.weight()).unwrap_or(u64::MAX)
    }
}

/// Whoever holds it makes the page; the others wait until it is dropped.
struct Turn<'a> {
    cache: &'a PageCache,
    key: String,
    /// Says whether there was no page because the site has too much to do; its drop ends the wait.
    in_vain: watch::Sender<bool>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.cache.making.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl PageCache {
    /// An empty cache. Sessions are signed with the key.
    pub fn new(cookie_key: Key) -> PageCache {
        let pages = quick_cache::sync::Cache::with_weighter(USUALLY, CEILING, Weight);
        let (waiting, tightening) = (Semaphore::new(WAITING), Arc::new(Semaphore::new(1)));
        PageCache { pages, making: Mutex::default(), waiting, tightening, cookie_key }
    }

    /// Forgets all pages: each is made anew when it is asked for.
    pub fn clear(&self) {
        self.pages.clear();
    }

    fn right(&self, key: &str, app: &App) -> Option<Arc<KeptPage>> {
        self.pages.get(key).filter(|page| page.is_right(app.db.epochs(), app.clock().now()))
    }

    /// A turn at making a page, or something to wait for.
    fn turn(&self, key: &str) -> Result<Turn<'_>, watch::Receiver<bool>> {
        let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = making.get(key) {
            return Err(other.clone());
        }
        let (in_vain, waiting) = watch::channel(false);
        making.insert(key.to_owned(), waiting);
        Ok(Turn { cache: self, key: key.to_owned(), in_vain })
    }

    /// Answers a request for a page, from memory if it can; `make` asks the route.
    ///
    /// # Errors
    /// What `make` returns.
    pub async fn answer<F, M>(
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
        if !reads || !paths::is_for_everybody(request.path()) {
            return self.finish(make(request).await?, app, None).await;
        }
        app.db.epochs().caught_up().await;
        let key = match normal_query(request.path(), request.query_string()) {
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
                // An error means that the other one is done: its drop is what ends the wait.
                while other.changed().await.is_ok() {}
                let found = self.right(&key, app);
                let in_vain = *other.borrow();
                if let Some(page) = found.or_else(|| self.last(&key, app).filter(|_| in_vain)) {
                    let answer = self.fill(&page, request.request(), app, HIT).await;
                    return Ok(request.into_response(answer));
                }
                // Who made it has waited for nothing already, on behalf of all.
                if in_vain {
                    return Ok(request.into_response(Error::Busy.error_response()));
                }
                // It was no page, or is out of date already: everybody asks for themselves.
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

    /// Packs a page that is asked for again more tightly, if no other was a moment ago.
    fn tighten(&self, page: Arc<KeptPage>) {
        if !page.is_loose() {
            return;
        }
        let Ok(turn) = self.tightening.clone().try_acquire_owned() else { return };
        tokio::spawn(async move {
            if let Err(error) = tokio::task::spawn_blocking(move || page.tighten()).await {
                tracing::warn!(%error, "a page stays as loosely packed as it was");
            }
            tokio::time::sleep(BETWEEN).await;
            drop(turn);
        });
    }

    /// A page of which only the time is over, for when it cannot be made anew: nothing is known to have changed.
    fn last(&self, key: &str, app: &App) -> Option<Arc<KeptPage>> {
        self.pages.get(key).filter(|page| page.is_unchanged(app.db.epochs()))
    }

    /// Fills a page that a route has made, and keeps it under its key.
    async fn finish(
        &self,
        made: ServiceResponse<BoxBody>,
        app: &App,
        key: Option<String>,
    ) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
        let built = made.response().extensions().get::<BuiltPage>().cloned();
        let Some(BuiltPage(page)) = built else { return Ok(made) };
        if let Some(route) = made.request().extensions().get::<Route>() {
            page.is_made_by(*route);
        }
        if let Some(key) = key {
            self.pages.insert(key, page.clone());
        }
        let answer = self.fill(&page, made.request(), app, MADE).await;
        Ok(made.into_response(answer))
    }

    async fn fill(&self, page: &KeptPage, request: &HttpRequest, app: &App, how: &'static str) -> HttpResponse {
        if let Some(route) = page.route() {
            request.extensions_mut().insert(route);
        }
        let mut answer = self.filled(page, request, app).await;
        answer.headers_mut().insert(header::CACHE_STATUS, HeaderValue::from_static(how));
        answer
    }

    /// The cookies of a request.
    pub fn cookies(&self, request: &HttpRequest, app: &App) -> Cookies {
        Cookies::of(request, &self.cookie_key, app.is_https())
    }

    async fn filled(&self, page: &KeptPage, request: &HttpRequest, app: &App) -> HttpResponse {
        let coding = Coding::accepted(request.headers());
        let known = request.headers().get(header::IF_NONE_MATCH);
        let theirs = self.cookies(request, app);
        if theirs.are_none() {
            return page.for_guest(coding, known);
        }
        let owner = theirs.owner(app, page.subject()).await;
        if let Some(account) = owner.account {
            request.extensions_mut().insert(SignedIn(account));
        }
        let mut answer = match page.for_person(&owner.person, coding, known) {
            Ok(answer) => answer,
            Err(error) => return error.error_response(),
        };
        if owner.session_is_over {
            cookies::clear_session(&mut answer, app.is_https());
        }
        answer
    }
}

//! Pages for everybody. Their handlers see an address and nothing else: no cookie, no session, no header, so what they
//! build can be kept and shown to anybody. What belongs to a person is a hole ([`crate::views::layout::holes`]).

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, web};
use askama::Template;

use super::guards::{self, Guard, carried};
use super::kept_page::KeptPage;
use super::page::Shared;
use super::site::{FRAME, LastSite};
use crate::app::App;
use crate::db::Conn;
use crate::db::epochs::Topic;
use crate::error::{Error, Result};
use crate::models::product::Sort;
use crate::paths;
use crate::support::page::Paging;
use crate::views::View;
use crate::views::layout::Document;
use crate::views::layout::holes::Holes;

/// Everybody: nothing is known of who asks.
pub struct Public {
    app: web::Data<App>,
    last_site: web::Data<LastSite>,
    path: String,
    query: String,
}

/// What of an address's query may make a difference to a page that is kept. All else is left out of what pages are kept
/// by, so that nobody can fill the memory with made-up addresses of one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Which page of a list.
    Page,
    /// The order of a list.
    Sort,
}

impl Parameter {
    /// Its name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Parameter::Page => "page",
            Parameter::Sort => "sort",
        }
    }
}

impl FromRequest for Public {
    type Error = Error;
    type Future = Ready<Result<Public>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Public::of(request))
    }
}

impl Guard for Public {
    fn who() -> String {
        "everybody".to_owned()
    }
}

/// What makes a difference to a page in its address's query: `page=2&sort=price`, in one order and one spelling, without
/// anything else; empty for none. Only lists have pages, only goods can be sorted, and only in ways that there are.
pub fn normal_query(path: &str, query: &str) -> String {
    let below = |base: &str| path == base || path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
    let is_shop = below(paths::shop());
    let has_pages = is_shop || path == paths::blog() || path.starts_with(&paths::tag(""));
    let mut normal = String::new();
    if has_pages {
        let page = Paging::of(guards::parameter(query, Parameter::Page.as_str()).as_deref(), 1).page;
        if page > 1 {
            normal = format!("{}={page}", Parameter::Page.as_str());
        }
    }
    let sort = guards::parameter(query, Parameter::Sort.as_str()).and_then(|word| Sort::parse(&word));
    if let Some(sort) = sort.filter(|sort| is_shop && *sort != Sort::Featured) {
        let joint = if normal.is_empty() { "" } else { "&" };
        normal = format!("{normal}{joint}{}={}", Parameter::Sort.as_str(), sort.as_str());
    }
    normal
}

impl Public {
    fn of(request: &HttpRequest) -> Result<Public> {
        Ok(Public {
            app: carried(request)?,
            last_site: carried(request)?,
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
        })
    }

    /// One parameter of the address.
    pub fn parameter(&self, parameter: Parameter) -> Option<String> {
        guards::parameter(&self.query, parameter.as_str())
    }

    /// The words somebody searches for: pages that show them are not kept.
    pub fn words(&self) -> String {
        guards::parameter(&self.query, "q").unwrap_or_default().chars().take(200).collect()
    }

    /// A page that is kept until something changes that it shows: what the tags say, what `build` adds to them, and
    /// the frame of the site.
    ///
    /// # Errors
    /// What `build` returns; `SetUpFirst` when there is no site yet.
    pub async fn page<V, F>(self, tags: &'static [Topic], build: F) -> Result<BuiltPage>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut Shared) -> Result<V> + Send + 'static,
    {
        let Public { app, last_site, path, .. } = self;
        let db = app.db.clone();
        db.read(move |conn| {
            // Noted before anything is read: what changes meanwhile makes the page out of date.
            let since = app.db.epochs().now();
            let site = last_site.now(conn, &app)?;
            if !site.settings.is_set_up {
                return Err(Error::SetUpFirst);
            }
            let mut shared = Shared::new(&site, &app);
            for tag in FRAME.iter().chain(tags) {
                shared.shows(*tag);
            }
            let view = build(conn, &mut shared)?;
            let secret = app.db.means().random.secret()?;
            let (title, head, body) = (&view.title(), &view.head(), &view.render()?);
            let holes = Holes::Cut(&secret);
            let html = Document { site: &site.frame, path: &path, holes, scripts: true, title, head, body }.render()?;
            Ok(BuiltPage(Arc::new(KeptPage::cut(&html, &secret, shared.into_shown(since))?)))
        })
        .await
    }
}

/// A page on its way out, for [`super::page_cache`] to fill and perhaps to keep.
#[derive(Clone)]
pub struct BuiltPage(pub Arc<KeptPage>);

impl Responder for BuiltPage {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::Ok().finish();
        answer.extensions_mut().insert(self);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::normal_query;

    #[test]
    fn only_what_makes_a_difference_is_kept_and_in_one_spelling() {
        for (path, query, normal) in [
            ("/shop", "", ""),
            ("/shop", "sort=price&page=2", "page=2&sort=price"),
            ("/shop", "utm_source=x&page=2&sort=price", "page=2&sort=price"),
            ("/shop/coffee/blends", "page=02", "page=2"),
            ("/shop", "sort=anything", ""),
            ("/shop", "sort=Price", ""),
            ("/shop", "sort=featured", ""),
            ("/shop", "page=1", ""),
            ("/shop", "page=-3", ""),
            ("/shop", "page=two", ""),
            // Past every list, so that it is answered as a page that is not there.
            ("/shop", "page=99999999999999999999", "page=100000"),
            ("/blog", "page=3&sort=price", "page=3"),
            ("/blog/tags/news", "page=3", "page=3"),
            ("/blog/a-post", "page=3", ""),
            ("/products/mug", "page=3&sort=price", ""),
            ("/shopping", "page=3", ""),
            ("/", "page=3&sort=price", ""),
        ] {
            assert_eq!(normal_query(path, query), normal, "{path}?{query}");
        }
    }
}

//! Public pages. Their handlers see only the address, no cookie, session or header, so the result can be cached for
//! everybody; personal parts are fragments ([`crate::views::layout::fragments`]).

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, web};
use askama::Template;

use super::cached_page::CachedPage;
use super::guards::{self, Guard, app_data};
use super::page_context::PublicContext;
use super::site_cache::{FRAME_TAGS, SiteCache};
use crate::app::App;
use crate::db::Conn;
use crate::db::cache_versions::CacheTag;
use crate::error::{Error, Result};
use crate::models::catalog::product::ProductSort;
use crate::paths;
use crate::support::pagination::PageRequest;
use crate::views::View;
use crate::views::layout::Document;
use crate::views::layout::fragments::FragmentMode;

/// Extractor for public pages: gives access to the address and nothing else of the request.
pub struct PublicRequest {
    app: web::Data<App>,
    site_cache: web::Data<SiteCache>,
    path: String,
    query: String,
}

/// Query parameters that are part of the cache key. Others are ignored, so made-up parameters cannot fill the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryParam {
    /// Page number of a list.
    Page,
    /// Sort order of a product list.
    Sort,
}

impl QueryParam {
    /// The parameter's name in the query.
    pub fn as_str(self) -> &'static str {
        match self {
            QueryParam::Page => "page",
            QueryParam::Sort => "sort",
        }
    }
}

impl FromRequest for PublicRequest {
    type Error = Error;
    type Future = Ready<Result<PublicRequest>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(PublicRequest::from_http_request(request))
    }
}

impl Guard for PublicRequest {
    fn access() -> String {
        "everybody".to_owned()
    }
}

/// Normalises a query to its cache key, `page=2&sort=price` with fixed order and spelling; empty if no parameter
/// matters. `page` applies to lists only, `sort` to product lists and known sort orders.
pub fn normalise_query(path: &str, query: &str) -> String {
    let is_within = |base: &str| path == base || path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
    let is_shop = is_within(paths::shop());
    let has_pages = is_shop || path == paths::blog() || path.starts_with(&paths::tag(""));
    let mut normalised = String::new();
    if has_pages {
        let page = PageRequest::from_query(guards::query_param(query, QueryParam::Page.as_str()).as_deref(), 1).page;
        if page > 1 {
            normalised = format!("{}={page}", QueryParam::Page.as_str());
        }
    }
    let sort = guards::query_param(query, QueryParam::Sort.as_str()).and_then(|sort| ProductSort::parse(&sort));
    if let Some(sort) = sort.filter(|sort| is_shop && *sort != ProductSort::Featured) {
        let separator = if normalised.is_empty() { "" } else { "&" };
        normalised = format!("{normalised}{separator}{}={}", QueryParam::Sort.as_str(), sort.as_str());
    }
    normalised
}

impl PublicRequest {
    fn from_http_request(request: &HttpRequest) -> Result<PublicRequest> {
        Ok(PublicRequest {
            app: app_data(request)?,
            site_cache: app_data(request)?,
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
        })
    }

    /// A query parameter that is part of the cache key.
    pub fn query_param(&self, parameter: QueryParam) -> Option<String> {
        guards::query_param(&self.query, parameter.as_str())
    }

    /// The search words (`q`), at most 200 characters; pages that use them must not be cached.
    pub fn search_query(&self) -> String {
        guards::query_param(&self.query, "q").unwrap_or_default().chars().take(200).collect()
    }

    /// Renders a page that is cached until one of `tags`, of those that `build` adds, or of [`FRAME_TAGS`] changes.
    /// `SetupRequired` before the site is set up.
    pub async fn render_page<V, F>(self, tags: &'static [CacheTag], build: F) -> Result<BuiltPage>
    where
        V: View,
        F: FnOnce(&mut Conn, &mut PublicContext) -> Result<V> + Send + 'static,
    {
        let PublicRequest { app, site_cache, path, .. } = self;
        let db = app.db.clone();
        db.read(move |conn| {
            // Taken before the first read, so that a change during rendering makes the page stale.
            let since = app.db.cache_versions().current_version();
            let site = site_cache.load(conn, &app)?;
            if !site.settings.is_set_up {
                return Err(Error::SetupRequired);
            }
            let mut context = PublicContext::new(&site, &app);
            for tag in FRAME_TAGS.iter().chain(tags) {
                context.add_cache_tag(*tag);
            }
            let t = context.locale();
            let view = build(conn, &mut context)?;
            let secret = app.db.context().random.generate_secret()?;
            let (title, head, body) = (&view.title(), &view.head(), &view.render()?);
            let fragments = FragmentMode::Placeholder(&secret);
            let html = Document { t, site: &site.site_info, path: &path, fragments, scripts: true, title, head, body }
                .render()?;
            Ok(BuiltPage(Arc::new(CachedPage::from_html(&html, &secret, context.into_dependencies(since))?)))
        })
        .await
    }
}

/// A rendered page that [`super::page_cache`] fills and caches.
#[derive(Clone)]
pub struct BuiltPage(pub Arc<CachedPage>);

impl Responder for BuiltPage {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok().finish();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::normalise_query;

    #[test]
    fn only_what_makes_a_difference_is_kept_and_in_one_spelling() {
        for (path, query, normalised) in [
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
            // Past every list, so it is answered with 404.
            ("/shop", "page=99999999999999999999", "page=100000"),
            ("/blog", "page=3&sort=price", "page=3"),
            ("/blog/tags/news", "page=3", "page=3"),
            ("/blog/a-post", "page=3", ""),
            ("/products/mug", "page=3&sort=price", ""),
            ("/shopping", "page=3", ""),
            ("/", "page=3&sort=price", ""),
        ] {
            assert_eq!(normalise_query(path, query), normalised, "{path}?{query}");
        }
    }
}

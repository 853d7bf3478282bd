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

/// What is known of a list's address: `page=2&sort=price`, in one order, without anything else; empty for none.
pub fn normal_query(query: &str) -> String {
    let mut normal = url::form_urlencoded::Serializer::new(String::new());
    for known in [Parameter::Page, Parameter::Sort] {
        if let Some(value) = guards::parameter(query, known.as_str()) {
            normal.append_pair(known.as_str(), &value);
        }
    }
    normal.finish()
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
            let html = Document { site: &site.frame, path: &path, holes, title, head, body }.render()?;
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

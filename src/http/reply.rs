//! What a handler answers.

use actix_session::SessionExt;
use actix_web::body::BoxBody;
use actix_web::cookie::{Cookie, time::Duration};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder, web};

use super::cookies;
use super::security_headers::Kind;
use super::session::FLASH;
use crate::app::App;
use crate::error::{Error, Result};
use crate::views::Flash;

/// An answer.
pub struct Reply {
    status: StatusCode,
    kind: Kind,
    content_type: &'static str,
    body: Vec<u8>,
    location: Option<String>,
    flash: Option<Flash>,
    cart_token: Option<String>,
    cookies: Vec<Cookie<'static>>,
    headers: Vec<(HeaderName, String)>,
}

impl Reply {
    /// A rendered page.
    pub fn html(body: String, kind: Kind) -> Reply {
        Reply::bytes(body.into_bytes(), "text/html; charset=utf-8", kind)
    }

    /// Something that is not a page.
    pub fn bytes(body: Vec<u8>, content_type: &'static str, kind: Kind) -> Reply {
        Reply {
            status: StatusCode::OK,
            kind,
            content_type,
            body,
            location: None,
            flash: None,
            cart_token: None,
            cookies: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// A PDF for one person, shown in the browser and saved under a name.
    pub fn pdf(bytes: Vec<u8>, name: &str) -> Reply {
        Reply::bytes(bytes, "application/pdf", Kind::Private)
            .header(header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}.pdf\""))
            .header(HeaderName::from_static("x-robots-tag"), "noindex")
    }

    /// Done; see the result there (303).
    pub fn see(path: impl Into<String>) -> Reply {
        let mut reply = Reply::bytes(Vec::new(), "text/plain; charset=utf-8", Kind::Private);
        reply.status = StatusCode::SEE_OTHER;
        reply.location = Some(path.into());
        reply
    }

    /// As it was answered before.
    pub(super) fn again(path: String, flash: Option<Flash>) -> Reply {
        Reply { flash, ..Reply::see(path) }
    }

    /// Where it leads and the message there.
    ///
    /// # Errors
    /// When it leads nowhere.
    pub(super) fn into_answer(self) -> Result<(String, Option<Flash>)> {
        let path = self.location.ok_or_else(|| Error::broken("what was done once is answered by a redirect"))?;
        Ok((path, self.flash))
    }

    /// The form again, with what is wrong beside its fields (422).
    pub fn retry(mut self) -> Reply {
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// The page asks to come back in so many seconds (429, RFC 6585).
    pub fn patience(self, seconds: u64) -> Reply {
        self.status(StatusCode::TOO_MANY_REQUESTS).header(header::RETRY_AFTER, seconds.to_string())
    }

    /// Another status.
    pub fn status(mut self, status: StatusCode) -> Reply {
        self.status = status;
        self
    }

    /// Good news on the next page.
    pub fn notice(mut self, text: impl Into<String>) -> Reply {
        self.flash = Some(Flash { good: true, text: text.into() });
        self
    }

    /// Bad news on the next page.
    pub fn alert(mut self, text: impl Into<String>) -> Reply {
        self.flash = Some(Flash { good: false, text: text.into() });
        self
    }

    /// Gives the visitor the cookie of a new cart.
    pub fn with_cart(mut self, token: Option<String>) -> Reply {
        self.cart_token = token;
        self
    }

    /// Sets a cookie; one that lasts no time is taken back.
    pub fn cookie(mut self, cookie: Cookie<'static>) -> Reply {
        self.cookies.push(cookie);
        self
    }

    /// One more header.
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        answer.content_type(self.content_type);
        if let Some(location) = self.location {
            answer.insert_header((header::LOCATION, location));
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                answer.insert_header((name, value));
            }
        }
        if let Some(token) = self.cart_token {
            let https = request.app_data::<web::Data<App>>().is_some_and(|app| app.is_https());
            answer.cookie(cookies::cookie(cookies::cart(https), token, https, Duration::days(60)));
        }
        for cookie in self.cookies {
            answer.cookie(cookie);
        }
        if let Some(flash) = self.flash
            && let Err(error) = request.get_session().insert(FLASH, flash)
        {
            tracing::warn!(%error, "a message was lost");
        }
        let mut answer = answer.body(self.body);
        answer.extensions_mut().insert(self.kind);
        answer
    }
}

//! Responses of handlers.

use actix_session::SessionExt;
use actix_web::body::BoxBody;
use actix_web::cookie::{Cookie, time::Duration};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder, web};

use super::cookies;
use super::security_headers::ResponseKind;
use super::session::FLASH_KEY;
use crate::app::App;
use crate::error::{Error, Result};
use crate::support::i18n::Message;
use crate::views::Flash;

/// A response: page, bytes or redirect, with cookies and a flash message.
pub struct Reply {
    status: StatusCode,
    kind: ResponseKind,
    content_type: &'static str,
    body: Vec<u8>,
    location: Option<String>,
    flash: Option<Flash>,
    cart_token: Option<String>,
    cookies: Vec<Cookie<'static>>,
    headers: Vec<(HeaderName, String)>,
}

impl Reply {
    /// A rendered page with status 200.
    pub fn html(body: String, kind: ResponseKind) -> Reply {
        Reply::bytes(body.into_bytes(), "text/html; charset=utf-8", kind)
    }

    /// A response that is not HTML, with status 200.
    pub fn bytes(body: Vec<u8>, content_type: &'static str, kind: ResponseKind) -> Reply {
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

    /// A PDF for one person, displayed inline, with a file name for saving.
    pub fn pdf(bytes: Vec<u8>, name: &str) -> Reply {
        Reply::bytes(bytes, "application/pdf", ResponseKind::Private)
            .header(header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}.pdf\""))
            .header(HeaderName::from_static("x-robots-tag"), "noindex")
    }

    /// A table as a file to save.
    pub fn csv(text: String, name: &str) -> Reply {
        Reply::bytes(text.into_bytes(), "text/csv; charset=utf-8", ResponseKind::Private)
            .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\""))
            .header(HeaderName::from_static("x-robots-tag"), "noindex")
    }

    /// Redirects with 303 (See Other), after a write.
    pub fn redirect(path: impl Into<String>) -> Reply {
        let mut reply = Reply::bytes(Vec::new(), "text/plain; charset=utf-8", ResponseKind::Private);
        reply.status = StatusCode::SEE_OTHER;
        reply.location = Some(path.into());
        reply
    }

    pub(super) fn redirect_with_flash(path: String, flash: Option<Flash>) -> Reply {
        Reply { flash, ..Reply::redirect(path) }
    }

    /// Target and flash message, to store them; a bug if the reply is no redirect.
    pub(super) fn into_redirect(self) -> Result<(String, Option<Flash>)> {
        let path = self.location.ok_or_else(|| Error::bug("a reply that is stored must be a redirect"))?;
        Ok((path, self.flash))
    }

    /// Sets 422, for a form with errors.
    pub fn unprocessable(mut self) -> Reply {
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// Sets 429 (RFC 6585) and `Retry-After`.
    pub fn too_many_requests(self, seconds: u64) -> Reply {
        self.status(StatusCode::TOO_MANY_REQUESTS).header(header::RETRY_AFTER, seconds.to_string())
    }

    /// Sets the status.
    pub fn status(mut self, status: StatusCode) -> Reply {
        self.status = status;
        self
    }

    /// Sets a success message for the next page.
    pub fn notice(mut self, message: Message) -> Reply {
        self.flash = Some(Flash { is_success: true, message });
        self
    }

    /// Sets an error message for the next page.
    pub fn alert(mut self, message: Message) -> Reply {
        self.flash = Some(Flash { is_success: false, message });
        self
    }

    /// Sets the cookie of a new cart, for 60 days.
    pub fn with_cart_cookie(mut self, token: Option<String>) -> Reply {
        self.cart_token = token;
        self
    }

    /// Sets a cookie; one with `Max-Age` zero removes it.
    pub fn cookie(mut self, cookie: Cookie<'static>) -> Reply {
        self.cookies.push(cookie);
        self
    }

    /// Adds a header; ignored if the value is not valid.
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type(self.content_type);
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.insert_header((name, value));
            }
        }
        if let Some(token) = self.cart_token {
            let https = request.app_data::<web::Data<App>>().is_some_and(|app| app.is_https());
            response.cookie(cookies::build_cookie(cookies::cart_name(https), token, https, Duration::days(60)));
        }
        for cookie in self.cookies {
            response.cookie(cookie);
        }
        if let Some(flash) = self.flash
            && let Err(error) = request.get_session().insert(FLASH_KEY, flash)
        {
            tracing::warn!(%error, "cannot store the flash message");
        }
        let mut response = response.body(self.body);
        response.extensions_mut().insert(self.kind);
        response
    }
}

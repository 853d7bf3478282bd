//! Static files and the accent colour's stylesheet.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Error, Result};
use crate::http::security_headers::ResponseKind;
use crate::http::{Anyone, Reply, assets};
use crate::paths;

pub async fn show(_: Anyone, request: HttpRequest) -> Result<HttpResponse> {
    assets::serve_asset(&request).ok_or(Error::NotFound)
}

/// A one-line stylesheet with the accent colour. The colour is part of the URL, so it is cached for a year.
pub async fn accent(_: Anyone, hex: Path<String>) -> Result<Reply> {
    let hex = hex.into_inner();
    if hex.len() != 6 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Error::NotFound);
    }
    let css = format!(":root{{--accent:#{hex}}}");
    let reply = Reply::bytes(css.into_bytes(), "text/css; charset=utf-8", ResponseKind::Plain);
    Ok(reply.header(CACHE_CONTROL, "public, max-age=31536000, immutable"))
}

/// Browsers request `/favicon.ico` whatever the page declares.
pub async fn favicon(_: Anyone) -> Result<Reply> {
    Ok(Reply::redirect(paths::assets::FAVICON_SVG).status(StatusCode::MOVED_PERMANENTLY))
}

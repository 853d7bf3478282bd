//! Static files and the owner's accent colour.

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Error, Result};
use crate::http::security_headers::Kind;
use crate::http::{Anyone, Reply, assets};
use crate::paths;

/// A static file, by its fingerprinted name.
pub async fn show(_: Anyone, request: HttpRequest) -> Result<HttpResponse> {
    assets::answer(&request).ok_or(Error::NotFound)
}

/// A stylesheet of one line: the owner's accent colour, named by itself.
pub async fn accent(_: Anyone, hex: Path<String>) -> Result<Reply> {
    let hex = hex.into_inner();
    if hex.len() != 6 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Error::NotFound);
    }
    let css = format!(":root{{--accent:#{hex}}}");
    let reply = Reply::bytes(css.into_bytes(), "text/css; charset=utf-8", Kind::Plain);
    Ok(reply.header(CACHE_CONTROL, "public, max-age=31536000, immutable"))
}

/// Browsers ask for this whatever the page says.
pub async fn favicon(_: Anyone) -> Result<Reply> {
    Ok(Reply::see(paths::assets::FAVICON_SVG).status(StatusCode::MOVED_PERMANENTLY))
}

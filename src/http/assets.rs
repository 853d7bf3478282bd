//! Static files, compiled in. Names carry a fingerprint and compression is done at build time, so browsers cache them
//! for a year.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::cached_page::ContentEncoding;

struct Asset {
    path: &'static str,
    content_type: &'static str,
    raw: &'static [u8],
    /// None for formats that are compressed already.
    packed: Option<Packed>,
}

struct Packed {
    brotli: &'static [u8],
    gzip: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/asset_table.rs"));

/// The asset at the request's path in the best encoding that the client accepts.
pub fn serve_asset(request: &HttpRequest) -> Option<HttpResponse> {
    let asset = ASSETS.iter().find(|asset| asset.path == request.path())?;
    let (encoding, bytes) = match (ContentEncoding::negotiate(request.headers()), &asset.packed) {
        (encoding @ ContentEncoding::Brotli, Some(packed)) => (encoding, packed.brotli),
        (encoding @ ContentEncoding::Gzip, Some(packed)) => (encoding, packed.gzip),
        _ => (ContentEncoding::Identity, asset.raw),
    };
    let mut response = HttpResponse::Ok();
    response
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "Accept-Encoding"));
    // `identity` is set explicitly, which stops the compression middleware from encoding it again.
    response.insert_header((header::CONTENT_ENCODING, encoding.name().unwrap_or("identity")));
    Some(response.body(bytes))
}

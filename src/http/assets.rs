//! Static files, compiled in: named by their content, packed at build time, kept by browsers for good.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::kept_page::Coding;

struct Asset {
    path: &'static str,
    content_type: &'static str,
    raw: &'static [u8],
    /// None of what is packed in itself.
    packed: Option<Packed>,
}

struct Packed {
    brotli: &'static [u8],
    gzip: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/asset_table.rs"));

/// The asset of an address in the form a browser takes, if there is one.
pub fn answer(request: &HttpRequest) -> Option<HttpResponse> {
    let asset = ASSETS.iter().find(|asset| asset.path == request.path())?;
    let (coding, bytes) = match (Coding::accepted(request.headers()), &asset.packed) {
        (coding @ Coding::Brotli, Some(packed)) => (coding, packed.brotli),
        (coding @ Coding::Gzip, Some(packed)) => (coding, packed.gzip),
        _ => (Coding::Identity, asset.raw),
    };
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "Accept-Encoding"));
    // Also for bytes as they are, which keeps the compressor away: they were asked for so.
    answer.insert_header((header::CONTENT_ENCODING, coding.name().unwrap_or("identity")));
    Some(answer.body(bytes))
}

//! Static files, compiled in: named by their content, packed three ways at build time, kept by browsers for good.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

struct Asset {
    path: &'static str,
    content_type: &'static str,
    raw: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/asset_table.rs"));

/// The asset of an address in the form a browser takes, if there is one.
pub fn answer(request: &HttpRequest) -> Option<HttpResponse> {
    let asset = ASSETS.iter().find(|asset| asset.path == request.path())?;
    let accepts = |coding: &str| {
        let accepted =
            request.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
        accepted.split(',').any(|part| part.trim().split(';').next() == Some(coding))
    };
    let (coding, bytes) = if accepts("br") {
        (Some("br"), asset.brotli)
    } else if accepts("gzip") {
        (Some("gzip"), asset.gzip)
    } else {
        (None, asset.raw)
    };
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::VARY, "Accept-Encoding"));
    if let Some(coding) = coding {
        answer.insert_header((header::CONTENT_ENCODING, coding));
    } else {
        // Keeps the compressor away: these bytes were asked for as they are.
        answer.insert_header((header::CONTENT_ENCODING, "identity"));
    }
    Some(answer.body(bytes))
}

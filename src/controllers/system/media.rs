//! Library pictures from disk; `NamedFile` handles range and conditional requests.

use actix_files::NamedFile;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Error, Result};
use crate::http::Anyone;
use crate::http::security_headers::ResponseKind;

pub async fn show(anyone: Anyone, key: Path<String>, request: HttpRequest) -> Result<HttpResponse> {
    let path = anyone.app.pictures.path(&key).ok_or(Error::NotFound)?;
    let file = tokio::task::spawn_blocking(move || NamedFile::open(path)).await?.map_err(|_| Error::NotFound)?;
    let mut response = file.use_last_modified(false).into_response(&request);
    let cache_control = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(CACHE_CONTROL, cache_control);
    response.extensions_mut().insert(ResponseKind::Picture);
    Ok(response)
}

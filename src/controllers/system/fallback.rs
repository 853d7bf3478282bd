//! What no route takes: one spelling for every address (R64), 405 where the address exists and the verb does not,
//! else 404.

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Error, Result};

/// Answers what no route takes.
pub async fn show(request: HttpRequest) -> Result<HttpResponse> {
    let path = request.path();
    let reads = request.method() == Method::GET;
    if request.resource_map().has_resource(path) {
        let allowed = if reads { "POST" } else { "GET, HEAD" };
        return Ok(HttpResponse::MethodNotAllowed().insert_header((ALLOW, allowed)).finish());
    }
    let trimmed = path.trim_end_matches('/');
    // Two slashes at the beginning would make a browser leave the site.
    if reads && trimmed.len() < path.len() && !trimmed.is_empty() && !trimmed.starts_with("//") {
        return Err(Error::Moved(match request.query_string() {
            "" => trimmed.to_owned(),
            query => format!("{trimmed}?{query}"),
        }));
    }
    Err(Error::NotFound)
}

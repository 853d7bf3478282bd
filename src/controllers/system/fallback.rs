//! What no route takes: one spelling for every address (R64), 405 where the address exists and the verb does not,
//! else 404.

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Error, Result};
use crate::http::route;

/// Answers what no route takes.
pub async fn show(request: HttpRequest) -> Result<HttpResponse> {
    let path = request.path();
    let reads = request.method() == Method::GET;
    let allowed = route::methods(&request);
    if !allowed.is_empty() {
        return Ok(HttpResponse::MethodNotAllowed().insert_header((ALLOW, allowed.join(", "))).finish());
    }
    let trimmed = path.trim_end_matches('/');
    // Two slashes at the beginning would make a browser leave the site, and it takes a backslash for a slash.
    let leads_away = trimmed.starts_with("//") || path.contains('\\');
    if reads && trimmed.len() < path.len() && !trimmed.is_empty() && !leads_away {
        return Err(Error::Moved(match request.query_string() {
            "" => trimmed.to_owned(),
            query => format!("{trimmed}?{query}"),
        }));
    }
    Err(Error::NotFound)
}

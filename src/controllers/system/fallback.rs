//! Requests that match no route: redirects to the canonical URL without a trailing slash (SECURITY.md S4), 405 if the
//! path exists for other methods, else 404.

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::{HttpRequest, HttpResponse};

use crate::error::{Error, Result};
use crate::http::route;

pub async fn show(request: HttpRequest) -> Result<HttpResponse> {
    let path = request.path();
    let is_read = request.method() == Method::GET;
    let allowed = route::allowed_methods(&request);
    if !allowed.is_empty() {
        return Ok(HttpResponse::MethodNotAllowed().insert_header((ALLOW, allowed.join(", "))).finish());
    }
    let trimmed = path.trim_end_matches('/');
    // Browsers read `//` and `\` at the start of a `Location` as another host (open redirect).
    let leads_away = trimmed.starts_with("//") || path.contains('\\');
    if is_read && trimmed.len() < path.len() && !trimmed.is_empty() && !leads_away {
        return Err(Error::Moved(match request.query_string() {
            "" => trimmed.to_owned(),
            query => format!("{trimmed}?{query}"),
        }));
    }
    Err(Error::NotFound)
}

//! The names of our cookies. On https they bear a prefix with which browsers let nobody else set them (RFC 6265bis).

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration;

/// The session's, for somebody who is signed in or has a message to read.
pub fn session(https: bool) -> &'static str {
    if https { "__Host-tp" } else { "tp" }
}

/// The cart's, from the first thing put in.
pub fn cart(https: bool) -> &'static str {
    if https { "__Host-tp-cart" } else { "tp-cart" }
}

/// Takes a session's cookie away that stands for nothing, unless the answer gives another one.
pub fn clear_session(answer: &mut HttpResponse<BoxBody>, https: bool) {
    let name = session(https);
    let gives_one = answer.cookies().any(|cookie| cookie.name() == name);
    if gives_one {
        return;
    }
    let gone = Cookie::build(name, "").path("/").secure(https).http_only(true).max_age(Duration::ZERO);
    if let Err(error) = answer.add_cookie(&gone.finish()) {
        tracing::warn!(%error, "a cookie stays that stands for nothing");
    }
}

/// All of them.
pub fn all() -> [&'static str; 4] {
    [session(true), session(false), cart(true), cart(false)]
}

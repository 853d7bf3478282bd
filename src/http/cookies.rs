//! The names of our cookies. On https they bear a prefix with which browsers let nobody else set them (RFC 6265bis).

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

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

/// The one of a browser in which somebody has logged in before.
pub fn device(https: bool) -> &'static str {
    if https { "__Host-tp-device" } else { "tp-device" }
}

/// The one that keeps the token of a reset link, so that it need not stay in the address.
pub fn reset(https: bool) -> &'static str {
    if https { "__Host-tp-reset" } else { "tp-reset" }
}

/// All of them.
pub fn all() -> [&'static str; 8] {
    let of = |https| [session(https), cart(https), device(https), reset(https)];
    let ([a, b, c, d], [e, f, g, h]) = (of(true), of(false));
    [a, b, c, d, e, f, g, h]
}

/// A cookie for all of the site that scripts cannot read and other sites cannot send along with a form.
pub fn cookie(name: &'static str, value: String, https: bool, lasts: Duration) -> Cookie<'static> {
    Cookie::build(name, value).path("/").http_only(true).secure(https).same_site(SameSite::Lax).max_age(lasts).finish()
}

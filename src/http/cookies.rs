//! Names and attributes of cookies. On https they have the `__Host-` prefix, so that subdomains cannot set them (RFC
//! 6265bis).

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

/// The session's cookie, for a signed-in account or a flash message.
pub fn session_name(https: bool) -> &'static str {
    if https { "__Host-tp" } else { "tp" }
}

/// The cart's cookie, set with the first item.
pub fn cart_name(https: bool) -> &'static str {
    if https { "__Host-tp-cart" } else { "tp-cart" }
}

/// Removes the session's cookie, unless the response sets a new one.
pub fn clear_session(response: &mut HttpResponse<BoxBody>, https: bool) {
    let name = session_name(https);
    let sets_cookie = response.cookies().any(|cookie| cookie.name() == name);
    if sets_cookie {
        return;
    }
    let removal = Cookie::build(name, "").path("/").secure(https).http_only(true).max_age(Duration::ZERO);
    if let Err(error) = response.add_cookie(&removal.finish()) {
        tracing::warn!(%error, "cannot remove a stale session cookie");
    }
}

/// The device cookie's name ([`super::device_cookie`]).
pub fn device_name(https: bool) -> &'static str {
    if https { "__Host-tp-device" } else { "tp-device" }
}

/// The cookie that holds the token of a password reset link, to keep it out of the address bar.
pub fn password_reset_name(https: bool) -> &'static str {
    if https { "__Host-tp-reset" } else { "tp-reset" }
}

/// The cookie that holds the token of another emailed link: of a registration, a log-in, or an address that changes.
pub fn link_name(https: bool) -> &'static str {
    if https { "__Host-tp-link" } else { "tp-link" }
}

/// The cookie with the secret of a browser that asked for a log-in code, which works in no other.
pub fn login_code_name(https: bool) -> &'static str {
    if https { "__Host-tp-code" } else { "tp-code" }
}

/// The cookie with the secret of a browser that was sent to an identity provider; its answer works in no other.
pub fn identity_login_name(https: bool) -> &'static str {
    if https { "__Host-tp-identity" } else { "tp-identity" }
}

/// The cookie that takes new recovery codes to the page that shows them once: the server keeps only their hashes.
pub fn recovery_codes_name(https: bool) -> &'static str {
    if https { "__Host-tp-codes" } else { "tp-codes" }
}

/// The cookie that holds the token of an invitation, to keep it out of the address bar.
pub fn invitation_name(https: bool) -> &'static str {
    if https { "__Host-tp-invitation" } else { "tp-invitation" }
}

/// All names, for https and http.
pub fn all_names() -> Vec<&'static str> {
    let names = [
        session_name,
        cart_name,
        device_name,
        password_reset_name,
        link_name,
        login_code_name,
        identity_login_name,
        recovery_codes_name,
        invitation_name,
    ];
    [true, false].into_iter().flat_map(|https| names.map(|name| name(https))).collect()
}

/// A cookie for the whole site, `HttpOnly` and `SameSite=Lax`.
pub fn build_cookie(name: &'static str, value: String, https: bool, max_age: Duration) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .max_age(max_age)
        .finish()
}

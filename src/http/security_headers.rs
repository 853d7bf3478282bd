//! The headers of section 6.B.A: on every answer, and by the kind of page.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// Everything a page may load comes from here.
const PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; \
                    font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
                    frame-ancestors 'none'; frame-src 'none'; base-uri 'none'; object-src 'none'";
/// As [`PAGE`]; a form may lead on to the card page of the payment provider.
const PERSONAL: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; \
                        font-src 'self'; connect-src 'self'; manifest-src 'self'; \
                        form-action 'self' https://checkout.stripe.com; frame-ancestors 'none'; frame-src 'none'; \
                        base-uri 'none'; object-src 'none'";
/// As above, and frames of our own: the preview of a post, a letter.
const ADMIN: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                     font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; \
                     frame-src 'self'; base-uri 'none'; object-src 'none'";
/// A page that is shown inside a frame of the admin: it may look, not act.
const FRAMED: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
                      frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox allow-same-origin";
/// A picture on its own.
const PICTURE: &str = "default-src 'none'; sandbox";
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), \
                           geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(self), \
                           publickey-credentials-get=(self), screen-wake-lock=(), usb=(), xr-spatial-tracking=()";

/// What an answer is, as far as its headers go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A page for everybody.
    Public,
    /// A page for one person: nobody keeps a copy.
    Private,
    /// An admin page.
    Admin,
    /// Shown in a frame of the admin.
    Framed,
    /// A picture.
    Picture,
    /// Anything else.
    Plain,
}

/// Adds what the kind of answer needs and what every answer needs; what is there already stays.
pub fn add(headers: &mut HeaderMap, kind: Kind, https: bool) {
    let mut put = |name: &'static str, value: &'static str| {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    put("x-content-type-options", "nosniff");
    if https {
        put("strict-transport-security", "max-age=63072000; includeSubDomains");
    }
    match kind {
        Kind::Public | Kind::Private => {
            put("content-security-policy", if kind == Kind::Private { PERSONAL } else { PAGE });
            put("x-frame-options", "DENY");
            put("cache-control", if kind == Kind::Private { "no-store" } else { "no-cache" });
        }
        Kind::Admin => {
            put("content-security-policy", ADMIN);
            put("x-frame-options", "DENY");
            put("cache-control", "no-store");
            put("referrer-policy", "same-origin");
        }
        Kind::Framed => {
            put("content-security-policy", FRAMED);
            put("x-frame-options", "SAMEORIGIN");
            put("cache-control", "no-store");
        }
        Kind::Picture => {
            put("content-security-policy", PICTURE);
            put("cross-origin-resource-policy", "cross-origin");
        }
        Kind::Plain => {}
    }
    put("referrer-policy", "strict-origin-when-cross-origin");
    put("cross-origin-opener-policy", "same-origin");
    put("cross-origin-resource-policy", "same-origin");
    put("permissions-policy", PERMISSIONS);
}

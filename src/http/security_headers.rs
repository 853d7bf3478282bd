//! Security headers (SECURITY.md S6): on every response, and by the kind of page.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CROSS_ORIGIN_OPENER_POLICY, CROSS_ORIGIN_RESOURCE_POLICY, HeaderMap,
    HeaderName, HeaderValue, PERMISSIONS_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};

/// A content security policy for http, and for https with `upgrade-insecure-requests`.
struct Policy {
    http: HeaderValue,
    https: HeaderValue,
}

macro_rules! policy {
    ($(#[$about:meta])* $name:ident, $text:literal) => {
        $(#[$about])*
        static $name: Policy = Policy {
            http: HeaderValue::from_static($text),
            https: HeaderValue::from_static(concat!($text, "; upgrade-insecure-requests")),
        };
    };
}

policy!(
    /// Public pages: same-origin resources only.
    PAGE,
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; \
     frame-src 'none'; base-uri 'none'; object-src 'none'"
);
policy!(
    /// Personal pages: as [`PAGE`], but a form may redirect to Stripe's checkout.
    PERSONAL,
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self' https://checkout.stripe.com; \
     frame-ancestors 'none'; frame-src 'none'; base-uri 'none'; object-src 'none'"
);
policy!(
    /// Admin pages: may frame pages of this origin (post previews, emails), and preview uploads from `blob:`.
    ADMIN,
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; frame-src 'self'; base-uri 'none'; \
     object-src 'none'"
);
policy!(
    /// Pages inside a frame of the admin: no scripts, no forms.
    FRAMED,
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
     frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox allow-same-origin"
);
static PICTURE: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
static PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), \
     gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(self), publickey-credentials-create=(self), \
     publickey-credentials-get=(self), \
     screen-wake-lock=(), usb=(), xr-spatial-tracking=()",
);
static NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
static TWO_YEARS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
static DENY: HeaderValue = HeaderValue::from_static("DENY");
static SAMEORIGIN: HeaderValue = HeaderValue::from_static("SAMEORIGIN");
static SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
static CROSS_ORIGIN: HeaderValue = HeaderValue::from_static("cross-origin");
static STRICT_ORIGIN: HeaderValue = HeaderValue::from_static("strict-origin-when-cross-origin");
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
static NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// The kind of a response, which decides its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseKind {
    /// A public page: browsers must revalidate it.
    Public,
    /// A page for one person: `no-store`.
    Private,
    /// An admin page: `no-store`, and no referrer to other sites.
    Admin,
    /// A page inside a frame of the admin.
    Framed,
    /// A picture: other sites may embed it.
    Picture,
    /// Anything else: only the common headers.
    Plain,
}

/// Adds the headers of the kind and the common ones; headers that are already set stay.
pub fn add(headers: &mut HeaderMap, kind: ResponseKind, https: bool) {
    let mut insert = |name: HeaderName, value: &HeaderValue| {
        if !headers.contains_key(&name) {
            headers.insert(name, value.clone());
        }
    };
    insert(X_CONTENT_TYPE_OPTIONS, &NOSNIFF);
    if https {
        insert(STRICT_TRANSPORT_SECURITY, &TWO_YEARS);
    }
    let select = |policy: &'static Policy| if https { &policy.https } else { &policy.http };
    match kind {
        ResponseKind::Public | ResponseKind::Private => {
            insert(CONTENT_SECURITY_POLICY, select(if kind == ResponseKind::Private { &PERSONAL } else { &PAGE }));
            insert(X_FRAME_OPTIONS, &DENY);
            insert(CACHE_CONTROL, if kind == ResponseKind::Private { &NO_STORE } else { &NO_CACHE });
        }
        ResponseKind::Admin => {
            insert(CONTENT_SECURITY_POLICY, select(&ADMIN));
            insert(X_FRAME_OPTIONS, &DENY);
            insert(CACHE_CONTROL, &NO_STORE);
            insert(REFERRER_POLICY, &SAME_ORIGIN);
        }
        ResponseKind::Framed => {
            insert(CONTENT_SECURITY_POLICY, select(&FRAMED));
            insert(X_FRAME_OPTIONS, &SAMEORIGIN);
            insert(CACHE_CONTROL, &NO_STORE);
        }
        ResponseKind::Picture => {
            insert(CONTENT_SECURITY_POLICY, &PICTURE);
            insert(CROSS_ORIGIN_RESOURCE_POLICY, &CROSS_ORIGIN);
        }
        ResponseKind::Plain => {}
    }
    insert(REFERRER_POLICY, &STRICT_ORIGIN);
    insert(CROSS_ORIGIN_OPENER_POLICY, &SAME_ORIGIN);
    insert(CROSS_ORIGIN_RESOURCE_POLICY, &SAME_ORIGIN);
    insert(PERMISSIONS_POLICY, &PERMISSIONS);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(kind: ResponseKind, https: bool) -> String {
        let mut headers = HeaderMap::new();
        add(&mut headers, kind, https);
        headers.get(CONTENT_SECURITY_POLICY).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn on_https_everything_is_asked_for_by_https() {
        for kind in [ResponseKind::Public, ResponseKind::Private, ResponseKind::Admin, ResponseKind::Framed] {
            assert!(policy(kind, true).ends_with("; upgrade-insecure-requests"), "{kind:?}");
            assert!(!policy(kind, false).contains("upgrade-insecure-requests"), "{kind:?}");
        }
    }
}

//! Rejects cross-site requests (SECURITY.md S1): by `Sec-Fetch-Site`, else by `Origin`; without both a request passes
//! only if it carries none of our cookies. No tokens in forms, so public pages stay cacheable.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{AsHeaderName, ORIGIN};

use super::cookies;
use crate::error::CrossSiteReason;
use crate::paths;

/// Why a request is rejected; `None` if it may pass.
pub fn rejection_reason(request: &ServiceRequest, origin: &str) -> Option<CrossSiteReason> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return None;
    }
    let mut fetch_sites = request.headers().get_all("sec-fetch-site");
    let sent_origin = header_text(request, ORIGIN);
    match (fetch_sites.next(), fetch_sites.next()) {
        (Some(_), Some(_)) => Some(CrossSiteReason::TwoOrigins),
        (Some(site), None) => {
            let site = site.to_str().unwrap_or("").to_ascii_lowercase();
            let is_same_origin = site == "same-origin" || site == "none";
            (!is_same_origin).then(|| CrossSiteReason::OtherSite(sent_origin.map(str::to_owned)))
        }
        (None, _) => match sent_origin {
            Some(sent) if sent == origin => None,
            // The page has `Referrer-Policy: no-referrer`, for which browsers send `Origin: null`. The form's secret is
            // in a SameSite cookie or in the form itself.
            Some("null") if request.path() == paths::password_reset_form() => None,
            Some(sent) => Some(CrossSiteReason::OtherOrigin { expected: origin.to_owned(), origin: sent.to_owned() }),
            None => {
                let has_cookie = cookies::all_names().into_iter().any(|name| request.cookie(name).is_some());
                has_cookie.then_some(CrossSiteReason::NoOrigin)
            }
        },
    }
}

fn header_text(request: &ServiceRequest, name: impl AsHeaderName) -> Option<&str> {
    request.headers().get(name).map(|value| value.to_str().unwrap_or("null"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::cookie::Cookie;
    use actix_web::test::TestRequest;

    /// Request headers, whether one of our cookies is sent, and whether the request may pass.
    type Vector<'a> = (&'a [(&'a str, &'a str)], bool, bool);

    /// The test vectors, for https://shop.example.
    #[test]
    fn the_vectors() {
        let own = "https://shop.example";
        let vectors: &[Vector<'_>] = &[
            (&[("sec-fetch-site", "same-origin"), ("origin", own)], true, true),
            (&[("sec-fetch-site", "none")], true, true),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://blog.shop.example")], true, false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], true, false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "null")], true, false),
            (&[("origin", own)], true, true),
            (&[("origin", "http://shop.example")], true, false),
            (&[("origin", "https://shop.example:8443")], true, false),
            (&[("origin", "null")], true, false),
            (&[], true, false),
            (&[], false, true),
            (&[("sec-fetch-site", "Same-Origin")], true, true),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")], true, false),
            (&[("sec-fetch-site", "cross-site")], true, false),
        ];
        for (headers, cookie, passes) in vectors {
            let mut request = TestRequest::post().uri("/cart/lines");
            for header in *headers {
                request = request.append_header(*header);
            }
            if *cookie {
                request = request.cookie(Cookie::new(cookies::session_name(true), "x"));
            }
            let request = request.to_srv_request();
            assert_eq!(rejection_reason(&request, own).is_none(), *passes, "{headers:?}");
        }
        let reset = |site| {
            let request = TestRequest::post().uri("/password/reset").append_header(("origin", site));
            rejection_reason(&request.to_srv_request(), own)
        };
        assert_eq!(reset("null"), None);
        assert!(reset("https://evil.example").is_some());
        let get = TestRequest::get().append_header(("sec-fetch-site", "cross-site")).to_srv_request();
        assert_eq!(rejection_reason(&get, own), None);
    }
}

//! Refuses requests that another site makes in a visitor's name (R1): by `Sec-Fetch-Site`, else by `Origin`, else
//! only for those who carry no cookie of ours. No token in any form, so pages stay the same for everybody.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{AsHeaderName, ORIGIN};

use super::cookies;
use crate::paths;

/// Why a request is refused, in words for the page; nothing if it may pass.
pub fn refusal(request: &ServiceRequest, origin: &str) -> Option<String> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return None;
    }
    let mut sites = request.headers().get_all("sec-fetch-site");
    let came = text(request, ORIGIN);
    match (sites.next(), sites.next()) {
        (Some(_), Some(_)) => Some("The request says twice where it comes from.".to_owned()),
        (Some(site), None) => {
            let site = site.to_str().unwrap_or("").to_ascii_lowercase();
            let own = site == "same-origin" || site == "none";
            (!own).then(|| format!("The request was sent by another site ({}).", came.unwrap_or("unknown")))
        }
        (None, _) => match came {
            Some(came) if came == origin => None,
            // Its page has `Referrer-Policy: no-referrer`, with which browsers write no origin. What the form needs is in
            // a cookie that no other site can send along, or it is a secret itself.
            Some("null") if request.path() == paths::password_reset_form() => None,
            Some(came) => Some(format!("This site is {origin}, but the request was sent from {came}.")),
            None => {
                let ours = cookies::all().into_iter().any(|name| request.cookie(name).is_some());
                ours.then(|| "The browser did not say which site sent the request.".to_owned())
            }
        },
    }
}

fn text(request: &ServiceRequest, name: impl AsHeaderName) -> Option<&str> {
    request.headers().get(name).map(|value| value.to_str().unwrap_or("null"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::cookie::Cookie;
    use actix_web::test::TestRequest;

    /// Headers that came, whether a cookie of ours came along, and whether the request may pass.
    type Vector<'a> = (&'a [(&'a str, &'a str)], bool, bool);

    /// The vectors of the design, on https://shop.example.
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
                request = request.cookie(Cookie::new(cookies::session(true), "x"));
            }
            let request = request.to_srv_request();
            assert_eq!(refusal(&request, own).is_none(), *passes, "{headers:?}");
        }
        let reset = |site| {
            let request = TestRequest::post().uri("/password/reset").append_header(("origin", site));
            refusal(&request.to_srv_request(), own)
        };
        assert_eq!(reset("null"), None);
        assert!(reset("https://evil.example").is_some());
        let get = TestRequest::get().append_header(("sec-fetch-site", "cross-site")).to_srv_request();
        assert_eq!(refusal(&get, own), None);
    }
}

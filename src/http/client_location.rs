//! Whether a request comes from a browser on the server itself, for which the setup page needs no key.

use std::future::{Ready, ready};
use std::net::SocketAddr;

use actix_web::dev::Payload;
use actix_web::http::Version;
use actix_web::http::header::{HOST, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use url::Url;

use super::guards::app_data;
use crate::app::App;
use crate::config::is_loopback;
use crate::error::Result;

/// Where the client is. A local proxy that adds no header and sends a loopback `Host` looks like a local browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientLocation {
    /// On the server itself: the site's address and the peer are loopback, `Host` names that address and port, and no
    /// header shows a proxy.
    SameMachine,
    /// Elsewhere, or behind a proxy.
    Remote,
}

impl FromRequest for ClientLocation {
    type Error = crate::error::Error;
    type Future = Ready<Result<ClientLocation>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(app_data::<App>(request).map(|app: web::Data<App>| {
            let peer = request.peer_addr();
            let is_local =
                app.is_local && is_from_this_machine(&app.base_url, peer, request.version(), request.headers());
            if is_local { ClientLocation::SameMachine } else { ClientLocation::Remote }
        }))
    }
}

fn is_from_this_machine(base_url: &Url, peer: Option<SocketAddr>, version: Version, headers: &HeaderMap) -> bool {
    let is_peer_local = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    // nginx speaks HTTP/1.0 to its upstreams by default; browsers and curl do not.
    let is_http_1_1 = version >= Version::HTTP_11;
    let has_local_host = names_this_machine(base_url, headers);
    is_loopback(base_url) && is_peer_local && is_http_1_1 && has_local_host && !has_proxy_header(headers)
}

/// Whether the only `Host` is a loopback name with the site's port.
fn names_this_machine(base_url: &Url, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST);
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let host = host.to_str().ok().and_then(|host| Url::parse(&format!("{}://{host}/", base_url.scheme())).ok());
    host.is_some_and(|host| is_loopback(&host) && host.port_or_known_default() == base_url.port_or_known_default())
}

fn has_proxy_header(headers: &HeaderMap) -> bool {
    const PROXY_HEADERS: [&str; 4] = ["via", "cdn-loop", "x-scheme", "x-proxyuser-ip"];
    const PROXY_PREFIXES: [&str; 8] =
        ["cf-", "fly-", "fastly-", "x-amz", "x-azure-", "x-envoy-", "x-original-", "x-vercel-"];
    const PROXY_PARTS: [&str; 4] = ["forwarded", "real-ip", "client-ip", "connecting-ip"];
    headers.keys().any(|name| {
        let name = name.as_str();
        PROXY_HEADERS.contains(&name)
            || PROXY_PREFIXES.iter().any(|start| name.starts_with(start))
            || PROXY_PARTS.iter().any(|part| name.contains(part))
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn is_local(base_url: &str, peer: &str, version: Version, headers: &[(&str, &str)]) -> bool {
        let mut request = TestRequest::default();
        for header in headers {
            request = request.append_header(*header);
        }
        let request = request.to_http_request();
        is_from_this_machine(&base_url.parse().unwrap(), peer.parse().ok(), version, request.headers())
    }

    #[test]
    fn a_browser_at_the_machine_is_local() {
        for (base_url, peer, host) in [
            ("http://127.0.0.1:8080", "127.0.0.1:50000", "127.0.0.1:8080"),
            ("http://127.0.0.1:8080", "[::ffff:127.0.0.1]:50000", "localhost:8080"),
            ("http://[::1]:8080", "[::1]:50000", "[::1]:8080"),
            ("http://localhost", "127.0.0.1:50000", "localhost"),
        ] {
            assert!(is_local(base_url, peer, Version::HTTP_11, &[("host", host)]), "{base_url} {peer} {host}");
        }
    }

    #[test]
    fn whoever_comes_through_a_proxy_or_from_elsewhere_is_not() {
        let (local_url, peer, host) = ("http://127.0.0.1:8080", "127.0.0.1:50000", ("host", "127.0.0.1:8080"));
        let with = |name: &'static str| is_local(local_url, peer, Version::HTTP_11, &[host, (name, "203.0.113.9")]);
        for name in [
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "X-Forwarded-Port",
            "X-Forwarded-Server",
            "X-Original-Forwarded-For",
            "X-Original-URL",
            "X-Real-IP",
            "X-Client-IP",
            "X-Cluster-Client-IP",
            "True-Client-IP",
            "Via",
            "CF-Connecting-IP",
            "CF-Ray",
            "CDN-Loop",
            "Fastly-Client-IP",
            "Fly-Client-IP",
            "X-Envoy-External-Address",
            "X-Amzn-Trace-Id",
            "X-Azure-ClientIP",
            "X-Scheme",
        ] {
            assert!(!with(name), "{name}");
        }
        assert!(with("User-Agent") && with("Accept-Language"), "what browsers send does not matter");
        for (base_url, peer, version, hosts) in [
            ("https://shop.example", peer, Version::HTTP_11, vec![("host", "127.0.0.1:8080")]),
            ("http://0.0.0.0:8080", peer, Version::HTTP_11, vec![host]),
            ("http://192.168.1.20:8080", peer, Version::HTTP_11, vec![("host", "192.168.1.20:8080")]),
            (local_url, "203.0.113.9:50000", Version::HTTP_11, vec![host]),
            (local_url, "192.168.1.20:50000", Version::HTTP_11, vec![host]),
            (local_url, "nobody", Version::HTTP_11, vec![host]),
            (local_url, peer, Version::HTTP_10, vec![host]),
            (local_url, peer, Version::HTTP_11, vec![]),
            (local_url, peer, Version::HTTP_11, vec![("host", "shop.example")]),
            (local_url, peer, Version::HTTP_11, vec![("host", "localhost.shop.example:8080")]),
            (local_url, peer, Version::HTTP_11, vec![("host", "127.0.0.1")]),
            (local_url, peer, Version::HTTP_11, vec![("host", "127.0.0.1:8081")]),
            (local_url, peer, Version::HTTP_11, vec![host, ("host", "shop.example")]),
        ] {
            assert!(!is_local(base_url, peer, version, &hosts), "{base_url} {peer} {version:?} {hosts:?}");
        }
    }
}

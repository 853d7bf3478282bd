//! The client's address: the peer's, or what trusted proxies report in `X-Forwarded-For`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::X_FORWARDED_FOR;
use ipnet::IpNet;

use crate::support::client_network::ClientNetwork;

/// The client's address.
#[derive(Clone, Copy, Debug)]
pub struct ClientIp(pub IpAddr);

/// The right-most address that is not a trusted proxy; everything left of it, or of an invalid entry, can be forged.
/// `entries` are in reverse order.
fn find_client<'a>(peer: IpAddr, entries: impl Iterator<Item = &'a str>, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address.to_canonical()));
    let mut client = peer;
    for entry in entries {
        if !is_trusted(client) {
            break;
        }
        match parse_address(entry.trim()) {
            Some(entry) => client = entry,
            None => break,
        }
    }
    client
}

/// Parses an address as proxies write it: `192.0.2.1`, `2001:db8::1`, `192.0.2.1:5678`, `[2001:db8::1]:5678`.
fn parse_address(entry: &str) -> Option<IpAddr> {
    let with_port = || entry.parse().ok().map(|socket: SocketAddr| socket.ip());
    let in_brackets = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    entry.parse().ok().or_else(with_port).or_else(in_brackets)
}

/// Warns once about a local proxy that is not trusted: all visitors share its address and its rate limits.
fn warn_of_untrusted_proxy(peer: IpAddr) {
    static HAS_WARNED: AtomicBool = AtomicBool::new(false);
    if !HAS_WARNED.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            %peer,
            "requests come through a proxy that is not listed in TRADEPOST_TRUSTED_PROXIES: all visitors seem to have its \
             address, and all visitors share one rate limit"
        );
    }
}

impl ClientIp {
    /// Determines the address and stores it in the request's extensions.
    pub fn resolve(request: &ServiceRequest, trusted: &[IpNet]) -> ClientIp {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        // Each proxy may append to the existing header line or add another line.
        let lines: Vec<&str> =
            request.headers().get_all(X_FORWARDED_FOR).map(|line| line.to_str().unwrap_or_default()).collect();
        let client = find_client(peer, lines.iter().rev().flat_map(|line| line.rsplit(',')), trusted);
        let is_peer_untrusted = client == peer && !trusted.iter().any(|network| network.contains(&peer.to_canonical()));
        if !lines.is_empty() && is_peer_untrusted && !ClientNetwork::from_ip(peer).is_public() {
            warn_of_untrusted_proxy(peer);
        }
        let client = ClientIp(client);
        request.extensions_mut().insert(client);
        client
    }

    /// The network that rate limits count as one client.
    pub fn network(self) -> ClientNetwork {
        ClientNetwork::from_ip(self.0)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// The client of a request with these `X-Forwarded-For` lines via 10.0.0.1; 10.0.0.0/8 is trusted.
    fn client(lines: &[&str]) -> String {
        client_of([10, 0, 0, 1], lines)
    }

    fn client_of(peer: [u8; 4], lines: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(SocketAddr::from((peer, 50_000)));
        for line in lines {
            request = request.append_header(("x-forwarded-for", *line));
        }
        let request = request.to_srv_request();
        ClientIp::resolve(&request, &["10.0.0.0/8".parse().unwrap()]);
        let client = request.extensions().get::<ClientIp>().unwrap().0;
        client.to_string()
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_of_ours_is_the_client() {
        assert_eq!(client(&[]), "10.0.0.1");
        assert_eq!(client(&["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client(&["203.0.113.9, 192.0.2.1, 10.0.0.2"]), "192.0.2.1");
        assert_eq!(client_of([192, 0, 2, 7], &["203.0.113.9"]), "192.0.2.7", "nobody trusts this peer");
    }

    #[test]
    fn a_line_that_the_proxy_writes_below_the_clients_own_counts_more() {
        assert_eq!(client(&["203.0.113.9", "192.0.2.1"]), "192.0.2.1");
        assert_eq!(client(&["203.0.113.9", "192.0.2.1", "10.0.0.2"]), "192.0.2.1");
    }

    #[test]
    fn an_address_may_have_a_port_and_what_is_none_ends_the_list() {
        assert_eq!(client(&["203.0.113.9, 192.0.2.1:5678"]), "192.0.2.1");
        assert_eq!(client(&["203.0.113.9, [2001:db8::1]:5678"]), "2001:db8::1");
        assert_eq!(client(&["203.0.113.9, [2001:db8::1]"]), "2001:db8::1");
        assert_eq!(client(&["203.0.113.9, 2001:db8::1"]), "2001:db8::1");
        assert_eq!(client(&["203.0.113.9, unknown"]), "10.0.0.1");
        assert_eq!(client(&["203.0.113.9, unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client(&["203.0.113.9", "caf\u{e9}"]), "10.0.0.1", "what cannot be read ends the list as well");
    }
}

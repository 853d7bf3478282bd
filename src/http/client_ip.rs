//! Whose address a request comes from: the peer's, or what a trusted proxy says.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpMessage;
use actix_web::dev::ServiceRequest;

use crate::config::Network;

/// The client's address.
#[derive(Clone, Copy, Debug)]
pub struct ClientIp(pub IpAddr);

impl ClientIp {
    /// Works out the address and keeps it with the request.
    pub fn note(request: &ServiceRequest, trusted: &[Network]) {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        let mut client = peer;
        if is_trusted(peer)
            && let Some(header) = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok())
        {
            // The right-most address that is not a proxy of ours: what stands left of it anybody can write.
            for hop in header.rsplit(',').filter_map(|hop| hop.trim().parse().ok()) {
                client = hop;
                if !is_trusted(hop) {
                    break;
                }
            }
        }
        request.extensions_mut().insert(ClientIp(client));
    }

    /// The network that counts as one client: /24 or /64.
    pub fn network(self) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                format!("{a}.{b}.{c}.0/24")
            }
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }

    /// The network that one customer of a provider may have to themselves: /24 or /48. None for an address that is not
    /// on the internet (RFC 1918, 4193, 6890): behind it is a proxy that nobody has named, or the machine itself.
    pub fn site_network(self) -> Option<String> {
        match self.0.to_canonical() {
            IpAddr::V4(v4) if v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified() => None,
            IpAddr::V4(_) => Some(self.network()),
            IpAddr::V6(v6) if v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() => None,
            IpAddr::V6(v6) => {
                let [a, b, c, ..] = v6.segments();
                Some(format!("{a:x}:{b:x}:{c:x}::/48"))
            }
        }
    }
}

//! The network that counts as one client in rate limits: an IPv4 /24, or an IPv6 /48, which one site may be assigned
//! (RFC 6177).

use std::fmt::{Display, Formatter};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A /24 or /48, represented by its first address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// The network of an address; an IPv4-mapped IPv6 address counts as IPv4.
    pub fn from_ip(address: IpAddr) -> ClientNetwork {
        ClientNetwork(match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Ipv4Addr::new(a, b, c, 0).into()
            }
            IpAddr::V6(v6) => {
                let [a, b, c, ..] = v6.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
            }
        })
    }

    /// Whether the network is on the internet. All visitors may share one that is not (RFC 1918, 4193, 6598, 6890):
    /// that of an untrusted proxy, or of this machine.
    pub fn is_public(self) -> bool {
        match self.0 {
            IpAddr::V4(v4) => {
                let [a, b, ..] = v4.octets();
                let shared = a == 100 && (64..128).contains(&b);
                !(a == 0 || shared || v4.is_loopback() || v4.is_private() || v4.is_link_local())
            }
            // The first address of ::1's /48 is the unspecified address.
            IpAddr::V6(v6) => {
                !(v6.is_unspecified() || v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local())
            }
        }
    }
}

impl Display for ClientNetwork {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.0, if self.0.is_ipv4() { 24 } else { 48 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> ClientNetwork {
        ClientNetwork::from_ip(address.parse().unwrap())
    }

    #[test]
    fn hosts_of_one_customer_are_one_network() {
        for (one, other) in [
            ("192.0.2.1", "192.0.2.254"),
            ("192.0.2.1", "::ffff:192.0.2.7"),
            ("2001:db8:1::1", "2001:db8:1:ffff:1:2:3:4"),
        ] {
            assert_eq!(network(one), network(other));
        }
        for (one, other) in [("192.0.2.1", "192.0.3.1"), ("2001:db8:1::1", "2001:db8:2::1")] {
            assert_ne!(network(one), network(other));
        }
        assert_eq!(network("192.0.2.9").to_string(), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2::9").to_string(), "2001:db8:1::/48");
    }

    #[test]
    fn addresses_behind_which_anybody_may_be_are_told_from_those_of_the_internet() {
        let inside = ["127.0.0.1", "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.0.1", "100.64.0.1", "0.0.0.0"];
        for address in inside.into_iter().chain(["::1", "::", "fd00::1", "fe80::1", "::ffff:10.0.0.1"]) {
            assert!(!network(address).is_public(), "{address}");
        }
        for address in ["192.0.2.1", "100.128.0.1", "172.32.0.1", "2001:db8::1", "::ffff:192.0.2.1"] {
            assert!(network(address).is_public(), "{address}");
        }
    }
}

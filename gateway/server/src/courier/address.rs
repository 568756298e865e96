//! Which addresses are somebody's on the public internet (IANA special-purpose registries).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Of what a name leads to, what may be reached.
pub(super) fn vet(found: Vec<SocketAddr>, allow_private: bool) -> Vec<SocketAddr> {
    let public = |it: &SocketAddr| allow_private || is_public(it.ip());
    found.into_iter().filter(public).collect()
}

pub(super) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => is_public_v4(it),
        IpAddr::V6(it) => is_public_v6(it),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match (a, b, c) {
        // This network, private, carrier-grade NAT, loopback, link-local (cloud metadata).
        (0 | 10 | 127, ..) | (100, 64..=127, _) | (169, 254, _) => true,
        (172, 16..=31, _) | (192, 168, _) => true,
        // Protocol assignments, documentation, 6to4 relays, benchmarks.
        (192, 0, 0 | 2) | (192, 88, 99) | (198, 18..=19, _) => true,
        (198, 51, 100) | (203, 0, 113) => true,
        // Multicast, reserved, broadcast.
        (224..=255, ..) => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, ..] = address.segments();
    let special = match (a, b, c) {
        // Unspecified, loopback, IPv4-compatible, discard, NAT64.
        (0, ..) | (0x64, 0xff9b, _) | (0x100, 0, 0) => true,
        // Teredo and protocol assignments, documentation, 6to4.
        (0x2001, 0..=0x1ff, _) | (0x2001, 0xdb8, _) | (0x2002, ..) => true,
        (0x3fff, 0..=0x0fff, _) | (0x5f00, ..) => true,
        // Unique local, link-local and site-local, multicast.
        (0xfc00..=0xfdff, ..) | (0xfe80..=0xfeff, ..) | (0xff00..=0xffff, ..) => true,
        _ => false,
    };
    !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_public() {
        let special = [
            "0.0.0.0",
            "10.0.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "100.64.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in special {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "8.8.8.8", "100.63.0.1", "172.32.0.1", "2606:4700::1111"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn mixed_answers_keep_their_public_part_alone() {
        let addresses = ["1.1.1.1:443", "10.0.0.1:443", "[::1]:443"].map(|it| it.parse().unwrap());
        assert_eq!(vet(addresses.to_vec(), false), [addresses[0]]);
        assert_eq!(vet(addresses.to_vec(), true).len(), 3);
    }
}

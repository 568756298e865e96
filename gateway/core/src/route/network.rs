//! Ranges of addresses, as in `192.0.2.0/24`.

use std::net::IpAddr;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// IPv4 in the form that IPv6 has for it, so that both are compared alike.
    bits: u128,
    len: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    #[error("must be an address or a network, such as \"192.0.2.0/24\"")]
    Form,
    #[error("has bits set behind its prefix")]
    HostBits,
}

impl Network {
    pub fn contains(self, address: IpAddr) -> bool {
        mask(bits(address), self.len) == self.bits
    }

    pub(super) fn covers(self, inner: Self) -> bool {
        self.len <= inner.len && mask(inner.bits, self.len) == self.bits
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(it) => it.to_ipv6_mapped().to_bits(),
        IpAddr::V6(it) => it.to_bits(),
    }
}

fn mask(bits: u128, len: u8) -> u128 {
    bits & u128::MAX.checked_shl(128 - u32::from(len)).unwrap_or(0)
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, len) = text.split_once('/').map_or((text, None), |it| (it.0, Some(it.1)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Form)?;
        let (offset, widest) = if address.is_ipv4() { (96, 32) } else { (0, 128) };
        let plain = |it: &&str| it.bytes().all(|byte| byte.is_ascii_digit());
        let len = len.map_or(Some(widest), |it| Some(it).filter(plain)?.parse().ok());
        let len = len.filter(|it: &u8| *it <= widest).ok_or(NetworkError::Form)? + offset;
        let bits = bits(address);
        if mask(bits, len) == bits { Ok(Self { bits, len }) } else { Err(NetworkError::HostBits) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(network: &str, address: &str, expect: bool) {
        let parsed: Network = network.parse().unwrap();
        assert_eq!(parsed.contains(address.parse().unwrap()), expect, "{network} {address}");
    }

    #[test]
    fn addresses_and_their_networks() {
        check("192.0.2.0/24", "192.0.2.255", true);
        check("192.0.2.0/24", "192.0.3.0", false);
        check("192.0.2.7", "192.0.2.7", true);
        check("192.0.2.7", "192.0.2.8", false);
        check("0.0.0.0/0", "203.0.113.9", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("2001:db8::/32", "2001:db8:ffff::1", true);
        check("2001:db8::/32", "2001:db9::", false);
        check("::/0", "203.0.113.9", true);
        // The same address, told by a socket that speaks both.
        check("192.0.2.0/24", "::ffff:192.0.2.1", true);
        let refused = |text: &str| text.parse::<Network>().unwrap_err();
        assert_eq!(refused("192.0.2.1/24"), NetworkError::HostBits);
        for text in ["", "/", "192.0.2.0/33", "192.0.2.0/+8", "192.0.2.0/", "x/8", "::/129"] {
            assert_eq!(refused(text), NetworkError::Form, "{text}");
        }
    }

    #[test]
    fn wide_networks_cover_narrow_ones() {
        let covers = |wide: &str, narrow: &str| {
            wide.parse::<Network>().unwrap().covers(narrow.parse().unwrap())
        };
        assert!(covers("10.0.0.0/8", "10.1.0.0/16") && !covers("10.1.0.0/16", "10.0.0.0/8"));
        assert!(covers("10.0.0.0/8", "10.0.0.0/8") && !covers("10.0.0.0/8", "11.0.0.0/16"));
    }
}

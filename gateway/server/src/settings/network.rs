//! Networks of addresses, in one spelling each.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

/// Where the IPv4 addresses are within IPv6.
const MAPPED_BITS: u8 = 96;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NetworkError {
    #[error("must be an address or a network, such as \"203.0.113.7\" or \"2001:db8::/32\"")]
    Form,
    #[error("has bits beyond its prefix: the network is {0}")]
    HostBits(IpNet),
}

pub(super) fn network(text: &str) -> Result<IpNet, NetworkError> {
    let address = |it: &str| it.parse::<IpAddr>().map(IpNet::from);
    let network = text.parse::<IpNet>().ok().or_else(|| address(text).ok());
    let network = network.ok_or(NetworkError::Form)?;
    if network.addr() != network.network() {
        return Err(NetworkError::HostBits(network.trunc()));
    }
    Ok(plain(network))
}

/// As addresses are compared: an IPv4 address is no IPv6 one.
fn plain(network: IpNet) -> IpNet {
    let mapped: Option<Ipv4Addr> = match network {
        IpNet::V6(it) => it.addr().to_ipv4_mapped(),
        IpNet::V4(_) => None,
    };
    let bits = network.prefix_len().checked_sub(MAPPED_BITS);
    let plain = mapped.zip(bits).and_then(|(it, bits)| Ipv4Net::new(it, bits).ok());
    plain.map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_told_exactly() {
        let check = |text: &str, expect: &str| {
            let found = network(text).map_or_else(|it| it.to_string(), |it| it.to_string());
            assert!(found.starts_with(expect), "{text}: {found}");
        };
        check("203.0.113.7", "203.0.113.7/32");
        check("203.0.113.0/24", "203.0.113.0/24");
        check("0.0.0.0/0", "0.0.0.0/0");
        check("2001:db8::1", "2001:db8::1/128");
        check("2001:DB8::/32", "2001:db8::/32");
        check("::ffff:203.0.113.7", "203.0.113.7/32");
        check("::ffff:203.0.113.0/120", "203.0.113.0/24");
        check("203.0.113.7/24", "has bits beyond its prefix: the network is 203.0.113.0/24");
        check("2001:db8::1/32", "has bits beyond its prefix: the network is 2001:db8::/32");
        for text in ["", "shop.example.com", "203.0.113", "203.0.113.0/33", "1.2.3.4/", "::/129"] {
            check(text, "must be an address or a network");
        }
        check("203.0.113.007", "must be an address or a network");
    }
}

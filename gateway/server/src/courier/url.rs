//! Which URLs may be delivered to, decided before a name is resolved.

use std::net::IpAddr;

use http::Uri;
use paymux_engine::courier::CourierError;

use super::address::is_public;
use super::amqp::Target;

/// Far more than the 2,048 that the settings and orders may say: behind those, a door writes all
/// that it tells, and one character of it takes up to twelve bytes.
const MAX_URL_BYTES: usize = 16 * 1024;

#[derive(Clone, Debug)]
pub struct UrlPolicy {
    pub allow_private_addresses: bool,
    pub allow_http: bool,
    pub allow_amqp: bool,
    /// Ports beside those of development; empty means any, for private addresses.
    pub ports: Vec<u16>,
}

impl UrlPolicy {
    /// One parser decides and connects, so the two cannot disagree about the host.
    pub(crate) fn check(&self, url: &str) -> Result<Uri, CourierError> {
        let refused = CourierError::Url;
        if url.len() > MAX_URL_BYTES || url.contains('#') {
            return Err(refused);
        }
        let uri: Uri = url.parse().map_err(|_| refused)?;
        let port = match uri.scheme_str() {
            Some("https") => 443,
            Some("http") if self.allow_http => 80,
            _ => return Err(refused),
        };
        let authority = uri.authority().ok_or(refused)?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(refused);
        }
        let port = authority.port_u16().unwrap_or(port);
        if !self.allow_private_addresses && !self.ports.contains(&port) {
            return Err(refused);
        }
        self.check_host(authority.host())?;
        Ok(uri)
    }

    pub(crate) fn check_broker(&self, target: &Target) -> Result<(), CourierError> {
        let port = self.allow_private_addresses || self.ports.contains(&target.port);
        if !(target.secure || self.allow_amqp) || !port {
            return Err(CourierError::Url);
        }
        self.check_host(&target.host)
    }

    /// A literal address never meets the resolver, so it is judged here.
    fn check_host(&self, host: &str) -> Result<(), CourierError> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) if self.allow_private_addresses || is_public(address) => Ok(()),
            Ok(_) => Err(CourierError::Address),
            // `127.1`, `0x7f000001`, `2130706433`: some resolvers take them for addresses.
            Err(_) if looks_numeric(bare) => Err(CourierError::Url),
            Err(_) => Ok(()),
        }
    }
}

fn looks_numeric(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or(host);
    last.bytes().all(|it| it.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X")
}

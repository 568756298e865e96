//! Which address a request comes from, and whether the merchant allows it.
//!
//! A header is believed only as far as proxies of ours have written it: from the right, up to the
//! first address that is none of theirs.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;
use paymux_engine::problem;
use paymux_engine::snapshot::Merchant;

use crate::api::problem::Refusal;
use crate::listen::Peer;

pub(crate) const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED: HeaderName = http::header::FORWARDED;
/// Chains of proxies are short; whoever writes more hides something.
const MAX_ELEMENTS: usize = 32;
const MAX_BYTES: usize = 4096;

/// Who may say where a request comes from, and in which header they do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    pub trusted: Vec<IpNet>,
    pub header: ForwardedHeader,
}

/// One of them: the other would be whatever the caller wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForwardedHeader {
    #[default]
    XForwardedFor,
    Forwarded,
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Client {
    /// None when a proxy does not say, or says what nobody can read.
    pub(crate) address: Option<IpAddr>,
    /// The other end of the connection.
    pub(crate) peer: Option<IpAddr>,
}

pub(crate) async fn find(
    State(proxies): State<Arc<Proxies>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().map(|it| it.0.ip().to_canonical());
    let address = peer.and_then(|it| proxies.client(it, request.headers()));
    request.extensions_mut().insert(Client { address, peer });
    next.run(request).await
}

/// After the merchant is known, so that a stranger learns nothing of any list.
pub(crate) async fn allow(request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    let client = extensions.get::<Client>().and_then(|it| it.address);
    let merchant = extensions.get::<Arc<Merchant>>();
    if merchant.is_none_or(|it| it.access.allows(client)) {
        return next.run(request).await;
    }
    let detail = "the merchant's list of addresses does not have the one you come from";
    Refusal::new(problem::ADDRESS_NOT_ALLOWED, detail).into_response()
}

impl Proxies {
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        if !self.trusts(peer) {
            return Some(peer);
        }
        let name = match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => FORWARDED,
        };
        let values: Vec<_> = headers.get_all(name).iter().collect();
        if values.iter().map(|it| it.len()).sum::<usize>() > MAX_BYTES {
            return None;
        }
        let values: Option<Vec<_>> = values.iter().map(|it| it.to_str().ok()).collect();
        let joined = values?.join(",");
        if joined.split(',').count() > MAX_ELEMENTS {
            return None;
        }
        self.outermost(&joined)
    }

    /// What is left of an address that is not ours, anybody may have written.
    fn outermost(&self, elements: &str) -> Option<IpAddr> {
        let mut client = None;
        for element in elements.rsplit(',') {
            let address = match self.header {
                ForwardedHeader::XForwardedFor => address(element.trim()),
                ForwardedHeader::Forwarded => for_of(element).and_then(address),
            }?;
            client = Some(address);
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|it| it.contains(&address))
    }
}

/// The one `for=` of an element of `Forwarded` (RFC 7239).
fn for_of(element: &str) -> Option<&str> {
    let mut found = None;
    for pair in element.split(';') {
        let (name, value) = pair.trim().split_once('=')?;
        if name.eq_ignore_ascii_case("for") && found.replace(value).is_some() {
            return None;
        }
    }
    let value = found?;
    match value.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"'),
        None => Some(value),
    }
}

/// An address, with or without its port: `1.2.3.4`, `1.2.3.4:5`, `2001:db8::1`, `[2001:db8::1]:5`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|it| it.ip());
    let address = bare.parse::<IpAddr>().ok().or_else(with_port);
    address.map(|it| it.to_canonical())
}

#[cfg(test)]
mod tests;

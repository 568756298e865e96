//! Under which names the admin listener answers: a page of a stranger must not get at it by a name
//! of its own that leads here.

use std::fmt;
use std::net::IpAddr;

use http::uri::Authority;
use http::{HeaderMap, Uri, header};

/// `https://ops.example.com`, as a browser writes it in `Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub secure: bool,
    /// In lower case, with its port where that is not the scheme's own.
    pub host: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be http:// or https://, a host, and perhaps a port: \"https://ops.example.com\"")]
pub struct OriginError;

impl Origin {
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let (secure, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some(_) | None => return Err(OriginError),
        };
        let authority: Authority = rest.parse().map_err(|_| OriginError)?;
        if authority.as_str() != rest || rest.contains('@') || authority.host().is_empty() {
            return Err(OriginError);
        }
        let own = if secure { ":443" } else { ":80" };
        let host = rest.to_ascii_lowercase();
        Ok(Self { secure, host: host.strip_suffix(own).unwrap_or(&host).to_owned() })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.secure { "https" } else { "http" }, self.host)
    }
}

/// Where the browser believes to be. `None` when it has no business here: only addresses and
/// `localhost` lead to this machine whoever asks, other names are to be in the settings.
pub(crate) fn of(headers: &HeaderMap, uri: &Uri, known: &[Origin]) -> Option<Origin> {
    let host = host(headers, uri)?.to_ascii_lowercase();
    if let Some(it) = known.iter().find(|it| it.host == host) {
        return Some(it.clone());
    }
    let authority: Authority = host.parse().ok()?;
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    let leads_here = name == "localhost" || name.parse::<IpAddr>().is_ok();
    leads_here.then_some(Origin { secure: false, host })
}

/// HTTP/2 says it in the request's target.
fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    if let Some(authority) = uri.authority() {
        return Some(authority.as_str());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return None };
    host.to_str().ok()
}

/// Whether a page of ours sends this. What says neither where it comes from is no browser of
/// these years.
pub(crate) fn is_ours(headers: &HeaderMap, own: &Origin) -> bool {
    let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap_or(""));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), None) => site == "same-origin",
        (site, Some(origin)) => {
            site.is_none_or(|it| it == "same-origin") && is(origin, own, site.is_some())
        }
        (None, None) => false,
    }
}

/// A proxy that speaks TLS may hide the scheme, but not from a browser that says `same-origin`.
fn is(origin: &str, own: &Origin, vouched: bool) -> bool {
    Origin::parse(origin).is_ok_and(|it| it.host == own.host && (vouched || it == *own))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        map
    }

    #[test]
    fn origins_are_a_scheme_and_a_host() {
        let check = |text: &str, expect: Option<&str>| {
            let told = Origin::parse(text).ok().map(|it| it.to_string());
            assert_eq!(told.as_deref(), expect, "{text}");
        };
        check("https://ops.example.com", Some("https://ops.example.com"));
        check("https://OPS.example.com:443", Some("https://ops.example.com"));
        check("http://10.0.0.1:8081", Some("http://10.0.0.1:8081"));
        check("https://ops.example.com/", None);
        check("https://user@ops.example.com", None);
        check("ftp://ops.example.com", None);
        check("ops.example.com", None);
        check("https://", None);
        check("null", None);
    }

    #[test]
    fn only_addresses_and_known_names_lead_here() {
        let known = [Origin::parse("https://ops.example.com").unwrap()];
        let check = |host: &str, expect: Option<&str>| {
            let found = of(&headers(&[("host", host)]), &Uri::from_static("/"), &known);
            assert_eq!(found.map(|it| it.to_string()).as_deref(), expect, "{host}");
        };
        check("127.0.0.1:8081", Some("http://127.0.0.1:8081"));
        check("[::1]:8081", Some("http://[::1]:8081"));
        check("localhost:8081", Some("http://localhost:8081"));
        check("Ops.Example.com", Some("https://ops.example.com"));
        check("ops.example.com:8081", None);
        check("rebound.example.net:8081", None);
        check("localhost.example.net", None);
        check("127.0.0.1.example.net", None);
        check("", None);
        let two = headers(&[("host", "127.0.0.1"), ("host", "127.0.0.1")]);
        assert_eq!(of(&two, &Uri::from_static("/"), &known), None);
        assert_eq!(of(&HeaderMap::new(), &Uri::from_static("/"), &known), None);
    }

    #[test]
    fn only_pages_of_ours_may_send() {
        let own = Origin::parse("http://127.0.0.1:8081").unwrap();
        let check = |pairs: &[(&'static str, &str)], expect| {
            assert_eq!(is_ours(&headers(pairs), &own), expect, "{pairs:?}");
        };
        check(&[("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:8081")], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("origin", "http://127.0.0.1:8081")], true);
        check(&[("sec-fetch-site", "same-origin"), ("origin", "https://127.0.0.1:8081")], true);
        check(&[("origin", "https://127.0.0.1:8081")], false);
        check(&[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8081")], false);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "none")], false);
        check(&[("origin", "http://127.0.0.1:9000")], false);
        check(&[("origin", "null")], false);
        check(&[], false);
    }
}

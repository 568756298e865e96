//! Absolute http and https URLs, as far as settings judge them.

use std::net::IpAddr;

use http::Uri;

const MAX_URL_CHARS: usize = 2048;
/// WeChat Pay takes 255 characters of `notify_url`; ours adds `/notify/` and an account's name.
const MAX_BASE_CHARS: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) secure: bool,
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UrlError {
    #[error("must have at most {0} characters")]
    TooLong(usize),
    #[error("must be printable ASCII: percent-encode the path, write the host in punycode")]
    Characters,
    #[error("must be an absolute URL that begins with https:// or http://")]
    NotAbsolute,
    #[error("must not hold a user or password")]
    UserInfo,
    #[error("must name a host")]
    Host,
    #[error("has no valid port: it must be 1 to 65535")]
    Port,
    #[error("must not have a fragment (#…)")]
    Fragment,
    #[error("must not have a query (?…)")]
    Query,
    #[error("must begin with https://, except for a loopback host")]
    Insecure,
}

impl Url {
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        let uri = uri(text)?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) | None => return Err(UrlError::NotAbsolute),
        };
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(UrlError::Host);
        }
        let port = port(&uri)?.unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { secure, host, port })
    }

    pub(super) fn is_loopback(&self) -> bool {
        let address = self.address().is_some_and(|it| it.to_canonical().is_loopback());
        address || self.host.eq_ignore_ascii_case("localhost")
    }

    /// Whether it is plain to see that the host is not on the open internet; names are looked
    /// up, and judged, when they are called.
    pub(super) fn is_private(&self) -> bool {
        self.is_loopback()
            || match self.address().map(|it| it.to_canonical()) {
                Some(IpAddr::V4(it)) => it.is_private() || it.is_link_local(),
                Some(IpAddr::V6(it)) => it.is_unique_local() || it.is_unicast_link_local(),
                None => false,
            }
    }

    fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// The base of our own URLs, without slashes at its end.
pub(super) fn base(text: &str) -> Result<String, UrlError> {
    let url = Url::parse(text)?;
    if !url.secure && !url.is_loopback() {
        return Err(UrlError::Insecure);
    }
    if text.contains('?') {
        return Err(UrlError::Query);
    }
    let base = text.trim_end_matches('/');
    if base.len() > MAX_BASE_CHARS {
        Err(UrlError::TooLong(MAX_BASE_CHARS))
    } else {
        Ok(base.into())
    }
}

fn uri(text: &str) -> Result<Uri, UrlError> {
    if text.len() > MAX_URL_CHARS {
        return Err(UrlError::TooLong(MAX_URL_CHARS));
    }
    if !text.bytes().all(|it| it.is_ascii_graphic()) {
        return Err(UrlError::Characters);
    }
    if text.contains('#') {
        return Err(UrlError::Fragment);
    }
    let uri: Uri = text.parse().map_err(|_| UrlError::NotAbsolute)?;
    match uri.authority() {
        None => Err(UrlError::NotAbsolute),
        Some(authority) if authority.as_str().contains('@') => Err(UrlError::UserInfo),
        Some(_) => Ok(uri),
    }
}

fn port(uri: &Uri) -> Result<Option<u16>, UrlError> {
    let authority = uri.authority().map_or("", |it| it.as_str());
    let behind_address = authority.rsplit(']').next().unwrap_or_default();
    match behind_address.split_once(':') {
        None => Ok(None),
        Some((_, port)) => {
            let port = port.parse().ok().filter(|it| *it > 0);
            port.map(Some).ok_or(UrlError::Port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<(&str, u16), UrlError>) {
        let expect = expect.map(|(host, port)| (host.to_owned(), port));
        assert_eq!(Url::parse(text).map(|it| (it.host, it.port)), expect, "{text}");
    }

    #[test]
    fn urls_are_absolute_and_plain() {
        check("https://shop.example.com/webhook?a=b", Ok(("shop.example.com", 443)));
        check("http://127.0.0.1:9200/webhook", Ok(("127.0.0.1", 9200)));
        check("https://[::1]", Ok(("::1", 443)));
        check("https://[::1]:8443/x", Ok(("::1", 8443)));
        check("https://user@shop.example.com/", Err(UrlError::UserInfo));
        check("https://user:pass@shop.example.com/", Err(UrlError::UserInfo));
        check("https://shop.example.com@evil.example/", Err(UrlError::UserInfo));
        check("ftp://shop.example.com/", Err(UrlError::NotAbsolute));
        check("shop.example.com", Err(UrlError::NotAbsolute));
        check("/webhook", Err(UrlError::NotAbsolute));
        check("https:/shop.example.com", Err(UrlError::NotAbsolute));
        check("https://", Err(UrlError::NotAbsolute));
        check("https:///path", Err(UrlError::NotAbsolute));
        check("https://:443/", Err(UrlError::Host));
        check("https://shop.example.com:0/", Err(UrlError::Port));
        check("https://shop.example.com:/", Err(UrlError::Port));
        check("https://shop.example.com:65536/", Err(UrlError::Port));
        check("https://shop.example.com/#top", Err(UrlError::Fragment));
        check("https://商店.example.com/", Err(UrlError::Characters));
        check("https://shop.example.com/a b", Err(UrlError::Characters));
        check("", Err(UrlError::NotAbsolute));
        let long = format!("https://a/{}", "x".repeat(2039));
        check(&long, Err(UrlError::TooLong(2048)));
        check(&long[..2048], Ok(("a", 443)));
    }

    #[test]
    fn the_base_is_https_or_loopback() {
        let check = |text: &str, expect: Result<&str, UrlError>| {
            assert_eq!(base(text), expect.map(str::to_owned), "{text}");
        };
        check("https://pay.example.com/", Ok("https://pay.example.com"));
        check("https://pay.example.com/pay", Ok("https://pay.example.com/pay"));
        check("http://localhost:8080", Ok("http://localhost:8080"));
        check("http://[::1]:8080", Ok("http://[::1]:8080"));
        check("http://pay.example.com", Err(UrlError::Insecure));
        check("http://10.0.0.1", Err(UrlError::Insecure));
        check("https://pay.example.com?a", Err(UrlError::Query));
        check(&format!("https://a/{}", "x".repeat(191)), Err(UrlError::TooLong(200)));
    }

    #[test]
    fn what_is_plainly_not_on_the_internet() {
        let check = |host: &str, private| {
            let url = Url::parse(&format!("https://{host}/")).unwrap();
            assert_eq!(url.is_private(), private, "{host}");
        };
        let private = ["127.0.0.1", "localhost", "[::1]", "10.1.2.3", "192.168.0.1", "[fd00::1]"];
        private.into_iter().for_each(|it| check(it, true));
        check("[::ffff:10.0.0.1]", true);
        check("shop.example.com", false);
        check("8.8.8.8", false);
    }
}

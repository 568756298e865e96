//! Where to call: an address behind which each operation puts its own path.

use std::net::IpAddr;

use http::Uri;

/// Without its trailing slash; it must bring no query.
pub(super) fn read(text: &str) -> Result<String, &'static str> {
    let uri: Uri = text.parse().map_err(|_| "is not a URL")?;
    let host = uri.host().ok_or("is not an absolute URL")?;
    let plain = uri.query().is_none()
        && !text.contains('#')
        && uri.authority().is_some_and(|it| !it.as_str().contains('@'));
    if !plain {
        return Err("must have no query, fragment or user");
    }
    match uri.scheme_str() {
        Some("https") => Ok(text.trim_end_matches('/').to_owned()),
        Some("http") if is_loopback(host) => Ok(text.trim_end_matches('/').to_owned()),
        Some(_) | None => Err("must be https (http only for this machine itself)"),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

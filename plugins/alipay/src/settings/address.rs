//! Addresses among the settings.

use std::net::IpAddr;

use http::Uri;

/// Longest `quit_url`.
const MAX_PAGE: usize = 400;

/// Our parameters become its query, so it must not bring any.
pub(super) fn gateway(text: &str) -> Result<String, &'static str> {
    let uri: Uri = text.parse().map_err(|_| "is not a URL")?;
    let host = uri.host().ok_or("is not an absolute URL")?;
    let plain = uri.query().is_none()
        && !text.contains('#')
        && uri.authority().is_some_and(|it| !it.as_str().contains('@'));
    if !plain {
        return Err("must have no query, fragment or user");
    }
    match uri.scheme_str() {
        Some("https") => Ok(text.to_owned()),
        Some("http") if is_loopback(host) => Ok(text.to_owned()),
        Some(_) | None => Err("must be https (http only for this machine itself)"),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// A page of the merchant's.
pub(super) fn page(text: &str) -> Result<String, &'static str> {
    let uri: Uri = text.parse().map_err(|_| "is not a URL")?;
    let web = matches!(uri.scheme_str(), Some("https" | "http")) && uri.host().is_some();
    if web && text.len() <= MAX_PAGE {
        Ok(text.to_owned())
    } else {
        Err("is not a web address of at most 400 characters")
    }
}

//! Where a channel is called: over TLS, unless it is simulated on this machine.

use std::net::IpAddr;

use http::Uri;

/// An address that a request completes, so that it must bring no query.
pub fn read(text: &str) -> Result<String, &'static str> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_called_without_tls() {
        let good =
            ["https://a.example/x", "http://127.9.8.7/", "http://[::1]:91/x", "http://localhost"];
        for text in good {
            assert_eq!(read(text).as_deref(), Ok(text));
        }
        let bad = [
            "",
            "/x",
            "a.example",
            "ftp://a.example",
            "http://a.example",
            "http://10.0.0.1",
            "http://127.0.0.1.a.example",
            "http://localhost.a.example",
            "https://user:word@a.example",
            "https://a.example?x",
            "https://a.example#x",
        ];
        for text in bad {
            assert!(read(text).is_err(), "{text}");
        }
    }
}

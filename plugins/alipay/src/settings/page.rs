//! An address of the merchant's own, to which a payer's browser goes.

use http::Uri;

/// Longest `quit_url`.
const MAX_PAGE: usize = 400;

pub(super) fn read(text: &str) -> Result<String, &'static str> {
    let uri: Uri = text.parse().map_err(|_| "is not a URL")?;
    let web = matches!(uri.scheme_str(), Some("https" | "http")) && uri.host().is_some();
    if web && text.len() <= MAX_PAGE {
        Ok(text.to_owned())
    } else {
        Err("is not a web address of at most 400 characters")
    }
}

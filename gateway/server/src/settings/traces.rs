//! The section `traces`: who collects them, and how many.

use http::{HeaderName, HeaderValue, Uri};
use paymux_channel::Secret;

use super::Traces;
use super::item::Item;
use super::reference::References;
use super::section::Section;

/// More than any collector asks for.
const MAX_HEADERS: usize = 8;
/// One request in a hundred, of those that no merchant traces.
const DEFAULT_PERMILLE: u32 = 10;

pub(super) fn traces(read: &mut Section<'_>, references: &References<'_>) -> Traces {
    Traces {
        endpoint: read.parsed("endpoint", endpoint).unwrap_or_default(),
        sample_permille: read
            .optional("sample_permille")
            .and_then(|it| it.number(&(0..=1000)))
            .unwrap_or(DEFAULT_PERMILLE),
        headers: headers(read, references),
    }
}

/// The whole of it: collectors differ in their paths.
fn endpoint(text: &str) -> Result<String, &'static str> {
    let uri = text.parse::<Uri>().ok();
    let scheme = uri.as_ref().and_then(Uri::scheme_str);
    let host = uri.as_ref().and_then(Uri::host).is_some_and(|it| !it.is_empty());
    if matches!(scheme, Some("http" | "https")) && host && text.len() <= 2048 {
        Ok(text.to_owned())
    } else {
        Err("must be a URL such as \"http://127.0.0.1:4318/v1/traces\"")
    }
}

/// Each a line of its own, since some are secret: `Name: value`.
fn headers(read: &mut Section<'_>, references: &References<'_>) -> Vec<(HeaderName, Secret)> {
    let list = read.optional("headers").map(|it| it.list(MAX_HEADERS)).unwrap_or_default();
    list.iter().filter_map(|it| header(it, references)).collect()
}

fn header(item: &Item<'_>, references: &References<'_>) -> Option<(HeaderName, Secret)> {
    let line = item.secret(references)?;
    let parts = line.expose().trim().split_once(':');
    let header = parts.and_then(|(name, value)| {
        let name = name.parse::<HeaderName>().ok()?;
        value.trim().parse::<HeaderValue>().ok()?;
        Some((name, Secret::new(value.trim())))
    });
    if header.is_none() {
        item.problem("must hold one header, as in \"Authorization: Bearer …\"");
    }
    header
}

//! A query's words: each must be one the gateway knows, or it would silently match nothing.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::files;

/// PromQL, and where it stands.
pub(super) struct Query {
    pub(super) place: String,
    pub(super) text: String,
}

/// `name{label="word"}`.
struct Selector<'a> {
    name: &'a str,
    matchers: Vec<(&'a str, &'a str)>,
}

/// Of labels that Prometheus adds by itself.
const ADDED: [&str; 3] = ["instance", "job", "le"];

/// What of a query is in no scrape and in no recording rule.
pub(super) fn unknown(query: &Query, scrape: &str, recorded: &[&str]) -> Vec<String> {
    let mut found = vec![];
    for Selector { name, matchers } in selectors(&query.text) {
        let all = series(scrape, name);
        if all.is_empty() && !recorded.contains(&name) && !is_declared(name) {
            found.push(format!("{}: {name}", query.place));
        }
        for (label, words) in matchers {
            let has = all.iter().any(|it| it.contains(&format!("{label}=\"")));
            if !all.is_empty() && !has && !ADDED.contains(&label) {
                found.push(format!("{}: {name} by {label}", query.place));
            }
            let words = words.split('|').filter(|it| is_word(it) && !said().contains(*it));
            found.extend(words.map(|it| format!("{}: {label}={it}", query.place)));
        }
    }
    found
}

/// A counter without a series yet: declared, with labels that the panel's own data cannot show.
fn is_declared(name: &str) -> bool {
    let name = name.strip_prefix("paymux_").unwrap_or_default();
    let bare = ["_bucket", "_sum", "_count"].iter().find_map(|it| name.strip_suffix(it));
    files::metrics().contains(&format!("\"{}\"", bare.unwrap_or(name)))
}

/// Not a variable, and not a pattern.
fn is_word(text: &str) -> bool {
    let plain = |it: char| it.is_ascii_lowercase() || it == '_' || it == '-';
    !text.is_empty() && text.chars().all(plain)
}

/// Every text in quotation marks of the gateway's code.
fn said() -> &'static BTreeSet<String> {
    static SAID: OnceLock<BTreeSet<String>> = OnceLock::new();
    SAID.get_or_init(|| {
        let code = files::gateway_code();
        code.split('"').map(str::to_owned).collect()
    })
}

fn series<'a>(scrape: &'a str, name: &str) -> Vec<&'a str> {
    let lines = scrape.lines().filter(|it| !it.starts_with('#'));
    lines.filter(|it| it.split(['{', ' ']).next() == Some(name)).collect()
}

fn selectors(text: &str) -> Vec<Selector<'_>> {
    let mut found = vec![];
    let mut rest = text;
    while let Some(at) = rest.find("paymux") {
        let start = &rest[at..];
        let end = start.find(|it: char| !is_of_name(it)).unwrap_or(start.len());
        let (name, after) = start.split_at(end);
        rest = after;
        let Some(inner) = after.strip_prefix('{') else {
            // The job's name, which is text.
            if !after.starts_with('"') {
                found.push(Selector { name, matchers: vec![] });
            }
            continue;
        };
        let (inner, after) = inner.split_once('}').expect("a selector ends");
        let matchers = inner.split("\",").filter(|it| !it.is_empty()).map(matcher).collect();
        found.push(Selector { name, matchers });
        rest = after;
    }
    found
}

fn is_of_name(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_' || it == ':'
}

fn matcher(text: &str) -> (&str, &str) {
    let (label, word) = text.split_once('"').expect("a matcher has a word");
    (label.trim().trim_end_matches(['=', '!', '~']), word.trim_end_matches('"'))
}

//! The flat XML of version 2: one root, one level of elements, no documents types, no surprises.

use std::collections::BTreeMap;

pub(crate) type Params = BTreeMap<String, String>;

/// More elements than any message has.
const MAX_ELEMENTS: usize = 200;

/// The elements of `<xml>`; `None` for anything but a flat document of distinct elements.
pub(crate) fn read(text: &str) -> Option<Params> {
    let mut rest = text.trim();
    if let Some(declared) = rest.strip_prefix("<?xml") {
        rest = declared.split_once("?>")?.1.trim_start();
    }
    rest = rest.strip_prefix("<xml>")?.strip_suffix("</xml>")?;
    let mut params = Params::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(params);
        }
        let (name, value, after) = element(rest)?;
        if params.len() >= MAX_ELEMENTS || params.insert(name.to_owned(), value).is_some() {
            return None;
        }
        rest = after;
    }
}

/// One element, its text decoded, and what follows it.
fn element(text: &str) -> Option<(&str, String, &str)> {
    let (tag, rest) = text.strip_prefix('<')?.split_once('>')?;
    if let Some(name) = tag.strip_suffix('/') {
        return named(name.trim_end()).map(|name| (name, String::new(), rest));
    }
    let name = named(tag)?;
    let (value, rest) = content(rest)?;
    let rest = rest.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?;
    Some((name, value, rest))
}

fn named(tag: &str) -> Option<&str> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!tag.is_empty() && tag.chars().all(legal)).then_some(tag)
}

/// Text and character data up to the closing tag.
fn content(mut rest: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    loop {
        let start = rest.find('<')?;
        value.push_str(&decoded(&rest[..start])?);
        rest = &rest[start..];
        let Some(raw) = rest.strip_prefix("<![CDATA[") else { return Some((value, rest)) };
        let (text, after) = raw.split_once("]]>")?;
        value.push_str(text);
        rest = after;
    }
}

/// The five entities and character references; no other can be meant.
fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('&');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (name, after) = part.split_once(';')?;
        plain.push(entity(name)?);
        plain.push_str(after);
    }
    Some(plain)
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        other => {
            let digits = other.strip_prefix('#')?;
            let code = match digits.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => digits.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

/// Every value as character data, but whole numbers plain, as the channel mixes them.
pub(super) fn write(root: &str, params: &Params) -> String {
    let mut text = format!("<{root}>\n");
    for (name, value) in params {
        let plain = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        if plain && name.ends_with("fee") {
            text.push_str(&format!("<{name}>{value}</{name}>\n"));
        } else {
            let value = value.replace("]]>", "]]]]><![CDATA[>");
            text.push_str(&format!("<{name}><![CDATA[{value}]]></{name}>\n"));
        }
    }
    text + &format!("</{root}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn flat_documents_are_read() {
        let check =
            |text: &str, pairs: &[(&str, &str)]| assert_eq!(read(text), Some(params(pairs)));
        check("<xml></xml>", &[]);
        check("<?xml version=\"1.0\"?>\n<xml>\n<a>1</a>\n</xml>\n", &[("a", "1")]);
        check("<xml><a><![CDATA[<b>&amp;]]></a></xml>", &[("a", "<b>&amp;")]);
        check("<xml><a>x &lt;&#38;&#x4e2d; y</a></xml>", &[("a", "x <&中 y")]);
        check("<xml><a/><b></b><c><![CDATA[]]></c></xml>", &[("a", ""), ("b", ""), ("c", "")]);
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "<a>1</a>",
            "<xml><a>1</a>",
            "<xml><a>1</b></xml>",
            "<xml><a><b>1</b></a></xml>",
            "<xml><a>1</a><a>1</a></xml>",
            "<xml><a>&bomb;</a></xml>",
            "<xml><a x='1'>1</a></xml>",
            "<!DOCTYPE xml [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><xml><a>&e;</a></xml>",
            "<xml><!-- c --><a>1</a></xml>",
            "<xml>text</xml>",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let own = params(&[("attach", "a]]>b & <c>"), ("empty", ""), ("total_fee", "8888")]);
        assert_eq!(read(&write("xml", &own)), Some(own));
    }
}

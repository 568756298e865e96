//! The form of `Idempotency-Key`: one header, a structured-field string (RFC 8941) or the same
//! text bare.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName};
use paymux_engine::problem;

use crate::api::problem::Refusal;

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const MAX_CHARS: usize = 255;
pub(crate) const NAME: &str = "Idempotency-Key";
/// What is taken, as a regular expression; a quoted key may have 255 characters, too.
pub(crate) const PATTERN: &str = r#"^([0-9A-Za-z_:.-]{1,255}|"([ !#-\[\]-~]|\\["\\]){1,255}")$"#;

/// `"abc"` and `abc` are the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(pub(crate) String);

pub(crate) async fn read(mut request: Request, next: Next) -> Response {
    match key(request.headers()) {
        Ok(Some(key)) => {
            request.extensions_mut().insert(key);
        }
        Ok(None) => {}
        Err(detail) => {
            return Refusal::new(problem::IDEMPOTENCY_KEY_INVALID, detail).into_response();
        }
    }
    next.run(request).await
}

pub(crate) fn key(headers: &HeaderMap) -> Result<Option<Key>, &'static str> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err("it is sent twice"),
        (Some(value), None) => {
            let text = value.to_str().map_err(|_| "it is not ASCII")?;
            parse(text).map(Some).ok_or("it must be 1 to 255 of A-Za-z0-9_-:. or a quoted string")
        }
    }
}

fn parse(text: &str) -> Option<Key> {
    let text = match text.strip_prefix('"') {
        Some(rest) => unquoted(rest)?,
        None if text.bytes().all(is_bare) => text.to_owned(),
        None => return None,
    };
    (1..=MAX_CHARS).contains(&text.len()).then_some(Key(text))
}

fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte)
}

/// What stands before the closing quote, which must be the end.
fn unquoted(rest: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return chars.next().is_none().then_some(text),
            '\\' => text.push(chars.next().filter(|it| matches!(it, '"' | '\\'))?),
            it @ ' '..='~' => text.push(it),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_and_quoted() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(parse(text).as_ref().map(|it| it.0.as_str()), expect, "{text}");
        };
        check("9f8b-1:a.b_C", Some("9f8b-1:a.b_C"));
        check(r#""9f8b""#, Some("9f8b"));
        check(r#""a b\"\\""#, Some(r#"a b"\"#));
        for text in ["", r#""""#, r#"""#, r#""a"#, r#""a"b"#, r#""a";x=1"#, r#""a\b""#, "a b"] {
            check(text, None);
        }
        for text in ["a,b", "a\"", "ключ", "\"é\"", "a\tb", "\"a\tb\""] {
            check(text, None);
        }
        check(&"k".repeat(255), Some(&"k".repeat(255)));
        check(&"k".repeat(256), None);
    }

    #[test]
    fn one_header_at_most() {
        let mut headers = HeaderMap::new();
        assert_eq!(key(&headers), Ok(None));
        headers.append(IDEMPOTENCY_KEY, "a".parse().unwrap());
        assert_eq!(key(&headers), Ok(Some(Key("a".into()))));
        headers.append(IDEMPOTENCY_KEY, "a".parse().unwrap());
        assert!(key(&headers).is_err());
    }
}

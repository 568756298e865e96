//! What a request says, as it came: each name once, in UTF-8, none of it understood yet.

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use paymux_engine::problem::{self, Problem};
use percent_encoding::percent_decode;

use crate::api::json::{self, Json};

/// Twice as many as any request of these protocols has.
const MAX_PARAMS: usize = 64;
/// Longer than any name of theirs.
const MAX_NAME_BYTES: usize = 64;
/// The longest URL that is taken, and as much as any other value may be.
const MAX_VALUE_BYTES: usize = 4096;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// A form, in the query or in the body, or in both.
    pub(crate) fn of_form(query: &str, body: &[u8]) -> Result<Self, Problem> {
        let mut params = Self::default();
        let pieces = query.as_bytes().split(|it| *it == b'&').chain(body.split(|it| *it == b'&'));
        for piece in pieces.filter(|it| !it.is_empty()) {
            let mut halves = piece.splitn(2, |it| *it == b'=');
            let (name, value) = (halves.next().unwrap_or_default(), halves.next());
            params.add(decoded(name)?, decoded(value.unwrap_or_default())?)?;
        }
        Ok(params)
    }

    /// A body of JSON where it says so, and a form otherwise.
    pub(crate) fn of_body(headers: &HeaderMap, body: &Bytes) -> Result<Self, Problem> {
        let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Self::of_form("", body);
        }
        let Json::Object(members) = json::parse(body)? else {
            return Err(Problem::new(problem::MALFORMED_JSON, "it is not an object"));
        };
        let mut params = Self::default();
        for (name, value) in members {
            if let Some(value) = scalar(&name, value)? {
                params.add(name, value)?;
            }
        }
        Ok(params)
    }

    pub(crate) fn only(mut self, counts: fn(&str, &str) -> bool) -> Self {
        self.0.retain(|(name, value)| counts(name, value));
        self
    }

    /// Empty where it was not said.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn add(&mut self, name: String, value: String) -> Result<(), Problem> {
        if self.0.len() == MAX_PARAMS {
            let detail = format!("there are more than {MAX_PARAMS} parameters");
            return Err(Problem::new(problem::INVALID_FIELD, detail));
        }
        if name.len() > MAX_NAME_BYTES {
            let detail = format!("a name has more than {MAX_NAME_BYTES} bytes");
            return Err(Problem::new(problem::INVALID_FIELD, detail));
        }
        if name.contains(['&', '=']) {
            return Err(Problem::new(problem::INVALID_FIELD, "a name must not hold & or ="));
        }
        if value.len() > MAX_VALUE_BYTES {
            return Err(wrong(&name, format!("must have at most {MAX_VALUE_BYTES} bytes")));
        }
        if self.0.iter().any(|it| it.0 == name) {
            return Err(wrong(&name, "is there twice"));
        }
        self.0.push((name, value));
        Ok(())
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Params {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }
}

pub(crate) fn wrong(name: &str, reason: impl Into<String>) -> Problem {
    Problem::field(name, reason)
}

/// What PHP and Java's URLDecoder make of it, but for bytes that are no text.
fn decoded(piece: &[u8]) -> Result<String, Problem> {
    let spaced: Vec<u8> = piece.iter().map(|it| if *it == b'+' { b' ' } else { *it }).collect();
    let text = String::from_utf8(percent_decode(&spaced).collect());
    text.map_err(|_| Problem::new(problem::INVALID_FIELD, "the parameters must be in UTF-8"))
}

/// `None` for null, which is the same as nothing.
fn scalar(name: &str, value: Json) -> Result<Option<String>, Problem> {
    match value {
        Json::Null => Ok(None),
        Json::Text(text) => Ok(Some(text)),
        Json::Integer(number) => Ok(Some(number.to_string())),
        Json::Bool(_) | Json::Number | Json::List(_) | Json::Object(_) => {
            Err(wrong(name, format!("must be text or an integer, and is {}", value.name())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_from_query_and_body_and_each_name_is_once() {
        let read = |query: &str, body: &str| Params::of_form(query, body.as_bytes());
        let params = read("act=order&pid=1", "name=VIP%E4%BC%9A%E5%91%98+a%2Bb&empty=&=x").unwrap();
        let shown = [("act", "order"), ("pid", "1"), ("name", "VIP会员 a+b"), ("empty", "")];
        assert_eq!(params, [shown[0], shown[1], shown[2], shown[3], ("", "x")].into());
        assert_eq!((params.get("name"), params.get("other")), ("VIP会员 a+b", ""));
        let refused = |query: &str, body: &str| format!("{:?}", read(query, body).unwrap_err());
        assert!(refused("pid=1", "pid=1").contains("twice"));
        assert!(refused("name=%D6%D0", "").contains("UTF-8"), "GBK");
        assert!(refused(&format!("{}=1", "n".repeat(65)), "").contains("64 bytes"));
        assert!(refused("a%3D1%26money=1", "").contains("& or ="));
        assert!(refused("", &format!("a={}", "v".repeat(4097))).contains("4096 bytes"));
        let many: String = (0..65).map(|it| format!("p{it}=1&")).collect();
        assert!(refused(&many, "").contains("more than 64"));
    }

    #[test]
    fn json_is_of_texts_and_integers() {
        let json = HeaderMap::from_iter([(CONTENT_TYPE, "Application/JSON; q=1".parse().unwrap())]);
        let read =
            |text: &'static str| Params::of_body(&json, &Bytes::from_static(text.as_bytes()));
        let params = read(r#"{"amount":100,"subject":"茶","extParam":null}"#).unwrap();
        assert_eq!(params, [("amount", "100"), ("subject", "茶")].into());
        let bad = [r#"{"a":1.0}"#, r#"{"a":true}"#, r#"{"a":{}}"#, "[]", "{", r#"{"a":1,"a":1}"#];
        for text in bad {
            assert!(read(text).is_err(), "{text}");
        }
        let form = Params::of_body(&HeaderMap::new(), &Bytes::from_static(b"amount=100"));
        assert_eq!(form.unwrap(), [("amount", "100")].into());
    }
}

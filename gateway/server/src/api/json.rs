//! JSON as strictly as money needs it: every member once, integers apart from other numbers,
//! nothing that could be read in two ways.

use std::fmt;

use paymux_engine::problem::{self, Problem};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// No request of this API has more than two levels; this leaves room and no stack.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    /// Any other number: `1.5`, `1.0`, `1e2`, or one that is too large.
    Number,
    Text(String),
    List(Vec<Self>),
    /// In the order of the text, every occurrence of a name.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// What it is, to those who expected something else.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Integer(_) => "an integer",
            Self::Number => "a number that is no 64-bit integer",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

pub(crate) fn parse(body: &[u8]) -> Result<Json, Problem> {
    let malformed = |detail: String| Problem::new(problem::MALFORMED_JSON, detail);
    let text = std::str::from_utf8(body).map_err(|_| malformed("it is not UTF-8".into()))?;
    if text.starts_with('\u{feff}') {
        return Err(malformed("it begins with a byte order mark".into()));
    }
    if depth(body) > MAX_DEPTH {
        return Err(malformed(format!("it is nested more than {MAX_DEPTH} levels deep")));
    }
    serde_json::from_str(text).map_err(|error| malformed(error.to_string()))
}

/// How deep brackets nest outside of strings; of well-formed JSON, exactly its depth.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::Number, Json::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = vec![];
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object = vec![];
        while let Some(member) = members.next_entry()? {
            object.push(member);
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Json) {
        assert_eq!(parse(text.as_bytes()).unwrap(), expect, "{text}");
    }

    #[test]
    fn numbers_are_integers_or_nothing_we_use() {
        check("1", Json::Integer(1));
        check("-1", Json::Integer(-1));
        check("9223372036854775807", Json::Integer(i64::MAX));
        for text in ["9223372036854775808", "1.5", "1.0", "1e2", "1E2", "-0", "1e-7"] {
            check(text, Json::Number);
        }
    }

    #[test]
    fn every_occurrence_of_a_name_is_kept() {
        let text = r#"{"a":1,"b":null,"a":"x"}"#;
        let members = [("a", Json::Integer(1)), ("b", Json::Null), ("a", Json::Text("x".into()))];
        check(text, Json::Object(members.map(|(name, it)| (name.to_owned(), it)).into()));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let deep = "[".repeat(33) + &"]".repeat(33);
        let texts = [
            "",
            "{",
            "{} {}",
            "{'a':1}",
            "{a:1}",
            "[1,]",
            "NaN",
            "01",
            "+1",
            "\u{feff}{}",
            r#""\ud800""#,
            r#""\udc00\ud800""#,
            r#"["\ud800"]"#,
            "\"\n\"",
            &deep,
            "1e999",
        ];
        for text in texts {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        // GBK, UTF-16, and an overlong slash.
        for bytes in [&b"\"\xd6\xd0\""[..], b"\"\xff\xfe1\x00\"", b"\"\xc0\xaf\""] {
            assert!(parse(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        let check = |text: &str, expect| assert_eq!(depth(text.as_bytes()), expect, "{text}");
        check(r#"{"a":[1,{"b":2}],"c":[]}"#, 3);
        check(r#""[[[[\"[[""#, 0);
        check(r#"["\\",[[]]]"#, 3);
        let at_limit = "[".repeat(32) + &"]".repeat(32);
        check(&at_limit, 32);
        assert!(matches!(parse(at_limit.as_bytes()).unwrap(), Json::List(_)));
        check(&"[".repeat(100_000), 100_000);
    }
}

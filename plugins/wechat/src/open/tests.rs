use serde_json::{Value, json};

use super::*;
use crate::tests::{unknown, unsigned};

fn said(status: u16, body: &str) -> Result<Result<Value, Outcome>, ParseError> {
    read(&unsigned(status, body.to_owned()))
}

#[test]
fn a_code_of_theirs_is_definite_or_unknown() {
    for code in DEFINITE {
        let body = json!({ "errcode": code, "errmsg": "why\n" }).to_string();
        let refusal = Refusal { code: code.to_string(), message: "why".into() };
        assert_eq!(said(200, &body), Ok(Err(Outcome::Refused(refusal))));
    }
    for code in [-1, 1, 40029 + 100_000, 45009, 45011, 50001] {
        let body = json!({ "errcode": code, "errmsg": "why" }).to_string();
        assert_eq!(said(200, &body), Ok(Err(unknown(&code.to_string()))));
    }
    assert!(crate::codes::is_limited("45011") && crate::codes::is_limited("45009"));
    assert_eq!(said(200, r#"{"errcode":0,"a":1}"#).unwrap().unwrap()["a"], 1);
}

#[test]
fn what_is_no_answer() {
    for status in [302, 400, 404, 500, 502] {
        let expected = unknown(&format!("HTTP_{status}"));
        assert_eq!(said(status, r#"{"errcode":40029}"#), Ok(Err(expected)));
    }
    for body in ["", "{", "[]", "null", "<html></html>", r#"{"errcode":"x"}"#] {
        assert!(said(200, body).is_err(), "{body}");
    }
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_ANSWER));
    assert_eq!(said(200, &long), Err(ParseError::Malformed("it is too long")));
}

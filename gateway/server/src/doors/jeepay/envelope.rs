//! What Jeepay's answers are wrapped in: a code, and data with a signature over it.

use axum::response::Response;
use http::StatusCode;
use paymux_channel::Secret;
use serde_json::{Map, Value, json};

use super::sign;
use crate::api::reply;

/// In the order in which they are told; empty ones are left out, and not signed.
pub(super) type Data = Vec<(&'static str, Told)>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Text(String),
    Number(i64),
}

impl Told {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl From<&str> for Told {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Told {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Told {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// Every field as text, with the signature over them behind.
pub(super) fn signed(data: &Data, key: &Secret) -> Vec<(&'static str, String)> {
    let mut texts: Vec<_> = data.iter().map(|(name, it)| (*name, it.text())).collect();
    texts.retain(|it| !it.1.is_empty());
    let sign = sign::sign(texts.iter().map(|it| (it.0, it.1.as_str())), key);
    texts.push(("sign", sign));
    texts
}

pub(super) fn success(data: &Data, key: &Secret) -> Response {
    let sign = signed(data, key).pop().map(|it| it.1);
    let value = |it: &Told| match it {
        Told::Text(text) => Value::from(text.as_str()),
        Told::Number(number) => (*number).into(),
    };
    let said = data.iter().filter(|it| !it.1.text().is_empty());
    let data: Map<_, _> = said.map(|(name, it)| ((*name).to_owned(), value(it))).collect();
    let answer = json!({ "code": 0, "msg": "SUCCESS", "data": data, "sign": sign });
    reply::json(StatusCode::OK, &answer)
}

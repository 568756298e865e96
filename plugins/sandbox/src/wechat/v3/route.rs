//! What a path asks for, with the number in it.

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::refund::order_key;
use super::side::Side;
use crate::books::{Channel, Product};
use crate::fault::Operation;
use crate::shared::Shared;

pub(super) enum Call {
    Prepay(Side, Product),
    Codepay(Side),
    QueryByNumber(Side, String),
    QueryById(Side, String),
    Close(Side, String),
    Reverse(Side, String),
    Refund,
    RefundQuery(String),
    Certificates,
}

pub(super) fn route(method: &Method, path: &str) -> Option<Call> {
    let decoded: Vec<String> = path
        .split('/')
        .skip(1)
        .map(|part| percent_decode_str(part).decode_utf8().map(|text| text.into_owned()))
        .collect::<Result<_, _>>()
        .ok()?;
    let parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
    match (method.as_str(), parts.as_slice()) {
        (method, ["v3", "pay", "partner", "transactions", rest @ ..]) => {
            transactions(Side::Partner, method, rest)
        }
        (method, ["v3", "pay", "transactions", rest @ ..]) => {
            transactions(Side::Direct, method, rest)
        }
        ("POST", ["v3", "refund", "domestic", "refunds"]) => Some(Call::Refund),
        ("GET", ["v3", "refund", "domestic", "refunds", number]) => {
            Some(Call::RefundQuery((*number).to_owned()))
        }
        ("GET", ["v3", "certificates"]) => Some(Call::Certificates),
        _ => None,
    }
}

fn transactions(side: Side, method: &str, rest: &[&str]) -> Option<Call> {
    match (method, rest) {
        ("POST", ["codepay"]) => Some(Call::Codepay(side)),
        ("POST", [kind]) => product(kind).map(|product| Call::Prepay(side, product)),
        ("GET", ["id", id]) => Some(Call::QueryById(side, (*id).to_owned())),
        ("GET", ["out-trade-no", number]) => Some(Call::QueryByNumber(side, (*number).to_owned())),
        ("POST", ["out-trade-no", number, "close"]) => {
            Some(Call::Close(side, (*number).to_owned()))
        }
        ("POST", ["out-trade-no", number, "reverse"]) => {
            Some(Call::Reverse(side, (*number).to_owned()))
        }
        _ => None,
    }
}

/// A mini program orders as `jsapi`.
fn product(kind: &str) -> Option<Product> {
    match kind {
        "native" => Some(Product::Qr),
        "jsapi" => Some(Product::Jsapi),
        "app" => Some(Product::App),
        "h5" => Some(Product::H5),
        _ => None,
    }
}

impl Call {
    pub(super) fn operation(&self) -> Operation {
        match self {
            Self::Prepay(..) | Self::Codepay(_) => Operation::Pay,
            Self::QueryByNumber(..) | Self::QueryById(..) => Operation::Query,
            Self::Close(..) => Operation::Close,
            Self::Reverse(..) => Operation::Reverse,
            Self::Refund => Operation::Refund,
            Self::RefundQuery(_) => Operation::RefundQuery,
            Self::Certificates => Operation::Certificates,
        }
    }

    /// The order the call is about, as far as one can be told.
    pub(super) fn out_trade_no(&self, shared: &Shared, body: &Value) -> Option<String> {
        let books = shared.books();
        match self {
            Self::Prepay(..) | Self::Codepay(_) => body["out_trade_no"].as_str().map(str::to_owned),
            Self::QueryByNumber(_, number) | Self::Close(_, number) | Self::Reverse(_, number) => {
                Some(number.clone())
            }
            Self::QueryById(_, id) => books.key_of_trade(id).map(|key| key.1),
            Self::Refund => order_key(&books, body).ok().map(|key| key.1),
            Self::RefundQuery(number) => {
                books.key_of_refund(Channel::Wechat, number).map(|key| key.1)
            }
            Self::Certificates => None,
        }
    }
}

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
    /// By the channel's own id of the refund.
    AbnormalRefund(String),
    Combine(Product),
    CombineQuery(String),
    CombineClose(String),
    Certificates,
    Echo,
    TradeBill,
    FlowBill,
    BillFile,
    Transfer,
    TransferByNumber(String),
    TransferById(String),
    CancelTransfer(String),
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
        ("POST", ["v3", "refund", "domestic", "refunds", id, "apply-abnormal-refund"]) => {
            Some(Call::AbnormalRefund((*id).to_owned()))
        }
        (method, ["v3", "combine-transactions", rest @ ..]) => combine(method, rest),
        (method, ["v3", "fund-app", "mch-transfer", "transfer-bills", rest @ ..]) => {
            transfer(method, rest)
        }
        ("POST", ["v3", "security", "echo"]) => Some(Call::Echo),
        ("GET", ["v3", "bill", "tradebill"]) => Some(Call::TradeBill),
        ("GET", ["v3", "bill", "fundflowbill"]) => Some(Call::FlowBill),
        ("GET", ["v3", "billdownload", "file"]) => Some(Call::BillFile),
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

fn combine(method: &str, rest: &[&str]) -> Option<Call> {
    match (method, rest) {
        ("POST", [kind]) => product(kind).map(Call::Combine),
        ("GET", ["out-trade-no", number]) => Some(Call::CombineQuery((*number).to_owned())),
        ("POST", ["out-trade-no", number, "close"]) => {
            Some(Call::CombineClose((*number).to_owned()))
        }
        _ => None,
    }
}

fn transfer(method: &str, rest: &[&str]) -> Option<Call> {
    match (method, rest) {
        ("POST", []) => Some(Call::Transfer),
        ("GET", ["out-bill-no", number]) => Some(Call::TransferByNumber((*number).to_owned())),
        ("GET", ["transfer-bill-no", id]) => Some(Call::TransferById((*id).to_owned())),
        ("POST", ["out-bill-no", number, "cancel"]) => {
            Some(Call::CancelTransfer((*number).to_owned()))
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
            Self::Prepay(..) | Self::Codepay(_) | Self::Combine(_) => Operation::Pay,
            Self::QueryByNumber(..) | Self::QueryById(..) | Self::CombineQuery(_) => {
                Operation::Query
            }
            Self::Close(..) | Self::CombineClose(_) => Operation::Close,
            Self::Reverse(..) => Operation::Reverse,
            Self::Refund | Self::AbnormalRefund(_) => Operation::Refund,
            Self::RefundQuery(_) => Operation::RefundQuery,
            Self::Certificates | Self::Echo => Operation::Certificates,
            Self::TradeBill | Self::FlowBill | Self::BillFile => Operation::Bill,
            Self::Transfer => Operation::Transfer,
            Self::TransferByNumber(_) | Self::TransferById(_) => Operation::TransferQuery,
            Self::CancelTransfer(_) => Operation::TransferCancel,
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
            Self::RefundQuery(number) | Self::AbnormalRefund(number) => {
                books.key_of_refund(Channel::Wechat, number).map(|key| key.1)
            }
            Self::Combine(_) => body["sub_orders"][0]["out_trade_no"].as_str().map(str::to_owned),
            Self::CombineQuery(number) | Self::CombineClose(number) => {
                let combined = shared.wechat.combined(number)?;
                combined.orders.first().map(|key| key.1.clone())
            }
            Self::Transfer => body["out_bill_no"].as_str().map(str::to_owned),
            Self::TransferByNumber(number) | Self::CancelTransfer(number) => Some(number.clone()),
            Self::TransferById(id) => {
                books.transfer_of_id(Channel::Wechat, id).map(|it| it.number.clone())
            }
            Self::Certificates | Self::Echo | Self::TradeBill | Self::FlowBill | Self::BillFile => {
                None
            }
        }
    }
}

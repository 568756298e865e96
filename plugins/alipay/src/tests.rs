//! What every test stands on: the vectors, one account, genuine answers and notifications.

mod suite;

use bytes::Bytes;
use paymux_channel::rsa::PrivateKey;
use paymux_channel::{
    BuildError, Call, Channel, Identify, Operation, Pay, RawCall, RefundCall, Response, Secret,
    Settings, Step, TransferCall,
};
use paymux_core::payment::{AuthCode, Method, Payer};
use paymux_core::transfer::{Kind, Payee, PayeeKind};
use paymux_core::{AttemptId, Currency, Money, PaymentId, RefundId, Timestamp, TransferId};
use serde_json::Value;

use crate::settings::{self, Account};
use crate::wire::{self, Api};

/// 2026-01-15 12:34:56 in Shanghai, the vectors' clock.
pub(crate) const NOW: Timestamp = Timestamp(1_768_451_696_000);
pub(crate) const APP_ID: &str = "2021000000000001";
pub(crate) const SELLER_ID: &str = "2088000000000001";

pub(crate) fn vectors(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

pub(crate) fn key(owner: &str, form: &str) -> String {
    let keys: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
    keys[owner][form].as_str().unwrap().to_owned()
}

pub(crate) fn settings() -> Settings {
    let mut settings = Settings::default();
    let mut set = |name, value: &str| settings.set(name, paymux_channel::Secret::new(value));
    set("app_id", APP_ID);
    set("seller_id", SELLER_ID);
    set("private_key", &key("app", "private_pkcs8_pem"));
    set("alipay_public_key", &key("alipay", "public_spki_b64"));
    settings
}

pub(crate) fn account() -> Account {
    account_with(&[])
}

pub(crate) fn with(changes: &[(&str, &str)]) -> Settings {
    let mut settings = settings();
    for (name, value) in changes {
        settings.set(*name, paymux_channel::Secret::new(*value));
    }
    settings
}

pub(crate) fn account_with(changes: &[(&str, &str)]) -> Account {
    settings::read(&with(changes), &[]).unwrap()
}

pub(crate) fn call() -> Call {
    Call {
        now: NOW,
        nonce: [7; 16],
        notify_url: "https://pay.example.com/notify/alipay".into(),
        return_url: "https://pay.example.com/return/alipay".into(),
    }
}

pub(crate) fn yuan(text: &str) -> Money {
    Money::from_decimal(text, Currency::Cny).unwrap()
}

pub(crate) fn attempt() -> AttemptId {
    let payment = PaymentId::new(NOW, &"shop".parse().unwrap(), 42);
    AttemptId { payment, number: 1 }
}

pub(crate) fn pay(method: Method) -> Pay {
    Pay {
        attempt: attempt(),
        amount: yuan("88.88"),
        subject: "测试商品 一件".into(),
        method,
        expires_at: Timestamp(NOW.0 + 1_800_000),
        payer: payer(method),
        splittable: false,
    }
}

fn payer(method: Method) -> Payer {
    match method {
        Method::Jsapi | Method::MiniProgram => {
            Payer { openid: Some("2088102012345678".into()), ..Payer::default() }
        }
        Method::Barcode => {
            Payer { auth_code: Some(AuthCode::new("286589999999999999")), ..Payer::default() }
        }
        Method::Qr | Method::Page | Method::H5 | Method::App => Payer::default(),
    }
}

pub(crate) fn raw() -> RawCall {
    let api = "alipay.trade.order.settle.query".to_owned();
    RawCall { verb: http::Method::POST, api, body: r#"{"settle_no":"1"}"#.into() }
}

pub(crate) fn refund() -> RefundCall {
    RefundCall {
        refund: RefundId { payment: attempt().payment, number: 1 }.into(),
        part: None,
        attempt: attempt(),
        amount: yuan("10.00"),
        paid: yuan("88.88"),
        reason: None,
    }
}

pub(crate) fn transfer() -> TransferCall {
    TransferCall {
        transfer: TransferId::of_root(attempt().payment),
        amount: yuan("20.00"),
        kind: Kind::Transfer,
        payee: Payee {
            kind: PayeeKind::UserId,
            identity: "2088102012345678".into(),
            name: None,
            bank: None,
        },
        title: "九月的佣金".into(),
        scene: None,
    }
}

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::Pay(pay(Method::Qr)),
        Operation::Pay(pay(Method::Page)),
        Operation::Query { attempt: attempt() },
        Operation::Close { attempt: attempt() },
        Operation::Refund(refund()),
        Operation::QueryRefund(refund()),
        Operation::Pay(pay(Method::H5)),
        Operation::Pay(pay(Method::App)),
        Operation::Pay(pay(Method::Jsapi)),
        Operation::Pay(pay(Method::MiniProgram)),
        Operation::Pay(pay(Method::Barcode)),
        Operation::Reverse { attempt: attempt() },
        Operation::Identify(Identify::OAuth(Secret::new("4b203fe6c11548bcabd8da5bb087a83b"))),
        Operation::Raw(raw()),
        Operation::QueryTransfer(Box::new(transfer())),
    ]
}

/// The vectors' AES key.
pub(crate) const AES_KEY: &str = "aa4BtZ4tspm2wnXLb1ThQA==";

/// A certificate of the vectors', by its file.
pub(crate) fn certificate(file: &str) -> String {
    let all = vectors(include_str!("../vectors/certificates.json"));
    let found = all.iter().find(|it| it["file"] == file).unwrap();
    found["pem"].as_str().unwrap().to_owned()
}

/// An account in certificate mode, which knows its platform certificate.
pub(crate) fn certified() -> Account {
    settings::read(&certified_settings("alipayCertPublicKey_RSA2.crt"), &[]).unwrap()
}

pub(crate) fn certified_settings(pinned: &str) -> Settings {
    let mut settings = with(&[
        ("app_cert", &certificate("appCertPublicKey.crt")),
        ("alipay_root_cert", &certificate("alipayRootCert.crt")),
        ("alipay_cert", &certificate(pinned)),
    ]);
    settings.set_list("alipay_public_key", vec![]);
    settings
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|it| std::str::from_utf8(it).unwrap());
    digits.map(|it| u8::from_str_radix(it, 16).unwrap()).collect()
}

/// Alipay's own signature.
pub(crate) fn sign(text: &str) -> String {
    PrivateKey::parse(&key("alipay", "private_pkcs8_b64")).unwrap().sign(text.as_bytes()).unwrap()
}

pub(crate) fn respond(body: impl Into<Bytes>) -> Response {
    Response::new(body.into())
}

/// A genuine answer. `ORDER` and `REFUND` in the node stand for our numbers.
pub(crate) fn answer(api: Api, node: &str) -> Response {
    let node = node
        .replace("ORDER", &attempt().to_string())
        .replace("TRANSFER_NO", &transfer().out_bill_no())
        .replace("REFUND_NO", &refund().refund.out_refund_no());
    let sign = sign(&node);
    respond(format!(r#"{{"{}":{node},"sign":"{sign}"}}"#, node_of(api)))
}

fn node_of(api: Api) -> String {
    wire::node(api.name())
}

pub(crate) fn parameters(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A genuine form of these parameters.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    let text = paymux_channel::canonical::sorted_pairs(pairs.iter().copied());
    let sign = sign(&text);
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .extend_pairs([("sign_type", "RSA2"), ("sign", &sign)])
        .finish()
}

/// A genuine notification of our order with some fields set, or left out where `None`.
pub(crate) fn notification(changes: &[(&str, Option<&str>)]) -> String {
    let order = attempt().to_string();
    let mut pairs = vec![
        ("app_id", APP_ID),
        ("auth_app_id", APP_ID),
        ("charset", "utf-8"),
        ("gmt_payment", "2026-01-15 12:35:10"),
        ("notify_id", "2026011500222123511012345600000001"),
        ("notify_time", "2026-01-15 12:35:11"),
        ("notify_type", "trade_status_sync"),
        ("out_trade_no", order.as_str()),
        ("seller_id", SELLER_ID),
        ("subject", "测试商品 一件"),
        ("total_amount", "88.88"),
        ("trade_no", "2026011522001445671400000001"),
        ("trade_status", "TRADE_SUCCESS"),
    ];
    pairs.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    pairs.extend(changes.iter().filter_map(|(name, value)| Some((*name, (*value)?))));
    form(&pairs)
}

/// The request's `biz_content`.
pub(crate) fn biz(step: &Step) -> Value {
    let Step::Send(request) = step else { panic!("a call is needed") };
    let body = parameters(std::str::from_utf8(request.body()).unwrap());
    let [(name, value)] = &body[..] else { panic!("{body:?}") };
    assert_eq!(name, "biz_content");
    serde_json::from_str(value).unwrap()
}

/// Whether the channel calls an operation unfit, and why.
pub(crate) fn unfit(operation: &Operation, call: &Call) -> Option<&'static str> {
    match account().build(operation, call) {
        Err(BuildError::Limit { field, limit }) if !limit.is_empty() => Some(field),
        Err(_) | Ok(_) => None,
    }
}

/// A success of whatever was asked.
const ANYTHING: &str = r#"{"code":"10000","out_trade_no":"ORDER","qr_code":"https://qr.alipay/1",
"trade_status":"TRADE_CLOSED","trade_no":"1","total_amount":"88.88","buyer_pay_amount":"88.88",
"send_pay_date":"2026-01-15 12:35:10","fund_change":"Y","refund_fee":"10.00",
"out_request_no":"REFUND_NO","refund_status":"REFUND_SUCCESS","refund_amount":"10.00",
"gmt_refund_pay":"2026-01-15 13:00:00","gmt_payment":"2026-01-15 12:35:10",
"retry_flag":"N","action":"close","open_id":"074a1CcTG1LelxKe4xQC0"}"#;

const FIELDS: &[&str] = &[
    "code",
    "sub_code",
    "trade_status",
    "trade_no",
    "total_amount",
    "buyer_pay_amount",
    "send_pay_date",
    "refund_fee",
    "qr_code",
    "out_request_no",
    "refund_status",
    "refund_amount",
    "gmt_refund_pay",
    "fund_change",
    "gmt_payment",
    "retry_flag",
    "action",
    "open_id",
];

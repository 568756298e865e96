//! What every test stands on: the vectors, one account, genuine answers and notifications; and
//! the suite that every channel runs.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use paymux_channel::conformance::{
    building_is_deterministic, flipped_bits_are_refused, garbage_is_an_error,
};
use paymux_channel::rsa::PrivateKey;
use paymux_channel::{
    BuildError, Call, Channel, Operation, Outcome, ParseError, Pay, Plugin as _, RefundCall,
    Request, Response, Secret, Settings, Step, VerifyError,
};
use paymux_core::payment::Method;
use paymux_core::{AttemptId, Currency, Money, PaymentId, RefundId, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Wechat;
use crate::settings::{self, Account};
use crate::signature::{NONCE, SERIAL, SIGNATURE, TIMESTAMP};

/// 2025-01-01 08:00:00 in Shanghai, the vectors' clock.
pub(crate) const NOW: Timestamp = Timestamp(1_735_689_600_000);
pub(crate) const TRADE_NO: &str = "4200000001202501010000000011";
const SEAL_NONCE: &str = "EbhMTqM2Bcz1";

pub(crate) fn cases(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file["cases"].as_array().unwrap().clone()
}

fn key_file(part: &str, name: &str) -> String {
    let keys: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
    keys[part][name].as_str().unwrap().to_owned()
}

pub(crate) fn config(name: &str) -> String {
    key_file("config", name)
}

pub(crate) fn pem(name: &str) -> String {
    key_file("pem", name)
}

/// Without any key of the platform's.
pub(crate) fn bare_settings() -> Settings {
    let mut settings = Settings::default();
    let mut set = |name, value: String| settings.set(name, Secret::new(value));
    set("app_id", config("appid"));
    set("mch_id", config("mchid"));
    set("merchant_serial", config("merchant_serial"));
    set("private_key", pem("merchant.key"));
    set("api_v3_key", config("apiv3_key"));
    settings
}

/// In the middle of a change: the public key and both certificates.
pub(crate) fn settings() -> Settings {
    let mut settings = bare_settings();
    settings.set("public_key_id", Secret::new(config("wechatpay_public_key_id")));
    settings.set("public_key", Secret::new(pem("wxpub.pub")));
    let certificates = ["platform1.crt", "platform2.crt"].map(|it| Secret::new(pem(it)));
    settings.set_list("platform_certificates", certificates.to_vec());
    settings
}

pub(crate) fn account() -> Account {
    settings::read(&settings(), &[]).unwrap()
}

pub(crate) fn call() -> Call {
    Call {
        now: NOW,
        nonce: [7; 16],
        notify_url: "https://pay.example.com/notify/wechat".into(),
        return_url: "https://pay.example.com/return/wechat".into(),
    }
}

pub(crate) fn cny(fen: i64) -> Money {
    Money::new(fen, Currency::Cny).unwrap()
}

pub(crate) fn attempt() -> AttemptId {
    let payment = PaymentId::new(NOW, &"shop".parse().unwrap(), 42);
    AttemptId { payment, number: 1 }
}

pub(crate) fn pay(method: Method) -> Pay {
    Pay {
        attempt: attempt(),
        amount: cny(8888),
        subject: "测试商品 一件".into(),
        method,
        expires_at: Timestamp(NOW.0 + 1_800_000),
        client_ip: None,
    }
}

pub(crate) fn refund() -> RefundCall {
    RefundCall {
        refund: RefundId { payment: attempt().payment, number: 1 },
        attempt: attempt(),
        amount: cny(1000),
        paid: cny(8888),
        reason: Some("不想要了".into()),
    }
}

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::Pay(pay(Method::Qr)),
        Operation::Query { attempt: attempt() },
        Operation::Close { attempt: attempt() },
        Operation::Refund(refund()),
        Operation::QueryRefund(refund()),
        Operation::PlatformKeys,
    ]
}

pub(crate) fn sign(key: &str, text: &str) -> String {
    PrivateKey::parse(&pem(key)).unwrap().sign(text.as_bytes()).unwrap()
}

/// The headers by which `key` vouches for `body` under the name of `serial`.
pub(crate) fn headers(serial: &str, key: &str, at: Timestamp, body: &str) -> HeaderMap {
    let (time, nonce) = (at.as_secs().to_string(), "c5ac7061fccab6bf3e254dcf98995b8c");
    let signature = sign(key, &format!("{time}\n{nonce}\n{body}\n"));
    let all = [(TIMESTAMP, &*time), (NONCE, nonce), (SIGNATURE, &signature), (SERIAL, serial)];
    all.into_iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
        .collect()
}

pub(crate) fn unsigned(status: u16, body: &str) -> Response {
    let mut response = Response::new(body.to_owned().into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

/// Signed by the platform's public key.
pub(crate) fn answer(status: u16, body: &str) -> Response {
    let mut response = unsigned(status, body);
    let id = config("wechatpay_public_key_id");
    *response.headers_mut() = headers(&id, "wxpub.key", NOW, body);
    response
}

/// What a signed 200 comes to.
pub(crate) fn said(operation: &Operation, words: &Value) -> Result<Outcome, ParseError> {
    account().parse(operation, &call(), &answer(200, &words.to_string()))
}

/// An error answer's body.
pub(crate) fn error(code: &str) -> String {
    json!({ "code": code, "message": "why" }).to_string()
}

/// `words` with one member set, or taken away.
pub(crate) fn with(mut words: Value, pointer: &str, value: Option<Value>) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let members = words.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    words
}

/// Our order, paid; coupons took a part of it.
pub(crate) fn transaction() -> Value {
    json!({
        "appid": config("appid"),
        "mchid": config("mchid"),
        "out_trade_no": attempt().to_string(),
        "transaction_id": TRADE_NO,
        "trade_type": "NATIVE",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "success_time": "2025-01-01T08:00:03+08:00",
        "payer": { "openid": "oUpF8uMuAJO_M29aw263DmM3J6Lc" },
        "amount": {
            "total": 8888, "payer_total": 8000, "currency": "CNY", "payer_currency": "CNY"
        },
    })
}

/// Seals `plain` with the account's APIv3 key.
pub(crate) fn seal(plain: &str, associated_data: &str) -> Value {
    let key = UnboundKey::new(&AES_256_GCM, config("apiv3_key").as_bytes()).unwrap();
    let nonce = Nonce::try_assume_unique_for_key(SEAL_NONCE.as_bytes()).unwrap();
    let mut sealed = plain.as_bytes().to_vec();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, Aad::from(associated_data), &mut sealed)
        .unwrap();
    json!({
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": SEAL_NONCE,
        "associated_data": associated_data,
        "ciphertext": STANDARD.encode(sealed),
    })
}

/// A notification's body.
pub(crate) fn envelope(event_type: &str, original_type: &str, plain: &Value) -> Value {
    let mut resource = seal(&plain.to_string(), original_type);
    resource["original_type"] = json!(original_type);
    json!({
        "id": "EV-2025010108000312345",
        "create_time": "2025-01-01T08:00:04+08:00",
        "event_type": event_type,
        "resource_type": "encrypt-resource",
        "summary": "支付成功",
        "resource": resource,
    })
}

/// Signed by the platform's public key.
pub(crate) fn post(body: &Value) -> Request {
    let body = body.to_string();
    let id = config("wechatpay_public_key_id");
    let headers = headers(&id, "wxpub.key", NOW, &body);
    let mut request = Request::new(body.into());
    *request.headers_mut() = headers;
    request
}

pub(crate) fn sent(step: Step) -> Request {
    let Step::Send(request) = step else { panic!("a call is needed") };
    *request
}

/// The request of an operation, and its body.
pub(crate) fn built(operation: &Operation) -> (Request, Value) {
    let request = sent(account().build(operation, &call()).unwrap());
    let body = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
    (request, body)
}

/// Whether the channel calls an operation unfit, and why.
pub(crate) fn unfit(operation: &Operation, call: &Call) -> Option<&'static str> {
    match account().build(operation, call) {
        Err(BuildError::Unfit(what)) => Some(what),
        Err(BuildError::Unsupported | BuildError::Sign) | Ok(_) => None,
    }
}

fn channel() -> Arc<dyn Channel> {
    Wechat.open(&settings(), &[]).unwrap()
}

#[test]
fn every_bit_of_a_notification_counts() {
    let genuine = post(&envelope("TRANSACTION.SUCCESS", "transaction", &transaction()));
    let signed = [TIMESTAMP, NONCE, SIGNATURE, SERIAL];
    flipped_bits_are_refused(&*channel(), &genuine, NOW, &signed);
}

/// Genuine answers, bent in one bit: never read as if they were not.
#[test]
fn every_bit_of_an_answer_counts() {
    let account = account();
    let genuine = answer(200, &transaction().to_string());
    let operation = Operation::Query { attempt: attempt() };
    account.parse(&operation, &call(), &genuine).unwrap();
    for bit in 0..genuine.body().len() * 8 {
        let mut bent = genuine.clone();
        let mut body = bent.body().to_vec();
        body[bit / 8] ^= 1 << (bit % 8);
        *bent.body_mut() = body.into();
        let parsed = account.parse(&operation, &call(), &bent);
        assert_eq!(parsed, Err(ParseError::Signature), "bit {bit}");
    }
}

#[test]
fn garbage_is_never_an_answer() {
    for operation in operations() {
        garbage_is_an_error(&*channel(), &operation, &call());
    }
}

#[test]
fn equal_calls_give_equal_bytes() {
    for operation in operations() {
        building_is_deterministic(&*channel(), &operation, &call());
    }
}

/// A repeat may be minutes later and must ask for the very same thing.
#[test]
fn a_repeat_differs_in_its_stamp_alone() {
    let account = account();
    let later = Call { now: Timestamp(NOW.0 + 600_000), nonce: [9; 16], ..call() };
    for operation in operations() {
        let mut first = sent(account.build(&operation, &call()).unwrap());
        let mut again = sent(account.build(&operation, &later).unwrap());
        let stamp = |it: &mut Request| it.headers_mut().remove("authorization").unwrap();
        assert_ne!(stamp(&mut first), stamp(&mut again));
        assert_eq!(format!("{first:?}"), format!("{again:?}"));
    }
}

#[test]
fn what_is_not_offered_is_unsupported() {
    let channel = channel();
    for method in [Method::Page, Method::Barcode] {
        let operation = Operation::Pay(pay(method));
        let built = channel.build(&operation, &call());
        assert!(matches!(built, Err(BuildError::Unsupported)), "{method:?}");
        let answer = answer(200, r#"{"code_url":"weixin://1"}"#);
        assert!(channel.parse(&operation, &call(), &answer).is_err(), "{method:?}");
    }
    assert_eq!(channel.capabilities().methods, [Method::Qr]);
    assert_eq!(channel.verify_return("a=b"), Err(VerifyError::Unsupported));
    assert_eq!(Wechat.kind(), "wechat");
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?} {:?}", account(), settings());
    let private = pem("merchant.key");
    let lines = private.lines().filter(|it| !it.starts_with('-'));
    for secret in lines.map(str::to_owned).chain([config("apiv3_key")]) {
        assert!(!shown.contains(&secret), "{secret}");
    }
    assert!(shown.contains(&config("mchid")));
    let (request, _) = built(&Operation::Query { attempt: attempt() });
    assert!(!format!("{request:?}").contains("signature="));
}

/// A success of whatever was asked, and the contents of any notification.
fn anything() -> Value {
    let mut words = transaction();
    words["code_url"] = json!("weixin://wxpay/bizpayurl?pr=1");
    words["out_refund_no"] = json!(refund().refund.out_refund_no());
    words["refund_id"] = json!("50300000012025010100000000001");
    words["status"] = json!("SUCCESS");
    words["amount"]["refund"] = json!(1000);
    words["data"] = json!([]);
    words
}

const FIELDS: &[&str] = &[
    "/appid",
    "/mchid",
    "/out_trade_no",
    "/out_refund_no",
    "/transaction_id",
    "/refund_id",
    "/trade_state",
    "/status",
    "/success_time",
    "/amount",
    "/amount/total",
    "/amount/refund",
    "/amount/currency",
    "/code_url",
    "/data",
];

proptest! {
    #[test]
    fn no_input_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        text in ".{0,200}",
        status in proptest::sample::select(vec![200_u16, 204, 400, 404, 500]),
    ) {
        let account = account();
        for operation in operations() {
            for body in [bytes.clone(), text.clone().into_bytes()] {
                let mut response = unsigned(status, "");
                *response.body_mut() = body.into();
                let parsed = account.parse(&operation, &call(), &response);
                let unknown = matches!(parsed, Ok(Outcome::Unknown { .. }));
                prop_assert!(parsed.is_err() || unknown, "{parsed:?}");
            }
        }
        prop_assert!(account.verify(&Request::new(bytes.into()), NOW).is_err());
        prop_assert!(account.verify_return(&text).is_err());
    }

    /// Signed, but of any shape: an error or an outcome, never a panic.
    #[test]
    fn no_signed_value_panics(
        field in proptest::sample::select(FIELDS),
        value in r#"null|-?[0-9]{1,30}|[0-9]\.[0-9]|"[^"\\]{0,40}"|\[\]|\{\}|"[0-9-]{10}T[0-9:]{8}\+08:00""#,
    ) {
        let value = serde_json::from_str(&value).ok();
        let words = with(anything(), field, value);
        for operation in operations() {
            let _ = said(&operation, &words);
        }
        for (event_type, original_type) in
            [("TRANSACTION.SUCCESS", "transaction"), ("REFUND.SUCCESS", "refund"), ("X", "y")]
        {
            let body = envelope(event_type, original_type, &words);
            let _ = account().verify(&post(&body), NOW);
        }
    }
}

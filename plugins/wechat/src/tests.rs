//! What every test stands on: the vectors, one account, genuine answers and notifications.

mod mutation;
mod products;
mod suite;
pub(crate) mod vectors;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, StatusCode};
use paymux_channel::rsa::PrivateKey;
use paymux_channel::{
    BuildError, Call, Channel, Operation, Outcome, ParseError, Pay, RefundCall, Request, Response,
    Secret, Settings, Step, TransferCall,
};
use paymux_core::payment::{AuthCode, Method, Payer};
use paymux_core::transfer::{Kind, Payee, PayeeKind, Scene};
use paymux_core::{AttemptId, Currency, Money, PaymentId, RefundId, Timestamp, TransferId};
use serde_json::{Value, json};

use crate::settings::{self, Account};
use crate::signature::{NONCE, SERIAL, SIGNATURE, TIMESTAMP};

/// 2025-01-01 08:00:00 in Shanghai, the vectors' clock.
pub(crate) const NOW: Timestamp = Timestamp(1_735_689_600_000);
pub(crate) const PLATFORM1: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
pub(crate) const EXPIRED: &str = "3AA1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3";
pub(crate) const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000001092025010100000000000001";
const SEAL_NONCE: &str = "0123456789ab";

/// An account that is a little different.
impl std::ops::DerefMut for Account {
    fn deref_mut(&mut self) -> &mut crate::settings::Merchant {
        &mut self.merchant
    }
}

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

/// In the middle of a change: the public key and certificates, one of them out of date.
pub(crate) fn settings() -> Settings {
    let mut settings = bare_settings();
    settings.set("public_key_id", Secret::new(PUBLIC_KEY_ID));
    settings.set("public_key", Secret::new(pem("wxpub.pub")));
    let certificates = ["platform1.crt", "platform2.crt", "platform_expired.crt"];
    let certificates = certificates.map(|it| Secret::new(pem(it)));
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

pub(crate) fn fen(minor: i64) -> Money {
    Money::new(minor, Currency::Cny).unwrap()
}

pub(crate) fn attempt() -> AttemptId {
    let payment = PaymentId::new(NOW, &"shop".parse().unwrap(), 42);
    AttemptId { payment, number: 1 }
}

pub(crate) fn pay() -> Pay {
    Pay {
        attempt: attempt(),
        amount: fen(8888),
        subject: "Image形象店-深圳腾大-QQ公仔".into(),
        method: Method::Qr,
        expires_at: Timestamp(NOW.0 + 1_800_000),
        payer: Payer::default(),
        splittable: false,
    }
}

pub(crate) fn refund() -> RefundCall {
    RefundCall {
        refund: RefundId { payment: attempt().payment, number: 1 }.into(),
        part: None,
        attempt: attempt(),
        amount: fen(1000),
        paid: fen(8888),
        reason: None,
    }
}

pub(crate) fn transfer() -> TransferCall {
    TransferCall {
        transfer: TransferId::of_root(attempt().payment),
        amount: fen(2000),
        kind: Kind::Transfer,
        payee: Payee {
            kind: PayeeKind::OpenId,
            identity: "oUpF8uMuAJO_M29aw263DmM3J6Lc".into(),
            name: None,
            bank: None,
        },
        title: "九月的佣金".into(),
        scene: Some(Scene {
            id: "1005".into(),
            reports: vec![("岗位类型".into(), "骑手".into()), ("报酬说明".into(), "九月".into())],
        }),
    }
}

/// What every account offers; the last one alone is not about an order.
pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::Pay(pay()),
        Operation::Query { attempt: attempt() },
        Operation::Close { attempt: attempt() },
        Operation::Refund(refund()),
        Operation::QueryRefund(refund()),
        Operation::Transfer(Box::new(transfer())),
        Operation::QueryTransfer(Box::new(transfer())),
        Operation::CancelTransfer(Box::new(transfer())),
        Operation::PlatformKeys { serial: None },
    ]
}

/// Who speaks, by which key, and when.
pub(crate) struct Voice<'a> {
    pub(crate) serial: &'a str,
    pub(crate) key: &'a str,
    pub(crate) at: Timestamp,
}

pub(crate) const GENUINE: Voice<'static> =
    Voice { serial: PLATFORM1, key: "platform1.key", at: NOW };

impl Voice<'_> {
    pub(crate) fn headers(&self, body: &[u8]) -> HeaderMap {
        let (time, nonce) = (self.at.as_secs().to_string(), "c5ac7061fccab6bf3e254dcf98995b8c");
        let message = [format!("{time}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
        let signature = PrivateKey::parse(&pem(self.key)).unwrap().sign(&message).unwrap();
        let headers =
            [(TIMESTAMP, &*time), (NONCE, nonce), (SIGNATURE, &signature), (SERIAL, self.serial)];
        let header =
            |(name, value): (_, &str)| (HeaderName::from_static(name), value.parse().unwrap());
        headers.into_iter().map(header).collect()
    }

    pub(crate) fn answer(&self, status: u16, body: impl Into<Bytes>) -> Response {
        let mut response = unsigned(status, body);
        *response.headers_mut() = self.headers(response.body());
        response
    }

    pub(crate) fn notify(&self, body: impl Into<Bytes>) -> Request {
        let mut request = Request::new(body.into());
        *request.headers_mut() = self.headers(request.body());
        request
    }
}

pub(crate) fn unsigned(status: u16, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

/// A genuine 200. In its text, `"ORDER"` and `"REFUND_NO"` stand for our numbers.
pub(crate) fn answer(text: &str) -> Response {
    GENUINE.answer(200, ours(text))
}

pub(crate) fn ours(text: &str) -> String {
    text.replace("\"ORDER\"", &format!("\"{}\"", attempt()))
        .replace("\"REFUND_NO\"", &format!("\"{}\"", refund().refund.out_refund_no()))
}

/// An object's text with some members set to something else.
pub(crate) fn changed(text: &str, changes: Value) -> String {
    let mut members: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap();
    let Value::Object(changes) = changes else { panic!("{changes}") };
    members.extend(changes);
    Value::Object(members).to_string()
}

/// A failure's body.
pub(crate) fn failure(code: &str) -> String {
    json!({ "code": code, "message": "why" }).to_string()
}

pub(crate) fn unknown(code: &str) -> Outcome {
    Outcome::Unknown { code: code.into() }
}

pub(crate) fn parse(operation: &Operation, response: &Response) -> Result<Outcome, ParseError> {
    account().parse(operation, &call(), response)
}

/// Sealed with the account's APIv3 key, in base64.
pub(crate) fn seal(nonce: &str, associated_data: &str, plain: &[u8]) -> String {
    let key = UnboundKey::new(&AES_256_GCM, config("apiv3_key").as_bytes()).unwrap();
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).unwrap();
    let mut sealed = plain.to_vec();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(nonce, Aad::from(associated_data), &mut sealed)
        .unwrap();
    STANDARD.encode(sealed)
}

pub(crate) fn resource(original_type: &str, plain: &str) -> Value {
    json!({
        "original_type": original_type,
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": SEAL_NONCE,
        "associated_data": original_type,
        "ciphertext": seal(SEAL_NONCE, original_type, ours(plain).as_bytes()),
    })
}

/// A notification's body, two seconds old.
pub(crate) fn envelope(event_type: &str, original_type: &str, plain: &str) -> Value {
    json!({
        "id": "3119dfba-e649-5eec-ab1e-3412bc4d2e17",
        "create_time": "2025-01-01T07:59:58+08:00",
        "event_type": event_type,
        "resource_type": "encrypt-resource",
        "summary": "支付成功",
        "resource": resource(original_type, plain),
    })
}

pub(crate) fn notification(event_type: &str, original_type: &str, plain: &str) -> Request {
    GENUINE.notify(envelope(event_type, original_type, plain).to_string())
}

pub(crate) fn sent(step: Result<Step, BuildError>) -> Request {
    let Ok(Step::Send(request)) = step else { panic!("a call is needed") };
    *request
}

pub(crate) fn built(operation: &Operation) -> Request {
    sent(account().build(operation, &call()))
}

/// The field in which the channel cannot take an operation.
pub(crate) fn limit(operation: &Operation, call: &Call) -> Option<&'static str> {
    limit_by(&account(), operation, call)
}

pub(crate) fn limit_by(
    account: &Account,
    operation: &Operation,
    call: &Call,
) -> Option<&'static str> {
    match account.build(operation, call) {
        Err(BuildError::Limit { field, .. }) => Some(field),
        Err(BuildError::Unsupported | BuildError::Sign) | Ok(_) => None,
    }
}

pub(crate) fn sent_by(account: &Account, operation: &Operation) -> Request {
    sent(account.build(operation, &call()))
}

/// A payment in which the payer takes every way.
pub(crate) fn pay_by(method: Method) -> Pay {
    let payer = Payer {
        client_ip: Some("203.0.113.7".into()),
        openid: Some(config("openid")),
        auth_code: Some(AuthCode::new("130061098828009406")),
        user_agent: None,
    };
    Pay { method, payer, ..pay() }
}

pub(crate) const OFFERED: [Method; 6] =
    [Method::Qr, Method::H5, Method::Jsapi, Method::App, Method::MiniProgram, Method::Barcode];

pub(crate) const MINI: &str = "wx00000000000000a1";
pub(crate) const OPEN: &str = "wx00000000000000a2";
pub(crate) const SECRET: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";

/// With everything a product asks for.
pub(crate) fn full_settings() -> Settings {
    let mut settings = settings();
    for (key, value) in [
        ("mini_app_id", MINI),
        ("open_app_id", OPEN),
        ("codepay", "true"),
        ("store_out_id", "A1111"),
        ("app_secret", SECRET),
        ("mini_app_secret", "ffffffffffffffffffffffffffffffff"),
    ] {
        settings.set(key, Secret::new(value));
    }
    settings
}

/// A service provider's account for one of its sub-merchants.
pub(crate) fn partner_settings() -> Settings {
    let mut settings = full_settings();
    for (key, value) in [
        ("app_id", config("sp_appid")),
        ("mch_id", config("sp_mchid")),
        ("sub_app_id", config("sub_appid")),
        ("sub_mch_id", config("sub_mchid")),
        ("openid_of", "sub".to_owned()),
    ] {
        settings.set(key, Secret::new(value));
    }
    settings
}

pub(crate) fn full() -> Account {
    settings::read(&full_settings(), &[]).unwrap()
}

pub(crate) fn partner() -> Account {
    settings::read(&partner_settings(), &[]).unwrap()
}

/// The body of a request, as JSON.
pub(crate) fn body_of(request: &Request) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

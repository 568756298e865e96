//! WeChat Pay's side, with the vectors' keys.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use paymux_channel::rsa::PrivateKey;
use paymux_channel::{Channel, Notification, Plugin as _, Secret, Settings, VerifyError};
use paymux_core::Timestamp;
use paymux_wechat::Wechat;
use serde_json::{Value, json};

/// The vectors' clock.
pub const NOW: Timestamp = Timestamp(1_735_689_600_000);
const SERIAL: &str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1";
const SEAL_NONCE: &str = "0123456789ab";

static KEYS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../plugins/wechat/vectors/keys.json")).expect("JSON")
});

pub(crate) fn key(part: &str, name: &str) -> &'static str {
    KEYS[part][name].as_str().expect("a key of the vectors")
}

pub static ACCOUNT: LazyLock<Arc<dyn Channel>> = LazyLock::new(|| {
    let mut settings: Settings = [
        ("app_id", key("config", "appid")),
        ("mch_id", key("config", "mchid")),
        ("merchant_serial", key("config", "merchant_serial")),
        ("private_key", key("pem", "merchant.key")),
        ("api_v3_key", key("config", "apiv3_key")),
    ]
    .into_iter()
    .collect();
    let certificate = Secret::new(key("pem", "platform1.crt"));
    settings.set_list("platform_certificates", vec![certificate]);
    Wechat.open(&settings, &[]).expect("good settings")
});

static PLATFORM: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::parse(key("pem", "platform1.key")).expect("a key"));

/// Signed by the platform, now.
fn headers(body: &[u8]) -> HeaderMap {
    let (time, nonce) = (NOW.as_secs().to_string(), "c5ac7061fccab6bf3e254dcf98995b8c");
    let message = [format!("{time}\n{nonce}\n").as_bytes(), body, b"\n"].concat();
    let signature = PLATFORM.sign(&message).expect("it signs");
    let headers = [
        ("wechatpay-timestamp", time.as_str()),
        ("wechatpay-nonce", nonce),
        ("wechatpay-signature", &signature),
        ("wechatpay-serial", SERIAL),
    ];
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(name, HeaderValue::from_str(value).expect("a header"));
    }
    map
}

fn request(headers: HeaderMap, body: &[u8]) -> Request<Bytes> {
    let mut request = Request::new(Bytes::copy_from_slice(body));
    *request.headers_mut() = headers;
    request
}

/// With the signature of another body, the genuine one's.
pub fn verify_changed(genuine: &[u8], body: &[u8]) -> Result<Notification, VerifyError> {
    ACCOUNT.verify(&request(headers(genuine), body), NOW)
}

pub fn verify_signed(body: &[u8]) -> Result<Notification, VerifyError> {
    verify_changed(body, body)
}

pub fn signed_answer(status: u16, body: &[u8]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(body));
    *response.headers_mut() = headers(body);
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
}

/// An envelope around the fuzzer's text, sealed with the account's key.
pub fn envelope(event_type: &str, original_type: &str, plain: &[u8]) -> Vec<u8> {
    let key = key("config", "apiv3_key").as_bytes();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("a key"));
    let nonce = Nonce::try_assume_unique_for_key(SEAL_NONCE.as_bytes()).expect("a nonce");
    let mut sealed = plain.to_vec();
    key.seal_in_place_append_tag(nonce, Aad::from(original_type), &mut sealed).expect("it seals");
    let resource = json!({
        "original_type": original_type,
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": SEAL_NONCE,
        "associated_data": original_type,
        "ciphertext": STANDARD.encode(sealed),
    });
    let envelope = json!({
        "id": "3119dfba-e649-5eec-ab1e-3412bc4d2e17",
        "create_time": "2025-01-01T07:59:58+08:00",
        "event_type": event_type,
        "resource_type": "encrypt-resource",
        "resource": resource,
    });
    envelope.to_string().into_bytes()
}

/// A paid order, as the platform tells it.
pub static GENUINE: LazyLock<(Vec<u8>, Notification)> = LazyLock::new(|| {
    let order = crate::attempt(NOW);
    let plain = json!({
        "appid": key("config", "appid"),
        "mchid": key("config", "mchid"),
        "out_trade_no": order.to_string(),
        "transaction_id": "4200001234202501010000000001",
        "trade_type": "NATIVE",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "success_time": "2025-01-01T07:59:57+08:00",
        "payer": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
        "amount": { "total": 8888, "payer_total": 8888, "currency": "CNY" },
    });
    let body = envelope("TRANSACTION.SUCCESS", "transaction", plain.to_string().as_bytes());
    let read = verify_signed(&body).expect("it is genuine");
    (body, read)
});

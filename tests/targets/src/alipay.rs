//! Alipay's side, with the vectors' keys.

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use paymux_alipay::Alipay;
use paymux_channel::rsa::PrivateKey;
use paymux_channel::{Channel, Notification, Operation, Plugin as _, Request, Response, Settings};
use paymux_core::Timestamp;
use serde_json::Value;

/// The vectors' clock.
pub const NOW: Timestamp = Timestamp(1_768_451_696_000);

static KEYS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../plugins/alipay/vectors/keys.json")).expect("JSON")
});

pub static ACCOUNT: LazyLock<Arc<dyn Channel>> = LazyLock::new(|| {
    let settings: Settings = [
        ("app_id", "2021000000000001"),
        ("seller_id", "2088000000000001"),
        ("private_key", key("app", "private_pkcs8_pem")),
        ("alipay_public_key", key("alipay", "public_spki_b64")),
    ]
    .into_iter()
    .collect();
    Alipay.open(&settings, &[]).expect("good settings")
});

static PLATFORM: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::parse(key("alipay", "private_pkcs8_b64")).expect("a key"));

fn key(owner: &str, form: &str) -> &'static str {
    KEYS[owner][form].as_str().expect("a key of the vectors")
}

/// Genuine messages, with what they say.
pub static GENUINE: LazyLock<Vec<(Vec<u8>, Notification)>> = LazyLock::new(|| {
    let file = include_str!("../../../plugins/alipay/vectors/notify.json");
    let file: Value = serde_json::from_str(file).expect("JSON");
    let bodies = file["vectors"].as_array().expect("vectors").iter();
    let bodies = bodies.filter_map(|it| it["body"].as_str());
    bodies.filter_map(|it| Some((it.into(), verify(it.as_bytes()).ok()?))).collect()
});

pub fn verify(body: &[u8]) -> Result<Notification, paymux_channel::VerifyError> {
    ACCOUNT.verify(&Request::new(Bytes::copy_from_slice(body)), NOW)
}

/// A form of the fuzzer's fields, signed by Alipay.
pub fn signed_form(bytes: &[u8]) -> String {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(bytes)
        .filter(|(name, _)| name != "sign" && name != "sign_type")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let told = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let told: Vec<_> = told.filter(|(_, value)| !value.is_empty()).collect();
    let text = paymux_channel::canonical::sorted_pairs(told);
    let sign = PLATFORM.sign(text.as_bytes()).expect("it signs");
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&pairs)
        .extend_pairs([("sign_type", "RSA2"), ("sign", sign.as_str())])
        .finish()
}

/// An answer whose node is the fuzzer's text, signed by Alipay.
pub fn signed_answer(operation: &Operation, node: &str) -> Response {
    let sign = PLATFORM.sign(node.as_bytes()).expect("it signs");
    let name = match operation.name() {
        "pay" => "alipay_trade_precreate_response",
        "query" => "alipay_trade_query_response",
        "close" => "alipay_trade_close_response",
        "reverse" => "alipay_trade_cancel_response",
        "refund" => "alipay_trade_refund_response",
        "query_refund" => "alipay_trade_fastpay_refund_query_response",
        "transfer" => "alipay_fund_trans_uni_transfer_response",
        "query_transfer" => "alipay_fund_trans_common_query_response",
        "bill" => "alipay_data_dataservice_bill_downloadurl_query_response",
        _ => "error_response",
    };
    Response::new(format!(r#"{{"{name}":{node},"sign":"{sign}"}}"#).into())
}

//! WeChat Pay's APIv2, with the vectors' keys.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use aws_lc_rs::hmac;
use bytes::Bytes;
use http::{Request, Response};
use paymux_channel::{Channel, Notification, Plugin as _, Settings, VerifyError};
use paymux_wechat::Wechat;

use crate::wechat::{NOW, key};

pub static ACCOUNT: LazyLock<Arc<dyn Channel>> = LazyLock::new(|| {
    let settings: Settings = [
        ("api", "v2"),
        ("app_id", key("config", "appid")),
        ("mch_id", key("config", "mchid")),
        ("api_v2_key", key("config", "apiv2_key")),
        ("certificate", key("pem", "merchant.crt")),
        ("certificate_key", key("pem", "merchant.key")),
        ("server_ip", "203.0.113.7"),
    ]
    .into_iter()
    .collect();
    Wechat.open(&settings, &[]).expect("good settings")
});

pub fn verify(body: &[u8]) -> Result<Notification, VerifyError> {
    ACCOUNT.verify(&Request::new(Bytes::copy_from_slice(body)), NOW)
}

pub fn answer(body: &[u8]) -> Response<Bytes> {
    Response::new(Bytes::copy_from_slice(body))
}

/// A message of the fuzzer's fields, signed as WeChat Pay signs.
pub fn signed(bytes: &[u8]) -> Vec<u8> {
    let fields = form_urlencoded::parse(bytes).filter(|(name, value)| {
        let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
        name != "sign" && !name.is_empty() && name.bytes().all(plain) && !value.is_empty()
    });
    let mut fields: Vec<_> =
        fields.map(|(it, value)| (it.into_owned(), value.into_owned())).collect();
    fields.sort();
    fields.dedup_by(|a, b| a.0 == b.0);
    let secret = key("config", "apiv2_key");
    let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let text = format!("{}&key={secret}", pairs.join("&"));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), text.as_bytes());
    let sign = tag.as_ref().iter().fold(String::new(), |mut text, it| {
        let _ = write!(text, "{it:02X}");
        text
    });
    let mut xml = "<xml>".to_owned();
    for (name, value) in &fields {
        let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(xml, "<{name}>{value}</{name}>");
    }
    let _ = write!(xml, "<sign>{sign}</sign></xml>");
    xml.into_bytes()
}

/// A paid order, as the platform tells it.
pub static GENUINE: LazyLock<(Vec<u8>, Notification)> = LazyLock::new(|| {
    let order = crate::attempt(NOW);
    let (app, merchant) = (key("config", "appid"), key("config", "mchid"));
    let text = format!(
        "return_code=SUCCESS&result_code=SUCCESS&appid={app}&mch_id={merchant}&nonce_str=abc\
         &openid=oUpF8uMuAJO_M2pxb1Q9zNjWeS6o&is_subscribe=N&trade_type=NATIVE&bank_type=OTHERS\
         &total_fee=8888&fee_type=CNY&cash_fee=8888&transaction_id=4200001234202501010000000001\
         &out_trade_no={order}&time_end=20250101075957"
    );
    let body = signed(text.as_bytes());
    let read = verify(&body).expect("it is genuine");
    (body, read)
});

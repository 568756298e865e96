//! The `Authorization` header: parsed, checked for time and owner, verified.

use http::{HeaderMap, header};
use jiff::Timestamp;

use super::answer::Answer;
use crate::shared::WechatDesk;
use crate::wechat::dispatch::PREFIX;

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// What the channel allows between its clock and the merchant's.
const MAX_SKEW_S: i64 = 300;

pub(crate) struct Authorization {
    pub(crate) mchid: String,
    pub(crate) serial_no: String,
    pub(crate) timestamp: String,
    pub(crate) nonce_str: String,
    pub(crate) signature: String,
}

/// `None` unless every parameter is there exactly once.
pub(crate) fn parse(header: &str) -> Option<Authorization> {
    let list = header.strip_prefix(SCHEME)?.strip_prefix(' ')?;
    let mut found: [Option<String>; 5] = Default::default();
    for item in list.split(',') {
        let (name, value) = item.trim().split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        let names = ["mchid", "serial_no", "timestamp", "nonce_str", "signature"];
        let slot = &mut found[names.iter().position(|known| *known == name)?];
        if value.is_empty() || slot.replace(value.to_owned()).is_some() {
            return None;
        }
    }
    let [mchid, serial_no, timestamp, nonce_str, signature] = found;
    Some(Authorization {
        mchid: mchid?,
        serial_no: serial_no?,
        timestamp: timestamp?,
        nonce_str: nonce_str?,
        signature: signature?,
    })
}

/// `METHOD\nurl\ntimestamp\nnonce\nbody\n`
pub(crate) fn message(method: &str, url: &str, own: &Authorization, body: &[u8]) -> Vec<u8> {
    let Authorization { timestamp, nonce_str, .. } = own;
    let head = format!("{method}\n{url}\n{timestamp}\n{nonce_str}\n");
    [head.as_bytes(), body, b"\n"].concat()
}

/// What of a request the signature covers.
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// Path and query exactly as sent.
    pub(super) target: &'a str,
    pub(super) body: &'a [u8],
}

pub(super) fn check(
    desk: &WechatDesk,
    headers: &HeaderMap,
    signed: &Signed<'_>,
    now: Timestamp,
) -> Result<(), Answer> {
    for name in [header::ACCEPT, header::USER_AGENT] {
        if headers.get(&name).is_none_or(http::HeaderValue::is_empty) {
            return Err(Answer::parameter("Http头缺少Accept或User-Agent"));
        }
    }
    let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(own) = text.and_then(parse) else {
        return Err(Answer::sign_error("Http头Authorization值格式错误，请参考微信支付签名规则"));
    };
    if own.mchid != desk.party.mch_id {
        return Err(Answer::sign_error("商户号不存在"));
    }
    if !own.serial_no.eq_ignore_ascii_case(&desk.party.merchant_serial) {
        return Err(Answer::sign_error("商户证书序列号有误，请使用签名私钥匹配的证书序列号"));
    }
    if !in_time(&own.timestamp, now) {
        return Err(Answer::sign_error(
            "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟",
        ));
    }
    if verified(desk, &own, signed) {
        Ok(())
    } else {
        Err(Answer::sign_error("签名错误，验签失败"))
    }
}

fn in_time(timestamp: &str, now: Timestamp) -> bool {
    let digits = timestamp.bytes().all(|b| b.is_ascii_digit());
    let at = timestamp.parse::<i64>().ok().filter(|_| digits);
    at.is_some_and(|at| at.abs_diff(now.as_second()) <= MAX_SKEW_S.unsigned_abs())
}

fn verified(desk: &WechatDesk, own: &Authorization, signed: &Signed<'_>) -> bool {
    let bare = signed.target.strip_prefix(PREFIX).unwrap_or(signed.target);
    [signed.target, bare].iter().any(|url| {
        let message = message(signed.method, url, own, signed.body);
        desk.verifier.accepts(&message, &own.signature)
    })
}

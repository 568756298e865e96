//! Fields of a JSON body, read with the channel's limits.

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Answer;
use crate::money::Fen;

/// A text within `1..=max` characters of at most three bytes each; absent is `None`.
pub(super) fn optional_text(
    body: &Value,
    pointer: &str,
    max: usize,
) -> Result<Option<String>, Answer> {
    match body.pointer(pointer) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let text = value.as_str().ok_or_else(|| Answer::field(pointer, "不是字符串"))?;
            let length = text.chars().count();
            if !(1..=max).contains(&length) {
                return Err(Answer::field(pointer, "长度不符合要求"));
            }
            if text.chars().any(|c| c.len_utf8() > 3) {
                return Err(Answer::field(pointer, "含有不支持的字符"));
            }
            Ok(Some(text.to_owned()))
        }
    }
}

pub(super) fn text(body: &Value, pointer: &str, max: usize) -> Result<String, Answer> {
    optional_text(body, pointer, max)?.ok_or_else(|| Answer::field(pointer, "缺少必填参数"))
}

/// A whole number of fen, at least one.
pub(super) fn fen(body: &Value, pointer: &str) -> Result<Fen, Answer> {
    let amount = body.pointer(pointer).and_then(Value::as_i64).filter(|fen| *fen >= 1);
    amount.map(Fen).ok_or_else(|| Answer::field(pointer, "金额必须是正整数"))
}

pub(super) fn out_trade_no(body: &Value) -> Result<String, Answer> {
    let number = text(body, "/out_trade_no", 32)?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_-*|".contains(&b);
    if number.len() < 6 || !number.bytes().all(legal) {
        return Err(Answer::field("/out_trade_no", "商户订单号格式错误"));
    }
    Ok(number)
}

pub(super) fn out_refund_no(body: &Value) -> Result<String, Answer> {
    let number = text(body, "/out_refund_no", 64)?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_-*|@".contains(&b);
    if !number.bytes().all(legal) {
        return Err(Answer::field("/out_refund_no", "商户退款单号格式错误"));
    }
    Ok(number)
}

/// An absolute address without a query.
pub(super) fn notify_url(body: &Value) -> Result<Option<String>, Answer> {
    let url = optional_text(body, "/notify_url", 255)?;
    let legal = |url: &String| {
        (url.starts_with("http://") || url.starts_with("https://")) && !url.contains('?')
    };
    match url {
        Some(url) if !legal(&url) => Err(Answer::field("/notify_url", "通知地址格式错误")),
        Some(url) => Ok(Some(url)),
        None => Ok(None),
    }
}

/// A past time is ignored, as at the channel.
pub(super) fn expiry(body: &Value, now: Timestamp) -> Result<Option<Timestamp>, Answer> {
    let Some(text) = optional_text(body, "/time_expire", 64)? else { return Ok(None) };
    let at: Timestamp =
        text.parse().map_err(|_| Answer::field("/time_expire", "不是RFC3339格式的时间"))?;
    Ok(Some(at).filter(|at| *at > now))
}

/// IPv4 or IPv6.
pub(super) fn client_ip(body: &Value, pointer: &str) -> Result<(), Answer> {
    let text = text(body, pointer, 45)?;
    let parsed = text.parse::<std::net::IpAddr>();
    parsed.map(|_| ()).map_err(|_| Answer::field(pointer, "不是合法的IP地址"))
}

/// A member the interface does not know is refused, as the channel refuses it.
pub(super) fn known_members(body: &Value, known: &[&str]) -> Result<(), Answer> {
    let members = body.as_object().into_iter().flatten().map(|(name, _)| name);
    match members.into_iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Answer::field(&format!("/{name}"), "不允许的参数").numbered(270_924_358)),
        None => Ok(()),
    }
}

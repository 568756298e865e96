//! The terms of a new order: what every product asks for, checked.

use std::time::Duration;

use jiff::Timestamp;

use super::answer::Node;
use super::api::Api;
use super::biz::Biz;
use super::codes::refused;
use super::request::Call;
use crate::books::{Channel, NewOrder, Notes, PayerId};
use crate::clock;

const MAX_NUMBER: usize = 64;
const MAX_SUBJECT: usize = 256;
const MAX_BODY: usize = 128;
const MAX_PASSBACK: usize = 512;
const MAX_GOODS: usize = 150;
const MAX_URL: usize = 256;
const FORBIDDEN_IN_SUBJECT: [char; 3] = ['/', '=', '&'];
const MAX_TIMEOUT: Duration = Duration::from_hours(15 * 24);
const FACE_TO_FACE_LIFE: Duration = Duration::from_hours(3);
/// On a phone a shorter one is lengthened to it.
const MIN_MOBILE_LIFE: Duration = Duration::from_mins(5);

/// What the order remembers for its answers and notifications.
pub(super) mod note {
    pub(crate) const SELLER: &str = "seller_id";
    pub(crate) const APP: &str = "app_id";
    pub(crate) const OPEN_ID: &str = "buyer_open_id";
    pub(crate) const CHARSET: &str = "charset";
    pub(crate) const SIGN_TYPE: &str = "sign_type";
    pub(crate) const METHOD: &str = "method";
    pub(crate) const AUTH_CODE: &str = "auth_code";
    pub(crate) const QUIT_URL: &str = "quit_url";
}

pub(super) fn terms(call: &Call, payer: Option<PayerId>, now: Timestamp) -> Result<NewOrder, Node> {
    let biz = &call.biz;
    let out_trade_no = number(biz)?;
    let total = biz.yuan("total_amount").ok_or_else(|| parameter("total_amount"))?;
    let subject = subject(biz)?;
    check_product(call)?;
    if biz.text("seller_id").is_some_and(|seller| seller != call.seller_id) {
        return Err(refused("ACQ.SELLER_NOT_EXIST"));
    }
    if biz.count("goods_detail") > MAX_GOODS {
        return Err(refused("ACQ.SUB_GOODS_SIZE_MAX_COUNT"));
    }
    let body = short(biz, "body", MAX_BODY)?;
    let attach = short(biz, "passback_params", MAX_PASSBACK)?;
    let content = format!("{}\n{total}\n{subject}\n{body:?}\n{attach:?}", call.method);
    let mini_program = biz.text("op_app_id").is_some();
    Ok(NewOrder {
        channel: Channel::Alipay,
        product: call.api.product(mini_program).ok_or_else(|| parameter("method"))?,
        payer,
        notes: notes(call),
        out_trade_no,
        app_id: call.auth_app_id.clone(),
        subject,
        body,
        attach,
        total,
        notify_url: url(call, "notify_url")?,
        return_url: url(call, "return_url")?,
        expires_at: Some(expiry(call, now)?),
        code_life: code_life(biz)?,
        content,
    })
}

fn notes(call: &Call) -> Notes {
    let mut notes = Notes::from([(note::SELLER, call.seller_id.clone())]);
    notes.insert(note::METHOD, call.method.clone());
    for name in [note::APP, note::CHARSET, note::SIGN_TYPE] {
        notes.insert(name, call.param(name).unwrap_or_default().to_owned());
    }
    for name in [note::AUTH_CODE, note::QUIT_URL] {
        if let Some(text) = call.biz.text(name) {
            notes.insert(name, text);
        }
    }
    notes
}

/// 40004 with the field that is wrong.
pub(super) fn parameter(name: &str) -> Node {
    Node::failed("ACQ.INVALID_PARAMETER", &format!("参数无效：{name}"))
}

fn number(biz: &Biz) -> Result<String, Node> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    biz.out_trade_no()
        .filter(|number| number.len() <= MAX_NUMBER && number.bytes().all(legal))
        .ok_or_else(|| parameter("out_trade_no"))
}

fn subject(biz: &Biz) -> Result<String, Node> {
    biz.text("subject")
        .filter(|text| text.chars().count() <= MAX_SUBJECT)
        .filter(|text| !text.contains(FORBIDDEN_IN_SUBJECT))
        .ok_or_else(|| parameter("subject"))
}

fn short(biz: &Biz, name: &str, limit: usize) -> Result<Option<String>, Node> {
    match biz.text(name) {
        Some(text) if text.chars().count() > limit => Err(parameter(name)),
        text => Ok(text),
    }
}

fn url(call: &Call, name: &str) -> Result<Option<String>, Node> {
    let Some(url) = call.param(name) else { return Ok(None) };
    let good = url.len() <= MAX_URL && (url.starts_with("http://") || url.starts_with("https://"));
    if good { Ok(Some(url.to_owned())) } else { Err(parameter(name)) }
}

fn check_product(call: &Call) -> Result<(), Node> {
    let product = call.biz.text("product_code");
    let code = product.as_deref();
    let known = match call.api {
        Api::PagePay => code == Some("FAST_INSTANT_TRADE_PAY"),
        Api::WapPay => code == Some("QUICK_WAP_WAY"),
        Api::AppPay => matches!(code, Some("QUICK_MSECURITY_PAY") | None),
        Api::Precreate => matches!(code, Some("FACE_TO_FACE_PAYMENT" | "QR_CODE_OFFLINE") | None),
        Api::Pay => matches!(code, Some("FACE_TO_FACE_PAYMENT" | "OFFLINE_PAYMENT") | None),
        Api::Create if code == Some("JSAPI_PAY") => call.biz.text("op_app_id").is_some(),
        Api::Create => matches!(code, Some("FACE_TO_FACE_PAYMENT") | None),
        Api::Query
        | Api::Close
        | Api::Cancel
        | Api::Refund
        | Api::RefundQuery
        | Api::OauthToken
        | Api::AppToken
        | Api::CertDownload
        | Api::BillAddress
        | Api::Transfer
        | Api::TransferQuery => false,
    };
    if known { Ok(()) } else { Err(parameter("product_code")) }
}

/// `time_expire` wins over `timeout_express`; both have a default per product.
fn expiry(call: &Call, now: Timestamp) -> Result<Timestamp, Node> {
    if let Some(text) = call.biz.text("time_expire") {
        let at = clock::parse_spaced(&text).ok_or_else(|| parameter("time_expire"))?;
        let late = || refused("ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR");
        return if at > now { Ok(at) } else { Err(late()) };
    }
    match call.biz.text("timeout_express").as_deref() {
        Some("1c") => Ok(clock::next_midnight(now)),
        Some(text) => {
            let asked = duration(text).ok_or_else(|| parameter("timeout_express"))?;
            let mobile = matches!(call.api, Api::WapPay | Api::AppPay);
            let life = if mobile { asked.max(MIN_MOBILE_LIFE) } else { asked };
            Ok(clock::after(now, life))
        }
        None => {
            let own = if call.api.is_face_to_face() { FACE_TO_FACE_LIFE } else { MAX_TIMEOUT };
            Ok(clock::after(now, own))
        }
    }
}

fn code_life(biz: &Biz) -> Result<Option<Duration>, Node> {
    let text = biz.text("qr_code_timeout_express");
    text.map(|text| duration(&text).ok_or_else(|| parameter("qr_code_timeout_express"))).transpose()
}

/// `1m` to `15d`, whole numbers of minutes, hours or days.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let count: u64 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    let minutes = match unit {
        'm' => Some(1),
        'h' => Some(60),
        'd' => Some(24 * 60),
        _ => None,
    }?;
    let life = Duration::from_mins(count.checked_mul(minutes)?);
    (Duration::from_mins(1)..=MAX_TIMEOUT).contains(&life).then_some(life)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_reads_as_alipay_writes_it() {
        let check = |text: &str, minutes: Option<u64>| {
            assert_eq!(duration(text), minutes.map(Duration::from_mins), "{text}");
        };
        check("1m", Some(1));
        check("90m", Some(90));
        check("2h", Some(120));
        check("15d", Some(15 * 24 * 60));
        check("16d", None);
        check("0m", None);
        check("1.5h", None);
        check("5", None);
        check("m", None);
        check("1秒", None);
        check("", None);
    }
}

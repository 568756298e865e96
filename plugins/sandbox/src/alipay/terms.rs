//! The terms of a new order: what precreate and page.pay ask for, checked.

use std::time::Duration;

use jiff::Timestamp;

use super::answer::Node;
use super::biz::Biz;
use super::request::Call;
use crate::books::{Channel, NewOrder, Notes, Product};
use crate::clock;
use crate::shared::AlipayDesk;

const MAX_NUMBER: usize = 64;
const MAX_SUBJECT: usize = 256;
const MAX_URL: usize = 256;
const FORBIDDEN_IN_SUBJECT: [char; 3] = ['/', '=', '&'];
const MAX_TIMEOUT: Duration = Duration::from_hours(15 * 24);
const FACE_TO_FACE_LIFE: Duration = Duration::from_hours(3);

pub(super) const PRECREATE: &str = "alipay.trade.precreate";
pub(super) const PAGE_PAY: &str = "alipay.trade.page.pay";

pub(super) fn terms(desk: &AlipayDesk, call: &Call, now: Timestamp) -> Result<NewOrder, Node> {
    let biz = &call.biz;
    let out_trade_no = number(biz)?;
    let total = biz.yuan("total_amount").ok_or_else(|| parameter("total_amount"))?;
    let subject = subject(biz)?;
    check_product(call)?;
    if biz.text("seller_id").is_some_and(|seller| seller != desk.party.seller_id) {
        return Err(Node::failed("ACQ.SELLER_NOT_EXIST", "卖家不存在"));
    }
    for url in [&call.notify_url, &call.return_url].into_iter().flatten() {
        if url.len() > MAX_URL || !(url.starts_with("http://") || url.starts_with("https://")) {
            return Err(parameter("notify_url/return_url"));
        }
    }
    let (body, attach) = (biz.text("body"), biz.text("passback_params"));
    let content = format!("{}\n{total}\n{subject}\n{body:?}\n{attach:?}", call.method);
    Ok(NewOrder {
        channel: Channel::Alipay,
        product: if call.method == PRECREATE { Product::Qr } else { Product::Page },
        payer: None,
        notes: Notes::new(),
        out_trade_no,
        app_id: desk.party.app_id.clone(),
        subject,
        body,
        attach,
        total,
        notify_url: call.notify_url.clone(),
        return_url: call.return_url.clone(),
        expires_at: Some(expiry(call, now)?),
        code_life: code_life(biz)?,
        content,
    })
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

fn check_product(call: &Call) -> Result<(), Node> {
    let product = call.biz.text("product_code");
    let known = match product.as_deref() {
        Some("FAST_INSTANT_TRADE_PAY") => call.method == PAGE_PAY,
        Some("FACE_TO_FACE_PAYMENT" | "QR_CODE_OFFLINE") | None => call.method == PRECREATE,
        Some(_) => false,
    };
    if known { Ok(()) } else { Err(parameter("product_code")) }
}

/// `time_expire` wins over `timeout_express`; both have a default per product.
fn expiry(call: &Call, now: Timestamp) -> Result<Timestamp, Node> {
    if let Some(text) = call.biz.text("time_expire") {
        let at = clock::parse_spaced(&text).ok_or_else(|| parameter("time_expire"))?;
        let late =
            || Node::failed("ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR", "当前时间已超过允许支付的时间");
        return if at > now { Ok(at) } else { Err(late()) };
    }
    match call.biz.text("timeout_express").as_deref() {
        Some("1c") => Ok(clock::next_midnight(now)),
        Some(text) => {
            let life = duration(text).ok_or_else(|| parameter("timeout_express"))?;
            Ok(clock::after(now, life))
        }
        None => {
            let own = if call.method == PRECREATE { FACE_TO_FACE_LIFE } else { MAX_TIMEOUT };
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

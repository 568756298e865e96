//! Alipay's asynchronous notifications: a signed form, the same `notify_id` on every try.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::charset::{Charset, form as encoded};
use super::query::{BUYER_LOGON_ID, trade_status};
use super::terms::note;
use crate::books::{Order, Refund};
use crate::clock;
use crate::crypto::{Hash, random_digits, spoil};
use crate::notify::Posting;
use crate::shared::Shared;

pub(crate) type Form = BTreeMap<String, String>;

/// What a payment's notification says, but for its time and signature.
pub(crate) fn paid(shared: &Shared, order: &Order, skew: i64) -> BTreeMap<String, String> {
    let total = order.total.plus(skew).to_string();
    let now = clock::now();
    let mut form = Form::new();
    let mut set = |name: &str, value: String| form.insert(name.to_owned(), value);
    set("notify_type", "trade_status_sync".into());
    set("notify_id", format!("{}00222{}", clock::compact_day(now), random_digits(21)));
    let noted = |name: &str| order.notes.get(name).cloned().unwrap_or_default();
    set("charset", noted(note::CHARSET));
    set("sign_type", noted(note::SIGN_TYPE));
    set("version", "1.0".into());
    set("app_id", noted(note::APP));
    set("auth_app_id", order.app_id.clone());
    set("trade_no", order.trade_no.clone());
    set("out_trade_no", order.out_trade_no.clone());
    if shared.config.alipay_open_ids {
        set("buyer_open_id", noted(note::OPEN_ID));
    } else {
        set("buyer_id", order.buyer.clone());
    }
    set("buyer_logon_id", BUYER_LOGON_ID.into());
    set("seller_id", noted(note::SELLER));
    set("seller_email", "sel***@sandbox.com".into());
    set("trade_status", trade_status(order).unwrap_or("WAIT_BUYER_PAY").into());
    for name in ["total_amount", "receipt_amount", "invoice_amount", "buyer_pay_amount"] {
        set(name, total.clone());
    }
    set("point_amount", "0.00".into());
    set("subject", order.subject.clone());
    set("gmt_create", clock::spaced(order.opened_at.unwrap_or(order.created_at)));
    set("fund_bill_list", format!(r#"[{{"amount":"{total}","fundChannel":"ALIPAYACCOUNT"}}]"#));
    if let Some(at) = order.paid_at {
        set("gmt_payment", clock::spaced(at));
    }
    if let Some(body) = &order.body {
        set("body", body.clone());
    }
    if let Some(attach) = &order.attach {
        set("passback_params", attach.clone());
    }
    form
}

/// The payment's fields, and what has been refunded so far.
pub(crate) fn refunded(
    shared: &Shared,
    order: &Order,
    refund: &Refund,
    skew: i64,
) -> BTreeMap<String, String> {
    let mut form = paid(shared, order, 0);
    let total = order.refunded().plus(skew).to_string();
    form.insert("refund_fee".into(), total.clone());
    form.insert("send_back_fee".into(), total);
    form.insert("out_biz_no".into(), refund.out_refund_no.clone());
    form.insert("gmt_refund".into(), clock::spaced_millis(refund.created_at));
    if order.fully_refunded() {
        form.insert("gmt_close".into(), clock::spaced(refund.created_at));
    }
    form
}

/// One try: stamped with its time, signed without `sign_type`, as a form body.
pub(crate) async fn posting(
    shared: &Shared,
    form: &BTreeMap<String, String>,
    spoiled: bool,
    now: Timestamp,
) -> Posting {
    let mut form = form.clone();
    form.insert("notify_time".into(), clock::spaced(now));
    let charset = form.get("charset").cloned().unwrap_or_default();
    let kind = format!("application/x-www-form-urlencoded; charset={charset}");
    let content_type = ("content-type", kind);
    let body = signed(shared, form, spoiled).await;
    Posting { headers: vec![content_type], body, accepts: received }
}

/// Seven bytes, exactly.
fn received(status: u16, body: &[u8]) -> bool {
    status == 200 && body == b"success"
}

/// Signs under the notification rule and encodes; the redirect to `return_url` uses it too.
pub(super) async fn signed(shared: &Shared, mut form: Form, spoiled: bool) -> String {
    let named = |name: &str| form.get(name).map_or("", String::as_str);
    let charset = Charset::named(named("charset")).unwrap_or_default();
    let hash = if named("sign_type") == "RSA" { Hash::Sha1 } else { Hash::Sha256 };
    let bytes = charset.encode(&canonical(&form));
    let mut sign = shared.sign_with(&shared.alipay.signer, hash, bytes).await;
    if spoiled {
        sign = spoil(&sign);
    }
    form.insert("sign".into(), sign);
    encoded(charset, &form)
}

/// Rule V1: neither `sign` nor `sign_type`, no empty values, sorted.
pub(crate) fn canonical(form: &Form) -> String {
    let signed = form.iter().filter(|(name, value)| {
        !matches!(name.as_str(), "sign" | "sign_type") && !value.is_empty()
    });
    signed.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::received;

    #[test]
    fn only_seven_bytes_mean_received() {
        for (status, body, expected) in [
            (200, "success", true),
            (200, "success\n", false),
            (200, "SUCCESS", false),
            (200, "", false),
            (204, "success", false),
            (302, "success", false),
        ] {
            assert_eq!(received(status, body.as_bytes()), expected, "{status} {body:?}");
        }
    }
}

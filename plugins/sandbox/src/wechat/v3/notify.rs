//! WeChat Pay's notifications: a sealed resource in a signed body, the same `id` on every try.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::signature;
use super::query::transaction;
use super::refund_query::{status, success_time};
use super::side::parties;
use crate::books::{Order, Refund, RefundStatus};
use crate::clock;
use crate::crypto::{random_hex, seal};
use crate::fault::FaultKind;
use crate::notify::Posting;
use crate::shared::Shared;

/// What is told, before it is sealed; the id stays with it.
#[derive(Clone)]
pub(crate) struct Event {
    id: String,
    created_at: Timestamp,
    event_type: &'static str,
    original_type: &'static str,
    summary: &'static str,
    plain: String,
}

pub(in crate::wechat) fn paid(shared: &Shared, order: &Order, skew: i64) -> Event {
    let said = Value::Object(transaction(&shared.wechat, order, skew));
    event("TRANSACTION.SUCCESS", "transaction", "支付成功", &said)
}

pub(in crate::wechat) fn refunded(
    shared: &Shared,
    order: &Order,
    refund: &Refund,
    skew: i64,
) -> Event {
    let amount = refund.amount.plus(skew).0;
    let mut said = json!({
        "out_trade_no": order.out_trade_no,
        "transaction_id": order.trade_no,
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "refund_status": status(refund.status),
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": order.total,
            "refund": amount,
            "payer_total": order.total,
            "payer_refund": amount,
        },
    });
    for (name, value) in parties(&shared.wechat, order) {
        // A refund is told without applications.
        if name.ends_with("mchid") {
            said[name] = value;
        }
    }
    if let Some(at) = success_time(refund) {
        said["success_time"] = at;
    }
    let (event_type, summary) = match refund.status {
        RefundStatus::Processing | RefundStatus::Success => ("REFUND.SUCCESS", "退款成功"),
        RefundStatus::Closed => ("REFUND.CLOSED", "退款关闭"),
        RefundStatus::Abnormal => ("REFUND.ABNORMAL", "退款异常"),
    };
    event(event_type, "refund", summary, &said)
}

pub(super) fn event(
    event_type: &'static str,
    original_type: &'static str,
    summary: &'static str,
    said: &Value,
) -> Event {
    let hex = random_hex(16);
    // 36 characters in the shape of a UUID, as the channel's ids are.
    let id = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-");
    let plain = said.to_string();
    Event { id, created_at: clock::now(), event_type, original_type, summary, plain }
}

pub(in crate::wechat) async fn posting(
    shared: &Shared,
    event: &Event,
    flaw: Option<FaultKind>,
) -> Posting {
    let body = sealed(shared, event);
    let serial = shared.wechat.notice_serial(shared.config.wechat_signs_with);
    let mut headers = signature(shared, &serial, &body, flaw).await;
    headers.push(("content-type", "application/json".to_owned()));
    headers.push(("request-id", format!("08{}-0", random_hex(20).to_uppercase())));
    headers.push(("user-agent", "Mozilla/4.0".to_owned()));
    Posting { headers, body, accepts: received }
}

/// The status alone speaks.
fn received(status: u16, _body: &[u8]) -> bool {
    status == 200 || status == 204
}

fn sealed(shared: &Shared, event: &Event) -> String {
    let nonce = random_hex(6);
    let key = &shared.wechat.party.api_v3_key;
    let ciphertext = seal(key, &nonce, event.original_type, event.plain.as_bytes());
    json!({
        "id": event.id,
        "create_time": clock::rfc3339(event.created_at),
        "event_type": event.event_type,
        "resource_type": "encrypt-resource",
        "summary": event.summary,
        "resource": {
            "original_type": event.original_type,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": ciphertext.expect("the key's length was checked at the start"),
            "associated_data": event.original_type,
            "nonce": nonce,
        },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::received;

    #[test]
    fn only_the_status_means_received() {
        for (status, body, expected) in
            [(200, "anything", true), (204, "", true), (201, "", false), (500, "success", false)]
        {
            assert_eq!(received(status, body.as_bytes()), expected, "{status} {body:?}");
        }
    }
}

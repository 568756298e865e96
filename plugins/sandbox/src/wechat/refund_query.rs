//! `GET /v3/refund/domestic/refunds/{out_refund_no}`; the refund's notification too.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use crate::books::{Books, Channel, Order, Refund, RefundStatus};
use crate::clock;

pub(super) fn refund_query(
    books: &mut Books,
    number: &str,
    skew: i64,
    now: Timestamp,
) -> Result<Answer, Answer> {
    let unknown = || Answer::not_found("退款单不存在");
    let key = books.key_of_refund(Channel::Wechat, number).ok_or_else(unknown)?;
    let order = books.order(&key, now).ok_or_else(unknown)?;
    let refund = order.refund(number).ok_or_else(unknown)?;
    Ok(described(order, refund, skew))
}

pub(super) fn described(order: &Order, refund: &Refund, skew: i64) -> Answer {
    let amount = refund.amount.plus(skew).0;
    let mut said = json!({
        "refund_id": refund.refund_id,
        "out_refund_no": refund.out_refund_no,
        "transaction_id": order.trade_no,
        "out_trade_no": order.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": clock::rfc3339(refund.created_at),
        "status": status(refund.status),
        "funds_account": "AVAILABLE",
        "amount": {
            "total": order.total,
            "refund": amount,
            "from": [],
            "payer_total": order.total,
            "payer_refund": amount,
            "settlement_refund": amount,
            "settlement_total": order.total,
            "discount_refund": 0,
            "currency": "CNY",
        },
        "promotion_detail": [],
    });
    if let Some(at) = success_time(refund) {
        said["success_time"] = at;
    }
    Answer::ok(said)
}

pub(super) fn status(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Processing => "PROCESSING",
        RefundStatus::Success => "SUCCESS",
        RefundStatus::Closed => "CLOSED",
        RefundStatus::Abnormal => "ABNORMAL",
    }
}

pub(super) fn success_time(refund: &Refund) -> Option<Value> {
    let at = refund.finished_at.filter(|_| refund.status == RefundStatus::Success)?;
    Some(json!(clock::rfc3339(at)))
}

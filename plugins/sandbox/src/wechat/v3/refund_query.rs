//! `GET /v3/refund/domestic/refunds/{out_refund_no}`; the refund's notification too.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use crate::books::{Books, Channel, Order, Refund, RefundStatus};
use crate::clock;
use crate::shared::WechatDesk;
use crate::wechat::order::owned;
use crate::wechat::owner::Owner;
use crate::wechat::refused::Refused;

/// The refund's number and, of a service provider, `sub_mchid` as a query.
pub(super) fn refund_query(
    books: &mut Books,
    desk: &WechatDesk,
    (number, query): (&str, &str),
    (skew, now): (i64, Timestamp),
) -> Result<Answer, Answer> {
    let sub = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "sub_mchid");
    let sub_mch_id = sub.map(|(_, value)| value.into_owned());
    let owner = Owner { sub_mch_id, ..Owner::default() };
    owner.check(&desk.party)?;
    let key = books.key_of_refund(Channel::Wechat, number).ok_or(Refused::RefundUnknown)?;
    let order = owned(books, &key, &owner, now).map_err(|_| Refused::RefundUnknown)?;
    let refund = order.refund(number).ok_or(Refused::RefundUnknown)?;
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

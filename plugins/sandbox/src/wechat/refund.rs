//! `POST /v3/refund/domestic/refunds`: accepted as PROCESSING, ended later.

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Answer;
use super::fields::{fen, notify_url, optional_text, out_refund_no};
use super::refund_query::described;
use crate::books::{Books, Channel, Key, Order, OrderStatus, Refund, RefundStatus};
use crate::crypto::random_digits;
use crate::fault::FaultKind;
use crate::money::Fen;

/// Partial refunds of one order.
const MAX_REFUNDS: usize = 50;

/// The answer, and the refund to end later when it is new.
pub(super) fn refund(
    books: &mut Books,
    body: &Value,
    forced: Option<FaultKind>,
    skew: i64,
    now: Timestamp,
) -> Result<(Answer, Option<(Key, String)>), Answer> {
    let number = out_refund_no(body)?;
    let amount = fen(body, "/amount/refund")?;
    let total = fen(body, "/amount/total")?;
    if optional_text(body, "/amount/currency", 16)?.as_deref() != Some("CNY") {
        return Err(Answer::field("/amount/currency", "币种错误"));
    }
    let key = order_key(books, body)?;
    let order = books.order(&key, now).ok_or_else(|| Answer::not_found("订单不存在"))?;
    if let Some(known) = order.refund(&number) {
        let same = known.amount == amount && order.total == total;
        let differs = || Answer::invalid("退款单号已存在，且参数与首次请求不一致", 268_498_688);
        return if same { Ok((described(order, known, skew), None)) } else { Err(differs()) };
    }
    check_state(order, amount, total)?;
    if forced == Some(FaultKind::NotEnough) {
        return Err(Answer::refused(403, "NOT_ENOUGH", "基本账户余额不足，请充值后重新发起", 0));
    }
    let refund = Refund {
        out_refund_no: number.clone(),
        refund_id: format!("5030{}", random_digits(24)),
        amount,
        reason: optional_text(body, "/reason", 80)?,
        notify_url: notify_url(body)?,
        status: RefundStatus::Processing,
        created_at: now,
        finished_at: None,
    };
    let taken = books.key_of_refund(Channel::Wechat, &number);
    if taken.is_some() {
        return Err(Answer::invalid("退款单号已被其他订单使用", 268_498_688));
    }
    books.add_refund(&key, refund.clone());
    let order = books.order(&key, now).ok_or_else(|| Answer::not_found("订单不存在"))?;
    Ok((described(order, &refund, skew), Some((key, number))))
}

/// How a refund ends when nobody interferes, or as a fault says.
pub(super) fn outcome(forced: Option<FaultKind>) -> RefundStatus {
    match forced {
        Some(FaultKind::RefundAbnormal) => RefundStatus::Abnormal,
        Some(FaultKind::RefundClosed) => RefundStatus::Closed,
        Some(_) | None => RefundStatus::Success,
    }
}

/// The order meant: `transaction_id` wins.
pub(super) fn order_key(books: &Books, body: &Value) -> Result<Key, Answer> {
    if let Some(id) = optional_text(body, "/transaction_id", 32)? {
        let key = books.key_of_trade(&id).filter(|key| key.0 == Channel::Wechat);
        return key.ok_or_else(|| Answer::not_found("订单不存在"));
    }
    let number = optional_text(body, "/out_trade_no", 32)?;
    let missing = || Answer::field("/out_trade_no", "transaction_id和out_trade_no二选一");
    Ok((Channel::Wechat, number.ok_or_else(missing)?))
}

fn check_state(order: &Order, amount: Fen, total: Fen) -> Result<(), Answer> {
    if order.status != OrderStatus::Paid {
        return Err(Answer::invalid("订单未支付，不能退款", 0));
    }
    if order.total != total {
        return Err(Answer::invalid("订单金额与原订单不一致", 0));
    }
    if order.refunded().plus(amount.0) > order.total {
        return Err(Answer::invalid("申请退款金额大于订单可退金额", 0));
    }
    if order.refunds.len() >= MAX_REFUNDS {
        return Err(Answer::invalid("超过最大部分退款次数", 0));
    }
    Ok(())
}

//! Orders and refunds in Jeepay's fields and states.

use paymux_core::Timestamp;
use paymux_core::payment::{Payment, Refusal, Standing, State};
use paymux_core::refund::{Refund, RefundState};
use paymux_engine::snapshot::Snapshot;

use super::envelope::{Data, Told};
use super::words::Jeepay;

/// 0 made, 1 being paid, 2 paid, 3 failed, 5 given back, 6 closed. What is not known is 1.
pub(super) fn state(payment: &Payment) -> i64 {
    match payment.state() {
        State::Created if payment.order.cashier.is_some() => 0,
        State::Created | State::InDoubt { .. } | State::Pending { .. } => 1,
        State::Succeeded { .. } => {
            let all = payment.totals().is_ok_and(|it| it.refunded == payment.order.amount);
            if all { 5 } else { 2 }
        }
        State::Failed { .. } => 3,
        State::Closed => 6,
    }
}

/// 1 under way, 2 done, 3 failed. What waits for a person is under way.
pub(super) fn refund_state(refund: &Refund) -> i64 {
    match refund.state {
        RefundState::InDoubt | RefundState::Processing | RefundState::Abnormal(_) => 1,
        RefundState::Succeeded { .. } => 2,
        RefundState::Failed(_) => 3,
    }
}

/// The channel's own no, of a payment that it refused.
pub(super) fn failure(payment: &Payment) -> Option<&Refusal> {
    match (payment.state(), &payment.shown()?.standing) {
        (State::Failed { .. }, Standing::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}

/// Jeepay's name of a channel.
pub(super) fn interface(kind: &str) -> &str {
    if kind == "wechat" { "wxpay" } else { kind }
}

/// What a query and a notification tell.
pub(super) fn told(payment: &Payment, snapshot: &Snapshot, party: &Jeepay) -> Data {
    let order = &payment.order;
    let word = |name: &str| Told::from(order.door.as_ref().map_or("", |it| it.word(name)));
    let shown = payment.shown();
    let kind = shown.map_or("", |it| snapshot.kind_of(&it.account));
    let receipt = shown.and_then(|it| it.receipt.as_ref());
    let paid_at = receipt.map_or(Told::from(""), |it| millis(it.paid_at));
    let why = failure(payment);
    vec![
        ("payOrderId", payment.id.to_string().into()),
        ("mchNo", party.mch_no.as_str().into()),
        ("appId", party.app_id.as_str().into()),
        ("mchOrderNo", order.order_no.as_str().into()),
        ("ifCode", interface(kind).into()),
        ("wayCode", word("wayCode")),
        ("amount", order.amount.minor().into()),
        ("currency", "cny".into()),
        ("state", state(payment).into()),
        ("clientIp", word("clientIp")),
        ("subject", order.subject.as_str().into()),
        ("body", word("body")),
        ("channelOrderNo", receipt.map_or("", |it| &it.channel_trade_no).into()),
        ("errCode", why.map_or("", |it| &it.code).into()),
        ("errMsg", why.map_or("", |it| &it.message).into()),
        ("extParam", word("extParam")),
        ("successTime", paid_at),
        ("createdAt", millis(order.created_at)),
    ]
}

pub(super) fn refund_told(payment: &Payment, refund: &Refund, party: &Jeepay) -> Data {
    let ext = refund.door.as_ref().map_or("", |it| it.word("extParam"));
    let ended_at = match refund.state {
        RefundState::Succeeded { at } => millis(at),
        RefundState::InDoubt
        | RefundState::Processing
        | RefundState::Failed(_)
        | RefundState::Abnormal(_) => "".into(),
    };
    let mut data = vec![
        ("payOrderId", payment.id.to_string().into()),
        ("mchNo", party.mch_no.as_str().into()),
        ("appId", party.app_id.as_str().into()),
    ];
    data.extend(refund_made(payment, refund));
    data.extend([
        ("currency", Told::from("cny")),
        ("extParam", ext.into()),
        ("successTime", ended_at),
        ("createdAt", millis(refund.created_at)),
    ]);
    data
}

/// What is answered to who asked for it.
pub(super) fn refund_made(payment: &Payment, refund: &Refund) -> Data {
    let why = match &refund.state {
        RefundState::Failed(why) | RefundState::Abnormal(why) => Some(why),
        RefundState::InDoubt | RefundState::Processing | RefundState::Succeeded { .. } => None,
    };
    vec![
        ("refundOrderId", refund.id.to_string().into()),
        ("mchRefundNo", refund.refund_no.as_str().into()),
        ("payAmount", payment.order.amount.minor().into()),
        ("refundAmount", refund.amount.minor().into()),
        ("state", refund_state(refund).into()),
        ("channelOrderNo", refund.channel_refund_no.as_deref().unwrap_or_default().into()),
        ("errCode", why.map_or("", |it| &it.code).into()),
        ("errMsg", why.map_or("", |it| &it.message).into()),
    ]
}

fn millis(at: Timestamp) -> Told {
    at.0.into()
}

//! `/secapi/pay/refund` and `/pay/refundquery`.

use jiff::Timestamp;

use super::act::order_key;
use super::answer::Answer;
use super::request::Request;
use super::xml::Params;
use crate::books::{Books, Channel, Key, Order, Refund, RefundStatus};
use crate::clock;
use crate::wechat::order::owned;
use crate::wechat::refund::NewRefund;
use crate::wechat::refused::Refused;

/// An answer to a query by an order's number names so many refunds.
const PAGE: usize = 10;
const RECEIVED_BY: &str = "支付用户零钱";

pub(super) fn asked(books: &Books, request: &Request) -> Result<NewRefund, Answer> {
    if request.optional("refund_fee_type", 8)?.is_some_and(|currency| currency != "CNY") {
        return Err(Answer::parameter("不支持的币种"));
    }
    let account = request.optional("refund_account", 30)?;
    let known = ["REFUND_SOURCE_UNSETTLED_FUNDS", "REFUND_SOURCE_RECHARGE_FUNDS"];
    if account.is_some_and(|own| !known.contains(&own.as_str())) {
        return Err(Answer::parameter("refund_account参数有误"));
    }
    let out_refund_no = request.text("out_refund_no", 64)?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_-*|@".contains(&b);
    if !out_refund_no.bytes().all(legal) {
        return Err(Answer::parameter("商户退款单号格式错误"));
    }
    Ok(NewRefund {
        key: order_key(books, request, Refused::TransactionUnknown)?,
        owner: request.owner.clone(),
        out_refund_no,
        amount: request.fen("refund_fee")?,
        total: request.fen("total_fee")?,
        reason: request.optional("refund_desc", 80)?,
        notify_url: request.notify_url()?,
    })
}

pub(super) fn accepted(order: &Order, refund: &Refund, skew: i64) -> Answer {
    let fee = refund.amount.plus(skew).0.to_string();
    let total = order.total.0.to_string();
    let said = [
        ("transaction_id", &order.trade_no),
        ("out_trade_no", &order.out_trade_no),
        ("out_refund_no", &refund.out_refund_no),
        ("refund_id", &refund.refund_id),
        ("refund_fee", &fee),
        ("total_fee", &total),
        ("cash_fee", &total),
        ("cash_refund_fee", &fee),
    ];
    Answer::Done(said.map(|(name, value)| (name.to_owned(), value.clone())).into())
}

/// By a refund's number or id, or all of an order's from `offset`.
pub(super) fn query(
    books: &mut Books,
    request: &Request,
    (skew, now): (i64, Timestamp),
) -> Result<Answer, Answer> {
    let key = refund_key(books, request)?;
    let order = owned(books, &key, &request.owner, now)?;
    let asked = |refund: &&Refund| {
        request.raw("refund_id").is_none_or(|id| id == refund.refund_id)
            && request.raw("out_refund_no").is_none_or(|number| number == refund.out_refund_no)
    };
    let all: Vec<&Refund> = order.refunds.iter().filter(asked).collect();
    if all.is_empty() {
        return Err(Refused::RefundUnknown.into());
    }
    let offset = request.optional("offset", 9)?.unwrap_or_default();
    let offset = offset.parse::<usize>().unwrap_or_default();
    let shown: Vec<_> = all.iter().skip(offset).take(PAGE).copied().collect();
    let mut said = listed(order, &shown, skew);
    said.insert("total_refund_count".to_owned(), all.len().to_string());
    Ok(Answer::Done(said))
}

/// A refund's own names win over the order's.
fn refund_key(books: &Books, request: &Request) -> Result<Key, Answer> {
    if let Some(number) = request.raw("out_refund_no") {
        let key = books.key_of_refund(Channel::Wechat, number);
        return key.ok_or_else(|| Refused::RefundUnknown.into());
    }
    if let Some(id) = request.raw("refund_id") {
        let key = books.key_of_refund(Channel::Wechat, id);
        return key.ok_or_else(|| Refused::RefundUnknown.into());
    }
    order_key(books, request, Refused::OrderUnknown)
}

fn listed(order: &Order, refunds: &[&Refund], skew: i64) -> Params {
    let total = order.total.0.to_string();
    let mut said = Params::new();
    let mut say = |name: String, value: &str| said.insert(name, value.to_owned());
    say("transaction_id".into(), &order.trade_no);
    say("out_trade_no".into(), &order.out_trade_no);
    say("total_fee".into(), &total);
    say("cash_fee".into(), &total);
    say("refund_count".into(), &refunds.len().to_string());
    for (n, refund) in refunds.iter().enumerate() {
        say(format!("out_refund_no_{n}"), &refund.out_refund_no);
        say(format!("refund_id_{n}"), &refund.refund_id);
        say(format!("refund_channel_{n}"), "ORIGINAL");
        say(format!("refund_fee_{n}"), &refund.amount.plus(skew).0.to_string());
        say(format!("refund_status_{n}"), word(refund.status));
        say(format!("refund_account_{n}"), "REFUND_SOURCE_RECHARGE_FUNDS");
        say(format!("refund_recv_accout_{n}"), RECEIVED_BY);
        if let Some(at) = success_time(refund) {
            say(format!("refund_success_time_{n}"), &at);
        }
    }
    said
}

fn word(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Processing => "PROCESSING",
        RefundStatus::Success => "SUCCESS",
        RefundStatus::Closed => "REFUNDCLOSE",
        RefundStatus::Abnormal => "CHANGE",
    }
}

fn success_time(refund: &Refund) -> Option<String> {
    let at = refund.finished_at.filter(|_| refund.status == RefundStatus::Success)?;
    Some(clock::spaced(at))
}

/// What a notification seals.
pub(super) fn told(order: &Order, refund: &Refund, skew: i64) -> Params {
    let fee = refund.amount.plus(skew).0.to_string();
    let total = order.total.0.to_string();
    let said = [
        ("transaction_id", order.trade_no.as_str()),
        ("out_trade_no", &order.out_trade_no),
        ("refund_id", &refund.refund_id),
        ("out_refund_no", &refund.out_refund_no),
        ("total_fee", &total),
        ("settlement_total_fee", &total),
        ("refund_fee", &fee),
        ("settlement_refund_fee", &fee),
        ("cash_refund_fee", &fee),
        ("refund_status", word(refund.status)),
        ("refund_recv_accout", RECEIVED_BY),
        ("refund_account", "REFUND_SOURCE_RECHARGE_FUNDS"),
        ("refund_request_source", "API"),
    ];
    let mut said: Params = said.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    said.extend(success_time(refund).map(|at| ("success_time".to_owned(), at)));
    said
}

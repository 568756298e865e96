//! `GET /v3/pay/transactions/out-trade-no/{n}` and `…/id/{n}`; the payment's notification too.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::side::{Side, parties, payer_of};
use crate::books::{Books, Key, Order, OrderStatus};
use crate::clock;
use crate::shared::WechatDesk;
use crate::wechat::order::single;
use crate::wechat::state::{trade_state, trade_type};

pub(super) fn query(
    books: &mut Books,
    desk: &WechatDesk,
    (side, key): (Side, &Key),
    query: &str,
    (skew, now): (i64, Timestamp),
) -> Result<Answer, Answer> {
    let owner = side.asker(desk, query)?;
    let order = single(books, key, &owner, now)?;
    Ok(Answer::ok(Value::Object(transaction(desk, order, skew))))
}

/// What the channel says of an order; unpaid orders lack what does not exist yet.
pub(super) fn transaction(desk: &WechatDesk, order: &Order, skew: i64) -> Map<String, Value> {
    let (state, description) = trade_state(order);
    let total = order.total.plus(skew).0;
    let mut said = parties(desk, order);
    let mut say = |name: &str, value: Value| said.insert(name.to_owned(), value);
    say("out_trade_no", json!(order.out_trade_no));
    say("promotion_detail", json!([]));
    say("trade_state", json!(state));
    say("trade_state_desc", json!(description));
    if let Some(attach) = &order.attach {
        say("attach", json!(attach));
    }
    if let Some(at) = order.paid_at {
        say("transaction_id", json!(order.trade_no));
        say("trade_type", json!(trade_type(order)));
        say("bank_type", json!("OTHERS"));
        say("success_time", json!(clock::rfc3339(at)));
        say("payer", payer_of(order));
        let amount = json!({
            "total": total, "payer_total": total, "currency": "CNY", "payer_currency": "CNY",
        });
        say("amount", amount);
    } else if order.status == OrderStatus::Waiting {
        say("amount", json!({ "total": total, "currency": "CNY" }));
    }
    said
}

//! `alipay.trade.query`, and how every answer names an order, its payer and its amounts.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Node;
use super::request::Call;
use super::terms::{note, parameter};
use crate::books::{Books, Key, Order, OrderStatus};
use crate::clock;
use crate::money::Fen;
use crate::setup::Config;

/// Not every payer may be named: production masks the login like this.
pub(super) const BUYER_LOGON_ID: &str = "159****5620";

/// The merchant's order that the call names, as it is now.
pub(super) fn find<'a>(
    books: &'a mut Books,
    call: &Call,
    now: Timestamp,
) -> Option<(Key, &'a mut Order)> {
    let key = call.biz.key(books)?;
    let order = books.order(&key, now)?;
    let own = order.notes.get(note::SELLER) == Some(&call.seller_id);
    own.then_some((key, order))
}

pub(super) fn query(
    books: &mut Books,
    config: &Config,
    call: &Call,
    skew: i64,
    now: Timestamp,
) -> Node {
    if !call.biz.names_an_order() {
        return parameter("out_trade_no/trade_no");
    }
    let found = find(books, call, now);
    match found.and_then(|(_, order)| trade_status(order).map(|status| (order, status))) {
        Some((order, status)) => describe(config, call, order, status, skew),
        None => unknown(call.biz.out_trade_no()),
    }
}

/// `None` until a payer has opened the code.
pub(super) fn trade_status(order: &Order) -> Option<&'static str> {
    match order.status {
        OrderStatus::Offered => None,
        OrderStatus::Waiting => Some("WAIT_BUYER_PAY"),
        OrderStatus::Paid if order.fully_refunded() => Some("TRADE_CLOSED"),
        OrderStatus::Paid if order.finished => Some("TRADE_FINISHED"),
        OrderStatus::Paid => Some("TRADE_SUCCESS"),
        OrderStatus::Closed => Some("TRADE_CLOSED"),
    }
}

fn describe(config: &Config, call: &Call, order: &Order, status: &str, skew: i64) -> Node {
    let node = identify(config, amounts(Node::success(), order, skew), order)
        .with("trade_status", status)
        .with_some("send_pay_date", order.paid_at.map(clock::spaced))
        .with_some("passback_params", order.attach.clone());
    let wanted = order.paid_at.is_some() && call.biz.asks_for("fund_bill_list");
    node.with_some("fund_bill_list", wanted.then(|| fund_bill_list(order)))
}

/// The order's numbers, and the payer by the name the application gets to see.
pub(super) fn identify(config: &Config, node: Node, order: &Order) -> Node {
    let node = node
        .with("buyer_logon_id", BUYER_LOGON_ID)
        .with("out_trade_no", order.out_trade_no.clone())
        .with("trade_no", order.trade_no.clone());
    if config.alipay_open_ids {
        node.with_some("buyer_open_id", order.notes.get(note::OPEN_ID).cloned())
    } else {
        node.with("buyer_user_id", order.buyer.clone())
    }
}

/// Everything but the total is zero until the order is paid.
pub(super) fn amounts(node: Node, order: &Order, skew: i64) -> Node {
    let total = order.total.plus(skew).to_string();
    let paid = if order.paid_at.is_some() { total.clone() } else { Fen::default().to_string() };
    node.with("buyer_pay_amount", paid.clone())
        .with("invoice_amount", paid.clone())
        .with("point_amount", "0.00")
        .with("receipt_amount", paid)
        .with("total_amount", total)
}

pub(super) fn fund_bill_list(order: &Order) -> Value {
    json!([{ "amount": order.total.to_string(), "fund_channel": "ALIPAYACCOUNT" }])
}

fn unknown(out_trade_no: Option<String>) -> Node {
    not_exist()
        .with("buyer_pay_amount", "0.00")
        .with("invoice_amount", "0.00")
        .with("point_amount", "0.00")
        .with("receipt_amount", "0.00")
        .with_some("out_trade_no", out_trade_no)
}

pub(super) fn not_exist() -> Node {
    Node::failed("ACQ.TRADE_NOT_EXIST", "交易不存在")
}

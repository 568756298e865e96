//! `alipay.trade.query`.

use jiff::Timestamp;

use super::answer::Node;
use super::biz::Biz;
use super::terms::parameter;
use crate::books::{Books, Order, OrderStatus};
use crate::clock;
use crate::money::Fen;

/// Not every payer may be named: production masks the login like this.
pub(super) const BUYER_LOGON_ID: &str = "159****5620";

pub(super) fn query(books: &mut Books, biz: &Biz, skew: i64, now: Timestamp) -> Node {
    if !biz.names_an_order() {
        return parameter("out_trade_no/trade_no");
    }
    let found = biz.key(books).and_then(|key| books.order(&key, now).map(|order| &*order));
    match found.and_then(|order| trade_status(order).map(|status| (order, status))) {
        Some((order, status)) => describe(order, status, skew),
        None => unknown(biz.out_trade_no()),
    }
}

/// `None` until a payer has opened the code.
pub(super) fn trade_status(order: &Order) -> Option<&'static str> {
    match order.status {
        OrderStatus::Offered => None,
        OrderStatus::Waiting => Some("WAIT_BUYER_PAY"),
        OrderStatus::Paid if order.fully_refunded() => Some("TRADE_CLOSED"),
        OrderStatus::Paid => Some("TRADE_SUCCESS"),
        OrderStatus::Closed => Some("TRADE_CLOSED"),
    }
}

fn describe(order: &Order, status: &str, skew: i64) -> Node {
    let total = order.total.plus(skew).to_string();
    let paid = if order.paid_at.is_some() { total.clone() } else { Fen::default().to_string() };
    let mut node = Node::success()
        .with("buyer_logon_id", BUYER_LOGON_ID)
        .with("buyer_pay_amount", paid.clone())
        .with("buyer_user_id", order.buyer.clone())
        .with("invoice_amount", paid.clone())
        .with("out_trade_no", order.out_trade_no.clone())
        .with("point_amount", "0.00")
        .with("receipt_amount", paid)
        .with("total_amount", total)
        .with("trade_no", order.trade_no.clone())
        .with("trade_status", status);
    if let Some(at) = order.paid_at {
        node = node.with("send_pay_date", clock::spaced(at));
    }
    if let Some(attach) = &order.attach {
        node = node.with("passback_params", attach.clone());
    }
    node
}

fn unknown(out_trade_no: Option<String>) -> Node {
    let node = not_exist()
        .with("buyer_pay_amount", "0.00")
        .with("invoice_amount", "0.00")
        .with("point_amount", "0.00")
        .with("receipt_amount", "0.00");
    match out_trade_no {
        Some(number) => node.with("out_trade_no", number),
        None => node,
    }
}

pub(super) fn not_exist() -> Node {
    Node::failed("ACQ.TRADE_NOT_EXIST", "交易不存在")
}

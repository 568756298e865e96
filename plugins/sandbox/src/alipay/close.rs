//! `alipay.trade.close`: only a trade that waits for its payer.

use jiff::Timestamp;

use super::answer::Node;
use super::biz::Biz;
use super::query::not_exist;
use super::terms::parameter;
use crate::books::{Books, OrderStatus};

pub(super) fn close(books: &mut Books, biz: &Biz, now: Timestamp) -> Node {
    if !biz.names_an_order() {
        return parameter("out_trade_no/trade_no");
    }
    let Some(key) = biz.key(books) else { return not_exist() };
    let Some(order) = books.order(&key, now) else { return not_exist() };
    match order.status {
        // The code stays alive: whoever opens it later begins a trade that may still be paid.
        OrderStatus::Offered => not_exist(),
        OrderStatus::Paid | OrderStatus::Closed => {
            Node::failed("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
        }
        OrderStatus::Waiting => {
            order.status = OrderStatus::Closed;
            order.closed_at = Some(now);
            Node::success()
                .with("out_trade_no", order.out_trade_no.clone())
                .with("trade_no", order.trade_no.clone())
        }
    }
}

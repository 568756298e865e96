//! `alipay.trade.close`: only a trade that waits for its payer.

use jiff::Timestamp;

use super::answer::Node;
use super::codes::refused;
use super::query::{find, not_exist};
use super::request::Call;
use super::terms::parameter;
use crate::books::{Books, OrderStatus};

pub(super) fn close(books: &mut Books, call: &Call, now: Timestamp) -> Node {
    if !call.biz.names_an_order() {
        return parameter("out_trade_no/trade_no");
    }
    let Some((_, order)) = find(books, call, now) else { return not_exist() };
    match order.status {
        // The code stays alive: whoever opens it later begins a trade that may still be paid.
        OrderStatus::Offered => not_exist(),
        OrderStatus::Paid | OrderStatus::Closed => refused("ACQ.TRADE_STATUS_ERROR"),
        OrderStatus::Waiting => {
            order.status = OrderStatus::Closed;
            order.closed_at = Some(now);
            Node::success()
                .with("out_trade_no", order.out_trade_no.clone())
                .with("trade_no", order.trade_no.clone())
        }
    }
}

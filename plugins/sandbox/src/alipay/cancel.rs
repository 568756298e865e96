//! `alipay.trade.cancel`: closes what is unpaid, gives back what is paid.

use jiff::Timestamp;

use super::answer::Node;
use super::codes::refused;
use super::query::find;
use super::refund::Refunded;
use super::request::Call;
use super::terms::parameter;
use crate::books::{Books, OrderStatus, Reversal};

/// The answer, and the refund to tell about.
pub(super) fn cancel(books: &mut Books, call: &Call, now: Timestamp) -> Refunded {
    if !call.biz.names_an_order() {
        return (parameter("out_trade_no/trade_no"), None);
    }
    let done = Node::success().with("retry_flag", "N");
    // A missing trade, and a code nobody has opened, are answered with success and no action.
    let Some((key, order)) = find(books, call, now) else { return (number(done, call), None) };
    if order.status == OrderStatus::Offered {
        return (number(done, call), None);
    }
    if order.finished {
        return (refused("ACQ.TRADE_HAS_FINISHED"), None);
    }
    let done = done
        .with("out_trade_no", order.out_trade_no.clone())
        .with("trade_no", order.trade_no.clone());
    let paid = order.paid_at.is_some();
    match books.reverse(&key, now) {
        Some(Reversal::Refunded(told)) => (done.with("action", "refund"), Some(told)),
        Some(Reversal::Closed) => (done.with("action", "close"), None),
        // Once more: what the first one did.
        Some(Reversal::Nothing) | None => {
            (done.with("action", if paid { "refund" } else { "close" }), None)
        }
    }
}

fn number(node: Node, call: &Call) -> Node {
    node.with_some("out_trade_no", call.biz.out_trade_no())
}

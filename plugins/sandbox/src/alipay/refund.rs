//! `alipay.trade.refund` and `alipay.trade.fastpay.refund.query`.

use jiff::Timestamp;

use super::answer::Node;
use super::codes::refused;
use super::query::{find, identify, not_exist};
use super::request::Call;
use super::terms::parameter;
use crate::books::{Books, Key, Order, OrderStatus, Refund, RefundStatus};
use crate::clock;
use crate::crypto::random_digits;
use crate::fault::FaultKind;
use crate::money::Fen;
use crate::setup::Config;

/// The answer, and the refund to tell about when it is new.
pub(super) type Refunded = (Node, Option<Box<(Order, Refund)>>);

pub(super) fn refund(
    books: &mut Books,
    config: &Config,
    call: &Call,
    forced: Option<FaultKind>,
    skew: i64,
    now: Timestamp,
) -> Refunded {
    match judge(books, call, forced, now) {
        Err(node) => (node.with("refund_fee", "0.00").with("send_back_fee", "0.00"), None),
        Ok(Verdict::Repeated(order, refund)) => {
            (describe(config, &order, &refund, "N", skew), None)
        }
        Ok(Verdict::New(key, refund)) => {
            books.add_refund(&key, refund.clone());
            let order = books.order(&key, now).map(|order| order.clone());
            let Some(order) = order else { return (not_exist(), None) };
            let node = describe(config, &order, &refund, "Y", skew);
            (node, Some(Box::new((order, refund))))
        }
    }
}

enum Verdict {
    Repeated(Box<Order>, Refund),
    New(Key, Refund),
}

fn judge(
    books: &mut Books,
    call: &Call,
    forced: Option<FaultKind>,
    now: Timestamp,
) -> Result<Verdict, Node> {
    let biz = &call.biz;
    let amount = biz.yuan("refund_amount").ok_or_else(|| parameter("refund_amount"))?;
    let (key, order) = find(books, call, now).ok_or_else(not_exist)?;
    let number = biz.text("out_request_no").unwrap_or_else(|| order.out_trade_no.clone());
    if let Some(known) = order.refund(&number) {
        let same = known.amount == amount;
        let repeated = || Verdict::Repeated(Box::new(order.clone()), known.clone());
        let differs = || refused("ACQ.DISCORDANT_REPEAT_REQUEST");
        return if same { Ok(repeated()) } else { Err(differs()) };
    }
    if biz.text("out_request_no").is_none() && amount != order.total {
        return Err(refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"));
    }
    check_state(order, amount)?;
    forced.map_or(Ok(()), |kind| Err(forced_refusal(kind)))?;
    let refund = Refund {
        out_refund_no: number,
        refund_id: random_digits(28),
        amount,
        reason: biz.text("refund_reason"),
        notify_url: None,
        status: RefundStatus::Success,
        created_at: now,
        finished_at: Some(now),
    };
    Ok(Verdict::New(key, refund))
}

fn check_state(order: &Order, amount: Fen) -> Result<(), Node> {
    match order.status {
        OrderStatus::Offered => return Err(not_exist()),
        OrderStatus::Waiting => {
            return Err(refused("ACQ.TRADE_STATUS_ERROR"));
        }
        OrderStatus::Closed => return Err(has_close()),
        OrderStatus::Paid => {}
    }
    if order.fully_refunded() {
        return Err(has_close());
    }
    if order.finished {
        return Err(refused("ACQ.TRADE_HAS_FINISHED"));
    }
    if order.refunded().plus(amount.0) > order.total {
        return Err(refused("ACQ.REASON_TRADE_REFUND_FEE_ERR"));
    }
    Ok(())
}

fn has_close() -> Node {
    refused("ACQ.TRADE_HAS_CLOSE")
}

fn forced_refusal(kind: FaultKind) -> Node {
    if kind == FaultKind::NotEnough {
        refused("ACQ.SELLER_BALANCE_NOT_ENOUGH")
    } else if kind == FaultKind::RefundAbnormal {
        refused("ACQ.REASON_TRADE_BEEN_FREEZEN")
    } else {
        refused("ACQ.TRADE_NOT_ALLOW_REFUND")
    }
}

fn describe(config: &Config, order: &Order, refund: &Refund, fund_change: &str, skew: i64) -> Node {
    identify(config, Node::success(), order)
        .with("fund_change", fund_change)
        .with("gmt_refund_pay", clock::spaced(refund.created_at))
        // Everything refunded so far, not this refund's amount.
        .with("refund_fee", order.refunded().plus(skew).to_string())
        .with("send_back_fee", refund.amount.plus(skew).to_string())
}

pub(super) fn refund_query(books: &mut Books, call: &Call, skew: i64, now: Timestamp) -> Node {
    let biz = &call.biz;
    let Some(number) = biz.text("out_request_no") else { return parameter("out_request_no") };
    let Some((_, order)) = find(books, call, now) else { return not_exist() };
    if order.status == OrderStatus::Offered {
        return not_exist();
    }
    // An unknown number is answered with nothing but success: not found is not failed.
    let Some(refund) = order.refund(&number) else { return Node::success() };
    let mut node = Node::success()
        .with("out_request_no", number)
        .with("out_trade_no", order.out_trade_no.clone())
        .with("refund_amount", refund.amount.plus(skew).to_string())
        .with("refund_status", "REFUND_SUCCESS")
        .with("send_back_fee", refund.amount.plus(skew).to_string())
        .with("total_amount", order.total.to_string())
        .with("trade_no", order.trade_no.clone());
    if let Some(reason) = &refund.reason {
        node = node.with("refund_reason", reason.clone());
    }
    if biz.asks_for("gmt_refund_pay") {
        node = node.with("gmt_refund_pay", clock::spaced(refund.created_at));
    }
    node
}

//! `alipay.trade.precreate` and the order behind `alipay.trade.page.pay`.

use jiff::Timestamp;

use super::answer::Node;
use super::request::Call;
use super::terms::terms;
use crate::books::{Books, Key, OrderStatus};
use crate::shared::{AlipayDesk, Shared};

/// The order and its wallet token, or Alipay's refusal. The trade itself begins with the scan.
pub(super) fn create(
    books: &mut Books,
    desk: &AlipayDesk,
    call: &Call,
    now: Timestamp,
) -> Result<(Key, String), Node> {
    let new = terms(desk, call, now)?;
    let key = (new.channel, new.out_trade_no.clone());
    let Some(known) = books.order(&key, now) else {
        let order = books.insert(new, now);
        return Ok((key, order.token.clone()));
    };
    match known.status {
        OrderStatus::Paid => Err(Node::failed("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")),
        OrderStatus::Closed => Err(Node::failed("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")),
        OrderStatus::Offered | OrderStatus::Waiting if known.content != new.content => {
            Err(Node::failed("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"))
        }
        OrderStatus::Offered | OrderStatus::Waiting => Ok((key, known.token.clone())),
    }
}

pub(super) fn precreated(shared: &Shared, key: &Key, token: &str) -> Node {
    let code = if shared.config.native_links {
        format!("https://qr.alipay.com/bax{token}")
    } else {
        shared.wallet_url(key.0, token)
    };
    Node::success().with("out_trade_no", key.1.clone()).with("qr_code", code)
}

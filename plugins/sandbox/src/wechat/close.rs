//! `POST /v3/pay/transactions/out-trade-no/{n}/close`

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Answer;
use super::native::{order_paid, owner};
use crate::books::{Books, Channel, OrderStatus};
use crate::shared::WechatDesk;

/// Closing what is closed succeeds again.
pub(super) fn close(
    books: &mut Books,
    desk: &WechatDesk,
    number: &str,
    body: &Value,
    now: Timestamp,
) -> Result<Answer, Answer> {
    owner(desk, body)?;
    let key = (Channel::Wechat, number.to_owned());
    let order = books.order(&key, now).ok_or_else(Answer::order_unknown)?;
    match order.status {
        OrderStatus::Paid => return Err(order_paid()),
        OrderStatus::Closed => {}
        OrderStatus::Offered | OrderStatus::Waiting => {
            order.status = OrderStatus::Closed;
            order.closed_at = Some(now);
        }
    }
    Ok(Answer::no_content())
}

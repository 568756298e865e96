//! `POST /v3/pay/transactions/out-trade-no/{n}/close`

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Answer;
use super::side::Side;
use crate::books::Books;
use crate::shared::WechatDesk;
use crate::wechat::order;
use crate::wechat::owner::key;

pub(super) fn close(
    books: &mut Books,
    desk: &WechatDesk,
    (side, number): (Side, &str),
    body: &Value,
    now: Timestamp,
) -> Result<Answer, Answer> {
    let owner = side.owner(desk, body)?;
    order::close(books, &key(number), &owner, now)?;
    Ok(Answer::no_content())
}

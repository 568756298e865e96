//! `POST /v3/pay/transactions/out-trade-no/{n}/reverse`

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::side::{Side, parties};
use crate::books::Books;
use crate::shared::WechatDesk;
use crate::wechat::order;
use crate::wechat::owner::key;
use crate::wechat::refused::Refused;

pub(super) fn reverse(
    books: &mut Books,
    desk: &WechatDesk,
    (side, number): (Side, &str),
    body: &Value,
    now: Timestamp,
) -> Result<Answer, Answer> {
    let owner = side.owner(desk, body)?;
    if side == Side::Direct {
        side.app(desk, body)?;
    }
    let key = key(number);
    order::reverse(books, &key, &owner, now)?;
    let order = books.order(&key, now).ok_or(Refused::OrderUnknown)?;
    let mut said = parties(desk, order);
    said.insert("out_trade_no".into(), json!(number));
    Ok(Answer::ok(Value::Object(said)))
}

//! `POST /v3/pay/transactions/codepay`: a till charges the payer's code.

use jiff::Timestamp;
use serde_json::Value;

use super::answer::Answer;
use super::fields::{known_members, optional_text, text};
use super::prepay::base;
use super::query::transaction;
use super::side::{Side, note};
use crate::books::{Books, Charged, NewOrder, Order, PayRefusal, Product};
use crate::money::Fen;
use crate::shared::WechatDesk;
use crate::wechat::codes;
use crate::wechat::order::{self, Scanned};
use crate::wechat::refused::Refused;

const MEMBERS: &[&str] = &[
    "appid",
    "mchid",
    "sp_appid",
    "sp_mchid",
    "sub_appid",
    "sub_mchid",
    "description",
    "out_trade_no",
    "attach",
    "goods_tag",
    "support_fapiao",
    "payer",
    "amount",
    "scene_info",
    "detail",
    "settle_info",
];

pub(super) fn charge(
    books: &mut Books,
    desk: &WechatDesk,
    side: Side,
    body: &Value,
    (confirm_above, now): (Fen, Timestamp),
) -> Result<Charged, Answer> {
    let (new, auth_code) = terms(books, desk, side, body)?;
    if let Some(code) = codes::by_code(codes::v3, &auth_code) {
        return Err(Answer::coded(code));
    }
    let scanned = Scanned { auth_code: &auth_code, confirm_above };
    Ok(order::charge(books, new, &scanned, now)?)
}

/// The order's own words. 202 while the payer's phone asks for the password: the state says so.
pub(super) fn said(desk: &WechatDesk, charged: &Charged, skew: i64) -> Result<Answer, Answer> {
    let described = |order: &Order| Value::Object(transaction(desk, order, skew));
    match charged {
        Charged::Paid(order) => Ok(Answer::ok(described(order))),
        Charged::Confirming(order) => Ok(Answer::accepted(described(order))),
        Charged::Refused(PayRefusal::Balance) => Err(Refused::PayerBalance.into()),
        Charged::Refused(..) => Err(Refused::OrderClosed.into()),
    }
}

fn terms(
    books: &mut Books,
    desk: &WechatDesk,
    side: Side,
    body: &Value,
) -> Result<(NewOrder, String), Answer> {
    known_members(body, MEMBERS)?;
    let owner = side.owner(desk, body)?;
    let auth_code = text(body, "/payer/auth_code", 32)?;
    let store = |name| optional_text(body, &format!("/scene_info/store_info/{name}"), 256);
    if store("id")?.is_none() && store("out_id")?.is_none() {
        return Err(Answer::field("/scene_info/store_info", "id和out_id二选一"));
    }
    let mut new = NewOrder { product: Product::Barcode, ..base(desk, side, body)? };
    note(books, &owner, &mut new);
    Ok((new, auth_code))
}

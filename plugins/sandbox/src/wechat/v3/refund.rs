//! `POST /v3/refund/domestic/refunds`: accepted as PROCESSING, ended later.

use serde_json::Value;

use super::answer::Answer;
use super::fields::{fen, notify_url, optional_text, out_refund_no};
use crate::books::{Books, Channel, Key};
use crate::shared::WechatDesk;
use crate::wechat::owner::{Owner, key};
use crate::wechat::refund::NewRefund;
use crate::wechat::refused::Refused;

pub(super) fn asked(books: &Books, desk: &WechatDesk, body: &Value) -> Result<NewRefund, Answer> {
    if optional_text(body, "/amount/currency", 16)?.as_deref() != Some("CNY") {
        return Err(Answer::field("/amount/currency", "币种错误"));
    }
    let funds = optional_text(body, "/funds_account", 32)?;
    if funds.is_some_and(|own| !["AVAILABLE", "UNSETTLED"].contains(&own.as_str())) {
        return Err(Answer::field("/funds_account", "不支持的资金来源"));
    }
    let owner = Owner { sub_mch_id: optional_text(body, "/sub_mchid", 32)?, ..Owner::default() };
    owner.check(&desk.party)?;
    Ok(NewRefund {
        key: order_key(books, body)?,
        owner,
        out_refund_no: out_refund_no(body)?,
        amount: fen(body, "/amount/refund")?,
        total: fen(body, "/amount/total")?,
        reason: optional_text(body, "/reason", 80)?,
        notify_url: notify_url(body)?,
    })
}

/// Refunds have one word for whatever does not exist.
pub(super) fn refused(reason: Refused) -> Answer {
    if reason == Refused::OrderUnknown {
        return Answer::not_found("订单不存在");
    }
    reason.into()
}

/// The order meant: `transaction_id` wins.
pub(super) fn order_key(books: &Books, body: &Value) -> Result<Key, Answer> {
    if let Some(id) = optional_text(body, "/transaction_id", 32)? {
        let key = books.key_of_trade(&id).filter(|key| key.0 == Channel::Wechat);
        return key.ok_or_else(|| Answer::not_found("订单不存在"));
    }
    let number = optional_text(body, "/out_trade_no", 32)?;
    let missing = || Answer::field("/out_trade_no", "transaction_id和out_trade_no二选一");
    Ok(key(&number.ok_or_else(missing)?))
}

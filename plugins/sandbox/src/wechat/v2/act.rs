//! `/pay/orderquery`, `/pay/closeorder`, `/secapi/pay/reverse` and the small tools.

use jiff::Timestamp;

use super::answer::Answer;
use super::described::queried;
use super::request::Request;
use super::xml::Params;
use crate::books::{Books, Channel, CodeKind, Key, OrderStatus, Reversal};
use crate::crypto::random_hex;
use crate::wechat::order;
use crate::wechat::owner::key;
use crate::wechat::refused::Refused;

/// The order meant: `transaction_id` wins.
pub(super) fn order_key(books: &Books, request: &Request, unknown: Refused) -> Result<Key, Answer> {
    if let Some(id) = request.optional("transaction_id", 32)? {
        let key = books.key_of_trade(&id).filter(|key| key.0 == Channel::Wechat);
        return key.ok_or_else(|| unknown.into());
    }
    match request.raw("out_trade_no") {
        Some(_) => Ok(key(&request.out_trade_no()?)),
        None => Err(Answer::lacks("out_trade_no")),
    }
}

pub(super) fn query(
    books: &mut Books,
    request: &Request,
    (skew, now): (i64, Timestamp),
) -> Result<Answer, Answer> {
    // A number of either kind that is not known has one word here.
    let key = order_key(books, request, Refused::OrderUnknown)?;
    let order = order::owned(books, &key, &request.owner, now)?;
    Ok(Answer::Done(queried(order, skew)))
}

/// Here, unlike in version 3, closing what is closed is said to be.
pub(super) fn close(
    books: &mut Books,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Answer> {
    let key = key(&request.out_trade_no()?);
    let order = order::owned(books, &key, &request.owner, now)?;
    if order.status == OrderStatus::Closed {
        return Err(Refused::OrderClosed.into());
    }
    order::close(books, &key, &request.owner, now)?;
    Ok(Answer::Done(Params::from([("result_msg".to_owned(), "OK".to_owned())])))
}

pub(super) fn reverse(
    books: &mut Books,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Answer> {
    let key = order_key(books, request, Refused::TransactionUnknown);
    let key = key.map_err(|refused| refused.with("recall", "N"))?;
    let done = order::reverse(books, &key, &request.owner, now);
    match done {
        Ok(Reversal::Closed | Reversal::Refunded(_) | Reversal::Nothing) => {
            Ok(Answer::Done(Params::new()).with("recall", "N"))
        }
        Err(refused) => Err(Answer::from(refused).with("recall", "N")),
    }
}

/// Whose code a till scanned, without using it up.
pub(super) fn open_id(books: &mut Books, request: &Request) -> Result<Answer, Answer> {
    let text = request.text("auth_code", 128)?;
    let code = books.codes.look(Channel::Wechat, &text).cloned();
    let code = code.filter(|code| matches!(code.kind, CodeKind::Payment { .. }));
    let payer = code.ok_or(Refused::AuthCodeUnknown)?.payer;
    let mut name = |app: &str| books.payers.open_id(Channel::Wechat, app, &payer);
    let mut said = Params::from([("openid".to_owned(), name(request.app_id()))]);
    if let Some(app) = &request.owner.sub_app_id {
        said.insert("sub_openid".to_owned(), name(app));
    }
    Ok(Answer::Done(said))
}

pub(super) fn short_url(request: &Request) -> Result<Answer, Answer> {
    let long = request.text("long_url", 512)?;
    if !long.starts_with("weixin://wxpay/bizpayurl") {
        return Err(Answer::parameter("long_url格式错误"));
    }
    let short = format!("weixin://wxpay/s/{}", random_hex(4));
    Ok(Answer::Done(Params::from([("short_url".to_owned(), short)])))
}

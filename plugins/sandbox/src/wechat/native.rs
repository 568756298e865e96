//! `POST /v3/pay/transactions/native`

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::fields::{fen, notify_url, optional_text, out_trade_no, text};
use crate::books::{Books, Channel, Key, NewOrder, Notes, OrderStatus, Product};
use crate::shared::{Shared, WechatDesk};

/// The order and its wallet token.
pub(super) fn native(
    books: &mut Books,
    desk: &WechatDesk,
    body: &Value,
    now: Timestamp,
) -> Result<(Key, String), Answer> {
    let new = terms(desk, body, now)?;
    let key = (new.channel, new.out_trade_no.clone());
    let Some(known) = books.order(&key, now) else {
        return Ok((key, books.insert(new, now).token.clone()));
    };
    match known.status {
        OrderStatus::Paid => return Err(order_paid()),
        OrderStatus::Closed => return Err(order_closed()),
        OrderStatus::Offered | OrderStatus::Waiting if known.content != new.content => {
            return Err(Answer::invalid("请求重入时，参数与首次请求时不一致", 268_498_688));
        }
        OrderStatus::Offered | OrderStatus::Waiting => {}
    }
    // The same order again: a new code, and the one before it dies.
    books.renew_token(&key, now);
    let token = books.order(&key, now).map(|order| order.token.clone()).unwrap_or_default();
    Ok((key, token))
}

pub(super) fn created(shared: &Shared, key: &Key, token: &str) -> Answer {
    let code = if shared.config.native_links {
        format!("weixin://wxpay/bizpayurl?pr={token}")
    } else {
        shared.wallet_url(key.0, token)
    };
    Answer::ok(json!({ "code_url": code }))
}

pub(super) fn order_paid() -> Answer {
    Answer::refused(400, "ORDERPAID", "该订单已支付", 268_498_689)
}

pub(super) fn order_closed() -> Answer {
    Answer::refused(400, "ORDER_CLOSED", "该订单已关闭", 268_447_914)
}

fn terms(desk: &WechatDesk, body: &Value, now: Timestamp) -> Result<NewOrder, Answer> {
    owner(desk, body)?;
    if text(body, "/appid", 32)? != desk.party.app_id {
        return Err(Answer::refused(
            400,
            "APPID_MCHID_NOT_MATCH",
            "appid和mch_id不匹配",
            268_445_527,
        ));
    }
    if optional_text(body, "/amount/currency", 16)?.is_some_and(|currency| currency != "CNY") {
        return Err(Answer::field("/amount/currency", "不支持的币种"));
    }
    let notify_url = notify_url(body)?;
    if notify_url.is_none() {
        return Err(Answer::field("/notify_url", "缺少必填参数"));
    }
    Ok(NewOrder {
        channel: Channel::Wechat,
        product: Product::Qr,
        payer: None,
        notes: Notes::new(),
        out_trade_no: out_trade_no(body)?,
        app_id: desk.party.app_id.clone(),
        subject: text(body, "/description", 127)?,
        body: None,
        attach: optional_text(body, "/attach", 128)?,
        total: fen(body, "/amount/total")?,
        notify_url,
        return_url: None,
        expires_at: expiry(body, now)?,
        code_life: None,
        content: body.to_string(),
    })
}

/// The body's merchant is the one that signed.
pub(super) fn owner(desk: &WechatDesk, body: &Value) -> Result<(), Answer> {
    if text(body, "/mchid", 32)? == desk.party.mch_id {
        return Ok(());
    }
    Err(Answer::refused(400, "MCH_NOT_EXISTS", "商户号与签名商户不一致", 268_447_843))
}

/// A past time is ignored, as at the channel.
fn expiry(body: &Value, now: Timestamp) -> Result<Option<Timestamp>, Answer> {
    let Some(text) = optional_text(body, "/time_expire", 64)? else { return Ok(None) };
    let at: Timestamp =
        text.parse().map_err(|_| Answer::field("/time_expire", "不是RFC3339格式的时间"))?;
    Ok(Some(at).filter(|at| *at > now))
}

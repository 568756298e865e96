//! `POST /v3/pay/transactions/{native,jsapi,app,h5}` and the same below `partner`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::fields::{
    client_ip, expiry, fen, known_members, notify_url, optional_text, out_trade_no, text,
};
use super::side::{Side, note};
use crate::books::{Books, Channel, Key, NewOrder, Notes, Product};
use crate::shared::{Shared, WechatDesk};
use crate::wechat::{code_url, h5, order, prepay_id};

/// What a body may have; anything else is a parameter the channel does not allow.
const MEMBERS: &[&str] = &[
    "appid",
    "mchid",
    "sp_appid",
    "sp_mchid",
    "sub_appid",
    "sub_mchid",
    "description",
    "out_trade_no",
    "time_expire",
    "attach",
    "notify_url",
    "goods_tag",
    "limit_pay",
    "support_fapiao",
    "amount",
    "payer",
    "detail",
    "scene_info",
    "settle_info",
];

/// The order, entered or found again.
pub(super) fn prepay(
    books: &mut Books,
    desk: &WechatDesk,
    (side, product): (Side, Product),
    body: &Value,
    now: Timestamp,
) -> Result<Key, Answer> {
    let new = terms(books, desk, (side, product), body, now)?;
    Ok(order::place(books, new, now)?)
}

/// What the merchant's front end goes on with.
pub(super) fn created(shared: &Shared, key: &Key, now: Timestamp) -> Answer {
    let mut books = shared.books();
    let Some(order) = books.order(key, now) else { return Answer::order_unknown() };
    let token = &order.token;
    match order.product {
        Product::Qr => Answer::ok(json!({ "code_url": code_url(shared, token) })),
        Product::H5 => Answer::ok(json!({ "h5_url": h5::url(&shared.public_url, token, now) })),
        Product::Page | Product::App | Product::Jsapi | Product::MiniProgram | Product::Barcode => {
            Answer::ok(json!({ "prepay_id": prepay_id(token) }))
        }
    }
}

fn terms(
    books: &mut Books,
    desk: &WechatDesk,
    (side, product): (Side, Product),
    body: &Value,
    now: Timestamp,
) -> Result<NewOrder, Answer> {
    known_members(body, MEMBERS)?;
    let owner = side.owner(desk, body)?;
    let payer = side.payer(books, desk, &owner, body, product == Product::Jsapi)?;
    if product == Product::H5 {
        check_scene(body)?;
    }
    let notify_url = notify_url(body)?;
    if notify_url.is_none() {
        return Err(Answer::field("/notify_url", "缺少必填参数"));
    }
    let mut new = NewOrder {
        product,
        payer,
        notify_url,
        expires_at: expiry(body, now)?,
        ..base(desk, side, body)?
    };
    note(books, &owner, &mut new);
    Ok(new)
}

/// What every order says of itself, at a till or not.
pub(super) fn base(desk: &WechatDesk, side: Side, body: &Value) -> Result<NewOrder, Answer> {
    let app_id = side.app(desk, body)?;
    if optional_text(body, "/amount/currency", 16)?.is_some_and(|currency| currency != "CNY") {
        return Err(Answer::field("/amount/currency", "不支持的币种"));
    }
    optional_text(body, "/goods_tag", 32)?;
    Ok(NewOrder {
        channel: Channel::Wechat,
        product: Product::Qr,
        payer: None,
        notes: Notes::new(),
        out_trade_no: out_trade_no(body)?,
        app_id,
        subject: text(body, "/description", 127)?,
        body: None,
        attach: optional_text(body, "/attach", 128)?,
        total: fen(body, "/amount/total")?,
        notify_url: None,
        return_url: None,
        expires_at: None,
        code_life: None,
        content: body.to_string(),
    })
}

/// A page on a phone says whose phone it is and what kind of page.
fn check_scene(body: &Value) -> Result<(), Answer> {
    client_ip(body, "/scene_info/payer_client_ip")?;
    let kind = text(body, "/scene_info/h5_info/type", 32)?;
    if ["Wap", "iOS", "Android"].contains(&kind.as_str()) {
        Ok(())
    } else {
        Err(Answer::field("/scene_info/h5_info/type", "不支持的场景类型"))
    }
}

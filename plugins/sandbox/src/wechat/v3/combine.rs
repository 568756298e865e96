//! `/v3/combine-transactions/…`: several orders under one number, paid at once.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::fields::{client_ip, expiry, fen, known_members, notify_url, optional_text, text};
use super::notify::{Event, event};
use super::side::note;
use crate::books::{Books, Channel, Key, NewOrder, Notes, Order, Product};
use crate::clock;
use crate::shared::{Shared, WechatDesk};
use crate::wechat::combine::{self, Combined};
use crate::wechat::owner::{self, Owner, key, sub_open_id};
use crate::wechat::refused::Refused;
use crate::wechat::state::{trade_state, trade_type};

const MAX_ORDERS: usize = 50;
const MEMBERS: &[&str] = &[
    "combine_appid",
    "combine_mchid",
    "combine_out_trade_no",
    "scene_info",
    "sub_orders",
    "combine_payer_info",
    "time_start",
    "time_expire",
    "notify_url",
    "limit_pay",
    "trade_scenario",
];

/// The first of the orders: its code or page opens the cashier for all.
pub(super) fn prepay(
    shared: &Shared,
    product: Product,
    body: &Value,
    now: Timestamp,
) -> Result<Key, Answer> {
    let desk = &shared.wechat;
    known_members(body, MEMBERS)?;
    let mut books = shared.books();
    let common = common(&mut books, desk, product, body, now)?;
    let mut orders = Vec::new();
    for (n, own) in listed(body)?.iter().enumerate() {
        orders.push(sub_order(&mut books, desk, &common, (n, own))?);
    }
    let number = combine_number(body)?;
    let keys: Vec<Key> = orders.iter().map(|new| key(&new.out_trade_no)).collect();
    let first = keys.first().cloned().ok_or_else(Answer::order_unknown)?;
    let combined = Combined {
        number,
        app_id: common.app_id.clone(),
        notify_url: notify_url(body)?
            .ok_or_else(|| Answer::field("/notify_url", "缺少必填参数"))?,
        orders: keys,
    };
    combine::place(&mut books, &mut desk.registry(), combined, orders, now)?;
    Ok(first)
}

/// What all orders share.
fn common(
    books: &mut Books,
    desk: &WechatDesk,
    product: Product,
    body: &Value,
    now: Timestamp,
) -> Result<NewOrder, Answer> {
    let app_id = text(body, "/combine_appid", 32)?;
    if !desk.party.binds(&app_id) {
        return Err(Refused::AppMismatch.into());
    }
    if text(body, "/combine_mchid", 32)? != desk.party.mch_id {
        return Err(Answer::other_signer());
    }
    let open_id = optional_text(body, "/combine_payer_info/openid", 128)?;
    if product == Product::Jsapi && open_id.is_none() {
        return Err(Answer::field("/combine_payer_info/openid", "缺少必填参数"));
    }
    if product == Product::H5 {
        client_ip(body, "/scene_info/payer_client_ip")?;
        text(body, "/scene_info/h5_info/type", 32)?;
    }
    Ok(NewOrder {
        channel: Channel::Wechat,
        product,
        payer: owner::payer(books, &app_id, open_id.as_deref())?,
        notes: Notes::new(),
        out_trade_no: String::new(),
        app_id,
        subject: String::new(),
        body: None,
        attach: None,
        total: crate::money::Fen(0),
        notify_url: None,
        return_url: None,
        expires_at: expiry(body, now)?,
        code_life: None,
        content: String::new(),
    })
}

fn listed(body: &Value) -> Result<&Vec<Value>, Answer> {
    let list = body["sub_orders"].as_array().filter(|list| (2..=MAX_ORDERS).contains(&list.len()));
    list.ok_or_else(|| Answer::field("/sub_orders", "子单数量为2到50"))
}

fn combine_number(body: &Value) -> Result<String, Answer> {
    let number = text(body, "/combine_out_trade_no", 32)?;
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_-*|".contains(&b);
    if number.len() < 2 || !number.bytes().all(legal) {
        return Err(Answer::field("/combine_out_trade_no", "合单商户订单号格式错误"));
    }
    Ok(number)
}

fn sub_order(
    books: &mut Books,
    desk: &WechatDesk,
    common: &NewOrder,
    (n, own): (usize, &Value),
) -> Result<NewOrder, Answer> {
    let at = |answer: Answer| answer.below(&format!("/sub_orders/{n}"));
    let owner = owner(desk, own).map_err(at)?;
    if text(own, "/amount/currency", 16).map_err(at)? != "CNY" {
        return Err(at(Answer::field("/amount/currency", "不支持的币种")));
    }
    let mut new = NewOrder {
        out_trade_no: super::fields::out_trade_no(own).map_err(at)?,
        subject: text(own, "/description", 127).map_err(at)?,
        attach: Some(text(own, "/attach", 128).map_err(at)?),
        total: fen(own, "/amount/total_amount").map_err(at)?,
        content: own.to_string(),
        payer: common.payer.clone(),
        notes: Notes::new(),
        app_id: common.app_id.clone(),
        body: None,
        notify_url: None,
        return_url: None,
        ..*common
    };
    note(books, &owner, &mut new);
    Ok(new)
}

fn owner(desk: &WechatDesk, own: &Value) -> Result<Owner, Answer> {
    if text(own, "/mchid", 32)? != desk.party.mch_id {
        return Err(Refused::NoRelation.into());
    }
    let owner = Owner {
        sub_mch_id: optional_text(own, "/sub_mchid", 32)?,
        sub_app_id: optional_text(own, "/sub_appid", 32)?,
    };
    owner.check(&desk.party)?;
    Ok(owner)
}

pub(super) fn query(shared: &Shared, number: &str, now: Timestamp) -> Result<Answer, Answer> {
    let combined = shared.wechat.combined(number).ok_or(Refused::OrderUnknown)?;
    let mut books = shared.books();
    let orders: Vec<Order> =
        combined.orders.iter().filter_map(|key| books.order(key, now).cloned()).collect();
    Ok(Answer::ok(said(&shared.wechat, &combined, &orders)))
}

/// Exactly the orders of the number, all of them.
pub(super) fn close(
    shared: &Shared,
    number: &str,
    body: &Value,
    now: Timestamp,
) -> Result<Answer, Answer> {
    let combined = shared.wechat.combined(number).ok_or(Refused::OrderUnknown)?;
    if text(body, "/combine_appid", 32)? != combined.app_id {
        return Err(Refused::AppMismatch.into());
    }
    let mut named = Vec::new();
    for own in listed(body)? {
        owner(&shared.wechat, own)?;
        named.push(key(&text(own, "/out_trade_no", 32)?));
    }
    let mut known = combined.orders;
    named.sort();
    known.sort();
    if named != known {
        return Err(Refused::Differs.into());
    }
    combine::close(&mut shared.books(), &known, now)?;
    Ok(Answer::no_content())
}

pub(in crate::wechat) fn paid(desk: &WechatDesk, combined: &Combined, orders: &[Order]) -> Event {
    event("TRANSACTION.SUCCESS", "transaction", "支付成功", &said(desk, combined, orders))
}

fn said(desk: &WechatDesk, combined: &Combined, orders: &[Order]) -> Value {
    let mut said = json!({
        "combine_appid": combined.app_id,
        "combine_mchid": desk.party.mch_id,
        "combine_out_trade_no": combined.number,
        "sub_orders": orders.iter().map(|order| sub_said(desk, order)).collect::<Vec<_>>(),
    });
    if let Some(first) = orders.first().filter(|order| order.paid_at.is_some()) {
        said["combine_transaction_id"] = json!(format!("4201{}", &first.trade_no[4..]));
        said["combine_payer_info"] = json!({ "openid": first.buyer });
    }
    said
}

fn sub_said(desk: &WechatDesk, order: &Order) -> Value {
    let mut said = Map::new();
    let mut say = |name: &str, value: Value| said.insert(name.to_owned(), value);
    say("mchid", json!(desk.party.mch_id));
    say("out_trade_no", json!(order.out_trade_no));
    say("attach", json!(order.attach));
    say("trade_state", json!(trade_state(order).0));
    let Owner { sub_mch_id, sub_app_id } = Owner::of(order);
    for (name, value) in [
        ("sub_mchid", sub_mch_id),
        ("sub_appid", sub_app_id),
        ("sub_openid", sub_open_id(order).cloned()),
    ] {
        if let Some(value) = value {
            say(name, json!(value));
        }
    }
    if let Some(at) = order.paid_at {
        say("transaction_id", json!(order.trade_no));
        say("trade_type", json!(trade_type(order)));
        say("bank_type", json!("OTHERS"));
        say("success_time", json!(clock::rfc3339(at)));
    }
    let total = order.total;
    say(
        "amount",
        json!({
            "total_amount": total, "currency": "CNY", "payer_amount": total,
            "payer_currency": "CNY",
        }),
    );
    Value::Object(said)
}

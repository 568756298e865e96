//! `/pay/unifiedorder` and `/pay/micropay`: what both ask of an order, and what each answers.

use jiff::Timestamp;

use super::answer::Answer;
use super::described::paid;
use super::request::Request;
use super::xml::Params;
use crate::books::{Books, Channel, Charged, Key, NewOrder, Notes, PayRefusal, Product};
use crate::money::Fen;
use crate::shared::Shared;
use crate::wechat::order::Scanned;
use crate::wechat::owner::{note_sub_open_id, payer};
use crate::wechat::refused::Refused;
use crate::wechat::{SIGN_TYPE, codes, h5, order, prepay_id};

pub(super) fn unified(books: &mut Books, request: &Request, now: Timestamp) -> Result<Key, Answer> {
    let product = product(&request.text("trade_type", 16)?)?;
    let mut new = base(request, product)?;
    if product == Product::Jsapi {
        new.payer = Some(open_id(books, request)?);
    }
    if product == Product::Qr {
        request.text("product_id", 32)?;
    }
    if product == Product::H5 {
        check_scene(&request.text("scene_info", 256)?)?;
    }
    new.notify_url = Some(request.notify_url()?.ok_or_else(|| Answer::lacks("notify_url"))?);
    new.expires_at = request.expiry(now)?;
    note_sub_open_id(books, &request.owner, new.payer.as_deref(), &mut new.notes);
    Ok(order::place(books, new, now)?)
}

pub(super) fn micropay(
    books: &mut Books,
    request: &Request,
    (confirm_above, now): (Fen, Timestamp),
) -> Result<Charged, Answer> {
    let auth_code = request.text("auth_code", 128)?;
    let mut new = base(request, Product::Barcode)?;
    note_sub_open_id(books, &request.owner, None, &mut new.notes);
    if let Some(code) = codes::by_code(codes::v2, &auth_code) {
        return Err(Answer::coded(code));
    }
    let scanned = Scanned { auth_code: &auth_code, confirm_above };
    Ok(order::charge(books, new, &scanned, now)?)
}

/// What the merchant's front end goes on with.
pub(super) fn created(shared: &Shared, key: &Key, now: Timestamp) -> Result<Answer, Answer> {
    let mut books = shared.books();
    let order = books.order(key, now).ok_or(Refused::OrderUnknown)?;
    let token = &order.token;
    let mut said = Params::from([
        ("trade_type".to_owned(), crate::wechat::state::trade_type(order).to_owned()),
        ("prepay_id".to_owned(), prepay_id(token)),
    ]);
    if order.product == Product::Qr {
        said.insert("code_url".to_owned(), crate::wechat::code_url(shared, token));
    }
    if order.product == Product::H5 {
        said.insert("mweb_url".to_owned(), h5::url(&shared.public_url, token, now));
    }
    Ok(Answer::Done(said))
}

pub(super) fn charged(charged: &Charged, skew: i64) -> Result<Answer, Answer> {
    match charged {
        Charged::Paid(order) => Ok(Answer::Done(paid(order, skew))),
        Charged::Confirming(_) => Err(Answer::refused("USERPAYING", "需要用户输入支付密码")),
        Charged::Refused(PayRefusal::Balance) => Err(Refused::PayerBalance.into()),
        Charged::Refused(..) => Err(Refused::OrderClosed.into()),
    }
}

fn base(request: &Request, product: Product) -> Result<NewOrder, Answer> {
    if request.optional("fee_type", 16)?.is_some_and(|currency| currency != "CNY") {
        return Err(Answer::parameter("不支持的币种"));
    }
    request.text("spbill_create_ip", 64)?;
    request.optional("goods_tag", 32)?;
    let mut notes = Notes::from([(SIGN_TYPE, request.sign_type.word().to_owned())]);
    request.owner.note(&mut notes);
    Ok(NewOrder {
        channel: Channel::Wechat,
        product,
        payer: None,
        notes,
        out_trade_no: request.out_trade_no()?,
        app_id: request.app_id().to_owned(),
        subject: request.text("body", 127)?,
        body: request.optional("device_info", 32)?,
        attach: request.optional("attach", 127)?,
        total: request.fen("total_fee")?,
        notify_url: None,
        return_url: None,
        expires_at: None,
        code_life: None,
        content: request.content(),
    })
}

fn open_id(books: &mut Books, request: &Request) -> Result<String, Answer> {
    let own = request.optional("openid", 128)?;
    let sub = request.optional("sub_openid", 128)?;
    let found = match (sub, &request.owner.sub_app_id) {
        (Some(sub), Some(app)) => payer(books, app, Some(&sub))?,
        (Some(_), None) => return Err(Answer::lacks("sub_appid")),
        (None, _) => payer(books, request.app_id(), own.as_deref())?,
    };
    found.ok_or_else(|| Answer::lacks("openid"))
}

fn product(trade_type: &str) -> Result<Product, Answer> {
    match trade_type {
        "NATIVE" => Ok(Product::Qr),
        "JSAPI" => Ok(Product::Jsapi),
        "APP" => Ok(Product::App),
        "MWEB" => Ok(Product::H5),
        _ => Err(Answer::parameter("trade_type参数有误")),
    }
}

/// `{"h5_info":{"type":"Wap",…}}`
fn check_scene(text: &str) -> Result<(), Answer> {
    let scene: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let kind = scene["h5_info"]["type"].as_str().unwrap_or_default();
    if ["Wap", "IOS", "Android"].contains(&kind) {
        Ok(())
    } else {
        Err(Answer::parameter("scene_info参数格式错误"))
    }
}

//! New orders without a till: `precreate`, `page.pay`, `wap.pay`, `app.pay`, `trade.create`.

use jiff::Timestamp;

use super::answer::Node;
use super::api::Api;
use super::codes::refused;
use super::request::Call;
use super::terms::{note, parameter, terms};
use crate::books::{Books, Channel, Key, NewOrder, Order, OrderStatus, PayerId};
use crate::shared::Shared;

/// The order and its wallet token, or Alipay's refusal. Without a buyer in the request the trade
/// itself begins when its payer opens it.
pub(super) fn create(
    books: &mut Books,
    call: &Call,
    now: Timestamp,
) -> Result<(Key, String), Node> {
    let payer = if call.api == Api::Create { Some(buyer(books, call)?) } else { None };
    let mut new = terms(call, payer, now)?;
    let key = (new.channel, new.out_trade_no.clone());
    match books.order(&key, now) {
        Some(known) => {
            same(known, &new, &call.seller_id)?;
            // The product for signs and tables shows one code once.
            if call.biz.text("product_code").as_deref() == Some("QR_CODE_OFFLINE") {
                return Err(refused("ACQ.APPLY_PC_MERCHANT_CODE_ERROR"));
            }
            Ok((key, known.token.clone()))
        }
        None => {
            name_payer(books, &mut new);
            Ok((key, books.insert(new, now).token.clone()))
        }
    }
}

/// Notes the name by which the application knows the payer.
pub(super) fn name_payer(books: &mut Books, new: &mut NewOrder) {
    let payer = new.payer.clone().unwrap_or_else(|| books.payers.first(Channel::Alipay));
    let app_id = new.notes.get(note::APP).cloned().unwrap_or_default();
    let open_id = books.payers.open_id(Channel::Alipay, &app_id, &payer);
    new.notes.insert(note::OPEN_ID, open_id);
}

/// The same number must mean the same order, and one that can still be paid.
pub(super) fn same(known: &Order, new: &NewOrder, seller_id: &str) -> Result<(), Node> {
    if known.notes.get(note::SELLER).is_none_or(|own| own != seller_id) {
        return Err(refused("ACQ.CONTEXT_INCONSISTENT"));
    }
    match known.status {
        OrderStatus::Paid => Err(refused("ACQ.TRADE_HAS_SUCCESS")),
        OrderStatus::Closed => Err(refused("ACQ.TRADE_HAS_CLOSE")),
        OrderStatus::Offered | OrderStatus::Waiting if known.content != new.content => {
            Err(refused("ACQ.CONTEXT_INCONSISTENT"))
        }
        OrderStatus::Offered | OrderStatus::Waiting => match &new.payer {
            Some(payer) if *payer != known.payer => Err(refused("ACQ.TRADE_BUYER_NOT_MATCH")),
            Some(_) | None => Ok(()),
        },
    }
}

/// `trade.create` says who will pay: by user id or by the id the application knows.
fn buyer(books: &mut Books, call: &Call) -> Result<PayerId, Node> {
    let bound = |app_id: &str| app_id.len() == 16 && app_id.bytes().all(|b| b.is_ascii_digit());
    if call.biz.text("op_app_id").is_some_and(|app_id| !bound(&app_id)) {
        return Err(refused("ACQ.UNBOUND_APPLICATION"));
    }
    if let Some(open_id) = call.biz.text("buyer_open_id") {
        let app_id = call.param("app_id").unwrap_or_default();
        let known = books.payers.by_open_id(Channel::Alipay, app_id, &open_id);
        return known.ok_or_else(|| refused("isv.invalid-openid"));
    }
    let id = call.biz.text("buyer_id").filter(|id| is_user_id(id));
    let id = id.ok_or_else(|| parameter("buyer_id"))?;
    if books.payers.get(Channel::Alipay, &id).is_none() {
        books.payers.put(Channel::Alipay, Some(id.clone()), None);
    }
    Ok(id)
}

pub(super) fn is_user_id(id: &str) -> bool {
    id.len() == 16 && id.starts_with("2088") && id.bytes().all(|b| b.is_ascii_digit())
}

pub(super) fn precreated(shared: &Shared, key: &Key, token: &str) -> Node {
    let code = if shared.config.native_links {
        format!("https://qr.alipay.com/bax{token}")
    } else {
        shared.wallet_url(key.0, token)
    };
    Node::success().with("out_trade_no", key.1.clone()).with("qr_code", code)
}

pub(super) fn created(books: &mut Books, key: &Key, now: Timestamp) -> Node {
    let trade_no = books.order(key, now).map(|order| order.trade_no.clone());
    Node::success().with("out_trade_no", key.1.clone()).with_some("trade_no", trade_no)
}

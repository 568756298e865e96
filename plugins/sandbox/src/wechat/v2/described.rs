//! What version 2 says of an order: in queries, charges and notifications.

use super::xml::Params;
use crate::books::{Order, Product};
use crate::clock;
use crate::wechat::owner::sub_open_id;
use crate::wechat::state::{trade_state, trade_type};

/// A paid order.
pub(super) fn paid(order: &Order, skew: i64) -> Params {
    let total = order.total.plus(skew).0.to_string();
    let time = order.paid_at.map(clock::compact).unwrap_or_default();
    let mut said = Params::new();
    let mut say = |name: &str, value: &str| said.insert(name.to_owned(), value.to_owned());
    say("openid", &order.buyer);
    say("is_subscribe", "N");
    say("trade_type", trade_type(order));
    say("bank_type", "OTHERS");
    say("total_fee", &total);
    say("fee_type", "CNY");
    say("cash_fee", &total);
    say("cash_fee_type", "CNY");
    say("transaction_id", &order.trade_no);
    say("out_trade_no", &order.out_trade_no);
    say("attach", order.attach.as_deref().unwrap_or_default());
    say("time_end", &time);
    if let Some(device) = &order.body {
        say("device_info", device);
    }
    if let Some(sub) = sub_open_id(order) {
        say("sub_openid", sub);
        say("sub_is_subscribe", "N");
    }
    said
}

/// Any order; an unpaid one lacks what does not exist yet.
pub(super) fn queried(order: &Order, skew: i64) -> Params {
    let (state, text) = trade_state(order);
    let mut said = match order.paid_at {
        Some(_) => paid(order, skew),
        None => Params::from([("out_trade_no".to_owned(), order.out_trade_no.clone())]),
    };
    if order.paid_at.is_none() && order.product == Product::Barcode {
        said.insert("trade_type".to_owned(), trade_type(order).to_owned());
    }
    said.insert("trade_state".to_owned(), state.to_owned());
    said.insert("trade_state_desc".to_owned(), text.to_owned());
    said
}

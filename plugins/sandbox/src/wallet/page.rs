//! One order in the payer's app: opening it is the scan, two buttons decide.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::html::{channel_name, fill, respond, status_class, status_name, yuan};
use crate::alipay;
use crate::books::{Channel, Key, OrderView, PayRefusal, Timing};
use crate::clock;
use crate::exchange::see_other;
use crate::shared::Shared;

type Place = Path<(Channel, String)>;

pub(super) async fn show(State(shared): State<Arc<Shared>>, Path(place): Place) -> Response {
    let Some(key) = key(&shared, &place) else { return unknown(place.0) };
    let scanned = shared.scan(&key);
    match shared.order(&key) {
        Some(order) => page(StatusCode::OK, &shared, &order, scanned.err()),
        None => unknown(place.0),
    }
}

pub(super) async fn pay(State(shared): State<Arc<Shared>>, Path(place): Place) -> Response {
    let Some(key) = key(&shared, &place) else { return unknown(place.0) };
    if let Err(refusal) = shared.pay(&key, Timing::InTime) {
        return refused(&shared, &key, refusal);
    }
    let paid = shared.books().order(&key, clock::now()).map(|order| order.clone());
    let back = match &paid {
        Some(order) => match order.channel {
            Channel::Alipay => alipay::return_url(&shared, order).await,
            Channel::Wechat => order.return_url.clone(),
        },
        None => None,
    };
    see_other(&back.unwrap_or_else(|| address(&place)))
}

pub(super) async fn cancel(State(shared): State<Arc<Shared>>, Path(place): Place) -> Response {
    let Some(key) = key(&shared, &place) else { return unknown(place.0) };
    match shared.cancel(&key) {
        Ok(_) => {
            let order = shared.books().order(&key, clock::now()).map(|order| order.clone());
            let quit = order.as_ref().and_then(alipay::quit_url);
            see_other(&quit.unwrap_or_else(|| address(&place)))
        }
        Err(refusal) => refused(&shared, &key, refusal),
    }
}

fn key(shared: &Shared, place: &(Channel, String)) -> Option<Key> {
    shared.books().key_of_token(&place.1).filter(|key| key.0 == place.0)
}

fn address((channel, token): &(Channel, String)) -> String {
    format!("/wallet/{}/{token}", channel.word())
}

fn refused(shared: &Shared, key: &Key, refusal: PayRefusal) -> Response {
    match shared.order(key) {
        Some(order) => page(StatusCode::CONFLICT, shared, &order, Some(refusal)),
        None => unknown(key.0),
    }
}

fn page(
    status: StatusCode,
    shared: &Shared,
    order: &OrderView,
    refusal: Option<PayRefusal>,
) -> Response {
    let actions = match refusal {
        None => buttons(order),
        Some(refusal) => fill(r#"<p class="note">{{note}}</p>"#, &[("note", note(refusal))]),
    };
    let payee = match order.channel {
        Channel::Alipay => &shared.alipay.party.seller_id,
        Channel::Wechat => &shared.wechat.party.mch_id,
    };
    let body = fill(
        include_str!("order.html"),
        &[
            ("channel", channel_name(order.channel)),
            ("payee", payee),
            ("amount", &yuan(order.total_fen)),
            ("class", status_class(order)),
            ("status", status_name(order)),
            ("subject", &order.subject),
            ("out_trade_no", &order.out_trade_no),
            ("trade_no", &order.trade_no),
            ("raw:actions", &actions),
        ],
    );
    respond(status, channel_name(order.channel), order.channel.word(), &body)
}

fn buttons(order: &OrderView) -> String {
    let form = r#"<form method="post" action="{{action}}"><button class="{{class}}">{{label}}
</button></form>"#;
    let base = address(&(order.channel, order.token.clone()));
    let pay = format!("确认付款 Pay {}", yuan(order.total_fen));
    let pay = [("action", &*format!("{base}/pay")), ("class", "pay"), ("label", &pay)];
    let cancel = format!("{base}/cancel");
    let cancel = [("action", &*cancel), ("class", "cancel"), ("label", "取消 Cancel")];
    fill(form, &pay) + &fill(form, &cancel)
}

fn note(refusal: PayRefusal) -> &'static str {
    match refusal {
        PayRefusal::AlreadyPaid => "付款已完成，可以关闭此页。 Paid. You can close this page.",
        PayRefusal::Closed => "订单已关闭，不能付款。 The order is closed.",
        PayRefusal::Expired => "订单已过期，不能付款。 The order has expired.",
        PayRefusal::Balance => "余额不足。 The balance does not cover it.",
        PayRefusal::CodeExpired => "二维码已失效。 The code has expired.",
        PayRefusal::UnknownOrder => "没有此订单。 No such order.",
    }
}

fn unknown(channel: Channel) -> Response {
    let text = "没有此订单，或二维码已失效。 No such order, or the code is no longer valid.";
    let body = fill(
        r#"<div class="top">{{channel}}</div><section class="card"><p class="note">{{text}}</p>
<a class="button cancel" href="/wallet">全部订单 All orders</a></section>"#,
        &[("channel", channel_name(channel)), ("text", text)],
    );
    respond(StatusCode::NOT_FOUND, channel_name(channel), channel.word(), &body)
}

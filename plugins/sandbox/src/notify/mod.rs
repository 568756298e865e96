//! Notifications to the merchant: what is said, to whom, how often, and what came of it.

mod delivery;
mod outbox;
mod post;
mod schedule;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::books::{Channel, Order, Refund, Transfer};
use crate::fault::{Class, Fault, FaultKind, Operation};
use crate::shared::Shared;

pub(crate) use delivery::Sent;
use outbox::NewNotice;
pub(crate) use outbox::Outbox;
pub use outbox::{MAX_NOTIFICATIONS, NoticeKind, NoticeState, NotificationView, TryView};
pub(crate) use post::{Fetched, Post, Posting};

/// What a wrong notification adds to the true amount, in fen.
const SKEW_FEN: i64 = 1;

/// What is said on every try; time, nonce and signature are fresh each time.
#[derive(Clone)]
pub(crate) enum Statement {
    Alipay(BTreeMap<String, String>),
    Wechat(crate::wechat::Event),
}

/// Tells of a payment, if the order asked for it.
pub(crate) fn paid(shared: &Arc<Shared>, order: &Order) {
    let Some(url) = order.notify_url.clone() else { return };
    let fault = fault(shared, order);
    let skew = skew(fault.as_ref());
    let statement = match order.channel {
        Channel::Alipay => Statement::Alipay(crate::alipay::paid(shared, order, skew)),
        Channel::Wechat => Statement::Wechat(crate::wechat::paid(shared, order, skew)),
    };
    let notice = NewNotice::of(NoticeKind::Payment, order, None, url);
    delivery::start(shared, notice, statement, fault);
}

/// Tells of orders that were paid together, in the name of one of them.
pub(crate) fn told(shared: &Arc<Shared>, order: &Order, url: String, event: crate::wechat::Event) {
    let fault = fault(shared, order);
    let notice = NewNotice::of(NoticeKind::Payment, order, None, url);
    delivery::start(shared, notice, Statement::Wechat(event), fault);
}

/// Tells of a refund: Alipay to the payment's address, WeChat Pay to the refund's own.
pub(crate) fn refunded(shared: &Arc<Shared>, order: &Order, refund: &Refund) {
    let url = match order.channel {
        Channel::Alipay => order.notify_url.clone(),
        Channel::Wechat => refund.notify_url.clone(),
    };
    let Some(url) = url else { return };
    let fault = fault(shared, order);
    let skew = skew(fault.as_ref());
    let statement = match order.channel {
        Channel::Alipay => Statement::Alipay(crate::alipay::refunded(shared, order, refund, skew)),
        Channel::Wechat => Statement::Wechat(crate::wechat::refunded(shared, order, refund, skew)),
    };
    let number = Some(refund.out_refund_no.clone());
    let notice = NewNotice::of(NoticeKind::Refund, order, number, url);
    delivery::start(shared, notice, statement, fault);
}

/// Tells of a transfer: Alipay to the application's own address, WeChat Pay to the transfer's.
pub(crate) fn transferred(shared: &Arc<Shared>, it: &Transfer) {
    let url = match it.channel {
        Channel::Alipay => shared.alipay.app_gateway(),
        Channel::Wechat => it.notify_url.clone(),
    };
    let Some(url) = url else { return };
    let number = Some(it.number.as_str());
    let fault = shared.faults().take(Class::Notification, it.channel, Operation::Notify, number);
    let skew = skew(fault.as_ref());
    let statement = match it.channel {
        Channel::Alipay => Statement::Alipay(crate::alipay::transferred(shared, it, skew)),
        Channel::Wechat => Statement::Wechat(crate::wechat::transferred(shared, it, skew)),
    };
    delivery::start(shared, NewNotice::of_transfer(it, url), statement, fault);
}

fn fault(shared: &Shared, order: &Order) -> Option<Fault> {
    let number = Some(order.out_trade_no.as_str());
    shared.faults().take(Class::Notification, order.channel, Operation::Notify, number)
}

fn skew(fault: Option<&Fault>) -> i64 {
    fault.map_or(0, |fault| if fault.kind == FaultKind::WrongAmount { SKEW_FEN } else { 0 })
}

//! JSON as merchants see it: the same shapes in answers, webhooks and the timeline.

use std::collections::BTreeMap;

use paymux_core::endpoint::EndpointState;
use paymux_core::payment::{
    Action, Attempt, Event, Notice, Payment, Refusal, Standing, State, Verdict,
};
use paymux_core::refund::{Refund, RefundFact, RefundState};
use paymux_core::{EventId, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::snapshot::Snapshot;

#[derive(Serialize)]
pub struct PaymentView<'a> {
    id: String,
    order_no: &'a str,
    status: &'static str,
    amount: i64,
    currency: &'static str,
    /// Given back for good.
    amount_refunded: i64,
    /// Asked back, and not yet decided.
    amount_refunding: i64,
    subject: &'a str,
    /// Of the attempt that is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<AttemptView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<ActionView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<RefusalView<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    closing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<&'a str>,
    created_at: String,
    expires_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
}

#[derive(Serialize)]
struct AttemptView<'a> {
    channel: &'a str,
    account: &'a str,
    out_trade_no: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_trade_no: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ActionView<'a> {
    QrCode { qr_code: &'a str },
    Redirect { url: &'a str },
    Form { url: &'a str, fields: &'a BTreeMap<String, String> },
    Invoke { parameters: &'a BTreeMap<String, String> },
    Confirm,
}

#[derive(Serialize)]
struct RefusalView<'a> {
    code: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
pub struct RefundView<'a> {
    id: String,
    payment_id: String,
    refund_no: &'a str,
    status: &'static str,
    amount: i64,
    currency: &'static str,
    cause: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    out_trade_no: String,
    out_refund_no: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_refund_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<RefusalView<'a>>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded_at: Option<String>,
}

#[derive(Serialize)]
struct EventView<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    /// Per payment: 1, 2, 3, …; the highest is the newest.
    version: u16,
    data: EventData<'a>,
}

#[derive(Serialize)]
struct EventData<'a> {
    payment: PaymentView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<RefundView<'a>>,
    /// The attempt the event is about, where it is not the payment's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    surplus: Option<AttemptView<'a>>,
}

/// Milliseconds in UTC, RFC 3339.
pub fn time(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    format!("{instant:.3}")
}

pub fn status(payment: &Payment) -> &'static str {
    match payment.state() {
        State::Created | State::InDoubt { .. } => "processing",
        State::Pending { .. } => "pending",
        State::Succeeded { .. } => "succeeded",
        State::Failed { .. } => "failed",
        State::Closed => "closed",
    }
}

pub fn payment<'a>(payment: &'a Payment, snapshot: &'a Snapshot) -> PaymentView<'a> {
    let order = &payment.order;
    let totals = payment.totals().ok();
    let shown = payment.shown();
    PaymentView {
        id: payment.id.to_string(),
        order_no: order.order_no.as_str(),
        status: status(payment),
        amount: order.amount.minor(),
        currency: order.amount.currency().code(),
        amount_refunded: totals.map_or(0, |it| it.refunded.minor()),
        amount_refunding: totals.map_or(0, |it| it.reserved.minor()),
        subject: &order.subject,
        method: shown.map(|it| it.way.method.name()),
        metadata: &order.metadata,
        attempt: shown.map(|it| attempt(it, snapshot)),
        action: shown.and_then(|it| action(payment, it)),
        failure: shown.and_then(|it| failure(payment, it)),
        closing: payment.closing.is_some() && payment.verdict == Verdict::Open,
        return_url: order.return_url.as_deref(),
        created_at: time(order.created_at),
        expires_at: time(order.expires_at),
        paid_at: paid_at(payment).map(time),
    }
}

fn attempt<'a>(attempt: &'a Attempt, snapshot: &'a Snapshot) -> AttemptView<'a> {
    AttemptView {
        channel: snapshot.kind_of(&attempt.account),
        account: attempt.account.as_str(),
        out_trade_no: attempt.id.to_string(),
        channel_trade_no: attempt.receipt.as_ref().map(|it| it.channel_trade_no.as_str()),
    }
}

/// What the payer can still do; nothing, once the order is decided or closing.
fn action<'a>(payment: &Payment, attempt: &'a Attempt) -> Option<ActionView<'a>> {
    let open = matches!(payment.state(), State::Pending { .. }) && payment.closing.is_none();
    match attempt.action.as_ref().filter(|_| open && !attempt.superseded)? {
        Action::QrCode(qr_code) => Some(ActionView::QrCode { qr_code }),
        Action::Redirect(url) => Some(ActionView::Redirect { url }),
        Action::Form { url, fields } => Some(ActionView::Form { url, fields }),
        Action::Invoke(parameters) => Some(ActionView::Invoke { parameters }),
        Action::Confirm => Some(ActionView::Confirm),
    }
}

fn failure<'a>(payment: &Payment, attempt: &'a Attempt) -> Option<RefusalView<'a>> {
    match (&payment.verdict, &attempt.standing) {
        (Verdict::Failed { .. }, Standing::Refused(it)) => Some(refusal(it)),
        _ => None,
    }
}

fn refusal(refusal: &Refusal) -> RefusalView<'_> {
    RefusalView { code: &refusal.code, message: &refusal.message }
}

fn paid_at(payment: &Payment) -> Option<Timestamp> {
    match payment.state() {
        State::Succeeded { paid_at, .. } => Some(paid_at),
        State::Created
        | State::InDoubt { .. }
        | State::Pending { .. }
        | State::Failed { .. }
        | State::Closed => None,
    }
}

pub fn refund(refund: &Refund) -> RefundView<'_> {
    RefundView {
        id: refund.id.to_string(),
        payment_id: refund.id.payment.to_string(),
        refund_no: refund.refund_no.as_str(),
        status: refund.state.name(),
        amount: refund.amount.minor(),
        currency: refund.amount.currency().code(),
        cause: refund.cause.name(),
        reason: refund.reason.as_deref(),
        out_trade_no: refund.attempt.to_string(),
        out_refund_no: refund.id.out_refund_no(),
        channel_refund_no: refund.channel_refund_no.as_deref(),
        failure: match &refund.state {
            RefundState::Failed(it) | RefundState::Abnormal(it) => Some(self::refusal(it)),
            RefundState::InDoubt | RefundState::Processing | RefundState::Succeeded { .. } => None,
        },
        created_at: time(refund.created_at),
        succeeded_at: match refund.state {
            RefundState::Succeeded { at } => Some(time(at)),
            RefundState::InDoubt
            | RefundState::Processing
            | RefundState::Failed(_)
            | RefundState::Abnormal(_) => None,
        },
    }
}

/// The exact bytes of a merchant event, the same on every delivery.
pub fn event(
    payment: &Payment,
    number: u16,
    notice: Notice,
    at: Timestamp,
    snapshot: &Snapshot,
) -> Vec<u8> {
    let (about_refund, surplus) = match notice {
        Notice::PaymentSucceeded | Notice::PaymentFailed | Notice::PaymentClosed => (None, None),
        Notice::PaymentLatePaid { attempt } | Notice::PaymentDuplicatePaid { attempt } => {
            (None, payment.attempt(attempt))
        }
        Notice::RefundSucceeded { refund }
        | Notice::RefundFailed { refund }
        | Notice::RefundAbnormal { refund } => (payment.refund(refund), None),
    };
    let id = EventId { payment: payment.id, number };
    bytes(&EventView {
        id: id.to_string(),
        kind: notice.name(),
        timestamp: time(at),
        version: number,
        data: EventData {
            payment: self::payment(payment, snapshot),
            refund: about_refund.map(refund),
            surplus: surplus.map(|it| attempt(it, snapshot)),
        },
    })
}

#[derive(Serialize)]
struct EndpointEventView<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: String,
    version: u16,
    data: EndpointEventData<'a>,
}

#[derive(Serialize)]
struct EndpointEventData<'a> {
    endpoint: EndpointView<'a>,
}

#[derive(Serialize)]
pub struct EndpointView<'a> {
    id: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
}

pub fn endpoint(state: &EndpointState) -> EndpointView<'_> {
    EndpointView {
        id: state.endpoint.as_str(),
        status: if state.is_enabled() { "enabled" } else { "disabled" },
        reason: state.disabled.map(|it| it.reason.name()),
        disabled_at: state.disabled.map(|it| time(it.at)),
        failing_since: state.failing_since.map(time),
    }
}

/// What the merchant's other endpoints are told.
pub fn endpoint_event(id: EventId, kind: &str, state: &EndpointState, at: Timestamp) -> Vec<u8> {
    bytes(&EndpointEventView {
        id: id.to_string(),
        kind,
        timestamp: time(at),
        version: id.number,
        data: EndpointEventData { endpoint: endpoint(state) },
    })
}

/// One event in the timeline: facts without secrets and without the payer's code.
pub fn detail(event: &Event) -> Value {
    match event {
        Event::Dispatched { attempt, account, way, .. } => json!({
            "out_trade_no": attempt.to_string(),
            "account": account.as_str(),
            "method": way.method.name(),
        }),
        Event::Resent { attempt }
        | Event::Accepted { attempt, .. }
        | Event::Unsent { attempt }
        | Event::Reversing { attempt }
        | Event::Returned { attempt, .. }
        | Event::Superseded { attempt }
        | Event::Closed { attempt } => json!({ "out_trade_no": attempt.to_string() }),
        Event::Refused { attempt, refusal } => json!({
            "out_trade_no": attempt.to_string(), "code": refusal.code, "message": refusal.message
        }),
        Event::Paid { attempt, receipt } | Event::StillPaid { attempt, receipt, .. } => json!({
            "out_trade_no": attempt.to_string(),
            "channel_trade_no": receipt.channel_trade_no,
            "amount": receipt.amount.minor(),
            "paid_at": time(receipt.paid_at),
        }),
        Event::CloseRequested { reason } => json!({ "reason": close_reason(*reason) }),
        Event::RefundRequested { refund_no, amount, .. } => {
            json!({ "refund_no": refund_no.as_str(), "amount": amount.minor() })
        }
        Event::RefundResent { refund } | Event::RefundUnsent { refund } => json!({
            "refund_id": refund.to_string(), "out_refund_no": refund.out_refund_no(),
        }),
        Event::Refund { refund, fact } => json!({
            "refund_id": refund.to_string(), "out_refund_no": refund.out_refund_no(),
            "code": refund_code(fact),
        }),
    }
}

fn close_reason(reason: paymux_core::payment::CloseReason) -> &'static str {
    use paymux_core::payment::CloseReason;
    match reason {
        CloseReason::Merchant => "merchant",
        CloseReason::Expired => "expired",
        CloseReason::Channel => "channel",
    }
}

fn refund_code(fact: &RefundFact) -> Option<&str> {
    match fact {
        RefundFact::Accepted { .. } | RefundFact::Succeeded { .. } => None,
        RefundFact::Refused(refusal)
        | RefundFact::Closed(refusal)
        | RefundFact::Abnormal(refusal) => Some(&refusal.code),
    }
}

/// A view as JSON bytes.
pub fn bytes<T: Serialize>(view: &T) -> Vec<u8> {
    serde_json::to_vec(view).expect("a view has string keys and no failing parts")
}

//! JSON as merchants see it: the same shapes in answers, webhooks and the timeline.

mod detail;
mod endpoint;
mod event;
mod part;
mod reconciliation;
mod settlement;
mod shape;
mod split;
mod transfer;

use std::collections::BTreeMap;

use paymux_core::payment::{Action, Attempt, PartNo, Payment, Refusal, Standing, State, Verdict};
use paymux_core::refund::{Refund, RefundState};
use paymux_core::{PlateId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

pub use detail::detail;
pub use endpoint::{EndpointEventView, EndpointView, endpoint, endpoint_event};
pub use event::{EventView, event};
use part::PartView;
pub use reconciliation::{Counts, ReconciliationEventView, reconciliation_event};
pub use settlement::{
    EntryView, SETTLEMENT_HEAD, SettlementEventView, SettlementView, settlement, settlement_detail,
    settlement_entry, settlement_event, settlement_line,
};
pub use split::{ReceiverView, SplitView, receiver, split};
pub use transfer::{TransferEventView, TransferView, transfer, transfer_detail, transfer_event};

use crate::snapshot::Snapshot;

/// An order of a merchant, and what became of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Payment)]
pub struct PaymentView<'a> {
    #[schema(schema_with = shape::payment_id)]
    id: String,
    #[schema(schema_with = shape::order_no)]
    order_no: &'a str,
    #[schema(schema_with = shape::payment_status)]
    status: &'static str,
    #[schema(schema_with = shape::amount)]
    amount: i64,
    #[schema(schema_with = shape::currency)]
    currency: &'static str,
    /// Given back for good.
    amount_refunded: i64,
    /// Asked back, and not yet decided.
    amount_refunding: i64,
    /// What you pay for it: computed once, when the money came. Absent where you pay nothing.
    #[schema(nullable = false, required = false, example = 5)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<i64>,
    /// What of the fee went back with refunds.
    #[schema(nullable = false, required = false, example = 0)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_returned: Option<i64>,
    /// What is left for you: what came, less refunds, less the fee that was not returned.
    #[schema(nullable = false, required = false, example = 883)]
    #[serde(skip_serializing_if = "Option::is_none")]
    net: Option<i64>,
    #[schema(example = "Jasmine tea")]
    subject: &'a str,
    /// Where it is of several orders, which are paid at once.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<PartView<'a>>,
    /// Of the attempt that is shown.
    #[schema(schema_with = shape::method, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    /// The code plate at which it was made.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    plate: Option<&'a str>,
    /// As it was sent with the order.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'a BTreeMap<String, String>,
    /// The try at a channel that is shown: the paid one, or the last.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<AttemptView<'a>>,
    /// What the payer's side does next; only while the payment is `pending`.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<ActionView<'a>>,
    /// Why the payment failed.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<RefusalView<'a>>,
    /// Whether it is being closed; left out where it is not.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    closing: bool,
    /// Where the payer's browser goes afterwards.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    return_url: Option<&'a str>,
    #[schema(schema_with = shape::time)]
    created_at: String,
    #[schema(schema_with = shape::time)]
    expires_at: String,
    #[schema(schema_with = shape::time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    paid_at: Option<String>,
}

/// One try at one account.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
struct AttemptView<'a> {
    #[schema(example = "alipay")]
    channel: &'a str,
    /// As the operator named it.
    #[schema(example = "alipay-main")]
    account: &'a str,
    /// What the channel knows it by.
    #[schema(schema_with = shape::out_trade_no)]
    out_trade_no: String,
    /// The channel's own number, once it is paid.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_trade_no: Option<&'a str>,
}

/// What the payer's side does next, by its `type`.
#[derive(Serialize, ToSchema)]
#[schema(as = Action)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ActionView<'a> {
    /// A page of ours: send the payer's browser there, or show it as a QR code.
    Cashier { url: String },
    /// Show it as a QR code, which the payer scans with the wallet.
    QrCode { qr_code: &'a str },
    /// Send the payer's browser there.
    Redirect { url: &'a str },
    /// Send the payer's browser there, by POST with these fields.
    Form { url: &'a str, fields: &'a BTreeMap<String, String> },
    /// Hand these to the wallet: its SDK in an app, its call in a page or mini program.
    Invoke { parameters: &'a BTreeMap<String, String> },
    /// The payer confirms in the wallet, with a password for instance.
    Confirm,
}

/// A channel's own words.
#[derive(Serialize, ToSchema)]
#[schema(as = Failure)]
struct RefusalView<'a> {
    #[schema(example = "ACQ.TRADE_HAS_CLOSE")]
    code: &'a str,
    message: &'a str,
}

/// Money that goes back to the payer.
#[derive(Serialize, ToSchema)]
#[schema(as = Refund)]
pub struct RefundView<'a> {
    #[schema(schema_with = shape::refund_id)]
    id: String,
    #[schema(schema_with = shape::payment_id)]
    payment_id: String,
    /// Which part it is of, where the payment has parts.
    #[schema(nullable = false, required = false, example = 1)]
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<u8>,
    #[schema(schema_with = shape::order_no)]
    refund_no: &'a str,
    #[schema(schema_with = shape::refund_status)]
    status: &'static str,
    #[schema(schema_with = shape::amount)]
    amount: i64,
    #[schema(schema_with = shape::currency)]
    currency: &'static str,
    #[schema(schema_with = shape::refund_cause)]
    cause: &'static str,
    /// As the payer reads it.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// Of the attempt whose money it is, or of its part.
    #[schema(schema_with = shape::refunded_out_trade_no)]
    out_trade_no: String,
    #[schema(schema_with = shape::out_refund_no)]
    out_refund_no: String,
    /// The channel's own number.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_refund_no: Option<&'a str>,
    /// Why it failed, or needs a person.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<RefusalView<'a>>,
    #[schema(schema_with = shape::time)]
    created_at: String,
    #[schema(schema_with = shape::time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded_at: Option<String>,
}

/// Milliseconds in UTC, RFC 3339.
pub fn time(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    format!("{instant:.3}")
}

/// All that [`status`] may say.
pub const STATUSES: [&str; 5] = ["processing", "pending", "succeeded", "failed", "closed"];

pub fn status(payment: &Payment) -> &'static str {
    match payment.state() {
        // Its payer has not chosen yet, or may choose again.
        State::Created if payment.order.cashier.is_some() => "pending",
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
    let (shown, cashier) = (payment.shown(), order.cashier.as_ref());
    let fee = Some(payment.fee_taken().minor()).filter(|it| *it > 0);
    PaymentView {
        id: payment.id.to_string(),
        order_no: order.order_no.as_str(),
        status: status(payment),
        amount: order.amount.minor(),
        currency: order.amount.currency().code(),
        amount_refunded: totals.map_or(0, |it| it.refunded.minor()),
        amount_refunding: totals.map_or(0, |it| it.reserved.minor()),
        fee,
        fee_returned: fee.map(|_| payment.fee_returned().minor()),
        net: fee.map(|_| payment.net()),
        subject: &order.subject,
        parts: order.part_numbers().filter_map(|it| part::part(payment, it)).collect(),
        method: shown.map(|it| it.way.method.name()).or(cashier.map(|_| "cashier")),
        plate: cashier.and_then(|it| it.plate.as_ref()).map(PlateId::as_str),
        metadata: &order.metadata,
        attempt: shown.map(|it| attempt(it, snapshot)),
        action: cashier.map_or_else(
            || shown.and_then(|it| action(payment, it)),
            |_| cashier_action(payment, snapshot),
        ),
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

/// The same page, whatever was begun on it.
fn cashier_action(payment: &Payment, snapshot: &Snapshot) -> Option<ActionView<'static>> {
    let open = payment.verdict == Verdict::Open && payment.closing.is_none();
    let cashier = snapshot.cashier.as_ref().filter(|_| open)?;
    Some(ActionView::Cashier { url: cashier.payment_url(payment.id) })
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
        part: refund.part.map(PartNo::number),
        refund_no: refund.refund_no.as_str(),
        status: refund.state.name(),
        amount: refund.amount.minor(),
        currency: refund.amount.currency().code(),
        cause: refund.cause.name(),
        reason: refund.reason.as_deref(),
        out_trade_no: refund.out_trade_no(),
        out_refund_no: refund.number().out_refund_no(),
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

/// A view as JSON bytes.
pub fn bytes<T: Serialize>(view: &T) -> Vec<u8> {
    serde_json::to_vec(view).expect("a view has string keys and no failing parts")
}

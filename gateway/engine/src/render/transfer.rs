//! A transfer as merchants see it: its payee in part alone.

use paymux_core::payment::Refusal;
use paymux_core::transfer::{Event, Fact, Notice, State, Transfer};
use paymux_core::{EventId, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{RefusalView, bytes, refusal, shape, time};

/// Money paid out.
#[derive(Serialize, ToSchema)]
#[schema(as = Transfer)]
pub struct TransferView<'a> {
    #[schema(schema_with = shape::transfer_id)]
    id: String,
    #[schema(schema_with = shape::order_no)]
    transfer_no: &'a str,
    #[schema(schema_with = shape::transfer_status)]
    status: &'static str,
    /// As the operator named it.
    #[schema(example = "alipay-main")]
    account: &'a str,
    #[schema(schema_with = shape::amount)]
    amount: i64,
    #[schema(schema_with = shape::currency)]
    currency: &'static str,
    #[schema(schema_with = shape::transfer_type)]
    #[serde(rename = "type")]
    kind: &'static str,
    payee: PayeeView,
    /// What the payee reads of it.
    #[schema(example = "Commission of September")]
    title: &'a str,
    /// What the channel knows it by.
    #[schema(schema_with = shape::out_bill_no)]
    out_bill_no: String,
    /// The channel's own number, once it is known.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_transfer_no: Option<&'a str>,
    /// Hand it to the wallet, in which the payee says yes; only while it is `awaiting_payee`.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    package_info: Option<&'a str>,
    /// Whether it is being taken back; left out where it is not.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cancelling: bool,
    /// Why nobody was paid, or why the money came back.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<RefusalView<'a>>,
    #[schema(schema_with = shape::time)]
    created_at: String,
    #[schema(schema_with = shape::time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded_at: Option<String>,
}

/// Who is paid.
#[derive(Serialize, ToSchema)]
#[schema(as = Payee)]
struct PayeeView {
    #[schema(schema_with = shape::payee_type)]
    #[serde(rename = "type")]
    kind: &'static str,
    /// In part, where it is a card or a log-in.
    #[schema(example = "***************4567")]
    account: String,
}

/// An event about a transfer.
#[derive(Serialize, ToSchema)]
#[schema(as = TransferEvent)]
pub struct TransferEventView<'a> {
    #[schema(schema_with = shape::event_id)]
    id: String,
    #[schema(schema_with = shape::transfer_notice)]
    #[serde(rename = "type")]
    kind: &'static str,
    #[schema(schema_with = shape::time)]
    timestamp: String,
    /// Counts the transfer's events, from 1.
    version: u16,
    data: TransferData<'a>,
}

#[derive(Serialize, ToSchema)]
struct TransferData<'a> {
    transfer: TransferView<'a>,
}

pub fn transfer(it: &Transfer) -> TransferView<'_> {
    let package = match &it.state {
        State::Waiting { package } => package.as_deref(),
        State::Held
        | State::InDoubt
        | State::Processing
        | State::Refused(_)
        | State::Succeeded { .. }
        | State::Failed(_)
        | State::Returned(_)
        | State::Abnormal(_) => None,
    };
    TransferView {
        id: it.id.to_string(),
        transfer_no: it.transfer_no.as_str(),
        status: it.state.name(),
        account: it.account.as_str(),
        amount: it.amount.minor(),
        currency: it.amount.currency().code(),
        kind: it.kind.name(),
        payee: PayeeView { kind: it.payee.kind.name(), account: it.payee.shown() },
        title: &it.title,
        out_bill_no: it.id.out_bill_no(),
        channel_transfer_no: it.channel_transfer_no.as_deref(),
        package_info: package,
        cancelling: it.cancelling && it.state.is_open(),
        failure: failure(&it.state).map(refusal),
        created_at: time(it.created_at),
        succeeded_at: match it.state {
            State::Succeeded { at } => Some(time(at)),
            State::Held
            | State::InDoubt
            | State::Processing
            | State::Refused(_)
            | State::Waiting { .. }
            | State::Failed(_)
            | State::Returned(_)
            | State::Abnormal(_) => None,
        },
    }
}

fn failure(state: &State) -> Option<&Refusal> {
    match state {
        State::Failed(it) | State::Returned(it) | State::Abnormal(it) => Some(it),
        State::Held
        | State::InDoubt
        | State::Processing
        | State::Refused(_)
        | State::Waiting { .. }
        | State::Succeeded { .. } => None,
    }
}

/// The exact bytes of an event; every delivery of it sends these.
pub fn transfer_event(it: &Transfer, number: u16, notice: Notice, at: Timestamp) -> Vec<u8> {
    let id = EventId { payment: it.id.root(), number };
    bytes(&TransferEventView {
        id: id.to_string(),
        kind: notice.name(),
        timestamp: time(at),
        version: number,
        data: TransferData { transfer: transfer(it) },
    })
}

/// One event in the timeline: facts, and nothing of the payee.
pub fn transfer_detail(event: &Event) -> Value {
    match event {
        Event::Judged { by, .. } => json!({ "by": by }),
        Event::Sent | Event::Unsent | Event::CancelRequested => json!({}),
        Event::Unfound { .. } | Event::Unheard => json!({}),
        Event::Told(Fact::Accepted { channel_transfer_no })
        | Event::Told(Fact::Waiting { channel_transfer_no, .. }) => {
            json!({ "channel_transfer_no": channel_transfer_no })
        }
        Event::Told(Fact::Succeeded { amount, channel_transfer_no, at }) => json!({
            "channel_transfer_no": channel_transfer_no,
            "amount": amount.minor(),
            "at": time(*at),
        }),
        Event::Told(Fact::Refused(it) | Fact::Closed(it) | Fact::Returned(it)) => {
            json!({ "code": it.code, "message": it.message })
        }
    }
}

//! A split as merchants see it.

use paymux_core::payment::Refusal;
use paymux_core::split::{Kind, Line, LineState, Receiver, ReceiverKind, Split, State};
use paymux_store::Binding;
use serde::Serialize;
use utoipa::ToSchema;

use super::{RefusalView, refusal, shape, time};

/// Money of a payment that goes to others, its finish, or what comes back.
#[derive(Serialize, ToSchema)]
#[schema(as = Split)]
pub struct SplitView<'a> {
    #[schema(schema_with = shape::split_id)]
    id: String,
    #[schema(schema_with = shape::payment_id)]
    payment_id: String,
    #[schema(schema_with = shape::order_no)]
    split_no: &'a str,
    #[schema(schema_with = shape::split_type)]
    #[serde(rename = "type")]
    kind: &'static str,
    #[schema(schema_with = shape::split_status)]
    status: &'static str,
    /// Whether the rest of the payment is yours behind it.
    finish: bool,
    /// The split whose share comes back.
    #[schema(schema_with = shape::split_id, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    returns: Option<String>,
    receivers: Vec<LineView<'a>>,
    /// What the channel shows of it.
    #[schema(example = "Commission")]
    description: &'a str,
    /// What the channel knows it by.
    #[schema(schema_with = shape::out_order_no)]
    out_order_no: String,
    /// The channel's own number, once it is known.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_split_no: Option<&'a str>,
    /// Why nothing of it moved.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<RefusalView<'a>>,
    #[schema(schema_with = shape::time)]
    created_at: String,
    /// When it was over.
    #[schema(schema_with = shape::time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

/// One receiver's share.
#[derive(Serialize, ToSchema)]
#[schema(as = SplitReceiver)]
struct LineView<'a> {
    #[schema(schema_with = shape::order_no)]
    receiver_no: &'a str,
    #[schema(schema_with = shape::receiver_type)]
    #[serde(rename = "type")]
    kind: &'static str,
    /// In part, where it is a log-in.
    #[schema(example = "1900000109")]
    account: String,
    #[schema(schema_with = shape::amount)]
    amount: i64,
    #[schema(schema_with = shape::currency)]
    currency: &'static str,
    #[schema(schema_with = shape::line_status)]
    status: &'static str,
    /// Why nobody got it.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<RefusalView<'a>>,
    #[schema(schema_with = shape::time, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded_at: Option<String>,
}

pub fn split(it: &Split) -> SplitView<'_> {
    SplitView {
        id: it.id.to_string(),
        payment_id: it.id.payment.to_string(),
        split_no: it.split_no.as_str(),
        kind: it.kind.name(),
        status: it.status(),
        finish: it.kind.finishes(),
        returns: match it.kind {
            Kind::Return { of, .. } => Some(of.to_string()),
            Kind::Share { .. } | Kind::Finish => None,
        },
        receivers: it.lines.iter().map(line).collect(),
        description: &it.description,
        out_order_no: it.id.out_order_no(),
        channel_split_no: it.channel_split_no.as_deref(),
        failure: failure(&it.state).map(refusal),
        created_at: time(it.created_at),
        ended_at: match it.state {
            State::Ended { at } => Some(time(at)),
            State::InDoubt | State::Processing | State::Closed(_) | State::Abnormal(_) => None,
        },
    }
}

const fn failure(state: &State) -> Option<&Refusal> {
    match state {
        State::Closed(it) | State::Abnormal(it) => Some(it),
        State::InDoubt | State::Processing | State::Ended { .. } => None,
    }
}

fn line(it: &Line) -> LineView<'_> {
    let (failure, succeeded_at) = match &it.state {
        LineState::Pending => (None, None),
        LineState::Succeeded { at } => (None, Some(time(*at))),
        LineState::Closed(refusal) => (Some(self::refusal(refusal)), None),
    };
    LineView {
        receiver_no: it.receiver_no.as_str(),
        kind: it.receiver.kind.name(),
        account: shown(&it.receiver),
        amount: it.amount.minor(),
        currency: it.amount.currency().code(),
        status: it.state.name(),
        failure,
        succeeded_at,
    }
}

/// A log-in is a telephone number or a mail address: its ends alone.
fn shown(receiver: &Receiver) -> String {
    let all: Vec<char> = receiver.account.chars().collect();
    if receiver.kind != ReceiverKind::LoginName {
        return receiver.account.clone();
    }
    let (head, tail) = if all.len() < 10 { (0, 0) } else { (3, 2) };
    let hidden = "*".repeat(all.len() - head - tail);
    let end: String = all[all.len() - tail..].iter().collect();
    all[..head].iter().collect::<String>() + &hidden + &end
}

/// Somebody who may get shares.
#[derive(Serialize, ToSchema)]
#[schema(as = Receiver)]
pub struct ReceiverView<'a> {
    #[schema(schema_with = shape::order_no)]
    receiver_no: &'a str,
    /// To whose payments it is bound.
    #[schema(example = "wechat-main")]
    account: &'a str,
    #[schema(schema_with = shape::receiver_type)]
    #[serde(rename = "type")]
    kind: &'static str,
    /// In part, where it is a log-in.
    #[schema(example = "1900000110")]
    receiver: String,
    #[schema(example = "supplier")]
    relation: &'a str,
    /// Whether it may get shares now.
    bound: bool,
    #[schema(schema_with = shape::time)]
    changed_at: String,
}

pub fn receiver(it: &Binding) -> ReceiverView<'_> {
    ReceiverView {
        receiver_no: it.receiver_no.as_str(),
        account: it.account.as_str(),
        kind: it.receiver.kind.name(),
        receiver: shown(&it.receiver),
        relation: &it.relation,
        bound: it.bound,
        changed_at: time(it.changed_at),
    }
}

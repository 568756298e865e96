//! A payment's splits as text.

use paymux_core::payment::Refusal;
use paymux_core::split::{Kind, Line, LineState, Receiver, ReceiverKind, Split, State};
use paymux_core::{AttemptId, Money, OrderNo, SplitId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{RefusalRecord, field};

#[derive(Serialize, Deserialize)]
#[serde(remote = "Split", deny_unknown_fields)]
pub(super) struct SplitRecord {
    #[serde(with = "field::text")]
    id: SplitId,
    #[serde(with = "field::text")]
    attempt: AttemptId,
    #[serde(with = "field::text")]
    split_no: OrderNo,
    #[serde(with = "KindRecord")]
    kind: Kind,
    #[serde(with = "field::lines")]
    lines: Vec<Line>,
    description: String,
    #[serde(with = "StateRecord")]
    state: State,
    #[serde(deserialize_with = "Option::deserialize")]
    channel_split_no: Option<String>,
    #[serde(with = "field::timestamp")]
    created_at: Timestamp,
    sends: u16,
    #[serde(with = "field::timestamp")]
    sent_at: Timestamp,
    #[serde(with = "field::digest")]
    fingerprint: [u8; 32],
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Kind", rename_all = "snake_case", deny_unknown_fields)]
enum KindRecord {
    Share {
        finish: bool,
    },
    Finish,
    Return {
        #[serde(with = "field::text")]
        of: SplitId,
        line: u16,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "State", rename_all = "snake_case", deny_unknown_fields)]
enum StateRecord {
    InDoubt,
    Processing,
    Ended {
        #[serde(with = "field::timestamp")]
        at: Timestamp,
    },
    Closed(#[serde(with = "RefusalRecord")] Refusal),
    Abnormal(#[serde(with = "RefusalRecord")] Refusal),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Line", deny_unknown_fields)]
pub(super) struct LineRecord {
    #[serde(with = "field::text")]
    receiver_no: OrderNo,
    #[serde(with = "ReceiverRecord")]
    receiver: Receiver,
    #[serde(with = "field::money")]
    amount: Money,
    #[serde(with = "LineStateRecord")]
    state: LineState,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "LineState", rename_all = "snake_case", deny_unknown_fields)]
enum LineStateRecord {
    Pending,
    Succeeded {
        #[serde(with = "field::timestamp")]
        at: Timestamp,
    },
    Closed(#[serde(with = "RefusalRecord")] Refusal),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Receiver", deny_unknown_fields)]
struct ReceiverRecord {
    #[serde(with = "ReceiverKindRecord")]
    kind: ReceiverKind,
    account: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ReceiverKind", rename_all = "snake_case")]
enum ReceiverKindRecord {
    Merchant,
    OpenId,
    SubOpenId,
    UserId,
    LoginName,
}

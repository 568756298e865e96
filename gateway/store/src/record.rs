//! A payment as text: the JSON in the `record` column.
//!
//! The twins below are checked against the core types by the compiler, field by field and variant
//! by variant. Reading is strict: a field too many, a field missing or an unknown word is an
//! error, since whatever this binary does not understand must not be written back without it.
//!
//! A field that is added later has a default, by which older records are read, and is left out
//! while it has that default, so that older nodes read the record. One that holds more they
//! refuse: they leave it to newer nodes, as `docs/operating/rolling-upgrade.md` tells.

pub(crate) mod difference;
mod field;
pub(crate) mod settlement;
mod split;
pub(crate) mod transfer;

use std::collections::BTreeMap;
use std::time::Duration;

use paymux_core::fee::{Fee, OnRefund, Terms};
use paymux_core::payment::{
    Action, Attempt, AuthCode, Cashier, CloseReason, Door, Method, Order, Part, PartNo, Payer,
    Payment, Policy, Receipt, Refusal, Report, Standing, Surplus, TillTimes, Verdict, Way,
};
use paymux_core::refund::{Cause, End, Refund, RefundState};
use paymux_core::split::{Line, Split};
use paymux_core::trace::Trace;
use paymux_core::{
    AccountId, AttemptId, EndpointId, MerchantId, Money, OrderNo, PaymentId, PlateId, RefundId,
    Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{Read, StoreError};
use split::{LineRecord, SplitRecord};

pub(crate) fn encode(payment: &Payment) -> Read<String> {
    let mut text = vec![];
    let mut json = serde_json::Serializer::new(&mut text);
    PaymentRecord::serialize(payment, &mut json).map_err(|it| fault("write", &it))?;
    String::from_utf8(text).map_err(|_| StoreError("JSON is UTF-8".into()))
}

pub(crate) fn decode(text: &str) -> Read<Payment> {
    let mut json = serde_json::Deserializer::from_str(text);
    let payment = PaymentRecord::deserialize(&mut json);
    let payment = payment.and_then(|it| json.end().map(|()| it));
    payment.map_err(|it| fault("read", &it))
}

/// Says where, and never what: the text is a payer's and a merchant's.
pub(super) fn fault(verb: &str, error: &serde_json::Error) -> StoreError {
    let (kind, line, column) = (error.classify(), error.line(), error.column());
    // What is well-formed and not understood was, most likely, written by a later version.
    let newer = if error.is_data() { "; is it of a newer version?" } else { "" };
    StoreError(format!("cannot {verb} a record: {kind:?} at {line}:{column}{newer}"))
}

/// Of a record that does not count a refund's sends: a refusal may be of a second one, so it
/// releases no money.
const fn perhaps_sent_twice() -> u16 {
    2
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it so")]
const fn is_zero(it: &u16) -> bool {
    *it == 0
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Payment", deny_unknown_fields)]
struct PaymentRecord {
    #[serde(with = "field::text")]
    id: PaymentId,
    #[serde(with = "OrderRecord")]
    order: Order,
    #[serde(with = "field::attempts")]
    attempts: Vec<Attempt>,
    #[serde(with = "field::refunds")]
    refunds: Vec<Refund>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "field::splits")]
    splits: Vec<Split>,
    #[serde(with = "VerdictRecord")]
    verdict: Verdict,
    #[serde(with = "field::closing")]
    closing: Option<CloseReason>,
    events: u16,
    version: u64,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::trace")]
    trace: Option<Trace>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Order", deny_unknown_fields)]
struct OrderRecord {
    #[serde(with = "field::text")]
    merchant: MerchantId,
    #[serde(with = "field::text")]
    order_no: OrderNo,
    #[serde(with = "field::money")]
    amount: Money,
    subject: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "field::parts")]
    parts: Vec<Part>,
    metadata: BTreeMap<String, String>,
    #[serde(deserialize_with = "Option::deserialize")]
    return_url: Option<String>,
    #[serde(with = "field::timestamp")]
    created_at: Timestamp,
    #[serde(with = "field::timestamp")]
    expires_at: Timestamp,
    #[serde(with = "PolicyRecord")]
    policy: Policy,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::cashier")]
    cashier: Option<Cashier>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::door")]
    door: Option<Door>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    splittable: bool,
    #[serde(with = "field::digest")]
    fingerprint: [u8; 32],
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Cashier", deny_unknown_fields)]
struct CashierRecord {
    #[serde(deserialize_with = "Option::deserialize")]
    channel: Option<String>,
    #[serde(with = "field::plate")]
    plate: Option<PlateId>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Door", deny_unknown_fields)]
struct DoorRecord {
    #[serde(with = "field::text")]
    name: EndpointId,
    #[serde(deserialize_with = "Option::deserialize")]
    notify_url: Option<String>,
    words: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Part", deny_unknown_fields)]
struct PartRecord {
    #[serde(with = "field::text")]
    account: AccountId,
    #[serde(with = "field::money")]
    amount: Money,
    subject: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Way", deny_unknown_fields)]
struct WayRecord {
    #[serde(with = "field::method")]
    method: Method,
    #[serde(deserialize_with = "Option::deserialize")]
    channel: Option<String>,
    #[serde(with = "PayerRecord")]
    payer: Payer,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TillTimes", deny_unknown_fields)]
struct TillTimesRecord {
    query_every: Duration,
    decide_after: Duration,
    reverse_after: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Report", deny_unknown_fields)]
struct ReportRecord {
    version: u64,
    #[serde(with = "field::timestamp")]
    ask_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Payer", deny_unknown_fields)]
struct PayerRecord {
    #[serde(deserialize_with = "Option::deserialize")]
    client_ip: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    openid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::auth_code")]
    auth_code: Option<AuthCode>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Policy", deny_unknown_fields)]
struct PolicyRecord {
    #[serde(with = "SurplusRecord")]
    duplicate: Surplus,
    #[serde(with = "SurplusRecord")]
    late: Surplus,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Surplus", rename_all = "snake_case")]
enum SurplusRecord {
    Refund,
    Accept,
    Flag,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Verdict", rename_all = "snake_case", deny_unknown_fields)]
enum VerdictRecord {
    Open,
    Succeeded {
        #[serde(with = "field::text")]
        attempt: AttemptId,
    },
    Failed {
        #[serde(with = "field::text")]
        attempt: AttemptId,
    },
    Closed,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CloseReason", rename_all = "snake_case")]
enum CloseReasonRecord {
    Merchant,
    Expired,
    Channel,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Attempt", deny_unknown_fields)]
struct AttemptRecord {
    #[serde(with = "field::text")]
    id: AttemptId,
    #[serde(with = "field::text")]
    account: AccountId,
    #[serde(with = "WayRecord")]
    way: Way,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::till")]
    till: Option<TillTimes>,
    #[serde(with = "StandingRecord")]
    standing: Standing,
    #[serde(with = "field::timestamp")]
    dispatched_at: Timestamp,
    sends: u16,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    superseded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::recheck")]
    recheck: Option<Report>,
    #[serde(with = "field::action")]
    action: Option<Action>,
    #[serde(with = "field::receipt")]
    receipt: Option<Receipt>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "field::fees")]
    fees: Vec<Fee>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Fee", deny_unknown_fields)]
struct FeeRecord {
    #[serde(with = "TermsRecord")]
    terms: Terms,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::some_money")]
    taken: Option<Money>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Terms", deny_unknown_fields)]
struct TermsRecord {
    rate_bp: u16,
    min: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<i64>,
    #[serde(with = "OnRefundRecord")]
    on_refund: OnRefund,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "OnRefund", rename_all = "snake_case")]
enum OnRefundRecord {
    Returned,
    Kept,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Standing", rename_all = "snake_case")]
enum StandingRecord {
    InDoubt,
    Pending,
    Reversing,
    Unsent,
    Abandoned,
    Refused(#[serde(with = "RefusalRecord")] Refusal),
    Closed,
    Paid,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Refusal", deny_unknown_fields)]
struct RefusalRecord {
    code: String,
    message: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Action", rename_all = "snake_case", deny_unknown_fields)]
enum ActionRecord {
    QrCode(String),
    Redirect(String),
    Form { url: String, fields: BTreeMap<String, String> },
    Invoke(BTreeMap<String, String>),
    Confirm,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Receipt", deny_unknown_fields)]
struct ReceiptRecord {
    #[serde(with = "field::money")]
    amount: Money,
    channel_trade_no: String,
    #[serde(with = "field::timestamp")]
    paid_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Refund", deny_unknown_fields)]
struct RefundRecord {
    #[serde(with = "field::text")]
    id: RefundId,
    #[serde(with = "field::text")]
    attempt: AttemptId,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::part_no")]
    part: Option<PartNo>,
    #[serde(with = "field::text")]
    refund_no: OrderNo,
    #[serde(with = "field::money")]
    amount: Money,
    #[serde(deserialize_with = "Option::deserialize")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::door")]
    door: Option<Door>,
    #[serde(with = "CauseRecord")]
    cause: Cause,
    #[serde(with = "RefundStateRecord")]
    state: RefundState,
    #[serde(deserialize_with = "Option::deserialize")]
    channel_refund_no: Option<String>,
    #[serde(with = "field::timestamp")]
    created_at: Timestamp,
    #[serde(default, skip_serializing_if = "is_zero")]
    round: u16,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::turn")]
    turn: Option<Timestamp>,
    #[serde(default = "perhaps_sent_twice")]
    sends: u16,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "field::ended")]
    ended: Option<End>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "End", rename_all = "snake_case")]
enum EndRecord {
    Refused,
    Closed,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Cause", rename_all = "snake_case")]
enum CauseRecord {
    Merchant,
    Duplicate,
    Late,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RefundState", rename_all = "snake_case", deny_unknown_fields)]
enum RefundStateRecord {
    InDoubt,
    Processing,
    Succeeded {
        #[serde(with = "field::timestamp")]
        at: Timestamp,
    },
    Failed(#[serde(with = "RefusalRecord")] Refusal),
    Abnormal(#[serde(with = "RefusalRecord")] Refusal),
}

#[cfg(test)]
mod tests;

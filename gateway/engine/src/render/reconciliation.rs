//! What merchants are told of a day that was compared with the bill of its channel.

use paymux_channel::china;
use paymux_core::{AccountId, EventId, Timestamp, route::Day};
use serde::Serialize;
use utoipa::ToSchema;

use super::{bytes, shape, time};

/// A day of yours at an account was compared with the channel's own bill.
#[derive(Serialize, ToSchema)]
#[schema(as = ReconciliationEvent)]
pub struct ReconciliationEventView<'a> {
    #[schema(schema_with = shape::event_id)]
    id: String,
    #[schema(schema_with = shape::reconciliation_notice)]
    #[serde(rename = "type")]
    kind: &'a str,
    #[schema(schema_with = shape::time)]
    timestamp: String,
    #[schema(minimum = 1)]
    version: u16,
    data: ReconciliationEventData<'a>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ReconciliationEventData)]
struct ReconciliationEventData<'a> {
    reconciliation: ReconciliationView<'a>,
}

/// Of your own payments and refunds alone.
#[derive(Serialize, ToSchema)]
#[schema(as = Reconciliation)]
struct ReconciliationView<'a> {
    /// As the operator named it.
    #[schema(example = "alipay-main")]
    account: &'a str,
    /// A date in China.
    #[schema(example = "2026-01-15")]
    day: Option<String>,
    /// What of our books was compared.
    payments: u64,
    refunds: u64,
    /// What differs: the operator decides about it.
    differences: u64,
    /// What the next day's bill may still have.
    waiting: u64,
}

/// What was counted of a merchant's day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub payments: u64,
    pub refunds: u64,
    pub differences: u64,
    pub waiting: u64,
}

pub fn reconciliation_event(
    id: EventId,
    kind: &str,
    (account, day): (&AccountId, Day),
    counts: Counts,
    at: Timestamp,
) -> Vec<u8> {
    let Counts { payments, refunds, differences, waiting } = counts;
    let (account, day) = (account.as_str(), china::date(day));
    let reconciliation =
        ReconciliationView { account, day, payments, refunds, differences, waiting };
    bytes(&ReconciliationEventView {
        id: id.to_string(),
        kind,
        timestamp: time(at),
        version: id.number,
        data: ReconciliationEventData { reconciliation },
    })
}

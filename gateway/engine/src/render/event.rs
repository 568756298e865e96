//! What merchants are told of a payment, and what is written of it for them.

use paymux_core::payment::{Notice, Payment};
use paymux_core::{EventId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::{AttemptView, PaymentView, RefundView, SplitView, attempt, bytes, shape, time};
use super::{refund, split};
use crate::snapshot::Snapshot;

/// What came true of a payment, with the whole payment as it was then.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentEvent)]
pub struct EventView<'a> {
    #[schema(schema_with = shape::event_id)]
    id: String,
    #[schema(schema_with = shape::notice)]
    #[serde(rename = "type")]
    kind: &'static str,
    #[schema(schema_with = shape::time)]
    timestamp: String,
    /// Per payment: 1, 2, 3, …; the highest is the newest.
    #[schema(minimum = 1)]
    version: u16,
    data: EventData<'a>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PaymentEventData)]
struct EventData<'a> {
    payment: PaymentView<'a>,
    /// The refund that the event is about.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<RefundView<'a>>,
    /// The split that the event is about.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    split: Option<SplitView<'a>>,
    /// The attempt the event is about, where it is not the payment's own.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    surplus: Option<AttemptView<'a>>,
}

/// The exact bytes of a merchant event, the same on every delivery.
pub fn event(
    payment: &Payment,
    number: u16,
    notice: Notice,
    at: Timestamp,
    snapshot: &Snapshot,
) -> Vec<u8> {
    let id = EventId { payment: payment.id, number };
    let surplus = notice.surplus().and_then(|it| payment.attempt(it));
    bytes(&EventView {
        id: id.to_string(),
        kind: notice.name(),
        timestamp: time(at),
        version: number,
        data: EventData {
            payment: super::payment(payment, snapshot),
            refund: notice.refund().and_then(|it| payment.refund(it)).map(refund),
            split: notice.split().and_then(|it| payment.split(it)).map(split),
            surplus: surplus.map(|it| attempt(it, snapshot)),
        },
    })
}

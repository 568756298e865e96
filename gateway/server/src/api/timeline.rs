//! `GET /v1/payments/{id}/timeline`: what happened to a payment, and who was told.

use axum::extract::State;
use http::StatusCode;
use paymux_core::PaymentId;
use paymux_core::delivery::{Delivery, DeliveryState};
use paymux_engine::Gateway;
use paymux_engine::problem::{self, Problem};
use paymux_engine::render;
use paymux_store::{Entry, Store};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

use super::extract::{Caller, Id};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

#[derive(Serialize, ToSchema)]
pub(crate) struct Timeline {
    /// Oldest first.
    pub(crate) data: Vec<EntryView>,
    pub(crate) deliveries: Vec<DeliveryView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Entry)]
pub(crate) struct EntryView {
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// What happened, such as `attempt.paid`.
    pub(crate) kind: String,
    /// Its facts, by its kind.
    #[schema(value_type = Object)]
    pub(crate) detail: Box<RawValue>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(crate) struct DeliveryView {
    #[schema(pattern = "^[a-z0-9_-]{1,40}$")]
    pub(crate) endpoint: String,
    pub(crate) event_id: String,
    #[schema(schema_with = delivery_status)]
    pub(crate) status: &'static str,
    pub(crate) attempts: u16,
}

/// Whether the endpoint has it.
pub(crate) fn delivery_status() -> Object {
    let names = DeliveryState::NAMES;
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
}

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<PaymentId>,
    _: NoQuery,
) -> Answer {
    api.gateway.owned(&merchant, id).await?;
    Ok(reply::json(StatusCode::OK, &of(&api.gateway, id).await?))
}

/// Whoever asks.
pub(crate) async fn of<S: Store>(gateway: &Gateway<S>, id: PaymentId) -> Result<Timeline, Problem> {
    let entries = gateway.store.timeline(id).await.map_err(reply::unreadable)?;
    let deliveries = gateway.store.deliveries(id).await.map_err(reply::unreadable)?;
    Ok(Timeline {
        data: entries.into_iter().map(entry).collect::<Result<_, _>>()?,
        deliveries: deliveries.iter().map(delivery).collect(),
    })
}

fn entry(entry: Entry) -> Result<EntryView, Problem> {
    let detail = RawValue::from_string(entry.detail).map_err(|_| {
        tracing::error!(payment_id = %entry.payment, "entry.damaged");
        Problem::new(problem::INTERNAL, "the timeline cannot be read")
    })?;
    Ok(EntryView { at: render::time(entry.at), kind: entry.kind, detail })
}

fn delivery(delivery: &Delivery) -> DeliveryView {
    DeliveryView {
        endpoint: delivery.id.endpoint.to_string(),
        event_id: delivery.id.event.to_string(),
        status: delivery.state.name(),
        attempts: delivery.attempts,
    }
}

pub(crate) fn describe() -> Operation {
    let text = "Requests, decisions, what the channel said, and who was told of it.";
    let told = json!({
        "data": [{
            "at": "2026-01-15T04:35:02.120Z",
            "kind": "attempt.paid",
            "detail": { "out_trade_no": example::TRADE_NO, "amount": 888 },
        }],
        "deliveries": [{
            "endpoint": "orders",
            "event_id": example::EVENT_ID,
            "status": "delivered",
            "attempts": 1,
        }],
    });
    Operation::new(Tag::Payments, "readTimeline", "Read a payment's timeline", text)
        .under("id", PaymentId::PATTERN, example::PAYMENT_ID)
        .gives::<Timeline>(200, "What happened, oldest first.", told)
}

//! `GET /v1/payments/{id}/timeline`: what happened to a payment, and who was told.

use axum::extract::State;
use http::StatusCode;
use paymux_core::PaymentId;
use paymux_core::delivery::{Delivery, DeliveryState};
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
struct Timeline {
    /// Oldest first.
    data: Vec<EntryView>,
    deliveries: Vec<DeliveryView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Entry)]
struct EntryView {
    #[schema(format = DateTime)]
    at: String,
    /// What happened, such as `attempt.paid`.
    kind: String,
    /// Its facts, by its kind.
    #[schema(value_type = Object)]
    detail: Box<RawValue>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(crate) struct DeliveryView {
    #[schema(pattern = "^[a-z0-9_-]{1,40}$")]
    endpoint: String,
    event_id: String,
    #[schema(schema_with = delivery_status)]
    status: &'static str,
    attempts: u16,
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
    let entries = api.gateway.store.timeline(id).await.map_err(reply::unreadable)?;
    let deliveries = api.gateway.store.deliveries(id).await.map_err(reply::unreadable)?;
    let timeline = Timeline {
        data: entries.into_iter().map(entry).collect::<Result<_, _>>()?,
        deliveries: deliveries.iter().map(delivery).collect(),
    };
    Ok(reply::json(StatusCode::OK, &timeline))
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

//! `GET /v1/payments/{id}/timeline`: what happened to a payment, and who was told.

use axum::extract::State;
use http::StatusCode;
use paymux_core::PaymentId;
use paymux_core::delivery::Delivery;
use paymux_engine::problem::{self, Problem};
use paymux_engine::render;
use paymux_store::{Entry, Store};
use serde::Serialize;
use serde_json::value::RawValue;

use super::extract::{Caller, Id};
use super::query::NoQuery;
use super::{Answer, Api, reply};

#[derive(Serialize)]
struct Timeline {
    /// Oldest first.
    data: Vec<EntryView>,
    deliveries: Vec<DeliveryView>,
}

#[derive(Serialize)]
struct EntryView {
    at: String,
    kind: String,
    detail: Box<RawValue>,
}

#[derive(Serialize)]
struct DeliveryView {
    endpoint: String,
    event_id: String,
    status: &'static str,
    attempts: u16,
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

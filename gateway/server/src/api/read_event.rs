//! `GET /v1/events/{id}`: the bytes that every delivery of it sends.

use axum::extract::State;
use http::StatusCode;
use paymux_core::EventId;
use paymux_store::Store;

use super::extract::{Caller, Id};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{AnyEvent, Operation, Tag, example};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<EventId>,
    _: NoQuery,
) -> Answer {
    let found = api.gateway.store.event(id).await.map_err(reply::unreadable)?;
    let event = found.filter(|it| it.merchant == merchant.id);
    let event = event.ok_or_else(|| reply::unknown("event"))?;
    Ok(reply::bytes(StatusCode::OK, event.payload))
}

pub(crate) fn describe() -> Operation {
    Operation::new(Tag::Events, "readEvent", "Read an event", "Byte for byte as it is delivered.")
        .under("id", EventId::PATTERN, example::EVENT_ID)
        .gives::<AnyEvent>(200, "The event.", example::event("payment.succeeded"))
}

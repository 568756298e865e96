//! `POST /v1/events/{id}/replay`: once more to every endpoint, or to `?endpoint=` alone.

use axum::extract::State;
use http::StatusCode;
use paymux_core::{EndpointId, EventId};
use paymux_store::Store;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::extract::{Caller, Id, NoPayload};
use super::query::Query;
use super::{Answer, Api, reply, timeline, values};
use crate::openapi::{Operation, Tag, example};

#[derive(Serialize, ToSchema)]
struct Replayed {
    event_id: String,
    endpoint: String,
    #[schema(schema_with = timeline::delivery_status)]
    status: &'static str,
}

/// It needs no key: the receiver knows the event by its `webhook-id`.
pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<EventId>,
    mut query: Query,
    _: NoPayload,
) -> Answer {
    let endpoint: Option<EndpointId> = query.optional("endpoint", |it| {
        it.parse().map_err(|_| "is not the id of an endpoint".to_owned())
    });
    query.finish()?;
    let deliveries = api.gateway.replay_event(&merchant, id, endpoint.as_ref(), None).await?;
    let replayed = |it: &paymux_core::delivery::Delivery| Replayed {
        event_id: it.id.event.to_string(),
        endpoint: it.id.endpoint.to_string(),
        status: it.state.name(),
    };
    let data = deliveries.iter().map(replayed).collect();
    Ok(reply::json(StatusCode::ACCEPTED, &reply::List { data }))
}

pub(crate) fn describe() -> Operation {
    let text = "Sends one event again, to all endpoints or to one, under the same `webhook-id`.";
    let one = json!({ "event_id": example::EVENT_ID, "endpoint": "orders", "status": "due" });
    Operation::new(Tag::Events, "replayEvent", "Send an event again", text)
        .under("id", EventId::PATTERN, example::EVENT_ID)
        .asks("endpoint", "To this endpoint alone.", values::pattern(EndpointId::PATTERN))
        .takes_nothing()
        .lists::<Replayed>(202, "On its way.", one)
}

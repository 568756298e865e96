//! Sending again: one event, or what an endpoint has missed in a time; and an event that only
//! shows how an endpoint answers.

use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use bytes::Bytes;
use http::StatusCode;
use paymux_core::delivery::{Delivery, DeliveryState};
use paymux_core::{EndpointId, EventId, MerchantId, PaymentId, Timestamp};
use paymux_engine::Gateway;
use paymux_engine::problem::Problem;
use paymux_store::Store;
use serde::Serialize;
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::access::Who;
use super::deed::action;
use super::endpoints::find;
use crate::api::fields::{Fields, Parsed, Rule, kind};
use crate::api::json::Json;
use crate::api::query::Query;
use crate::api::{Answer, reply, values};

/// Payments that one request looks at; the cursor goes on from there.
const LOOKED_AT: usize = 200;
/// Between two events of a range: an endpoint that was away must not be knocked over.
const PAUSE: Duration = Duration::from_millis(100);

const ENDPOINT: Rule<EndpointId> = Rule {
    read: |it| text(it)?.parse().map_err(|_| "must be 1 to 40 of a-z 0-9 _ -".into()),
    shape: plain,
};
const CURSOR: Rule<PaymentId> = Rule {
    read: |it| text(it)?.parse().map_err(|_| "is not the id of a payment".into()),
    shape: plain,
};
/// Which deliveries to send again; whether all of them.
const DELIVERIES: Rule<bool> = Rule {
    read: |it| match text(it)?.as_str() {
        "failed" => Ok(false),
        "all" => Ok(true),
        _ => Err("must be failed or all".into()),
    },
    shape: plain,
};

fn text(value: Json) -> Parsed<String> {
    let Json::Text(text) = value else { return Err(kind(&value, "a string")) };
    Ok(text)
}

fn plain() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
}

/// What an endpoint is to hear again.
pub(crate) struct Range {
    pub(crate) merchant: MerchantId,
    pub(crate) endpoint: Option<EndpointId>,
    /// Of payments that were made from then
    pub(crate) from: Timestamp,
    /// to before then.
    pub(crate) to: Timestamp,
    /// What was delivered, too.
    pub(crate) delivered: bool,
    pub(crate) cursor: Option<PaymentId>,
}

#[derive(Serialize)]
pub(crate) struct Replayed {
    pub(crate) deliveries: usize,
    /// Where to go on; `null` at the end of the range.
    pub(crate) next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Tried {
    event_id: String,
    delivery_id: String,
    payment_id: String,
}

/// `POST /admin/v1/events/{id}/replay`: to every endpoint, or to `?endpoint=` alone.
pub(super) async fn event<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    mut query: Query,
) -> Answer {
    let endpoint = query.optional("endpoint", |it| {
        it.parse().map_err(|_| "is not the id of an endpoint".to_owned())
    });
    query.finish()?;
    let deliveries = replay_event(&gateway, &who, &id, endpoint.as_ref()).await?;
    let replayed = Replayed { deliveries: deliveries.len(), next_cursor: None };
    Ok(reply::json(StatusCode::ACCEPTED, &replayed))
}

pub(crate) async fn replay_event<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    id: &str,
    endpoint: Option<&EndpointId>,
) -> Result<Vec<Delivery>, Problem> {
    let id: EventId = id.parse().map_err(|_| reply::unknown("event"))?;
    let event = gateway.store.event(id).await.map_err(reply::unreadable)?;
    let event = event.ok_or_else(|| reply::unknown("event"))?;
    let merchant = find(gateway, event.merchant.as_str())?;
    let act = who.did(action::REPLAY, &id.to_string(), gateway.now());
    gateway.replay_event(&merchant, id, endpoint, Some(act)).await
}

/// `POST /admin/v1/replays`
pub(super) async fn range<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    body: Bytes,
) -> Answer {
    let range = Fields::read(&body, |it| {
        let merchant = it.required("merchant", values::MERCHANT);
        let endpoint = it.optional("endpoint", ENDPOINT);
        let from = it.required("from", values::MOMENT);
        let to = it.optional("to", values::MOMENT).unwrap_or_else(|| gateway.now());
        let delivered = it.optional("deliveries", DELIVERIES).unwrap_or_default();
        let cursor = it.optional("cursor", CURSOR);
        Some(Range { merchant: merchant?, endpoint, from: from?, to, delivered, cursor })
    })?;
    let replayed = replay_range(&gateway, &who, &range).await?;
    Ok(reply::json(StatusCode::ACCEPTED, &replayed))
}

pub(crate) async fn replay_range<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    range: &Range,
) -> Result<Replayed, Problem> {
    let merchant = find(gateway, range.merchant.as_str())?;
    if let Some(endpoint) = range.endpoint.as_ref() {
        merchant.endpoint(endpoint).ok_or_else(|| reply::unknown("endpoint"))?;
    }
    let to = PaymentId::new(range.to, &merchant.id, 0);
    let before = range.cursor.map_or(to, |it| it.min(to));
    let rows = gateway.store.payments(&merchant.id, Some(before), LOOKED_AT).await;
    let rows = rows.map_err(reply::unreadable)?;
    let within: Vec<_> = rows.iter().filter(|it| it.order.created_at >= range.from).collect();
    let more = rows.len() == LOOKED_AT && within.len() == rows.len();
    let next_cursor = within.last().filter(|_| more).map(|it| it.id.to_string());
    let mut wanted = vec![];
    // The oldest first, as they happened.
    for payment in within.into_iter().rev() {
        let all = gateway.store.deliveries(payment.id).await.map_err(reply::unreadable)?;
        wanted.extend(all.into_iter().filter(|it| range.wants(it)));
    }
    if !wanted.is_empty() {
        let (count, now) = (wanted.len(), gateway.now());
        let detail = json!({ "deliveries": count, "from": range.from.0, "to": range.to.0 });
        let object = range.object();
        let act = who.tried(action::REPLAY_RANGE, &object, "done", detail, now);
        gateway.replay_failed(&wanted, PAUSE, act).await?;
    }
    Ok(Replayed { deliveries: wanted.len(), next_cursor })
}

impl Range {
    /// What is under way goes on as it is.
    fn wants(&self, it: &Delivery) -> bool {
        let here = self.endpoint.as_ref().is_none_or(|one| *one == it.id.endpoint);
        here && match it.state {
            DeliveryState::Due => it.attempts > 0,
            DeliveryState::Delivered { .. } => self.delivered,
            DeliveryState::Exhausted { .. } | DeliveryState::Held { .. } => true,
        }
    }

    fn object(&self) -> String {
        let endpoint = self.endpoint.as_ref().map_or("*", EndpointId::as_str);
        format!("{}/{endpoint}", self.merchant)
    }
}

/// `POST /admin/v1/merchants/{merchant}/endpoints/{endpoint}/test`
pub(super) async fn test<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path((merchant, endpoint)): Path<(String, String)>,
) -> Answer {
    let id = test_endpoint(&gateway, &who, &merchant, &endpoint).await?;
    let tried = Tried {
        event_id: id.event.to_string(),
        delivery_id: id.to_string(),
        payment_id: id.event.payment.to_string(),
    };
    Ok(reply::json(StatusCode::ACCEPTED, &tried))
}

pub(crate) async fn test_endpoint<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    merchant: &str,
    endpoint: &str,
) -> Result<paymux_core::DeliveryId, Problem> {
    let merchant = find(gateway, merchant)?;
    let id: EndpointId = endpoint.parse().map_err(|_| reply::unknown("endpoint"))?;
    let object = format!("{}/{id}", merchant.id);
    let act = who.did(action::TEST, &object, gateway.now());
    gateway.test_endpoint(&merchant, &id, act).await
}

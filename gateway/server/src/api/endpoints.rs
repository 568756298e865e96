//! `GET /v1/endpoints` and `POST /v1/endpoints/{id}/{enable,disable}`: what hears of events, and
//! whether it does at present.

use axum::extract::State;
use http::StatusCode;
use paymux_core::EndpointId;
use paymux_core::endpoint::DisabledReason;
use paymux_engine::Gateway;
use paymux_engine::problem::Problem;
use paymux_engine::render::{self, EndpointView};
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;
use serde_json::json;

use super::extract::{Caller, Id, NoPayload};
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag, example};

pub(crate) async fn list<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    _: NoQuery,
) -> Answer {
    Ok(listed(&api.gateway, &merchant).await?)
}

/// Enabling twice is enabling once; so it needs no key.
pub(crate) async fn enable<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<EndpointId>,
    _: NoQuery,
    _: NoPayload,
) -> Answer {
    let state = api.gateway.enable_endpoint(&merchant, &id, None).await?;
    Ok(reply::json(StatusCode::OK, &render::endpoint(&state)))
}

pub(crate) async fn disable<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(id): Id<EndpointId>,
    _: NoQuery,
    _: NoPayload,
) -> Answer {
    let reason = DisabledReason::Merchant;
    let state = api.gateway.disable_endpoint(&merchant, &id, reason, None).await?;
    Ok(reply::json(StatusCode::OK, &render::endpoint(&state)))
}

/// All that are configured, in the order of the configuration, and then the doors.
pub(crate) async fn listed<S: Store>(
    gateway: &Gateway<S>,
    merchant: &Merchant,
) -> Result<axum::response::Response, Problem> {
    let mut states = vec![];
    let all = || merchant.endpoints.iter().chain(&merchant.doors);
    for endpoint in all() {
        let state = gateway.endpoint_state(&merchant.id, &endpoint.id).await;
        states.push(state.map_err(reply::unreadable)?);
    }
    let keys = all().map(|it| it.public_keys());
    let views = states.iter().map(render::endpoint).zip(keys);
    let data = views.map(|(view, keys)| view.with_public_keys(keys)).collect();
    Ok(reply::json(StatusCode::OK, &reply::List { data }))
}

pub(crate) fn describe_list() -> Operation {
    let text = "All that are configured, and whether each hears of events at present.";
    let one = json!({ "id": "orders", "status": "enabled" });
    Operation::new(Tag::Endpoints, "listEndpoints", "List endpoints", text)
        .lists::<EndpointView<'_>>(200, "Your endpoints.", one)
}

pub(crate) fn describe_enable() -> Operation {
    let text = "What was held is sent, the oldest first, each with its whole schedule again.";
    let enabled = json!({ "id": "orders", "status": "enabled" });
    of_one("enableEndpoint", "Enable an endpoint", text)
        .gives::<EndpointView<'_>>(200, "Enabled.", enabled)
}

pub(crate) fn describe_disable() -> Operation {
    let text = "Its events are held while you work on a receiver; nothing is lost.";
    of_one("disableEndpoint", "Disable an endpoint", text).gives::<EndpointView<'_>>(
        200,
        "Disabled.",
        example::endpoint(),
    )
}

fn of_one(id: &str, summary: &str, text: &str) -> Operation {
    Operation::new(Tag::Endpoints, id, summary, text)
        .under("id", EndpointId::PATTERN, "orders")
        .takes_nothing()
}

//! `/admin/v1/merchants/{merchant}/endpoints`: their state, and the operator's hand on it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use paymux_core::endpoint::{DisabledReason, EndpointState};
use paymux_core::{EndpointId, MerchantId};
use paymux_engine::Gateway;
use paymux_engine::problem::Problem;
use paymux_engine::render;
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;
use serde_json::json;

use super::access::Who;
use super::deed::action;
use crate::api::{endpoints, reply};

/// A merchant's own user sees no other's, nor whether there is one.
pub(super) async fn list<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(merchant): Path<String>,
) -> Response {
    if !who.sees(&merchant) {
        return told(reply::unknown("merchant"));
    }
    match find(&gateway, &merchant) {
        Ok(merchant) => endpoints::listed(&gateway, &merchant).await.unwrap_or_else(told),
        Err(problem) => told(problem),
    }
}

pub(super) async fn enable<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path((merchant, endpoint)): Path<(String, String)>,
) -> Response {
    let enabled = enable_endpoint(&gateway, &who, &merchant, &endpoint).await;
    enabled.map_or_else(told, |it| reply::json(StatusCode::OK, &render::endpoint(&it)))
}

pub(super) async fn disable<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path((merchant, endpoint)): Path<(String, String)>,
) -> Response {
    let disabled = disable_endpoint(&gateway, &who, &merchant, &endpoint).await;
    disabled.map_or_else(told, |it| reply::json(StatusCode::OK, &render::endpoint(&it)))
}

pub(crate) async fn enable_endpoint<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    merchant: &str,
    endpoint: &str,
) -> Result<EndpointState, Problem> {
    let (merchant, id) = (find(gateway, merchant)?, name(endpoint)?);
    let act = who.did(action::ENABLE, &format!("{}/{id}", merchant.id), gateway.now());
    gateway.enable_endpoint(&merchant, &id, Some(&act)).await
}

pub(crate) async fn disable_endpoint<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    merchant: &str,
    endpoint: &str,
) -> Result<EndpointState, Problem> {
    let (merchant, id) = (find(gateway, merchant)?, name(endpoint)?);
    let act = who.did(action::DISABLE, &format!("{}/{id}", merchant.id), gateway.now());
    gateway.disable_endpoint(&merchant, &id, DisabledReason::Operator, Some(&act)).await
}

pub(super) fn find<S: Store>(
    gateway: &Gateway<S>,
    merchant: &str,
) -> Result<Arc<Merchant>, Problem> {
    let id: Option<MerchantId> = merchant.parse().ok();
    let found = id.and_then(|it| gateway.snapshot.load().merchant(&it).map(Arc::clone));
    found.ok_or_else(|| reply::unknown("merchant"))
}

fn name(endpoint: &str) -> Result<EndpointId, Problem> {
    endpoint.parse().map_err(|_| reply::unknown("endpoint"))
}

/// To an operator, in as few words as to a merchant.
fn told(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.kind.status).unwrap_or(StatusCode::BAD_GATEWAY);
    reply::json(status, &json!({ "code": problem.kind.slug, "detail": problem.detail }))
}

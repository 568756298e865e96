//! `/admin/v1/merchants/{merchant}/endpoints`: their state, and the operator's hand on it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use http::StatusCode;
use paymux_core::endpoint::{DisabledReason, EndpointState};
use paymux_core::{EndpointId, MerchantId};
use paymux_engine::Gateway;
use paymux_engine::problem::Problem;
use paymux_engine::render;
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;

use super::access::Who;
use super::deed::action;
use crate::api::{Answer, endpoints, reply};

/// A merchant's own user sees no other's, nor whether there is one.
pub(super) async fn list<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(merchant): Path<String>,
) -> Answer {
    endpoints::listed(&gateway, &*seen(&gateway, &who, &merchant)?).await.map_err(Into::into)
}

/// Enables it or disables it.
pub(super) async fn switch<S: Store, const ON: bool>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path((merchant, endpoint)): Path<(String, String)>,
) -> Answer {
    let state = turn(&gateway, &who, (&merchant, &endpoint), ON).await?;
    Ok(reply::json(StatusCode::OK, &render::endpoint(&state)))
}

pub(crate) async fn turn<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    (merchant, endpoint): (&str, &str),
    on: bool,
) -> Result<EndpointState, Problem> {
    let (merchant, id) = (find(gateway, merchant)?, name(endpoint)?);
    let action = if on { action::ENABLE } else { action::DISABLE };
    let act = who.did(action, &format!("{}/{id}", merchant.id), gateway.now());
    if on {
        return gateway.enable_endpoint(&merchant, &id, Some(&act)).await;
    }
    gateway.disable_endpoint(&merchant, &id, DisabledReason::Operator, Some(&act)).await
}

/// Of another merchant, as if it were not there.
pub(super) fn seen<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    merchant: &str,
) -> Result<Arc<Merchant>, Problem> {
    let theirs = who.sees(merchant).then_some(merchant);
    find(gateway, theirs.ok_or_else(|| reply::unknown("merchant"))?)
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

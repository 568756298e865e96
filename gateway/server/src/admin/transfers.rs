//! `/admin/v1/transfers`: what waits to be allowed, and whoever allows it, or does not.

use axum::Extension;
use axum::extract::{Path, State};
use http::StatusCode;
use paymux_core::TransferId;
use paymux_core::transfer::Answer as Judgement;
use paymux_engine::Gateway;
use paymux_engine::render;
use paymux_store::Store;

use super::access::Who;
use super::deed::action;
use crate::api::query::NoQuery;
use crate::api::{Answer, reply};

/// More of them wait for more than a list.
const MOST: usize = 200;

/// `GET /admin/v1/transfers/held`: the oldest first.
pub(super) async fn held<S: Store>(State(gateway): State<Gateway<S>>, _: NoQuery) -> Answer {
    let held = gateway.store.held_transfers(MOST).await.map_err(reply::unreadable)?;
    let data = held.iter().map(render::transfer).collect();
    Ok(reply::json(StatusCode::OK, &reply::List { data }))
}

pub(super) async fn approve<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Answer {
    judge(&gateway, &who, &id, Judgement::Yes).await
}

pub(super) async fn decline<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
) -> Answer {
    judge(&gateway, &who, &id, Judgement::No).await
}

/// The judgement and who gave it go into one commit.
async fn judge<S: Store>(
    gateway: &Gateway<S>,
    who: &Who,
    id: &str,
    judgement: Judgement,
) -> Answer {
    let action = match judgement {
        Judgement::Yes => action::TRANSFER_APPROVE,
        Judgement::No => action::TRANSFER_DECLINE,
    };
    let id: TransferId = id.parse().map_err(|_| reply::unknown("transfer"))?;
    let act = Some(who.did(action, &id.to_string(), gateway.now()));
    let transfer = gateway.judge_transfer(id, &who.name, judgement, act).await?;
    Ok(reply::json(StatusCode::OK, &render::transfer(&transfer)))
}

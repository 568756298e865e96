//! What a merchant could ask for itself, for an operator: its events, and a question to a channel.

use axum::Extension;
use axum::extract::{Path, State};
use http::StatusCode;
use paymux_core::{EventId, PaymentId};
use paymux_engine::Gateway;
use paymux_engine::render;
use paymux_store::Store;

use super::access::Who;
use super::endpoints::find;
use crate::api::query::{NoQuery, Query};
use crate::api::{Answer, list_events, reply};

/// `GET /admin/v1/merchants/{merchant}/events`
pub(super) async fn events<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(merchant): Path<String>,
    query: Query,
) -> Answer {
    let found = if who.sees(&merchant) {
        find(&gateway, &merchant)?
    } else {
        return Err(reply::unknown("merchant").into());
    };
    list_events::page(&gateway, &found.id, query).await
}

/// `GET /admin/v1/events/{id}`: of another merchant, as if it were not there.
pub(super) async fn event<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(id): Path<String>,
    _: NoQuery,
) -> Answer {
    let id: EventId = id.parse().map_err(|_| reply::unknown("event"))?;
    let found = gateway.store.event(id).await.map_err(reply::unreadable)?;
    let event = found.filter(|it| who.sees(it.merchant.as_str()));
    let event = event.ok_or_else(|| reply::unknown("event"))?;
    Ok(reply::bytes(StatusCode::OK, event.payload))
}

/// `POST /admin/v1/payments/{id}/sync`
pub(super) async fn sync<S: Store>(
    State(gateway): State<Gateway<S>>,
    Path(id): Path<String>,
    _: NoQuery,
) -> Answer {
    let id: PaymentId = id.parse().map_err(|_| reply::unknown("payment"))?;
    let found = gateway.store.payment(id).await.map_err(reply::unreadable)?;
    let found = found.ok_or_else(|| reply::unknown("payment"))?;
    let merchant = find(&gateway, found.order.merchant.as_str())?;
    let payment = gateway.sync(&merchant, id).await?;
    let snapshot = gateway.snapshot.load();
    Ok(reply::json(StatusCode::OK, &render::payment(&payment, &snapshot)))
}

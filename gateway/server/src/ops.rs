//! What operators and their machines look at: metrics, whether we live, whether to send traffic.

mod numbers;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use paymux_core::Timestamp;
use paymux_engine::{Gateway, render};
use paymux_store::Store;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::clock::APART;
use crate::worker::Pulse;

pub use writes::Writes;

/// The text format's own media type.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A store that takes longer to count its tasks is not ready for anything.
const STORE_PATIENCE: Duration = Duration::from_secs(2);

/// All that the ops listener serves.
#[derive(Clone)]
pub struct Ops(Router);

/// Where readiness is read from.
#[derive(Clone)]
pub struct Vitals {
    /// None where no worker runs.
    pub pulse: Option<Arc<Pulse>>,
    /// A worker that has not looked at the store for so long is stuck.
    pub stale_after: Duration,
    pub writes: Arc<Writes>,
    /// Set when the gateway stops: it takes no new traffic.
    pub stopping: CancellationToken,
}

struct Desk<S> {
    gateway: Gateway<S>,
    vitals: Vitals,
}

impl<S> Clone for Desk<S> {
    fn clone(&self) -> Self {
        Self { gateway: self.gateway.clone(), vitals: self.vitals.clone() }
    }
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    failing: Vec<&'static str>,
}

impl Ops {
    pub fn new<S: Store>(gateway: &Gateway<S>, vitals: Vitals) -> Self {
        let desk = Desk { gateway: gateway.clone(), vitals };
        let routes = Router::new()
            .route("/metrics", get(metrics::<S>))
            .route("/livez", get(async || "ok\n"))
            .route("/readyz", get(readyz::<S>));
        Self(routes.with_state(desk))
    }

    pub fn into_service(self) -> Router {
        self.0
    }
}

async fn metrics<S: Store>(State(desk): State<Desk<S>>) -> Response {
    let metrics = &desk.gateway.metrics;
    numbers::show(&desk.gateway).await;
    ([(CONTENT_TYPE, METRICS)], metrics.text()).into_response()
}

async fn readyz<S: Store>(State(desk): State<Desk<S>>) -> Response {
    let now = desk.gateway.now();
    let awake = |it: &Arc<Pulse>| now.since(it.last()) <= desk.vitals.stale_after;
    let (answers, is_right) = tokio::join!(answers(&desk.gateway), is_right(&desk.gateway));
    let checks = [
        ("stopping", !desk.vitals.stopping.is_cancelled()),
        ("store", desk.vitals.writes.are_taken() && answers),
        ("clock", is_right),
        ("worker", desk.vitals.pulse.as_ref().is_none_or(awake)),
    ];
    let failing: Vec<_> = checks.iter().filter(|it| !it.1).map(|it| it.0).collect();
    let ready = failing.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(CONTENT_TYPE, "application/json")], render::bytes(&Readiness { ready, failing }))
        .into_response()
}

/// A clock that is not known to be wrong is right: the store may be away, which is told already.
/// Where the database's and ours differ, Redis says whose is wrong: a database with a wrong clock
/// must not stop every node.
async fn is_right<S: Store>(gateway: &Gateway<S>) -> bool {
    let asked = tokio::time::timeout(STORE_PATIENCE, gateway.store.clock()).await;
    let Ok(Ok(Some(database))) = asked else { return true };
    let here = gateway.now();
    if is_near(here, database) {
        return true;
    }
    let redis = gateway.guard.clock().await;
    let is_ours = is_confirmed(here, redis);
    tracing::warn!(is_ours_right = is_ours, "clock.apart");
    is_ours
}

/// Without a third clock the database is believed: it is the one all nodes share.
fn is_confirmed(here: Timestamp, third: Option<Timestamp>) -> bool {
    third.is_some_and(|it| is_near(here, it))
}

fn is_near(here: Timestamp, there: Timestamp) -> bool {
    here.since(there).max(there.since(here)) <= APART
}

/// Whether the store can be asked what is due, which costs it nothing.
async fn answers<S: Store>(gateway: &Gateway<S>) -> bool {
    let asked = tokio::time::timeout(STORE_PATIENCE, gateway.store.next_due()).await;
    matches!(asked, Ok(Ok(_)))
}

#[cfg(test)]
mod tests;

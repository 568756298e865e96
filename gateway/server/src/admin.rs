//! What operators look at by hand; kept on loopback or in a private network.

mod endpoints;
mod reload;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use paymux_engine::Gateway;
use paymux_engine::snapshot::Snapshot;
use paymux_store::Store;
use serde::Serialize;

use crate::api::fields::Fields;
use crate::api::problem::Refusal;
use crate::api::{reply, values};
use crate::app::reload::Reloader;
use crate::explain::{FullExplanation, Question};
use crate::inbound::request_id;

/// A question is far shorter.
const BODY_BYTES: usize = 64 * 1024;

/// All that the admin listener serves.
#[derive(Clone)]
pub struct Admin(Router);

#[derive(Serialize)]
struct Status<'a> {
    version: &'static str,
    config_generation: u64,
    accounts: Vec<AccountStatus<'a>>,
    merchants: usize,
}

#[derive(Serialize)]
struct AccountStatus<'a> {
    account: &'a str,
    channel: &'a str,
}

impl Admin {
    pub fn new<S: Store>(gateway: &Gateway<S>) -> Self {
        let routes = Router::new()
            .route("/status", get(status::<S>))
            .route("/admin/v1/merchants/{merchant}/endpoints", get(endpoints::list::<S>))
            .route(
                "/admin/v1/merchants/{merchant}/endpoints/{endpoint}/enable",
                post(endpoints::enable::<S>),
            )
            .route(
                "/admin/v1/merchants/{merchant}/endpoints/{endpoint}/disable",
                post(endpoints::disable::<S>),
            )
            .route("/routing/explain", post(explain::<S>).layer(DefaultBodyLimit::max(BODY_BYTES)))
            .layer(from_fn_with_state(gateway.clone(), request_id::name::<S>));
        Self(routes.with_state(gateway.clone()))
    }

    /// Reads the configuration again, or tells what that would change.
    pub(crate) fn with_reload<S: Store>(self, reloader: Arc<Reloader<S>>) -> Self {
        Self(self.0.merge(reload::routes(reloader)))
    }

    pub fn into_service(self) -> Router {
        self.0
    }
}

async fn status<S: Store>(State(gateway): State<Gateway<S>>) -> Response {
    reply::json(StatusCode::OK, &of(&gateway.snapshot.load()))
}

/// For any merchant: what `POST /v1/routing/explain` says, and the rules that did not apply.
async fn explain<S: Store>(
    State(gateway): State<Gateway<S>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let mut body = Fields::parse(&body)?;
    let name = body.required("merchant", values::merchant);
    let question = Question::read(&mut body, gateway.now());
    body.finish()?;
    let (question, snapshot) = (question(), gateway.snapshot.load_full());
    let merchant = name.and_then(|it| snapshot.merchant(&it));
    let merchant = merchant.ok_or_else(|| reply::unknown("merchant"))?;
    let explained = gateway.explain(&snapshot, merchant, question.asked(&merchant.id));
    let view = FullExplanation::of(&explained, &merchant.id, question.at);
    Ok(reply::json(StatusCode::OK, &view))
}

fn of(snapshot: &Snapshot) -> Status<'_> {
    let accounts = snapshot.accounts.values();
    Status {
        version: env!("CARGO_PKG_VERSION"),
        config_generation: snapshot.generation,
        accounts: accounts
            .map(|it| AccountStatus { account: it.id.as_str(), channel: &it.kind })
            .collect(),
        merchants: snapshot.merchants.len(),
    }
}

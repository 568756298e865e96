//! `GET /status` and `POST /routing/explain`: what runs, and what it would do.

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use paymux_engine::Gateway;
use paymux_engine::snapshot::Snapshot;
use paymux_store::Store;
use serde::Serialize;

use crate::api::fields::Fields;
use crate::api::problem::Refusal;
use crate::api::{reply, values};
use crate::explain::{FullExplanation, Question};

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

pub(super) async fn status<S: Store>(State(gateway): State<Gateway<S>>) -> Response {
    reply::json(StatusCode::OK, &of(&gateway.snapshot.load()))
}

/// For any merchant: what `POST /v1/routing/explain` says, and the rules that did not apply.
pub(super) async fn explain<S: Store>(
    State(gateway): State<Gateway<S>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (name, question) = Fields::read(&body, |it| {
        let name = it.required("merchant", values::MERCHANT);
        let question = Question::read(it, gateway.now());
        Some((name?, question?))
    })?;
    let snapshot = gateway.snapshot.load_full();
    let merchant = snapshot.merchant(&name).ok_or_else(|| reply::unknown("merchant"))?;
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

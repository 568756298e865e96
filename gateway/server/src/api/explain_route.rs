//! `POST /v1/routing/explain`: where a payment would go and why; nothing is made or kept.

use axum::extract::State;
use http::StatusCode;
use paymux_store::Store;

use super::extract::{Caller, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::explain::{Explanation, Question};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let mut body = Fields::parse(&body)?;
    let question = Question::read(&mut body, api.gateway.now());
    body.finish()?;
    let question = question();
    let snapshot = api.gateway.snapshot.load_full();
    let explained = api.gateway.explain(&snapshot, &merchant, question.asked(&merchant.id));
    Ok(reply::json(StatusCode::OK, &Explanation::of(&explained, question.at)))
}

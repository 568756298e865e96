//! `POST /v1/routing/explain`: where a payment would go and why; nothing is made or kept.

use axum::extract::State;
use http::StatusCode;
use paymux_core::Timestamp;
use paymux_store::Store;
use serde_json::json;

use super::extract::{Caller, Payload};
use super::fields::Fields;
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::explain::{Explanation, Question};
use crate::openapi::{Operation, Tag};

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let question = Fields::read(&body, |it| Question::read(it, api.gateway.now()))?;
    let snapshot = api.gateway.snapshot.load_full();
    let explained = api.gateway.explain(&snapshot, &merchant, question.asked(&merchant.id));
    Ok(reply::json(StatusCode::OK, &Explanation::of(&explained, question.at)))
}

pub(crate) fn describe() -> Operation {
    let text = "The decision of the operator's rules for a payment that nobody makes, with a word \
                on each of your accounts. Nothing is made, sent or kept.";
    let asked = json!({ "amount": 888, "currency": "CNY", "method": "qr" });
    let decided = json!({
        "at": "2026-01-15T04:35:02.120Z",
        "rule": null,
        "account": "alipay-main",
        "accounts": [{ "account": "alipay-main", "reason": "chosen" }],
    });
    Operation::new(Tag::Routing, "explainRoute", "Explain a route", text)
        .takes(Fields::shape(|it| Question::read(it, Timestamp(0))), asked)
        .gives::<Explanation<'_>>(200, "Where it would go.", decided)
}

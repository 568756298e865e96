//! `POST /v1/payers/identify-url`: where the payer's browser is sent so that it brings a code.

use axum::extract::State;
use http::StatusCode;
use paymux_store::Store;
use serde::Serialize;

use super::extract::{Caller, Payload};
use super::fields::Fields;
use super::identify_payer::place;
use super::query::NoQuery;
use super::{Answer, Api, reply, values};

#[derive(Serialize)]
struct View<'a> {
    account: &'a str,
    channel: &'a str,
    url: String,
}

pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let mut body = Fields::parse(&body)?;
    let place = place(&mut body);
    let redirect_url = body.required("redirect_url", values::return_url);
    let state = body.required("state", values::state);
    body.finish()?;
    let told = "what is missing has been told";
    let (place, redirect_url) = (place.expect(told), redirect_url.expect(told));
    let state = state.expect(told);
    let (account, url) = api.gateway.identify_url(&merchant, &place, &redirect_url, &state)?;
    let view = View { account: account.id.as_str(), channel: &account.kind, url };
    Ok(reply::json(StatusCode::OK, &view))
}

//! `POST /v1/accounts/{account}/call`: any method of the account's channel, signed and verified.

use axum::extract::State;
use bytes::Bytes;
use http::{Method, StatusCode};
use paymux_channel::{RawAnswer, RawCall};
use paymux_core::AccountId;
use paymux_engine::problem::{self, Problem};
use paymux_store::Store;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::extract::{Caller, Id, Payload};
use super::query::NoQuery;
use super::{Answer, Api, reply};

/// Longer than any path of the channels, with its query.
const MAX_API_CHARS: usize = 1024;
const METHODS: [Method; 5] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    api: String,
    method: Option<String>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct View<'a> {
    account: &'a str,
    /// The channel's own.
    status: u16,
    body: &'a RawValue,
}

/// It takes no key, since it is never repeated: whoever repeats it calls again.
pub(crate) async fn handle<S: Store>(
    State(api): State<Api<S>>,
    Caller(merchant): Caller,
    Id(account): Id<AccountId>,
    _: NoQuery,
    Payload(body): Payload,
) -> Answer {
    let call = read(&body)?;
    let answer = api.gateway.raw(&merchant, &account, call).await?;
    let body = told(&answer)?;
    let view = View { account: account.as_str(), status: answer.status, body: &body };
    Ok(reply::json(StatusCode::OK, &view))
}

fn read(body: &[u8]) -> Result<RawCall, Problem> {
    // Twice: once as strictly as every body, and once for what the channel is to get.
    super::json::parse(body)?;
    let malformed = |it: serde_json::Error| Problem::new(problem::MALFORMED_JSON, it.to_string());
    let Body { api, method, body } = serde_json::from_slice(body).map_err(malformed)?;
    let plain = api.bytes().all(|it| it.is_ascii_graphic());
    if !plain || !(1..=MAX_API_CHARS).contains(&api.len()) {
        let rule = format!("must be 1 to {MAX_API_CHARS} visible ASCII characters");
        return Err(Problem::field("/api", rule));
    }
    let method = method.unwrap_or_else(|| "POST".into());
    let verb = METHODS.into_iter().find(|it| it.as_str() == method);
    let verb =
        verb.ok_or_else(|| Problem::field("/method", "must be GET, POST, PUT, PATCH or DELETE"))?;
    let body = body.map_or_else(Bytes::new, |it| Bytes::copy_from_slice(it.get().as_bytes()));
    Ok(RawCall { verb, api, body })
}

/// JSON as it is, and anything else as a text.
fn told(answer: &RawAnswer) -> Result<Box<RawValue>, Problem> {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    RawValue::from_string(text.clone())
        .or_else(|_| serde_json::value::to_raw_value(&text))
        .map_err(|it| Problem::new(problem::INTERNAL, it.to_string()))
}

//! `POST /v1/accounts/{account}/call`: any method of the account's channel, signed and verified.

use axum::extract::State;
use bytes::Bytes;
use http::{Method, StatusCode};
use paymux_channel::{RawAnswer, RawCall};
use paymux_core::AccountId;
use paymux_engine::problem::{self, Problem};
use paymux_store::Store;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::extract::{Caller, Id, Payload};
use super::fields::closed;
use super::query::NoQuery;
use super::{Answer, Api, reply};
use crate::openapi::{Operation, Tag};

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

#[derive(Serialize, ToSchema)]
#[schema(as = RawAnswer)]
struct View<'a> {
    account: &'a str,
    /// The channel's own.
    status: u16,
    /// JSON as it came, or a text.
    #[schema(value_type = Value)]
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

fn shape() -> RefOr<Schema> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let api = text().pattern(Some(format!("^[!-~]{{1,{MAX_API_CHARS}}}$")));
    let api = api.description(Some("A method of Alipay's, or a path of WeChat Pay's."));
    let methods = METHODS.iter().map(Method::as_str);
    let method = text().enum_values(Some(methods)).default(Some("POST".into()));
    let body = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
    let body = body.description(Some("As the channel wants it; it is sent as it was written."));
    let shape = closed().property("api", api).required("api");
    shape.property("method", method).property("body", body).into()
}

pub(crate) fn describe() -> Operation {
    let text = "Any method of an account's channel, signed and verified, where the operator allows \
                it. **It can move money that the gateway knows nothing of**, and it is never \
                repeated: [raw calls](/docs/guides/raw-calls).";
    let asked = json!({ "api": "alipay.trade.query", "body": { "out_trade_no": "20261121-1" } });
    let told = json!({ "account": "alipay-main", "status": 200, "body": { "code": "10000" } });
    Operation::new(Tag::Channels, "callChannel", "Call a channel", text)
        .under("account", AccountId::PATTERN, "alipay-main")
        .takes(shape(), asked)
        .gives::<View<'_>>(200, "The channel's own answer, whatever it says.", told)
        .refuses(&[
            problem::RAW_CALLS_NOT_ALLOWED,
            problem::CHANNEL_UNFIT,
            problem::CHANNEL_UNAVAILABLE,
            problem::CHANNEL_SILENT,
        ])
}

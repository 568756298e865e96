//! Every path below `/wechat`: verify, find the fault that strikes, act, answer.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::answer::{Answer, Voice};
use super::authorization::{PREFIX, Signed, check};
use super::{certificates, close, native, query, refund, refund_query};
use crate::books::{Channel, Key};
use crate::clock;
use crate::exchange::{Dialect as _, exchange, plain};
use crate::fault::{Class, Fault, Operation};
use crate::followup::FollowUp;
use crate::shared::Shared;

/// An order with its goods stays well below.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// What is asked, with the number in the path.
enum Call {
    Native,
    QueryByNumber(String),
    QueryById(String),
    Close(String),
    Refund,
    RefundQuery(String),
    Certificates,
}

/// The work goes on even when the caller hangs up, as it does at the channel.
pub(crate) async fn dispatch(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", String::new());
    };
    let tasks = shared.tasks.clone();
    let work = tasks.spawn(async move { answer(&shared, &parts, &body).await });
    work.await.unwrap_or_else(|_| {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

async fn answer(shared: &Arc<Shared>, parts: &Parts, bytes: &Bytes) -> Response {
    let voice = Voice::of(shared, &parts.headers);
    match admit(shared, parts, bytes) {
        Err(refused) => voice.seal(refused, false).await,
        Ok((call, body)) => {
            let fault = fault(shared, &call, &body);
            exchange(&voice, fault, |skew| {
                act(shared, &call, &body, skew).unwrap_or_else(|refused| refused)
            })
            .await
        }
    }
}

fn admit(shared: &Shared, parts: &Parts, bytes: &Bytes) -> Result<(Call, Value), Answer> {
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let signed = Signed { method: parts.method.as_str(), target, body: bytes };
    check(&shared.wechat, &parts.headers, &signed, clock::now())?;
    let path = parts.uri.path();
    let call = route(&parts.method, path.strip_prefix(PREFIX).unwrap_or(path))
        .ok_or_else(|| Answer::not_found("请求的资源不存在"))?;
    let body = if parts.method == Method::POST { json_body(parts, bytes)? } else { Value::Null };
    if matches!(call, Call::QueryByNumber(_) | Call::QueryById(_)) {
        check_query(shared, parts.uri.query().unwrap_or_default())?;
    }
    Ok((call, body))
}

fn json_body(parts: &Parts, bytes: &Bytes) -> Result<Value, Answer> {
    let kind = parts.headers.get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
        return Err(Answer::parameter("Http头Content-Type必须为application/json"));
    }
    let body: Value =
        serde_json::from_slice(bytes).map_err(|_| Answer::parameter("请求体不是合法的JSON"))?;
    if body.is_object() { Ok(body) } else { Err(Answer::parameter("请求体不是合法的JSON")) }
}

fn check_query(shared: &Shared, query: &str) -> Result<(), Answer> {
    let mchid = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "mchid");
    match mchid {
        Some((_, id)) if id == shared.wechat.party.mch_id.as_str() => Ok(()),
        Some(_) => Err(Answer::refused(400, "MCH_NOT_EXISTS", "商户号有误", 268_447_843)),
        None => Err(Answer::parameter("缺少参数mchid")),
    }
}

fn route(method: &Method, path: &str) -> Option<Call> {
    let decoded: Vec<String> = path
        .split('/')
        .skip(1)
        .map(|part| percent_decode_str(part).decode_utf8().map(|text| text.into_owned()))
        .collect::<Result<_, _>>()
        .ok()?;
    let parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
    match (method.as_str(), parts.as_slice()) {
        ("POST", ["v3", "pay", "transactions", "native"]) => Some(Call::Native),
        ("GET", ["v3", "pay", "transactions", "out-trade-no", number]) => {
            Some(Call::QueryByNumber((*number).to_owned()))
        }
        ("GET", ["v3", "pay", "transactions", "id", id]) => Some(Call::QueryById((*id).to_owned())),
        ("POST", ["v3", "pay", "transactions", "out-trade-no", number, "close"]) => {
            Some(Call::Close((*number).to_owned()))
        }
        ("POST", ["v3", "refund", "domestic", "refunds"]) => Some(Call::Refund),
        ("GET", ["v3", "refund", "domestic", "refunds", number]) => {
            Some(Call::RefundQuery((*number).to_owned()))
        }
        ("GET", ["v3", "certificates"]) => Some(Call::Certificates),
        _ => None,
    }
}

fn fault(shared: &Shared, call: &Call, body: &Value) -> Option<Fault> {
    let operation = match call {
        Call::Native => Operation::Pay,
        Call::QueryByNumber(_) | Call::QueryById(_) => Operation::Query,
        Call::Close(_) => Operation::Close,
        Call::Refund => Operation::Refund,
        Call::RefundQuery(_) => Operation::RefundQuery,
        Call::Certificates => Operation::Certificates,
    };
    let number = out_trade_no(shared, call, body);
    let mut faults = shared.faults();
    if let (Operation::Pay, Some(subject)) = (operation, body["description"].as_str()) {
        faults.learn(&(Channel::Wechat, number.clone().unwrap_or_default()), subject);
    }
    faults.take(Class::Request, Channel::Wechat, operation, number.as_deref())
}

fn out_trade_no(shared: &Shared, call: &Call, body: &Value) -> Option<String> {
    let books = shared.books();
    match call {
        Call::Native => body["out_trade_no"].as_str().map(str::to_owned),
        Call::QueryByNumber(number) | Call::Close(number) => Some(number.clone()),
        Call::QueryById(id) => books.key_of_trade(id).map(|key| key.1),
        Call::Refund => refund::order_key(&books, body).ok().map(|key| key.1),
        Call::RefundQuery(number) => books.key_of_refund(Channel::Wechat, number).map(|key| key.1),
        Call::Certificates => None,
    }
}

fn act(shared: &Arc<Shared>, call: &Call, body: &Value, skew: i64) -> Result<Answer, Answer> {
    let now = clock::now();
    match call {
        Call::Native => {
            let (key, token) = native::native(&mut shared.books(), &shared.wechat, body, now)?;
            let answer = native::created(shared, &key, &token);
            shared.follow(FollowUp::Opened(key));
            Ok(answer)
        }
        Call::QueryByNumber(number) => described(shared, &(Channel::Wechat, number.clone()), skew),
        Call::QueryById(id) => {
            let key = shared.books().key_of_trade(id).filter(|key| key.0 == Channel::Wechat);
            described(shared, &key.ok_or_else(Answer::order_unknown)?, skew)
        }
        Call::Close(number) => close::close(&mut shared.books(), &shared.wechat, number, body, now),
        Call::Refund => refund(shared, call, body, skew),
        Call::RefundQuery(number) => {
            refund_query::refund_query(&mut shared.books(), number, skew, now)
        }
        Call::Certificates => Ok(certificates::certificates(shared, now)),
    }
}

fn described(shared: &Shared, key: &Key, skew: i64) -> Result<Answer, Answer> {
    let mut books = shared.books();
    let order = books.order(key, clock::now()).ok_or_else(Answer::order_unknown)?;
    let mut said = query::transaction(order, skew);
    said["mchid"] = json!(shared.wechat.party.mch_id);
    Ok(Answer::ok(said))
}

fn refund(shared: &Arc<Shared>, call: &Call, body: &Value, skew: i64) -> Result<Answer, Answer> {
    let number = out_trade_no(shared, call, body);
    let forced = shared.faults().take(
        Class::RefundOutcome,
        Channel::Wechat,
        Operation::Refund,
        number.as_deref(),
    );
    let kind = forced.map(|fault| fault.kind);
    let (answer, new) = refund::refund(&mut shared.books(), body, kind, skew, clock::now())?;
    if let Some((key, out_refund_no)) = new {
        let outcome = refund::outcome(kind);
        shared.follow(FollowUp::Refunding { key, out_refund_no, outcome });
    }
    Ok(answer)
}

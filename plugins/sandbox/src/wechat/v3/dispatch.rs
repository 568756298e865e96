//! Every path of version 3: verify, find the fault that strikes, act, answer.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use serde_json::Value;

use super::answer::{Answer, Voice};
use super::authorization::{Signed, check};
use super::route::{Call, route};
use super::sensitive::{self, check_identity};
use super::transfer::{self, Named};
use super::{
    bill, certificates, close, codepay, combine, prepay, query, refund, refund_query, reverse,
};
use crate::books::{Channel, Key, RefundStatus};
use crate::clock;
use crate::exchange::{Dialect as _, exchange};
use crate::fault::{Class, Fault, Operation};
use crate::followup::FollowUp;
use crate::money::Fen;
use crate::shared::Shared;
use crate::wechat::codes;
use crate::wechat::dispatch::PREFIX;
use crate::wechat::owner::key;
use crate::wechat::refund::{Entered, enter, outcome};
use crate::wechat::till;

pub(in crate::wechat) async fn answer(
    shared: &Arc<Shared>,
    parts: &Parts,
    bytes: &Bytes,
) -> Response {
    let voice = Voice::of(shared, &parts.headers);
    match admit(shared, parts, bytes) {
        Err(refused) => voice.seal(refused, false).await,
        Ok((Call::BillFile, _)) => {
            match bill::file(shared, parts.uri.query().unwrap_or_default(), clock::now()) {
                Ok(file) => file,
                Err(refused) => voice.seal(refused, false).await,
            }
        }
        Ok((call, body)) => {
            let fault = fault(shared, &call, &body);
            let query = parts.uri.query().unwrap_or_default();
            exchange(&voice, fault, |skew| {
                act(shared, &call, (&parts.headers, query, &body), skew)
                    .unwrap_or_else(|refused| refused)
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
    let post = parts.method == Method::POST;
    let mut body = if post { json_body(parts, bytes)? } else { Value::Null };
    check_identity(shared, &parts.headers, &mut body)?;
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

fn fault(shared: &Shared, call: &Call, body: &Value) -> Option<Fault> {
    let operation = call.operation();
    let number = call.out_trade_no(shared, body);
    let mut faults = shared.faults();
    let title = if operation == Operation::Transfer { "transfer_remark" } else { "description" };
    let opens = matches!(operation, Operation::Pay | Operation::Transfer);
    if let (true, Some(subject)) = (opens, body[title].as_str()) {
        faults.learn(&(Channel::Wechat, number.clone().unwrap_or_default()), operation, subject);
    }
    faults.take(Class::Request, Channel::Wechat, operation, number.as_deref())
}

fn act(
    shared: &Arc<Shared>,
    call: &Call,
    (headers, query, body): (&HeaderMap, &str, &Value),
    skew: i64,
) -> Result<Answer, Answer> {
    let (now, desk) = (clock::now(), &shared.wechat);
    let amount = amount(shared, call, body);
    if let Some(code) = codes::forced(codes::v3, call.operation(), amount) {
        return Err(Answer::coded(code));
    }
    match call {
        Call::Prepay(side, product) => {
            let kind = (*side, *product);
            let key = prepay::prepay(&mut shared.books(), desk, kind, body, now)?;
            let answer = prepay::created(shared, &key, now);
            shared.follow(FollowUp::Opened(key));
            Ok(answer)
        }
        Call::Codepay(side) => {
            let limits = (Fen(shared.config.confirm_above_fen), now);
            let charged = codepay::charge(&mut shared.books(), desk, *side, body, limits)?;
            till::after(shared, &charged);
            codepay::said(desk, &charged, skew)
        }
        Call::QueryByNumber(side, number) => described(shared, (*side, &key(number)), query, skew),
        Call::QueryById(side, id) => {
            let key = shared.books().key_of_trade(id).filter(|key| key.0 == Channel::Wechat);
            described(shared, (*side, &key.ok_or_else(Answer::order_unknown)?), query, skew)
        }
        Call::Close(side, number) => {
            close::close(&mut shared.books(), desk, (*side, number), body, now)
        }
        Call::Reverse(side, number) => {
            reverse::reverse(&mut shared.books(), desk, (*side, number), body, now)
        }
        Call::Refund => refund(shared, call, body, skew),
        Call::RefundQuery(number) => {
            let asked = (number.as_str(), query);
            refund_query::refund_query(&mut shared.books(), desk, asked, (skew, now))
        }
        Call::AbnormalRefund(id) => abnormal_refund(shared, id, (headers, body)),
        Call::Combine(product) => {
            let key = combine::prepay(shared, *product, body, now)?;
            let answer = prepay::created(shared, &key, now);
            shared.follow(FollowUp::Opened(key));
            Ok(answer)
        }
        Call::CombineQuery(number) => combine::query(shared, number, now),
        Call::CombineClose(number) => combine::close(shared, number, body, now),
        Call::Echo => sensitive::echo(desk, headers, body),
        Call::TradeBill => bill::trades(shared, query, now),
        Call::FlowBill => bill::flow(shared, query, now),
        // Answered above, since a file is not signed.
        Call::BillFile => Err(Answer::not_found("请求的资源不存在")),
        Call::Certificates => Ok(certificates::certificates(shared, now)),
        Call::Transfer => transferred(shared, (headers, body), now),
        Call::TransferByNumber(number) => {
            transfer::query(&shared.books(), desk, &Named::Number(number), skew)
        }
        Call::TransferById(id) => transfer::query(&shared.books(), desk, &Named::Id(id), skew),
        Call::CancelTransfer(number) => {
            let (answer, new) = transfer::cancel(&mut shared.books(), number, now)?;
            if new {
                shared.follow(FollowUp::Cancelling(key(number)));
            }
            Ok(answer)
        }
    }
}

fn transferred(
    shared: &Arc<Shared>,
    asked: (&HeaderMap, &Value),
    now: jiff::Timestamp,
) -> Result<Answer, Answer> {
    let (bill, new) = transfer::create(&mut shared.books(), &shared.wechat, asked, now)?;
    let answer = transfer::created(&bill);
    if new {
        shared.follow(FollowUp::Transferring(Box::new(bill)));
    }
    Ok(answer)
}

/// The request's own amount, or that of the order it names.
fn amount(shared: &Shared, call: &Call, body: &Value) -> Option<Fen> {
    let own = if matches!(call, Call::Refund) { "/amount/refund" } else { "/amount/total" };
    if let Some(fen) = body.pointer(own).and_then(Value::as_i64) {
        return Some(Fen(fen));
    }
    if let Some(fen) = body["transfer_amount"].as_i64() {
        return Some(Fen(fen));
    }
    let key = key(&call.out_trade_no(shared, body)?);
    let mut books = shared.books();
    let transferred = books.transfer(&key).map(|it| it.amount);
    transferred.or_else(|| books.order(&key, clock::now()).map(|order| order.total))
}

fn described(
    shared: &Shared,
    asked: (super::side::Side, &Key),
    query: &str,
    skew: i64,
) -> Result<Answer, Answer> {
    query::query(&mut shared.books(), &shared.wechat, asked, query, (skew, clock::now()))
}

/// It is processed once more, and ends well.
fn abnormal_refund(
    shared: &Arc<Shared>,
    id: &str,
    asked: (&HeaderMap, &Value),
) -> Result<Answer, Answer> {
    let answer = sensitive::abnormal_refund(&mut shared.books(), &shared.wechat, id, asked)?;
    let key = shared.books().key_of_refund(Channel::Wechat, id);
    if let (Some(key), Some(number)) = (key, asked.1["out_refund_no"].as_str()) {
        let (out_refund_no, outcome) = (number.to_owned(), RefundStatus::Success);
        shared.follow(FollowUp::Refunding { key, out_refund_no, outcome });
    }
    Ok(answer)
}

fn refund(shared: &Arc<Shared>, call: &Call, body: &Value, skew: i64) -> Result<Answer, Answer> {
    let number = call.out_trade_no(shared, body);
    let class = (Class::RefundOutcome, Channel::Wechat, Operation::Refund);
    let forced = shared.faults().take(class.0, class.1, class.2, number.as_deref());
    let kind = forced.map(|fault| fault.kind);
    let asked = refund::asked(&shared.books(), &shared.wechat, body)?;
    let gap = shared.config.wechat_refund_gap;
    let key = asked.key.clone();
    let Entered { order, refund, new } =
        enter(&mut shared.books(), asked, gap, kind, clock::now()).map_err(refund::refused)?;
    if new {
        let out_refund_no = refund.out_refund_no.clone();
        shared.follow(FollowUp::Refunding { key, out_refund_no, outcome: outcome(kind) });
    }
    Ok(refund_query::described(&order, &refund, skew))
}

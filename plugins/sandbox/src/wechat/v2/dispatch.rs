//! Every path of version 2: certificate, signature, fault, act, answer.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;

use super::answer::{Answer, Voice, unsigned};
use super::request::Request;
use super::{act, bill, order, refund};
use crate::books::Channel;
use crate::clock;
use crate::exchange::{exchange, plain};
use crate::fault::{Class, Fault, Operation};
use crate::followup::FollowUp;
use crate::money::Fen;
use crate::shared::Shared;
use crate::tls::ClientCertificate;
use crate::wechat::codes;
use crate::wechat::owner::key;
use crate::wechat::refund::{Entered, enter, outcome};
use crate::wechat::refused::Refused;
use crate::wechat::till;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::wechat) enum Call {
    Unified,
    Micropay,
    Query,
    Close,
    Reverse,
    Refund,
    RefundQuery,
    OpenId,
    ShortUrl,
    Bill,
}

impl Call {
    pub(in crate::wechat) fn of_path(path: &str) -> Option<Self> {
        match path {
            "/pay/unifiedorder" => Some(Self::Unified),
            "/pay/micropay" => Some(Self::Micropay),
            "/pay/orderquery" => Some(Self::Query),
            "/pay/closeorder" => Some(Self::Close),
            "/secapi/pay/reverse" => Some(Self::Reverse),
            "/secapi/pay/refund" => Some(Self::Refund),
            "/pay/refundquery" => Some(Self::RefundQuery),
            "/tools/authcodetoopenid" => Some(Self::OpenId),
            "/tools/shorturl" => Some(Self::ShortUrl),
            "/pay/downloadbill" => Some(Self::Bill),
            _ => None,
        }
    }

    fn operation(self) -> Operation {
        match self {
            Self::Unified | Self::Micropay => Operation::Pay,
            Self::Query => Operation::Query,
            Self::Close => Operation::Close,
            Self::Reverse => Operation::Reverse,
            Self::Refund => Operation::Refund,
            Self::RefundQuery => Operation::RefundQuery,
            Self::OpenId => Operation::Identify,
            Self::ShortUrl => Operation::Any,
            Self::Bill => Operation::Bill,
        }
    }

    /// Calls by which money goes back want the merchant's certificate.
    fn needs_certificate(self) -> bool {
        matches!(self, Self::Reverse | Self::Refund)
    }
}

pub(in crate::wechat) async fn answer(
    shared: &Arc<Shared>,
    call: Call,
    parts: &Parts,
    bytes: &Bytes,
) -> Response {
    let shown = parts.extensions.get::<ClientCertificate>();
    if call.needs_certificate() && !shown.is_some_and(|own| shared.wechat.owns(own)) {
        return no_certificate();
    }
    let request = match Request::open(&shared.wechat.party, &parts.method, bytes) {
        Ok(request) => request,
        Err(Answer::Failed(text) | Answer::Refused { text, .. }) => return unsigned(&text),
        Err(Answer::Done(_) | Answer::NoBill | Answer::File(_)) => return unsigned("OK"),
    };
    let voice = Voice {
        shared,
        sign_type: request.sign_type,
        app_id: request.app_id().to_owned(),
        owner: request.owner.clone(),
        recalls: call == Call::Reverse,
    };
    let fault = fault(shared, call, &request);
    exchange(&voice, fault, |skew| {
        act(shared, call, &request, skew).unwrap_or_else(|refused| refused)
    })
    .await
}

/// As the channel's front server says it.
fn no_certificate() -> Response {
    let page = "<html><head><title>400 No required SSL certificate was sent</title></head>\
                <body><center><h1>400 Bad Request</h1></center>\
                <center>No required SSL certificate was sent</center></body></html>";
    plain(StatusCode::BAD_REQUEST, "text/html", page.to_owned())
}

fn fault(shared: &Shared, call: Call, request: &Request) -> Option<Fault> {
    let number = number(shared, request);
    let mut faults = shared.faults();
    if let (Operation::Pay, Some(subject)) = (call.operation(), request.raw("body")) {
        faults.learn(
            &(Channel::Wechat, number.clone().unwrap_or_default()),
            Operation::Pay,
            subject,
        );
    }
    faults.take(Class::Request, Channel::Wechat, call.operation(), number.as_deref())
}

/// The order the call is about, as far as one can be told.
fn number(shared: &Shared, request: &Request) -> Option<String> {
    let books = shared.books();
    let refund = request.raw("out_refund_no");
    act::order_key(&books, request, Refused::OrderUnknown)
        .ok()
        .or_else(|| books.key_of_refund(Channel::Wechat, refund?))
        .map(|key| key.1)
}

fn act(shared: &Arc<Shared>, call: Call, request: &Request, skew: i64) -> Result<Answer, Answer> {
    let now = clock::now();
    request.check(&shared.wechat.party)?;
    if let Some(code) = codes::forced(codes::v2, call.operation(), amount(shared, request)) {
        let answer = Answer::coded(code);
        let unclear = call == Call::Reverse && code == "SYSTEMERROR";
        return Err(if unclear { answer.with("recall", "Y") } else { answer });
    }
    match call {
        Call::Unified => {
            let key = order::unified(&mut shared.books(), request, now)?;
            let answer = order::created(shared, &key, now)?;
            shared.follow(FollowUp::Opened(key));
            Ok(answer)
        }
        Call::Micropay => {
            let limits = (Fen(shared.config.confirm_above_fen), now);
            let charged = order::micropay(&mut shared.books(), request, limits)?;
            till::after(shared, &charged);
            order::charged(&charged, skew)
        }
        Call::Query => act::query(&mut shared.books(), request, (skew, now)),
        Call::Close => act::close(&mut shared.books(), request, now),
        Call::Reverse => act::reverse(&mut shared.books(), request, now),
        Call::Refund => refund_asked(shared, request, skew),
        Call::RefundQuery => refund::query(&mut shared.books(), request, (skew, now)),
        Call::OpenId => act::open_id(&mut shared.books(), request),
        Call::ShortUrl => act::short_url(request),
        Call::Bill => bill::download(shared, request, now),
    }
}

/// The request's own amount, or that of the order it names.
fn amount(shared: &Shared, request: &Request) -> Option<Fen> {
    let own = request.raw("refund_fee").or_else(|| request.raw("total_fee"));
    if let Some(fen) = own.and_then(|text| text.parse().ok()) {
        return Some(Fen(fen));
    }
    let key = key(&number(shared, request)?);
    shared.books().order(&key, clock::now()).map(|order| order.total)
}

fn refund_asked(shared: &Arc<Shared>, request: &Request, skew: i64) -> Result<Answer, Answer> {
    let number = number(shared, request);
    let class = (Class::RefundOutcome, Channel::Wechat, Operation::Refund);
    let forced = shared.faults().take(class.0, class.1, class.2, number.as_deref());
    let kind = forced.map(|fault| fault.kind);
    let asked = refund::asked(&shared.books(), request)?;
    let (key, gap) = (asked.key.clone(), shared.config.wechat_refund_gap);
    let Entered { order, refund, new } =
        enter(&mut shared.books(), asked, gap, kind, clock::now())?;
    if new {
        let out_refund_no = refund.out_refund_no.clone();
        shared.follow(FollowUp::Refunding { key, out_refund_no, outcome: outcome(kind) });
    }
    Ok(refund::accepted(&order, &refund, skew))
}

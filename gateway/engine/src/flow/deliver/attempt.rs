//! Sending, and what an answer means.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use paymux_core::Timestamp;
use paymux_core::delivery::Answer;
use paymux_core::payment::Payment;
use paymux_core::trace::Trace;
use paymux_store::{MerchantEvent, Store};
use tower::ServiceExt as _;
use tracing::Instrument as _;
use tracing::field::Empty;

use super::glimpse;
use crate::courier::{CourierError, Parcel, Receipt};
use crate::door::{self, Door, Told};
use crate::endpoint::{Ack, Endpoint};
use crate::gateway::Gateway;
use crate::traces::TARGET;
use crate::webhook;

/// How an attempt went, in words.
pub(super) struct Tried {
    pub(super) answer: Answer,
    pub(super) outcome: &'static str,
    pub(super) status: Option<u16>,
    /// The endpoint was there and answered of its own free will, whatever it said.
    pub(super) reached: bool,
    /// Its breaker is shut: it failed often, in a row.
    pub(super) lasting: bool,
    /// It wants to hear nothing any more.
    pub(super) gone: bool,
    /// It may have taken the event, and we would not know.
    pub(super) unknown: bool,
    /// What its answer looks like.
    pub(super) looks: Option<&'static str>,
}

impl<S: Store> Gateway<S> {
    pub(super) async fn attempt(
        &self,
        endpoint: &Endpoint,
        event: &MerchantEvent,
        subject: Option<&Payment>,
    ) -> Tried {
        let begun = self.now();
        let span = tracing::trace_span!(
            target: TARGET,
            "delivery",
            otel.kind = "producer",
            merchant = event.merchant.as_str(),
            endpoint = endpoint.id.as_str(),
            event = event.kind.as_str(),
            outcome = Empty,
        );
        let trace = span.in_scope(|| self.traces.current());
        let parcel = match &endpoint.door {
            Some(door) => self.in_words(door, endpoint, event, subject),
            None => Some(written(endpoint, event, begun, trace)),
        };
        paymux_store::crashpoint!("deliver.before_send");
        let sent = match parcel {
            Some(parcel) => {
                Some(self.courier.clone().oneshot(parcel).instrument(span.clone()).await)
            }
            None => None,
        };
        paymux_store::crashpoint!("deliver.after_answer");
        let now = self.now();
        let tried = match sent {
            None => tried("nothing_to_tell", None, Answer::Nothing, true),
            Some(Ok(Receipt::Confirmed)) => tried("acknowledged", None, Answer::Acknowledged, true),
            Some(Ok(Receipt::Answered { status, retry_after, body })) => {
                let wish = retry_after.map(|it| it.pause(now));
                judge(endpoint, status, Answer::Failed { retry_after: wish }, &body)
            }
            Some(Err(error)) => broken(error),
        };
        span.record("outcome", tried.outcome);
        let (merchant, endpoint) = (event.merchant.as_str(), endpoint.id.as_str());
        self.metrics.delivery(merchant, endpoint, tried.outcome, now.since(begun));
        tried
    }

    /// None where there is nothing to tell, or nobody to tell it to.
    fn in_words(
        &self,
        door: &Door,
        endpoint: &Endpoint,
        event: &MerchantEvent,
        subject: Option<&Payment>,
    ) -> Option<Parcel> {
        let (payment, snapshot) = (subject?, self.snapshot.load());
        let refund = door::refund_of(&event.payload).and_then(|it| payment.refund(it));
        let told = Told { payment, refund, snapshot: &snapshot, now: self.now() };
        let message = door.words.message(&told)?;
        let content_type = message.content_type.map(|it| (CONTENT_TYPE, it));
        let headers = content_type.into_iter().collect();
        let (url, method) = (message.url, message.method);
        Some(Parcel { url, method, body: message.body, ..plain(endpoint, event, headers) })
    }
}

/// The event as it was written, signed now.
fn written(
    endpoint: &Endpoint,
    event: &MerchantEvent,
    now: Timestamp,
    trace: Option<Trace>,
) -> Parcel {
    let mut headers = webhook::headers(&endpoint.secrets, event.id, now, &event.payload);
    if let Some(trace) = trace {
        webhook::trace(&mut headers, trace);
    }
    plain(endpoint, event, headers)
}

fn plain(endpoint: &Endpoint, event: &MerchantEvent, headers: HeaderMap) -> Parcel {
    Parcel {
        url: endpoint.url.clone(),
        method: Method::POST,
        login: endpoint.login.clone(),
        merchant: event.merchant.clone(),
        kind: event.kind.clone(),
        headers,
        body: event.payload.clone().into(),
        timeout: endpoint.timeout,
    }
}

fn tried(outcome: &'static str, status: Option<u16>, answer: Answer, reached: bool) -> Tried {
    Tried {
        answer,
        outcome,
        status,
        reached,
        lasting: false,
        gone: false,
        unknown: false,
        looks: None,
    }
}

/// Success is 2xx, and `success` in the body where the endpoint asks for it.
fn judge(endpoint: &Endpoint, status: u16, wishes: Answer, body: &[u8]) -> Tried {
    let failed = Answer::Failed { retry_after: None };
    let (outcome, answer, reached) = match status {
        200..=299 if acknowledges(endpoint, body) => ("acknowledged", Answer::Acknowledged, true),
        200..=299 => ("body_not_success", failed, true),
        300..=399 => ("redirect", failed, true),
        410 => ("gone", failed, true),
        429 | 503 => ("asked_to_wait", wishes, false),
        400..=499 => ("client_error", failed, true),
        _ => ("server_error", failed, false),
    };
    Tried {
        // Through a door, it is one order's URL that is gone.
        gone: status == 410 && endpoint.door.is_none(),
        looks: Some(glimpse::of(body)),
        ..tried(outcome, Some(status), answer, reached)
    }
}

fn broken(error: CourierError) -> Tried {
    // A broker without a queue for the event is quick to say so.
    let reached = matches!(error, CourierError::Unroutable);
    let failed = Answer::Failed { retry_after: None };
    Tried { unknown: error.is_unknown(), ..tried(error.name(), None, failed, reached) }
}

fn acknowledges(endpoint: &Endpoint, body: &[u8]) -> bool {
    if let Some(door) = &endpoint.door {
        return door.words.acknowledges(body);
    }
    match endpoint.ack {
        Ack::Status => true,
        Ack::Success => body.trim_ascii() == b"success",
    }
}

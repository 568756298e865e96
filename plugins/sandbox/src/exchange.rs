//! One request and its answer, with the fault that strikes them.

use std::future::Future;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::{StatusCode, header};
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::fault::{Fault, FaultKind};

/// What a skewed answer adds to the true amount, in fen.
const SKEW_FEN: i64 = 1;

/// The refusals a fault can put into a channel's mouth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Refusal {
    UnknownCode,
    SystemError,
    RateLimited,
    /// The channel's own code.
    Code(String),
    /// Taking the charge back has to be asked for again.
    AskAgain,
}

/// How a channel words and signs its answers.
pub(crate) trait Dialect {
    type Answer: Send;
    /// Ends the waits of faults when the sandbox stops.
    fn stop(&self) -> &CancellationToken;
    fn refusal(&self, refusal: Refusal) -> Self::Answer;
    fn seal(&self, answer: Self::Answer, spoiled: bool) -> impl Future<Output = Response> + Send;
    /// Signed as the fault says, where the channel's signatures can be wrong in more than one way.
    fn flawed(
        &self,
        answer: Self::Answer,
        _fault: FaultKind,
    ) -> impl Future<Output = Response> + Send {
        self.seal(answer, true)
    }
}

/// Marks a response that must not be sent: the connection is cut instead.
#[derive(Clone, Copy)]
pub(crate) struct Cut;

/// `act` is the effect; its argument is what to add to every amount it names.
pub(crate) async fn exchange<D: Dialect>(
    dialect: &D,
    fault: Option<Fault>,
    act: impl FnOnce(i64) -> D::Answer,
) -> Response {
    let Some(fault) = fault else { return dialect.seal(act(0), false).await };
    let wait = Duration::from_millis(fault.ms);
    match fault.kind {
        FaultKind::DropRequest => cut(),
        FaultKind::LoseAnswer => {
            act(0);
            cut()
        }
        FaultKind::Hang => {
            act(0);
            pause(dialect, wait).await;
            cut()
        }
        FaultKind::Delay => {
            let answer = act(0);
            pause(dialect, wait).await;
            dialect.seal(answer, false).await
        }
        FaultKind::SlowRequest => {
            pause(dialect, wait).await;
            dialect.seal(act(0), false).await
        }
        FaultKind::WrongAmount => dialect.seal(act(SKEW_FEN), false).await,
        FaultKind::WrongSignature
        | FaultKind::SignTest
        | FaultKind::StrangeSerial
        | FaultKind::StaleTimestamp
        | FaultKind::Unsigned => dialect.flawed(act(0), fault.kind).await,
        FaultKind::Status500 | FaultKind::Html200 | FaultKind::GarbageJson => {
            act_if(fault.effect, act);
            broken(fault.kind)
        }
        FaultKind::Refuse => {
            let code = Refusal::Code(fault.code.clone());
            refused(dialect, fault, act, code).await
        }
        FaultKind::AskAgain => refused(dialect, fault, act, Refusal::AskAgain).await,
        FaultKind::UnknownCode => refused(dialect, fault, act, Refusal::UnknownCode).await,
        FaultKind::SystemError => refused(dialect, fault, act, Refusal::SystemError).await,
        FaultKind::RateLimited => refused(dialect, fault, act, Refusal::RateLimited).await,
        FaultKind::NotifyLost
        | FaultKind::NotifyDouble
        | FaultKind::NotifyDelay
        | FaultKind::NotifyReorder
        | FaultKind::RefundAbnormal
        | FaultKind::RefundClosed
        | FaultKind::NotEnough => dialect.seal(act(0), false).await,
    }
}

async fn pause<D: Dialect>(dialect: &D, wait: Duration) {
    dialect.stop().run_until_cancelled(clock::sleep(wait)).await;
}

pub(crate) fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

async fn refused<D: Dialect>(
    dialect: &D,
    fault: Fault,
    act: impl FnOnce(i64) -> D::Answer,
    refusal: Refusal,
) -> Response {
    act_if(fault.effect, act);
    dialect.seal(dialect.refusal(refusal), false).await
}

fn act_if<A>(wanted: bool, act: impl FnOnce(i64) -> A) {
    if wanted {
        act(0);
    }
}

fn broken(kind: FaultKind) -> Response {
    let html = "<html><body><h1>Bad Gateway</h1></body></html>";
    let (status, kind, body) = if kind == FaultKind::Status500 {
        (StatusCode::INTERNAL_SERVER_ERROR, "text/html", html)
    } else if kind == FaultKind::Html200 {
        (StatusCode::OK, "text/html", html)
    } else {
        (StatusCode::OK, "application/json", r#"{"code":"10000","msg":"Suc"#)
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    response
}

/// A plain answer; every header value here is made of visible ASCII by its caller.
pub(crate) fn plain(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let kind = http::HeaderValue::from_static(content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// `303 See Other`, or a refusal when the target cannot be a header.
pub(crate) fn see_other(location: &str) -> Response {
    let mut response = Response::new(Body::empty());
    match http::HeaderValue::from_str(location) {
        Ok(value) => {
            *response.status_mut() = StatusCode::SEE_OTHER;
            response.headers_mut().insert(header::LOCATION, value);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}

//! Refusals in the words of the protocol that was spoken, with the stable name of the problem.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use paymux_engine::problem::{self, Kind, Problem};
use serde_json::{Value, json};

use crate::api::problem::Refusal;
use crate::api::reply;
use crate::inbound::authenticate::Reason;

pub(crate) async fn in_its_words(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let Some(Refusal(problem)) = response.extensions_mut().remove() else { return response };
    tracing::info!(problem = problem.kind.slug, "door.refused");
    let mut told = match path.as_str() {
        "/submit.php" => page(&problem),
        "/mapi.php" | "/api.php" => reply::json(status(problem.kind), &epay(&problem)),
        _ => reply::json(status(problem.kind), &jeepay(&problem)),
    };
    if let Some(seconds) = problem.retry_after_secs {
        told.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if is(problem.kind, problem::UNAUTHENTICATED) {
        told.extensions_mut().insert(Reason::Signature);
    }
    told
}

/// Of these protocols, callers read the body and not the status; what is not about the request
/// itself is told by both.
fn status(kind: &Kind) -> StatusCode {
    match kind.status {
        200..=407 | 409..=412 | 414..=428 => StatusCode::OK,
        other => StatusCode::from_u16(other).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// What is wrong, with the field where there is one.
fn text(problem: &Problem) -> String {
    let errors = problem.errors.iter().map(|it| format!("{}: {}", it.pointer, it.reason));
    let errors: Vec<_> = errors.collect();
    if errors.is_empty() { problem.detail.clone() } else { errors.join("; ") }
}

fn page(problem: &Problem) -> Response {
    let text = format!("{}: {}\n", problem.kind.slug, text(problem));
    let mut response = (status(problem.kind), text).into_response();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn epay(problem: &Problem) -> Value {
    let code = if is(problem.kind, problem::UNAUTHENTICATED) { -3 } else { -1 };
    json!({ "code": code, "msg": text(problem), "problem": problem.kind.slug })
}

/// 10 is the system's, 11 the parameters', 9999 everybody's.
fn jeepay(problem: &Problem) -> Value {
    let code = match problem.kind.status {
        500.. => 10,
        _ if is(problem.kind, problem::INVALID_FIELD) => 11,
        _ if is(problem.kind, problem::MALFORMED_JSON) => 11,
        _ => 9999,
    };
    json!({ "code": code, "msg": text(problem), "problem": problem.kind.slug })
}

fn is(kind: &Kind, other: &Kind) -> bool {
    kind.slug == other.slug
}

//! A problem on its way to the merchant: told at one edge, so that no handler can forget its
//! media type or the request's id (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use paymux_engine::problem::{FieldError, Kind, Problem};
use serde::Serialize;

/// The same to everyone, whatever the merchant uses.
const CHALLENGES: &str = "Bearer, PAYMUX-HMAC-SHA256, PAYMUX-RSA-SHA256, PAYMUX-ED25519";

/// What a handler or a layer answers instead of a result; [`tell`] gives it its body.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(pub(crate) Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl Refusal {
    pub(crate) fn new(kind: &'static Kind, detail: impl Into<String>) -> Self {
        Self(Problem::new(kind, detail))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = status(self.0.kind).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: String,
    code: &'a str,
    request_id: &'a str,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldBody<'a>>,
}

#[derive(Serialize)]
struct FieldBody<'a> {
    pointer: &'a str,
    reason: &'a str,
}

/// Writes out a refusal; any other response passes as it is.
pub(crate) fn tell(mut response: Response, request_id: &str) -> Response {
    let Some(Refusal(problem)) = response.extensions_mut().remove() else { return response };
    let body = paymux_engine::render::bytes(&body(&problem, request_id));
    let mut told = (status(problem.kind), body).into_response();
    let media_type = HeaderValue::from_static("application/problem+json");
    told.headers_mut().insert(CONTENT_TYPE, media_type);
    if let Some(seconds) = problem.retry_after_secs {
        told.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if problem.kind.status == StatusCode::UNAUTHORIZED.as_u16() {
        let scheme = HeaderValue::from_static(CHALLENGES);
        told.headers_mut().insert(http::header::WWW_AUTHENTICATE, scheme);
    }
    told
}

fn body<'a>(problem: &'a Problem, request_id: &'a str) -> Body<'a> {
    Body {
        kind: format!("/problems/{}", problem.kind.slug),
        title: problem.kind.title,
        status: problem.kind.status,
        detail: &problem.detail,
        instance: format!("urn:request:{request_id}"),
        code: problem.kind.slug,
        request_id,
        retryable: problem.kind.retryable,
        payment_id: problem.payment.map(|it| it.to_string()),
        errors: problem.errors.iter().map(field).collect(),
    }
}

fn field(error: &FieldError) -> FieldBody<'_> {
    FieldBody { pointer: &error.pointer, reason: &error.reason }
}

fn status(kind: &Kind) -> StatusCode {
    StatusCode::from_u16(kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

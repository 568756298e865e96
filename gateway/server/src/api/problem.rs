//! A problem on its way to the merchant: told at one edge, so that no handler can forget its
//! media type or the request's id (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use paymux_engine::problem::{FieldError, Kind, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

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

/// Why a request was not done, in a form that does not change (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body<'a> {
    /// The page of this kind of problem, below this API.
    #[schema(pattern = "^/problems/[a-z-]+$")]
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    /// This case.
    detail: &'a str,
    instance: String,
    #[schema(schema_with = codes)]
    code: &'a str,
    /// Quote it when you ask for help.
    request_id: &'a str,
    /// Whether the same request, with the same `Idempotency-Key`, may succeed later.
    retryable: bool,
    /// The payment that is in the way, or that was made.
    #[schema(nullable = false, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<String>,
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldBody<'a>>,
}

/// One thing that is wrong with a request.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldError)]
struct FieldBody<'a> {
    /// A JSON pointer into the body, or the name of a parameter.
    pointer: &'a str,
    reason: &'a str,
}

fn codes() -> Object {
    let slugs = paymux_engine::problem::ALL.iter().map(|it| it.slug);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(slugs)).build()
}

/// Writes out a refusal; any other response passes as it is.
pub(crate) fn tell(mut response: Response, request_id: &str) -> Response {
    let Some(Refusal(problem)) = response.extensions_mut().remove() else { return response };
    let body = paymux_engine::render::bytes(&body(&problem, request_id));
    let mut told = (status(problem.kind), body).into_response();
    told.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Some(seconds) = problem.retry_after_secs {
        told.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if problem.kind.status == StatusCode::UNAUTHORIZED.as_u16() {
        let scheme = HeaderValue::from_static(CHALLENGES);
        told.headers_mut().insert(http::header::WWW_AUTHENTICATE, scheme);
    }
    told
}

pub(crate) fn body<'a>(problem: &'a Problem, request_id: &'a str) -> Body<'a> {
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

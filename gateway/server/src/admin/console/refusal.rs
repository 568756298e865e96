//! A refusal as a person reads it, where a browser asks for a page; everybody else gets the
//! problem as it is.

use askama::Template;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{ACCEPT, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use paymux_engine::problem::Problem;

use super::page;
use super::words::{Language, Words};
use crate::admin::access::page_guard;
use crate::api::problem::Refusal;
use crate::inbound::request_id::RequestId;

#[derive(Template)]
#[template(path = "console/refusal.html")]
struct Refused<'a> {
    w: &'static Words,
    title: &'a str,
    text: &'a str,
    /// What stands in the problem too.
    detail: &'a str,
    reference: &'a str,
}

pub(crate) async fn as_page(request: Request, next: Next) -> Response {
    let wanted = is_wanted(request.headers());
    let words = Language::of(request.headers()).words();
    let reference = request.extensions().get::<RequestId>().map(|it| it.0.clone());
    let mut response = next.run(request).await;
    if !wanted {
        return response;
    }
    let Some(Refusal(problem)) = response.extensions_mut().remove() else { return response };
    refused(&problem, words, &reference.unwrap_or_default())
}

/// Browsers say so when somebody goes to a page, and scripts and programs do not.
fn is_wanted(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|it| it.trim().starts_with("text/html"))
}

fn refused(problem: &Problem, w: &'static Words, reference: &str) -> Response {
    let status = StatusCode::from_u16(problem.kind.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let (title, text) = said(status, w);
    let mut response =
        page(status, &Refused { w, title, text, detail: &problem.detail, reference });
    let headers = response.headers_mut();
    page_guard::protect(headers);
    if let Some(seconds) = problem.retry_after_secs {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn said(status: StatusCode, w: &'static Words) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => (w.unknown, w.unknown_note),
        StatusCode::FORBIDDEN => (w.forbidden, w.forbidden_note),
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => (w.missing, w.missing_note),
        StatusCode::TOO_MANY_REQUESTS => (w.too_often, w.too_often_note),
        _ => (w.refused, w.refused_note),
    }
}

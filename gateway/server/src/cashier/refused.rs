//! A refusal as payers read it: a page in their language, with a way on, and nothing of ours in it.

use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use paymux_engine::problem::{self, Problem};
use paymux_store::Store;

use super::assets::Assets;
use super::browser::Browser;
use super::words::Words;
use super::{Desk, guard};
use crate::api::problem::Refusal;
use crate::inbound::request_id::RequestId;

#[derive(Template)]
#[template(path = "notice.html")]
struct Notice<'a> {
    words: &'a Words,
    assets: &'a Assets,
    root: &'a str,
    title: &'a str,
    text: &'a str,
    /// Where to try again.
    again: Option<&'a str>,
    reference: &'a str,
}

pub(crate) async fn as_page<S: Store>(
    State(desk): State<Desk<S>>,
    request: Request,
    next: Next,
) -> Response {
    let browser = Browser::of(request.headers(), request.uri().query().unwrap_or_default());
    let reference = request.extensions().get::<RequestId>().map(|it| it.0.clone());
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let Some(Refusal(problem)) = response.extensions_mut().remove() else { return response };
    tracing::info!(problem = problem.kind.slug, detail = problem.detail, "cashier.refused");
    let root = desk.gateway.snapshot.load().cashier.as_ref().map(|it| it.root().to_owned());
    let root = root.unwrap_or_default();
    let again = page_of(&path).map(|it| format!("{root}{it}{}", browser.query()));
    page(&problem, &browser, &root, again.as_deref(), &reference.unwrap_or_default())
}

/// The page that a request belongs to: its first two parts.
fn page_of(path: &str) -> Option<String> {
    let mut parts = path.split('/').skip(1);
    let (kind, link) = (parts.next()?, parts.next()?);
    // A link of ours has no other characters, and nothing else is repeated to anybody.
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"._-".contains(&it);
    let ours = ["c", "q"].contains(&kind) && link.bytes().all(plain) && link.contains('.');
    ours.then(|| format!("/{kind}/{link}"))
}

fn page(
    problem: &Problem,
    browser: &Browser,
    root: &str,
    again: Option<&str>,
    reference: &str,
) -> Response {
    let words = browser.words;
    let (title, text, hopeful) = said(problem, words);
    let (again, assets) = (again.filter(|_| hopeful), Assets::get());
    let notice = Notice { words, assets, root, title, text, again, reference };
    let status = StatusCode::from_u16(problem.kind.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = (status, Html(notice.render().unwrap_or_default())).into_response();
    let headers: &mut HeaderMap = response.headers_mut();
    guard(headers);
    if let Some(seconds) = problem.retry_after_secs {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// The words for it, and whether another try may help.
fn said<'a>(problem: &Problem, words: &'a Words) -> (&'a str, &'a str, bool) {
    let kind = problem.kind;
    let is = |any: &[&problem::Kind]| any.iter().any(|it| it.slug == kind.slug);
    if is(&[problem::NOT_FOUND, problem::METHOD_NOT_ALLOWED]) {
        (words.not_found, words.not_found_note, false)
    } else if is(&[problem::LINK_EXPIRED]) {
        (words.expired, words.expired_note, false)
    } else if is(&[problem::FOREIGN_ORIGIN]) {
        (words.foreign, words.foreign_note, true)
    } else if is(&[problem::TOO_MANY_REQUESTS, problem::OVERLOADED]) {
        (words.busy, words.busy_note, true)
    } else if is(&[problem::ATTEMPT_OPEN, problem::IDEMPOTENCY_KEY_IN_USE]) {
        (words.wait, words.wait_note, true)
    } else if is(&[problem::PAYMENT_ENDED, problem::PAYMENT_PAID]) {
        (words.closed, words.closed_note, true)
    } else if is(&[
        problem::NO_ROUTE,
        problem::CHANNEL_UNFIT,
        problem::CHANNEL_UNAVAILABLE,
        problem::CHANNEL_SILENT,
        problem::ATTEMPT_LIMIT,
        problem::INVALID_FIELD,
    ]) {
        (words.unfit, words.unfit_note, true)
    } else {
        (words.wrong, words.wrong_note, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_link_of_ours_is_repeated() {
        assert_eq!(page_of("/c/01A.B/identified/wx").as_deref(), Some("/c/01A.B"));
        assert_eq!(page_of("/q/front-desk.B").as_deref(), Some("/q/front-desk.B"));
        for other in ["/c/%22onload=.x", "/c/-/cashier.css/x", "/c", "/", "/v1/a.b", "/c/ab"] {
            let again = page_of(other);
            assert!(again.is_none() || other.starts_with("/c/-"), "{other}: {again:?}");
        }
    }
}

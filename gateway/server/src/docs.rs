//! What developers read on the public listener, all of it inside the program: the API's description
//! for machines and for people, the guides, and a page for each type of problem.

mod guides;
mod markdown;
mod problems;
mod reference;
mod samples;

use std::sync::{Arc, OnceLock};

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use paymux_engine::problem::NOT_FOUND;
use serde_json::Value;
use utoipa::openapi::OpenApi;

use crate::api::problem::Refusal;
use problems::Problems;

/// It changes with the program and its settings alone.
const CACHE: &str = "public, max-age=300";
/// Nothing from another host, nothing inline, nothing sent anywhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; \
                      base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
const HTML: &str = "text/html; charset=utf-8";

/// One page, with what all of them have around it.
#[derive(Template)]
#[template(path = "docs/page.html")]
struct Page<'a> {
    language: &'static str,
    title: &'a str,
    /// The same page in the other language.
    other: Option<(&'static str, String)>,
    links: Vec<(String, String)>,
    body: String,
}

pub(crate) fn routes(document: OpenApi) -> Router {
    let document = Arc::new(document);
    let json =
        once("application/json", Arc::clone(&document), |it| it.to_json().unwrap_or_default());
    let reference = once(HTML, document, |it| {
        reference::page(&serde_json::to_value(it).unwrap_or(Value::Null))
    });
    Router::new()
        .route("/openapi.json", json)
        .route("/docs", reference)
        .route("/docs/style.css", fixed("text/css", include_str!("../templates/docs/style.css")))
        .route("/docs/find.js", fixed("text/javascript", include_str!("../templates/docs/find.js")))
        .route("/docs/guides/{guide}", get(async |Path(name)| told(guides::page("en", name))))
        .route(
            "/docs/zh-CN/guides/{guide}",
            get(async |Path(name)| told(guides::page("zh-CN", name))),
        )
        .merge(of_problems(&problems::ENGLISH))
        .merge(of_problems(&problems::CHINESE))
}

fn of_problems(all: &'static Problems) -> Router {
    let one = async move |Path(slug): Path<String>| told(all.page(&slug));
    Router::new()
        .route(all.root, fixed(HTML, all.list()))
        .route(&format!("{}/{{kind}}", all.root), get(one))
}

/// Made when somebody asks for it, and kept: a start waits for none of it.
fn once<S: Clone + Send + Sync + 'static>(
    media_type: &'static str,
    document: Arc<OpenApi>,
    make: fn(&OpenApi) -> String,
) -> MethodRouter<S> {
    let kept = Arc::new(OnceLock::new());
    get(async move || {
        let made: &Bytes = kept.get_or_init(|| make(&document).into());
        served(media_type, made.clone())
    })
}

fn fixed<S: Clone + Send + Sync + 'static>(
    media_type: &'static str,
    bytes: impl Into<Bytes>,
) -> MethodRouter<S> {
    let bytes = bytes.into();
    get(async move || served(media_type, bytes))
}

fn told(page: Option<String>) -> Result<Response, Refusal> {
    let unknown = || Refusal::new(NOT_FOUND, "there is no such page");
    page.map(|it| served(HTML, it.into())).ok_or_else(unknown)
}

fn served(media_type: &'static str, bytes: Bytes) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, CACHE),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests;

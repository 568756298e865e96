//! `POST /admin/v1/reload` and `GET /admin/v1/config/diff`.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use paymux_engine::problem::CONFIG_REFUSED;
use paymux_store::Store;
use serde::Serialize;
use serde_json::json;

use super::access::{Desk, Who};
use super::deed::action;
use crate::api::reply;
use crate::app::reload::{Cause, News, ReloadError, Reloaded};
use crate::settings::Problem;

#[derive(Serialize)]
struct Taken {
    config_generation: u64,
    #[serde(flatten)]
    changes: Changes,
}

#[derive(Serialize)]
pub(super) struct Changes {
    /// As `paymux config diff` prints them.
    changes: Vec<String>,
    /// The keys that stay as they are until the gateway is started again.
    needs_restart: Vec<String>,
    /// What is taken and may not be meant.
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Refused<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: String,
    code: &'a str,
    problems: Vec<ProblemBody<'a>>,
}

#[derive(Serialize)]
struct ProblemBody<'a> {
    file: &'a str,
    line: usize,
    key: &'a str,
    problem: &'a str,
}

pub(super) async fn reload<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(who): Extension<Who>,
) -> Response {
    let outcome = match desk.reloader.clone() {
        Some(reloader) => {
            // Goes on to its end although the caller may be gone.
            let reloaded = tokio::spawn(async move { reloader.reload(Cause::Admin).await }).await;
            reloaded.expect("a reload does not panic")
        }
        None => Err(ReloadError::NoFile),
    };
    let word = if outcome.is_ok() { "done" } else { "refused" };
    let now = desk.gateway.now();
    desk.note(who.tried(action::RELOAD, "configuration", word, json!({}), now)).await;
    match outcome {
        Ok(Reloaded { generation, news }) => {
            let taken = Taken { config_generation: generation, changes: changes(&news) };
            reply::json(StatusCode::OK, &taken)
        }
        Err(error) => refused(&error),
    }
}

pub(super) async fn diff<S: Store>(State(desk): State<Desk<S>>) -> Response {
    let Some(reloader) = desk.reloader else { return refused(&ReloadError::NoFile) };
    match reloader.difference().await {
        Ok(news) => reply::json(StatusCode::OK, &changes(&news)),
        Err(error) => refused(&error),
    }
}

pub(super) fn changes(News { difference, warnings }: &News) -> Changes {
    Changes {
        changes: difference.0.iter().map(ToString::to_string).collect(),
        needs_restart: difference.needing_restart().map(|it| it.key.clone()).collect(),
        warnings: warnings.iter().map(ToString::to_string).collect(),
    }
}

pub(super) fn refused(error: &ReloadError) -> Response {
    let problems: &[Problem] = match error {
        ReloadError::NoFile => &[],
        ReloadError::Refused(problems) => &problems.0,
    };
    let kind = CONFIG_REFUSED;
    let body = Refused {
        kind: format!("/problems/{}", kind.slug),
        title: kind.title,
        status: kind.status,
        detail: match error {
            ReloadError::NoFile => error.to_string(),
            ReloadError::Refused(_) => "nothing was changed; see problems".into(),
        },
        code: kind.slug,
        problems: problems.iter().map(body_of).collect(),
    };
    let status = StatusCode::from_u16(kind.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let mut response = reply::json(status, &body);
    let media_type = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

fn body_of(it: &Problem) -> ProblemBody<'_> {
    ProblemBody { file: &it.file, line: it.line, key: &it.key, problem: &it.problem }
}

//! The operators' console: pages made here, without anything from elsewhere.

mod accounts;
mod audit;
mod charts;
mod delivery;
mod differences;
mod entrance;
mod overview;
mod payments;
pub(super) mod refusal;
mod routing;
mod transfers;
mod words;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use paymux_core::Timestamp;
use paymux_engine::problem::Problem;
use paymux_engine::render;

use super::access::Who;
use super::access::sessions::Open;
use words::{Language, Words};

pub(crate) use charts::{EVERY, Sample, Series};
pub(super) use {accounts::accounts, audit::audit, routing::routing};
pub(super) use {delivery::act, delivery::deliveries, delivery::replay, delivery::replay_range};
pub(super) use {differences::decide, differences::differences, differences::differences_file};
pub(super) use {entrance::form, entrance::language, entrance::log_in, entrance::log_out};
pub(super) use {overview::live, overview::overview, payments::payment, payments::payments};
pub(super) use {transfers::judge, transfers::transfer, transfers::transfers};

const STYLE: &str = include_str!("../../templates/console/console.css");
const ICON: &str = include_str!("../../templates/console/icon.svg");
const SCRIPT: &str = include_str!("../../templates/console/console.js");

/// What every page shows around its own.
pub(super) struct Frame {
    w: &'static Words,
    user: String,
    role: &'static str,
    /// Sees what is everybody's.
    staff: bool,
    acts: bool,
    token: String,
    /// Where this page stands in the menu.
    here: &'static str,
}

impl Frame {
    fn of(open: &Open, headers: &HeaderMap, here: &'static str) -> Self {
        let Who { name, role, .. } = &open.who;
        let staff = role.merchant().is_none();
        Self {
            w: Language::of(headers).words(),
            user: name.clone(),
            role: role.name(),
            staff,
            acts: role.reaches(super::access::user::Least::Operator),
            token: open.form_token(),
            here,
        }
    }

    fn chinese(&self) -> bool {
        self.w.code != "en"
    }
}

#[derive(Template)]
#[template(path = "console/notice.html")]
struct Notice {
    f: Frame,
    title: String,
    text: String,
    back: &'static str,
}

fn page<T: Template>(status: StatusCode, template: &T) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "page.not_made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What went wrong, as a page.
fn refused(f: Frame, problem: &Problem, back: &'static str) -> Response {
    let status = StatusCode::from_u16(problem.kind.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let errors = problem.errors.iter().map(|it| format!("{}: {}", it.pointer, it.reason));
    let text = std::iter::once(problem.detail.clone()).chain(errors).collect::<Vec<_>>();
    let title = f.w.refused.to_owned();
    page(status, &Notice { f, title, text: text.join(". "), back })
}

fn done(f: Frame, text: String, back: &'static str) -> Response {
    let title = f.w.done.to_owned();
    page(StatusCode::OK, &Notice { f, title, text, back })
}

pub(super) async fn style() -> Response {
    asset("text/css; charset=utf-8", STYLE)
}

pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", SCRIPT)
}

pub(super) async fn icon() -> Response {
    asset("image/svg+xml", ICON)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    let cache = HeaderValue::from_static("public, max-age=300");
    response.headers_mut().insert(CACHE_CONTROL, cache);
    response
}

/// To the second, in UTC.
fn time(at: Timestamp) -> String {
    render::time(at).replace('T', " ").split('.').next().unwrap_or_default().to_owned()
}

/// Both currencies of the channels have two decimals.
fn money(minor: i64, currency: &str) -> String {
    let (sign, minor) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs());
    format!("{sign}{}.{:02} {currency}", minor / 100, minor % 100)
}

#[cfg(test)]
mod tests;

//! Coming in and going out.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use http::header::{HeaderMap, REFERER, RETRY_AFTER, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use paymux_engine::problem::Problem;
use paymux_store::Store;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::words::{COOKIE_NAME, Language, Words};
use super::{page, refused};
use crate::admin::access::browser::BrowserId;
use crate::admin::access::login::Attempt;
use crate::admin::access::origin::Origin;
use crate::admin::access::sessions::Open;
use crate::admin::access::user::Role;
use crate::admin::access::{Desk, Who, guard};
use crate::admin::console::Frame;
use crate::admin::deed::{action, cut};
use crate::api::reply;

const HOME: &str = "/console";
const MAX_NEXT: usize = 512;

#[derive(Template)]
#[template(path = "console/login.html")]
struct Form {
    w: &'static Words,
    wrong: bool,
    problem: String,
    user: String,
    next: String,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    next: String,
}

pub(crate) async fn form(headers: HeaderMap, Query(wanted): Query<Wanted>) -> Response {
    let w = Language::of(&headers).words();
    let (problem, user, next) = (String::new(), String::new(), ours(&wanted.next));
    page(StatusCode::OK, &Form { w, wrong: false, problem, user, next })
}

/// A page of ours, or the first one.
fn ours(next: &str) -> String {
    let rest = next.strip_prefix(HOME).filter(|_| next.len() <= MAX_NEXT);
    let rest = rest.filter(|it| it.is_empty() || it.starts_with(['/', '?']));
    let plain = rest.is_some_and(|it| it.bytes().all(|it| it.is_ascii_graphic() && it != b'\\'));
    if plain { next.to_owned() } else { HOME.to_owned() }
}

pub(crate) async fn log_in<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(origin): Extension<Origin>,
    request: Request,
) -> Response {
    let w = Language::of(request.headers()).words();
    let stranger = Who {
        name: String::new(),
        role: Role::Viewer,
        address: guard::address(&request),
        request_id: guard::request_id(&request),
    };
    let headers = request.headers().clone();
    let former = desk.session(&headers, &origin).await.ok().flatten();
    let body = axum::body::to_bytes(request.into_body(), 8192).await.unwrap_or_default();
    let (user, password, next) = fields(&body);
    let browser = desk.browser(&headers, &origin, &user).await;
    let attempt = Attempt { user: user.clone(), password, address: stranger.address, browser };
    let (name, known) = match desk.access.log_in(attempt).await {
        Ok(Some(known)) => known,
        Ok(None) => {
            desk.note_failure(&stranger, &user).await;
            let problem = String::new();
            let form = Form { w, wrong: true, problem, user: cut(&user), next };
            return page(StatusCode::UNAUTHORIZED, &form);
        }
        Err(problem) => return too_often(w, &problem, &user, next),
    };
    let begun = match desk.begin(&name, known, &origin).await {
        Ok(open) => open,
        Err(error) => {
            let problem = reply::unreadable(error).detail;
            let form = Form { w, wrong: false, problem, user, next };
            return page(StatusCode::SERVICE_UNAVAILABLE, &form);
        }
    };
    // Whoever had a session here leaves none behind.
    if let Some(former) = former {
        drop(desk.end(&former).await);
    }
    let who = Who { name: name.to_string(), role: begun.who.role.clone(), ..stranger };
    desk.note(who.did(action::LOG_IN, name.as_str(), desk.gateway.now())).await;
    let mut response = Redirect::to(&next).into_response();
    let browser = browser.unwrap_or_else(|| BrowserId::new(&*desk.gateway.world));
    for cookie in [begun.cookie(), begun.browser_cookie(browser)].into_iter().flatten() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

fn fields(body: &Bytes) -> (String, Zeroizing<String>, String) {
    let of = |name: &str| {
        let mut pairs = form_urlencoded::parse(body);
        pairs.find(|it| it.0 == name).map(|it| it.1.into_owned()).unwrap_or_default()
    };
    (of("user"), Zeroizing::new(of("password")), ours(&of("next")))
}

fn too_often(w: &'static Words, problem: &Problem, user: &str, next: String) -> Response {
    let text = problem.detail.clone();
    let form = Form { w, wrong: false, problem: text, user: cut(user), next };
    let mut response = page(StatusCode::TOO_MANY_REQUESTS, &form);
    if let Some(seconds) = problem.retry_after_secs {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

impl<S: Store> Desk<S> {
    /// So many and no more: a crowd must not fill the log.
    async fn note_failure(&self, who: &Who, user: &str) {
        if self.access.failure_is_noted() {
            let now = self.gateway.now();
            let act = who.tried(action::LOG_IN, user, "refused", json!({}), now);
            // Nobody was recognised, so nobody had a role.
            self.note(paymux_store::Act { role: String::new(), ..act }).await;
        }
        tracing::warn!(address = ?who.address, "admin.log_in_refused");
    }
}

pub(crate) async fn log_out<S: Store>(
    State(desk): State<Desk<S>>,
    Extension(open): Extension<Open>,
    headers: HeaderMap,
) -> Response {
    let cookie = match desk.end(&open).await {
        Ok(cookie) => cookie,
        Err(error) => {
            let problem = reply::unreadable(paymux_store::StoreError(error.to_string()));
            return refused(Frame::of(&open, &headers, ""), &problem, HOME);
        }
    };
    desk.note(open.who.did(action::LOG_OUT, &open.who.name, desk.gateway.now())).await;
    let mut response = Redirect::to("/console/login").into_response();
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

/// Keeps the choice, and goes back to where it was made.
pub(crate) async fn language(Path(code): Path<String>, headers: HeaderMap) -> Response {
    let from = headers.get(REFERER).and_then(|it| it.to_str().ok()?.parse::<http::Uri>().ok());
    let from = from.and_then(|it| it.path_and_query().map(|it| it.as_str().to_owned()));
    let mut response = Redirect::to(&ours(&from.unwrap_or_default())).into_response();
    if Language::from_code(&code).is_some() {
        let cookie = format!("{COOKIE_NAME}={code}; Path=/console; Max-Age=31536000; SameSite=Lax");
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_are_gone_back_to() {
        let check = |next: &str, expect: &str| assert_eq!(ours(next), expect, "{next}");
        check("/console/payments?number=A-1", "/console/payments?number=A-1");
        check("/console", "/console");
        check("", "/console");
        check("https://stranger.example", "/console");
        check("//stranger.example", "/console");
        check("/console.stranger.example", "/console");
        check("/console/\\stranger", "/console");
        check("/console/a b", "/console");
        check("/admin/v1/reload", "/console");
    }
}

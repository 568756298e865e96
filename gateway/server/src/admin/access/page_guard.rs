//! Before every page of the console: a session in place of a token, forms that only our own pages
//! send, and headers that keep strangers' scripts and frames out.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use paymux_engine::problem;
use paymux_store::Store;

use super::guard::{Guard, address, forbidden, request_id};
use super::origin::{self, Origin};
use super::sessions::Open;
use super::user::Least;
use crate::admin::BODY_BYTES;
use crate::api::problem::Refusal;
use crate::api::reply;

pub(crate) const LOGIN: &str = "/console/login";
/// The field of every form, and the header of every script.
pub(crate) const FORM_TOKEN: &str = "form_token";

/// Nothing from elsewhere, nothing inline, no frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) async fn page<S: Store>(
    State(guard): State<Guard<S>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match let_in(&guard, request).await {
        Ok((request, open)) => {
            let touched = touched(&guard, request.method(), open.as_ref());
            let mut response = next.run(request).await;
            // What a handler sets is newer.
            if let Some(cookie) = touched.filter(|_| !response.headers().contains_key(SET_COOKIE)) {
                response.headers_mut().insert(SET_COOKIE, cookie);
            }
            response
        }
        Err(response) => response,
    };
    protect(response.headers_mut());
    response
}

/// What holds for every page.
pub(crate) fn protect(headers: &mut HeaderMap) {
    let fixed = |it| HeaderValue::from_static(it);
    headers.insert(CONTENT_SECURITY_POLICY, fixed(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    headers.insert(X_FRAME_OPTIONS, fixed("DENY"));
    // "no-referrer" would take the origin away from our own forms too.
    headers.insert(REFERRER_POLICY, fixed("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), fixed("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), fixed("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(fixed("no-store"));
}

async fn let_in<S: Store>(
    guard: &Guard<S>,
    mut request: Request,
) -> Result<(Request, Option<Open>), Response> {
    let own = request.extensions().get::<Origin>().cloned();
    let own = own.ok_or_else(|| stranger("without a host"))?;
    let acts = *request.method() != Method::GET;
    if acts && !origin::is_ours(request.headers(), &own) {
        return Err(stranger("it does not come from a page of ours"));
    }
    let open = guard.desk.session(request.headers(), &own).await;
    let open = open.map_err(|it| Refusal(reply::unreadable(it)).into_response())?;
    let open = open.map(|mut it| {
        it.who.address = address(&request);
        it.who.request_id = request_id(&request);
        it
    });
    match &open {
        // Whoever logs in anew has a form of nobody's.
        Some(open) if open.who.role.reaches(guard.least) => {
            if acts && guard.least != Least::Nobody {
                request = with_token(request, open).await?;
                guard.note(&open.who, &request);
            }
            request.extensions_mut().insert(open.who.clone());
            request.extensions_mut().insert(open.clone());
        }
        Some(open) => return Err(forbidden(&open.who.role)),
        None if guard.least == Least::Nobody => {}
        None => return Err(to_login(&request)),
    }
    Ok((request, open))
}

/// The form's own proof, beside what the browser says of where it was sent from.
async fn with_token(request: Request, open: &Open) -> Result<Request, Response> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES).await;
    let body = body.map_err(|_| stranger("its body cannot be read"))?;
    let mut fields = form_urlencoded::parse(&body);
    let token = fields.find(|it| it.0 == FORM_TOKEN).map(|it| it.1.into_owned());
    if token.is_some_and(|it| open.is_form_token(&it)) {
        return Ok(Request::from_parts(parts, Body::from(body)));
    }
    Err(stranger("its form token is not this session's; load the page again"))
}

/// A script that asks by itself keeps nobody's session alive.
fn touched<S: Store>(
    guard: &Guard<S>,
    method: &Method,
    open: Option<&Open>,
) -> Option<HeaderValue> {
    let open = open.filter(|_| *method == Method::GET && !guard.by_script)?;
    open.touched(guard.desk.gateway.now())?.cookie()
}

fn stranger(why: &str) -> Response {
    Refusal::new(problem::FORBIDDEN, format!("the request is refused: {why}")).into_response()
}

/// And back, to a page of ours alone.
fn to_login(request: &Request) -> Response {
    let wanted = request.uri().path_and_query().map_or("", |it| it.as_str());
    if *request.method() != Method::GET || wanted.len() > 512 {
        return Redirect::to(LOGIN).into_response();
    }
    let next: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    Redirect::to(&format!("{LOGIN}?next={next}")).into_response()
}

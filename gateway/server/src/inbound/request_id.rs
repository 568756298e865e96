//! A name for each request, on its log lines, its answer and its problem.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use paymux_engine::Gateway;
use paymux_store::Store;
use tracing::Instrument as _;

use crate::api::problem;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_CHARS: usize = 64;

/// Kept with the request for the layers after this one.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

pub(crate) async fn name<S: Store>(
    State(gateway): State<Gateway<S>>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = given(request.headers());
    let id = id.unwrap_or_else(|| format!("{:032x}", gateway.world.entropy()));
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", request_id = id);
    let response = next.run(request).instrument(span).await;
    let mut response = problem::tell(response, &id);
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    response
}

/// A caller's own name, if it is one that can stand in any log.
fn given(headers: &HeaderMap) -> Option<String> {
    let mut names = headers.get_all(X_REQUEST_ID).iter();
    let (Some(name), None) = (names.next(), names.next()) else { return None };
    let name = name.to_str().ok()?;
    let plain = name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    (plain && (1..=MAX_CHARS).contains(&name.len())).then(|| name.to_owned())
}

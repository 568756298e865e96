//! One wide log line and one count per request, without anything a caller wrote.

use std::sync::{Arc, OnceLock};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use paymux_core::MerchantId;
use paymux_core::time::millis;
use paymux_core::trace::Heading;
use paymux_engine::Gateway;
use paymux_store::Store;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::authenticate::Reason;
use super::request_id::RequestId;
use crate::api::problem::Refusal;
use crate::traces;

/// Of paths that are no route: they are never a label, or traffic could make series.
const UNMATCHED: &str = "unmatched";

/// Who it was, once the authenticating layer knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asker(Arc<OnceLock<(MerchantId, String)>>);

impl Asker {
    /// `key` is the name of the key, never the key.
    pub(crate) fn is(&self, merchant: &MerchantId, key: &str) {
        let _ = self.0.set((merchant.clone(), key.to_owned()));
    }
}

/// Writes its line when it is dropped, so that a caller who hangs up has one too.
struct Line<S: Store> {
    gateway: Gateway<S>,
    begun: Instant,
    method: Method,
    route: String,
    request_id: String,
    asker: Asker,
    status: Option<u16>,
    problem: Option<&'static str>,
    /// Why nobody was recognised, which the answer does not say.
    unauthenticated: Option<&'static str>,
}

pub(crate) async fn watch<S: Store>(
    State(gateway): State<Gateway<S>>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut line = Line::begin(gateway, &request);
    request.extensions_mut().insert(line.asker.clone());
    let traces = Arc::clone(&line.gateway.traces);
    let span = traces::request(&*traces, heading(&request), &line.route);
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    if let Some((merchant, _)) = line.asker.0.get() {
        span.record("merchant", merchant.as_str());
    }
    line.status = Some(response.status().as_u16());
    line.unauthenticated = response.extensions().get::<Reason>().map(|it| it.name());
    line.problem = response.extensions().get::<Refusal>().map(|it| it.0.kind.slug);
    response
}

/// What a merchant says of its trace. A channel says nothing: its notification joins the trace of
/// the payment. Nor is anybody else believed: who opens a page does not choose what is kept.
fn heading(request: &Request) -> Option<Heading> {
    let path = request.uri().path();
    if path.starts_with("/notify/") {
        return Some(Heading::NotKept);
    }
    let text = request.headers().get("traceparent").filter(|_| path.starts_with("/v1/"));
    text.and_then(|it| it.to_str().ok()).and_then(Heading::parse)
}

impl<S: Store> Line<S> {
    fn begin(gateway: Gateway<S>, request: &Request) -> Self {
        let extensions = request.extensions();
        let route = extensions.get::<MatchedPath>().map_or(UNMATCHED, MatchedPath::as_str);
        gateway.metrics.http_requests_in_flight.inc();
        let request_id = extensions.get::<RequestId>().map(|it| it.0.clone());
        Self {
            gateway,
            begun: Instant::now(),
            method: request.method().clone(),
            route: route.to_owned(),
            request_id: request_id.unwrap_or_default(),
            asker: Asker::default(),
            status: None,
            problem: None,
            unauthenticated: None,
        }
    }
}

impl<S: Store> Drop for Line<S> {
    fn drop(&mut self) {
        let metrics = &self.gateway.metrics;
        metrics.http_requests_in_flight.dec();
        let status = self.status.map_or_else(|| "abandoned".to_owned(), |it| it.to_string());
        let elapsed = self.begun.elapsed();
        metrics.http_requests.with_label_values(&[&self.route, &status]).inc();
        let seconds = metrics.http_request_seconds.with_label_values(&[&self.route]);
        seconds.observe(elapsed.as_secs_f64());
        if let Some(problem) = self.problem {
            metrics.problems.with_label_values(&[problem]).inc();
        }
        let asker = self.asker.0.get();
        tracing::info!(
            method = name_of(&self.method),
            route = self.route,
            status = self.status,
            elapsed_ms = millis(elapsed),
            merchant = asker.map(|it| it.0.as_str()),
            key = asker.map(|it| it.1.as_str()),
            request_id = self.request_id,
            problem = self.problem,
            unauthenticated = self.unauthenticated,
            "request.answered"
        );
    }
}

/// A method of the caller's own making is as long as a caller wants it to be.
fn name_of(method: &Method) -> &str {
    let known = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::HEAD]
        .contains(method)
        || [Method::OPTIONS, Method::PATCH, Method::TRACE, Method::CONNECT].contains(method);
    if known { method.as_str() } else { "other" }
}

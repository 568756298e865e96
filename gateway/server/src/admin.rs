//! What operators look at by hand; kept on loopback or in a private network, and closed to
//! everybody who is not known.

pub(crate) mod access;
mod audit;
mod bills;
pub(crate) mod console;
pub(crate) mod deed;
mod diagnosis;
mod differences;
mod endpoints;
pub mod hash_password;
mod ledger;
mod manage;
mod payments;
mod plates;
mod reads;
mod reload;
mod replays;
mod settlements;
mod status;
mod table;
pub mod token;
mod transfers;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::Method;
use paymux_engine::problem;
use paymux_store::Store;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::problem::Refusal;
use crate::inbound::client::{self, Proxies};
use crate::inbound::deadline::{self, Deadline};
use crate::inbound::failures::{self, Failures};
use crate::inbound::request_id;
use access::Desk;
use access::guard::{self, Guard};
use access::page_guard;

/// A question, a form, or a part of the configuration.
pub(crate) const BODY_BYTES: usize = 256 * 1024;
/// Pages, which a session opens; everything else is for tokens.
const CONSOLE: &str = "/console";
/// An operator waits longer than a merchant, since a question may be large.
const DEADLINE: Duration = Duration::from_secs(30);

/// All that the admin listener serves.
#[derive(Clone)]
pub struct Admin(Router);

impl Admin {
    /// From one table; a route that is not in it is not served.
    pub(crate) fn new<S: Store>(desk: &Desk<S>, proxies: Proxies) -> Self {
        let everyone = ServiceBuilder::new()
            .layer(from_fn_with_state(desk.gateway.clone(), request_id::name::<S>))
            .layer(CatchPanicLayer::custom(panicked))
            // Before anything else is looked at: who comes by a strange name learns nothing.
            .layer(from_fn_with_state(desk.clone(), guard::host::<S>))
            // Encloses all that refuses whoever came by the right name.
            .layer(from_fn(console::refusal::as_page))
            .layer(from_fn_with_state(Arc::new(proxies), client::find))
            .layer(from_fn_with_state(
                (desk.gateway.clone(), Failures::default()),
                failures::slow::<S>,
            ))
            .layer(from_fn_with_state(Deadline(DEADLINE), deadline::keep))
            .layer(DefaultBodyLimit::max(BODY_BYTES));
        let mut routes = Router::new();
        for row in table::rows::<S>() {
            let acts = row.method != Method::GET;
            let (least, by_script) = (row.least, row.by_script);
            let guard = Guard { desk: desk.clone(), least, acts, by_script };
            let handler = if row.path.starts_with(CONSOLE) {
                row.handler.layer(from_fn_with_state(guard, page_guard::page::<S>))
            } else {
                row.handler.layer(from_fn_with_state(guard, guard::machine::<S>))
            };
            routes = routes.route(row.path, handler);
        }
        let routes = routes
            .method_not_allowed_fallback(async || wrong_method())
            .fallback(async || unknown_route())
            .layer(everyone);
        Self(routes.with_state(desk.clone()))
    }

    pub fn into_service(self) -> Router {
        self.0
    }
}

fn wrong_method() -> Refusal {
    Refusal::new(problem::METHOD_NOT_ALLOWED, "see the Allow header")
}

fn unknown_route() -> Refusal {
    Refusal::new(problem::NOT_FOUND, "there is no such route")
}

/// The panic's own words may hold anything, so they are not repeated.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("request.panicked");
    Refusal::new(problem::INTERNAL, "the request ended in a defect").into_response()
}

#[cfg(test)]
pub(crate) mod tests;

//! The public listener's tower stacks: what stands before the merchants' API and before the
//! channels' notifications, layer by layer.

pub(crate) mod answered;
pub(crate) mod authenticate;
pub(crate) mod authorization;
pub(crate) mod body;
pub(crate) mod canonical;
pub(crate) mod client;
pub(crate) mod collect;
pub(crate) mod deadline;
pub(crate) mod failures;
pub(crate) mod finish;
pub(crate) mod idempotency_key;
pub(crate) mod nonces;
pub(crate) mod rate;
pub(crate) mod request_id;
pub(crate) mod room;
pub(crate) mod sign;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use paymux_engine::Gateway;
use paymux_engine::problem;
use paymux_store::Store;
use tokio_util::task::TaskTracker;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::problem::Refusal;
use crate::api::{self, Api, Terms};
use crate::courier::UrlPolicy;
use crate::openapi::{self, Described};
use crate::{cashier, docs, doors, hook};
use body::{Budget, MaxBytes};
use collect::Patience;
use deadline::Deadline;
use failures::Failures;
use finish::Finish;
use nonces::Nonces;
use rate::Rates;
use room::Room;

pub use client::{ForwardedHeader, Proxies};

/// One text for every reason, so that nothing is learned by trying.
pub(crate) const UNAUTHENTICATED: &str =
    "send a valid API key or a valid signature in `Authorization`";

#[derive(Clone, Debug)]
pub struct Limits {
    pub body_bytes: usize,
    /// For a merchant's body to arrive.
    pub body_timeout: Duration,
    /// For a whole request.
    pub request_deadline: Duration,
    /// Used nonces that are remembered at once.
    pub nonces: usize,
    /// Who may say where a request comes from.
    pub proxies: Proxies,
    /// API requests under way at once.
    pub requests: usize,
    /// Notifications under way at once.
    pub notifications: usize,
    pub expires_in_default: Duration,
    pub expires_in_max: Duration,
    pub cashier: cashier::Limits,
    /// Where orders may ask to be told of.
    pub urls: UrlPolicy,
}

/// All that the public listener serves. A type of its own: no route of the admin or ops listener
/// can get in by mistake.
#[derive(Clone)]
pub struct Public(Router);

impl Public {
    /// What is begun outlives its connection; `begun` tells when all of it has ended.
    pub fn new<S: Store>(gateway: &Gateway<S>, limits: &Limits, begun: &TaskTracker) -> Self {
        let (merchant, mut described) = merchant(gateway, limits, begun);
        let (open, public) = api::open().with_state(gateway.clone());
        described.extend(public);
        let documented = docs::routes(openapi::document(described));
        let routes = merchant
            .merge(channel(gateway, limits, begun))
            .merge(payer(gateway, limits, begun))
            .merge(doors::routes(gateway, limits, begun))
            .merge(open);
        Self::of(gateway, routes.merge(documented))
    }

    /// What every request meets, whoever sends it and whatever it asks for.
    fn of<S: Store>(gateway: &Gateway<S>, routes: Router) -> Self {
        let everyone = ServiceBuilder::new()
            // Encloses even the telling of problems, so that what it signs is what is sent.
            .layer(from_fn_with_state(gateway.clone(), sign::answer::<S>))
            // Everything after it speaks of the request by this name, problems included.
            .layer(from_fn_with_state(gateway.clone(), request_id::name::<S>))
            // Encloses whatever can answer, so that nothing is answered unseen.
            .layer(from_fn_with_state(gateway.clone(), answered::watch::<S>))
            // Inside of the two, so that a panic has its line, its count and its request's name.
            .layer(CatchPanicLayer::custom(panicked));
        let routes = routes
            .method_not_allowed_fallback(async || wrong_method())
            .fallback(async || unknown_route())
            .layer(everyone);
        Self(routes)
    }

    pub fn into_service(self) -> Router {
        self.0
    }
}

fn merchant<S: Store>(
    gateway: &Gateway<S>,
    limits: &Limits,
    begun: &TaskTracker,
) -> (Router, Vec<Described>) {
    let terms = Arc::new(Terms {
        body_timeout: limits.body_timeout,
        expires_in_default: limits.expires_in_default,
        expires_in_max: limits.expires_in_max,
    });
    let nonces = Arc::new(Nonces::new(limits.nonces));
    let patience = Patience(limits.body_timeout, Budget::default());
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(Arc::new(limits.proxies.clone()), client::find))
        // Outside of every limit: who waits here keeps nobody else waiting.
        .layer(from_fn_with_state((gateway.clone(), Failures::default()), failures::slow::<S>))
        // A body that says it is too large is refused before anything is done for it.
        .layer(from_fn_with_state(MaxBytes(limits.body_bytes), body::limit))
        // Before all that can wait, so that the merchant hears of us in time.
        .layer(from_fn_with_state(Deadline(limits.request_deadline), deadline::keep))
        // What is signed is judged whole.
        .layer(from_fn_with_state(patience, collect::signed))
        // Within the deadline: who gave up waiting does not stop what was begun.
        .layer(from_fn_with_state(Finish(begun.clone()), finish::begun))
        // Full is refused, not queued; a place is held until the work has ended.
        .layer(from_fn_with_state(Room::new(limits.requests), room::enter))
        // After the place, so that guessing keys costs places and not the processor.
        .layer(from_fn_with_state(
            (gateway.clone(), Arc::clone(&nonces)),
            authenticate::merchant::<S>,
        ))
        // Behind the name, so that a stranger learns nothing of the list.
        .layer(from_fn(client::allow))
        // Behind the name, before the work: one merchant's haste is not another's.
        .layer(from_fn_with_state((gateway.clone(), Rates::default()), rate::limit::<S>))
        // Behind the rate, so that it bounds what is remembered.
        .layer(from_fn_with_state((gateway.clone(), nonces), nonces::once::<S>))
        // The key's form alone; what it means is decided in the commit.
        .layer(from_fn(idempotency_key::read));
    let routes = api::routes(&terms);
    let (routes, described) = routes.with_state(Api { gateway: gateway.clone(), terms });
    (routes.route_layer(layers), described)
}

/// No authentication layer: the channel's signature is it.
fn channel<S: Store>(gateway: &Gateway<S>, limits: &Limits, begun: &TaskTracker) -> Router {
    let layers = ServiceBuilder::new()
        // Before the body: what is for nobody is not read.
        .layer(from_fn_with_state(gateway.clone(), hook::account::<S>))
        .layer(from_fn_with_state(MaxBytes(hook::MAX_BYTES), body::limit))
        .layer(from_fn_with_state(Deadline(limits.request_deadline), deadline::keep))
        // Before the place: whoever sends slowly holds nobody else's.
        .layer(from_fn_with_state(Budget::default(), hook::collect))
        // A channel that hangs up must not undo half a commit.
        .layer(from_fn_with_state(Finish(begun.clone()), finish::begun))
        // Places of their own: a crowd of merchants must not keep out the news of money.
        .layer(from_fn_with_state(Room::new(limits.notifications), room::enter));
    hook::routes(gateway.clone()).route_layer(layers)
}

/// Behind signed links: whoever holds one may come.
fn payer<S: Store>(gateway: &Gateway<S>, limits: &Limits, begun: &TaskTracker) -> Router {
    let terms = (limits.proxies.clone(), limits.request_deadline);
    cashier::routes(gateway, &limits.cashier, terms, begun)
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
    let detail = "the request ended in a defect; ask for its outcome before repeating it";
    Refusal::new(problem::INTERNAL, detail).into_response()
}

#[cfg(test)]
mod tests;

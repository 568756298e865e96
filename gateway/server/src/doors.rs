//! Doors for systems that were written for another gateway: each protocol is translated onto the
//! flows of the merchants' API, and nothing about money is decided here.
//!
//! A merchant has none unless its configuration says so. What is signed by MD5 is believed at a
//! door alone, and only of what came through that door.

mod caller;
mod epay;
mod field;
mod jeepay;
mod order;
mod params;
mod told;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use paymux_channel::Secret;
use paymux_core::EndpointId;
use paymux_engine::Gateway;
use paymux_store::Store;
use tokio_util::task::TaskTracker;
use tower::ServiceBuilder;

use crate::api::Terms;
use crate::courier::UrlPolicy;
use crate::hook;
use crate::inbound::Limits;
use crate::inbound::body::{Budget, MaxBytes, limit};
use crate::inbound::client;
use crate::inbound::deadline::{self, Deadline};
use crate::inbound::failures::{self, Failures};
use crate::inbound::finish::{self, Finish};
use crate::inbound::rate::Rates;
use crate::inbound::room::{self, Room};

pub(crate) use epay::money::read as yuan;
pub(crate) use epay::words::Epay;
pub(crate) use jeepay::words::Jeepay;
pub(crate) use params::Params;

/// The doors, each by the name of its section and of its endpoint.
pub(crate) const EPAY: &str = "epay";
pub(crate) const JEEPAY: &str = "jeepay";

type Sign = fn(&Params, &Secret) -> String;
type Verifies = fn(&Params, &str, &Secret) -> bool;

/// How each door's requests are signed, and believed.
pub(crate) const SIGNATURES: [(Sign, Verifies); 2] = [
    (
        |params, key| epay::sign::sign(params.iter(), key),
        |params, given, key| epay::sign::verifies(params.iter(), given, key),
    ),
    (
        |params, key| jeepay::sign::sign(params.iter(), key),
        |params, given, key| jeepay::sign::verifies(params.iter(), given, key),
    ),
];

pub(crate) fn name(door: &str) -> EndpointId {
    door.parse().expect("it has the form of a name")
}

/// What every handler holds.
pub(crate) struct Hall<S> {
    gateway: Gateway<S>,
    terms: Terms,
    /// Where orders may ask to be told of.
    urls: Arc<UrlPolicy>,
    rates: Rates,
}

impl<S> Clone for Hall<S> {
    fn clone(&self) -> Self {
        let Self { gateway, terms, urls, rates } = self;
        let (gateway, rates) = (gateway.clone(), rates.clone());
        Self { gateway, terms: *terms, urls: Arc::clone(urls), rates }
    }
}

/// With the limits of the merchants' API, and places of their own.
pub(crate) fn routes<S: Store>(
    gateway: &Gateway<S>,
    limits: &Limits,
    begun: &TaskTracker,
) -> Router {
    let hall = Hall {
        gateway: gateway.clone(),
        terms: Terms {
            body_timeout: limits.body_timeout,
            expires_in_default: limits.expires_in_default,
            expires_in_max: limits.expires_in_max,
        },
        urls: Arc::new(limits.urls.clone()),
        rates: Rates::default(),
    };
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(Arc::new(limits.proxies.clone()), client::find))
        // Outside of every limit: who waits here keeps nobody else waiting.
        .layer(from_fn_with_state((gateway.clone(), Failures::default()), failures::slow::<S>))
        // Encloses all that can refuse: these callers read no problems.
        .layer(axum::middleware::from_fn(told::in_its_words))
        .layer(from_fn_with_state(MaxBytes(limits.body_bytes), limit))
        .layer(from_fn_with_state(Deadline(limits.request_deadline), deadline::keep))
        // Before the place: whoever sends slowly holds nobody else's.
        .layer(from_fn_with_state(Budget::default(), hook::collect))
        .layer(from_fn_with_state(Finish(begun.clone()), finish::begun))
        .layer(from_fn_with_state(Room::new(limits.requests), room::enter));
    let routes = epay::routes().merge(jeepay::routes());
    routes.route_layer(layers).with_state(hall)
}

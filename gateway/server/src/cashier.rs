//! Pages for payers: one for each payment of the method `cashier`, and one for each code plate.
//!
//! Whoever has a link may see its page and choose a way to pay; nothing else proves who comes. So
//! an order at a channel is opened by a POST of our own page alone, or by a wallet's one-time code.

mod assets;
mod bound;
mod browser;
mod choose;
mod crowd;
mod events;
mod identified;
mod origin;
mod page;
mod plate;
mod refused;
mod show;
mod streams;
mod svg;
mod words;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue};
use paymux_core::payment::Payment;
use paymux_engine::cashier::Cashier;
use paymux_engine::door::Told;
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::Merchant;
use paymux_engine::{Gateway, render};
use paymux_store::Store;
use tokio_util::task::TaskTracker;
use tower::ServiceBuilder;

use crate::hook;
use crate::inbound::body::{self, Budget, MaxBytes};
use crate::inbound::client::{self, Proxies};
use crate::inbound::deadline::{self, Deadline};
use crate::inbound::finish::{self, Finish};
use crate::inbound::rate::Rates;
use crate::inbound::room::{self, Room};

pub(crate) use browser::{Browser, Device};
pub(crate) use choose::payer;
use streams::Streams;
pub(crate) use svg::svg;

/// The largest form has an amount and a token.
const MAX_BYTES: usize = 4 * 1024;
/// Who has paid may look again for a day; then the link leads nowhere.
const LINGER: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Debug)]
pub struct Limits {
    pub client_per_second: u32,
    pub client_burst: u32,
    pub requests: usize,
    pub streams: usize,
    /// Of a plate's payment.
    pub expires_in: Duration,
}

/// What every handler holds.
pub(crate) struct Desk<S> {
    pub(crate) gateway: Gateway<S>,
    pub(crate) limits: Limits,
    pub(crate) streams: Streams,
    /// Orders at plates, which anybody can read: as many as their merchant may make itself.
    pub(crate) rates: Rates,
    /// What is begun here outlives its connection; closed when the gateway stops.
    pub(crate) begun: TaskTracker,
}

impl<S> Clone for Desk<S> {
    fn clone(&self) -> Self {
        let Self { gateway, limits, streams, rates, begun } = self;
        let (gateway, limits, rates) = (gateway.clone(), limits.clone(), rates.clone());
        Self { gateway, limits, streams: streams.clone(), rates, begun: begun.clone() }
    }
}

type Answer = Result<Response, crate::api::problem::Refusal>;

/// Its own stack: no merchant stands behind these requests, and no key does.
pub(crate) fn routes<S: Store>(
    gateway: &Gateway<S>,
    limits: &Limits,
    (proxies, deadline): (Proxies, Duration),
    begun: &TaskTracker,
) -> Router {
    let desk = Desk {
        gateway: gateway.clone(),
        limits: limits.clone(),
        streams: Streams::new(limits.streams),
        rates: Rates::default(),
        begun: begun.clone(),
    };
    let crowd = crowd::Crowd::new(limits.client_per_second, limits.client_burst);
    let layers = ServiceBuilder::new()
        // Encloses all that can refuse: payers read pages and no problems.
        .layer(from_fn_with_state(desk.clone(), refused::as_page::<S>))
        .layer(from_fn_with_state(Arc::new(proxies), client::find))
        .layer(from_fn_with_state(crowd, crowd::limit))
        .layer(from_fn_with_state(MaxBytes(MAX_BYTES), body::limit))
        .layer(from_fn_with_state(Deadline(deadline), deadline::keep))
        // Before anything is begun: a form of another site is none of ours.
        .layer(from_fn_with_state(gateway.clone(), origin::same::<S>))
        // Before the place: whoever sends slowly holds nobody else's.
        .layer(from_fn_with_state(Budget::default(), hook::collect))
        .layer(from_fn_with_state(Finish(begun.clone()), finish::begun))
        .layer(from_fn_with_state(Room::new(limits.requests), room::enter));
    Router::new()
        .route("/c/-/{asset}", get(assets::handle))
        .route("/c/{link}", get(show::handle::<S>).post(choose::handle::<S>))
        .route("/c/{link}/status", get(events::status::<S>))
        .route("/c/{link}/events", get(events::stream::<S>))
        .route("/c/{link}/identified/{account}", get(identified::handle::<S>))
        .route("/q/{link}", get(plate::show::<S>).post(plate::order::<S>))
        .route_layer(axum::middleware::from_fn(guarded))
        .route_layer(layers)
        .with_state(desk)
}

/// What holds for every answer here, unless it says otherwise itself.
async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    guard(response.headers_mut());
    response
}

fn guard(headers: &mut HeaderMap) {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                          img-src 'self'; connect-src 'self'; form-action 'self'; \
                          base-uri 'none'; frame-ancestors 'none'";
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // WeChat's page for phones asks from which site the payer comes; the link stays here.
        (REFERRER_POLICY, "strict-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// A link's payment, with whose it is and what signs.
pub(crate) struct Shown {
    pub(crate) payment: Payment,
    pub(crate) merchant: Arc<Merchant>,
    pub(crate) cashier: Arc<Cashier>,
}

impl<S: Store> Desk<S> {
    /// Every link that is none of ours is the same to whoever tries.
    pub(crate) async fn shown(&self, link: &str) -> Result<Shown, Problem> {
        let snapshot = self.gateway.snapshot.load_full();
        let cashier = snapshot.cashier.clone().ok_or_else(nothing)?;
        let id = cashier.payment_of(link).ok_or_else(nothing)?;
        let payment = self.gateway.load(id).await?;
        let merchant = snapshot.merchant(&payment.order.merchant).cloned().ok_or_else(nothing)?;
        if payment.order.cashier.is_none() {
            return Err(nothing());
        }
        if self.gateway.now() > payment.order.expires_at.after(LINGER) {
            return Err(Problem::new(problem::LINK_EXPIRED, "the order is long over"));
        }
        Ok(Shown { payment, merchant, cashier })
    }
}

impl Shown {
    /// The page's own path.
    pub(crate) fn path(&self) -> String {
        format!("{}/c/{}", self.cashier.root(), self.cashier.payment_link(self.payment.id))
    }
}

fn nothing() -> Problem {
    Problem::new(problem::NOT_FOUND, "there is nothing under this link")
}

/// Where the payer goes from here: the merchant's page, told how it ended; in the words of its
/// door, where the order came through one.
pub(crate) fn way_back<S: Store>(gateway: &Gateway<S>, payment: &Payment) -> Option<String> {
    let url = payment.order.return_url.as_deref()?;
    let Some(door) = &payment.order.door else { return Some(with_outcome(url, payment)) };
    let (snapshot, now) = (gateway.snapshot.load(), gateway.now());
    let door = snapshot.merchant(&payment.order.merchant)?.endpoint(&door.name)?.door.as_ref()?;
    door.words.way_back(&Told { payment, refund: None, snapshot: &snapshot, now })
}

/// Appends to the query, which ends where the fragment begins. All three values are of characters
/// that need no escape.
pub(crate) fn with_outcome(url: &str, payment: &Payment) -> String {
    let (url, fragment) = match url.split_once('#') {
        Some((url, fragment)) => (url, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let joint = match url.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let (id, order_no) = (payment.id, &payment.order.order_no);
    let status = render::status(payment);
    format!("{url}{joint}payment_id={id}&order_no={order_no}&status={status}{fragment}")
}

#[cfg(test)]
mod tests;

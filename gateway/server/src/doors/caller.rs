//! Who comes through a door: known by a number, and believed for a signature.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::HeaderMap;
use paymux_channel::Secret;
use paymux_engine::problem::{self, Problem};
use paymux_engine::snapshot::{Merchant, Snapshot};
use paymux_store::Store;

use super::Hall;
use crate::api::problem::Refusal;
use crate::inbound::answered::Asker;
use crate::inbound::body;
use crate::inbound::client::Client;

/// Signs nothing: in its place a stranger's request costs what a merchant's does.
const DECOY: &str = "paymux-decoy-of-a-merchant-s-key";
/// One text for every reason, so that nothing is learned by trying.
const NOBODY: &str = "the merchant number or the signature is wrong";

/// One request, before anybody is believed.
pub(crate) struct Came {
    pub(crate) client: Client,
    pub(crate) headers: HeaderMap,
    pub(crate) query: String,
    pub(crate) body: Bytes,
    asker: Asker,
}

impl<S: Store> FromRequest<Hall<S>> for Came {
    type Rejection = Refusal;

    async fn from_request(request: Request, hall: &Hall<S>) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let client = Extension::<Client>::from_request_parts(&mut parts, hall).await;
        let asker = Extension::<Asker>::from_request_parts(&mut parts, hall).await;
        let body = body::read(body, hall.terms.body_timeout).await?;
        Ok(Self {
            client: client.map(|it| it.0).unwrap_or_default(),
            asker: asker.map(|it| it.0).unwrap_or_default(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body,
        })
    }
}

impl<S: Store> Hall<S> {
    /// The merchant of this number, if `verifies` says so of its key. A payer's browser may come
    /// from anywhere; a merchant's own server `from` where it said it does.
    pub(crate) fn enter(
        &self,
        came: &Came,
        (door, party): (&'static str, &str),
        from: From,
        verifies: impl Fn(&Secret) -> bool,
    ) -> Result<Arc<Merchant>, Problem> {
        let snapshot = self.gateway.snapshot.load();
        let known = of_party(&snapshot, door, party);
        let decoy = Secret::new(DECOY);
        let genuine = verifies(known.map_or(&decoy, |it| it.1));
        let nobody = || Problem::new(problem::UNAUTHENTICATED, NOBODY);
        let (merchant, _) = known.filter(|_| genuine).ok_or_else(nobody)?;
        came.asker.is(&merchant.id, door);
        if from == From::Server && !merchant.access.allows(came.client.address) {
            let detail = "the merchant's list of addresses does not have the one you come from";
            return Err(Problem::new(problem::ADDRESS_NOT_ALLOWED, detail));
        }
        self.rates.admit(merchant, &snapshot)?;
        Ok(Arc::clone(merchant))
    }
}

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Server,
    Browser,
}

fn of_party<'a>(
    snapshot: &'a Snapshot,
    door: &str,
    party: &str,
) -> Option<(&'a Arc<Merchant>, &'a Secret)> {
    let doors = |merchant: &'a Arc<Merchant>| merchant.doors.iter().map(move |it| (merchant, it));
    let own = snapshot.merchants.values().flat_map(doors).filter(|it| it.1.id.as_str() == door);
    let mut known = own.filter_map(|(merchant, it)| Some((merchant, it.door.as_ref()?)));
    known.find(|it| it.1.party == party).map(|(merchant, it)| (merchant, &it.key))
}

//! Whose key it is. Keys are looked for by their hash, so that the time it takes says nothing
//! about any key: to make a hash that is nearly right, one would have to know the right one.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use paymux_engine::Gateway;
use paymux_engine::endpoint::ApiKeyHash;
use paymux_engine::problem;
use paymux_engine::snapshot::{Merchant, Snapshot};
use paymux_store::Store;

use super::UNAUTHENTICATED;
use super::answered::Asker;
use crate::api::problem::Refusal;

/// The longest key that settings take; hashing more would be work for nothing.
const MAX_KEY_BYTES: usize = 256;

pub(crate) async fn merchant<S: Store>(
    State(gateway): State<Gateway<S>>,
    mut request: Request,
    next: Next,
) -> Response {
    // Whoever shows no key does the same work, and is told the same.
    let presented = ApiKeyHash::of(bearer(request.headers()).unwrap_or_default());
    let Some(merchant) = holder(&gateway.snapshot.load(), &presented) else {
        return Refusal::new(problem::UNAUTHENTICATED, UNAUTHENTICATED).into_response();
    };
    if let Some(asker) = request.extensions().get::<Asker>() {
        asker.is(&merchant.id);
    }
    request.extensions_mut().insert(merchant);
    next.run(request).await
}

/// Compares with every key there is, whichever matches.
fn holder(snapshot: &Snapshot, presented: &ApiKeyHash) -> Option<Arc<Merchant>> {
    let mut found = None;
    for merchant in snapshot.merchants.values() {
        for key in &merchant.api_keys {
            if key.equals(presented) {
                found = Some(Arc::clone(merchant));
            }
        }
    }
    found
}

/// The key of the one `Authorization` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    let fits = scheme.eq_ignore_ascii_case("bearer") && (1..=MAX_KEY_BYTES).contains(&key.len());
    fits.then_some(key)
}

//! Jeepay's merchant API: `/api/pay/*`, `/api/refund/*`, `/api/transfer*`, in JSON or in forms,
//! signed by MD5 both ways.

mod close;
mod envelope;
mod order;
mod query;
mod refund;
mod refund_query;
mod refused;
pub(super) mod sign;
mod unified_order;
mod way;
pub(super) mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use paymux_channel::Secret;
use paymux_engine::problem::Problem;
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;

use super::caller::{Came, From};
use super::params::Params;
use super::{Hall, JEEPAY};

pub(super) fn routes<S: Store>() -> Router<Hall<S>> {
    Router::new()
        .route("/api/pay/unifiedOrder", post(unified_order::handle::<S>))
        .route("/api/pay/query", post(query::handle::<S>))
        .route("/api/pay/close", post(close::handle::<S>))
        .route("/api/refund/refundOrder", post(refund::handle::<S>))
        .route("/api/refund/query", post(refund_query::handle::<S>))
        .route("/api/transferOrder", post(refused::handle::<S>))
        .route("/api/transfer/query", post(refused::handle::<S>))
        .route("/api/division/receiver/bind", post(refused::handle::<S>))
        .route("/api/division/exec", post(refused::handle::<S>))
}

/// Whose request it is, what it says, and the key that signs the answer.
struct Signed {
    merchant: Arc<Merchant>,
    params: Params,
    key: Secret,
}

/// Over what was received, or over the fields that are `known` alone: Jeepay signs no others.
fn signed<S: Store>(hall: &Hall<S>, came: &Came, known: &[&str]) -> Result<Signed, Problem> {
    const ALWAYS: [&str; 5] = ["mchNo", "appId", "version", "signType", "reqTime"];
    let params = Params::of_body(&came.headers, &came.body)?;
    let party = format!("{}/{}", params.get("mchNo"), params.get("appId"));
    let given = params.get("sign");
    let is_known = |it: &(&str, &str)| ALWAYS.contains(&it.0) || known.contains(&it.0);
    let verifies = |key: &Secret| {
        sign::verifies(params.iter(), given, key)
            || sign::verifies(params.iter().filter(is_known), given, key)
    };
    let merchant = hall.enter(came, (JEEPAY, &party), From::Server, verifies)?;
    let key = merchant.doors.iter().filter(|it| it.id.as_str() == JEEPAY);
    let key = key.filter_map(|it| it.door.as_ref()).map(|it| it.key.clone()).next();
    let nobody = || Problem::new(paymux_engine::problem::INTERNAL, "the door is gone");
    Ok(Signed { key: key.ok_or_else(nobody)?, merchant, params })
}

/// Any field: what a later version names is not known here.
fn is_word(text: &str) -> bool {
    let of_words = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    !text.is_empty() && text.bytes().all(of_words)
}

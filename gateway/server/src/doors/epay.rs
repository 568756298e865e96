//! epay (彩虹易支付), its first protocol: `/submit.php`, `/mapi.php`, `/api.php`, signed by MD5.

mod api;
mod mapi;
pub(super) mod money;
mod open;
mod order;
mod orders;
mod query;
mod refund;
pub(super) mod sign;
mod submit;
pub(super) mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use paymux_engine::problem::Problem;
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;

use super::caller::{Came, From};
use super::params::Params;
use super::{EPAY, Hall};

pub(super) fn routes<S: Store>() -> Router<Hall<S>> {
    let submit = get(submit::handle::<S>).post(submit::handle::<S>).head(submit::look);
    Router::new()
        .route("/submit.php", submit)
        .route("/mapi.php", post(mapi::handle::<S>))
        .route("/api.php", get(api::read::<S>).post(api::write::<S>))
}

/// A form, signed over what was received.
fn signed<S: Store>(
    hall: &Hall<S>,
    came: &Came,
    from: From,
) -> Result<(Arc<Merchant>, Params), Problem> {
    let params = Params::of_form(&came.query, &came.body)?.only(sign::counts);
    let verifies = |key: &_| sign::verifies(params.iter(), params.get("sign"), key);
    let merchant = hall.enter(came, (EPAY, params.get("pid")), from, verifies)?;
    Ok((merchant, params))
}

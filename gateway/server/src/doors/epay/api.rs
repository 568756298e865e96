//! `/api.php`: what the merchant's server asks, with its key in the request; no log has a query.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::State;
use http::StatusCode;
use paymux_engine::problem::Problem;
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;

use super::{order, orders, query, refund};
use crate::api::{Answer, reply};
use crate::doors::caller::{Came, From};
use crate::doors::params::{Params, wrong};
use crate::doors::{EPAY, Hall};

pub(super) async fn read<S: Store>(State(hall): State<Hall<S>>, came: Came) -> Answer {
    let (merchant, params) = keyed(&hall, &came)?;
    let answer = match params.get("act") {
        "order" => order::answer(&hall, &merchant, &params).await?,
        "orders" => orders::answer(&hall, &merchant, &params).await?,
        "query" => query::answer(&merchant, &params),
        "refund" => return Err(wrong("act", "refund is for POST alone").into()),
        _ => return Err(unknown().into()),
    };
    Ok(reply::json(StatusCode::OK, &answer))
}

pub(super) async fn write<S: Store>(State(hall): State<Hall<S>>, came: Came) -> Answer {
    let (merchant, params) = keyed(&hall, &came)?;
    let answer = match params.get("act") {
        "order" => order::answer(&hall, &merchant, &params).await?,
        "refund" => refund::answer(&hall, &merchant, &params).await?,
        _ => return Err(unknown().into()),
    };
    Ok(reply::json(StatusCode::OK, &answer))
}

/// The key itself, in constant time.
fn keyed<S: Store>(hall: &Hall<S>, came: &Came) -> Result<(Arc<Merchant>, Params), Problem> {
    let params = Params::of_form(&came.query, &came.body)?;
    let given = params.get("key").as_bytes();
    let verifies = |key: &paymux_channel::Secret| {
        verify_slices_are_equal(key.expose().as_bytes(), given).is_ok()
    };
    let merchant = hall.enter(came, (EPAY, params.get("pid")), From::Server, verifies)?;
    Ok((merchant, params))
}

fn unknown() -> Problem {
    wrong("act", "must be order, orders, query or refund; settlements are told by /v1")
}

//! `/api/division/*` and `/api/transfer*`: what the gateway does not do at this door.

use axum::extract::State;
use http::Uri;
use paymux_engine::problem::{self, Problem};
use paymux_store::Store;

use super::signed;
use crate::api::Answer;
use crate::doors::Hall;
use crate::doors::caller::Came;

/// Told to who is known alone, so that a stranger learns nothing of it.
pub(super) async fn handle<S: Store>(State(hall): State<Hall<S>>, uri: Uri, came: Came) -> Answer {
    signed(&hall, &came, &[])?;
    let detail = match uri.path() {
        "/api/transferOrder" | "/api/transfer/query" => {
            "money is not paid out at this door; use POST /v1/transfers"
        }
        _ => "payments are not shared at this door; nothing was done",
    };
    Err(Problem::new(problem::CHANNEL_UNFIT, detail).into())
}

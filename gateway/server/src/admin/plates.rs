//! `/admin/v1/merchants/{merchant}/plates`: the fixed codes that hang in a merchant's shops.

use axum::Extension;
use axum::extract::{Path, State};
use paymux_engine::Gateway;
use paymux_store::Store;

use super::access::Who;
use super::endpoints::seen;
use crate::api::{Answer, plates};

pub(super) async fn list<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path(merchant): Path<String>,
) -> Answer {
    Ok(plates::listed(&gateway, &*seen(&gateway, &who, &merchant)?))
}

pub(super) async fn one<S: Store>(
    State(gateway): State<Gateway<S>>,
    Extension(who): Extension<Who>,
    Path((merchant, plate)): Path<(String, String)>,
) -> Answer {
    let merchant = seen(&gateway, &who, &merchant)?;
    Ok(plates::found(&gateway, &merchant, plate.parse().ok())?)
}

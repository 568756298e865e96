//! Every route of the admin listener, and the least role it asks for. There is no other way to add
//! one, so none is open by mistake.

use axum::routing::{MethodRouter, get, post};
use http::Method;
use paymux_store::Store;

use super::access::Desk;
use super::access::user::Least::{self, Admin, Merchant, Operator, Viewer};
use super::{endpoints, reload, status};

pub(super) struct Row<S> {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) least: Least,
    pub(super) handler: MethodRouter<Desk<S>>,
}

/// `GET` is for what changes nothing.
pub(super) fn rows<S: Store>() -> Vec<Row<S>> {
    let read = |path, least, handler| Row { method: Method::GET, path, least, handler };
    let act = |path, least, handler| Row { method: Method::POST, path, least, handler };
    let endpoints = "/admin/v1/merchants/{merchant}/endpoints";
    let enable = "/admin/v1/merchants/{merchant}/endpoints/{endpoint}/enable";
    let disable = "/admin/v1/merchants/{merchant}/endpoints/{endpoint}/disable";
    vec![
        read("/status", Viewer, get(status::status)),
        act("/routing/explain", Viewer, post(status::explain)),
        read(endpoints, Merchant, get(endpoints::list)),
        act(enable, Operator, post(endpoints::enable)),
        act(disable, Operator, post(endpoints::disable)),
        act("/admin/v1/reload", Admin, post(reload::reload)),
        read("/admin/v1/config/diff", Viewer, get(reload::diff)),
    ]
}

//! Every route of the admin listener, and the least role it asks for. There is no other way to add
//! one, so none is open by mistake.

use axum::routing::{MethodRouter, delete, get, post, put};
use http::Method;
use paymux_store::Store;

use super::access::Desk;
use super::access::user::Least::{self, Admin, Merchant, Operator, Viewer};
use super::{endpoints, manage, reads, reload, status};

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
    let set = |path, handler| Row { method: Method::PUT, path, least: Admin, handler };
    let remove = |path, handler| Row { method: Method::DELETE, path, least: Admin, handler };
    let (merchant, account) = ("/admin/v1/merchants/{id}", "/admin/v1/accounts/{id}");
    let api_key = "/admin/v1/merchants/{merchant}/api_keys/{key}";
    let key = "/admin/v1/merchants/{merchant}/keys/{key}";
    let endpoint = "/admin/v1/merchants/{merchant}/endpoints/{endpoint}";
    let rotate = "/admin/v1/merchants/{merchant}/endpoints/{endpoint}/rotate";
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
        read("/admin/v1/merchants/{merchant}/events", Merchant, get(reads::events)),
        read("/admin/v1/events/{id}", Merchant, get(reads::event)),
        act("/admin/v1/payments/{id}/sync", Operator, post(reads::sync)),
        read("/admin/v1/merchants", Viewer, get(manage::list::<S, true>)),
        read(merchant, Viewer, get(manage::show::<S, true>)),
        set(merchant, put(manage::replace::<S, true>)),
        remove(merchant, delete(manage::remove::<S, true>)),
        read("/admin/v1/accounts", Viewer, get(manage::list::<S, false>)),
        read(account, Viewer, get(manage::show::<S, false>)),
        set(account, put(manage::replace::<S, false>)),
        remove(account, delete(manage::remove::<S, false>)),
        act("/admin/v1/merchants/{merchant}/api_keys", Admin, post(manage::add_api_key)),
        remove(api_key, delete(manage::remove_api_key)),
        set(key, put(manage::put_key)),
        remove(key, delete(manage::remove_key)),
        set(endpoint, put(manage::put_endpoint)),
        remove(endpoint, delete(manage::remove_endpoint)),
        act(rotate, Admin, post(manage::rotate)),
    ]
}

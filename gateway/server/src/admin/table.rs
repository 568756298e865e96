//! Every route of the admin listener, and the least role it asks for. There is no other way to add
//! one, so none is open by mistake.

use axum::routing::{MethodRouter, delete, get, post, put};
use http::Method;
use paymux_store::Store;

use super::access::Desk;
use super::access::page_guard::LOGIN;
use super::access::user::Least::{self, Admin, Merchant, Nobody, Operator, Viewer};
use super::{
    audit, bills, console, differences, endpoints, ledger, manage, payments, plates, reads, reload,
    replays, settlements, status, transfers,
};

pub(super) struct Row<S> {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) least: Least,
    /// Whether a page's script asks by itself.
    pub(super) by_script: bool,
    pub(super) handler: MethodRouter<Desk<S>>,
}

fn row<S>(
    method: Method,
    path: &'static str,
    least: Least,
    handler: MethodRouter<Desk<S>>,
) -> Row<S> {
    Row { method, path, least, by_script: false, handler }
}

fn read<S>(path: &'static str, least: Least, handler: MethodRouter<Desk<S>>) -> Row<S> {
    row(Method::GET, path, least, handler)
}

fn act<S>(path: &'static str, least: Least, handler: MethodRouter<Desk<S>>) -> Row<S> {
    row(Method::POST, path, least, handler)
}

const QUERY: &str = "/admin/v1/differences/{account}/{about}/{number}/query";
const ACCEPT: &str = "/admin/v1/differences/{account}/{about}/{number}/accept";
const REFUND: &str = "/admin/v1/differences/{account}/{about}/{number}/refund";
const WRITE_OFF: &str = "/admin/v1/differences/{account}/{about}/{number}/write_off";
const CONFIRM: &str = "/admin/v1/differences/{account}/{about}/{number}/confirm";
const REJECT: &str = "/admin/v1/differences/{account}/{about}/{number}/reject";
const CONSOLE_QUERY: &str = "/console/differences/{account}/{about}/{number}/query";
const CONSOLE_ACCEPT: &str = "/console/differences/{account}/{about}/{number}/accept";
const CONSOLE_REFUND: &str = "/console/differences/{account}/{about}/{number}/refund";
const CONSOLE_WRITE_OFF: &str = "/console/differences/{account}/{about}/{number}/write_off";
const CONSOLE_CONFIRM: &str = "/console/differences/{account}/{about}/{number}/confirm";
const CONSOLE_REJECT: &str = "/console/differences/{account}/{about}/{number}/reject";

/// `GET` is for what changes nothing.
pub(super) fn rows<S: Store>() -> Vec<Row<S>> {
    [at_work(), money(), pages(), configuration()].into_iter().flatten().collect()
}

/// What happens, and what an operator does about it.
fn at_work<S: Store>() -> Vec<Row<S>> {
    let endpoints = "/admin/v1/merchants/{merchant}/endpoints";
    let enable = "/admin/v1/merchants/{merchant}/endpoints/{endpoint}/enable";
    let disable = "/admin/v1/merchants/{merchant}/endpoints/{endpoint}/disable";
    let test = "/admin/v1/merchants/{merchant}/endpoints/{endpoint}/test";
    vec![
        read("/status", Viewer, get(status::status)),
        act("/routing/explain", Viewer, post(status::explain)),
        read(endpoints, Merchant, get(endpoints::list)),
        act(enable, Operator, post(endpoints::switch::<S, true>)),
        act(disable, Operator, post(endpoints::switch::<S, false>)),
        act(test, Operator, post(replays::test)),
        read("/admin/v1/payments", Merchant, get(payments::list)),
        read("/admin/v1/payments/{id}", Merchant, get(payments::one)),
        read("/admin/v1/payments/{id}/timeline", Merchant, get(payments::timeline)),
        act("/admin/v1/events/{id}/replay", Operator, post(replays::event)),
        act("/admin/v1/replays", Operator, post(replays::range)),
        read("/admin/v1/audit", Viewer, get(audit::list)),
        read("/admin/v1/audit/verify", Viewer, get(audit::verify)),
        act("/admin/v1/reload", Admin, post(reload::reload)),
        read("/admin/v1/config/diff", Viewer, get(reload::diff)),
        read("/admin/v1/merchants/{merchant}/events", Merchant, get(reads::events)),
        read("/admin/v1/events/{id}", Merchant, get(reads::event)),
        act("/admin/v1/payments/{id}/sync", Operator, post(reads::sync)),
    ]
}

/// Books, what is paid out, and what the channels' bills say.
fn money<S: Store>() -> Vec<Row<S>> {
    vec![
        read("/admin/v1/merchants/{merchant}/ledger", Merchant, get(ledger::balances)),
        read("/admin/v1/merchants/{merchant}/journal", Merchant, get(ledger::journal)),
        read("/admin/v1/ledger/check", Viewer, get(ledger::check)),
        read("/admin/v1/transfers", Merchant, get(transfers::list)),
        read("/admin/v1/transfers/{id}", Merchant, get(transfers::one)),
        read("/admin/v1/transfers/{id}/timeline", Merchant, get(transfers::timeline)),
        read("/admin/v1/transfers/held", Viewer, get(transfers::held)),
        act("/admin/v1/transfers/{id}/approve", Admin, post(transfers::approve)),
        act("/admin/v1/transfers/{id}/decline", Admin, post(transfers::decline)),
        read("/admin/v1/settlements", Viewer, get(settlements::all)),
        read("/admin/v1/settlements/{number}", Merchant, get(settlements::one)),
        read("/admin/v1/settlements/{number}/entries.csv", Merchant, get(settlements::csv)),
        act("/admin/v1/settlements/{number}/paid", Admin, post(settlements::paid)),
        act("/admin/v1/settlements/{number}/{verb}", Admin, post(settlements::act)),
        read("/admin/v1/merchants/{merchant}/settlements", Merchant, get(settlements::list)),
        act("/admin/v1/merchants/{merchant}/settlements", Operator, post(settlements::draft)),
        act("/admin/v1/merchants/{merchant}/adjustments", Admin, post(settlements::adjust)),
        read("/admin/v1/bills", Viewer, get(bills::list)),
        act("/admin/v1/bills", Operator, post(bills::fetch)),
        read("/admin/v1/differences", Viewer, get(differences::list)),
        act(QUERY, Operator, post(differences::repair::<S, { differences::QUERY }>)),
        act(ACCEPT, Admin, post(differences::repair::<S, { differences::ACCEPT }>)),
        act(REFUND, Admin, post(differences::repair::<S, { differences::REFUND }>)),
        act(WRITE_OFF, Operator, post(differences::repair::<S, { differences::WRITE_OFF }>)),
        act(CONFIRM, Admin, post(differences::repair::<S, { differences::CONFIRM }>)),
        act(REJECT, Operator, post(differences::repair::<S, { differences::REJECT }>)),
    ]
}

/// The pages.
fn pages<S: Store>() -> Vec<Row<S>> {
    vec![
        read(LOGIN, Nobody, get(console::form)),
        act(LOGIN, Nobody, post(console::log_in)),
        act("/console/logout", Merchant, post(console::log_out)),
        read("/console/language/{code}", Nobody, get(console::language)),
        read("/console/console.css", Nobody, get(console::style)),
        read("/console/console.js", Nobody, get(console::script)),
        read("/console/icon.svg", Nobody, get(console::icon)),
        read("/console", Merchant, get(console::overview)),
        Row { by_script: true, ..read("/console/live", Viewer, get(console::live)) },
        read("/console/payments", Merchant, get(console::payments)),
        read("/console/payments/{id}", Merchant, get(console::payment)),
        read("/console/transfers", Merchant, get(console::transfers)),
        read("/console/transfers/{id}", Merchant, get(console::transfer)),
        act("/console/transfers/{id}/{verb}", Admin, post(console::judge)),
        read("/console/deliveries", Merchant, get(console::deliveries)),
        act("/console/events/{id}/replay", Operator, post(console::replay)),
        act("/console/replays", Operator, post(console::replay_range)),
        act("/console/endpoints/{merchant}/{endpoint}/{verb}", Operator, post(console::act)),
        read("/console/differences", Viewer, get(console::differences)),
        read("/console/differences.csv", Viewer, get(console::differences_file)),
        act(CONSOLE_QUERY, Operator, post(console::decide::<S, { differences::QUERY }>)),
        act(CONSOLE_ACCEPT, Admin, post(console::decide::<S, { differences::ACCEPT }>)),
        act(CONSOLE_REFUND, Admin, post(console::decide::<S, { differences::REFUND }>)),
        act(CONSOLE_WRITE_OFF, Operator, post(console::decide::<S, { differences::WRITE_OFF }>)),
        act(CONSOLE_CONFIRM, Admin, post(console::decide::<S, { differences::CONFIRM }>)),
        act(CONSOLE_REJECT, Operator, post(console::decide::<S, { differences::REJECT }>)),
        read("/console/accounts", Viewer, get(console::accounts)),
        read("/console/routing", Viewer, get(console::routing)),
        read("/console/audit", Viewer, get(console::audit)),
    ]
}

/// What is kept of the configuration.
fn configuration<S: Store>() -> Vec<Row<S>> {
    let set = |path, handler| row(Method::PUT, path, Admin, handler);
    let remove = |path, handler| row(Method::DELETE, path, Admin, handler);
    let (merchant, account) = ("/admin/v1/merchants/{id}", "/admin/v1/accounts/{id}");
    let api_key = "/admin/v1/merchants/{merchant}/api_keys/{key}";
    let key = "/admin/v1/merchants/{merchant}/keys/{key}";
    let endpoint = "/admin/v1/merchants/{merchant}/endpoints/{endpoint}";
    let rotate = "/admin/v1/merchants/{merchant}/endpoints/{endpoint}/rotate";
    let plates = "/admin/v1/merchants/{merchant}/plates";
    let plate = "/admin/v1/merchants/{merchant}/plates/{plate}";
    vec![
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
        read(plates, Merchant, get(plates::list)),
        read(plate, Merchant, get(plates::one)),
        set(plate, put(manage::put_plate)),
        remove(plate, delete(manage::remove_plate)),
    ]
}

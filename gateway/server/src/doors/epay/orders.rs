//! `act=orders`: the newest orders of this door.

use paymux_core::payment::Payment;
use paymux_engine::problem::Problem;
use paymux_engine::snapshot::Merchant;
use paymux_store::Store;
use serde_json::{Value, json};

use super::order;
use crate::api::reply::unreadable;
use crate::doors::params::{Params, wrong};
use crate::doors::{EPAY, Hall};

const MAX_LIMIT: usize = 50;
const DEFAULT_LIMIT: usize = 10;
/// Deeper pages are what `GET /v1/payments` is for, which reads none of them twice.
const MAX_OFFSET: usize = 500;
/// The merchant's payments of all ways, among which they are looked for.
const MAX_READ: usize = 1000;

pub(super) async fn answer<S: Store>(
    hall: &Hall<S>,
    merchant: &Merchant,
    params: &Params,
) -> Result<Value, Problem> {
    let limit = number(params, "limit", DEFAULT_LIMIT, MAX_LIMIT)?;
    let offset = number(params, "offset", 0, MAX_OFFSET)?;
    let status = params.optional("status").map(|_| number(params, "status", 0, 4)).transpose()?;
    let found = hall.gateway.store.payments(&merchant.id, None, MAX_READ).await;
    let payments = found.map_err(unreadable)?;
    let own = |it: &&Payment| {
        let through = it.order.door.as_ref().is_some_and(|door| door.name.as_str() == EPAY);
        through && status.is_none_or(|status| usize::from(order::status(it)) == status)
    };
    let (snapshot, pid) = (hall.gateway.snapshot.load(), params.get("pid"));
    let page = payments.iter().filter(own).skip(offset).take(limit);
    let data: Vec<_> = page.map(|it| order::shown(it, &snapshot, pid)).collect();
    Ok(json!({ "code": 1, "msg": "succ", "count": data.len(), "data": data }))
}

fn number(params: &Params, name: &str, default: usize, max: usize) -> Result<usize, Problem> {
    let Some(text) = params.optional(name) else { return Ok(default) };
    let number = text.parse().ok().filter(|it| *it <= max);
    number.ok_or_else(|| wrong(name, format!("must be 0 to {max}")))
}

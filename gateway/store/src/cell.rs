//! Values as cells of a table, the same in every database.

use paymux_core::Timestamp;
use paymux_core::delivery::{Delivery, DeliveryState};
use paymux_core::endpoint::{Disabled, DisabledReason};
use paymux_core::payment::{Payment, State};
use paymux_core::refund::Cause;

use crate::{ManagedKind, Read, StoreError};

/// Behind every id.
pub(crate) const LAST_ID: &str = "~";

/// A limit beyond what a database counts is no limit.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(crate) fn unsigned(value: i64) -> Read<u64> {
    u64::try_from(value).map_err(|_| garbled("a number"))
}

/// Names the thing and not its content.
pub(crate) fn garbled(what: &str) -> StoreError {
    StoreError(format!("{what} in the database cannot be read"))
}

/// For people who look into the table; nothing here reads it.
pub(crate) const fn status(state: State) -> &'static str {
    match state {
        State::Created => "created",
        State::InDoubt { .. } => "in_doubt",
        State::Pending { .. } => "pending",
        State::Succeeded { .. } => "succeeded",
        State::Failed { .. } => "failed",
        State::Closed => "closed",
    }
}

/// Tried in vain, or not tried any more, and not delivered.
pub(crate) fn is_failing(it: &Delivery) -> bool {
    match it.state {
        DeliveryState::Due => it.attempts > 0,
        DeliveryState::Delivered { .. } => false,
        DeliveryState::Exhausted { .. } | DeliveryState::Held { .. } => true,
    }
}

/// The channel's numbers of a payment, by which an operator may ask for it.
pub(crate) fn trade_nos(payment: &Payment) -> impl Iterator<Item = &str> {
    let receipts = payment.attempts.iter().filter_map(|it| it.receipt.as_ref());
    receipts.map(|it| it.channel_trade_no.as_str()).filter(|it| !it.is_empty())
}

/// The merchant's own numbers of a payment's refunds.
pub(crate) fn refund_nos(payment: &Payment) -> impl Iterator<Item = &str> {
    let asked = payment.refunds.iter().filter(|it| it.cause == Cause::Merchant);
    asked.map(|it| it.refund_no.as_str())
}

pub(crate) const fn ended_at(state: &DeliveryState) -> Option<i64> {
    match state {
        DeliveryState::Due => None,
        DeliveryState::Delivered { at }
        | DeliveryState::Exhausted { at }
        | DeliveryState::Held { at } => Some(at.0),
    }
}

pub(crate) fn delivery_state(name: &str, ended_at: Option<i64>) -> Read<DeliveryState> {
    match (name, ended_at.map(Timestamp)) {
        ("due", None) => Ok(DeliveryState::Due),
        ("delivered", Some(at)) => Ok(DeliveryState::Delivered { at }),
        ("exhausted", Some(at)) => Ok(DeliveryState::Exhausted { at }),
        ("held", Some(at)) => Ok(DeliveryState::Held { at }),
        _ => Err(garbled("a delivery's state")),
    }
}

/// Both cells or neither.
pub(crate) fn disabled(at: Option<i64>, reason: Option<&str>) -> Read<Option<Disabled>> {
    let Some((at, reason)) = at.zip(reason) else { return Ok(None) };
    let reason = DisabledReason::from_name(reason).ok_or_else(|| garbled("a reason"))?;
    Ok(Some(Disabled { at: Timestamp(at), reason }))
}

pub(crate) fn managed_kind(name: &str) -> Read<ManagedKind> {
    ManagedKind::from_name(name).ok_or_else(|| garbled("an item's kind"))
}

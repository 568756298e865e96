//! When all is over: everything has ended, and gateway and channels agree (INV-3 to INV-16).

use std::collections::{BTreeMap, BTreeSet};

use paymux_core::delivery::DeliveryState;
use paymux_core::payment::{Attempt, Payment, Standing, Surplus, Verdict};
use paymux_core::refund::{Cause, Refund, RefundState};
use paymux_core::route::Taken;
use paymux_engine::routing::RuleSet;
use paymux_store::TaskKind;
use paymux_store::memory::Tables;

use super::commit::span;
use super::ledger;
use crate::sim::bank::{Order, RefundStage};
use crate::sim::node::SCHEDULE;
use crate::sim::scene::State;

pub(crate) fn all(state: &mut State, tables: &Tables) {
    wishes(state);
    tasks(state, tables);
    numbers(state, tables);
    strangers(state, tables);
    for payment in tables.payments.values() {
        ended(state, payment);
        for attempt in &payment.attempts {
            agrees(state, payment, attempt);
            returned(state, tables, payment, attempt);
        }
        for refund in &payment.refunds {
            refund_agrees(state, refund);
        }
        balance(state, payment);
    }
    deliveries(state, tables);
    days(state, tables);
    ledger::holds(state, tables);
}

/// Each account's day is what its payments took and did not give back.
fn days(state: &mut State, tables: &Tables) {
    let home = RuleSet::default();
    let mut days = BTreeMap::<_, Taken>::new();
    for payment in tables.payments.values() {
        let amount = payment.order.amount;
        let counted = payment.taking();
        for attempt in payment.attempts.iter().filter(|it| counted.contains(&it.id)) {
            let key = (attempt.account.clone(), home.day(attempt.dispatched_at), amount.currency());
            let sum = days.entry(key).or_default();
            *sum = sum.plus(Taken { count: 1, amount: amount.minor() });
        }
    }
    let mut taken = tables.taken.clone();
    taken.retain(|_, it| *it != Taken::default());
    state.ensure(taken == days, "INV-16", || format!("{taken:?} is told of {days:?}"));
}

fn wishes(state: &mut State) {
    let waiting = state.wishes.iter().find(|it| !it.done).cloned();
    state.ensure(waiting.is_none(), "INV-15", || format!("no final answer to {waiting:?}"));
}

/// A refund that waits for a person may wait for ever; nothing else may.
fn tasks(state: &mut State, tables: &Tables) {
    for task in tables.tasks.keys() {
        let stuck = match task {
            TaskKind::Refund(id) => {
                let refund = tables.payments.get(&id.payment).and_then(|it| it.refund(*id));
                refund.is_some_and(|it| matches!(it.state, RefundState::Abnormal(_)))
            }
            TaskKind::Resolve(_)
            | TaskKind::Deliver(_)
            | TaskKind::Transfer(_)
            | TaskKind::Split(_)
            | TaskKind::Bill(..)
            | TaskKind::Settle(_)
            | TaskKind::Replay(..) => false,
        };
        state.ensure(stuck, "INV-15", || format!("{task} has not ended"));
    }
}

fn numbers(state: &mut State, tables: &Tables) {
    let mut seen = BTreeSet::new();
    for payment in tables.payments.values() {
        let number = (payment.order.merchant.clone(), payment.order.order_no.clone());
        let id = payment.id;
        state.ensure(seen.insert(number), "INV-1", || format!("{id} is the second of its order"));
        let mut refunds = BTreeSet::new();
        for refund in payment.refunds.iter().filter(|it| it.cause == Cause::Merchant) {
            let fresh = refunds.insert(refund.refund_no.clone());
            state.ensure(fresh, "INV-1", || format!("{} is the second of its number", refund.id));
        }
    }
}

/// Nothing is at a channel that was not committed here.
fn strangers(state: &mut State, tables: &Tables) {
    let known = |id: &paymux_core::AttemptId| {
        tables.payments.get(&id.payment).is_some_and(|it| it.attempt(*id).is_some())
    };
    let orders = state.banks.iter().flat_map(|it| it.orders.keys());
    let stranger = orders.copied().find(|it| !known(it));
    state.ensure(stranger.is_none(), "INV-2", || format!("{stranger:?} is at a channel alone"));
}

fn ended(state: &mut State, payment: &Payment) {
    let id = payment.id;
    let ended = payment.verdict != Verdict::Open;
    state.ensure(ended, "INV-15", || format!("{id} has not ended"));
    let live = payment.attempts.iter().any(|it| it.standing.is_live());
    state.ensure(!live, "INV-15", || format!("{id} has a live attempt"));
    let tried = !payment.attempts.is_empty() || payment.order.cashier.is_some();
    state.ensure(tried, "INV-2", || format!("{id} has no attempt"));
}

/// Paid there is paid here, to the fen.
fn agrees(state: &mut State, payment: &Payment, attempt: &Attempt) {
    let there = state.truth(attempt.id).filter(|it| it.is_kept()).map(|it| it.amount);
    let here = attempt.receipt.as_ref().map(|it| it.amount.minor());
    let id = attempt.id;
    state.ensure(there == here, "INV-4", || format!("{id}: paid {there:?}, recorded {here:?}"));
    let primary = payment.verdict == Verdict::Succeeded { attempt: id };
    let paid = state.truth(id).is_some_and(Order::is_kept);
    state.ensure(!primary || paid, "INV-4", || format!("{id} succeeded without money"));
}

/// Money that should not have come goes back, or the merchant is told that it is kept.
fn returned(state: &mut State, tables: &Tables, payment: &Payment, attempt: &Attempt) {
    let id = attempt.id;
    if attempt.standing != Standing::Paid || payment.verdict == (Verdict::Succeeded { attempt: id })
    {
        return;
    }
    let surplus =
        |it: &&Refund| it.attempt == id && matches!(it.cause, Cause::Duplicate | Cause::Late);
    let refunds: Vec<_> = payment.refunds.iter().filter(surplus).collect();
    let policy = payment.order.policy;
    let late = !matches!(payment.verdict, Verdict::Succeeded { .. });
    let wanted = if late { policy.late } else { policy.duplicate };
    let expected = usize::from(wanted == Surplus::Refund);
    // Late money may have been followed by a success: then its own policy has spoken.
    let fits = refunds.len() == expected || refunds.len() <= 1 && policy.late != policy.duplicate;
    state
        .ensure(fits, "INV-3", || format!("{id} is surplus, and returned {} times", refunds.len()));
    let told = tables.events.range(span(payment.id)).any(|(_, it)| {
        it.row.kind == "payment.duplicate_paid" || it.row.kind == "payment.late_paid"
    });
    state.ensure(told, "INV-6", || format!("{id} is kept, and nobody is told"));
}

fn refund_agrees(state: &mut State, refund: &Refund) {
    let number = refund.number().out_refund_no();
    let there = state.truth(refund.attempt).and_then(|it| it.refunds.get(&number));
    let there = there.map(|it| (it.stage, it.amount));
    let amount = refund.amount.minor();
    let agrees = match (&refund.state, there) {
        (RefundState::Succeeded { .. }, Some((RefundStage::Done(_), it))) => it == amount,
        (RefundState::Failed(_), None | Some((RefundStage::Failed, _))) => true,
        // A person must look at it; the money may have gone or not.
        (RefundState::Abnormal(_), Some((RefundStage::Done(_), _))) => false,
        (RefundState::Abnormal(_), _) => true,
        (
            RefundState::Succeeded { .. }
            | RefundState::Failed(_)
            | RefundState::InDoubt
            | RefundState::Processing,
            _,
        ) => false,
    };
    let (id, here) = (refund.id, &refund.state);
    state.ensure(agrees, "INV-4", || format!("{id} is {here:?} here and {there:?} there"));
}

fn balance(state: &mut State, payment: &Payment) {
    let orders = payment.attempts.iter().filter_map(|it| state.truth(it.id));
    let there: i64 =
        orders.map(|it| if it.is_kept() { it.amount - it.refunded() } else { 0 }).sum();
    let totals = payment.totals().expect("they add up");
    let here = totals.paid.minor() - totals.refunded.minor();
    let id = payment.id;
    state.ensure(there == here, "INV-4", || format!("{id}: {there} there, {here} here"));
}

/// A delivery ends as delivered, and was heard, or as exhausted, and was tried.
fn deliveries(state: &mut State, tables: &Tables) {
    for delivery in tables.deliveries.values() {
        let id = &delivery.id;
        let url = crate::sim::node::url(&delivery.merchant, &id.endpoint);
        let heard = state.heard.get(&format!("{} {url}", id.event)).map_or(0, |it| it.acked);
        match delivery.state {
            DeliveryState::Due => state.violated("INV-8", format!("{id} is not delivered")),
            DeliveryState::Delivered { .. } => {
                state.ensure(heard > 0, "INV-8", || format!("{id} was never heard"));
            }
            DeliveryState::Held { .. } => state.violated("INV-8", format!("{id} is held")),
            DeliveryState::Exhausted { .. } => {
                state.count("deliveries exhausted");
                let tried = usize::from(delivery.attempts) == SCHEDULE.len();
                state.ensure(tried, "INV-8", || format!("{id} was given up early"));
            }
        }
    }
}

//! What was recorded stays recorded: no writer may undo another's facts (INV-12).

use paymux_core::payment::{Attempt, Payment, Standing, Surplus, Verdict};
use paymux_core::refund::{End, Refund, RefundState};

use crate::sim::scene::State;

const RULE: &str = "INV-12";

pub(crate) fn goes_on(state: &mut State, before: Option<&Payment>, next: &Payment) {
    let Some(before) = before else { return };
    let id = next.id;
    let mut ensure = |holds: bool, what: &str| {
        state.ensure(holds, RULE, || format!("{id}: {what}"));
    };
    ensure(before.order == next.order, "another order");
    ensure(before.version < next.version, "the version does not grow");
    ensure(before.events <= next.events, "events are lost");
    ensure(before.closing.is_none() || before.closing == next.closing, "closing is forgotten");
    ensure(follows(before, next), "the verdict is taken back");
    ensure(before.attempts.len() <= next.attempts.len(), "an attempt is lost");
    ensure(before.refunds.len() <= next.refunds.len(), "a refund is lost");
    for (old, new) in before.attempts.iter().zip(&next.attempts) {
        ensure(attempt_goes_on(old, new), "an attempt's facts are lost");
    }
    for (old, new) in before.refunds.iter().zip(&next.refunds) {
        ensure(refund_goes_on(old, new), "a refund's facts are lost");
    }
}

fn follows(before: &Payment, next: &Payment) -> bool {
    let accepts = next.order.policy.late == Surplus::Accept;
    match (&before.verdict, &next.verdict) {
        (Verdict::Open, _) => true,
        (Verdict::Failed { .. } | Verdict::Closed, Verdict::Succeeded { .. }) => accepts,
        (old, new) => old == new,
    }
}

fn attempt_goes_on(old: &Attempt, new: &Attempt) -> bool {
    let ended = !old.standing.is_live();
    old.id == new.id
        && old.account == new.account
        && old.sends <= new.sends.saturating_add(1)
        && (!old.superseded || new.superseded)
        && (old.action.is_none() || old.action == new.action)
        && (old.receipt.is_none() || old.receipt == new.receipt)
        && (!ended || new.standing == old.standing || new.standing == Standing::Paid)
}

fn refund_goes_on(old: &Refund, new: &Refund) -> bool {
    let done = matches!(old.state, RefundState::Succeeded { .. });
    old.id == new.id
        && old.attempt == new.attempt
        && old.refund_no == new.refund_no
        && old.amount == new.amount
        && old.cause == new.cause
        && (old.ended.is_some() || old.sends <= new.sends.saturating_add(1))
        && (old.round == new.round || old.ended == Some(End::Closed))
        && (!done || old.state == new.state)
}

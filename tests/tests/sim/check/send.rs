//! Requests that leave: intent first, one number, one content, one charge (INV-2, INV-3).

use paymux_core::refund::Refund;
use paymux_core::{AttemptId, RefundId};
use paymux_store::TaskKind;
use paymux_store::memory::MemoryStore;

use crate::sim::scene::State;
use crate::sim::wire::Ask;

/// What is to be sent was committed, with somebody to ask what became of it.
pub(crate) fn intent_first(state: &mut State, store: &MemoryStore, bank: usize, ask: &Ask) {
    let attempt: AttemptId = match ask.order().parse() {
        Ok(attempt) => attempt,
        Err(_) => return state.violated("INV-2", format!("no number of ours: {ask:?}")),
    };
    let payment = store.look(|it| it.payments.get(&attempt.payment).cloned());
    let account = state.banks[bank].account;
    let committed = payment.as_ref().and_then(|it| it.attempt(attempt));
    let ours = committed.is_some_and(|it| it.account.as_str() == account);
    state.ensure(ours, "INV-2", || format!("sent before it was committed: {ask:?}"));
    let Some(payment) = payment else { return };
    match ask {
        Ask::Pay { amount, .. } => {
            let same = payment.order.amount.minor() == *amount;
            state.ensure(same, "INV-2", || format!("not the order's amount: {ask:?}"));
        }
        Ask::Refund { refund, amount, .. } => {
            let known = RefundId::from_out_refund_no(refund).ok().and_then(|it| payment.refund(it));
            let same = |it: &Refund| it.attempt == attempt && it.amount.minor() == *amount;
            let same = known.is_some_and(same);
            state.ensure(same, "INV-2", || format!("a refund that was not committed: {ask:?}"));
        }
        Ask::Query { .. } | Ask::Close { .. } | Ask::QueryRefund { .. } => {}
    }
}

/// The request has left, and may arrive.
pub(crate) fn is_sent(state: &mut State, bank: usize, ask: &Ask) {
    let Ask::Pay { charge, .. } = ask else { return };
    let Ok(attempt) = ask.order().parse::<AttemptId>() else { return };
    let first = state.banks[bank].asked.entry(attempt).or_insert_with(|| ask.clone());
    let same = first == ask;
    state.ensure(same, "INV-2", || format!("the repeat is another request: {ask:?}"));
    if *charge {
        one_charge(state, attempt);
    }
}

/// No second charge while the first has worked or may yet.
fn one_charge(state: &mut State, attempt: AttemptId) {
    let asked = state.banks.iter().flat_map(|it| it.asked.keys()).copied();
    let siblings = asked.filter(|it| it.payment == attempt.payment && *it != attempt);
    let taken = siblings.into_iter().find(|it| {
        let paid = state.truth(*it).is_some_and(|it| it.paid.is_some());
        paid || state.is_chargeable(*it)
    });
    state.ensure(taken.is_none(), "INV-3", || format!("{attempt} charges again after {taken:?}"));
}

/// The task that will find out about an attempt.
pub(crate) fn question(attempt: AttemptId) -> TaskKind {
    TaskKind::Resolve(attempt)
}

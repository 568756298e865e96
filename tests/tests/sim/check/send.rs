//! Requests that leave: intent first, one number, one content, one charge (INV-2, INV-3).

use paymux_core::payment::{Attempt, Standing};
use paymux_core::refund::Refund;
use paymux_core::{AttemptId, RefundNo};
use paymux_store::TaskKind;
use paymux_store::memory::MemoryStore;

use crate::sim::bank::Order;
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
            let known = RefundNo::from_out_refund_no(refund).ok();
            let known =
                known.and_then(|it| payment.refund(it.refund).filter(|own| own.number() == it));
            let same = |it: &Refund| it.attempt == attempt && it.amount.minor() == *amount;
            let same = known.is_some_and(same);
            state.ensure(same, "INV-2", || format!("a refund that was not committed: {ask:?}"));
        }
        Ask::Reverse { .. } => undone(state, attempt, payment.attempt(attempt)),
        Ask::Query { .. } | Ask::Close { .. } | Ask::QueryRefund { .. } => {}
    }
}

/// Whoever is told of money must not lose it to our own request.
fn undone(state: &mut State, id: AttemptId, committed: Option<&Attempt>) {
    let firm = state.truth(id).is_some_and(|it| it.firm);
    let nothing_came = state.truth(id).is_none();
    let meant = committed.is_some_and(|it| match it.standing {
        Standing::Reversing | Standing::Closed | Standing::Refused(_) => true,
        // The channel has said that it will not undo it, and that counts.
        Standing::Paid => firm,
        // Whoever meant to undo it was overtaken by the news that it never left.
        Standing::Unsent => nothing_came,
        Standing::InDoubt | Standing::Pending | Standing::Abandoned => false,
    });
    state.ensure(meant, "INV-2", || format!("{id} is undone before it was committed"));
}

/// The request has left, and may arrive.
pub(crate) fn is_sent(state: &mut State, bank: usize, ask: &Ask) {
    let Ask::Pay { charge, .. } = ask else { return };
    let Ok(attempt) = ask.order().parse::<AttemptId>() else { return };
    let first = state.banks[bank].asked.entry(attempt).or_insert_with(|| ask.clone());
    let same = first == ask;
    state.ensure(same, "INV-2", || format!("the repeat is another request: {ask:?}"));
    if charge.is_some() {
        one_charge(state, attempt);
    }
}

/// No second charge while the first has worked or may yet.
fn one_charge(state: &mut State, attempt: AttemptId) {
    let asked = state.banks.iter().flat_map(|it| it.asked.keys()).copied();
    let siblings = asked.filter(|it| it.payment == attempt.payment && *it != attempt);
    let now = state.now;
    let taken = siblings.into_iter().find(|it| {
        let truth = state.truth(*it);
        let seen = state.shown.contains(it) && truth.is_some_and(|it| it.is_payable(now));
        // Against a channel that breaks its word, and payers of codes that nobody was shown, there
        // is the return of what is paid twice.
        let known = |order: &Order| order.charge || state.shown.contains(it);
        let paid = truth.is_some_and(|it| it.is_kept() && !it.late && known(it));
        paid || seen || state.is_chargeable(*it)
    });
    // Clocks that are off by more than any margin prove nothing.
    let taken = taken.filter(|_| !state.knobs.wild);
    state.ensure(taken.is_none(), "INV-3", || format!("{attempt} charges again after {taken:?}"));
}

/// The task that will find out about an attempt.
pub(crate) fn question(attempt: AttemptId) -> TaskKind {
    TaskKind::Resolve(attempt)
}

//! What the gateway says, held against what is true at the channels.

use paymux_core::AttemptId;

use crate::sim::bank::{Order, Stage};
use crate::sim::scene::{Act, State};

impl State {
    pub(crate) fn truth(&self, attempt: AttemptId) -> Option<&Order> {
        self.banks.iter().find_map(|it| it.orders.get(&attempt))
    }

    /// Whether a request that takes money by itself may still take it: it is there, or under way.
    pub(crate) fn is_chargeable(&self, attempt: AttemptId) -> bool {
        if let Some(order) = self.truth(attempt) {
            return order.charge && order.is_payable(self.now);
        }
        self.agenda.values().any(|it| match it {
            Act::Arrive { parcel, .. } => parcel.charges(attempt, self.now),
            Act::Ask(_)
            | Act::GiveUp { .. }
            | Act::Land { .. }
            | Act::Pay { .. }
            | Act::Settle { .. }
            | Act::Expire { .. }
            | Act::RefundDone { .. }
            | Act::Notice { .. }
            | Act::Knock { .. }
            | Act::Start { .. }
            | Act::Jump { .. } => false,
        })
    }
}

/// A payer never holds two codes of one payment that can both be paid.
pub(crate) fn one_code(state: &mut State, attempt: AttemptId) {
    let now = state.now;
    let other = state.shown.iter().copied().find(|it| {
        let sibling = it.payment == attempt.payment && *it != attempt;
        sibling && state.truth(*it).is_some_and(|it| it.is_payable(now))
    });
    let other = other.filter(|_| !state.knobs.wild);
    state.ensure(other.is_none(), "INV-3", || format!("{attempt} is shown beside {other:?}"));
}

/// What the merchant is told of as over is over: nobody who saw its code can pay it.
pub(crate) fn is_over(state: &mut State, attempt: AttemptId, told: &str) {
    let now = state.now;
    let shown = state.shown.contains(&attempt);
    let payable = state.truth(attempt).is_some_and(|it| it.is_payable(now));
    let open = !state.knobs.wild && (shown && payable || state.is_chargeable(attempt));
    state.ensure(!open, "INV-6", || format!("{told} is told, and {attempt} can still be paid"));
}

/// Money that was recorded is there.
pub(crate) fn is_paid(state: &mut State, attempt: AttemptId, amount: i64, trade: &str) {
    let holds = state.truth(attempt).is_some_and(|it| {
        let same = it.paid.as_ref().is_some_and(|it| it.trade == trade);
        it.stage == Stage::Paid && it.amount == amount && same
    });
    state.ensure(holds, "INV-4", || format!("{attempt} is recorded as paid {amount} by {trade}"));
}

/// No byte reached the channel, says the gateway.
pub(crate) fn is_unsent(state: &mut State, attempt: AttemptId) {
    let asked = state.banks.iter().any(|it| it.asked.contains_key(&attempt));
    state.ensure(!asked, "INV-2", || format!("{attempt} was sent, and is called unsent"));
}

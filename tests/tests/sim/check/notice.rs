//! "Received" is said of what is recorded, at the moment it is said (INV-7).

use paymux_core::AttemptId;
use paymux_core::payment::Standing;
use paymux_store::Disposition;
use paymux_store::memory::MemoryStore;

use crate::sim::scene::State;
use crate::sim::wire::{Message, Story};

pub(crate) fn received(state: &mut State, store: &MemoryStore, bank: usize, message: &Message) {
    let account = state.banks[bank].account.parse().expect("a name");
    let row = store.look(|it| it.evidence.get(&(account, message.id.clone())).cloned());
    let Some(row) = row else {
        return state.violated("INV-7", format!("{} is acknowledged and not kept", message.id));
    };
    match row.disposition {
        Disposition::Applied => is_known(state, store, message),
        Disposition::Quarantined => state.count("quarantined"),
        Disposition::Orphan => {
            state.violated("INV-7", format!("{} is acknowledged as an orphan", message.id));
        }
    }
}

fn is_known(state: &mut State, store: &MemoryStore, message: &Message) {
    let paid = message.news.iter().any(|it| matches!(it, Story::Paid { .. }));
    let Ok(attempt) = message.order.parse::<AttemptId>() else { return };
    let payment = store.look(|it| it.payments.get(&attempt.payment).cloned());
    let attempt = payment.as_ref().and_then(|it| it.attempt(attempt));
    // What comes while a charge is being undone goes back with it.
    let receipt = attempt.is_some_and(|it| {
        it.receipt.is_some() || it.recheck.is_some() || it.standing == Standing::Reversing
    });
    let returned = attempt.and_then(|it| state.truth(it.id)).is_some_and(|it| it.returned);
    state.ensure(!paid || receipt || returned, "INV-7", || {
        format!("{} is acknowledged and lost", message.id)
    });
}

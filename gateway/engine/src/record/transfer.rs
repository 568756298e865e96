//! A transfer as the recorder sees it.

use paymux_core::transfer::{Effect, Event, State, Transfer, Transition};
use paymux_core::{MerchantId, PaymentId, Timestamp, TransferId};
use paymux_store::{Change, Read, Spending, Store, Task, TaskKind, Then, TransferWrite};

use super::machine::{Follow, Machine, Met, Named, Over};
use crate::render;
use crate::snapshot::{Snapshot, TransferTerms};

impl Named for TransferId {
    type Of = Transfer;
}

impl Machine for Transfer {
    type Id = TransferId;
    type Event = Event;
    type Effect = Effect;
    type Before = State;
    /// What the day must leave room for, where it is new.
    type Terms = Option<TransferTerms>;

    async fn find<S: Store>(store: &S, id: TransferId) -> Read<Option<Self>> {
        store.transfer(id).await
    }

    fn id(&self) -> TransferId {
        self.id
    }

    fn root(&self) -> PaymentId {
        self.id.root()
    }

    fn merchant(&self) -> &MerchantId {
        &self.merchant
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn check(&self) -> Result<(), &'static str> {
        Self::check(self)
    }

    fn meet(&self, event: &Event, at: Timestamp) -> Met<Self> {
        Ok(match self.apply(event, at)? {
            Transition::Redundant => None,
            Transition::Rejected(rejection) => return Err(rejection.into()),
            Transition::Applied { next, effects } => Some((*next, effects)),
        })
    }

    fn before(&self) -> State {
        self.state.clone()
    }

    fn follow(&self, effect: &Effect, at: Timestamp, _: &Snapshot) -> Follow {
        match *effect {
            Effect::Walk { due } => Follow::Task(Task { kind: TaskKind::Transfer(self.id), due }),
            Effect::Tell { number, notice } => Follow::Tell {
                number,
                kind: notice.name(),
                payload: render::transfer_event(self, number, notice, at),
                paid_at: None,
                doors: vec![],
            },
        }
    }

    fn write(&self, over: &Over<'_, Self>, change: &mut Change) {
        let before = (over.expected > 0).then_some(over.before);
        let spending = spending(self, before, over.terms.as_ref());
        let (expected, next) = (over.expected, self.clone());
        change.transfer = Some(TransferWrite { expected, next, spending });
        change.journal.extend(self.posting(before, over.at));
        // What it pays looks at it.
        if self.settles.is_some() && before != Some(&self.state) {
            let kind = TaskKind::Settle(self.merchant.clone());
            change.tasks.push(Task { kind, due: over.at });
        }
    }

    fn then(&self, _: &TaskKind, at: Timestamp) -> Then {
        self.ask_again_at(at).map_or(Then::Done, Then::Again)
    }

    fn name(event: &Event) -> &'static str {
        event.name()
    }

    fn detail(event: &Event) -> String {
        render::transfer_detail(event).to_string()
    }

    fn log(&self, event: &'static str) {
        tracing::info!(
            transfer_id = %self.id,
            merchant = self.merchant.as_str(),
            event,
            status = self.state.name(),
            version = self.version,
            "transfer.applied"
        );
    }

    fn calls_for_a_person(&self, before: &State) -> Option<&'static str> {
        let became = |of: fn(&State) -> bool| of(&self.state) && !of(before);
        let paid = became(|it| matches!(it, State::Succeeded { .. }));
        if paid && matches!(before, State::Failed(_)) {
            // What was reserved had been given free, and is gone: nothing is booked by itself.
            return Some("transfer_paid_after_failure");
        }
        became(|it| matches!(it, State::Abnormal(_))).then_some("transfer_abnormal")
    }
}

/// What is promised counts on the day it was asked for; what came to nothing counts no more.
fn spending(
    next: &Transfer,
    before: Option<&State>,
    terms: Option<&TransferTerms>,
) -> Vec<Spending> {
    let took = before.is_some_and(State::takes_money);
    let amount = match (took, next.state.takes_money()) {
        (false, true) => next.amount.minor(),
        (true, false) => -next.amount.minor(),
        (true, true) | (false, false) => return vec![],
    };
    let (day, currency) = (next.spent_on, next.amount.currency());
    let spending = |spender, limit| Spending { spender, day, currency, amount, limit };
    let account_limit = terms.and_then(|it| it.account_daily_amount);
    vec![
        spending(format!("merchant/{}", next.merchant), terms.and_then(|it| it.daily_amount)),
        spending(format!("account/{}", next.account), account_limit),
    ]
}

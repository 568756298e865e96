//! A merchant's settlements: drafted when a period is over, agreed to, paid, followed to their ends.

mod act;
mod audit;
mod pay;

use std::time::Duration;

use paymux_core::settlement::{Event, Item, Rejection, Settlement, Start, State};
use paymux_core::{MerchantId, Timestamp};
use paymux_store::{Change, CommitError, Leased, Store, Stretch, Task, TaskKind, Then};

use super::resolve::finish;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::record::RecordError;
use crate::settling::Beside;
use crate::snapshot::SettlementTerms;

pub use act::{Adjustment, PaidOutside};
pub use audit::{Audit, Unsound};
pub use pay::refused_payout;

/// More that are open wait for the next walk.
const MOST: usize = 100;
/// Between two looks at what a transfer pays; its own news come sooner.
const PAUSE: Duration = Duration::from_secs(3600);
/// Where something could not be written or read.
const SHORT_PAUSE: Duration = Duration::from_secs(60);
/// What waits for a person for so long calls one.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// Why nothing was drafted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// Nothing was booked, or less than the minimum is owed.
    TooLittle,
    /// Somebody else did at the same moment.
    Overtaken,
}

impl<S: Store> Gateway<S> {
    /// Whether a period of the merchant is over and has no settlement: then its task is put.
    pub async fn want_settlements(&self, merchant: &MerchantId) -> Result<(), String> {
        let tasks = vec![Task { kind: TaskKind::Settle(merchant.clone()), due: self.now() }];
        let put = self.store.commit(Change { tasks, ..Change::default() }).await;
        put.map_err(|it| it.to_string())?;
        self.bell.ring();
        Ok(())
    }

    pub(super) async fn walk_settlements(
        &self,
        merchant: &MerchantId,
        lease: &Leased,
    ) -> &'static str {
        let terms = self.settlement_terms(merchant);
        let (word, then) = match self.step_settlements(merchant, terms.as_deref()).await {
            Ok((word, then)) => (word, then),
            Err(error) => {
                tracing::warn!(merchant = merchant.as_str(), %error, "settlement.not_walked");
                ("failed", Then::Again(self.now().after(SHORT_PAUSE)))
            }
        };
        let finish = Some(finish(lease, then));
        match self.store.commit(Change { finish, ..Change::default() }).await {
            Ok(()) => word,
            // A step put the task anew.
            Err(CommitError::Fenced) => word,
            Err(error) => {
                tracing::warn!(task = %lease.kind, %error, "settlement.not_finished");
                "failed"
            }
        }
    }

    fn settlement_terms(&self, merchant: &MerchantId) -> Option<std::sync::Arc<SettlementTerms>> {
        self.snapshot.load().merchant(merchant).and_then(|it| it.settlement.clone())
    }

    async fn step_settlements(
        &self,
        merchant: &MerchantId,
        terms: Option<&SettlementTerms>,
    ) -> Result<(&'static str, Then), RecordError> {
        let open = self.store.open_settlements(merchant, MOST).await;
        let open = open.map_err(|it| RecordError::Store(it.to_string()))?;
        let (mut moved, mut stuck) = (false, false);
        for settlement in &open {
            match self.step_settlement(settlement, terms).await {
                Ok(it) => moved |= it,
                Err(error) => {
                    self.is_stuck(settlement, &error);
                    stuck = true;
                }
            }
        }
        let patience = if stuck { SHORT_PAUSE } else { PAUSE };
        let Some(terms) = terms else {
            let then =
                if open.is_empty() { Then::Done } else { Then::Again(self.now().after(patience)) };
            return Ok(("unconfigured", then));
        };
        moved |= self.draft_period(merchant, terms).await?;
        let next = terms.calendar.next_end(terms.period, self.now());
        let pause = if open.is_empty() { next } else { next.min(self.now().after(patience)) };
        Ok((if moved { "moved" } else { "waiting" }, Then::Again(pause)))
    }

    /// What can be done about one without a person; whether anything was.
    async fn step_settlement(
        &self,
        settlement: &Settlement,
        terms: Option<&SettlementTerms>,
    ) -> Result<bool, RecordError> {
        let by_itself = terms.filter(|it| {
            it.automatic && it.currency == settlement.currency && !above(settlement, it)
        });
        match (&settlement.state, by_itself) {
            (State::Paying | State::Failed { .. }, _) if settlement.transfer.is_some() => {
                let moved = self.follow_payout(settlement).await?;
                self.call_for_somebody(settlement, moved);
                Ok(moved)
            }
            (State::Draft, Some(_)) => self.agree_by_itself(settlement).await,
            (State::Confirmed, Some(terms)) if terms.payout.is_some() => {
                self.pay_by_itself(settlement, terms).await
            }
            (
                State::Draft
                | State::Confirmed
                | State::Carried
                | State::Paying
                | State::Paid { .. }
                | State::Failed { .. }
                | State::Returned { .. }
                | State::Cancelled
                | State::Discarded,
                _,
            ) => {
                self.call_for_somebody(settlement, false);
                Ok(false)
            }
        }
    }

    /// The others do not wait for it.
    fn is_stuck(&self, settlement: &Settlement, error: &RecordError) {
        tracing::warn!(settlement = settlement.number.as_str(), %error, "settlement.not_walked");
        self.wants_attention(settlement, "settlement_stuck");
    }

    /// Refunds since may have taken what was drafted: then a person drafts it anew.
    async fn agree_by_itself(&self, settlement: &Settlement) -> Result<bool, RecordError> {
        let (beside, event) = (Beside::default(), Event::Confirmed { by: None });
        match self.record_settlement(&settlement.number, &beside, &event, |_| Ok(())).await {
            Ok(_) => Ok(true),
            Err(RecordError::Short) => {
                self.wants_attention(settlement, "settlement_exceeds_balance");
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// What waits for so long may have been forgotten.
    fn call_for_somebody(&self, settlement: &Settlement, moved: bool) {
        if !moved && self.now().since(settlement.created_at) >= PATIENCE {
            self.wants_attention(settlement, "settlement_waiting");
        }
    }

    fn wants_attention(&self, settlement: &Settlement, reason: &'static str) {
        let state = settlement.state.name();
        let number = settlement.number.as_str();
        tracing::warn!(settlement = number, state, reason, "settlement.needs_attention");
        self.metrics.attention.with_label_values(&[reason]).inc();
    }

    /// The last period that is over, where it has no settlement.
    async fn draft_period(
        &self,
        merchant: &MerchantId,
        terms: &SettlementTerms,
    ) -> Result<bool, RecordError> {
        let cutoff = terms.calendar.cutoff(terms.period, self.now());
        let last = self.store.latest_settlement(merchant, terms.currency).await;
        let last = last.map_err(|it| RecordError::Store(it.to_string()))?;
        // What was discarded is drafted anew by whoever discarded it, or with the next period.
        let is_new = |it: &Timestamp| last.as_ref().is_none_or(|last| last.cutoff < *it);
        let due = cutoff.filter(|it| !terms.on_request && is_new(it));
        let Some(cutoff) = due else { return Ok(false) };
        let drafted = self.draft_settlement(merchant, terms, cutoff, &Beside::default()).await;
        match drafted {
            Ok(drafted) => Ok(drafted.is_ok()),
            // It has one; or the one before it waits for somebody.
            Err(RecordError::Settlement(Rejection::PeriodClosed | Rejection::Undecided)) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// All that was booked before the moment and is in no settlement.
    pub(crate) async fn draft_settlement(
        &self,
        merchant: &MerchantId,
        terms: &SettlementTerms,
        cutoff: Timestamp,
        beside: &Beside,
    ) -> Result<Result<Settlement, Nothing>, RecordError> {
        let store = |it: paymux_store::StoreError| RecordError::Store(it.to_string());
        let whose = (merchant, terms.currency);
        let before = self.store.latest_settlement(merchant, terms.currency).await;
        let before = before.map_err(store)?;
        let start = Start::behind(before.as_ref())?;
        let stretch = self.store.stretch(merchant, terms.currency, start.after, cutoff).await;
        let Stretch { until, sums } = stretch.map_err(store)?;
        let items = sums.into_iter().map(|it| Item {
            kind: it.kind,
            count: it.count,
            credited: it.credited,
            debited: it.debited,
        });
        let stretch = (until, items.collect());
        let made = Settlement::draft(whose, before.as_ref(), stretch, cutoff, self.now())?;
        if is_little(&made, terms) {
            return Ok(Err(Nothing::TooLittle));
        }
        let written = self.record_new_settlement(&made, beside).await?;
        Ok(if written { Ok(made) } else { Err(Nothing::Overtaken) })
    }
}

/// From what amount on two people are needed. Where nobody says so in its currency, from the first.
fn threshold(settlement: &Settlement, terms: Option<&SettlementTerms>) -> Option<i64> {
    let own = terms.filter(|it| it.currency == settlement.currency);
    own.map_or(Some(0), |it| it.approve_above)
}

fn above(settlement: &Settlement, terms: &SettlementTerms) -> bool {
    threshold(settlement, Some(terms)).is_some_and(|it| settlement.amount().minor() > it)
}

/// Nothing happened, or what is owed is not worth a payment yet: it stays for the next one.
fn is_little(made: &Settlement, terms: &SettlementTerms) -> bool {
    let net = made.statement.net();
    let nothing = made.statement.items.is_empty();
    nothing && net <= 0 || (0..terms.min).contains(&net)
}

pub(super) fn rejected(rejection: Rejection) -> Problem {
    let kind = match rejection {
        Rejection::Undecided => problem::SETTLEMENT_UNDECIDED,
        Rejection::PeriodClosed => {
            let mut problem = Problem::new(problem::PERIOD_CLOSED, rejection.to_string());
            let reason = "is in a period that has its settlement".to_owned();
            problem.errors.push(problem::FieldError { pointer: "/cutoff".into(), reason });
            return problem;
        }
        Rejection::WrongState | Rejection::TooMany => problem::SETTLEMENT_STATE,
        Rejection::SamePerson => problem::SECOND_PERSON_NEEDED,
    };
    Problem::new(kind, rejection.to_string())
}

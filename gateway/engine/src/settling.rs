//! `record_settlement`: event → apply → commit. The one way in which a settlement changes.

use paymux_core::ledger::Posting;
use paymux_core::settlement::{Event, Notice, Settlement, Transition};
use paymux_core::{EventId, Timestamp, VoucherNo};
use paymux_store::{
    Act, Begin, Change, Entry, Once, SettlementWrite, Store, Task, TaskKind, TransferWrite,
};

use crate::gateway::Gateway;
use crate::record::{MAX_RACES, RecordError, Setback, first_due};
use crate::render;
use crate::snapshot::Snapshot;
use crate::telling::{News, tell};

/// What goes into the same commit as the event.
#[derive(Clone, Default)]
pub(crate) struct Beside {
    pub(crate) act: Option<Act>,
    /// The transfer that begins to pay it, with its number.
    pub(crate) transfer: Option<TransferWrite>,
    pub(crate) once: Vec<Once>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) begin: Option<Begin>,
}

impl<S: Store> Gateway<S> {
    pub(crate) async fn load_settlement(
        &self,
        number: &VoucherNo,
    ) -> Result<Settlement, RecordError> {
        let found = self.store.settlement(number).await;
        let found = found.map_err(|it| RecordError::Store(it.to_string()))?;
        let settlement = found.ok_or(RecordError::Missing)?;
        let sound = settlement.check();
        sound.map_err(|it| RecordError::Store(format!("{number} is damaged: {it}")))?;
        Ok(settlement)
    }

    /// Loads, asks `fits`, applies, commits; on `Stale` again.
    pub(crate) async fn record_settlement<F>(
        &self,
        number: &VoucherNo,
        beside: &Beside,
        event: &Event,
        fits: F,
    ) -> Result<Settlement, RecordError>
    where
        F: Fn(&Settlement) -> Result<(), RecordError>,
    {
        for _ in 0..MAX_RACES {
            let settlement = self.load_settlement(number).await?;
            fits(&settlement)?;
            let (at, expected) = (self.now(), settlement.version);
            let (next, journal, notice) = match settlement.apply(event, at)? {
                Transition::Redundant => return Ok(settlement),
                Transition::Applied { next, journal, notice } => (*next, journal, notice),
            };
            let change = written(expected, &next, (journal, notice), beside, at, self);
            match self.commit_settlement(change).await {
                Err(Setback::Stale) => self.metrics.stale_commits.inc(),
                Err(Setback::Fenced) => return Err(RecordError::Store("no lease is held".into())),
                Err(Setback::Final(error)) => return Err(error),
                Ok(()) => {
                    self.settled(&next, event.name());
                    return Ok(next);
                }
            }
        }
        Err(RecordError::Store("too many writers at once".into()))
    }

    /// The first commit of a settlement that does not exist yet; `false` where somebody was faster.
    pub(crate) async fn record_new_settlement(
        &self,
        settlement: &Settlement,
        beside: &Beside,
    ) -> Result<bool, RecordError> {
        let change = written(0, settlement, (vec![], None), beside, self.now(), self);
        match self.commit_settlement(change).await {
            Err(Setback::Stale | Setback::Fenced) => Ok(false),
            Err(Setback::Final(error)) => Err(error),
            Ok(()) => {
                self.settled(settlement, "settlement.drafted");
                Ok(true)
            }
        }
    }

    async fn commit_settlement(&self, change: Change) -> Result<(), Setback> {
        let due = first_due(&change);
        paymux_store::crashpoint!("engine.before_commit");
        self.store.commit(change).await?;
        paymux_store::crashpoint!("engine.after_commit");
        due.into_iter().for_each(|it| self.bell.ring_for(it));
        Ok(())
    }

    fn settled(&self, settlement: &Settlement, event: &'static str) {
        self.metrics.events.with_label_values(&[event]).inc();
        tracing::info!(
            settlement = settlement.number.as_str(),
            merchant = settlement.merchant.as_str(),
            event,
            status = settlement.state.name(),
            "settlement.applied"
        );
    }
}

/// The settlement, its money, what its merchant is told of it, and whoever looks at it next.
fn written<S: Store>(
    expected: u64,
    next: &Settlement,
    (journal, notice): (Vec<Posting>, Option<Notice>),
    beside: &Beside,
    at: Timestamp,
    gateway: &Gateway<S>,
) -> Change {
    let Beside { act, transfer, once, tasks, begin } = beside.clone();
    let settlement = Some(SettlementWrite { expected, next: next.clone() });
    let mut change =
        Change { settlement, journal, transfer, once, begin, act, tasks, ..Change::default() };
    let detail = render::settlement_detail(next).to_string();
    let kind = format!("settlement.{}", next.state.name());
    change.entries.push(Entry { payment: next.root(), at, kind, detail });
    let kind = TaskKind::Settle(next.merchant.clone());
    change.tasks.push(Task { kind, due: at });
    if let Some(notice) = notice {
        told(next, notice, at, &gateway.snapshot.load(), &mut change);
    }
    change
}

fn told(
    next: &Settlement,
    notice: Notice,
    at: Timestamp,
    snapshot: &Snapshot,
    change: &mut Change,
) {
    let id = EventId { payment: next.root(), number: next.events };
    let payload = render::settlement_event(next, notice, at);
    let news = News { id, merchant: &next.merchant, kind: notice.name(), payload };
    tell(news, at, snapshot, change);
}

//! `record_settlement`: event → apply → commit. The one way in which a settlement changes.

use paymux_core::ledger::{Exit, Posting};
use paymux_core::payment::Refusal;
use paymux_core::settlement::{Event, Notice, Rejection, Settlement, State, Transition};
use paymux_core::transfer::{State as TransferState, Transfer};
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
            self.is_unpaid(&settlement, event).await?;
            let (at, expected) = (self.now(), settlement.version);
            let (next, journal, notice) = match settlement.apply(event, at)? {
                Transition::Redundant => return Ok(settlement),
                Transition::Applied { next, journal, notice } => (*next, journal, notice),
            };
            let mut change = begun(beside);
            put(&mut change, expected, (&next, journal, notice), at, &self.snapshot.load());
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
        let (mut change, at) = (begun(beside), self.now());
        put(&mut change, 0, (settlement, vec![], None), at, &self.snapshot.load());
        match self.commit_settlement(change).await {
            Err(Setback::Stale | Setback::Fenced) => Ok(false),
            Err(Setback::Final(error)) => Err(error),
            Ok(()) => {
                self.settled(settlement, "settlement.drafted");
                Ok(true)
            }
        }
    }

    /// What was said to have failed may have been paid after all: nothing else is done about its
    /// money on an old word. News of it changes the settlement, so none can come in between.
    async fn is_unpaid(&self, it: &Settlement, event: &Event) -> Result<(), RecordError> {
        let elsewhere = match event {
            Event::PayoutBegun { .. } | Event::Cancelled => true,
            Event::Paid { exit, .. } => *exit == Exit::Outside,
            Event::Confirmed { .. }
            | Event::Discarded
            | Event::Failed { .. }
            | Event::Returned { .. } => false,
        };
        let Some(id) = it.transfer.filter(|_| elsewhere) else { return Ok(()) };
        let failed = matches!(self.load(id).await?.state, TransferState::Failed(_));
        if failed { Ok(()) } else { Err(Rejection::WrongState.into()) }
    }

    /// The end of a transfer is its settlement's news too, in one commit, whichever of its
    /// transfers it is: money that went out is a fact.
    pub(crate) async fn carry(
        &self,
        change: &mut Change,
        at: Timestamp,
    ) -> Result<Vec<(Settlement, &'static str)>, RecordError> {
        let ended = change.transfer.as_ref().map(|it| it.next.clone());
        let Some(transfer) = ended else { return Ok(vec![]) };
        let Some(number) = &transfer.settles else { return Ok(vec![]) };
        let mut settlement = self.load_settlement(number).await?;
        let (expected, snapshot) = (settlement.version, self.snapshot.load_full());
        let mut told = vec![];
        for event in said(&transfer, &settlement) {
            match settlement.apply(&event, at) {
                Ok(Transition::Redundant) => {}
                Ok(Transition::Applied { next, journal, notice }) => {
                    put(change, expected, (&next, journal, notice), at, &snapshot);
                    settlement = *next;
                    told.push((settlement.clone(), event.name()));
                }
                Err(_) => self.contradicted(&settlement, &transfer),
            }
        }
        Ok(told)
    }

    /// Money went where nobody expected it: a person sees to it.
    pub(crate) fn contradicted(&self, settlement: &Settlement, transfer: &Transfer) {
        tracing::error!(
            settlement = settlement.number.as_str(),
            state = settlement.state.name(),
            transfer_id = %transfer.id,
            status = transfer.state.name(),
            "settlement.contradicted"
        );
        self.metrics.attention.with_label_values(&["settlement_contradicted"]).inc();
    }

    async fn commit_settlement(&self, change: Change) -> Result<(), Setback> {
        let due = first_due(&change);
        paymux_store::crashpoint!("engine.before_commit");
        self.store.commit(change).await?;
        paymux_store::crashpoint!("engine.after_commit");
        due.into_iter().for_each(|it| self.bell.ring_for(it));
        Ok(())
    }

    pub(crate) fn settled(&self, settlement: &Settlement, event: &'static str) {
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

/// What a transfer that ended says of its settlement. One that is not the last says only that it
/// paid; what came back had gone, be it that nobody heard of that.
pub(crate) fn said(transfer: &Transfer, of: &Settlement) -> Vec<Event> {
    let paid = |at| Event::Paid {
        exit: Exit::Channel(transfer.account.clone()),
        at,
        reference: transfer.channel_transfer_no.clone(),
        transfer: Some(transfer.id),
    };
    let reason = |it: &Refusal| format!("{}: {}", it.code, it.message);
    let own = of.transfer == Some(transfer.id);
    match &transfer.state {
        TransferState::Succeeded { at } => vec![paid(*at)],
        TransferState::Failed(it) if own => vec![Event::Failed { reason: reason(it) }],
        TransferState::Returned(it) if own => {
            let unheard = matches!(of.state, State::Paying | State::Failed { .. });
            let sent = transfer.sent_at.unwrap_or(transfer.created_at);
            let paid = unheard.then(|| paid(sent));
            paid.into_iter().chain([Event::Returned { reason: reason(it) }]).collect()
        }
        TransferState::Failed(_)
        | TransferState::Returned(_)
        | TransferState::Held
        | TransferState::InDoubt
        | TransferState::Processing
        | TransferState::Refused(_)
        | TransferState::Waiting { .. }
        | TransferState::Abnormal(_) => vec![],
    }
}

fn begun(beside: &Beside) -> Change {
    let Beside { act, transfer, once, tasks, begin } = beside.clone();
    Change { transfer, once, begin, act, tasks, ..Change::default() }
}

/// The settlement, its money, what its merchant is told of it, and whoever looks at it next.
fn put(
    change: &mut Change,
    expected: u64,
    (next, journal, notice): (&Settlement, Vec<Posting>, Option<Notice>),
    at: Timestamp,
    snapshot: &Snapshot,
) {
    change.settlement = Some(SettlementWrite { expected, next: next.clone() });
    change.journal.extend(journal);
    let detail = render::settlement_detail(next).to_string();
    let kind = format!("settlement.{}", next.state.name());
    change.entries.push(Entry { payment: next.root(), at, kind, detail });
    let kind = TaskKind::Settle(next.merchant.clone());
    if change.tasks.iter().all(|it| it.kind != kind) {
        change.tasks.push(Task { kind, due: at });
    }
    if let Some(notice) = notice {
        told(next, notice, at, snapshot, change);
    }
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

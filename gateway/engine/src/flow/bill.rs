//! An account's bill of a day: asked for when it is there, fetched, read whole, told to payments.

mod books;
mod compare;
mod completed;
mod fetch;
mod tell;

use std::time::Duration;

use paymux_channel::{Bill, BillKind, china};
use paymux_core::bill::{BillRecord, BillState};
use paymux_core::{AccountId, Timestamp};
use paymux_store::{Act, BillWrite, Change, CommitError, Leased, Store, Task, TaskKind, Then};

use super::resolve::finish;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::snapshot::Account;

pub use completed::RECONCILIATION_COMPLETED;
use fetch::Fetched;

/// For so long a bill may still be made: one that is not there by then is none.
const SETTLED: Duration = Duration::from_secs(3 * 24 * 3600);
/// For so long channels give out a bill.
const GIVEN_OUT: Duration = Duration::from_secs(100 * 24 * 3600);
/// Between two questions about a bill that is not there yet, or is not what it should be.
const PAUSE: Duration = Duration::from_secs(3600);
/// Where the channel is busy, or could not be heard.
const SHORT_PAUSE: Duration = Duration::from_secs(300);
/// Days that are asked for again where nobody has: a gateway may have been away.
const DAYS_BACK: i32 = 3;
/// The oldest day that a person may ask for.
const OLDEST: i32 = 366;

/// What a walk leaves behind.
struct Step {
    state: BillState,
    /// Told by now.
    lines: u64,
    then: Then,
}

impl<S: Store> Gateway<S> {
    /// Yesterday's bill and those of the days before, each once; it is fetched when it is there.
    pub async fn want_bills(&self, account: &Account) {
        let (today, from) = (china::day(self.now()), account.channel().capabilities().bills_from);
        for back in 1..=DAYS_BACK {
            let day = paymux_core::route::Day(today.0 - back);
            let bill = Bill { kind: BillKind::Trade, day };
            let due = made_at(bill, from);
            if let Err(error) = self.want_once(&account.id, bill, due).await {
                tracing::warn!(account = account.id.as_str(), %bill, error, "bill.not_wanted");
            }
        }
    }

    async fn want_once(&self, id: &AccountId, bill: Bill, due: Timestamp) -> Result<(), String> {
        let known = self.store.bill(id, bill).await.map_err(|it| it.to_string())?;
        if known.is_some() {
            return Ok(());
        }
        match self.write_wanted(id, bill, None, due, None).await {
            // Another node was as quick.
            Ok(_) | Err(CommitError::Stale) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Somebody wants it now: fetched, told and compared anew, which changes nothing that was told
    /// before.
    pub async fn want_bill(
        &self,
        id: &AccountId,
        bill: Bill,
        act: Option<Act>,
    ) -> Result<BillRecord, Problem> {
        let missing = || Problem::new(problem::NOT_FOUND, "there is no such account");
        self.snapshot.load().account(id).ok_or_else(missing)?;
        let today = china::day(self.now());
        if bill.day > today || bill.day.0 < today.0 - OLDEST {
            let detail = "day: must be a date of the last year, and not of the future";
            return Err(Problem::new(problem::INVALID_FIELD, detail));
        }
        let away = |_| Problem::new(problem::STORE_UNAVAILABLE, "try again").retry_after(1);
        let known = self.store.bill(id, bill).await.map_err(away)?;
        let wanted = self.write_wanted(id, bill, known, self.now(), act).await;
        wanted.map_err(|_| Problem::new(problem::STORE_UNAVAILABLE, "try again").retry_after(1))
    }

    async fn write_wanted(
        &self,
        id: &AccountId,
        bill: Bill,
        known: Option<BillRecord>,
        due: Timestamp,
        act: Option<Act>,
    ) -> Result<BillRecord, CommitError> {
        let expected = known.map_or(0, |it| it.version);
        let (state, changed_at) = (BillState::Wanted, self.now());
        let (account, version) = (id.clone(), expected + 1);
        let next = BillRecord { account, bill, state, lines: 0, changed_at, version };
        let tasks = vec![Task { kind: TaskKind::Bill(id.clone(), bill), due }];
        let write = BillWrite { expected, next: next.clone() };
        self.store.commit(Change { bill: Some(write), tasks, act, ..Change::default() }).await?;
        self.bell.ring_for(due);
        Ok(next)
    }

    pub(super) async fn walk_bill(
        &self,
        id: &AccountId,
        bill: Bill,
        lease: &Leased,
    ) -> &'static str {
        let known = match self.store.bill(id, bill).await {
            Ok(Some(known)) => known,
            Ok(None) => return self.end_bill(lease, None, Then::Done, "gone").await,
            Err(error) => {
                tracing::warn!(account = id.as_str(), %bill, %error, "bill.not_read");
                return "failed";
            }
        };
        if matches!(known.state, BillState::None | BillState::Reconciled) {
            return self.end_bill(lease, None, Then::Done, known.state.name()).await;
        }
        let Some(account) = self.snapshot.load().account(id).cloned() else {
            tracing::error!(account = id.as_str(), %bill, "bill.account_missing");
            return self.leave_bill(lease, known).await;
        };
        let step = self.step_bill(&account, &known).await;
        let word = step.state.name();
        self.tell_step(&account, bill, &step);
        let Step { state, lines, then } = step;
        let (expected, version) = (known.version, known.version + 1);
        let next = BillRecord { state, lines, changed_at: self.now(), version, ..known };
        self.end_bill(lease, Some(BillWrite { expected, next }), then, word).await
    }

    /// Its account left the configuration: it may come back within days, and a person is called
    /// once where it does not.
    async fn leave_bill(&self, lease: &Leased, known: BillRecord) -> &'static str {
        if !self.is_settled_day(known.bill) {
            let later = Then::Again(self.now().after(PAUSE));
            return self.end_bill(lease, None, later, "account_missing").await;
        }
        let what = "its account left the configuration".to_owned();
        let Step { state, lines, then } = self.refused(known.bill, 0, what);
        let (expected, version) = (known.version, known.version + 1);
        let next = BillRecord { state, lines, changed_at: self.now(), version, ..known };
        self.end_bill(lease, Some(BillWrite { expected, next }), then, "account_missing").await
    }

    async fn step_bill(&self, account: &Account, known: &BillRecord) -> Step {
        let bill = known.bill;
        let comparing = known.state.comparing();
        if let Some(none) = comparing.filter(|(_, made)| !made) {
            return self.compare_bill(account, known, none).await;
        }
        match self.fetched(account, known).await {
            Fetched::Kept => match comparing {
                Some(comparing) => self.compare_bill(account, known, comparing).await,
                None => self.tell_bill(account, known).await,
            },
            // Whatever was told, was told of another file: its lines may be others.
            Fetched::Anew => {
                self.tell_bill(account, &BillRecord { lines: 0, ..known.clone() }).await
            }
            Fetched::Absent if self.is_settled_day(bill) => self.none(bill),
            Fetched::Absent => self.again(BillState::Wanted, PAUSE),
            Fetched::Busy if !self.is_settled_day(bill) => {
                self.again(BillState::Wanted, SHORT_PAUSE)
            }
            // Somebody wants it late: the channel may be away just now.
            Fetched::Busy if self.now() < made_at(bill, GIVEN_OUT) => {
                self.again(BillState::Wanted, PAUSE)
            }
            Fetched::Busy => {
                let what = "the channel gave no answer to go by".to_owned();
                self.refused(bill, 0, what)
            }
            Fetched::Refused { line, what } => self.refused(bill, line, what),
        }
    }

    /// Our books may have something of the day all the same.
    fn none(&self, bill: Bill) -> Step {
        let over = Step { state: BillState::None, lines: 0, then: Then::Done };
        let compared = BillState::Comparing { after: None, made: false };
        match bill.kind {
            BillKind::Trade => Step { state: compared, then: Then::Again(self.now()), ..over },
            BillKind::Funds => over,
        }
    }

    fn refused(&self, bill: Bill, line: u64, what: String) -> Step {
        let state = BillState::Refused { line, what };
        self.metrics.attention.with_label_values(&["bill_refused"]).inc();
        if self.is_settled_day(bill) {
            return Step { state, lines: 0, then: Then::Done };
        }
        self.again(state, PAUSE)
    }

    fn again(&self, state: BillState, pause: Duration) -> Step {
        Step { state, lines: 0, then: Then::Again(self.now().after(pause)) }
    }

    fn is_settled_day(&self, bill: Bill) -> bool {
        self.now() >= made_at(bill, SETTLED)
    }

    fn tell_step(&self, account: &Account, bill: Bill, step: &Step) {
        let state = step.state.name();
        self.metrics.bills.with_label_values(&[account.id.as_str(), state]).inc();
        let (line, what) = step.state.refusal();
        let lines = step.lines;
        tracing::info!(account = account.id.as_str(), %bill, state, line, what, lines, "bill.walked");
    }

    async fn end_bill(
        &self,
        lease: &Leased,
        bill: Option<BillWrite>,
        then: Then,
        word: &'static str,
    ) -> &'static str {
        let change = Change { bill, finish: Some(finish(lease, then)), ..Change::default() };
        match self.store.commit(change).await {
            Ok(()) => word,
            // Somebody wants it anew, or works on it by now.
            Err(CommitError::Stale | CommitError::Fenced) => "overtaken",
            Err(error) => {
                tracing::warn!(task = %lease.kind, %error, "bill.not_written");
                "failed"
            }
        }
    }
}

/// So long after the end of its day.
fn made_at(bill: Bill, after: Duration) -> Timestamp {
    china::midnight(paymux_core::route::Day(bill.day.0.saturating_add(1))).after(after)
}

//! Every line of a bill as a fact for its payment: a payment or a refund of which every message was
//! lost is heard of here, by the same machine and the same rules.

use std::time::Duration;

use paymux_channel::{Bill, BillEntry, BillFault, BillFile, BillKind, BillLine, BillRefund};
use paymux_core::bill::{BillRecord, BillState};
use paymux_core::payment::{Event, PartNo, Payment, Receipt, Standing, Transition};
use paymux_core::refund::RefundFact;
use paymux_core::{AttemptId, RefundNo};
use paymux_store::{Change, Disposition, Evidence, Store, Task, TaskKind, Then};
use tokio::sync::mpsc;

use super::super::parts;
use super::{PAUSE, SHORT_PAUSE, Step};
use crate::gateway::Gateway;
use crate::record::{Along, RecordError};
use crate::snapshot::Account;

/// Lines that are read ahead.
const AHEAD: usize = 256;
/// So long one walk tells lines; the next goes on behind the last. Well within any lease.
pub(super) const TURN: Duration = Duration::from_secs(10);

/// So often a line is tried in a row while the store answers otherwise.
pub(super) const TRIES: u32 = 3;

/// What a line says of a payment of ours.
enum Said {
    Events(Vec<Event>),
    /// Words that decide nothing, and a reason to ask.
    Ask(TaskKind),
    Nothing,
    /// It is about something else than it names.
    Stranger(&'static str),
}

impl<S: Store> Gateway<S> {
    pub(super) async fn tell_bill(&self, account: &Account, known: &BillRecord) -> Step {
        let mut lines = self.lines(account, known.bill);
        let (mut told, mut begun) = (0, None);
        while let Some(line) = lines.recv().await {
            let line = match line {
                Ok(line) => line,
                Err(fault) => return self.spoilt(account, known.bill, &fault).await,
            };
            if told >= known.lines {
                // Each turn tells something, however long it takes to come to where the last ended.
                let begun = *begun.get_or_insert_with(|| self.now());
                if self.now().since(begun) >= TURN {
                    return on(BillState::Fetched, told, Then::Again(self.now()));
                }
                let Some(outcome) = self.tell_somehow(account, known.bill, &line).await else {
                    let later = Then::Again(self.now().after(SHORT_PAUSE));
                    return on(BillState::Fetched, told, later);
                };
                let labels = [account.id.as_str(), outcome];
                self.metrics.bill_lines.with_label_values(&labels).inc();
            }
            told += 1;
        }
        if known.bill.kind == BillKind::Funds {
            return on(BillState::Reconciled, told, Then::Done);
        }
        let next = BillState::Comparing { after: None, made: true };
        on(next, told, Then::Again(self.now()))
    }

    /// Read by a thread that may block.
    fn lines(&self, account: &Account, bill: Bill) -> mpsc::Receiver<Result<BillLine, BillFault>> {
        let (sink, source) = mpsc::channel(AHEAD);
        let (archive, id, channel) = (self.archive.clone(), account.id.clone(), account.channel());
        tokio::task::spawn_blocking(move || {
            let Ok(Some(file)) = archive.open(&id, bill) else {
                drop(sink.blocking_send(Err(BillFault::Unread)));
                return;
            };
            let lines = channel.read_bill(bill, &BillFile::default(), Box::new(file));
            // Whoever listened may have had its turn.
            lines.into_iter().map_while(|it| sink.blocking_send(it).ok()).for_each(drop);
        });
        source
    }

    /// It was whole when it came; fetched anew, it is again.
    pub(super) async fn spoilt(&self, account: &Account, bill: Bill, fault: &BillFault) -> Step {
        tracing::error!(account = account.id.as_str(), %bill, %fault, "bill.spoilt");
        let (archive, id) = (self.archive.clone(), account.id.clone());
        let forgotten = tokio::task::spawn_blocking(move || archive.forget(&id, bill)).await;
        drop(forgotten);
        on(BillState::Wanted, 0, Then::Again(self.now().after(PAUSE)))
    }

    /// One line that nobody can tell must not keep all behind it from being told: where the store
    /// answers, and the line still fails, a person is called and it goes on. None where the store
    /// is away.
    async fn tell_somehow(
        &self,
        account: &Account,
        bill: Bill,
        line: &BillLine,
    ) -> Option<&'static str> {
        let mut tries = 0;
        loop {
            let error = match self.tell_line(account, bill, line).await {
                Ok(outcome) => return Some(outcome),
                Err(error) => error,
            };
            self.store.bill(&account.id, bill).await.ok()?;
            tries += 1;
            if tries == TRIES {
                let (account, number) = (account.id.as_str(), line.out_trade_no.as_str());
                let at = line.line;
                tracing::error!(account, %bill, line = at, number, %error, "bill.line_untold");
                self.metrics.attention.with_label_values(&["bill_line"]).inc();
                return Some("untold");
            }
        }
    }

    /// What became of a line, in a word; an error where nobody knows.
    async fn tell_line(
        &self,
        account: &Account,
        bill: Bill,
        line: &BillLine,
    ) -> Result<&'static str, RecordError> {
        let Ok((attempt, part)) = AttemptId::from_out_trade_no(&line.out_trade_no) else {
            return Ok("foreign");
        };
        let payment = match self.load(attempt.payment).await {
            Ok(payment) => payment,
            Err(RecordError::Missing) => return Ok("orphan"),
            Err(error) => return Err(error),
        };
        let whose = parts::account(&payment, attempt, part);
        if payment.attempt(attempt).is_none() || whose.is_none_or(|it| *it != account.id) {
            let why = "another account than the bill's";
            return self.keep_line(account, bill, line, &payment, why).await;
        }
        match said(&payment, (attempt, part), line) {
            Said::Events(events) => self.apply_line(account, bill, line, &payment, &events).await,
            Said::Ask(kind) => self.wake_task(kind).await,
            Said::Nothing => Ok("redundant"),
            Said::Stranger(why) => self.keep_line(account, bill, line, &payment, why).await,
        }
    }

    async fn apply_line(
        &self,
        account: &Account,
        bill: Bill,
        line: &BillLine,
        payment: &Payment,
        events: &[Event],
    ) -> Result<&'static str, RecordError> {
        // Most lines say what is known, and are not worth a commit.
        let known = |it: &Event| matches!(payment.apply(it, self.now()), Ok(Transition::Redundant));
        if events.iter().all(known) {
            return Ok("redundant");
        }
        let evidence = self.line_evidence(account, bill, line, payment, Disposition::Applied);
        let along = Along { notification: Some(evidence), ..Along::default() };
        let recorded = match self.record(payment.id, along, |_| events.to_vec()).await {
            // The line was kept when the bill was told before: it may be news all the same.
            Err(RecordError::Duplicate(_)) => {
                self.record(payment.id, Along::default(), |_| events.to_vec()).await
            }
            recorded => recorded,
        };
        match recorded {
            Ok(it) if it.changed => Ok("applied"),
            Ok(_) => Ok("redundant"),
            Err(RecordError::Contradiction(it)) => {
                self.keep_line(account, bill, line, payment, &it.to_string()).await
            }
            Err(error) => Err(error),
        }
    }

    async fn wake_task(&self, kind: TaskKind) -> Result<&'static str, RecordError> {
        let tasks = vec![Task { kind, due: self.now() }];
        let change = Change { tasks, ..Change::default() };
        let put = self.store.commit(change).await;
        put.map_err(|it| RecordError::Store(it.to_string()))?;
        self.bell.ring();
        Ok("asked")
    }

    /// It cannot be true of its payment: kept as evidence, nothing changes, a person is called.
    async fn keep_line(
        &self,
        account: &Account,
        bill: Bill,
        line: &BillLine,
        payment: &Payment,
        why: &str,
    ) -> Result<&'static str, RecordError> {
        let evidence = self.line_evidence(account, bill, line, payment, Disposition::Quarantined);
        let change = Change { notification: Some(evidence), ..Change::default() };
        match self.store.commit(change).await {
            Ok(()) => {
                self.quarantined(&line.out_trade_no, why);
                self.metrics.contradictions.with_label_values(&[account.id.as_str()]).inc();
            }
            // A person was called when the bill was told before.
            Err(paymux_store::CommitError::Duplicate(_)) => {}
            Err(error) => return Err(RecordError::Store(error.to_string())),
        }
        Ok("quarantined")
    }

    fn line_evidence(
        &self,
        account: &Account,
        bill: Bill,
        line: &BillLine,
        payment: &Payment,
        disposition: Disposition,
    ) -> Evidence {
        Evidence {
            account: account.id.clone(),
            id: format!("bill/{bill}/{}", line.line),
            kind: "bill".to_owned(),
            payment: Some(payment.id),
            disposition,
            headers: String::new(),
            body: format!("{line:?}").into_bytes(),
            received_at: self.now(),
        }
    }
}

fn on(state: BillState, lines: u64, then: Then) -> Step {
    Step { state, lines, then }
}

fn said(payment: &Payment, order: (AttemptId, Option<PartNo>), line: &BillLine) -> Said {
    let attempt = order.0;
    match &line.entry {
        // A part is paid with the others, or not at all.
        BillEntry::Paid { .. } if order.1.is_some() => part_paid(payment, attempt),
        BillEntry::Paid { amount } => {
            let channel_trade_no = line.channel_trade_no.clone();
            let receipt = Receipt { amount: *amount, channel_trade_no, paid_at: line.at };
            Said::Events(vec![Event::Paid { attempt, receipt }])
        }
        BillEntry::Refund { out_refund_no, .. } => {
            match RefundNo::from_out_refund_no(out_refund_no) {
                Ok(number) => refund(payment, order, number, line),
                // By hand at the channel, or by another system: our books do not know of it.
                Err(_) => Said::Stranger("a refund by somebody else"),
            }
        }
        BillEntry::Reversed => undone(payment, attempt),
        BillEntry::Funds { .. } => Said::Nothing,
    }
}

fn part_paid(payment: &Payment, attempt: AttemptId) -> Said {
    match payment.attempt(attempt).map(|it| &it.standing) {
        Some(Standing::Paid) => Said::Nothing,
        Some(it) if it.is_live() => Said::Ask(TaskKind::Resolve(attempt)),
        _ => Said::Stranger("money of an order that has ended"),
    }
}

/// The line does not say whether it had been paid before.
fn undone(payment: &Payment, attempt: AttemptId) -> Said {
    match payment.attempt(attempt).map(|it| &it.standing) {
        Some(Standing::Paid) => Said::Stranger("a paid charge was undone"),
        Some(it) if it.is_live() => Said::Ask(TaskKind::Resolve(attempt)),
        _ => Said::Nothing,
    }
}

fn refund(
    payment: &Payment,
    order: (AttemptId, Option<PartNo>),
    number: RefundNo,
    line: &BillLine,
) -> Said {
    let known = payment.refund(number.refund);
    if known.is_some_and(|it| (it.attempt, it.part) != order) {
        return Said::Stranger("what is told is of another order");
    }
    let BillEntry::Refund { amount, channel_refund_no, state, .. } = &line.entry else {
        return Said::Nothing;
    };
    let (amount, channel_refund_no) = (*amount, channel_refund_no.clone());
    let fact = match state {
        BillRefund::Succeeded => RefundFact::Succeeded { amount, channel_refund_no, at: line.at },
        BillRefund::Processing => RefundFact::Accepted { channel_refund_no },
        BillRefund::Unclear => {
            let open = known.filter(|it| it.number() == number && it.state.is_open());
            return open.map_or(Said::Nothing, |it| Said::Ask(TaskKind::Refund(it.id)));
        }
    };
    Said::Events(vec![Event::Refund { number, fact }])
}

//! The queue of tasks: due, leased, woken, finished.

use std::collections::BTreeSet;
use std::time::Duration;

use paymux_core::delivery::{Delivery, DeliveryState};
use paymux_core::payment::Payment;
use paymux_core::planted::bug;
use paymux_core::transfer::Transfer;
use paymux_core::{MerchantId, PaymentId, Timestamp};

use super::{Tables, TaskRow};
use crate::{Backlog, Finish, Leased, Task, TaskKind, Then, Unfinished, Untold, Waiting};

/// Leased by nobody.
const FREE: Timestamp = Timestamp(i64::MIN);

impl TaskRow {
    fn is_waiting(&self, now: Timestamp) -> bool {
        self.due <= now && self.leased_until <= now
    }
}

impl Tables {
    pub(super) fn owns(&self, finish: &Finish) -> bool {
        let fence = self.tasks.get(&finish.kind).map(|row| row.fence);
        fence == Some(finish.fence) || bug("fence-unchecked")
    }

    pub(super) fn finish(&mut self, finish: Finish) {
        match finish.then {
            Then::Done => {
                self.tasks.remove(&finish.kind);
                self.fence_floor = self.fence_floor.max(finish.fence);
            }
            Then::Again(due) => {
                let row = TaskRow { due, leased_until: FREE, fence: finish.fence };
                self.tasks.insert(finish.kind, row);
            }
        }
    }

    /// Whoever holds a task that is woken holds it no more: it has not seen why.
    pub(super) fn put(&mut self, task: Task) {
        let known = self.tasks.get(&task.kind);
        let fence = known.map_or(self.fence_floor, |row| row.fence) + 1;
        self.tasks.insert(task.kind, TaskRow { due: task.due, leased_until: FREE, fence });
    }

    pub(super) fn lease(&mut self, now: Timestamp, lease: Duration, limit: usize) -> Vec<Leased> {
        self.waiting(now)
            .into_iter()
            .take(limit)
            .map(|kind| self.hand_out(kind, now, lease))
            .collect()
    }

    /// The longest due first; then by text, as a database compares.
    fn waiting(&self, now: Timestamp) -> Vec<TaskKind> {
        let waiting = self.tasks.iter().filter(|(_, row)| row.is_waiting(now));
        let mut waiting: Vec<_> = waiting.map(|(kind, row)| (row.due, kind)).collect();
        waiting.sort_by_cached_key(|(due, kind)| (*due, kind.to_string()));
        waiting.into_iter().map(|(_, kind)| kind.clone()).collect()
    }

    fn hand_out(&mut self, kind: TaskKind, now: Timestamp, lease: Duration) -> Leased {
        let row = self.tasks.get_mut(&kind).expect("a waiting task is a row");
        row.fence += 1;
        row.leased_until = now.after(lease);
        Leased { kind, fence: row.fence, due: row.due }
    }

    pub fn next_due(&self) -> Option<Timestamp> {
        self.tasks.values().map(|row| row.due.max(row.leased_until)).min()
    }

    pub(super) fn unfinished(&self, merchant: &MerchantId) -> Unfinished {
        let asked = |kind: &TaskKind| match kind {
            TaskKind::Resolve(attempt) => Some(attempt.payment),
            TaskKind::Refund(refund) => Some(refund.payment),
            TaskKind::Split(split) => Some(split.payment),
            TaskKind::Transfer(_)
            | TaskKind::Deliver(_)
            | TaskKind::Replay(..)
            | TaskKind::Bill(..)
            | TaskKind::Settle(_) => None,
        };
        let is_theirs =
            |it: &PaymentId| self.payments.get(it).is_some_and(|it| it.order.merchant == *merchant);
        let payments: BTreeSet<_> = self.tasks.keys().filter_map(asked).filter(is_theirs).collect();
        let waits = |it: &&Delivery| match it.state {
            DeliveryState::Due => self.tasks.contains_key(&TaskKind::Deliver(it.id.clone())),
            DeliveryState::Held { .. } => true,
            DeliveryState::Delivered { .. } | DeliveryState::Exhausted { .. } => false,
        };
        let theirs = self.deliveries.values().filter(|it| it.merchant == *merchant);
        let deliveries = theirs.filter(waits).count() as u64;
        let pays = |it: &&Transfer| it.merchant == *merchant && !it.state.is_over();
        let transfers = self.transfers.values().filter(pays).count() as u64;
        Unfinished { payments: payments.len() as u64, deliveries, transfers }
    }

    pub(super) fn backlog(&self, now: Timestamp) -> Backlog {
        let waiting = || self.tasks.values().filter(|row| row.is_waiting(now));
        Backlog {
            tasks: self.tasks.len() as u64,
            due: waiting().count() as u64,
            oldest_due: waiting().map(|row| row.due).min(),
            untold: Untold {
                due: self.untold("due"),
                held: self.untold("held"),
                exhausted: self.untold("exhausted"),
            },
            doubts: waiting_since(self.payments.values().filter_map(Payment::doubt_since)),
        }
    }

    fn untold(&self, state: &str) -> Waiting {
        let such = self.deliveries.values().filter(|it| it.state.name() == state);
        waiting_since(such.filter_map(|it| it.paid_at))
    }
}

fn waiting_since(moments: impl Iterator<Item = Timestamp>) -> Waiting {
    let one = |it: Waiting, since: Timestamp| Waiting {
        count: it.count + 1,
        since: Some(it.since.map_or(since, |oldest| oldest.min(since))),
    };
    moments.fold(Waiting::default(), one)
}

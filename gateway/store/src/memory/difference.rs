//! Differences in an ordered map.

use std::collections::BTreeMap;

use paymux_core::AccountId;
use paymux_core::bill::{BillKind, BillState};
use paymux_core::reconcile::{DifferenceRecord, DifferenceState, Key};
use paymux_core::route::Day;

use super::{MemoryStore, Tables};
use crate::{CommitError, DifferenceWrite, Differences, Outstanding, Place, Read, Which};

impl Tables {
    pub(super) fn check_differences(&self, writes: &[DifferenceWrite]) -> Result<(), CommitError> {
        let mut versions = BTreeMap::new();
        for write in writes {
            let key = (write.next.account.clone(), write.next.key);
            let stored = self.differences.get(&key).map_or(0, |it| it.version);
            let stored = versions.insert(key, write.next.version).unwrap_or(stored);
            if stored != write.expected {
                return Err(CommitError::Stale);
            }
        }
        Ok(())
    }

    pub(super) fn differ(&mut self, write: DifferenceWrite) {
        let next = write.next;
        self.differences.insert((next.account.clone(), next.key), next);
    }
}

fn is_of(it: &DifferenceRecord, day: Day) -> bool {
    [it.bill, it.books].into_iter().flatten().any(|it| it.day == day)
}

fn place(it: &DifferenceRecord) -> (i32, AccountId, Key) {
    order(&Place::of(it))
}

fn order(it: &Place) -> (i32, AccountId, Key) {
    (-it.day.0, it.account.clone(), it.key)
}

impl Differences for MemoryStore {
    async fn difference(&self, account: &AccountId, key: Key) -> Read<Option<DifferenceRecord>> {
        Ok(self.lock().differences.get(&(account.clone(), key)).cloned())
    }

    async fn differences_of(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<Key>,
        limit: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        let tables = self.lock();
        let theirs = tables.differences.values().filter(|it| it.account == *account);
        let theirs = theirs.filter(|it| is_of(it, day) && after.is_none_or(|after| it.key > after));
        Ok(theirs.take(limit).cloned().collect())
    }

    async fn waiting_differences(
        &self,
        account: &AccountId,
        until: Day,
        limit: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        let tables = self.lock();
        let theirs = tables.differences.values().filter(|it| it.account == *account);
        let waits =
            |it: &&DifferenceRecord| it.state == DifferenceState::Waiting && it.day() <= until;
        Ok(theirs.filter(waits).take(limit).cloned().collect())
    }

    async fn differences(&self, which: &Which, limit: usize) -> Read<Vec<DifferenceRecord>> {
        let tables = self.lock();
        let wanted = |it: &&DifferenceRecord| {
            which.account.as_ref().is_none_or(|own| *own == it.account)
                && which.day.is_none_or(|day| is_of(it, day))
                && (!which.open || it.state.is_open())
                && which.after.as_ref().is_none_or(|after| place(it) > order(after))
        };
        let mut rows: Vec<_> = tables.differences.values().filter(wanted).cloned().collect();
        rows.sort_by_key(place);
        rows.truncate(limit);
        Ok(rows)
    }

    async fn outstanding(&self) -> Read<Vec<Outstanding>> {
        let mut counts = BTreeMap::new();
        for it in self.lock().differences.values().filter(|it| it.state.is_open()) {
            let waiting = it.state == DifferenceState::Waiting;
            *counts.entry((it.account.clone(), it.kind.name(), waiting, it.kind)).or_default() += 1;
        }
        let row =
            |((account, _, waiting, kind), count)| Outstanding { account, kind, waiting, count };
        Ok(counts.into_iter().map(row).collect())
    }

    async fn reconciled_days(&self) -> Read<Vec<(AccountId, Day)>> {
        let mut days = BTreeMap::new();
        for it in self.lock().bills.values().filter(|it| it.bill.kind == BillKind::Trade) {
            if matches!(it.state, BillState::Reconciled | BillState::None) {
                let day: &mut Day = days.entry(it.account.clone()).or_insert(it.bill.day);
                *day = it.bill.day.max(*day);
            }
        }
        Ok(days.into_iter().collect())
    }
}

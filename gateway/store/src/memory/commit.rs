//! One change: checked whole, then written whole.

use std::collections::{BTreeMap, BTreeSet};

use paymux_core::planted::bug;
use paymux_core::route::Day;
use paymux_core::{Currency, Timestamp};

use super::Tables;
use crate::audit::{self, Act, Audited, Walk};
use crate::{
    Answered, Begin, BillWrite, Change, CommitError, Disposition, Duplicate, EndpointWrite,
    Evidence, IdempotencyKey, Idempotent, Managed, MerchantEvent, Once, SettlementWrite, Spending,
    Stored, Taking, TransferWrite, Write, transfer, wall,
};

type Spent = BTreeMap<(String, Day, Currency), i64>;

impl Tables {
    pub(super) fn commit(&mut self, change: Change) -> Result<(), CommitError> {
        self.check(&change)?;
        self.write(change);
        Ok(())
    }

    /// In the order of the contract: the first complaint is the answer.
    fn check(&self, change: &Change) -> Result<(), CommitError> {
        if change.finish.as_ref().is_some_and(|it| !self.owns(it)) {
            return Err(CommitError::Fenced);
        }
        change.payment.as_ref().map_or(Ok(()), |it| self.check_version(it))?;
        change.transfer.as_ref().map_or(Ok(()), |it| self.check_transfer(it))?;
        change.settlement.as_ref().map_or(Ok(()), |it| self.check_settlement(it))?;
        change.endpoint.as_ref().map_or(Ok(()), |it| self.check_endpoint(it))?;
        change.bill.as_ref().map_or(Ok(()), |it| self.check_bill(it))?;
        self.check_differences(&change.differences)?;
        change.managed.as_ref().map_or(Ok(()), |it| self.check_managed(it))?;
        self.check_once(&change.once)?;
        change.begin.as_ref().map_or(Ok(()), |it| self.check_begin(it))?;
        change.answer.as_ref().map_or(Ok(()), |it| self.check_answer(it, change.begin.as_ref()))?;
        change.notification.as_ref().map_or(Ok(()), |it| self.check_notification(it))?;
        self.check_events(&change.events)?;
        self.check_journal(&change.journal)?;
        change.payment.as_ref().map_or(Ok(()), |it| wall::check(it).map(drop))
    }

    fn check_version(&self, write: &Write) -> Result<(), CommitError> {
        let stored = self.payments.get(&write.next.id).map_or(0, |it| it.version);
        if stored == write.expected || bug("version-unchecked") {
            Ok(())
        } else {
            Err(CommitError::Stale)
        }
    }

    fn check_transfer(&self, write: &TransferWrite) -> Result<(), CommitError> {
        let stored = self.transfers.get(&write.next.id).map_or(0, |it| it.version);
        if stored != write.expected && !bug("version-unchecked") {
            return Err(CommitError::Stale);
        }
        transfer::check(write)?;
        let mut sums = self.spent.clone();
        write.spending.iter().try_for_each(|it| {
            let sum = spend(&mut sums, it);
            if it.exceeds(sum) { Err(it.exceeded()) } else { Ok(()) }
        })
    }

    fn check_endpoint(&self, write: &EndpointWrite) -> Result<(), CommitError> {
        let key = (write.next.merchant.clone(), write.next.endpoint.clone());
        let stored = self.endpoints.get(&key).map_or(0, |it| it.version);
        if stored == write.expected { Ok(()) } else { Err(CommitError::Stale) }
    }

    fn check_bill(&self, write: &BillWrite) -> Result<(), CommitError> {
        let key = (write.next.account.clone(), write.next.bill);
        let stored = self.bills.get(&key).map_or(0, |it| it.version);
        if stored == write.expected { Ok(()) } else { Err(CommitError::Stale) }
    }

    pub(super) fn managed_generation(&self) -> u64 {
        self.managed.values().map(|it| it.version).max().unwrap_or(0)
    }

    fn check_managed(&self, it: &Managed) -> Result<(), CommitError> {
        let follows = it.version.checked_sub(1) == Some(self.managed_generation());
        if follows { Ok(()) } else { Err(CommitError::Stale) }
    }

    fn check_once(&self, once: &[Once]) -> Result<(), CommitError> {
        let mut seen = BTreeSet::new();
        let said = once.iter().find(|it| self.once.contains_key(&it.key) || !seen.insert(&it.key));
        let said = said.filter(|_| !bug("number-unchecked"));
        said.map_or(Ok(()), |it| duplicate(Duplicate::Once(it.key.clone())))
    }

    fn check_begin(&self, begin: &Begin) -> Result<(), CommitError> {
        if self.idempotent.contains_key(&begin.key) { duplicate(Duplicate::Begun) } else { Ok(()) }
    }

    fn check_answer(&self, it: &Answered, begin: Option<&Begin>) -> Result<(), CommitError> {
        let stored = self.idempotent.get(&it.key).is_some_and(|row| row.answer.is_none());
        let begins = begin.is_some_and(|begin| begin.key == it.key);
        if stored || begins || bug("answer-overwritten") {
            Ok(())
        } else {
            duplicate(Duplicate::Answered)
        }
    }

    fn check_notification(&self, evidence: &Evidence) -> Result<(), CommitError> {
        let key = (evidence.account.clone(), evidence.id.clone());
        match self.evidence.get(&key).map(|it| it.disposition) {
            None | Some(Disposition::Orphan) => Ok(()),
            Some(Disposition::Applied | Disposition::Quarantined) => {
                duplicate(Duplicate::Notification)
            }
        }
    }

    fn check_events(&self, events: &[MerchantEvent]) -> Result<(), CommitError> {
        let mut seen = BTreeSet::new();
        let said = events.iter().any(|it| self.events.contains_key(&it.id) || !seen.insert(it.id));
        if said { duplicate(Duplicate::Event) } else { Ok(()) }
    }

    /// A task that is finished and put by one change is finished first.
    fn write(&mut self, change: Change) {
        if let Some(write) = change.payment {
            self.payments.insert(write.next.id, write.next);
        }
        if let Some(write) = change.transfer {
            for it in &write.spending {
                spend(&mut self.spent, it);
            }
            self.transfers.insert(write.next.id, write.next);
        }
        if let Some(SettlementWrite { next, .. }) = change.settlement {
            self.settlements.insert(next.number.clone(), next);
        }
        if let Some(it) = change.receiver {
            self.receivers.insert((it.merchant.clone(), it.receiver_no.clone()), it);
        }
        self.once.extend(change.once.into_iter().map(|it| (it.key, it.holder)));
        change.begin.into_iter().for_each(|it| self.begin(it));
        change.answer.into_iter().for_each(|it| self.answer(it));
        change.release.iter().for_each(|it| self.release(it));
        if let Some(it) = change.notification {
            self.evidence.insert((it.account.clone(), it.id.clone()), it);
        }
        change.events.into_iter().for_each(|it| self.event(it));
        self.deliveries.extend(change.deliveries.into_iter().map(|it| (it.id.clone(), it)));
        if let Some(it) = change.endpoint.filter(|it| it.next.version != it.expected) {
            self.endpoints.insert((it.next.merchant.clone(), it.next.endpoint.clone()), it.next);
        }
        if let Some(BillWrite { next, .. }) = change.bill {
            self.bills.insert((next.account.clone(), next.bill), next);
        }
        change.differences.into_iter().for_each(|it| self.differ(it));
        if let Some(it) = change.managed {
            self.managed.insert((it.kind, it.id.clone()), it);
        }
        change.finish.into_iter().for_each(|it| self.finish(it));
        change.tasks.into_iter().for_each(|it| self.put(it));
        self.entries.extend(change.entries);
        change.act.into_iter().for_each(|it| self.act(it));
        change.journal.into_iter().for_each(|it| self.post(it));
        change.takings.into_iter().for_each(|it| self.take(it));
    }

    fn begin(&mut self, begin: Begin) {
        let Begin { key, fingerprint, holder, until, created_at: _ } = begin;
        self.idempotent.insert(key, Idempotent { fingerprint, holder, until, answer: None });
    }

    fn answer(&mut self, answered: Answered) {
        let row = self.idempotent.get_mut(&answered.key).expect("checked: it was begun");
        row.answer = Some(answered.answer);
    }

    fn release(&mut self, key: &IdempotencyKey) {
        if let Some(row) = self.idempotent.get_mut(key).filter(|it| it.answer.is_none()) {
            row.until = Timestamp::default();
        }
    }

    fn act(&mut self, act: Act) {
        let Walk { seq, hash } = self.audit.last().map_or_else(Walk::default, Walk::at);
        let hash = audit::link(&hash, &act);
        self.audit.push(Audited { seq: seq + 1, act, hash });
    }

    fn take(&mut self, taking: Taking) {
        let Taking { account, day, currency, taken } = taking;
        let sum = self.taken.entry((account, day, currency)).or_default();
        *sum = sum.plus(taken);
    }

    fn event(&mut self, row: MerchantEvent) {
        // No event is ever removed, so the count is the last cursor.
        let cursor = self.events.len() as u64 + 1;
        self.events.insert(row.id, Stored { cursor, row });
    }
}

fn spend(sums: &mut Spent, it: &Spending) -> i64 {
    let sum = sums.entry((it.spender.clone(), it.day, it.currency)).or_default();
    *sum = sum.saturating_add(it.amount);
    *sum
}

fn duplicate(what: Duplicate) -> Result<(), CommitError> {
    Err(CommitError::Duplicate(what))
}

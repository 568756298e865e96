//! Settlements, in memory.

use std::collections::BTreeMap;

use paymux_core::ledger::Cause;
use paymux_core::payment::Payment;
use paymux_core::settlement::{Settlement, State};
use paymux_core::{Currency, MerchantId, PaymentId, VoucherNo};

use super::{MemoryStore, Tables};
use crate::{CommitError, OpenSettlements, Read, SettlementWrite, Settlements, settlement};

impl Tables {
    pub(super) fn check_settlement(&self, write: &SettlementWrite) -> Result<(), CommitError> {
        let stored = self.settlements.get(&write.next.number).map_or(0, |it| it.version);
        if stored == write.expected { settlement::check(write) } else { Err(CommitError::Stale) }
    }

    /// Newest first.
    fn listed(&self, merchant: Option<&MerchantId>) -> Vec<&Settlement> {
        let theirs = self.settlements.values();
        let theirs = theirs.filter(|it| merchant.is_none_or(|own| *own == it.merchant));
        let mut list: Vec<_> = theirs.collect();
        list.sort_by_key(|it| std::cmp::Reverse(it.root()));
        list
    }
}

impl Settlements for MemoryStore {
    async fn settlement(&self, number: &VoucherNo) -> Read<Option<Settlement>> {
        Ok(self.lock().settlements.get(number).cloned())
    }

    async fn latest_settlement(
        &self,
        merchant: &MerchantId,
        currency: Currency,
    ) -> Read<Option<Settlement>> {
        let tables = self.lock();
        let theirs = tables.settlements.values();
        let theirs = theirs.filter(|it| it.merchant == *merchant && it.currency == currency);
        Ok(theirs.max_by_key(|it| it.place).cloned())
    }

    async fn settlements(
        &self,
        merchant: Option<&MerchantId>,
        before: Option<&VoucherNo>,
        limit: usize,
    ) -> Read<Vec<Settlement>> {
        let tables = self.lock();
        let end = before.map(|it| tables.settlements.get(it).map(Settlement::root));
        let older = |it: &&&Settlement| match end {
            None => true,
            Some(end) => end.is_some_and(|end| it.root() < end),
        };
        let listed = tables.listed(merchant);
        Ok(listed.iter().filter(older).take(limit).map(|it| (*it).clone()).collect())
    }

    async fn open_settlements(&self, merchant: &MerchantId, limit: usize) -> Read<Vec<Settlement>> {
        let tables = self.lock();
        let listed = tables.listed(Some(merchant));
        let open = listed.into_iter().rev().filter(|it| is_open(it));
        Ok(open.take(limit).cloned().collect())
    }

    async fn unbooked(&self, limit: usize) -> Read<Vec<PaymentId>> {
        let tables = self.lock();
        let booked = |it: &&Payment| tables.causes.iter().any(|cause| is_payment(cause, it.id));
        let paid = tables.payments.values().filter(|it| has_money(it));
        Ok(paid.filter(|it| !booked(it)).map(|it| it.id).take(limit).collect())
    }

    async fn count_open_settlements(&self) -> Read<Vec<OpenSettlements>> {
        let mut counts = BTreeMap::<&str, OpenSettlements>::new();
        for it in self.lock().settlements.values().filter(|it| is_open(it)) {
            let (state, since) = (it.state.name(), it.created_at);
            let none = || OpenSettlements { state: state.into(), count: 0, since };
            let open = counts.entry(state).or_insert_with(none);
            open.count += 1;
            open.since = open.since.min(since);
        }
        Ok(counts.into_values().collect())
    }
}

fn has_money(it: &Payment) -> bool {
    it.totals().is_ok_and(|it| it.paid.minor() > 0)
}

fn is_payment(cause: &Cause, id: PaymentId) -> bool {
    matches!(cause, Cause::Payment(attempt, _) if attempt.payment == id)
}

fn is_open(it: &Settlement) -> bool {
    it.state == State::Draft || it.state.is_open()
}

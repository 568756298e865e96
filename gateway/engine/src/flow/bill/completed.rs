//! The end of a comparison, told to every merchant whose money moved that day; and again only where
//! it has come to something else since.

use std::collections::{BTreeMap, BTreeSet};

use paymux_channel::china;
use paymux_core::delivery::Delivery;
use paymux_core::ledger::Cause;
use paymux_core::reconcile::{DifferenceState, Key};
use paymux_core::route::Day;
use paymux_core::{AccountId, DeliveryId, EventId, MerchantId, PaymentId};
use paymux_store::{Change, CommitError, Duplicate, MerchantEvent, Store, Task, TaskKind};
use serde_json::Value;

use super::compare::{Halt, PAGE};
use crate::gateway::Gateway;
use crate::render::{self, Counts};

pub const RECONCILIATION_COMPLETED: &str = "reconciliation.completed";

impl<S: Store> Gateway<S> {
    /// Of the day, and of those whose differences it has closed or opened: what has not changed is
    /// not told again.
    pub(super) async fn tell_days(&self, account: &AccountId, day: Day) -> Result<(), Halt> {
        let mut others = self.tell_completed(account, day).await?;
        others.insert(Day(day.0.saturating_sub(1)));
        for other in others.into_iter().filter(|it| *it != day) {
            if self.is_compared(account, other).await? {
                self.tell_completed(account, other).await?;
            }
        }
        Ok(())
    }

    /// Tells which days the other sides of its differences are of.
    async fn tell_completed(&self, account: &AccountId, day: Day) -> Result<BTreeSet<Day>, Halt> {
        let (mut all, mut days) = (BTreeMap::new(), BTreeSet::new());
        self.count_moved(account, day, &mut all).await?;
        self.count_differences(account, day, (&mut all, &mut days)).await?;
        for (merchant, counts) in all {
            self.tell_merchant(&merchant, (account, day), counts).await?;
        }
        Ok(days)
    }

    async fn count_moved(
        &self,
        account: &AccountId,
        day: Day,
        all: &mut BTreeMap<MerchantId, Counts>,
    ) -> Result<(), Halt> {
        let mut cursor = Key::FIRST.cause_before();
        loop {
            let page = self.store.moved(account, day, Some(&cursor), PAGE).await?;
            for posting in &page {
                match posting.cause() {
                    Cause::Payment(..) => of(all, posting.merchant()).payments += 1,
                    Cause::Refund(_) => of(all, posting.merchant()).refunds += 1,
                    Cause::Fee(..)
                    | Cause::ChannelFee(..)
                    | Cause::FeeReturn(_)
                    | Cause::Split(..)
                    | Cause::Payout(..)
                    | Cause::Settlement(..)
                    | Cause::Adjustment(_) => {}
                }
            }
            match page.last().filter(|_| page.len() == PAGE) {
                Some(last) => cursor = last.cause().clone(),
                None => return Ok(()),
            }
        }
    }

    async fn count_differences(
        &self,
        account: &AccountId,
        day: Day,
        (all, days): (&mut BTreeMap<MerchantId, Counts>, &mut BTreeSet<Day>),
    ) -> Result<(), Halt> {
        let mut after = None;
        loop {
            let page = self.store.differences_of(account, day, after, PAGE).await?;
            let sides = page.iter().flat_map(|it| [it.bill, it.books]);
            days.extend(sides.flatten().map(|it| it.day));
            for it in page.iter().filter(|it| it.state.is_open()) {
                let Some(merchant) = &it.merchant else { continue };
                match it.state {
                    DifferenceState::Waiting => of(all, merchant).waiting += 1,
                    DifferenceState::Open
                    | DifferenceState::Proposed { .. }
                    | DifferenceState::Resolved
                    | DifferenceState::Accepted { .. }
                    | DifferenceState::WrittenOff { .. } => of(all, merchant).differences += 1,
                }
            }
            match page.last().filter(|_| page.len() == PAGE) {
                Some(last) => after = Some(last.key),
                None => return Ok(()),
            }
        }
    }

    async fn tell_merchant(
        &self,
        merchant: &MerchantId,
        (account, day): (&AccountId, Day),
        counts: Counts,
    ) -> Result<(), Halt> {
        let (mut id, now) = (event_of(merchant, account, day), self.now());
        let (kind, mut last) = (RECONCILIATION_COMPLETED, None);
        while let Some(told) = self.store.event(id).await? {
            last = Some(told.payload);
            let Some(next) = id.number.checked_add(1) else { return Ok(()) };
            id.number = next;
        }
        let payload = render::reconciliation_event(id, kind, (account, day), counts, now);
        if last.is_some_and(|it| data(&it) == data(&payload)) {
            return Ok(());
        }
        let (merchant, created_at) = (merchant.clone(), now);
        let mut change = Change::default();
        let snapshot = self.snapshot.load();
        let endpoints = snapshot.merchant(&merchant).map_or(&[][..], |it| &it.endpoints);
        for endpoint in endpoints {
            let id = DeliveryId { event: id, endpoint: endpoint.id.clone() };
            let due = Delivery::first_due(&endpoint.schedule, now);
            change.tasks.push(Task { kind: TaskKind::Deliver(id.clone()), due });
            change.deliveries.push(Delivery::new(id, merchant.clone()));
        }
        drop(snapshot);
        let event = MerchantEvent { id, merchant, kind: kind.into(), payload, created_at };
        change.events.push(event);
        match self.store.commit(change).await {
            // Another node was as quick.
            Ok(()) | Err(CommitError::Duplicate(Duplicate::Event)) => self.bell.ring(),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

fn data(payload: &[u8]) -> Option<Value> {
    let mut event: Value = serde_json::from_slice(payload).ok()?;
    event.get_mut("data").map(Value::take)
}

fn of<'a>(all: &'a mut BTreeMap<MerchantId, Counts>, merchant: &MerchantId) -> &'a mut Counts {
    all.entry(merchant.clone()).or_default()
}

/// The first one's id. No payment's event, so it is like that of a payment which never was: the same
/// one for the same account and day.
fn event_of(merchant: &MerchantId, account: &AccountId, day: Day) -> EventId {
    let hash = account.as_str().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let end = china::midnight(Day(day.0.saturating_add(1)));
    EventId { payment: PaymentId::new(end, merchant, hash.into()), number: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_an_account_is_one_event_of_a_merchant() {
        let id = |merchant: &str, account: &str, day| {
            event_of(&merchant.parse().unwrap(), &account.parse().unwrap(), Day(day))
        };
        let one = id("shop", "wx", 20_468);
        assert_eq!(one, id("shop", "wx", 20_468));
        for other in [id("shop2", "wx", 20_468), id("shop", "ali", 20_468), id("shop", "wx", 7)] {
            assert_ne!(one, other);
        }
    }
}

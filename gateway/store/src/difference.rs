//! What bills and books differ in: written over the version that was read, looked for by day.

use paymux_core::AccountId;
use paymux_core::reconcile::{DifferenceKind, DifferenceRecord, Key};
use paymux_core::route::Day;

use crate::Read;

/// Over the version that was read: zero for one never written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DifferenceWrite {
    pub expected: u64,
    pub next: DifferenceRecord,
}

/// Those that people look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    pub account: Option<AccountId>,
    /// Of the bill's side or of our books'.
    pub day: Option<Day>,
    /// Those alone that somebody still has to look at.
    pub open: bool,
    /// Those behind this place alone.
    pub after: Option<Place>,
}

/// Where a difference stands in a list: the newest day first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub day: Day,
    pub account: AccountId,
    pub key: Key,
}

impl Place {
    pub fn of(it: &DifferenceRecord) -> Self {
        Self { day: it.day(), account: it.account.clone(), key: it.key }
    }
}

/// How many of a kind somebody still has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outstanding {
    pub account: AccountId,
    pub kind: DifferenceKind,
    /// Whether the other side may only be late.
    pub waiting: bool,
    pub count: u64,
}

pub trait Differences {
    fn difference(
        &self,
        account: &AccountId,
        key: Key,
    ) -> impl Future<Output = Read<Option<DifferenceRecord>>> + Send;

    /// Those of which either side is of this day, in the order of their keys, those behind `after`
    /// alone.
    fn differences_of(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<Key>,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<DifferenceRecord>>> + Send;

    /// Those that wait for their other side since this day or longer.
    fn waiting_differences(
        &self,
        account: &AccountId,
        until: Day,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<DifferenceRecord>>> + Send;

    /// The newest day first; of a day, by account and key.
    fn differences(
        &self,
        which: &Which,
        limit: usize,
    ) -> impl Future<Output = Read<Vec<DifferenceRecord>>> + Send;

    /// For metrics: as cheap as what is not over is little.
    fn outstanding(&self) -> impl Future<Output = Read<Vec<Outstanding>>> + Send;

    /// The last day of each account of which the bill of payments was compared with our books.
    fn reconciled_days(&self) -> impl Future<Output = Read<Vec<(AccountId, Day)>>> + Send;
}

//! Calls a second of each operation of an account.

use std::collections::BTreeMap;

/// Beside the operations, the count of all of them.
pub const TOTAL: &str = "total";

/// As `paymux_channel::Operation` names them.
pub const OPERATIONS: [&str; 11] = [
    "pay",
    "query",
    "close",
    "reverse",
    "refund",
    "query_refund",
    "transfer",
    "query_transfer",
    "cancel_transfer",
    "platform_keys",
    "raw",
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rates(BTreeMap<&'static str, u32>);

impl Rates {
    pub fn new(rates: impl IntoIterator<Item = (&'static str, u32)>) -> Self {
        Self(rates.into_iter().collect())
    }

    /// These, and the others' where these say nothing.
    #[must_use]
    pub fn or(mut self, others: &Self) -> Self {
        for (name, rate) in &others.0 {
            self.0.entry(name).or_insert(*rate);
        }
        self
    }

    /// What nobody has a number for is called once a second.
    pub(super) fn of(&self, name: &str) -> u32 {
        self.0.get(name).copied().unwrap_or(1).max(1)
    }
}

//! A transfer over the version that was read, and what it spends of the day's limits.

use paymux_core::Currency;
use paymux_core::route::Day;
use paymux_core::transfer::Transfer;

use crate::CommitError;

/// Over the version that was read: zero for a new one. The next version is higher.
#[derive(Clone, Debug)]
pub struct TransferWrite {
    pub expected: u64,
    pub next: Transfer,
    pub spending: Vec<Spending>,
}

/// Added to what a spender has spent on a day; a negative amount is given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spending {
    /// `merchant/…` or `account/…`.
    pub spender: String,
    pub day: Day,
    pub currency: Currency,
    /// In minor units.
    pub amount: i64,
    /// The sum stays at or below it, or nothing is written.
    pub limit: Option<i64>,
}

impl Spending {
    pub(crate) fn exceeds(&self, sum: i64) -> bool {
        self.amount > 0 && self.limit.is_some_and(|it| sum > it)
    }

    pub(crate) fn exceeded(&self) -> CommitError {
        CommitError::Exceeded(self.spender.clone())
    }
}

/// The last wall: what no driver writes, whatever the engine says.
pub(crate) fn check(write: &TransferWrite) -> Result<(), CommitError> {
    let sound = write.next.check().map_err(|it| CommitError::Constraint(it.into()));
    // A version that stood still would let two writers both "come first".
    let grows = write.next.version > write.expected && i64::try_from(write.next.version).is_ok();
    let stands = || CommitError::Constraint("the version does not grow".into());
    sound.and_then(|()| if grows { Ok(()) } else { Err(stands()) })
}

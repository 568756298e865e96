//! The last wall: what no driver writes, whatever the engine says.

use crate::{CommitError, Write};

/// A payment in numbers, as every driver stores them; money in minor units of its one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) amount: i64,
    pub(crate) paid: i64,
    pub(crate) reserved: i64,
    pub(crate) refunded: i64,
    pub(crate) version: i64,
}

/// Looks at a payment about to be written. Drivers with constraints of their own keep them, too.
pub(crate) fn check(write: &Write) -> Result<Numbers, CommitError> {
    let totals = write.next.totals().map_err(|error| refuse(&error.to_string()))?;
    let out = totals.reserved.checked_add(totals.refunded);
    let out = out.map_err(|error| refuse(&error.to_string()))?;
    ensure(write.next.order.amount.minor() > 0, "the amount is not positive")?;
    ensure(totals.paid.checked_sub(out).is_ok(), "more is refunded than was paid")?;
    // A version that stood still would let two writers both "come first".
    ensure(write.next.version > write.expected, "the version does not grow")?;
    let version = i64::try_from(write.next.version);
    let version = version.map_err(|_| refuse("the version is out of range"))?;
    Ok(Numbers {
        amount: write.next.order.amount.minor(),
        paid: totals.paid.minor(),
        reserved: totals.reserved.minor(),
        refunded: totals.refunded.minor(),
        version,
    })
}

fn ensure(holds: bool, what: &str) -> Result<(), CommitError> {
    if holds { Ok(()) } else { Err(refuse(what)) }
}

fn refuse(what: &str) -> CommitError {
    CommitError::Constraint(what.into())
}

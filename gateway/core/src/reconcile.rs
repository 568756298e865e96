//! Reconciliation (对账): a channel's bill and our books of one account, side by side.
//!
//! Both come in the order of their keys, and one pass finds what differs. What one day lacks, the
//! day before or after may have: it waits before it is called missing.

mod key;
mod record;
mod repair;
mod window;

use std::iter::Peekable;

use crate::money::Currency;

pub use key::Key;
pub use record::{DifferenceRecord, DifferenceState, Finding, Seen};
pub use repair::{Repair, Unfit};
pub use window::{Stretch, Window};

/// One line of either side. Amounts are of minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub key: Key,
    pub amount: i64,
    pub currency: Currency,
    /// In thousandths of the minor unit, less than nothing where it came back; nothing where the
    /// side does not know it.
    pub fee: Option<i64>,
    /// Whether the money has moved; else it is under way.
    pub settled: bool,
    /// In the bill's file.
    pub at: u32,
}

/// What differs; a closed set of words for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DifferenceKind {
    /// The channel was paid, and we know nothing of it.
    MissingHere,
    /// We know of money, and the channel's bill does not.
    MissingAtChannel,
    /// One side says that the money moved, the other that it is under way.
    Status,
    Amount,
    Fee,
    /// A refund that one side alone knows.
    Refund,
    /// Both know it, on different days.
    CrossDay,
}

impl DifferenceKind {
    pub const ALL: [Self; 7] = [
        Self::MissingHere,
        Self::MissingAtChannel,
        Self::Status,
        Self::Amount,
        Self::Fee,
        Self::Refund,
        Self::CrossDay,
    ];

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingHere => "missing_here",
            Self::MissingAtChannel => "missing_at_channel",
            Self::Status => "status",
            Self::Amount => "amount",
            Self::Fee => "fee",
            Self::Refund => "refund",
            Self::CrossDay => "cross_day",
        }
    }
}

/// A difference, and what each side says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pub kind: DifferenceKind,
    pub bill: Option<Line>,
    pub books: Option<Line>,
}

/// What one pass over a day finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Both sides have it, and differ.
    Differs(Difference),
    /// The bill alone has it on this day.
    OnlyBill(Line),
    /// Our books alone.
    OnlyBooks(Line),
}

impl Found {
    pub fn key(&self) -> Key {
        match self {
            Self::Differs(it) => it.bill.or(it.books).map_or(Key::FIRST, |it| it.key),
            Self::OnlyBill(it) | Self::OnlyBooks(it) => it.key,
        }
    }
}

/// A side is out of order, or has a key twice: what it says cannot be compared, and neither what
/// was found of it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a side has {0:?} twice, or out of order")]
pub struct Disordered(pub Key);

/// Both sides in the order of their keys. One line of each is looked at at a time, so the length
/// of neither matters.
pub fn compare<B, K>(bill: B, books: K) -> impl Iterator<Item = Result<Found, Disordered>>
where
    B: IntoIterator<Item = Line>,
    K: IntoIterator<Item = Line>,
{
    let (bill, books) = (bill.into_iter().peekable(), books.into_iter().peekable());
    Merge { bill, books, last: [None; 2] }
}

struct Merge<B: Iterator<Item = Line>, K: Iterator<Item = Line>> {
    bill: Peekable<B>,
    books: Peekable<K>,
    /// The last key of each side.
    last: [Option<Key>; 2],
}

impl<B: Iterator<Item = Line>, K: Iterator<Item = Line>> Iterator for Merge<B, K> {
    type Item = Result<Found, Disordered>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let pair = self.pair()?;
            if let Err(odd) = self.check(pair) {
                return Some(Err(odd));
            }
            match pair {
                (Some(bill), None) => return Some(Ok(Found::OnlyBill(bill))),
                (None, Some(books)) => return Some(Ok(Found::OnlyBooks(books))),
                (Some(bill), Some(books)) => {
                    if let Some(it) = difference(bill, books) {
                        return Some(Ok(Found::Differs(it)));
                    }
                }
                (None, None) => return None,
            }
        }
    }
}

type Pair = (Option<Line>, Option<Line>);

impl<B: Iterator<Item = Line>, K: Iterator<Item = Line>> Merge<B, K> {
    /// The next key's line of each side that has it; none at the end of both.
    fn pair(&mut self) -> Option<Pair> {
        let keys = [self.bill.peek().map(|it| it.key), self.books.peek().map(|it| it.key)];
        let next = keys.into_iter().flatten().min()?;
        Some((self.bill.next_if(|it| it.key == next), self.books.next_if(|it| it.key == next)))
    }

    fn check(&mut self, (bill, books): Pair) -> Result<(), Disordered> {
        for (last, line) in self.last.iter_mut().zip([bill, books]) {
            let Some(key) = line.map(|it| it.key) else { continue };
            if last.replace(key).is_some_and(|last| last >= key) {
                return Err(Disordered(key));
            }
        }
        Ok(())
    }
}

/// The worst of what differs: where the amounts do, the fee is no matter.
pub fn difference(bill: Line, books: Line) -> Option<Difference> {
    let money = |it: Line| (it.amount, it.currency);
    let fee = bill.fee.zip(books.fee).is_some_and(|(told, ours)| told != ours);
    let kind = if money(bill) != money(books) {
        DifferenceKind::Amount
    } else if bill.settled != books.settled {
        DifferenceKind::Status
    } else if fee {
        DifferenceKind::Fee
    } else {
        return None;
    };
    Some(Difference { kind, bill: Some(bill), books: Some(books) })
}

#[cfg(test)]
mod tests;

//! The ledger as it is read: what books hold, what moved, and whether the two agree.

use paymux_core::ledger::{Book, Posting};
use paymux_core::{Currency, MerchantId, Timestamp};

use crate::Read;
use crate::cell::garbled;

/// What a book holds: its credits less its debits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    pub book: Book,
    pub currency: Currency,
    pub amount: i64,
}

/// A book that does not hold what its postings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imbalance {
    /// As it is written, since it may be no book of ours.
    pub book: String,
    pub currency: String,
    pub kept: i64,
    pub derived: i64,
}

/// What of a merchant's journal moved its owed money, by kind of cause: from one place in it up to
/// a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// The place of the last posting in it; where there is none, where it began.
    pub until: u64,
    pub sums: Vec<Sum>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Of the causes, by their kind.
    pub kind: String,
    pub count: u64,
    /// What they added to what is owed, and what they took from it.
    pub credited: i64,
    pub debited: i64,
}

/// A posting as a driver has it in its row.
pub(crate) struct Row<'a> {
    pub(crate) cause: &'a str,
    pub(crate) merchant: &'a str,
    pub(crate) debit: &'a str,
    pub(crate) credit: &'a str,
    pub(crate) currency: &'a str,
    pub(crate) amount: i64,
    pub(crate) moved_at: i64,
    pub(crate) booked_at: i64,
}

impl Row<'_> {
    pub(crate) fn posting(&self) -> Read<Posting> {
        self.read().ok_or_else(|| garbled("a posting"))
    }

    fn read(&self) -> Option<Posting> {
        let merchant: MerchantId = self.merchant.parse().ok()?;
        let books = (self.debit.parse().ok()?, self.credit.parse().ok()?);
        let amount = paymux_core::Money::new(self.amount, self.currency.parse().ok()?).ok()?;
        let booked_at = Timestamp(self.booked_at);
        let posting = Posting::new(self.cause.parse().ok()?, &merchant, books, amount, booked_at)?;
        Some(posting.moved(Timestamp(self.moved_at)))
    }
}

pub(crate) fn balance(book: &str, currency: &str, amount: i64) -> Read<Balance> {
    let book = book.parse().map_err(|_| garbled("a book"))?;
    let currency = currency.parse().map_err(|_| garbled("a currency"))?;
    Ok(Balance { book, currency, amount })
}

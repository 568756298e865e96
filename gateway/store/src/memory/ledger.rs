//! The journal and the books, in memory.

use std::collections::{BTreeMap, BTreeSet};

use paymux_core::ledger::{Book, Cause, Posting};
use paymux_core::route::Day;
use paymux_core::{AccountId, Currency, MerchantId, Timestamp};

use super::Tables;
use crate::{Balance, CommitError, Duplicate, Imbalance, Stored, Stretch, Sum};

impl Tables {
    /// One after the other, as if each were written before the next is looked at.
    pub(super) fn check_journal(&self, journal: &[Posting]) -> Result<(), CommitError> {
        let (mut seen, mut added) = (BTreeSet::new(), BTreeMap::new());
        for posting in journal {
            let cause = posting.cause();
            let known = self.causes.contains(cause) || !seen.insert(cause);
            if known {
                return Err(CommitError::Duplicate(Duplicate::Posted(cause.clone())));
            }
            for (book, amount) in posting.legs() {
                let key = (book.clone(), posting.amount().currency());
                let kept = self.books.get(&key).copied().unwrap_or(0);
                let sum = added.entry(key).or_insert(kept);
                *sum += amount;
                if posting.guarded() == Some(book) && *sum < 0 {
                    return Err(CommitError::Short(book.clone()));
                }
            }
        }
        Ok(())
    }

    pub(super) fn post(&mut self, posting: Posting) {
        for (book, amount) in posting.legs() {
            let key = (book.clone(), posting.amount().currency());
            *self.books.entry(key).or_default() += amount;
        }
        self.causes.insert(posting.cause().clone());
        self.journal.push(posting);
    }

    pub(super) fn balances(&self, books: &[Book]) -> Vec<Balance> {
        let wanted: BTreeSet<_> = books.iter().collect();
        let kept = self.books.iter().filter(|it| wanted.contains(&it.0.0));
        let balance = |((book, currency), amount): (&(Book, Currency), &i64)| Balance {
            book: book.clone(),
            currency: *currency,
            amount: *amount,
        };
        let mut list: Vec<_> = kept.map(balance).collect();
        list.sort_by_key(|it| (it.book.to_string(), it.currency.code()));
        list
    }

    /// The place in the journal of all is the cursor.
    pub(super) fn journal_of(
        &self,
        merchant: &MerchantId,
        after: u64,
    ) -> impl Iterator<Item = Stored<Posting>> {
        let placed = (1..).zip(&self.journal).filter(move |it| it.0 > after);
        let theirs = placed.filter(move |it| it.1.merchant() == merchant);
        theirs.map(|(cursor, row)| Stored { cursor, row: row.clone() })
    }

    pub(super) fn moved(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<&Cause>,
        limit: usize,
    ) -> Vec<Posting> {
        let theirs = |it: &&Posting| it.account() == Some(account) && it.day() == day;
        let named = self.journal.iter().filter(theirs).map(|it| (it.cause().to_string(), it));
        let sorted: BTreeMap<_, _> = named.collect();
        let after = after.map(ToString::to_string).unwrap_or_default();
        let later = sorted.into_iter().filter(|it| it.0 > after);
        later.take(limit).map(|it| it.1.clone()).collect()
    }

    pub(super) fn stretch(
        &self,
        merchant: &MerchantId,
        currency: Currency,
        after: u64,
        before: Timestamp,
    ) -> Stretch {
        let owed = Book::Owed(merchant.clone());
        let mut sums = BTreeMap::<_, Sum>::new();
        let mut until = after;
        for Stored { cursor, row } in self.journal_of(merchant, after) {
            if row.booked_at() >= before {
                break;
            }
            until = cursor;
            let touches = row.debit() == &owed || row.credit() == &owed;
            if touches && row.amount().currency() == currency {
                let kind = row.cause().kind();
                let none = || Sum { kind: kind.into(), count: 0, credited: 0, debited: 0 };
                let sum = sums.entry(kind).or_insert_with(none);
                let amount = row.adds_to(&owed);
                sum.count += 1;
                sum.credited += amount.max(0);
                sum.debited += (-amount).max(0);
            }
        }
        Stretch { until, sums: sums.into_values().collect() }
    }

    pub(super) fn imbalances(&self) -> Vec<Imbalance> {
        let mut derived = BTreeMap::<_, i64>::new();
        for posting in &self.journal {
            for (book, amount) in posting.legs() {
                *derived.entry((book.clone(), posting.amount().currency())).or_default() += amount;
            }
        }
        let names: BTreeSet<_> = derived.keys().chain(self.books.keys()).collect();
        let imbalance = |key: &(Book, Currency)| Imbalance {
            book: key.0.to_string(),
            currency: key.1.code().into(),
            kept: self.books.get(key).copied().unwrap_or(0),
            derived: derived.get(key).copied().unwrap_or(0),
        };
        names.into_iter().map(imbalance).filter(|it| it.kept != it.derived).collect()
    }
}

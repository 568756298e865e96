//! One movement of money: out of one book and into another, for one cause.

use super::{Book, Cause, Step};
use crate::id::{AccountId, MerchantId, VoucherNo};
use crate::money::Money;
use crate::route::Day;
use crate::time::Timestamp;

const DAY_SECS: i64 = 24 * 60 * 60;
/// What China's clock is ahead of UTC, all the year.
const CHINA_SECS: i64 = 8 * 60 * 60;

/// Made by the functions below alone, so a book is never debited without another being credited,
/// and a cause never moves money between other books than its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    cause: Cause,
    merchant: MerchantId,
    debit: Book,
    credit: Book,
    amount: Money,
    moved_at: Timestamp,
    booked_at: Timestamp,
}

/// What is reserved first, and then paid or released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matter {
    Split(VoucherNo),
    Payout(VoucherNo),
    Settlement(VoucherNo),
}

impl Matter {
    fn cause(&self, step: Step) -> Cause {
        match self {
            Self::Split(it) => Cause::Split(it.clone(), step),
            Self::Payout(it) => Cause::Payout(it.clone(), step),
            Self::Settlement(it) => Cause::Settlement(it.clone(), step),
        }
    }
}

/// Where money goes that was reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It left the account at its channel.
    Channel(AccountId),
    /// The operator's bank paid it.
    Outside,
}

impl Exit {
    fn book(self, merchant: &MerchantId) -> Book {
        match self {
            Self::Channel(account) => Book::Channel(account),
            Self::Outside => Book::Outside(merchant.clone()),
        }
    }
}

impl Posting {
    /// `None` where nothing moves. The store reads with it, too, and so refuses what is no posting.
    pub fn new(
        cause: Cause,
        merchant: &MerchantId,
        (debit, credit): (Book, Book),
        amount: Money,
        at: Timestamp,
    ) -> Option<Self> {
        let theirs = |book: &Book| book.merchant().is_none_or(|it| it == merchant);
        let moves = amount.minor() > 0 && debit != credit && theirs(&debit) && theirs(&credit);
        let merchant = merchant.clone();
        let (moved_at, booked_at) = (at, at);
        moves.then_some(Self { cause, merchant, debit, credit, amount, moved_at, booked_at })
    }

    /// The money moved then, and was heard of when it was booked.
    #[must_use]
    pub fn moved(self, moved_at: Timestamp) -> Self {
        Self { moved_at, ..self }
    }

    /// Takes it from what is owed, if there is so much.
    pub fn reserve(
        matter: &Matter,
        merchant: &MerchantId,
        amount: Money,
        at: Timestamp,
    ) -> Option<Self> {
        let books = (Book::Owed(merchant.clone()), Book::Reserved(merchant.clone()));
        Self::new(matter.cause(Step::Reserved), merchant, books, amount, at)
    }

    /// What was reserved has been paid.
    pub fn pay(
        matter: &Matter,
        merchant: &MerchantId,
        exit: Exit,
        amount: Money,
        at: Timestamp,
    ) -> Option<Self> {
        let books = (Book::Reserved(merchant.clone()), exit.book(merchant));
        Self::new(matter.cause(Step::Ended), merchant, books, amount, at)
    }

    /// What was reserved is owed again: it was not paid, and never will be.
    pub fn release(
        matter: &Matter,
        merchant: &MerchantId,
        amount: Money,
        at: Timestamp,
    ) -> Option<Self> {
        let books = (Book::Reserved(merchant.clone()), Book::Owed(merchant.clone()));
        Self::new(matter.cause(Step::Ended), merchant, books, amount, at)
    }

    /// What was paid came back.
    pub fn take_back(
        matter: &Matter,
        merchant: &MerchantId,
        exit: Exit,
        amount: Money,
        at: Timestamp,
    ) -> Option<Self> {
        let books = (exit.book(merchant), Book::Owed(merchant.clone()));
        Self::new(matter.cause(Step::Returned), merchant, books, amount, at)
    }

    /// A person's correction, in the merchant's favour or not.
    pub fn adjust(
        number: &VoucherNo,
        merchant: &MerchantId,
        favour: bool,
        amount: Money,
        at: Timestamp,
    ) -> Option<Self> {
        let (owed, adjusted) = (Book::Owed(merchant.clone()), Book::Adjusted(merchant.clone()));
        let books = if favour { (adjusted, owed) } else { (owed, adjusted) };
        Self::new(Cause::Adjustment(number.clone()), merchant, books, amount, at)
    }

    /// What the channel kept of a payment, as its bill says.
    pub fn channel_fee(
        cause: Cause,
        merchant: &MerchantId,
        account: &AccountId,
        amount: Money,
        at: Timestamp,
    ) -> Option<Self> {
        let books = (Book::ChannelFees(account.clone()), Book::Channel(account.clone()));
        Self::new(cause, merchant, books, amount, at)
    }

    pub const fn cause(&self) -> &Cause {
        &self.cause
    }

    /// In whose journal it is.
    pub const fn merchant(&self) -> &MerchantId {
        &self.merchant
    }

    pub const fn debit(&self) -> &Book {
        &self.debit
    }

    pub const fn credit(&self) -> &Book {
        &self.credit
    }

    pub const fn amount(&self) -> Money {
        self.amount
    }

    /// When the money moved, as whoever moved it says.
    pub const fn moved_at(&self) -> Timestamp {
        self.moved_at
    }

    /// When we wrote it down: what a settlement goes by, since its past must not change.
    pub const fn booked_at(&self) -> Timestamp {
        self.booked_at
    }

    /// The day of the channels' bills it belongs to: both count days by the clock of China.
    pub fn day(&self) -> Day {
        let day = (self.moved_at.as_secs() + CHINA_SECS).div_euclid(DAY_SECS);
        Day(i32::try_from(day).unwrap_or(i32::MAX))
    }

    /// The account whose channel's money it moves.
    pub fn account(&self) -> Option<&AccountId> {
        self.debit.account().or_else(|| self.credit.account())
    }

    /// What it adds to its two books: nothing, taken together.
    pub const fn legs(&self) -> [(&Book, i64); 2] {
        [(&self.debit, -self.amount.minor()), (&self.credit, self.amount.minor())]
    }

    /// What it adds to one of them.
    pub fn adds_to(&self, book: &Book) -> i64 {
        self.legs().into_iter().filter(|it| it.0 == book).map(|it| it.1).sum()
    }

    /// The book that must hold as much as is taken from it. A refund or a fee is a fact and may
    /// leave the merchant in debt; what we decide to pay may not.
    pub fn guarded(&self) -> Option<&Book> {
        match &self.cause {
            Cause::Split(..) | Cause::Payout(..) | Cause::Settlement(..) => {
                Some(&self.debit).filter(|it| matches!(it, Book::Owed(_) | Book::Reserved(_)))
            }
            Cause::Payment(..)
            | Cause::Fee(..)
            | Cause::ChannelFee(..)
            | Cause::Refund(_)
            | Cause::FeeReturn(_)
            | Cause::Adjustment(_) => None,
        }
    }
}

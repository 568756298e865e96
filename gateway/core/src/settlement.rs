//! A settlement: what a merchant is owed for a stretch of its journal, and how it is paid.
//!
//! [`Settlement::draft`] makes one of a stretch, [`Settlement::apply`] is the only way it changes.

mod apply;
mod calendar;
mod event;
mod statement;

pub use calendar::{Calendar, Period};
pub use event::{Event, Notice, Rejection, Transition};
pub use statement::{Item, Statement};

use crate::id::{MerchantId, PaymentId, TransferId, VoucherNo};
use crate::ledger::Exit;
use crate::money::{Currency, Money};
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Derived from the merchant, the currency and the place in their order.
    pub number: VoucherNo,
    pub merchant: MerchantId,
    pub currency: Currency,
    /// 1 is the first of this merchant and currency.
    pub place: u32,
    /// Of the merchant's journal: behind this place, up to and with the next.
    pub after: u64,
    pub until: u64,
    /// What was booked before that moment is in it, or in one before it.
    pub cutoff: Timestamp,
    pub statement: Statement,
    pub state: State,
    /// Who agreed to it, where somebody had to.
    pub confirmed_by: Option<String>,
    /// The transfer that paid it, or the last that was begun to, and how many were.
    pub transfer: Option<TransferId>,
    pub tries: u16,
    /// Merchant events so far: the next one's number, less one.
    pub events: u16,
    pub created_at: Timestamp,
    /// Counts applied events; the store commits only over the version it read.
    pub version: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Made, and not agreed to.
    Draft,
    /// Nothing is owed: the debt, if there is one, is carried into the next.
    Carried,
    /// Agreed to: its money is reserved.
    Confirmed,
    /// A transfer pays it.
    Paying,
    Paid {
        exit: Exit,
        at: Timestamp,
        /// By which whoever paid it knows the payment.
        reference: Option<String>,
    },
    /// It was not paid; its money is still reserved.
    Failed { reason: String },
    /// It was paid and came back: its money is owed again, and part of the next.
    Returned { reason: String },
    /// Given up: its money is owed again, and part of the next.
    Cancelled,
    /// A draft that was thrown away: the next one begins where it began.
    Discarded,
}

impl State {
    /// All that [`Self::name`] may say.
    pub const NAMES: [&str; 9] = [
        "draft",
        "carried",
        "confirmed",
        "paying",
        "paid",
        "failed",
        "returned",
        "cancelled",
        "discarded",
    ];

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Carried => "carried",
            Self::Confirmed => "confirmed",
            Self::Paying => "paying",
            Self::Paid { .. } => "paid",
            Self::Failed { .. } => "failed",
            Self::Returned { .. } => "returned",
            Self::Cancelled => "cancelled",
            Self::Discarded => "discarded",
        }
    }

    /// Its money is reserved, and neither paid nor owed again.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Confirmed | Self::Paying | Self::Failed { .. } => true,
            Self::Draft
            | Self::Carried
            | Self::Paid { .. }
            | Self::Returned { .. }
            | Self::Cancelled
            | Self::Discarded => false,
        }
    }
}

impl Settlement {
    /// With what its number begins, and so do those of the transfers that pay it.
    pub const PREFIX: &str = "stl_";

    /// Behind the one before it, which must have been decided: only then is it known where this one
    /// begins.
    pub fn draft(
        (merchant, currency): (&MerchantId, Currency),
        before: Option<&Self>,
        (until, items): (u64, Vec<Item>),
        cutoff: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Rejection> {
        let Start { place, after, carried } = Start::behind(before)?;
        let number = number(merchant, currency, place).ok_or(Rejection::TooMany)?;
        if before.is_some_and(|it| cutoff <= it.cutoff && it.state != State::Discarded) {
            return Err(Rejection::PeriodClosed);
        }
        let statement = Statement::of(carried, items);
        let state = if statement.net() > 0 { State::Draft } else { State::Carried };
        let (merchant, created_at, version) = (merchant.clone(), now, 1);
        Ok(Self {
            number,
            merchant,
            currency,
            place,
            after,
            until,
            cutoff,
            statement,
            state,
            confirmed_by: None,
            transfer: None,
            tries: 0,
            events: 0,
            created_at,
            version,
        })
    }

    /// Under which its events and deliveries are kept, as a payment's are under its id.
    pub fn root(&self) -> PaymentId {
        let code = self.currency.code().bytes().fold(0, |sum, it| (sum << 8) | u128::from(it));
        let entropy = (code << 32) | u128::from(self.place);
        PaymentId::new(self.created_at, &self.merchant, entropy)
    }

    /// Above the threshold nothing is agreed to by itself, and whoever agreed to it does not also
    /// see to its being paid.
    pub fn may_be_paid_by(&self, who: Option<&str>, above: Option<i64>) -> bool {
        let large = above.is_some_and(|it| self.amount().minor() > it);
        let agreed = self.confirmed_by.as_deref();
        !large || agreed.is_some() && who.is_some() && agreed != who
    }

    /// What it pays; nothing where nothing is owed.
    pub fn amount(&self) -> Money {
        let net = self.statement.net().max(0);
        Money::new(net, self.currency).unwrap_or(Money::zero(self.currency))
    }
}

impl Settlement {
    /// Whether what was booked before its cut-off is settled for good.
    pub fn is_closed(&self) -> bool {
        self.state != State::Discarded
    }

    /// Says which invariant is broken, if any: before every commit and after every load.
    pub fn check(&self) -> Result<(), &'static str> {
        let ensure = |holds: bool, what| if holds { Ok(()) } else { Err(what) };
        ensure(self.until >= self.after, "it ends before it begins")?;
        let pays = self.statement.net() > 0;
        let nothing = self.state == State::Carried;
        ensure(pays != nothing, "nothing is paid, or what is owed is carried")?;
        let own = number(&self.merchant, self.currency, self.place);
        ensure(own.as_ref() == Some(&self.number), "its number is another's")
    }
}

/// Where the next one begins.
pub struct Start {
    pub place: u32,
    /// Of the merchant's journal.
    pub after: u64,
    pub carried: i64,
}

impl Start {
    pub fn behind(before: Option<&Settlement>) -> Result<Self, Rejection> {
        let Some(before) = before else { return Ok(Self { place: 1, after: 0, carried: 0 }) };
        let place = before.place.checked_add(1).ok_or(Rejection::TooMany)?;
        match before.state {
            State::Draft => Err(Rejection::Undecided),
            State::Discarded => {
                Ok(Self { place, after: before.after, carried: before.statement.carried })
            }
            State::Carried => {
                Ok(Self { place, after: before.until, carried: before.statement.net() })
            }
            State::Confirmed
            | State::Paying
            | State::Paid { .. }
            | State::Failed { .. }
            | State::Returned { .. }
            | State::Cancelled => Ok(Self { place, after: before.until, carried: 0 }),
        }
    }
}

/// `stl_shop_CNY_000007`: the same cause twice is the same settlement once.
fn number(merchant: &MerchantId, currency: Currency, place: u32) -> Option<VoucherNo> {
    let prefix = Settlement::PREFIX;
    format!("{prefix}{merchant}_{currency}_{place:06}").parse().ok()
}

#[cfg(test)]
mod tests;

//! A settlement: what a merchant is owed for a stretch of its journal, and how it is paid.
//!
//! [`Settlement::draft`] makes one of a stretch, [`Settlement::apply`] is the only way it changes.

mod apply;
mod calendar;

pub use apply::{Event, Rejection, Transition};
pub use calendar::{Calendar, Period};

use crate::id::{MerchantId, VoucherNo};
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
    pub created_at: Timestamp,
    /// Counts applied events; the store commits only over the version it read.
    pub version: u64,
}

/// What moved the merchant's owed money in the stretch, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// What the settlement before it could not pay: zero, or a debt.
    pub carried: i64,
    pub items: Vec<Item>,
}

/// All movements for one kind of cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub kind: String,
    pub count: u64,
    pub credited: i64,
    pub debited: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Made, and not agreed to.
    Draft,
    /// Nothing is owed: the debt, if there is one, is carried into the next.
    Carried,
    /// Agreed to: its money is reserved.
    Confirmed,
    /// Somebody pays it.
    Paying,
    Paid {
        exit: Exit,
        at: Timestamp,
    },
    /// It was not paid; its money is still reserved.
    Failed {
        reason: String,
    },
    /// Given up: its money is owed again, and part of the next.
    Cancelled,
    /// A draft that was thrown away: the next one begins where it began.
    Discarded,
}

impl State {
    /// All that [`Self::name`] may say.
    pub const NAMES: [&str; 8] =
        ["draft", "carried", "confirmed", "paying", "paid", "failed", "cancelled", "discarded"];

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Carried => "carried",
            Self::Confirmed => "confirmed",
            Self::Paying => "paying",
            Self::Paid { .. } => "paid",
            Self::Failed { .. } => "failed",
            Self::Cancelled => "cancelled",
            Self::Discarded => "discarded",
        }
    }
}

impl Item {
    /// What a settlement itself reserved is what it pays, and nothing that happened to be paid;
    /// what it gave back is owed again.
    const fn net(&self) -> i64 {
        self.credited.saturating_sub(self.debited)
    }
}

impl Statement {
    /// What is to be paid, or below zero, what is carried.
    pub fn net(&self) -> i64 {
        self.items.iter().map(Item::net).fold(self.carried, i64::saturating_add)
    }
}

/// What settlements reserve is no movement to be settled.
const OWN: &str = "settlement";

impl Settlement {
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
        let own = |it: Item| if it.kind == OWN { Item { debited: 0, ..it } } else { it };
        let items = items.into_iter().map(own).filter(|it| it.credited != 0 || it.debited != 0);
        let statement = Statement { carried, items: items.collect() };
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
            created_at,
            version,
        })
    }

    /// What it pays; nothing where nothing is owed.
    pub fn amount(&self) -> Money {
        let net = self.statement.net().max(0);
        Money::new(net, self.currency).unwrap_or(Money::zero(self.currency))
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
            | State::Cancelled => Ok(Self { place, after: before.until, carried: 0 }),
        }
    }
}

/// `stl_shop_CNY_000007`: the same cause twice is the same settlement once.
fn number(merchant: &MerchantId, currency: Currency, place: u32) -> Option<VoucherNo> {
    format!("stl_{merchant}_{currency}_{place:06}").parse().ok()
}

#[cfg(test)]
mod tests;

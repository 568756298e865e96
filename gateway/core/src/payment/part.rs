//! Parts of an order that is paid at once (合单): each is sold by an account of its own, and
//! refunded by itself.

use std::fmt;

use super::{Order, Payment};
use crate::id::{AccountId, AttemptId, IdError};
use crate::money::Money;
use crate::refund::Refund;

/// One alone is an order like any other.
pub const PARTS: std::ops::RangeInclusive<usize> = 2..=10;

/// Which part: 1 is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartNo(u8);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose money it is, and who gives it back.
    pub account: AccountId,
    pub amount: Money,
    pub subject: String,
}

impl PartNo {
    pub fn new(number: u8) -> Option<Self> {
        (1..=*PARTS.end()).contains(&number.into()).then_some(Self(number))
    }

    pub const fn number(self) -> u8 {
        self.0
    }

    const fn index(self) -> usize {
        self.0 as usize - 1
    }

    fn all(count: usize) -> impl Iterator<Item = Self> {
        (1..=u8::try_from(count).unwrap_or(u8::MAX)).map(Self)
    }
}

impl fmt::Display for PartNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl AttemptId {
    /// A part's number at the channel: the order's own, and which part.
    pub fn out_trade_no_of(self, part: PartNo) -> String {
        format!("{self}-{part}")
    }

    /// The number of an order or, where it is of several, of one of its parts.
    pub fn out_trade_no(self, part: Option<PartNo>) -> String {
        part.map_or_else(|| self.to_string(), |it| self.out_trade_no_of(it))
    }

    /// Of an order, or of a part of one.
    pub fn from_out_trade_no(text: &str) -> Result<(Self, Option<PartNo>), IdError> {
        let Some((attempt, part)) = text.split_once('-') else { return Ok((text.parse()?, None)) };
        let number = part.parse().ok().and_then(PartNo::new);
        let number = number.filter(|it| it.to_string() == part).ok_or(IdError("out_trade_no"))?;
        Ok((attempt.parse()?, Some(number)))
    }
}

impl Order {
    pub fn part(&self, number: PartNo) -> Option<&Part> {
        self.parts.get(number.index())
    }

    pub fn part_numbers(&self) -> impl Iterator<Item = PartNo> + use<> {
        PartNo::all(self.parts.len())
    }

    /// None, or as many as go together, and nothing of the order's amount is left or missing.
    pub fn parts_add_up(&self) -> bool {
        let zero = Money::zero(self.amount.currency());
        let sum = self.parts.iter().try_fold(zero, |sum, it| sum.checked_add(it.amount));
        let positive = self.parts.iter().all(|it| it.amount.minor() > 0);
        self.parts.is_empty()
            || PARTS.contains(&self.parts.len()) && positive && sum == Ok(self.amount)
    }

    /// What a refund can be of: the whole, or a part where there are parts.
    pub(super) fn refunds_go_to(&self, part: Option<PartNo>) -> bool {
        match part {
            None => self.parts.is_empty(),
            Some(number) => self.part(number).is_some(),
        }
    }
}

impl Payment {
    /// Money of this attempt, or of this part of it, that no refund has taken or reserved.
    pub fn refundable_part(&self, attempt: AttemptId, part: Option<PartNo>) -> Money {
        let zero = Money::zero(self.order.amount.currency());
        let Some(part) = part else {
            return self.refundable(attempt);
        };
        let paid = self.attempt(attempt).is_some_and(|it| it.receipt.is_some());
        let own = self.order.part(part).filter(|_| paid).map_or(zero, |it| it.amount);
        self.held(attempt, part).fold(own, |left, it| left.checked_sub(it.amount).unwrap_or(zero))
    }

    fn held(&self, attempt: AttemptId, part: PartNo) -> impl Iterator<Item = &Refund> {
        let of_part = move |it: &&Refund| it.attempt == attempt && it.part == Some(part);
        self.refunds.iter().filter(of_part).filter(|it| it.holds_money())
    }

    /// One part's money cannot pay for another's refunds.
    pub(super) fn no_part_owes(&self) -> bool {
        let covered = |attempt, number| {
            let Some(part) = self.order.part(number) else { return false };
            let mut held = self.held(attempt, number);
            held.try_fold(part.amount, |left, it| left.checked_sub(it.amount)).is_ok()
        };
        let mut attempts = self.attempts.iter();
        attempts.all(|it| self.order.part_numbers().all(|number| covered(it.id, number)))
    }
}

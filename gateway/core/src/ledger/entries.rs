//! What a payment's transition means in money.

use super::shares::shares;
use super::{Book, Cause, Posting};
use crate::fee::Fee;
use crate::id::{AccountId, AttemptId, RefundId};
use crate::money::Money;
use crate::payment::{Attempt, PartNo, Payment};
use crate::planted::bug;
use crate::refund::{Refund, RefundState};
use crate::split::Split;
use crate::time::Timestamp;

/// What the ledger has of a payment: money that came, and money that went back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Booked {
    paid: Vec<AttemptId>,
    refunded: Vec<RefundId>,
    splits: Vec<Split>,
}

impl Payment {
    pub fn booked(&self) -> Booked {
        let paid = self.attempts.iter().filter(|it| it.receipt.is_some()).map(|it| it.id);
        let refunded = self.refunds.iter().filter(|it| has_gone(it)).map(|it| it.id);
        let splits = self.splits.clone();
        Booked { paid: paid.collect(), refunded: refunded.collect(), splits }
    }
}

const fn has_gone(refund: &Refund) -> bool {
    matches!(refund.state, RefundState::Succeeded { .. })
}

/// From what was booked before to what `after` says. What is booked is never unsaid.
pub fn postings(before: &Booked, after: &Payment, now: Timestamp) -> Vec<Posting> {
    let mut list = vec![];
    for attempt in after.attempts.iter().filter(|it| !before.paid.contains(&it.id)) {
        list.extend(came(after, attempt, now));
    }
    let mut gone = before.refunded.clone();
    for refund in after.refunds.iter().filter(|it| has_gone(it)) {
        if !before.refunded.contains(&refund.id) {
            list.extend(went_back(after, refund, &gone, now));
            gone.push(refund.id);
        }
    }
    list.extend(shares(&before.splits, after, now));
    list
}

/// A share of an attempt: all of it, or one of its parts.
struct Share<'a> {
    part: Option<PartNo>,
    account: &'a AccountId,
    paid: Money,
    fee: Option<&'a Fee>,
}

impl Payment {
    /// Whether its money is to go back, or has: it should not have come.
    pub fn is_surplus(&self, attempt: AttemptId) -> bool {
        self.refunds.iter().any(|it| it.attempt == attempt && !it.is_wanted())
    }

    /// Where an attempt's money belongs.
    fn home(&self, attempt: AttemptId) -> Book {
        let merchant = self.order.merchant.clone();
        if self.is_surplus(attempt) { Book::Surplus(merchant) } else { Book::Owed(merchant) }
    }

    fn shares<'a>(&'a self, attempt: &'a Attempt, paid: Money) -> Vec<Share<'a>> {
        if self.order.parts.is_empty() {
            let (account, fee) = (&attempt.account, attempt.fees.first());
            return vec![Share { part: None, account, paid, fee }];
        }
        let numbered = self.order.part_numbers().zip(&self.order.parts).enumerate();
        let share = |(index, (number, it)): (usize, (PartNo, &'a crate::payment::Part))| {
            let (account, fee) = (&it.account, attempt.fees.get(index));
            Share { part: Some(number), account, paid: it.amount, fee }
        };
        numbered.map(share).collect()
    }

    fn share_of(&self, refund: &Refund) -> Option<Share<'_>> {
        let attempt = self.attempt(refund.attempt)?;
        let paid = attempt.receipt.as_ref()?.amount;
        self.shares(attempt, paid).into_iter().find(|it| it.part == refund.part)
    }

    /// What of its fees has gone back, taken together.
    pub fn fee_returned(&self) -> Money {
        let zero = Money::zero(self.order.amount.currency());
        let shares = self.attempts.iter().flat_map(|attempt| {
            let paid = attempt.receipt.as_ref().map_or(zero, |it| it.amount);
            self.shares(attempt, paid).into_iter().map(move |it| (attempt.id, it))
        });
        let returned = shares.filter_map(|(attempt, it)| {
            let gone = self.refunds.iter().filter(|it| has_gone(it));
            let gone = gone.filter(|gone| gone.attempt == attempt && gone.part == it.part);
            it.fee.map(|fee| fee.returned(it.paid, sum(zero, gone.map(|it| it.amount))))
        });
        sum(zero, returned)
    }

    /// What its merchant has of it, in minor units: below zero where a fee was kept of money that
    /// went back.
    pub fn net(&self) -> i64 {
        let kept = self.attempts.iter().filter(|it| !self.is_surplus(it.id));
        let came = kept.filter_map(|it| it.receipt.as_ref()).map(|it| it.amount.minor());
        let gone = self.refunds.iter().filter(|it| has_gone(it) && !self.is_surplus(it.attempt));
        let gone = gone.map(|it| it.amount.minor()).fold(0, i64::saturating_add);
        let fees = self.fee_taken().minor() - self.fee_returned().minor();
        came.fold(0, i64::saturating_add) - gone - fees
    }

    /// What was taken for it, over all its attempts.
    pub fn fee_taken(&self) -> Money {
        let zero = Money::zero(self.order.amount.currency());
        let fees = self.attempts.iter().flat_map(|it| &it.fees);
        sum(zero, fees.filter_map(|it| it.taken))
    }
}

fn sum(zero: Money, of: impl Iterator<Item = Money>) -> Money {
    of.fold(zero, |sum, it| sum.checked_add(it).unwrap_or(sum))
}

fn came(payment: &Payment, attempt: &Attempt, now: Timestamp) -> Vec<Posting> {
    let Some(receipt) = &attempt.receipt else { return vec![] };
    let merchant = &payment.order.merchant;
    let home = payment.home(attempt.id);
    let mut list = vec![];
    for share in payment.shares(attempt, receipt.amount) {
        let books = (Book::Channel(share.account.clone()), home.clone());
        let cause = Cause::Payment(attempt.id, share.part);
        list.extend(Posting::new(cause, merchant, books, share.paid, now));
        if let Some(taken) = share.fee.and_then(|it| it.taken) {
            let books = (home.clone(), Book::Fees(merchant.clone()));
            let cause = Cause::Fee(attempt.id, share.part);
            list.extend(Posting::new(cause, merchant, books, taken, now));
        }
    }
    list.into_iter().map(|it| it.moved(receipt.paid_at)).collect()
}

/// The fee's share goes back by the sum of what went back before, so no fen is lost on the way.
fn went_back(
    payment: &Payment,
    refund: &Refund,
    gone: &[RefundId],
    now: Timestamp,
) -> Vec<Posting> {
    let RefundState::Succeeded { at } = refund.state else { return vec![] };
    let Some(share) = payment.share_of(refund) else { return vec![] };
    let (merchant, home) = (&payment.order.merchant, payment.home(refund.attempt));
    let books = (home.clone(), Book::Channel(share.account.clone()));
    let back = Posting::new(Cause::Refund(refund.id), merchant, books, refund.amount, now);
    let books = (Book::Fees(merchant.clone()), home);
    let fee = payment.fee_of(refund, &share, gone);
    let fee = Posting::new(Cause::FeeReturn(refund.id), merchant, books, fee, now);
    back.into_iter().chain(fee).map(|it| it.moved(at)).collect()
}

impl Payment {
    /// What of the fee goes back with this refund, after those that have gone.
    fn fee_of(&self, refund: &Refund, share: &Share<'_>, gone: &[RefundId]) -> Money {
        let zero = Money::zero(refund.amount.currency());
        let alike = |it: &&Refund| (it.attempt, it.part) == (refund.attempt, refund.part);
        let before = self.refunds.iter().filter(alike).filter(|it| gone.contains(&it.id));
        let before = sum(zero, before.map(|it| it.amount));
        let after = sum(before, std::iter::once(refund.amount));
        let returned = |sum| share.fee.map_or(zero, |it| it.returned(share.paid, sum));
        let known = if bug("fee-returned-again") { zero } else { returned(before) };
        returned(after).checked_sub(known).unwrap_or(zero)
    }
}

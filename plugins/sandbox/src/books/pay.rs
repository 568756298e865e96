//! What the payer does: open the code, pay, turn away; and paying when it is too late.

use jiff::Timestamp;

use super::{Books, Key, Order, Status};

/// Why the wallet would not take this payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PayRefusal {
    #[error("no such order")]
    UnknownOrder,
    #[error("the order is already paid")]
    AlreadyPaid,
    #[error("the order is closed")]
    Closed,
    #[error("the order has expired")]
    Expired,
    #[error("the code is older than its life")]
    CodeExpired,
    #[error("the payer's balance does not cover the order")]
    Balance,
}

/// `Late` pays what a wallet would refuse: closed, expired, or by a dead code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    InTime,
    Late,
}

impl Order {
    /// Whether a payer who opens the code now could pay.
    pub(crate) fn payable(&self, now: Timestamp) -> Result<(), PayRefusal> {
        match self.status {
            Status::Paid => Err(PayRefusal::AlreadyPaid),
            Status::Closed => Err(PayRefusal::Closed),
            Status::Offered | Status::Waiting if self.expired(now) => Err(PayRefusal::Expired),
            Status::Offered if self.code_dies_at <= now => Err(PayRefusal::CodeExpired),
            Status::Waiting if self.opened_at.is_none() && self.code_dies_at <= now => {
                Err(PayRefusal::CodeExpired)
            }
            Status::Offered | Status::Waiting => Ok(()),
        }
    }
}

impl Books {
    /// The payer opens the code: an Alipay trade begins to exist.
    pub(crate) fn scan(&mut self, key: &Key, now: Timestamp) -> Result<&Order, PayRefusal> {
        let order = self.order(key, now).ok_or(PayRefusal::UnknownOrder)?;
        order.payable(now)?;
        order.opened_at.get_or_insert(now);
        order.status = Status::Waiting;
        Ok(order)
    }

    pub(crate) fn pay(
        &mut self,
        key: &Key,
        timing: Timing,
        now: Timestamp,
    ) -> Result<Order, PayRefusal> {
        let order = self.order(key, now).ok_or(PayRefusal::UnknownOrder)?;
        let late = match order.payable(now) {
            Ok(()) => false,
            Err(PayRefusal::AlreadyPaid) => return Err(PayRefusal::AlreadyPaid),
            Err(_) if timing == Timing::Late => true,
            Err(refusal) => return Err(refusal),
        };
        let (payer, total) = (order.payer.clone(), order.total);
        if !self.payers.take(key.0, &payer, total) {
            return Err(PayRefusal::Balance);
        }
        let order = self.order(key, now).ok_or(PayRefusal::UnknownOrder)?;
        order.late |= late;
        order.declined = false;
        order.status = Status::Paid;
        order.opened_at.get_or_insert(now);
        order.paid_at = Some(now);
        let paid = order.clone();
        let totals = self.totals.entry(key.0).or_default();
        totals.paid_orders += 1;
        totals.paid_fen += paid.total.0;
        Ok(paid)
    }

    /// The payer does not confirm a charge: it stays unpaid.
    pub(crate) fn decline(&mut self, key: &Key, now: Timestamp) -> Result<(), PayRefusal> {
        let order = self.order(key, now).ok_or(PayRefusal::UnknownOrder)?;
        order.payable(now)?;
        order.declined = true;
        Ok(())
    }

    /// The payer gives the order up; an unpaid order closes.
    pub(crate) fn cancel(&mut self, key: &Key, now: Timestamp) -> Result<(), PayRefusal> {
        let order = self.order(key, now).ok_or(PayRefusal::UnknownOrder)?;
        match order.status {
            Status::Paid => return Err(PayRefusal::AlreadyPaid),
            Status::Closed => return Err(PayRefusal::Closed),
            Status::Offered | Status::Waiting => {}
        }
        order.status = Status::Closed;
        order.closed_at = Some(now);
        Ok(())
    }

    /// The time for refunds ends.
    pub(crate) fn finish(&mut self, key: &Key, now: Timestamp) -> Result<(), PayRefusal> {
        let order = self.order(key, now).ok_or(PayRefusal::UnknownOrder)?;
        order.finished = order.status == Status::Paid;
        Ok(())
    }

    /// Moves the order's expiry to `now`.
    pub(crate) fn expire(&mut self, key: &Key, now: Timestamp) -> Result<(), PayRefusal> {
        let order = self.order(key, now).ok_or(PayRefusal::UnknownOrder)?;
        order.expires_at = Some(now);
        order.settle_time(now);
        Ok(())
    }
}

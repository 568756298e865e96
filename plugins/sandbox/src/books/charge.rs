//! A till charges a payment code, and takes the charge back.

use jiff::Timestamp;

use super::{Books, Key, NewOrder, Order, PayRefusal, Refund, RefundStatus, Status, Timing};
use crate::crypto::random_digits;

/// What became of a charge at a till; the order exists in any case.
pub(crate) enum Charged {
    Paid(Box<Order>),
    /// The payer's phone asks for the password.
    Confirming(Box<Order>),
    Refused(PayRefusal),
}

/// What taking an order back did.
pub(crate) enum Reversal {
    Closed,
    Refunded(Box<(Order, Refund)>),
    /// It was closed, or its money had gone back, before.
    Nothing,
}

impl Books {
    /// Enters the order and pays it at once, unless the payer has to confirm.
    pub(crate) fn charge(&mut self, new: NewOrder, confirm: bool, now: Timestamp) -> Charged {
        let order = Box::new(self.insert(new, now).clone());
        if confirm { Charged::Confirming(order) } else { self.charge_again(&order, now) }
    }

    /// The same code at the same till: pays what could not be paid before.
    pub(crate) fn charge_again(&mut self, order: &Order, now: Timestamp) -> Charged {
        match self.pay(&order.key(), Timing::InTime, now) {
            Ok(paid) => Charged::Paid(Box::new(paid)),
            Err(refusal) => Charged::Refused(refusal),
        }
    }

    /// Unpaid: closes. Paid: gives back what is left. `None` when there is no such order.
    pub(crate) fn reverse(&mut self, key: &Key, now: Timestamp) -> Option<Reversal> {
        let order = self.order(key, now)?;
        let first = !order.reversed;
        match order.status {
            Status::Offered | Status::Waiting => {
                order.reversed = true;
                order.status = Status::Closed;
                order.closed_at = Some(now);
                Some(Reversal::Closed)
            }
            Status::Paid if first && !order.fully_refunded() => {
                order.reversed = true;
                Some(self.give_back(key, now))
            }
            Status::Paid | Status::Closed => Some(Reversal::Nothing),
        }
    }

    fn give_back(&mut self, key: &Key, now: Timestamp) -> Reversal {
        let Some(order) = self.order(key, now) else { return Reversal::Nothing };
        let refund = Refund {
            out_refund_no: order.out_trade_no.clone(),
            refund_id: random_digits(28),
            amount: order.total.plus(-order.refunded().0),
            reason: None,
            notify_url: None,
            status: RefundStatus::Success,
            created_at: now,
            finished_at: Some(now),
        };
        self.add_refund(key, refund.clone());
        let order = self.order(key, now).map(|order| order.clone());
        order.map_or(Reversal::Nothing, |order| Reversal::Refunded(Box::new((order, refund))))
    }

    /// Charges that wait for this payer's password, newest first.
    pub(crate) fn confirming(&mut self, payer: &str, now: Timestamp) -> Vec<&Order> {
        let recent = self.recent(0, LOOKED_THROUGH, now);
        recent.into_iter().filter(|order| order.payer == payer && order.confirms()).collect()
    }
}

/// A charge is confirmed within minutes, so it is among the newest orders.
const LOOKED_THROUGH: usize = 1_000;

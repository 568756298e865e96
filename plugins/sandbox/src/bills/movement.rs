//! What the books hold of a day: every payment and every refund, in the order of their times.

use jiff::Timestamp;

use super::Day;
use crate::books::{Books, Channel, Order, Refund, RefundStatus};
use crate::money::Fen;

#[derive(Clone)]
pub(crate) enum Movement {
    Paid(Order, Timestamp),
    Refunded(Order, Refund),
}

/// Both channels keep 0.6 % of a payment here, and of a refund nothing.
pub(crate) fn fee(amount: Fen) -> Fen {
    Fen((amount.0 * 6 + 500) / 1000)
}

impl Movement {
    /// Refunds that came to nothing moved nothing.
    pub(crate) fn of_day(
        books: &Books,
        channel: Channel,
        day: Day,
        own: impl Fn(&Order) -> bool,
    ) -> Vec<Self> {
        let orders = books.all().filter(|order| order.channel == channel && own(order));
        let mut found: Vec<_> = orders.flat_map(Self::of_order).collect();
        found.retain(|it| (day.begin()..day.end()).contains(&it.at()));
        found.sort_by_key(Self::at);
        found
    }

    fn of_order(order: &Order) -> impl Iterator<Item = Self> {
        let paid = order.paid_at.map(|at| Self::Paid(order.clone(), at));
        let refunds = order.refunds.iter().filter(|it| it.status != RefundStatus::Closed);
        paid.into_iter().chain(refunds.map(|it| Self::Refunded(order.clone(), it.clone())))
    }

    /// A refund is in the bill of the day on which it was asked for.
    pub(crate) fn at(&self) -> Timestamp {
        match self {
            Self::Paid(_, at) => *at,
            Self::Refunded(_, refund) => refund.created_at,
        }
    }

    pub(crate) fn order(&self) -> &Order {
        match self {
            Self::Paid(order, _) | Self::Refunded(order, _) => order,
        }
    }

    pub(crate) fn refund(&self) -> Option<&Refund> {
        match self {
            Self::Paid(..) => None,
            Self::Refunded(_, refund) => Some(refund),
        }
    }

    pub(crate) fn add_a_fen(&mut self) {
        if let Self::Paid(order, _) = self {
            order.total.0 += 1;
        }
    }

    /// Of the payment, or of the refund.
    pub(crate) fn amount(&self) -> Fen {
        self.refund().map_or(self.order().total, |it| it.amount)
    }
}

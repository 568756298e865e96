//! What a line is about, in one order for both sides.

use std::fmt;
use std::str::FromStr;

use crate::id::{AttemptId, IdError, PaymentId, RefundId, RefundNo};
use crate::ledger::Cause;
use crate::payment::PartNo;

/// An order, a part of one, or a refund under its number; in the order of the ledger's causes, so
/// that our books can be read beside a sorted bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    kind: Kind,
    pub payment: PaymentId,
    number: u16,
    /// Of an order, the place of its part; of a refund, its round.
    further: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Order,
    /// Refunds of an order under numbers that are none of ours, all of them together.
    Other,
    Refund,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Order, Self::Other, Self::Refund];

    const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Other => "other",
            Self::Refund => "refund",
        }
    }
}

/// Parts as their numbers' texts sort: the tenth comes behind the first.
const PARTS: [u8; 10] = [1, 10, 2, 3, 4, 5, 6, 7, 8, 9];

fn place(part: PartNo) -> u16 {
    let before = PARTS.into_iter().take_while(|it| *it != part.number());
    before.fold(1, |place, _| place + 1)
}

impl Key {
    /// Below that of anything that was ever paid.
    pub const FIRST: Self =
        Self { kind: Kind::Order, payment: AttemptId::NOBODYS.payment, number: 0, further: 0 };

    pub fn order(attempt: AttemptId, part: Option<PartNo>) -> Self {
        let AttemptId { payment, number } = attempt;
        Self { kind: Kind::Order, payment, number, further: part.map_or(0, place) }
    }

    /// What others gave back of an order: by hand, or by another system.
    pub fn other(attempt: AttemptId, part: Option<PartNo>) -> Self {
        Self { kind: Kind::Other, ..Self::order(attempt, part) }
    }

    pub const fn refund(number: RefundNo) -> Self {
        let RefundNo { refund: RefundId { payment, number }, round } = number;
        Self { kind: Kind::Refund, payment, number, further: round }
    }

    pub const fn is_refund(&self) -> bool {
        matches!(self.kind, Kind::Refund | Kind::Other)
    }

    /// Of an order, or of what others gave back of it.
    pub fn attempt(&self) -> Option<(AttemptId, Option<PartNo>)> {
        let part = usize::from(self.further).checked_sub(1).and_then(|it| PARTS.get(it));
        let attempt = AttemptId { payment: self.payment, number: self.number };
        (self.kind != Kind::Refund).then(|| (attempt, part.and_then(|it| PartNo::new(*it))))
    }

    pub const fn refund_no(&self) -> Option<RefundNo> {
        let refund = RefundId { payment: self.payment, number: self.number };
        let number = RefundNo { refund, round: self.further };
        if matches!(self.kind, Kind::Refund) { Some(number) } else { None }
    }

    /// What would have moved its money in our books.
    pub fn cause(&self) -> Option<Cause> {
        let refund = RefundId { payment: self.payment, number: self.number };
        match self.kind {
            Kind::Order => self.attempt().map(|(attempt, part)| Cause::Payment(attempt, part)),
            Kind::Other => None,
            Kind::Refund => Some(Cause::Refund(refund)),
        }
    }

    /// Behind this one comes the cause of whatever has a higher key. Refunds are booked without
    /// their rounds, so one of the same refund may still follow.
    pub fn cause_before(&self) -> Cause {
        let number = self.number.saturating_sub(1);
        match self.kind {
            Kind::Order => Cause::Payment(
                AttemptId { payment: self.payment, number: self.number },
                self.attempt().and_then(|it| it.1),
            ),
            Kind::Other => Cause::Refund(RefundId { payment: Self::FIRST.payment, number: 0 }),
            Kind::Refund => Cause::Refund(RefundId { payment: self.payment, number }),
        }
    }

    /// The channel's number of it: `out_trade_no` or `out_refund_no`.
    pub fn number(&self) -> String {
        match (self.attempt(), self.refund_no()) {
            (Some((attempt, part)), _) => attempt.out_trade_no(part),
            (None, number) => number.map(RefundNo::out_refund_no).unwrap_or_default(),
        }
    }
}

/// Texts sort as keys do.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.name(), self.number())
    }
}

impl FromStr for Key {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let parse = || {
            let (kind, number) = text.split_once('/')?;
            let order = || AttemptId::from_out_trade_no(number).ok();
            Some(match Kind::ALL.into_iter().find(|it| it.name() == kind)? {
                Kind::Order => order().map(|(attempt, part)| Self::order(attempt, part))?,
                Kind::Other => order().map(|(attempt, part)| Self::other(attempt, part))?,
                Kind::Refund => Self::refund(RefundNo::from_out_refund_no(number).ok()?),
            })
        };
        parse().ok_or(IdError("key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_sort_as_keys_and_causes_do() {
        let payments = [1_u128, 7].map(|it| {
            let merchant = "shop".parse().unwrap();
            PaymentId::new(crate::time::Timestamp(1_768_451_696_000), &merchant, it)
        });
        let mut keys = vec![];
        for payment in payments {
            for number in [1, 768, 1023] {
                let parts = (0..=10).map(PartNo::new);
                let attempt = AttemptId { payment, number };
                keys.extend(parts.clone().map(|it| Key::order(attempt, it)));
                keys.extend(parts.map(|it| Key::other(attempt, it)));
                let refund = RefundId { payment, number };
                keys.extend([0, 1, 31].map(|round| Key::refund(RefundNo { refund, round })));
            }
        }
        keys.sort_unstable();
        let texts: Vec<_> = keys.iter().map(ToString::to_string).collect();
        assert!(texts.is_sorted_by(|a, b| a < b), "{texts:#?}");
        let causes = keys.iter().filter_map(Key::cause).map(|it| it.to_string());
        let causes: Vec<_> = causes.collect();
        assert!(causes.is_sorted(), "{causes:#?}");
        for (key, text) in keys.iter().zip(texts) {
            assert_eq!(text.parse(), Ok(*key));
            assert!(Key::FIRST < *key, "{text}");
            // Nothing that is behind it is skipped.
            let before = key.cause_before().to_string();
            let behind = keys.iter().filter(|it| *it > key).filter_map(Key::cause);
            assert!(behind.map(|it| it.to_string()).all(|it| before < it), "{text}");
        }
        for odd in ["", "order/", "refund/x", "x/y", "order"] {
            assert!(odd.parse::<Key>().is_err(), "{odd}");
        }
    }
}

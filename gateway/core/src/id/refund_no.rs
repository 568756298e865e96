//! What a refund is called at its channel.

use super::{IdError, RefundId, encode, number, split};

/// A refund's number at the channel, its `out_refund_no` or `out_request_no`. Only where the
/// channel closed one does the refund get a further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefundNo {
    pub refund: RefundId,
    /// How many were closed before it.
    pub round: u16,
}

impl RefundNo {
    pub const MAX_ROUND: u16 = 1023;

    pub fn out_refund_no(self) -> String {
        let RefundId { payment, number } = self.refund;
        let round = if self.round == 0 { String::new() } else { encode(self.round.into(), 2) };
        format!("{}R{}{round}", payment.digits(), encode(number.into(), 2))
    }

    pub fn from_out_refund_no(text: &str) -> Result<Self, IdError> {
        let parse = || {
            let (payment, tail) = split(text)?;
            let (digits, further) = tail.strip_prefix('R')?.split_at_checked(2)?;
            let id = number(digits, 2, RefundId::MAX_NUMBER)?;
            let further = (!further.is_empty()).then(|| super::number(further, 2, Self::MAX_ROUND));
            let round = further.map_or(Some(0), |it| it)?;
            Some(Self { refund: RefundId { payment, number: id }, round })
        };
        parse().ok_or(IdError("out_refund_no"))
    }
}

impl From<RefundId> for RefundNo {
    fn from(refund: RefundId) -> Self {
        Self { refund, round: 0 }
    }
}

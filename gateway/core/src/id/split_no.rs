//! What a split is called at its channel.

use std::fmt;
use std::str::FromStr;

use super::{IdError, PaymentId, encode, number, split};

/// One split of a payment's money, or its finish, or what comes back of one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SplitId {
    pub payment: PaymentId,
    pub number: u16,
}

text_form!(
    SplitId,
    "split id",
    |it| format!("spl_{}{}", it.payment.digits(), encode(it.number.into(), 2)),
    |text| text.strip_prefix("spl_").and_then(split).and_then(|(payment, tail)| {
        Some(Self { payment, number: number(tail, 2, Self::MAX_NUMBER)? })
    })
);

impl SplitId {
    pub const MAX_NUMBER: u16 = 1023;

    /// Its one number at the channel: `out_order_no`, `out_return_no` or `out_request_no`.
    pub fn out_order_no(self) -> String {
        format!("{}S{}", self.payment.digits(), encode(self.number.into(), 2))
    }

    pub fn from_out_order_no(text: &str) -> Result<Self, IdError> {
        let parse = || {
            let (payment, tail) = split(text)?;
            let number = number(tail.strip_prefix('S')?, 2, Self::MAX_NUMBER)?;
            Some(Self { payment, number })
        };
        parse().ok_or(IdError("out_order_no"))
    }
}

//! Why money moved. A cause moves money once, ever: its text is the key of what was written.

use std::fmt;
use std::str::FromStr;

use crate::id::{AttemptId, IdError, PaymentId, RefundId, VoucherNo};
use crate::payment::PartNo;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Money came by this attempt, or by a part of it.
    Payment(AttemptId, Option<PartNo>),
    /// Our fee of it.
    Fee(AttemptId, Option<PartNo>),
    /// What the channel kept of it, as its bill says.
    ChannelFee(AttemptId, Option<PartNo>),
    Refund(RefundId),
    /// The share of our fee that goes back with it.
    FeeReturn(RefundId),
    /// A share of a payment that goes to another receiver.
    Split(VoucherNo, Step),
    Payout(VoucherNo, Step),
    Settlement(VoucherNo, Step),
    /// A person's correction.
    Adjustment(VoucherNo),
}

/// Of what is reserved first. Paid and released are one step: only one of them ever happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Reserved,
    Ended,
    /// What was paid came back afterwards.
    Returned,
}

impl Step {
    const ALL: [Self; 3] = [Self::Reserved, Self::Ended, Self::Returned];

    const fn name(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Ended => "ended",
            Self::Returned => "returned",
        }
    }
}

impl Cause {
    /// All that [`Self::kind`] may say.
    pub const KINDS: [&str; 9] = [
        "payment",
        "fee",
        "channel_fee",
        "refund",
        "fee_return",
        "split",
        "payout",
        "settlement",
        "adjustment",
    ];

    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Payment(..) => "payment",
            Self::Fee(..) => "fee",
            Self::ChannelFee(..) => "channel_fee",
            Self::Refund(_) => "refund",
            Self::FeeReturn(_) => "fee_return",
            Self::Split(..) => "split",
            Self::Payout(..) => "payout",
            Self::Settlement(..) => "settlement",
            Self::Adjustment(_) => "adjustment",
        }
    }

    /// What a person would look up: the channel's number of the order, the refund, the voucher.
    pub fn of(&self) -> String {
        match self {
            Self::Payment(attempt, part)
            | Self::Fee(attempt, part)
            | Self::ChannelFee(attempt, part) => attempt.out_trade_no(*part),
            Self::Refund(refund) | Self::FeeReturn(refund) => refund.to_string(),
            Self::Split(number, _)
            | Self::Payout(number, _)
            | Self::Settlement(number, _)
            | Self::Adjustment(number) => number.to_string(),
        }
    }

    /// The payment whose money it is, where it is one's.
    pub const fn payment(&self) -> Option<PaymentId> {
        match self {
            Self::Payment(attempt, _) | Self::Fee(attempt, _) | Self::ChannelFee(attempt, _) => {
                Some(attempt.payment)
            }
            Self::Refund(refund) | Self::FeeReturn(refund) => Some(refund.payment),
            Self::Split(..) | Self::Payout(..) | Self::Settlement(..) | Self::Adjustment(_) => None,
        }
    }

    const fn step(&self) -> Option<Step> {
        match self {
            Self::Split(_, step) | Self::Payout(_, step) | Self::Settlement(_, step) => Some(*step),
            Self::Payment(..)
            | Self::Fee(..)
            | Self::ChannelFee(..)
            | Self::Refund(_)
            | Self::FeeReturn(_)
            | Self::Adjustment(_) => None,
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('/')?;
        let order = || AttemptId::from_out_trade_no(rest).ok();
        let stepped = || {
            let (number, step) = rest.split_once('/')?;
            let step = Step::ALL.into_iter().find(|it| it.name() == step)?;
            Some((number.parse().ok()?, step))
        };
        Some(match kind {
            "payment" => order().map(|(attempt, part)| Self::Payment(attempt, part))?,
            "fee" => order().map(|(attempt, part)| Self::Fee(attempt, part))?,
            "channel_fee" => order().map(|(attempt, part)| Self::ChannelFee(attempt, part))?,
            "refund" => Self::Refund(rest.parse().ok()?),
            "fee_return" => Self::FeeReturn(rest.parse().ok()?),
            "split" => stepped().map(|(number, step)| Self::Split(number, step))?,
            "payout" => stepped().map(|(number, step)| Self::Payout(number, step))?,
            "settlement" => stepped().map(|(number, step)| Self::Settlement(number, step))?,
            "adjustment" => Self::Adjustment(rest.parse().ok()?),
            _ => return None,
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind(), self.of())?;
        self.step().map_or(Ok(()), |step| write!(f, "/{}", step.name()))
    }
}

impl FromStr for Cause {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::read(text).ok_or(IdError("cause"))
    }
}

//! A day's bill (对账单): what is asked for, where its file is, what its lines say.

pub mod text;

use std::io::Read;

use paymux_core::{Money, Timestamp};

pub use paymux_core::bill::{Bill, BillKind};

pub use text::Fee;

/// What a channel says of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillAnswer {
    /// It is there to be fetched.
    At(BillFile),
    /// The file came whole.
    Fetched,
    /// There is none: nothing happened that day, or it is not made yet. Only time tells which.
    Absent,
    /// It is being made; later.
    Making,
}

impl BillAnswer {
    /// A closed set of words for metrics and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::At(_) => "bill_at",
            Self::Fetched => "bill_fetched",
            Self::Absent => "bill_absent",
            Self::Making => "bill_making",
        }
    }
}

/// Where a bill's file is, and how it is known to be whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BillFile {
    /// None where the question itself is answered with the file.
    pub url: Option<String>,
    /// Over the file unpacked.
    pub sha1: Option<[u8; 20]>,
}

/// One line of a bill that has been read to here without fault. The bill may still end in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// In the file, from one.
    pub line: u64,
    pub at: Timestamp,
    /// As it stands there; an order of another system of the same account is possible.
    pub out_trade_no: String,
    pub channel_trade_no: String,
    pub entry: BillEntry,
    /// What the channel keeps of it, or gives back.
    pub fee: Option<Fee>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillEntry {
    Paid {
        amount: Money,
    },
    Refund {
        out_refund_no: String,
        channel_refund_no: Option<String>,
        amount: Money,
        state: BillRefund,
    },
    /// A charge that was undone, which does not say whether it had been paid.
    Reversed,
    /// A movement of the account's balance.
    Funds {
        income: bool,
        amount: Money,
        /// The channel's own word for what moved it.
        business: String,
    },
}

/// How a refund stands, in the words of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillRefund {
    Succeeded,
    Processing,
    /// A word that decides nothing: the channel must be asked.
    Unclear,
}

/// Why a bill is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BillFault {
    /// Not a line of it may be believed.
    #[error("line {line}: {what}")]
    Refused { line: u64, what: &'static str },
    /// The file says that there is no bill, as [`BillAnswer::Absent`] does.
    #[error("there is no bill")]
    Absent,
    #[error("the bill is being made")]
    Making,
    /// The channel refuses to give it, in a code of its own.
    #[error("the channel gives no bill: {code}")]
    Denied { code: String },
    /// We could not read what we had kept.
    #[error("the file could not be read")]
    Unread,
}

/// The lines of a bill in its own order. After a fault comes nothing more; a bill is whole where
/// the last line is followed by none.
pub type BillLines = Box<dyn Iterator<Item = Result<BillLine, BillFault>> + Send>;

/// The bytes of a bill's file, as they came. An error of kind `ConnectionAborted` is our own.
pub type BillBytes = Box<dyn Read + Send>;

/// Steps until the bill ends, or its first fault.
pub fn lines(
    mut step: impl FnMut() -> Result<Option<BillLine>, BillFault> + Send + 'static,
) -> BillLines {
    let mut over = false;
    Box::new(std::iter::from_fn(move || {
        let next = if over { None } else { step().transpose() };
        over = !matches!(next, Some(Ok(_)));
        next
    }))
}

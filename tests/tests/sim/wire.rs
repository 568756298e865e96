//! The words between gateway and simulated channel: JSON, and a keyed checksum as its signature.

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub(crate) const SIGNATURE: &str = "sim-signature";

/// A request to the channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask")]
pub(crate) enum Ask {
    Pay {
        order: String,
        amount: i64,
        subject: String,
        /// Takes the money at once, from whoever shows this code.
        charge: Option<String>,
        expires: i64,
    },
    Query {
        order: String,
    },
    Close {
        order: String,
    },
    Reverse {
        order: String,
    },
    Refund {
        order: String,
        refund: String,
        amount: i64,
        paid: i64,
    },
    QueryRefund {
        order: String,
        refund: String,
    },
}

impl Ask {
    pub(crate) fn order(&self) -> &str {
        match self {
            Self::Pay { order, .. }
            | Self::Query { order }
            | Self::Close { order }
            | Self::Reverse { order }
            | Self::Refund { order, .. }
            | Self::QueryRefund { order, .. } => order,
        }
    }
}

/// An answer of the channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tell")]
pub(crate) enum Tell {
    Accepted { code: String },
    Confirm,
    Unpaid,
    Paid { amount: i64, trade: String, at: i64 },
    Refused { code: String },
    Closed,
    Absent,
    AlreadyPaid,
    RefundAccepted { number: String },
    RefundDone { amount: i64, number: String, at: i64 },
    RefundRefused { code: String },
    RefundClosed { code: String },
    RefundAbnormal { code: String },
    RefundAbsent,
    Unknown { code: String },
}

/// A message of the channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) order: String,
    pub(crate) news: Vec<Story>,
    /// The account it speaks of, where that is another one.
    pub(crate) stranger: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "story")]
pub(crate) enum Story {
    Paid { amount: i64, trade: String, at: i64 },
    Closed,
    RefundDone { refund: String, amount: i64, number: String, at: i64 },
    RefundFailed { refund: String, code: String },
    RefundAbnormal { refund: String, code: String },
}

/// FNV-1a over the key and the bytes: enough where nobody calculates against us.
pub(crate) fn sign(key: &str, bytes: &[u8]) -> String {
    let all = key.bytes().chain(bytes.iter().copied());
    let hash = all.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

pub(crate) fn write<T: Serialize>(it: &T) -> Bytes {
    serde_json::to_vec(it).expect("plain data").into()
}

pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    serde_json::from_slice(bytes).ok()
}

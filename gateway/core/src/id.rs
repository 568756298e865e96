//! Identifiers: parsed, never validated later.
//!
//! Only a [`PaymentId`] is generated. Every other id is the payment's id and a number, so the
//! same cause twice is the same thing once, and whoever holds any id knows the payment (and its
//! shard) without a look-up: a notification brings only our `out_trade_no`.

mod bucket;
mod digits;
mod pattern;
mod refund_no;
mod transfer;

pub use refund_no::RefundNo;
pub use split_no::SplitId;
pub use transfer::TransferId;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use digits::{decode, encode};

use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed {0}")]
pub struct IdError(pub &'static str);

/// 128 bits in base 32.
const PAYMENT_DIGITS: usize = 26;
const BUCKET_BITS: u32 = 10;
const ENTROPY_BITS: u32 = 70;

/// 48 bits of milliseconds, 10 bits of merchant bucket, 70 bits of chance: sorts by time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentId(u128);

impl PaymentId {
    pub fn new(at: Timestamp, merchant: &MerchantId, entropy: u128) -> Self {
        let millis = u128::from(at.0.unsigned_abs()) & ((1 << 48) - 1);
        let bucket = u128::from(merchant.bucket());
        let chance = entropy & ((1 << ENTROPY_BITS) - 1);
        Self((millis << (BUCKET_BITS + ENTROPY_BITS)) | (bucket << ENTROPY_BITS) | chance)
    }

    /// Which of 1,024 shards this payment lives in.
    pub fn bucket(self) -> u16 {
        let bits = (self.0 >> ENTROPY_BITS) & ((1 << BUCKET_BITS) - 1);
        u16::try_from(bits).unwrap_or(u16::MAX)
    }

    fn digits(self) -> String {
        encode(self.0, PAYMENT_DIGITS)
    }

    fn from_digits(digits: &str) -> Option<Self> {
        decode(digits, PAYMENT_DIGITS).map(Self)
    }
}

fn number(text: &str, digits: usize, max: u16) -> Option<u16> {
    let value = u16::try_from(decode(text, digits)?).ok()?;
    (1..=max).contains(&value).then_some(value)
}

/// Splits `text` behind the payment's digits, without ever cutting a character.
fn split(text: &str) -> Option<(PaymentId, &str)> {
    let (head, tail) = text.split_at_checked(PAYMENT_DIGITS)?;
    Some((PaymentId::from_digits(head)?, tail))
}

macro_rules! text_form {
    ($name:ident, $what:literal, |$it:ident| $write:expr, |$text:ident| $read:expr) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let $it = self;
                f.write_str(&$write)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }
        impl FromStr for $name {
            type Err = IdError;

            fn from_str($text: &str) -> Result<Self, IdError> {
                $read.ok_or(IdError($what))
            }
        }
    };
}

/// Behind the macro it is written with.
mod split_no;

/// One try on one account. Its text **is** the channel's `out_trade_no`: 28 of `[0-9A-Z]`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId {
    pub payment: PaymentId,
    pub number: u16,
}

/// One refund.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefundId {
    pub payment: PaymentId,
    pub number: u16,
}

impl RefundId {
    pub const MAX_NUMBER: u16 = 1023;
}

impl AttemptId {
    pub const MAX_NUMBER: u16 = 1023;
    /// Of 1970, when there was nothing to pay: a channel can be asked about it, and knows nothing.
    pub const NOBODYS: Self = Self { payment: PaymentId(0), number: 1 };
}

/// One merchant event; its number is the payment's event version: increasing, without gaps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    pub payment: PaymentId,
    pub number: u16,
}

/// One merchant event on its way to one endpoint.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId {
    pub event: EventId,
    pub endpoint: EndpointId,
}

text_form!(PaymentId, "payment id", |it| format!("pay_{}", it.digits()), |text| {
    text.strip_prefix("pay_").and_then(Self::from_digits)
});
text_form!(
    AttemptId,
    "out_trade_no",
    |it| format!("{}{}", it.payment.digits(), encode(it.number.into(), 2)),
    |text| split(text).and_then(|(payment, tail)| {
        Some(Self { payment, number: number(tail, 2, Self::MAX_NUMBER)? })
    })
);
text_form!(
    RefundId,
    "refund id",
    |it| format!("ref_{}{}", it.payment.digits(), encode(it.number.into(), 2)),
    |text| text.strip_prefix("ref_").and_then(split).and_then(|(payment, tail)| {
        Some(Self { payment, number: number(tail, 2, Self::MAX_NUMBER)? })
    })
);
text_form!(
    EventId,
    "event id",
    |it| format!("evt_{}{}", it.payment.digits(), encode(it.number.into(), 4)),
    |text| text
        .strip_prefix("evt_")
        .and_then(split)
        .and_then(|(payment, tail)| { Some(Self { payment, number: number(tail, 4, u16::MAX)? }) })
);
text_form!(
    DeliveryId,
    "delivery id",
    |it| format!("dlv_{}_{}", &it.event.to_string()[4..], it.endpoint),
    |text| text.strip_prefix("dlv_").and_then(|it| it.split_once('_')).and_then(|(head, tail)| {
        let event = format!("evt_{head}").parse().ok()?;
        Some(Self { event, endpoint: tail.parse().ok()? })
    })
);

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $max:expr, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        text_form!($name, $what, |it| it.0.to_string(), |text| {
            let fits = (1..=$max).contains(&text.len()) && text.bytes().all($allowed);
            fits.then(|| Self(text.into()))
        });
    };
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
}

fn is_order_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

name!(
    /// A merchant, as the operator named it: `[a-z0-9_-]{1,40}`.
    MerchantId, "merchant id", 40, is_name_byte
);
name!(
    /// One merchant account at one channel, as the operator named it.
    AccountId, "account id", 40, is_name_byte
);
name!(
    /// A merchant's webhook receiver, unique within the merchant.
    EndpointId, "endpoint id", 40, is_name_byte
);
name!(
    /// A merchant's code plate (码牌), as the operator named it; no two merchants share one.
    PlateId, "plate id", 40, is_name_byte
);
name!(
    /// The merchant's own number for an order or a refund: `[0-9A-Za-z_-]{1,64}`.
    OrderNo, "order number", 64, is_order_byte
);
name!(
    /// The number of what moves money and is no payment: a settlement, a payout, a split, a
    /// correction.
    VoucherNo, "voucher number", 64, is_order_byte
);

#[cfg(test)]
mod tests;

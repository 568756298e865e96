//! How single fields are written: ids and words as text, time and money as numbers.

/// Whatever has exactly one text.
pub(super) mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<T: Display, S: Serializer>(it: &T, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(it)
    }

    pub(crate) fn deserialize<'de, T, D>(d: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

pub(super) mod method {
    use paymux_core::payment::Method;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(it: &Method, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(it.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Method, D::Error> {
        let name = String::deserialize(d)?;
        Method::from_name(&name).ok_or_else(|| D::Error::custom("not a method"))
    }
}

/// 1 is the first.
pub(super) mod part_no {
    use paymux_core::payment::PartNo;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(it: &Option<PartNo>, s: S) -> Result<S::Ok, S::Error> {
        it.map(PartNo::number).serialize(s)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<PartNo>, D::Error> {
        let number = Option::<u8>::deserialize(d)?;
        let part = |it| PartNo::new(it).ok_or_else(|| D::Error::custom("not a part"));
        number.map(part).transpose()
    }
}

pub(super) mod auth_code {
    use paymux_core::payment::AuthCode;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(it: &Option<AuthCode>, s: S) -> Result<S::Ok, S::Error> {
        it.as_ref().map(AuthCode::expose).serialize(s)
    }

    pub(crate) fn deserialize<'de, D>(d: D) -> Result<Option<AuthCode>, D::Error>
    where
        D: Deserializer<'de>,
    {
        Ok(Option::<String>::deserialize(d)?.map(AuthCode::new))
    }
}

pub(super) mod trace {
    use paymux_core::trace::Trace;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(it: &Option<Trace>, s: S) -> Result<S::Ok, S::Error> {
        it.as_ref().map(Trace::to_string).serialize(s)
    }

    pub(crate) fn deserialize<'de, D>(d: D) -> Result<Option<Trace>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let text = Option::<String>::deserialize(d)?;
        text.map(|it| it.parse().map_err(D::Error::custom)).transpose()
    }
}

pub(super) mod timestamp {
    use paymux_core::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(it: &Timestamp, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i64(it.0)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(d).map(Timestamp)
    }
}

pub(super) mod money {
    use paymux_core::{Currency, Money};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Record {
        minor: i64,
        #[serde(with = "super::text")]
        currency: Currency,
    }

    pub(crate) fn serialize<S: Serializer>(it: &Money, s: S) -> Result<S::Ok, S::Error> {
        Record { minor: it.minor(), currency: it.currency() }.serialize(s)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Money, D::Error> {
        let Record { minor, currency } = Record::deserialize(d)?;
        Money::new(minor, currency).map_err(D::Error::custom)
    }
}

/// 32 bytes as 64 hexadecimal digits.
pub(super) mod digest {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(it: &[u8; 32], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex::encode(it))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<[u8; 32], D::Error> {
        let mut digest = [0; 32];
        let digits = String::deserialize(d)?;
        hex::decode_to_slice(&digits, &mut digest).map_err(D::Error::custom)?;
        Ok(digest)
    }
}

/// A `Vec` or an `Option` of a core type: its twin in a wrapper, and the way in and out of it.
macro_rules! wrapped {
    ($name:ident: $outer:ident of $inner:ty as $record:literal, $write:expr, $read:expr) => {
        pub(super) mod $name {
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            use super::super::*;

            #[derive(Serialize)]
            #[serde(transparent)]
            struct Out<'a>(#[serde(with = $record)] &'a $inner);

            #[derive(Deserialize)]
            #[serde(transparent)]
            struct In(#[serde(with = $record)] $inner);

            pub(crate) fn serialize<S: Serializer>(
                it: &$outer<$inner>,
                s: S,
            ) -> Result<S::Ok, S::Error> {
                let write: fn(&$outer<$inner>) -> $outer<Out<'_>> = $write;
                write(it).serialize(s)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
                d: D,
            ) -> Result<$outer<$inner>, D::Error> {
                let read: fn($outer<In>) -> $outer<$inner> = $read;
                $outer::<In>::deserialize(d).map(read)
            }
        }
    };
}

macro_rules! list {
    ($name:ident, $inner:ty, $record:literal) => {
        wrapped!($name: Vec of $inner as $record,
            |it| it.iter().map(Out).collect(),
            |it| it.into_iter().map(|it| it.0).collect()
        );
    };
}

macro_rules! maybe {
    ($name:ident, $inner:ty, $record:literal) => {
        wrapped!($name: Option of $inner as $record,
            |it| it.as_ref().map(Out),
            |it| it.map(|it| it.0)
        );
    };
}

list!(parts, Part, "PartRecord");
list!(attempts, Attempt, "AttemptRecord");
list!(refunds, Refund, "RefundRecord");
list!(splits, Split, "SplitRecord");
list!(lines, Line, "LineRecord");
list!(fees, Fee, "FeeRecord");
maybe!(some_money, Money, "field::money");
maybe!(cashier, Cashier, "CashierRecord");
maybe!(door, Door, "DoorRecord");
maybe!(plate, PlateId, "field::text");
maybe!(closing, CloseReason, "CloseReasonRecord");
maybe!(till, TillTimes, "TillTimesRecord");
maybe!(recheck, Report, "ReportRecord");
maybe!(action, Action, "ActionRecord");
maybe!(receipt, Receipt, "ReceiptRecord");
maybe!(turn, Timestamp, "field::timestamp");
maybe!(ended, End, "EndRecord");

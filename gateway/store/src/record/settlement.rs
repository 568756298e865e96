//! A settlement as text, read as strictly as a payment.

use paymux_core::ledger::Exit;
use paymux_core::settlement::{Item, Settlement, State, Statement};
use paymux_core::{Currency, MerchantId, Timestamp, TransferId, VoucherNo};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{fault, field};
use crate::{Read, StoreError};

pub(crate) fn encode(settlement: &Settlement) -> Read<String> {
    let mut text = vec![];
    let mut json = serde_json::Serializer::new(&mut text);
    SettlementRecord::serialize(settlement, &mut json).map_err(|it| fault("write", &it))?;
    String::from_utf8(text).map_err(|_| StoreError("JSON is UTF-8".into()))
}

pub(crate) fn decode(text: &str) -> Read<Settlement> {
    let mut json = serde_json::Deserializer::from_str(text);
    let settlement = SettlementRecord::deserialize(&mut json);
    let settlement = settlement.and_then(|it| json.end().map(|()| it));
    settlement.map_err(|it| fault("read", &it))
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Settlement", deny_unknown_fields)]
struct SettlementRecord {
    #[serde(with = "field::text")]
    number: VoucherNo,
    #[serde(with = "field::text")]
    merchant: MerchantId,
    #[serde(with = "field::text")]
    currency: Currency,
    place: u32,
    after: u64,
    until: u64,
    #[serde(with = "field::timestamp")]
    cutoff: Timestamp,
    #[serde(with = "StatementRecord")]
    statement: Statement,
    #[serde(with = "StateRecord")]
    state: State,
    #[serde(deserialize_with = "Option::deserialize")]
    confirmed_by: Option<String>,
    #[serde(with = "transfer")]
    transfer: Option<TransferId>,
    tries: u16,
    events: u16,
    #[serde(with = "field::timestamp")]
    created_at: Timestamp,
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Statement", deny_unknown_fields)]
struct StatementRecord {
    carried: i64,
    #[serde(with = "items")]
    items: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "State", rename_all = "snake_case", deny_unknown_fields)]
enum StateRecord {
    Draft,
    Carried,
    Confirmed,
    Paying,
    Paid {
        #[serde(with = "exit")]
        exit: Exit,
        #[serde(with = "field::timestamp")]
        at: Timestamp,
        #[serde(deserialize_with = "Option::deserialize")]
        reference: Option<String>,
    },
    Failed {
        reason: String,
    },
    Returned {
        reason: String,
    },
    Cancelled,
    Discarded,
}

mod transfer {
    use super::{Deserialize, Deserializer, Serialize, Serializer, TransferId};
    use serde::de::Error as _;

    pub(super) fn serialize<S: Serializer>(
        it: &Option<TransferId>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        it.map(|it| it.to_string()).serialize(s)
    }

    pub(super) fn deserialize<'de, D>(d: D) -> Result<Option<TransferId>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let text = Option::<String>::deserialize(d)?;
        text.map(|it| it.parse().map_err(D::Error::custom)).transpose()
    }
}

/// Each its kind, how many there are, and what they moved.
mod items {
    use super::{Deserialize, Deserializer, Item, Serializer};

    pub(super) fn serialize<S: Serializer>(it: &[Item], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(it.iter().map(|it| (&it.kind, it.count, it.credited, it.debited)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Item>, D::Error> {
        let rows = Vec::<(String, u64, i64, i64)>::deserialize(d)?;
        let item = |(kind, count, credited, debited)| Item { kind, count, credited, debited };
        Ok(rows.into_iter().map(item).collect())
    }
}

/// The account, or nothing where it was paid outside.
mod exit {
    use super::{Deserialize, Deserializer, Exit, Serialize, Serializer};
    use serde::de::Error as _;

    pub(super) fn serialize<S: Serializer>(it: &Exit, s: S) -> Result<S::Ok, S::Error> {
        match it {
            Exit::Channel(account) => Some(account.as_str()).serialize(s),
            Exit::Outside => s.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Exit, D::Error> {
        let account = Option::<String>::deserialize(d)?;
        account
            .map_or(Ok(Exit::Outside), |it| it.parse().map(Exit::Channel).map_err(D::Error::custom))
    }
}

//! A transfer as text, read as strictly as a payment.

use paymux_core::payment::Refusal;
use paymux_core::route::Day;
use paymux_core::transfer::{Kind, Payee, PayeeKind, Scene, State, Transfer};
use paymux_core::{AccountId, MerchantId, Money, OrderNo, Timestamp, TransferId, VoucherNo};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{RefusalRecord, fault, field};
use crate::{Read, StoreError};

pub(crate) fn encode(transfer: &Transfer) -> Read<String> {
    let mut text = vec![];
    let mut json = serde_json::Serializer::new(&mut text);
    TransferRecord::serialize(transfer, &mut json).map_err(|it| fault("write", &it))?;
    String::from_utf8(text).map_err(|_| StoreError("JSON is UTF-8".into()))
}

pub(crate) fn decode(text: &str) -> Read<Transfer> {
    let mut json = serde_json::Deserializer::from_str(text);
    let transfer = TransferRecord::deserialize(&mut json);
    let transfer = transfer.and_then(|it| json.end().map(|()| it));
    transfer.map_err(|it| fault("read", &it))
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Transfer", deny_unknown_fields)]
struct TransferRecord {
    #[serde(with = "field::text")]
    id: TransferId,
    #[serde(with = "field::text")]
    merchant: MerchantId,
    #[serde(with = "field::text")]
    account: AccountId,
    #[serde(with = "field::text")]
    transfer_no: OrderNo,
    #[serde(with = "field::money")]
    amount: Money,
    #[serde(with = "KindRecord")]
    kind: Kind,
    #[serde(with = "PayeeRecord")]
    payee: Payee,
    title: String,
    #[serde(with = "scene")]
    scene: Option<Scene>,
    #[serde(with = "settles")]
    settles: Option<VoucherNo>,
    #[serde(with = "StateRecord")]
    state: State,
    #[serde(deserialize_with = "Option::deserialize")]
    channel_transfer_no: Option<String>,
    #[serde(with = "field::timestamp")]
    created_at: Timestamp,
    #[serde(with = "day")]
    spent_on: Day,
    sends: u16,
    #[serde(with = "field::turn")]
    first_sent_at: Option<Timestamp>,
    #[serde(with = "field::turn")]
    sent_at: Option<Timestamp>,
    known: bool,
    #[serde(deserialize_with = "Option::deserialize")]
    approved_by: Option<String>,
    cancelling: bool,
    events: u16,
    version: u64,
    #[serde(with = "field::digest")]
    fingerprint: [u8; 32],
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Kind", rename_all = "snake_case")]
enum KindRecord {
    Transfer,
    RedPacket,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Payee", deny_unknown_fields)]
struct PayeeRecord {
    #[serde(with = "PayeeKindRecord")]
    kind: PayeeKind,
    identity: String,
    #[serde(deserialize_with = "Option::deserialize")]
    name: Option<String>,
    #[serde(deserialize_with = "Option::deserialize")]
    bank: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PayeeKind", rename_all = "snake_case")]
enum PayeeKindRecord {
    OpenId,
    UserId,
    LogonId,
    BankCard,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "State", rename_all = "snake_case", deny_unknown_fields)]
enum StateRecord {
    Held,
    InDoubt,
    Processing,
    Refused(#[serde(with = "RefusalRecord")] Refusal),
    Waiting {
        #[serde(deserialize_with = "Option::deserialize")]
        package: Option<String>,
    },
    Succeeded {
        #[serde(with = "field::timestamp")]
        at: Timestamp,
    },
    Failed(#[serde(with = "RefusalRecord")] Refusal),
    Returned(#[serde(with = "RefusalRecord")] Refusal),
    Abnormal(#[serde(with = "RefusalRecord")] Refusal),
}

mod day {
    use super::{Day, Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(it: &Day, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i32(it.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Day, D::Error> {
        i32::deserialize(d).map(Day)
    }
}

mod settles {
    use super::{Deserialize, Deserializer, Serialize, Serializer, VoucherNo};
    use serde::de::Error as _;

    pub(super) fn serialize<S: Serializer>(
        it: &Option<VoucherNo>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        it.as_ref().map(VoucherNo::as_str).serialize(s)
    }

    pub(super) fn deserialize<'de, D>(d: D) -> Result<Option<VoucherNo>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let text = Option::<String>::deserialize(d)?;
        text.map(|it| it.parse().map_err(D::Error::custom)).transpose()
    }
}

/// Its id, and its reports in their order.
mod scene {
    use super::{Deserialize, Deserializer, Scene, Serialize, Serializer, Value};

    pub(super) fn serialize<S: Serializer>(it: &Option<Scene>, s: S) -> Result<S::Ok, S::Error> {
        it.as_ref().map(|it| (&it.id, &it.reports)).serialize(s)
    }

    pub(super) fn deserialize<'de, D>(d: D) -> Result<Option<Scene>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let scene = Option::<Value>::deserialize(d)?;
        Ok(scene.map(|(id, reports)| Scene { id, reports }))
    }
}

type Value = (String, Vec<(String, String)>);

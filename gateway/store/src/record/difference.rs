//! A difference as text, read as strictly as a payment.

use paymux_core::reconcile::{DifferenceKind, DifferenceRecord, DifferenceState, Key, Line, Seen};
use paymux_core::route::Day;
use paymux_core::{AccountId, Currency, MerchantId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{fault, field};
use crate::{Read, StoreError};

pub(crate) fn encode(it: &DifferenceRecord) -> Read<String> {
    let DifferenceRecord { account, key, merchant, kind, bill, books, state, .. } = it;
    let row = Row {
        account: account.clone(),
        key: *key,
        merchant: merchant.as_ref().map(MerchantId::to_string),
        kind: kind.name().to_owned(),
        bill: bill.map(side),
        books: books.map(side),
        state: state.clone(),
        found_at: it.found_at,
        changed_at: it.changed_at,
        version: it.version,
    };
    serde_json::to_string(&row).map_err(|it| fault("write", &it))
}

pub(crate) fn decode(text: &str) -> Read<DifferenceRecord> {
    let row: Row = serde_json::from_str(text).map_err(|it| fault("read", &it))?;
    row.read().ok_or_else(|| StoreError("a difference is garbled".into()))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(with = "field::text")]
    account: AccountId,
    #[serde(with = "field::text")]
    key: Key,
    #[serde(deserialize_with = "Option::deserialize")]
    merchant: Option<String>,
    kind: String,
    #[serde(deserialize_with = "Option::deserialize")]
    bill: Option<SideRow>,
    #[serde(deserialize_with = "Option::deserialize")]
    books: Option<SideRow>,
    #[serde(with = "StateRow")]
    state: DifferenceState,
    #[serde(with = "field::timestamp")]
    found_at: Timestamp,
    #[serde(with = "field::timestamp")]
    changed_at: Timestamp,
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SideRow {
    day: i32,
    amount: i64,
    currency: String,
    #[serde(deserialize_with = "Option::deserialize")]
    fee: Option<i64>,
    settled: bool,
    line: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "DifferenceState", rename_all = "snake_case", deny_unknown_fields)]
enum StateRow {
    Waiting,
    Open,
    Proposed { by: String, reason: String },
    Resolved,
    Accepted { by: String, reason: String },
    WrittenOff { by: String, reason: String, confirmed_by: String },
}

fn side(it: Seen) -> SideRow {
    let Line { amount, currency, fee, settled, at, .. } = it.line;
    SideRow { day: it.day.0, amount, currency: currency.code().to_owned(), fee, settled, line: at }
}

impl SideRow {
    fn read(self, key: Key) -> Option<Seen> {
        let Self { day, amount, currency, fee, settled, line: at } = self;
        let currency = currency.parse::<Currency>().ok()?;
        Some(Seen { day: Day(day), line: Line { key, amount, currency, fee, settled, at } })
    }
}

impl Row {
    fn read(self) -> Option<DifferenceRecord> {
        let key = self.key;
        let read = |it: Option<SideRow>| match it {
            Some(side) => side.read(key).map(Some),
            None => Some(None),
        };
        Some(DifferenceRecord {
            account: self.account,
            key,
            merchant: self
                .merchant
                .map(|it| it.parse().ok())
                .map_or(Some(None), |it| it.map(Some))?,
            kind: DifferenceKind::from_name(&self.kind)?,
            bill: read(self.bill)?,
            books: read(self.books)?,
            state: self.state,
            found_at: self.found_at,
            changed_at: self.changed_at,
            version: self.version,
        })
    }
}

//! Differences: written by the schema's functions over their versions, found by day.

use paymux_core::AccountId;
use paymux_core::reconcile::{DifferenceKind, DifferenceRecord, Key};
use paymux_core::route::Day;
use serde_json::{Value, json};
use tokio_postgres::Row;

use super::Postgres;
use super::encode::number;
use super::read::{Values, get, list, one};
use crate::cell::{self, garbled, unsigned};
use crate::{DifferenceWrite, Differences, Outstanding, Read, Which, record};

const READ: &str = "SELECT record FROM difference WHERE account_id = $1 AND key = $2";
// Each index gives its first rows, and one of both sides comes from the first alone.
const OF_DAY: &str = "SELECT key, record FROM (
    (SELECT key, record FROM difference
    WHERE account_id = $1 AND bill_day = $2 AND key > $3 ORDER BY key LIMIT $4)
    UNION ALL (SELECT key, record FROM difference
    WHERE account_id = $1 AND books_day = $2 AND bill_day IS DISTINCT FROM $2 AND key > $3
    ORDER BY key LIMIT $4)) AS side ORDER BY key LIMIT $4";
const WAITING: &str = "SELECT record FROM difference
    WHERE state = 'waiting' AND account_id = $1 AND day <= $2 ORDER BY key LIMIT $3";
const LIST: &str = "SELECT record FROM difference WHERE ($1::text IS NULL OR account_id = $1)
    AND ($2::integer IS NULL OR bill_day = $2 OR books_day = $2)
    AND (NOT $3 OR state IN ('waiting', 'open', 'proposed'))
    AND ($4::integer IS NULL OR (-day, account_id, key) > ($4, $5::text, $6::text))
    ORDER BY -day, account_id, key LIMIT $7";
const OUTSTANDING: &str = "SELECT account_id, kind, state = 'waiting' AS waiting, count(*) AS count
    FROM difference WHERE state IN ('waiting', 'open', 'proposed')
    GROUP BY account_id, kind, state = 'waiting' ORDER BY account_id, kind, waiting";
const RECONCILED: &str = "SELECT account_id, max(day) AS day FROM bill
    WHERE kind = 'trade' AND state IN ('reconciled', 'none')
    GROUP BY account_id ORDER BY account_id";

pub(super) fn encode(writes: &[DifferenceWrite]) -> Read<Value> {
    let row = |it: &DifferenceWrite| {
        let next = &it.next;
        Ok(json!({
            "account_id": next.account.as_str(),
            "key": next.key.to_string(),
            "expected": number(it.expected),
            "day": next.day().0,
            "bill_day": next.bill.map(|it| it.day.0),
            "books_day": next.books.map(|it| it.day.0),
            "kind": next.kind.name(),
            "state": next.state.name(),
            "version": number(next.version),
            "record": record::difference::encode(next)?,
        }))
    };
    writes.iter().map(row).collect()
}

/// What two writers of one could meet at.
pub(super) fn lock(write: &DifferenceWrite) -> String {
    format!("difference/{}/{}", write.next.account, write.next.key)
}

fn decoded(row: &Row) -> Read<DifferenceRecord> {
    record::difference::decode(get(row, "record")?)
}

fn outstanding(row: &Row) -> Read<Outstanding> {
    let account = get::<&str>(row, "account_id")?.parse().map_err(|_| garbled("account_id"))?;
    let kind = DifferenceKind::from_name(get(row, "kind")?).ok_or_else(|| garbled("kind"))?;
    let count = unsigned(get(row, "count")?)?;
    Ok(Outstanding { account, kind, waiting: get(row, "waiting")?, count })
}

fn reconciled(row: &Row) -> Read<(AccountId, Day)> {
    let account = get::<&str>(row, "account_id")?.parse().map_err(|_| garbled("account_id"))?;
    Ok((account, Day(get(row, "day")?)))
}

impl Differences for Postgres {
    async fn difference(&self, account: &AccountId, key: Key) -> Read<Option<DifferenceRecord>> {
        let values: &Values<'_> = &[&account.as_str(), &key.to_string()];
        one(self.connections(), READ, values, decoded).await
    }

    async fn differences_of(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<Key>,
        limit: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        let after = after.map(|it| it.to_string()).unwrap_or_default();
        let values: &Values<'_> = &[&account.as_str(), &day.0, &after, &cell::limit(limit)];
        list(self.connections(), OF_DAY, values, decoded).await
    }

    async fn waiting_differences(
        &self,
        account: &AccountId,
        until: Day,
        limit: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        let values: &Values<'_> = &[&account.as_str(), &until.0, &cell::limit(limit)];
        list(self.connections(), WAITING, values, decoded).await
    }

    async fn differences(&self, which: &Which, limit: usize) -> Read<Vec<DifferenceRecord>> {
        let after = which.after.as_ref();
        let values: &Values<'_> = &[
            &which.account.as_ref().map(AccountId::as_str),
            &which.day.map(|it| it.0),
            &which.open,
            &after.map(|it| -it.day.0),
            &after.map(|it| it.account.as_str()),
            &after.map(|it| it.key.to_string()),
            &cell::limit(limit),
        ];
        list(self.connections(), LIST, values, decoded).await
    }

    async fn outstanding(&self) -> Read<Vec<Outstanding>> {
        list(self.connections(), OUTSTANDING, &[], outstanding).await
    }

    async fn reconciled_days(&self) -> Read<Vec<(AccountId, Day)>> {
        list(self.connections(), RECONCILED, &[], reconciled).await
    }
}

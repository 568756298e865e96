//! Differences: written over their versions, found by day.

use paymux_core::AccountId;
use paymux_core::reconcile::{DifferenceKind, DifferenceRecord, Key};
use paymux_core::route::Day;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::read::{list, one};
use super::write::{Step, run};
use super::{Sqlite, row};
use crate::cell::{self, garbled, unsigned};
use crate::{CommitError, DifferenceWrite, Differences, Outstanding, Read, Which, record};

const VERSION: &str = "SELECT version FROM difference WHERE account_id = ?1 AND key = ?2";
const WRITE: &str = "INSERT INTO difference
    (account_id, key, day, bill_day, books_day, kind, state, version, record)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (account_id, key) DO UPDATE SET day = excluded.day, bill_day = excluded.bill_day,
    books_day = excluded.books_day, kind = excluded.kind, state = excluded.state,
    version = excluded.version, record = excluded.record";
const READ: &str = "SELECT record FROM difference WHERE account_id = ?1 AND key = ?2";
// Each index gives its first rows, and one of both sides comes from the first alone.
const OF_DAY: &str = "SELECT key, record FROM (SELECT key, record FROM difference
    WHERE account_id = ?1 AND bill_day = ?2 AND key > ?3 ORDER BY key LIMIT ?4)
    UNION ALL SELECT key, record FROM (SELECT key, record FROM difference
    WHERE account_id = ?1 AND books_day = ?2 AND bill_day IS NOT ?2 AND key > ?3
    ORDER BY key LIMIT ?4) ORDER BY key LIMIT ?4";
const WAITING: &str = "SELECT record FROM difference
    WHERE state = 'waiting' AND account_id = ?1 AND day <= ?2 ORDER BY key LIMIT ?3";
const LIST: &str = "SELECT record FROM difference WHERE (?1 IS NULL OR account_id = ?1)
    AND (?2 IS NULL OR bill_day = ?2 OR books_day = ?2)
    AND (?3 = 0 OR state IN ('waiting', 'open', 'proposed'))
    AND (?4 IS NULL OR (-day, account_id, key) > (?4, ?5, ?6))
    ORDER BY -day, account_id, key LIMIT ?7";
const OUTSTANDING: &str = "SELECT account_id, kind, state = 'waiting' AS waiting, count(*) AS count
    FROM difference WHERE state IN ('waiting', 'open', 'proposed')
    GROUP BY account_id, kind, waiting ORDER BY account_id, kind, waiting";
const RECONCILED: &str = "SELECT account_id, max(day) AS day FROM bill
    WHERE kind = 'trade' AND state IN ('reconciled', 'none')
    GROUP BY account_id ORDER BY account_id";

pub(super) fn write(to: &Connection, write: &DifferenceWrite) -> Step {
    let next = &write.next;
    let (account, key) = (next.account.as_str(), next.key.to_string());
    let mut select = to.prepare_cached(VERSION)?;
    let stored = select.query_row(params![account, key], |row| row.get(0)).optional()?;
    if u64::try_from(stored.unwrap_or(0_i64)) != Ok(write.expected) {
        return Err(CommitError::Stale.into());
    }
    let values = params![
        account,
        key,
        next.day().0,
        next.bill.map(|it| it.day.0),
        next.books.map(|it| it.day.0),
        next.kind.name(),
        next.state.name(),
        i64::try_from(next.version).unwrap_or(-1),
        record::difference::encode(next)?
    ];
    run(to, WRITE, values).map(drop)
}

fn decoded(row: &Row<'_>) -> Read<DifferenceRecord> {
    record::difference::decode(&row::column::<String>(row, "record")?)
}

fn listed(from: &Connection, which: &Which, limit: usize) -> Read<Vec<DifferenceRecord>> {
    let after = which.after.as_ref();
    let values = params![
        which.account.as_ref().map(AccountId::as_str),
        which.day.map(|it| it.0),
        which.open,
        after.map(|it| -it.day.0),
        after.map(|it| it.account.as_str()),
        after.map(|it| it.key.to_string()),
        cell::limit(limit)
    ];
    list(from, LIST, values, decoded)
}

fn outstanding(row: &Row<'_>) -> Read<Outstanding> {
    let text = |name| row::column::<String>(row, name);
    let account = text("account_id")?.parse().map_err(|_| garbled("account_id"))?;
    let kind = DifferenceKind::from_name(&text("kind")?).ok_or_else(|| garbled("kind"))?;
    let count = unsigned(row::column(row, "count")?)?;
    Ok(Outstanding { account, kind, waiting: row::column(row, "waiting")?, count })
}

fn reconciled(row: &Row<'_>) -> Read<(AccountId, Day)> {
    let account = row::column::<String>(row, "account_id")?;
    let account = account.parse().map_err(|_| garbled("account_id"))?;
    Ok((account, Day(row::column(row, "day")?)))
}

impl Differences for Sqlite {
    async fn difference(&self, account: &AccountId, key: Key) -> Read<Option<DifferenceRecord>> {
        let (account, key) = (account.clone(), key.to_string());
        self.read(move |it| one(it, READ, params![account.as_str(), key], decoded)).await
    }

    async fn differences_of(
        &self,
        account: &AccountId,
        day: Day,
        after: Option<Key>,
        limit: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        let account = account.clone();
        let after = after.map(|it| it.to_string()).unwrap_or_default();
        self.read(move |it| {
            let values = params![account.as_str(), day.0, after, cell::limit(limit)];
            list(it, OF_DAY, values, decoded)
        })
        .await
    }

    async fn waiting_differences(
        &self,
        account: &AccountId,
        until: Day,
        limit: usize,
    ) -> Read<Vec<DifferenceRecord>> {
        let account = account.clone();
        self.read(move |it| {
            list(it, WAITING, params![account.as_str(), until.0, cell::limit(limit)], decoded)
        })
        .await
    }

    async fn differences(&self, which: &Which, limit: usize) -> Read<Vec<DifferenceRecord>> {
        let which = which.clone();
        self.read(move |it| listed(it, &which, limit)).await
    }

    async fn outstanding(&self) -> Read<Vec<Outstanding>> {
        self.read(|it| list(it, OUTSTANDING, [], outstanding)).await
    }

    async fn reconciled_days(&self) -> Read<Vec<(AccountId, Day)>> {
        self.read(|it| list(it, RECONCILED, [], reconciled)).await
    }
}

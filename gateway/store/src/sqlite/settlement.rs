//! Settlements: written over their versions.

use paymux_core::settlement::Settlement;
use paymux_core::{Currency, MerchantId, PaymentId, Timestamp, VoucherNo};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::read::{list, one};
use super::write::{Step, run};
use super::{Sqlite, row};
use crate::{
    CommitError, OpenSettlements, Read, SettlementWrite, Settlements, cell, record, settlement,
};

const VERSION: &str = "SELECT version FROM settlement WHERE number = ?1";
const WRITE: &str = "INSERT INTO settlement (number, id, merchant_id, currency, place, status,
    amount, version, created_at, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (number) DO UPDATE SET status = excluded.status, version = excluded.version,
    record = excluded.record";
const READ: &str = "SELECT record FROM settlement WHERE number = ?1";
const LATEST: &str = "SELECT record FROM settlement WHERE merchant_id = ?1 AND currency = ?2
    ORDER BY place DESC LIMIT 1";
const LIST: &str = "SELECT record FROM settlement WHERE (?1 IS NULL OR merchant_id = ?1)
    AND (?2 IS NULL OR id < (SELECT id FROM settlement WHERE number = ?2))
    ORDER BY id DESC LIMIT ?3";
const OPEN: &str = "SELECT record FROM settlement WHERE merchant_id = ?1
    AND status IN ('confirmed', 'draft', 'failed', 'paying') ORDER BY id LIMIT ?2";
const UNBOOKED: &str = "SELECT id FROM payment WHERE paid > 0 AND NOT EXISTS (
    SELECT 1 FROM journal WHERE cause > 'payment/' || substr(id, 5)
        AND cause < 'payment/' || substr(id, 5) || '~') ORDER BY id LIMIT ?1";
const COUNT: &str = "SELECT status, count(*) AS count, min(created_at) AS since FROM settlement
    WHERE status IN ('confirmed', 'draft', 'failed', 'paying') GROUP BY status ORDER BY status";

pub(super) fn write(to: &Connection, write: &SettlementWrite) -> Step {
    let next = &write.next;
    let mut select = to.prepare_cached(VERSION)?;
    let stored: Option<i64> =
        select.query_row([next.number.as_str()], |row| row.get(0)).optional()?;
    if u64::try_from(stored.unwrap_or(0)) != Ok(write.expected) {
        return Err(CommitError::Stale.into());
    }
    settlement::check(write)?;
    let values = params![
        next.number.as_str(),
        next.root().to_string(),
        next.merchant.as_str(),
        next.currency.code(),
        next.place,
        next.state.name(),
        next.amount().minor(),
        i64::try_from(next.version).unwrap_or(-1),
        next.created_at.0,
        record::settlement::encode(next)?
    ];
    run(to, WRITE, values).map(drop)
}

impl Settlements for Sqlite {
    async fn settlement(&self, number: &VoucherNo) -> Read<Option<Settlement>> {
        let number = number.clone();
        self.read(move |it| one(it, READ, [number.as_str()], decoded)).await
    }

    async fn latest_settlement(
        &self,
        merchant: &MerchantId,
        currency: Currency,
    ) -> Read<Option<Settlement>> {
        let merchant = merchant.clone();
        self.read(move |it| one(it, LATEST, [merchant.as_str(), currency.code()], decoded)).await
    }

    async fn settlements(
        &self,
        merchant: Option<&MerchantId>,
        before: Option<&VoucherNo>,
        limit: usize,
    ) -> Read<Vec<Settlement>> {
        let (merchant, before) = (merchant.cloned(), before.cloned());
        self.read(move |it| {
            let merchant = merchant.as_ref().map(MerchantId::as_str);
            let before = before.as_ref().map(VoucherNo::as_str);
            list(it, LIST, params![merchant, before, cell::limit(limit)], decoded)
        })
        .await
    }

    async fn open_settlements(&self, merchant: &MerchantId, limit: usize) -> Read<Vec<Settlement>> {
        let merchant = merchant.clone();
        let values = move |it: &Connection| {
            list(it, OPEN, params![merchant.as_str(), cell::limit(limit)], decoded)
        };
        self.read(values).await
    }

    async fn unbooked(&self, limit: usize) -> Read<Vec<PaymentId>> {
        let read = |it: &Row<'_>| {
            let id = row::column::<String>(it, "id")?;
            id.parse().map_err(|_| cell::garbled("a payment's id"))
        };
        self.read(move |it| list(it, UNBOOKED, [cell::limit(limit)], read)).await
    }

    async fn count_open_settlements(&self) -> Read<Vec<OpenSettlements>> {
        self.read(|it| list(it, COUNT, [], counted)).await
    }
}

fn decoded(row: &Row<'_>) -> Read<Settlement> {
    record::settlement::decode(&row::column::<String>(row, "record")?)
}

fn counted(row: &Row<'_>) -> Read<OpenSettlements> {
    let (state, count) = (row::column(row, "status")?, cell::unsigned(row::column(row, "count")?)?);
    Ok(OpenSettlements { state, count, since: Timestamp(row::column(row, "since")?) })
}

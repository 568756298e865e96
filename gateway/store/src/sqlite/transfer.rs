//! Transfers: written over their versions, within the day's limits.

use paymux_core::transfer::Transfer;
use paymux_core::{MerchantId, TransferId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::read::{list, one};
use super::row;
use super::write::{Step, run};
use crate::{CommitError, Read, Spending, TransferWrite, cell, record, transfer};

const VERSION: &str = "SELECT version FROM transfer WHERE id = ?1";
const TRANSFER: &str = "INSERT INTO transfer (id, merchant_id, account_id, transfer_no, status,
    amount, currency, version, created_at, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, version = excluded.version,
    record = excluded.record";
const SPEND: &str = "INSERT INTO spent (spender, day, currency, amount) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (spender, day, currency) DO UPDATE SET amount = amount + excluded.amount
    RETURNING amount";
const READ: &str = "SELECT record FROM transfer WHERE id = ?1";
const LIST: &str = "SELECT record FROM transfer WHERE merchant_id = ?1
    AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3";
const HELD: &str = "SELECT record FROM transfer WHERE status = 'held' ORDER BY id LIMIT ?1";

pub(super) fn write(to: &Connection, write: &TransferWrite) -> Step {
    let next = &write.next;
    let id = next.id.to_string();
    let mut select = to.prepare_cached(VERSION)?;
    let stored: Option<i64> = select.query_row([&id], |row| row.get(0)).optional()?;
    if u64::try_from(stored.unwrap_or(0)) != Ok(write.expected) {
        return Err(CommitError::Stale.into());
    }
    transfer::check(write)?;
    let values = params![
        id,
        next.merchant.as_str(),
        next.account.as_str(),
        next.transfer_no.as_str(),
        next.state.name(),
        next.amount.minor(),
        next.amount.currency().code(),
        i64::try_from(next.version).unwrap_or(-1),
        next.created_at.0,
        record::transfer::encode(next)?
    ];
    run(to, TRANSFER, values)?;
    write.spending.iter().try_for_each(|it| spend(to, it))
}

fn spend(to: &Connection, it: &Spending) -> Step {
    let values = params![it.spender, it.day.0, it.currency.code(), it.amount];
    let sum = to.prepare_cached(SPEND)?.query_row(values, |row| row.get(0))?;
    if it.exceeds(sum) { Err(it.exceeded().into()) } else { Ok(()) }
}

pub(super) fn transfer(from: &Connection, id: TransferId) -> Read<Option<Transfer>> {
    one(from, READ, [id.to_string()], decoded)
}

pub(super) fn transfers(
    from: &Connection,
    merchant: &MerchantId,
    before: Option<TransferId>,
    limit: usize,
) -> Read<Vec<Transfer>> {
    let before = before.map(|it| it.to_string());
    list(from, LIST, params![merchant.as_str(), before, cell::limit(limit)], decoded)
}

pub(super) fn held(from: &Connection, limit: usize) -> Read<Vec<Transfer>> {
    list(from, HELD, [cell::limit(limit)], decoded)
}

fn decoded(row: &Row<'_>) -> Read<Transfer> {
    record::transfer::decode(&row::column::<String>(row, "record")?)
}

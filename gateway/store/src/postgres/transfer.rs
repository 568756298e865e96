//! Transfers: written over their versions, within the day's limits.

use paymux_core::transfer::Transfer;
use paymux_core::{MerchantId, TransferId};
use serde_json::{Value, json};
use tokio_postgres::Row;

use super::connect::Connections;
use super::encode::{bucket, bucket_of, number};
use super::read::{Values, get, list, one};
use super::text;
use crate::{CommitError, Read, Spending, StoreError, TransferWrite, cell, record, transfer};

/// What the wall refuses, the function refuses with its words.
pub(super) fn encode(write: &TransferWrite) -> Read<Value> {
    let next = &write.next;
    let refused = match transfer::check(write) {
        Ok(()) => None,
        Err(CommitError::Constraint(what)) => Some(what),
        Err(error) => return Err(StoreError(error.to_string())),
    };
    Ok(json!({
        "bucket": bucket_of(next.id.root()),
        "id": next.id.to_string(),
        "expected": number(write.expected),
        "refused": refused,
        "merchant_id": next.merchant.as_str(),
        "account_id": next.account.as_str(),
        "transfer_no": next.transfer_no.as_str(),
        "status": next.state.name(),
        "amount": next.amount.minor(),
        "currency": next.amount.currency().code(),
        "version": number(next.version),
        "created_at": next.created_at.0,
        "record": record::transfer::encode(next)?,
        "spending": write.spending.iter().map(spending).collect::<Value>(),
    }))
}

fn spending(it: &Spending) -> Value {
    json!({
        "spender": it.spender,
        "day": it.day.0,
        "currency": it.currency.code(),
        "amount": it.amount,
        "most": it.limit,
    })
}

/// What two transfers could meet at beside themselves.
pub(super) fn locks(write: &TransferWrite) -> impl Iterator<Item = String> {
    write.spending.iter().map(|it| format!("spent/{}", it.spender))
}

pub(super) async fn transfer(from: &Connections, id: TransferId) -> Read<Option<Transfer>> {
    let values: &Values<'_> = &[&bucket_of(id.root()), &id.to_string()];
    one(from, text::READ_TRANSFER, values, decoded).await
}

pub(super) async fn transfers(
    from: &Connections,
    merchant: &MerchantId,
    before: Option<TransferId>,
    limit: usize,
) -> Read<Vec<Transfer>> {
    let (bucket, limit) = (bucket(merchant), cell::limit(limit));
    let before = before.map(|it| it.to_string());
    let values: &Values<'_> = &[&bucket, &merchant.as_str(), &before, &limit];
    list(from, text::LIST_TRANSFERS, values, decoded).await
}

pub(super) async fn held(from: &Connections, limit: usize) -> Read<Vec<Transfer>> {
    list(from, text::HELD_TRANSFERS, &[&cell::limit(limit)], decoded).await
}

fn decoded(row: &Row) -> Read<Transfer> {
    record::transfer::decode(get(row, "record")?)
}

//! The reads, each one statement, so each sees one moment.

use std::str::FromStr;

use paymux_core::delivery::Delivery;
use paymux_core::endpoint::EndpointState;
use paymux_core::payment::Payment;
use paymux_core::route::{Day, Taken};
use paymux_core::{
    AccountId, Currency, DeliveryId, EndpointId, EventId, MerchantId, PaymentId, Timestamp,
};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql};

use super::connect::Connections;
use super::encode::{bucket, bucket_of, bucket_of_key};
use super::fault::fault;
use super::text;
use crate::cell::{self, garbled};
use crate::{
    Answer, Disposition, Entry, IdempotencyKey, Idempotent, Key, Managed, MerchantEvent, Read,
    StoreError, Stored, Unfinished, record,
};

pub(super) type Values<'a> = [&'a (dyn ToSql + Sync)];

/// All rows of a statement that is sent once.
pub(super) async fn once(from: &Connections, sql: &str, values: &Values<'_>) -> Read<Vec<Row>> {
    let rows = async {
        let connection = from.one().await?;
        let statement = connection.prepare_cached(sql).await.map_err(|it| fault(&it))?;
        connection.query(&statement, values).await.map_err(|it| fault(&it))
    };
    let rows = tokio::time::timeout(from.patience, rows).await;
    rows.unwrap_or_else(|_| Err(StoreError("no answer in time".into())))
}

/// All rows of a query. A connection that was lost while nobody looked is no news: a query changes
/// nothing, so it is sent again on another.
pub(super) async fn list<T>(
    from: &Connections,
    sql: &str,
    values: &Values<'_>,
    read: impl Fn(&Row) -> Read<T>,
) -> Read<Vec<T>> {
    let rows = match once(from, sql, values).await {
        Ok(rows) => rows,
        Err(_) => once(from, sql, values).await?,
    };
    rows.iter().map(read).collect()
}

/// The row of a query by a unique key.
pub(super) async fn one<T>(
    from: &Connections,
    sql: &str,
    values: &Values<'_>,
    read: impl Fn(&Row) -> Read<T>,
) -> Read<Option<T>> {
    Ok(list(from, sql, values, read).await?.pop())
}

pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, name: &str) -> Read<T> {
    row.try_get(name).map_err(|it| fault(&it))
}

pub(super) fn parsed<T: FromStr>(row: &Row, name: &'static str) -> Read<T> {
    get::<&str>(row, name)?.parse().map_err(|_| garbled(name))
}

pub(super) fn timestamp(row: &Row, name: &str) -> Read<Timestamp> {
    get(row, name).map(Timestamp)
}

fn decoded(row: &Row) -> Read<Payment> {
    record::decode(get(row, "record")?)
}

pub(super) async fn payment(from: &Connections, id: PaymentId) -> Read<Option<Payment>> {
    let values: &Values<'_> = &[&bucket_of(id), &id.to_string()];
    let found = one(from, text::READ_PAYMENT, values, decoded).await?;
    match found {
        Some(payment) if payment.id != id => Err(garbled("a payment's id")),
        Some(_) | None => Ok(found),
    }
}

pub(super) async fn payments(
    from: &Connections,
    merchant: &MerchantId,
    before: Option<PaymentId>,
    limit: usize,
) -> Read<Vec<Payment>> {
    let (bucket, merchant, limit) = (bucket(merchant), merchant.as_str(), cell::limit(limit));
    match before.map(|it| it.to_string()) {
        None => list(from, text::LIST_PAYMENTS, &[&bucket, &merchant, &limit], decoded).await,
        Some(before) => {
            let values: &Values<'_> = &[&bucket, &merchant, &limit, &before];
            list(from, text::LIST_PAYMENTS_BEFORE, values, decoded).await
        }
    }
}

pub(super) async fn holder(from: &Connections, key: &Key) -> Read<Option<String>> {
    let values: &Values<'_> = &[&bucket_of_key(key), &key.to_string()];
    one(from, text::READ_HOLDER, values, |it| get(it, "holder")).await
}

pub(super) async fn idempotent(
    from: &Connections,
    key: &IdempotencyKey,
) -> Read<Option<Idempotent>> {
    let values: &Values<'_> = &[&bucket(&key.merchant), &key.merchant.as_str(), &key.key];
    one(from, text::READ_IDEMPOTENT, values, idempotent_row).await
}

fn idempotent_row(row: &Row) -> Read<Idempotent> {
    let fingerprint: &[u8] = get(row, "fingerprint")?;
    let status: Option<i32> = get(row, "status")?;
    let status = status.map(u16::try_from).transpose().map_err(|_| garbled("a status"))?;
    let answer = status.zip(get(row, "body")?).map(|(status, body)| Answer { status, body });
    Ok(Idempotent {
        fingerprint: fingerprint.try_into().map_err(|_| garbled("a fingerprint"))?,
        holder: get(row, "holder")?,
        until: timestamp(row, "until")?,
        answer,
    })
}

pub(super) async fn disposition(
    from: &Connections,
    account: &AccountId,
    notification: &str,
) -> Read<Option<Disposition>> {
    let values: &Values<'_> = &[&account.as_str(), &notification];
    let name = |row: &Row| {
        Disposition::from_name(get(row, "disposition")?).ok_or_else(|| garbled("a disposition"))
    };
    one(from, text::READ_DISPOSITION, values, name).await
}

pub(super) async fn event(from: &Connections, id: EventId) -> Read<Option<MerchantEvent>> {
    let values: &Values<'_> = &[&bucket_of(id.payment), &id.to_string()];
    one(from, text::READ_EVENT, values, event_row).await
}

pub(super) async fn events(
    from: &Connections,
    merchant: &MerchantId,
    after: u64,
    limit: usize,
) -> Read<Vec<Stored<MerchantEvent>>> {
    // No cursor is beyond what the database counts, so nothing comes after it.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let values: &Values<'_> = &[&bucket(merchant), &merchant.as_str(), &after, &cell::limit(limit)];
    let stored =
        |row: &Row| Ok(Stored { cursor: cell::unsigned(get(row, "seq")?)?, row: event_row(row)? });
    list(from, text::LIST_EVENTS, values, stored).await
}

fn event_row(row: &Row) -> Read<MerchantEvent> {
    Ok(MerchantEvent {
        id: parsed(row, "id")?,
        merchant: parsed(row, "merchant_id")?,
        kind: get(row, "kind")?,
        payload: get(row, "payload")?,
        created_at: timestamp(row, "created_at")?,
    })
}

pub(super) async fn delivery(from: &Connections, id: &DeliveryId) -> Read<Option<Delivery>> {
    let payment = id.event.payment;
    let values: &Values<'_> = &[&bucket_of(payment), &payment.to_string(), &id.to_string()];
    one(from, text::READ_DELIVERY, values, delivery_row).await
}

pub(super) async fn deliveries(from: &Connections, payment: PaymentId) -> Read<Vec<Delivery>> {
    let values: &Values<'_> = &[&bucket_of(payment), &payment.to_string()];
    list(from, text::LIST_DELIVERIES, values, delivery_row).await
}

pub(super) fn delivery_row(row: &Row) -> Read<Delivery> {
    let attempts: i32 = get(row, "attempts")?;
    Ok(Delivery {
        id: parsed(row, "id")?,
        merchant: parsed(row, "merchant_id")?,
        state: cell::delivery_state(get(row, "state")?, get(row, "ended_at")?)?,
        attempts: u16::try_from(attempts).map_err(|_| garbled("a number"))?,
        paid_at: get::<Option<i64>>(row, "paid_at")?.map(Timestamp),
    })
}

pub(super) async fn endpoint(
    from: &Connections,
    merchant: &MerchantId,
    endpoint: &EndpointId,
) -> Read<Option<EndpointState>> {
    let values: &Values<'_> = &[&bucket(merchant), &merchant.as_str(), &endpoint.as_str()];
    one(from, text::READ_ENDPOINT, values, endpoint_row).await
}

fn endpoint_row(row: &Row) -> Read<EndpointState> {
    let failing_since: Option<i64> = get(row, "failing_since")?;
    Ok(EndpointState {
        merchant: parsed(row, "merchant_id")?,
        endpoint: parsed(row, "id")?,
        failing_since: failing_since.map(Timestamp),
        disabled: cell::disabled(get(row, "disabled_at")?, get(row, "disabled_reason")?)?,
        version: cell::unsigned(get(row, "version")?)?,
    })
}

pub(super) async fn held(
    from: &Connections,
    merchant: &MerchantId,
    endpoint: &EndpointId,
    limit: usize,
) -> Read<Vec<Delivery>> {
    let (name, limit) = (endpoint.as_str(), cell::limit(limit));
    let values: &Values<'_> = &[&bucket(merchant), &merchant.as_str(), &name, &limit];
    list(from, text::LIST_HELD, values, delivery_row).await
}

pub(super) async fn unfinished(from: &Connections, merchant: &MerchantId) -> Read<Unfinished> {
    let number = |row: &Row, name| cell::unsigned(get(row, name)?);
    let read = |it: &Row| {
        Ok(Unfinished {
            payments: number(it, "payments")?,
            deliveries: number(it, "deliveries")?,
            transfers: number(it, "transfers")?,
        })
    };
    let values: &Values<'_> = &[&bucket(merchant), &merchant.as_str()];
    Ok(one(from, text::UNFINISHED, values, read).await?.unwrap_or_default())
}

pub(super) async fn taken(
    from: &Connections,
    account: &AccountId,
    day: Day,
    currency: Currency,
) -> Read<Taken> {
    let values: &Values<'_> = &[&account.as_str(), &day.0, &currency.code()];
    let read = |it: &Row| Ok(Taken { count: get(it, "count")?, amount: get(it, "amount")? });
    Ok(one(from, text::READ_TAKEN, values, read).await?.unwrap_or_default())
}

pub(super) async fn managed(from: &Connections) -> Read<Vec<Managed>> {
    list(from, text::READ_MANAGED, &[], managed_row).await
}

fn managed_row(row: &Row) -> Read<Managed> {
    Ok(Managed {
        kind: cell::managed_kind(get(row, "kind")?)?,
        id: get(row, "id")?,
        version: cell::unsigned(get(row, "version")?)?,
        sealed: get(row, "sealed")?,
        changed_at: timestamp(row, "changed_at")?,
        changed_by: get(row, "changed_by")?,
    })
}

pub(super) async fn managed_generation(from: &Connections) -> Read<u64> {
    let read = |it: &Row| cell::unsigned(get(it, "generation")?);
    Ok(one(from, text::MANAGED_GENERATION, &[], read).await?.unwrap_or(0))
}

pub(super) async fn timeline(from: &Connections, payment: PaymentId) -> Read<Vec<Entry>> {
    let values: &Values<'_> = &[&bucket_of(payment), &payment.to_string()];
    let entry = |row: &Row| {
        let (kind, detail) = (get(row, "kind")?, get(row, "detail")?);
        Ok(Entry { payment, at: timestamp(row, "at")?, kind, detail })
    };
    list(from, text::LIST_ENTRIES, values, entry).await
}

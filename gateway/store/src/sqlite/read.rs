//! The reads, each one statement, so each sees one moment.

use paymux_core::bill::{Bill, BillRecord};
use paymux_core::delivery::Delivery;
use paymux_core::endpoint::EndpointState;
use paymux_core::payment::Payment;
use paymux_core::route::{Day, Taken};
use paymux_core::{
    AccountId, Currency, DeliveryId, EndpointId, EventId, MerchantId, OrderNo, PaymentId, Timestamp,
};
use rusqlite::{Connection, Params, Row, params};

use super::{fault, row, text};
use crate::{
    Audited, Backlog, Disposition, Entry, Errand, IdempotencyKey, Idempotent, Key, Managed,
    MerchantEvent, Pages, Read, Stored, Unfinished, cell, record,
};

/// All rows of a query.
pub(super) fn list<T>(
    from: &Connection,
    sql: &str,
    values: impl Params,
    read: impl Fn(&Row<'_>) -> Read<T>,
) -> Read<Vec<T>> {
    let mut select = from.prepare_cached(sql).map_err(|it| fault(&it))?;
    let mut rows = select.query(values).map_err(|it| fault(&it))?;
    let mut list = vec![];
    while let Some(row) = rows.next().map_err(|it| fault(&it))? {
        list.push(read(row)?);
    }
    Ok(list)
}

/// The row of a query by a unique key.
pub(super) fn one<T>(
    from: &Connection,
    sql: &str,
    values: impl Params,
    read: impl Fn(&Row<'_>) -> Read<T>,
) -> Read<Option<T>> {
    Ok(list(from, sql, values, read)?.pop())
}

fn decoded(row: &Row<'_>) -> Read<Payment> {
    record::decode(&row::column::<String>(row, "record")?)
}

pub(super) fn payment(from: &Connection, id: PaymentId) -> Read<Option<Payment>> {
    let found = one(from, text::READ_PAYMENT, [id.to_string()], decoded)?;
    match found {
        Some(payment) if payment.id != id => Err(cell::garbled("a payment's id")),
        Some(_) | None => Ok(found),
    }
}

pub(super) fn payments(
    from: &Connection,
    merchant: &MerchantId,
    before: Option<PaymentId>,
    limit: usize,
) -> Read<Vec<Payment>> {
    let (merchant, limit) = (merchant.as_str(), cell::limit(limit));
    match before.map(|it| it.to_string()) {
        None => list(from, text::LIST_PAYMENTS, params![merchant, limit], decoded),
        Some(before) => {
            list(from, text::LIST_PAYMENTS_BEFORE, params![merchant, limit, before], decoded)
        }
    }
}

pub(super) fn holder(from: &Connection, key: &Key) -> Read<Option<String>> {
    one(from, text::READ_HOLDER, [key.to_string()], |it| row::column(it, "holder"))
}

pub(super) fn idempotent(from: &Connection, key: &IdempotencyKey) -> Read<Option<Idempotent>> {
    let values = [key.merchant.as_str(), &key.key];
    one(from, text::READ_IDEMPOTENT, values, row::idempotent)
}

pub(super) fn disposition(
    from: &Connection,
    account: &AccountId,
    notification: &str,
) -> Read<Option<Disposition>> {
    let values = [account.as_str(), notification];
    one(from, text::READ_DISPOSITION, values, |it| {
        row::disposition(&row::column::<String>(it, "disposition")?)
    })
}

pub(super) fn event(from: &Connection, id: EventId) -> Read<Option<MerchantEvent>> {
    let stored = one(from, text::READ_EVENT, [id.to_string()], row::event)?;
    Ok(stored.map(|it| it.row))
}

pub(super) fn events(
    from: &Connection,
    merchant: &MerchantId,
    after: u64,
    limit: usize,
) -> Read<Vec<Stored<MerchantEvent>>> {
    // No cursor is beyond what SQLite counts, so nothing comes after it.
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let values = params![merchant.as_str(), after, cell::limit(limit)];
    list(from, text::LIST_EVENTS, values, row::event)
}

pub(super) fn delivery(from: &Connection, id: &DeliveryId) -> Read<Option<Delivery>> {
    let values = [id.event.payment.to_string(), id.to_string()];
    one(from, text::READ_DELIVERY, values, row::delivery)
}

pub(super) fn errand(from: &Connection, id: &DeliveryId) -> Read<Option<Errand>> {
    let Some(delivery) = delivery(from, id)? else { return Ok(None) };
    let endpoint = endpoint(from, &delivery.merchant, &id.endpoint)?;
    Ok(Some(Errand { delivery, endpoint, event: event(from, id.event)? }))
}

pub(super) fn deliveries(from: &Connection, payment: PaymentId) -> Read<Vec<Delivery>> {
    list(from, text::LIST_DELIVERIES, [payment.to_string()], row::delivery)
}

pub(super) fn taken(
    from: &Connection,
    account: &AccountId,
    day: Day,
    currency: Currency,
) -> Read<Taken> {
    let values = params![account.as_str(), day.0, currency.code()];
    let read = |it: &Row<'_>| {
        Ok(Taken { count: row::column(it, "count")?, amount: row::column(it, "amount")? })
    };
    Ok(one(from, text::READ_TAKEN, values, read)?.unwrap_or_default())
}

pub(super) fn endpoint(
    from: &Connection,
    merchant: &MerchantId,
    endpoint: &EndpointId,
) -> Read<Option<EndpointState>> {
    let values = [merchant.as_str(), endpoint.as_str()];
    one(from, text::READ_ENDPOINT, values, row::endpoint)
}

pub(super) fn held(
    from: &Connection,
    merchant: &MerchantId,
    endpoint: &EndpointId,
    limit: usize,
) -> Read<Vec<Delivery>> {
    let values = params![merchant.as_str(), endpoint.as_str(), cell::limit(limit)];
    list(from, text::LIST_HELD, values, row::delivery)
}

/// The queue, and what is not over elsewhere.
pub(super) fn backlog(from: &Connection, now: Timestamp) -> Read<Backlog> {
    Ok(one(from, text::BACKLOG, [now.0], row::backlog)?.unwrap_or_default())
}

/// Without the log beside it, which starts over before it is long.
pub(super) fn size(from: &Connection) -> Read<Option<u64>> {
    let bytes = one(from, text::SIZE, [], |it| it.get::<_, i64>(0).map_err(|it| fault(&it)))?;
    bytes.map(cell::unsigned).transpose()
}

pub(super) fn failing(
    from: &Connection,
    merchant: &MerchantId,
    endpoint: &EndpointId,
    before: Option<&DeliveryId>,
    limit: usize,
) -> Read<Vec<Delivery>> {
    let before = before.map_or_else(|| cell::LAST_ID.to_owned(), DeliveryId::to_string);
    let values = params![merchant.as_str(), endpoint.as_str(), before, cell::limit(limit)];
    list(from, text::LIST_FAILING, values, row::delivery)
}

pub(super) fn by_trade_no(from: &Connection, number: &str, limit: usize) -> Read<Vec<PaymentId>> {
    let values = params![number, cell::limit(limit)];
    list(from, text::LIST_TRADES, values, |it| row::parsed(it, "payment_id"))
}

pub(super) fn by_merchants_no(
    from: &Connection,
    number: &OrderNo,
    limit: usize,
) -> Read<Vec<PaymentId>> {
    let values = params![number.as_str(), cell::limit(limit)];
    list(from, text::LIST_NUMBERED, values, |it| row::parsed(it, "payment_id"))
}

pub(super) fn audit(from: &Connection, pages: Pages, limit: usize) -> Read<Vec<Audited>> {
    let (sql, bound) = match pages {
        Pages::Before(before) => (text::LIST_ACTS_BEFORE, before.unwrap_or(u64::MAX)),
        Pages::After(after) => (text::LIST_ACTS_AFTER, after),
    };
    let bound = i64::try_from(bound).unwrap_or(i64::MAX);
    list(from, sql, params![bound, cell::limit(limit)], row::audited)
}

pub(super) fn bill(from: &Connection, account: &AccountId, it: Bill) -> Read<Option<BillRecord>> {
    one(from, text::READ_BILL, params![account.as_str(), it.day.0, it.kind.name()], row::bill)
}

pub(super) fn bills(
    from: &Connection,
    account: Option<&AccountId>,
    before: Option<Day>,
    limit: usize,
) -> Read<Vec<BillRecord>> {
    let account = account.map(AccountId::as_str);
    let values = params![account, before.map(|it| it.0), cell::limit(limit)];
    list(from, text::LIST_BILLS, values, row::bill)
}

pub(super) fn unfinished(from: &Connection, merchant: &MerchantId) -> Read<Unfinished> {
    let number = |row: &Row<'_>, name| cell::unsigned(row::column(row, name)?);
    let read = |it: &Row<'_>| {
        Ok(Unfinished {
            payments: number(it, "payments")?,
            deliveries: number(it, "deliveries")?,
            transfers: number(it, "transfers")?,
        })
    };
    Ok(one(from, text::UNFINISHED, [merchant.as_str()], read)?.unwrap_or_default())
}

pub(super) fn managed(from: &Connection) -> Read<Vec<Managed>> {
    list(from, text::READ_MANAGED, [], row::managed)
}

pub(super) fn managed_generation(from: &Connection) -> Read<u64> {
    let read = |it: &Row<'_>| cell::unsigned(it.get(0).map_err(|it| fault(&it))?);
    Ok(one(from, text::MANAGED_GENERATION, [], read)?.unwrap_or(0))
}

pub(super) fn timeline(from: &Connection, payment: PaymentId) -> Read<Vec<Entry>> {
    let read = |it: &Row<'_>| row::entry(payment, it);
    list(from, text::LIST_ENTRIES, [payment.to_string()], read)
}

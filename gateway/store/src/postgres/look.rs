//! What operators look for: by the channel's number, by what failed, who did what, and bills.

use paymux_core::bill::{Bill, BillKind, BillRecord, BillState};
use paymux_core::delivery::Delivery;
use paymux_core::route::Day;
use paymux_core::{AccountId, DeliveryId, EndpointId, MerchantId, OrderNo, PaymentId, Timestamp};
use tokio_postgres::Row;

use super::connect::Connections;
use super::encode::bucket;
use super::read::{Values, delivery_row, get, list, one, parsed, timestamp};
use super::text;
use crate::cell::{self, garbled, unsigned};
use crate::{Act, Audited, Pages, Read};

pub(super) async fn failing(
    from: &Connections,
    merchant: &MerchantId,
    endpoint: &EndpointId,
    before: Option<&DeliveryId>,
    limit: usize,
) -> Read<Vec<Delivery>> {
    let before = before.map_or_else(|| cell::LAST_ID.to_owned(), DeliveryId::to_string);
    let (bucket, limit) = (bucket(merchant), cell::limit(limit));
    let (merchant, endpoint) = (merchant.as_str(), endpoint.as_str());
    let values: &Values<'_> = &[&bucket, &merchant, &endpoint, &before, &limit];
    list(from, text::LIST_FAILING, values, delivery_row).await
}

pub(super) async fn by_trade_no(
    from: &Connections,
    number: &str,
    limit: usize,
) -> Read<Vec<PaymentId>> {
    let values: &Values<'_> = &[&number, &cell::limit(limit)];
    list(from, text::LIST_TRADES, values, |it| parsed(it, "payment_id")).await
}

pub(super) async fn by_merchants_no(
    from: &Connections,
    number: &OrderNo,
    limit: usize,
) -> Read<Vec<PaymentId>> {
    let values: &Values<'_> = &[&number.as_str(), &cell::limit(limit)];
    list(from, text::LIST_NUMBERED, values, |it| parsed(it, "payment_id")).await
}

pub(super) async fn audit(from: &Connections, pages: Pages, limit: usize) -> Read<Vec<Audited>> {
    let (sql, bound) = match pages {
        Pages::Before(before) => (text::LIST_ACTS_BEFORE, before.unwrap_or(u64::MAX)),
        Pages::After(after) => (text::LIST_ACTS_AFTER, after),
    };
    let bound = i64::try_from(bound).unwrap_or(i64::MAX);
    list(from, sql, &[&bound, &cell::limit(limit)], audited).await
}

fn audited(row: &Row) -> Read<Audited> {
    let act = Act {
        at: timestamp(row, "at")?,
        user: get(row, "user")?,
        role: get(row, "role")?,
        address: get(row, "address")?,
        action: get(row, "action")?,
        object: get(row, "object")?,
        outcome: get(row, "outcome")?,
        request_id: get(row, "request_id")?,
        detail: get(row, "detail")?,
    };
    let hash: &[u8] = get(row, "hash")?;
    let hash = hash.try_into().map_err(|_| garbled("a hash"))?;
    Ok(Audited { seq: unsigned(get(row, "seq")?)?, act, hash })
}

pub(super) async fn bill(
    from: &Connections,
    account: &AccountId,
    it: Bill,
) -> Read<Option<BillRecord>> {
    let values: &Values<'_> = &[&account.as_str(), &it.day.0, &it.kind.name()];
    one(from, text::READ_BILL, values, bill_row).await
}

pub(super) async fn bills(
    from: &Connections,
    account: Option<&AccountId>,
    before: Option<Day>,
    limit: usize,
) -> Read<Vec<BillRecord>> {
    let (account, before) = (account.map(AccountId::as_str), before.map(|it| it.0));
    list(from, text::LIST_BILLS, &[&account, &before, &cell::limit(limit)], bill_row).await
}

fn bill_row(row: &Row) -> Read<BillRecord> {
    let unsigned = |name| cell::unsigned(get(row, name)?);
    let (kind, state): (String, String) = (get(row, "kind")?, get(row, "state")?);
    let what: String = get(row, "what")?;
    let kind = BillKind::from_name(&kind).ok_or_else(|| garbled("kind"))?;
    let state = BillState::from_parts(&state, unsigned("line")?, &what);
    Ok(BillRecord {
        account: parsed(row, "account_id")?,
        bill: Bill { kind, day: Day(get(row, "day")?) },
        state: state.ok_or_else(|| garbled("state"))?,
        lines: unsigned("lines")?,
        changed_at: Timestamp(get(row, "changed_at")?),
        version: unsigned("version")?,
    })
}

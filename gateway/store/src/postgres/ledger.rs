//! The journal and the books: written by the schema's functions, read here.

use paymux_core::ledger::{Book, Cause, Posting};
use paymux_core::route::Day;
use paymux_core::{AccountId, Currency, MerchantId, Timestamp};
use serde_json::{Value, json};
use tokio_postgres::Row;

use super::connect::Connections;
use super::encode::bucket;
use super::read::{Values, get, list, one};
use super::text;
use crate::cell::{self, unsigned};
use crate::{Balance, Imbalance, Read, Stored, Stretch, Sum, ledger};

pub(super) fn encode(it: &Posting) -> Value {
    json!({
        "cause": it.cause().to_string(),
        "bucket": bucket(it.merchant()),
        "merchant_id": it.merchant().as_str(),
        "debit": it.debit().to_string(),
        "credit": it.credit().to_string(),
        "currency": it.amount().currency().code(),
        "amount": it.amount().minor(),
        "moved_at": it.moved_at().0,
        "booked_at": it.booked_at().0,
        "account_id": it.account().map(AccountId::as_str),
        "day": it.day().0,
        "guarded": it.guarded().is_some(),
    })
}

pub(super) async fn balances(from: &Connections, books: &[Book]) -> Read<Vec<Balance>> {
    let names: Vec<_> = books.iter().map(ToString::to_string).collect();
    let read =
        |it: &Row| ledger::balance(get(it, "name")?, get(it, "currency")?, get(it, "balance")?);
    list(from, text::READ_BALANCES, &[&names], read).await
}

pub(super) async fn posting(from: &Connections, cause: &Cause) -> Read<Option<Posting>> {
    let found = one(from, text::READ_POSTING, &[&cause.to_string()], stored).await?;
    Ok(found.map(|it| it.row))
}

pub(super) async fn journal(
    from: &Connections,
    merchant: &MerchantId,
    after: u64,
    limit: usize,
) -> Read<Vec<Stored<Posting>>> {
    let (after, limit) = (place(after), cell::limit(limit));
    let values: &Values<'_> = &[&bucket(merchant), &merchant.as_str(), &after, &limit];
    list(from, text::LIST_JOURNAL, values, stored).await
}

pub(super) async fn moved(
    from: &Connections,
    account: &AccountId,
    day: Day,
    after: Option<&Cause>,
    limit: usize,
) -> Read<Vec<Posting>> {
    let after = after.map(ToString::to_string).unwrap_or_default();
    let values: &Values<'_> = &[&account.as_str(), &day.0, &after, &cell::limit(limit)];
    list(from, text::LIST_MOVED, values, |it| Ok(stored(it)?.row)).await
}

/// Its first row is its end.
pub(super) async fn stretch(
    from: &Connections,
    merchant: &MerchantId,
    currency: Currency,
    after: u64,
    before: Timestamp,
) -> Read<Stretch> {
    let (bucket, name, owed) = (bucket(merchant), merchant.as_str(), Book::Owed(merchant.clone()));
    let (currency, owed) = (currency.code(), owed.to_string());
    let values: &Values<'_> = &[&bucket, &name, &place(after), &before.0, &currency, &owed];
    let read = |it: &Row| {
        let (kind, count) = (get::<Option<String>>(it, "kind")?, unsigned(get(it, "count")?)?);
        Ok((kind, count, get(it, "credited")?, get(it, "debited")?))
    };
    let mut stretch = Stretch { until: after, sums: vec![] };
    for (kind, count, credited, debited) in list(from, text::STRETCH, values, read).await? {
        match kind {
            Some(kind) => stretch.sums.push(Sum { kind, count, credited, debited }),
            None => stretch.until = count,
        }
    }
    Ok(stretch)
}

pub(super) async fn imbalances(from: &Connections, limit: usize) -> Read<Vec<Imbalance>> {
    let read = |it: &Row| {
        let (book, currency) = (get(it, "name")?, get(it, "currency")?);
        Ok(Imbalance { book, currency, kept: get(it, "kept")?, derived: get(it, "derived")? })
    };
    list(from, text::IMBALANCES, &[&cell::limit(limit)], read).await
}

/// No cursor is beyond what the database counts, so nothing comes after it.
fn place(cursor: u64) -> i64 {
    i64::try_from(cursor).unwrap_or(i64::MAX)
}

fn stored(row: &Row) -> Read<Stored<Posting>> {
    let read = ledger::Row {
        cause: get(row, "cause")?,
        merchant: get(row, "merchant_id")?,
        debit: get(row, "debit")?,
        credit: get(row, "credit")?,
        currency: get(row, "currency")?,
        amount: get(row, "amount")?,
        moved_at: get(row, "moved_at")?,
        booked_at: get(row, "booked_at")?,
    };
    Ok(Stored { cursor: unsigned(get(row, "seq")?)?, row: read.posting()? })
}

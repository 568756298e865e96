//! The journal and the books: one row for each movement, one for what each book holds.

use paymux_core::ledger::{Book, Posting};
use paymux_core::route::Day;
use paymux_core::{AccountId, Currency, MerchantId, Timestamp};
use rusqlite::{Connection, Row, params};

use super::read::{list, one};
use super::write::{Step, run, unless_said};
use super::{row, text};
use crate::{Balance, CommitError, Duplicate, Imbalance, Read, Stored, Stretch, Sum, cell, ledger};

pub(super) fn post(to: &Connection, it: &Posting) -> Step {
    let (cause, merchant) = (it.cause().to_string(), it.merchant().as_str());
    let (debit, credit) = (it.debit().to_string(), it.credit().to_string());
    let (currency, amount) = (it.amount().currency().code(), it.amount().minor());
    let (account, day) = (it.account().map(AccountId::as_str), it.day().0);
    let (moved, booked) = (it.moved_at().0, it.booked_at().0);
    let values =
        params![cause, merchant, debit, credit, currency, amount, moved, booked, account, day];
    unless_said(run(to, text::POST, values)?, || Duplicate::Posted(it.cause().clone()))?;
    it.legs().into_iter().try_for_each(|(book, amount)| add(to, it, book, amount))
}

/// There is one writer, so what the book holds now is what it holds when this is committed.
fn add(to: &Connection, posting: &Posting, book: &Book, amount: i64) -> Step {
    let values = params![book.to_string(), posting.amount().currency().code(), amount];
    let held: i64 = to.prepare_cached(text::ADD)?.query_row(values, |row| row.get(0))?;
    if posting.guarded() == Some(book) && held < 0 {
        return Err(CommitError::Short(book.clone()).into());
    }
    Ok(())
}

pub(super) fn balances(from: &Connection, books: &[Book]) -> Read<Vec<Balance>> {
    let mut names: Vec<_> = books.iter().map(ToString::to_string).collect();
    names.sort();
    names.dedup();
    let read = |it: &Row<'_>| {
        let (name, currency): (String, String) = (column(it, "name")?, column(it, "currency")?);
        ledger::balance(&name, &currency, column(it, "balance")?)
    };
    let mut all = vec![];
    for name in names {
        all.extend(list(from, text::READ_BALANCE, [name], read)?);
    }
    Ok(all)
}

pub(super) fn posting(from: &Connection, cause: &str) -> Read<Option<Posting>> {
    Ok(one(from, text::READ_POSTING, [cause], stored)?.map(|it| it.row))
}

pub(super) fn journal(
    from: &Connection,
    merchant: &MerchantId,
    after: u64,
    limit: usize,
) -> Read<Vec<Stored<Posting>>> {
    let values = params![merchant.as_str(), place(after), cell::limit(limit)];
    list(from, text::LIST_JOURNAL, values, stored)
}

pub(super) fn moved(
    from: &Connection,
    account: &AccountId,
    day: Day,
    after: Option<String>,
    limit: usize,
) -> Read<Vec<Posting>> {
    let after = after.unwrap_or_default();
    let values = params![account.as_str(), day.0, after, cell::limit(limit)];
    list(from, text::LIST_MOVED, values, |it| Ok(stored(it)?.row))
}

/// The journal is only appended to, so what lies before its end stays as it is.
pub(super) fn stretch(
    from: &Connection,
    merchant: &MerchantId,
    currency: Currency,
    after: u64,
    before: Timestamp,
) -> Read<Stretch> {
    let (owed, after) = (Book::Owed(merchant.clone()).to_string(), place(after));
    let values = params![merchant.as_str(), after, before.0];
    let until = one(from, text::STRETCH_END, values, |it| column::<i64>(it, "until"))?;
    let until = until.unwrap_or(after);
    let values = params![merchant.as_str(), currency.code(), owed, after, until];
    let read = |it: &Row<'_>| {
        let (kind, count) = (column(it, "kind")?, cell::unsigned(column(it, "count")?)?);
        let (credited, debited) = (column(it, "credited")?, column(it, "debited")?);
        Ok(Sum { kind, count, credited, debited })
    };
    let sums = list(from, text::STRETCH, values, read)?;
    Ok(Stretch { until: cell::unsigned(until)?, sums })
}

pub(super) fn imbalances(from: &Connection, limit: usize) -> Read<Vec<Imbalance>> {
    let read = |it: &Row<'_>| {
        let (book, currency) = (column(it, "name")?, column(it, "currency")?);
        Ok(Imbalance { book, currency, kept: column(it, "kept")?, derived: column(it, "derived")? })
    };
    list(from, text::IMBALANCES, [cell::limit(limit)], read)
}

/// No cursor is beyond what SQLite counts, so nothing comes after it.
fn place(cursor: u64) -> i64 {
    i64::try_from(cursor).unwrap_or(i64::MAX)
}

fn column<T: rusqlite::types::FromSql>(row: &Row<'_>, name: &str) -> Read<T> {
    row::column(row, name)
}

fn stored(row: &Row<'_>) -> Read<Stored<Posting>> {
    let text = |name| column::<String>(row, name);
    let (cause, merchant, currency) = (text("cause")?, text("merchant_id")?, text("currency")?);
    let (debit, credit) = (text("debit")?, text("credit")?);
    let read = ledger::Row {
        cause: &cause,
        merchant: &merchant,
        debit: &debit,
        credit: &credit,
        currency: &currency,
        amount: column(row, "amount")?,
        moved_at: column(row, "moved_at")?,
        booked_at: column(row, "booked_at")?,
    };
    Ok(Stored { cursor: cell::unsigned(column(row, "seq")?)?, row: read.posting()? })
}

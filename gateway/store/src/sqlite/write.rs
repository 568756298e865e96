//! One change in SQL: the contract's checks in the contract's order, each a guard in its row.

use paymux_core::delivery::Delivery;
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::{difference, fault, ledger, queue, receiver, settlement, text, transfer};
use crate::audit::{self, Act};
use crate::wall::Numbers;
use crate::{
    Answered, Begin, BillWrite, Change, CommitError, Duplicate, EndpointWrite, Entry, Evidence,
    IdempotencyKey, Managed, MerchantEvent, Once, StoreError, Taking, Write, cell, record, wall,
};

/// Why a change was not written.
#[derive(Debug)]
pub(super) enum Refused {
    /// It alone: its savepoint is rolled back.
    Change(CommitError),
    /// The database could not: the whole group is rolled back.
    Fault(rusqlite::Error),
}

pub(super) type Step = Result<(), Refused>;

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
        match error.sqlite_error_code() {
            Some(ConstraintViolation | TooBig | TypeMismatch) => {
                Self::Change(CommitError::Constraint(error.to_string()))
            }
            Some(_) => Self::Fault(error),
            // Not SQLite's: a value that does not convert.
            None => Self::Change(CommitError::Unavailable(fault(&error))),
        }
    }
}

impl From<CommitError> for Refused {
    fn from(error: CommitError) -> Self {
        Self::Change(error)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Change(CommitError::Unavailable(error))
    }
}

pub(super) fn change(to: &Connection, change: &Change) -> Step {
    change.finish.as_ref().map_or(Ok(()), |it| queue::check_fence(to, it))?;
    change.payment.as_ref().map_or(Ok(()), |it| check_version(to, it))?;
    change.transfer.as_ref().map_or(Ok(()), |it| transfer::write(to, it))?;
    change.settlement.as_ref().map_or(Ok(()), |it| settlement::write(to, it))?;
    change.receiver.as_ref().map_or(Ok(()), |it| receiver::write(to, it))?;
    change.endpoint.as_ref().map_or(Ok(()), |it| endpoint(to, it))?;
    change.bill.as_ref().map_or(Ok(()), |it| bill(to, it))?;
    change.differences.iter().try_for_each(|it| difference::write(to, it))?;
    change.managed.as_ref().map_or(Ok(()), |it| managed(to, it))?;
    change.once.iter().try_for_each(|it| once(to, it))?;
    change.begin.as_ref().map_or(Ok(()), |it| begin(to, it))?;
    change.answer.as_ref().map_or(Ok(()), |it| answer(to, it))?;
    change.release.as_ref().map_or(Ok(()), |it| release(to, it))?;
    change.notification.as_ref().map_or(Ok(()), |it| notification(to, it))?;
    change.events.iter().try_for_each(|it| event(to, it))?;
    change.journal.iter().try_for_each(|it| ledger::post(to, it))?;
    change.payment.as_ref().map_or(Ok(()), |it| payment(to, it))?;
    change.deliveries.iter().try_for_each(|it| delivery(to, it))?;
    change.finish.as_ref().map_or(Ok(()), |it| queue::finish(to, it))?;
    change.tasks.iter().try_for_each(|it| queue::put(to, it))?;
    change.entries.iter().try_for_each(|it| entry(to, it))?;
    change.act.as_ref().map_or(Ok(()), |it| act(to, it))?;
    change.takings.iter().try_for_each(|it| take(to, it))
}

/// The number of rows a statement wrote.
pub(super) fn run(to: &Connection, sql: &str, values: impl Params) -> Result<usize, Refused> {
    Ok(to.prepare_cached(sql)?.execute(values)?)
}

/// A guard in the row let nothing through: somebody said it before.
pub(super) fn unless_said(rows: usize, what: impl FnOnce() -> Duplicate) -> Step {
    if rows == 0 { Err(CommitError::Duplicate(what()).into()) } else { Ok(()) }
}

fn check_version(to: &Connection, write: &Write) -> Step {
    let mut select = to.prepare_cached(text::VERSION)?;
    let id = write.next.id.to_string();
    let stored: Option<i64> = select.query_row([id], |row| row.get(0)).optional()?;
    let same = u64::try_from(stored.unwrap_or(0)) == Ok(write.expected);
    if same { Ok(()) } else { Err(CommitError::Stale.into()) }
}

fn once(to: &Connection, once: &Once) -> Step {
    let rows = run(to, text::ONCE, params![once.key.to_string(), once.holder])?;
    unless_said(rows, || Duplicate::Once(once.key.clone()))
}

fn begin(to: &Connection, begin: &Begin) -> Step {
    let Begin { key, fingerprint, holder, until, created_at } = begin;
    let merchant = key.merchant.as_str();
    let values = params![merchant, key.key, fingerprint, holder, until.0, created_at.0];
    unless_said(run(to, text::BEGIN, values)?, || Duplicate::Begun)
}

fn answer(to: &Connection, answered: &Answered) -> Step {
    let Answered { key, answer } = answered;
    let values = params![key.merchant.as_str(), key.key, answer.status, answer.body];
    unless_said(run(to, text::ANSWER, values)?, || Duplicate::Answered)
}

fn release(to: &Connection, key: &IdempotencyKey) -> Step {
    run(to, text::RELEASE, params![key.merchant.as_str(), key.key]).map(drop)
}

fn notification(to: &Connection, it: &Evidence) -> Step {
    let payment = it.payment.map(|it| it.to_string());
    let values = params![
        it.account.as_str(),
        it.id,
        it.kind,
        payment,
        it.disposition.name(),
        it.headers,
        it.body,
        it.received_at.0
    ];
    unless_said(run(to, text::NOTIFICATION, values)?, || Duplicate::Notification)
}

fn event(to: &Connection, it: &MerchantEvent) -> Step {
    let (id, merchant) = (it.id.to_string(), it.merchant.as_str());
    let values = params![id, merchant, it.kind, it.payload, it.created_at.0];
    unless_said(run(to, text::EVENT, values)?, || Duplicate::Event)
}

fn payment(to: &Connection, write: &Write) -> Step {
    let id = write.next.id.to_string();
    row(to, write, &id)?;
    let payment = &write.next;
    cell::trade_nos(payment).try_for_each(|it| run(to, text::TRADE, [it, &id]).map(drop))?;
    cell::refund_nos(payment).try_for_each(|it| run(to, text::REFUND_NUMBER, [it, &id]).map(drop))
}

fn row(to: &Connection, write: &Write, id: &str) -> Step {
    let (numbers, payment) = (wall::check(write)?, &write.next);
    let (status, doubt_since) =
        (cell::status(payment.state()), payment.doubt_since().map(|it| it.0));
    let Numbers { amount, paid, reserved, refunded, version } = numbers;
    let record = record::encode(payment)?;
    if write.expected > 0 {
        let values = params![id, status, paid, reserved, refunded, version, doubt_since, record];
        return run(to, text::PAYMENT, values).map(drop);
    }
    let order = &payment.order;
    let values = params![
        id,
        status,
        paid,
        reserved,
        refunded,
        version,
        doubt_since,
        record,
        order.merchant.as_str(),
        order.order_no.as_str(),
        amount,
        order.amount.currency().code(),
        order.created_at.0,
        order.expires_at.0
    ];
    run(to, text::NEW_PAYMENT, values).map(drop)
}

fn delivery(to: &Connection, it: &Delivery) -> Step {
    let ended_at = cell::ended_at(&it.state);
    let (payment, id) = (it.id.event.payment.to_string(), it.id.to_string());
    let (merchant, endpoint) = (it.merchant.as_str(), it.id.endpoint.as_str());
    let (state, paid_at) = (it.state.name(), it.paid_at.map(|it| it.0));
    let values = params![payment, id, merchant, endpoint, state, ended_at, it.attempts, paid_at];
    run(to, text::DELIVERY, values).map(drop)
}

/// Behind the last one: there is one writer, so nobody comes in between.
fn act(to: &Connection, it: &Act) -> Step {
    let mut last = to.prepare_cached(text::LAST_ACT)?;
    let last = last.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))).optional()?;
    let (seq, former) = last.unwrap_or((0, audit::GENESIS));
    let hash = audit::link(&former, it);
    let values = params![
        seq + 1,
        it.at.0,
        it.user,
        it.role,
        it.address,
        it.action,
        it.object,
        it.outcome,
        it.request_id,
        it.detail,
        hash
    ];
    run(to, text::ACT, values).map(drop)
}

fn take(to: &Connection, it: &Taking) -> Step {
    let Taking { account, day, currency, taken } = it;
    let values = params![account.as_str(), day.0, currency.code(), taken.count, taken.amount];
    run(to, text::TAKE, values).map(drop)
}

/// Compared, and written where it is a new version.
fn endpoint(to: &Connection, write: &EndpointWrite) -> Step {
    let EndpointWrite { expected, next } = write;
    let (merchant, id) = (next.merchant.as_str(), next.endpoint.as_str());
    let mut select = to.prepare_cached(text::ENDPOINT_VERSION)?;
    let stored: Option<i64> = select.query_row([merchant, id], |row| row.get(0)).optional()?;
    if u64::try_from(stored.unwrap_or(0)) != Ok(*expected) {
        return Err(CommitError::Stale.into());
    }
    if next.version == *expected {
        return Ok(());
    }
    let failing_since = next.failing_since.map(|it| it.0);
    let (at, reason) = next.disabled.map(|it| (it.at.0, it.reason.name())).unzip();
    let version = i64::try_from(next.version).unwrap_or(i64::MAX);
    run(to, text::ENDPOINT, params![merchant, id, failing_since, at, reason, version]).map(drop)
}

/// Over the generation before it, and no other.
fn bill(to: &Connection, write: &BillWrite) -> Step {
    let BillWrite { expected, next } = write;
    let (account, kind) = (next.account.as_str(), next.bill.kind.name());
    let key = params![account, next.bill.day.0, kind];
    let mut select = to.prepare_cached(text::BILL_VERSION)?;
    let stored: Option<i64> = select.query_row(key, |row| row.get(0)).optional()?;
    if u64::try_from(stored.unwrap_or(0)) != Ok(*expected) {
        return Err(CommitError::Stale.into());
    }
    let number = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
    let (line, what) = next.state.parts();
    let values = params![
        account,
        next.bill.day.0,
        kind,
        next.state.name(),
        number(line),
        what,
        number(next.lines),
        next.changed_at.0,
        number(next.version)
    ];
    run(to, text::BILL, values).map(drop)
}

fn managed(to: &Connection, it: &Managed) -> Step {
    let generation: i64 =
        to.prepare_cached(text::MANAGED_GENERATION)?.query_row([], |row| row.get(0))?;
    let version = i64::try_from(it.version).unwrap_or(-1);
    if version.checked_sub(1) != Some(generation) {
        return Err(CommitError::Stale.into());
    }
    let Managed { kind, id, sealed, changed_at, changed_by, .. } = it;
    let values = params![kind.name(), id, version, sealed, changed_at.0, changed_by];
    run(to, text::MANAGED, values).map(drop)
}

fn entry(to: &Connection, it: &Entry) -> Step {
    let values = params![it.payment.to_string(), it.at.0, it.kind, it.detail];
    run(to, text::ENTRY, values).map(drop)
}

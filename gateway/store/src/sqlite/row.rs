//! Rows as they come back: what does not parse was not written by us.

use std::str::FromStr;

use paymux_core::bill::{Bill, BillKind, BillRecord, BillState};
use paymux_core::delivery::{Delivery, DeliveryState};
use paymux_core::endpoint::EndpointState;
use paymux_core::route::Day;
use paymux_core::{PaymentId, Timestamp};
use rusqlite::Row;

use super::fault;
use crate::cell::{self, garbled, unsigned};
use crate::{
    Act, Answer, Audited, Backlog, Disposition, Entry, Idempotent, Managed, MerchantEvent, Read,
    Stored, Untold, Waiting,
};

pub(super) fn disposition(name: &str) -> Read<Disposition> {
    Disposition::from_name(name).ok_or_else(|| garbled("a disposition"))
}

pub(super) fn idempotent(row: &Row<'_>) -> Read<Idempotent> {
    let status: Option<u16> = column(row, "status")?;
    let body: Option<Vec<u8>> = column(row, "body")?;
    let answer = status.zip(body).map(|(status, body)| Answer { status, body });
    Ok(Idempotent {
        fingerprint: column(row, "fingerprint")?,
        holder: column(row, "holder")?,
        until: timestamp(row, "until")?,
        answer,
    })
}

pub(super) fn event(row: &Row<'_>) -> Read<Stored<MerchantEvent>> {
    let event = MerchantEvent {
        id: parsed(row, "id")?,
        merchant: parsed(row, "merchant_id")?,
        kind: column(row, "kind")?,
        payload: column(row, "payload")?,
        created_at: timestamp(row, "created_at")?,
    };
    Ok(Stored { cursor: unsigned(column(row, "seq")?)?, row: event })
}

pub(super) fn delivery(row: &Row<'_>) -> Read<Delivery> {
    Ok(Delivery {
        id: parsed(row, "id")?,
        merchant: parsed(row, "merchant_id")?,
        state: delivery_state(row)?,
        attempts: column(row, "attempts")?,
        paid_at: column::<Option<i64>>(row, "paid_at")?.map(Timestamp),
    })
}

pub(super) fn backlog(row: &Row<'_>) -> Read<Backlog> {
    let waiting = |count: &str, since: &str| {
        let since: Option<i64> = column(row, since)?;
        Ok(Waiting { count: unsigned(column(row, count)?)?, since: since.map(Timestamp) })
    };
    let queue = waiting("tasks_due", "oldest_due")?;
    Ok(Backlog {
        tasks: unsigned(column(row, "tasks")?)?,
        due: queue.count,
        oldest_due: queue.since,
        untold: Untold {
            due: waiting("due", "due_since")?,
            held: waiting("held", "held_since")?,
            exhausted: waiting("exhausted", "exhausted_since")?,
        },
        doubts: waiting("doubts", "doubts_since")?,
    })
}

fn delivery_state(row: &Row<'_>) -> Read<DeliveryState> {
    let name: String = column(row, "state")?;
    let ended_at: Option<i64> = column(row, "ended_at")?;
    cell::delivery_state(&name, ended_at)
}

pub(super) fn endpoint(row: &Row<'_>) -> Read<EndpointState> {
    let failing_since: Option<i64> = column(row, "failing_since")?;
    Ok(EndpointState {
        merchant: parsed(row, "merchant_id")?,
        endpoint: parsed(row, "id")?,
        failing_since: failing_since.map(Timestamp),
        disabled: {
            let reason: Option<String> = column(row, "disabled_reason")?;
            cell::disabled(column(row, "disabled_at")?, reason.as_deref())?
        },
        version: cell::unsigned(column(row, "version")?)?,
    })
}

pub(super) fn managed(row: &Row<'_>) -> Read<Managed> {
    let kind: String = column(row, "kind")?;
    Ok(Managed {
        kind: cell::managed_kind(&kind)?,
        id: column(row, "id")?,
        version: unsigned(column(row, "version")?)?,
        sealed: column(row, "sealed")?,
        changed_at: timestamp(row, "changed_at")?,
        changed_by: column(row, "changed_by")?,
    })
}

pub(super) fn entry(payment: PaymentId, row: &Row<'_>) -> Read<Entry> {
    let (kind, detail) = (column(row, "kind")?, column(row, "detail")?);
    Ok(Entry { payment, at: timestamp(row, "at")?, kind, detail })
}

pub(super) fn bill(row: &Row<'_>) -> Read<BillRecord> {
    let unsigned = |name| cell::unsigned(column(row, name)?);
    let (kind, state): (String, String) = (column(row, "kind")?, column(row, "state")?);
    let what: String = column(row, "what")?;
    let kind = BillKind::from_name(&kind).ok_or_else(|| garbled("kind"))?;
    let state = BillState::from_parts(&state, unsigned("line")?, &what);
    Ok(BillRecord {
        account: parsed(row, "account_id")?,
        bill: Bill { kind, day: Day(column(row, "day")?) },
        state: state.ok_or_else(|| garbled("state"))?,
        lines: unsigned("lines")?,
        changed_at: Timestamp(column(row, "changed_at")?),
        version: unsigned("version")?,
    })
}

pub(super) fn audited(row: &Row<'_>) -> Read<Audited> {
    let act = Act {
        at: timestamp(row, "at")?,
        user: column(row, "user")?,
        role: column(row, "role")?,
        address: column(row, "address")?,
        action: column(row, "action")?,
        object: column(row, "object")?,
        outcome: column(row, "outcome")?,
        request_id: column(row, "request_id")?,
        detail: column(row, "detail")?,
    };
    Ok(Audited { seq: unsigned(column(row, "seq")?)?, act, hash: column(row, "hash")? })
}

pub(super) fn column<T: rusqlite::types::FromSql>(row: &Row<'_>, name: &str) -> Read<T> {
    row.get(name).map_err(|it| fault(&it))
}

fn timestamp(row: &Row<'_>, name: &str) -> Read<Timestamp> {
    column(row, name).map(Timestamp)
}

pub(super) fn parsed<T: FromStr>(row: &Row<'_>, name: &'static str) -> Read<T> {
    let text: String = column(row, name)?;
    text.parse().map_err(|_| garbled(name))
}

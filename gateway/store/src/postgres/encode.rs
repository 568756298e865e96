//! A change as the schema's functions read it: one JSON object, and the names it must lock.

use std::collections::BTreeSet;

use paymux_core::delivery::Delivery;
use paymux_core::{MerchantId, PaymentId};
use serde_json::{Map, Value, json};

use super::{difference, ledger, receiver, settlement, transfer};
use crate::{
    Act, Answered, Begin, BillWrite, Change, CommitError, EndpointWrite, Entry, Evidence, Finish,
    IdempotencyKey, Key, Managed, MerchantEvent, Once, Read, StoreError, Taking, Task, TaskKind,
    Then, Write, cell, record, wall,
};

/// Leased by nobody.
const FREE: i64 = i64::MIN;

/// No row has a negative version or fence: what is beyond the database's numbers matches nothing.
pub(super) fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(-1)
}

pub(super) fn bucket(merchant: &MerchantId) -> i16 {
    i16::try_from(merchant.bucket()).expect("a bucket has ten bits")
}

pub(super) fn bucket_of(payment: PaymentId) -> i16 {
    i16::try_from(payment.bucket()).expect("a bucket has ten bits")
}

pub(super) fn bucket_of_key(key: &Key) -> i16 {
    let bucket = match key {
        Key::Order(merchant, _)
        | Key::Refund(merchant, _)
        | Key::Transfer(merchant, _)
        | Key::Split(merchant, _) => merchant.bucket(),
        Key::Account(account) => account.bucket(),
        // Of no merchant.
        Key::Console | Key::Ended(_) => 0,
    };
    i16::try_from(bucket).expect("a bucket has ten bits")
}

/// A merchant's endpoint is where its payments are.
fn bucket_for(kind: &TaskKind) -> i16 {
    match kind {
        TaskKind::Resolve(it) => bucket_of(it.payment),
        TaskKind::Refund(it) => bucket_of(it.payment),
        TaskKind::Transfer(it) => bucket_of(it.root()),
        TaskKind::Split(it) => bucket_of(it.payment),
        TaskKind::Deliver(it) => bucket_of(it.event.payment),
        TaskKind::Replay(merchant, _) | TaskKind::Settle(merchant) => bucket(merchant),
        TaskKind::Bill(account, _) => {
            i16::try_from(account.bucket()).expect("a bucket has ten bits")
        }
    }
}

pub(super) fn change(it: &Change) -> Read<String> {
    let mut parts = Map::new();
    let mut put = |name: &str, part: Value| drop(parts.insert(name.into(), part));
    if let Some(it) = &it.finish {
        put("finish", finish(it));
    }
    if let Some(it) = &it.payment {
        put("payment", payment(it)?);
    }
    if let Some(it) = &it.transfer {
        put("transfer", transfer::encode(it)?);
    }
    if let Some(it) = &it.settlement {
        put("settlement", settlement::encode(it)?);
    }
    if let Some(it) = &it.receiver {
        put("receiver", receiver::encode(it));
    }
    if let Some(it) = &it.begin {
        put("begin", begin(it));
    }
    if let Some(it) = &it.answer {
        put("answer", answer(it));
    }
    if let Some(it) = &it.release {
        put("release", request(it));
    }
    if let Some(it) = &it.notification {
        put("notification", notification(it));
    }
    if let Some(it) = &it.endpoint {
        put("endpoint", endpoint(it));
    }
    if let Some(it) = &it.bill {
        put("bill", bill(it));
    }
    if let Some(it) = &it.managed {
        put("managed", managed(it));
    }
    if let Some(it) = &it.act {
        put("act", act(it));
    }
    if !it.differences.is_empty() {
        put("differences", difference::encode(&it.differences)?);
    }
    put("once", list(&it.once, once));
    put("events", list(&it.events, event));
    put("deliveries", list(&it.deliveries, delivery));
    put("tasks", list(&it.tasks, task));
    put("entries", list(&it.entries, entry));
    put("takings", list(&it.takings, taking));
    // Most changes move nothing.
    if !it.journal.is_empty() {
        put("journal", list(&it.journal, ledger::encode));
    }
    Ok(Value::Object(parts).to_string())
}

fn list<T>(rows: &[T], row: impl Fn(&T) -> Value) -> Value {
    rows.iter().map(row).collect()
}

fn finish(it: &Finish) -> Value {
    let bucket = bucket_for(&it.kind);
    let (kind, fence) = (it.kind.to_string(), number(it.fence));
    match it.then {
        Then::Done => json!({ "bucket": bucket, "kind": kind, "fence": fence }),
        Then::Again(due) => {
            json!({ "bucket": bucket, "kind": kind, "fence": fence, "again": due.0, "free": FREE })
        }
    }
}

/// What the wall refuses is told as the last complaint, so the function hears of it, too.
fn payment(write: &Write) -> Read<Value> {
    let payment = &write.next;
    let (bucket, id) = (bucket_of(payment.id), payment.id.to_string());
    let expected = number(write.expected);
    let numbers = match wall::check(write) {
        Ok(numbers) => numbers,
        Err(CommitError::Constraint(what)) => {
            return Ok(
                json!({ "bucket": bucket, "id": id, "expected": expected, "refused": what }),
            );
        }
        Err(error) => return Err(StoreError(error.to_string())),
    };
    let order = &payment.order;
    Ok(json!({
        "bucket": bucket,
        "id": id,
        "expected": expected,
        "merchant_id": order.merchant.as_str(),
        "order_no": order.order_no.as_str(),
        "status": cell::status(payment.state()),
        "amount": numbers.amount,
        "currency": order.amount.currency().code(),
        "paid": numbers.paid,
        "reserved": numbers.reserved,
        "refunded": numbers.refunded,
        "version": numbers.version,
        "created_at": order.created_at.0,
        "expires_at": order.expires_at.0,
        "doubt_since": payment.doubt_since().map(|it| it.0),
        "record": record::encode(payment)?,
        "trade_nos": cell::trade_nos(payment).collect::<Vec<_>>(),
        "refund_nos": cell::refund_nos(payment).collect::<Vec<_>>(),
    }))
}

fn once(it: &Once) -> Value {
    json!({ "bucket": bucket_of_key(&it.key), "key": it.key.to_string(), "holder": it.holder })
}

fn request(it: &IdempotencyKey) -> Value {
    json!({ "bucket": bucket(&it.merchant), "merchant_id": it.merchant.as_str(), "key": it.key })
}

fn begin(it: &Begin) -> Value {
    with(
        request(&it.key),
        json!({
            "fingerprint": hex::encode(it.fingerprint),
            "holder": it.holder,
            "until": it.until.0,
            "created_at": it.created_at.0,
        }),
    )
}

fn answer(it: &Answered) -> Value {
    let (status, body) = (it.answer.status, hex::encode(&it.answer.body));
    with(request(&it.key), json!({ "status": status, "body": body }))
}

fn with(one: Value, other: Value) -> Value {
    let parts = [one, other].into_iter().filter_map(|it| match it {
        Value::Object(parts) => Some(parts),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    });
    Value::Object(parts.flatten().collect())
}

fn notification(it: &Evidence) -> Value {
    json!({
        "account_id": it.account.as_str(),
        "id": it.id,
        "kind": it.kind,
        "payment_id": it.payment.map(|it| it.to_string()),
        "disposition": it.disposition.name(),
        "headers": it.headers,
        "body": hex::encode(&it.body),
        "received_at": it.received_at.0,
    })
}

fn event(it: &MerchantEvent) -> Value {
    json!({
        "bucket": bucket_of(it.id.payment),
        "id": it.id.to_string(),
        "merchant_id": it.merchant.as_str(),
        "kind": it.kind,
        "payload": hex::encode(&it.payload),
        "created_at": it.created_at.0,
    })
}

fn delivery(it: &Delivery) -> Value {
    let payment = it.id.event.payment;
    json!({
        "bucket": bucket_of(payment),
        "payment_id": payment.to_string(),
        "id": it.id.to_string(),
        "merchant_id": it.merchant.as_str(),
        "state": it.state.name(),
        "ended_at": cell::ended_at(&it.state),
        "attempts": it.attempts,
        "paid_at": it.paid_at.map(|it| it.0),
    })
}

fn bill(it: &BillWrite) -> Value {
    let next = &it.next;
    let (line, what) = next.state.parts();
    json!({
        "account_id": next.account.as_str(),
        "kind": next.bill.kind.name(),
        "day": next.bill.day.0,
        "expected": number(it.expected),
        "state": next.state.name(),
        "line": number(line),
        "what": what,
        "lines": number(next.lines),
        "changed_at": next.changed_at.0,
        "version": number(next.version),
    })
}

fn endpoint(it: &EndpointWrite) -> Value {
    let state = &it.next;
    json!({
        "bucket": bucket(&state.merchant),
        "merchant_id": state.merchant.as_str(),
        "id": state.endpoint.as_str(),
        "expected": number(it.expected),
        "failing_since": state.failing_since.map(|it| it.0),
        "disabled_at": state.disabled.map(|it| it.at.0),
        "disabled_reason": state.disabled.map(|it| it.reason.name()),
        "version": number(state.version),
    })
}

fn managed(it: &Managed) -> Value {
    json!({
        "kind": it.kind.name(),
        "id": it.id,
        "version": number(it.version),
        "sealed": it.sealed.as_ref().map(hex::encode),
        "changed_at": it.changed_at.0,
        "changed_by": it.changed_by,
    })
}

fn task(it: &Task) -> Value {
    let bucket = bucket_for(&it.kind);
    json!({ "bucket": bucket, "kind": it.kind.to_string(), "due": it.due.0, "free": FREE })
}

fn entry(it: &Entry) -> Value {
    json!({
        "bucket": bucket_of(it.payment),
        "payment_id": it.payment.to_string(),
        "at": it.at.0,
        "kind": it.kind,
        "detail": it.detail,
    })
}

fn act(it: &Act) -> Value {
    json!({
        "at": it.at.0,
        "user": it.user,
        "role": it.role,
        "address": it.address,
        "action": it.action,
        "object": it.object,
        "outcome": it.outcome,
        "request_id": it.request_id,
        "detail": it.detail,
        "canonical": hex::encode(it.canonical()),
    })
}

fn taking(it: &Taking) -> Value {
    json!({
        "account_id": it.account.as_str(),
        "day": it.day.0,
        "currency": it.currency.code(),
        "count": it.taken.count,
        "amount": it.taken.amount,
    })
}

/// The names of everything two changes could meet at. Whoever holds them meets nobody.
pub(super) fn locks(it: &Change, into: &mut BTreeSet<String>) {
    let payments = [it.payment.iter().map(|it| it.next.id).collect(), named(it)].concat();
    into.extend(payments.iter().map(ToString::to_string));
    into.extend(it.transfer.iter().map(|it| it.next.id.root().to_string()));
    into.extend(it.transfer.iter().flat_map(transfer::locks));
    into.extend(it.settlement.iter().map(|it| format!("settlement/{}", it.next.number)));
    into.extend(it.receiver.iter().map(receiver::lock));
    into.extend(it.once.iter().map(|it| it.key.to_string()));
    let begun = it.begin.iter().map(|it| &it.key);
    let ended = it.answer.iter().map(|it| &it.key).chain(&it.release);
    into.extend(begun.chain(ended).map(|it| format!("idempotency/{}/{}", it.merchant, it.key)));
    let endpoints = it.endpoint.iter().map(|it| &it.next);
    into.extend(endpoints.map(|it| format!("endpoint/{}/{}", it.merchant, it.endpoint)));
    let bills = it.bill.iter().map(|it| &it.next);
    into.extend(bills.map(|it| format!("record/{}/{}", it.account, it.bill)));
    into.extend(it.differences.iter().map(difference::lock));
    into.extend(it.managed.iter().map(|_| "managed".to_owned()));
    let kinds = it.tasks.iter().map(|it| &it.kind).chain(it.finish.iter().map(|it| &it.kind));
    into.extend(kinds.filter(|it| it.payment().is_none()).map(ToString::to_string));
    // Whoever takes from a guarded book sees what it holds; and a cause is nobody else's meanwhile.
    let guarded = it.journal.iter().filter_map(|it| it.guarded());
    into.extend(guarded.map(|it| format!("book/{it}")));
    let vouchers = it.journal.iter().map(|it| it.cause()).filter(|it| it.payment().is_none());
    into.extend(vouchers.map(|it| format!("cause/{it}")));
    // One chain: whoever appends waits for whoever did before.
    into.extend(it.act.iter().map(|_| "audit".to_owned()));
    let notes = it.notification.iter();
    into.extend(notes.map(|it| format!("notification/{}/{}", it.account, it.id)));
}

/// The payments that the change writes about, besides the one it writes.
fn named(it: &Change) -> Vec<PaymentId> {
    let tasks = it.tasks.iter().filter_map(|it| it.kind.payment());
    let finished = it.finish.iter().filter_map(|it| it.kind.payment());
    let events = it.events.iter().map(|it| it.id.payment);
    let deliveries = it.deliveries.iter().map(|it| it.id.event.payment);
    let entries = it.entries.iter().map(|it| it.payment);
    let moved = it.journal.iter().filter_map(|it| it.cause().payment());
    let entries = entries.chain(moved);
    tasks.chain(finished).chain(events).chain(deliveries).chain(entries).collect()
}

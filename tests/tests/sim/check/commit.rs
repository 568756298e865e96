//! Every commit that was written: fenced, complete, true, and never without its next step.

use paymux_core::payment::{Payment, Standing, Verdict};
use paymux_core::refund::Refund;
use paymux_core::{AttemptId, EventId, PaymentId};
use paymux_store::memory::{MemoryStore, Tables};
use paymux_store::{Change, MerchantEvent, TaskKind};

use super::{history, ledger, truth};
use crate::sim::scene::State;

/// What was there when the change was written.
pub(crate) struct Before {
    payment: Option<Payment>,
    fence: Option<u64>,
    /// A once-key of the change that somebody held already.
    said: Option<String>,
}

pub(crate) fn before(store: &MemoryStore, change: &Change) -> Before {
    store.look(|it| Before {
        payment: change.payment.as_ref().and_then(|write| it.payments.get(&write.next.id).cloned()),
        fence: change.finish.as_ref().and_then(|task| it.tasks.get(&task.kind)).map(|it| it.fence),
        said: change.once.iter().find_map(|once| it.once.get(&once.key).cloned()),
    })
}

pub(crate) fn after(state: &mut State, store: &MemoryStore, before: &Before, change: &Change) {
    state.count("commits");
    let said = before.said.as_ref();
    state.ensure(said.is_none(), "INV-1", || format!("a number is given twice, first to {said:?}"));
    if let Some(finish) = &change.finish {
        let mine = before.fence == Some(finish.fence);
        state.ensure(mine, "INV-10", || format!("{} was finished by a lost lease", finish.kind));
    }
    if let Some(write) = &change.payment {
        history::goes_on(state, before.payment.as_ref(), &write.next);
        facts(state, before.payment.as_ref(), &write.next);
        sums(state, &write.next);
    }
    for event in &change.events {
        told(state, store, change, event);
    }
    if let Some(payment) = subject(change) {
        store.look(|it| {
            never_forgotten(state, it, payment);
            numbered(state, it, payment);
            it.payments.get(&payment).into_iter().for_each(|it_is| {
                ledger::agrees(state, it, it_is);
            });
        });
    }
}

pub(crate) fn summary(change: &Change) -> String {
    let payment = change.payment.as_ref().map(|it| {
        let attempts: Vec<_> = it.next.attempts.iter().map(|it| (it.id, &it.standing)).collect();
        let refunds: Vec<_> = it.next.refunds.iter().map(|it| it.state.name()).collect();
        let (verdict, closing) = (&it.next.verdict, it.next.closing);
        format!("{} {attempts:?} {refunds:?} {verdict:?} closing {closing:?}", it.next.id)
    });
    let events: Vec<_> = change.events.iter().map(|it| &it.kind).collect();
    let (finish, tasks) = (&change.finish, &change.tasks);
    let answer = change.answer.as_ref().map(|it| it.answer.status);
    let notice = change.notification.as_ref().map(|it| (&it.id, it.disposition));
    format!("{payment:?} {events:?} {finish:?} {tasks:?} {answer:?} {notice:?}")
}

fn subject(change: &Change) -> Option<PaymentId> {
    let written = change.payment.as_ref().map(|it| it.next.id);
    written.or_else(|| change.finish.as_ref().and_then(|it| it.kind.payment()))
}

/// What is new in the payment is true at the channel.
fn facts(state: &mut State, before: Option<&Payment>, next: &Payment) {
    for attempt in &next.attempts {
        let old = before.and_then(|it| it.attempt(attempt.id));
        if let Some(receipt) = &attempt.receipt
            && old.is_none_or(|it| it.receipt.is_none())
        {
            let amount = receipt.amount.minor();
            truth::is_paid(state, attempt.id, amount, &receipt.channel_trade_no);
        }
        if attempt.standing == Standing::Unsent
            && old.is_none_or(|it| it.standing != Standing::Unsent)
        {
            truth::is_unsent(state, attempt.id);
        }
    }
}

/// Of each attempt's money no more goes back than came.
fn sums(state: &mut State, next: &Payment) {
    for attempt in &next.attempts {
        let paid = attempt.receipt.as_ref().map_or(0, |it| it.amount.minor());
        let held = |it: &&Refund| it.attempt == attempt.id && it.holds_money();
        let held: i64 = next.refunds.iter().filter(held).map(|it| it.amount.minor()).sum();
        let id = attempt.id;
        state.ensure(held <= paid, "INV-5", || format!("{held} of {paid} go back of {id}"));
    }
}

fn told(state: &mut State, store: &MemoryStore, change: &Change, event: &MerchantEvent) {
    let name = names(&event.kind);
    state.count(name);
    let payment = change.payment.as_ref().map(|it| &it.next);
    let own = payment.is_some_and(|it| it.id == event.id.payment);
    state.ensure(own, "INV-8", || format!("{} without its cause", event.id));
    let Some(payment) = payment else { return };
    once(state, store, payment, &event.kind);
    if name == "payment.closed" || name == "payment.failed" {
        for attempt in &payment.attempts {
            truth::is_over(state, attempt.id, name);
        }
    }
    let delivered = change.deliveries.iter().filter(|it| it.id.event == event.id).count();
    let expected = crate::sim::node::endpoints(&event.merchant).len();
    state.ensure(delivered == expected, "INV-8", || format!("{} to {delivered}", event.id));
}

/// A payment succeeds, fails and closes once.
fn once(state: &mut State, store: &MemoryStore, payment: &Payment, kind: &str) {
    let paid = payment.attempts.iter().filter(|it| it.standing == Standing::Paid).count();
    let most = match kind {
        "payment.succeeded" | "payment.failed" | "payment.closed" => 1,
        "payment.duplicate_paid" | "payment.late_paid" => paid,
        "refund.succeeded" => payment.refunds.len(),
        _ => return,
    };
    let times = store.look(|it| {
        let theirs = it.events.range(span(payment.id)).filter(|(_, it)| it.row.kind == kind);
        theirs.count()
    });
    let id = payment.id;
    state.ensure(times <= most, "INV-11", || format!("{kind} of {id} is told {times} times"));
}

pub(crate) fn span(payment: PaymentId) -> std::ops::RangeInclusive<EventId> {
    EventId { payment, number: 0 }..=EventId { payment, number: u16::MAX }
}

/// 1, 2, 3, … without gaps.
fn numbered(state: &mut State, tables: &Tables, id: PaymentId) {
    let Some(payment) = tables.payments.get(&id) else { return };
    let numbers = tables.events.range(span(id)).map(|(id, _)| id.number);
    let gapless = numbers.eq(1..=payment.events);
    state.ensure(gapless, "INV-11", || format!("the events of {id} have gaps"));
}

/// Whatever has not ended has somebody who will look at it.
fn never_forgotten(state: &mut State, tables: &Tables, id: PaymentId) {
    let Some(payment) = tables.payments.get(&id) else { return };
    let asked = |id: AttemptId| tables.tasks.contains_key(&super::send::question(id));
    let live = payment.attempts.iter().filter(|it| it.standing.is_live() || it.recheck.is_some());
    let live: Vec<_> = live.collect();
    for attempt in &live {
        let id = attempt.id;
        state.ensure(asked(id), "INV-9", || format!("nobody will ask about {id}"));
    }
    let current = payment.current().map_or_else(|| payment.next_attempt_id(), |it| it.id);
    let current = asked(current);
    let open = payment.verdict == Verdict::Open && live.is_empty();
    state.ensure(!open || current, "INV-9", || format!("nobody will end {id}"));
    for refund in payment.refunds.iter().filter(|it| it.state.is_open()) {
        let known = tables.tasks.contains_key(&TaskKind::Refund(refund.id));
        state.ensure(known, "INV-9", || format!("nobody will ask about {}", refund.id));
    }
    due_deliveries(state, tables, id);
}

fn due_deliveries(state: &mut State, tables: &Tables, id: PaymentId) {
    let theirs = tables.deliveries.values().filter(|it| it.id.event.payment == id);
    for delivery in theirs.filter(|it| it.state.name() == "due") {
        let known = tables.tasks.contains_key(&TaskKind::Deliver(delivery.id.clone()));
        state.ensure(known, "INV-9", || format!("nobody will deliver {}", delivery.id));
    }
}

fn names(kind: &str) -> &'static str {
    const NAMES: [&str; 8] = [
        "payment.succeeded",
        "payment.failed",
        "payment.closed",
        "payment.late_paid",
        "payment.duplicate_paid",
        "refund.succeeded",
        "refund.failed",
        "refund.abnormal",
    ];
    NAMES.into_iter().find(|it| *it == kind).expect("a known kind")
}

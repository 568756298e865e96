//! Answers to merchants: one per key, byte for byte, and nothing the store does not say (INV-1).

use paymux_core::{AttemptId, PaymentId};
use paymux_engine::flow::Replied;
use paymux_engine::problem::Problem;
use paymux_store::IdempotencyKey;
use paymux_store::memory::MemoryStore;
use serde_json::Value;

use crate::sim::merchant::plan::AUTH_CODE;
use crate::sim::merchant::{MERCHANTS, What};
use crate::sim::scene::State;

/// What a merchant reads in an answer about a payment.
pub(crate) struct Seen {
    pub(crate) payment: PaymentId,
    pub(crate) attempt: Option<AttemptId>,
    pub(crate) code: bool,
}

pub(crate) fn read(body: &[u8]) -> Seen {
    let body: Value = serde_json::from_slice(body).expect("JSON");
    let attempt = body["attempt"]["out_trade_no"].as_str();
    Seen {
        payment: body["id"].as_str().and_then(|it| it.parse().ok()).expect("a payment's id"),
        attempt: attempt.map(|it| it.parse().expect("a number of ours")),
        code: body["action"].is_object() && body["action"]["type"] != "cashier",
    }
}

/// An answer leaves the gateway, whether or not anybody hears it.
pub(crate) fn given(
    state: &mut State,
    store: &MemoryStore,
    wish: usize,
    result: &Result<Replied, Problem>,
) {
    let wish = state.wishes[wish].clone();
    secret(state, result);
    let replied = match result {
        Ok(replied) => replied,
        Err(problem) => return refused(state, problem),
    };
    match wish.what {
        What::Create(_) | What::Another { .. } | What::Choose { .. } => {
            show(state, store, &replied.answer.body)
        }
        What::Refund { .. } | What::Retry { .. } => {}
        What::Close { .. } => return,
    }
    if replied.answer.status == 201 {
        one_answer(state, store, wish.merchant, &wish.key, replied);
    }
}

/// A code that was shown is nobody's to read.
fn secret(state: &mut State, result: &Result<Replied, Problem>) {
    let text = match result {
        Ok(replied) => String::from_utf8_lossy(&replied.answer.body).into_owned(),
        Err(problem) => format!("{problem:?}"),
    };
    let told = text.contains(AUTH_CODE);
    state.ensure(!told, "INV-13", || "a payer's code is in an answer".into());
}

fn refused(state: &mut State, problem: &Problem) {
    // Where a channel contradicts itself, "internal" is the answer.
    let person = problem.detail.contains("needs a person") && state.knobs.contradiction > 0;
    let internal = problem.kind.slug == "internal";
    state.ensure(!internal || person, "no defect", || {
        format!("a merchant is told: {}", problem.detail)
    });
}

/// From here on somebody may pay it.
fn show(state: &mut State, store: &MemoryStore, body: &[u8]) {
    let seen = read(body);
    let (true, Some(attempt)) = (seen.code, seen.attempt) else { return };
    let known = store.look(|it| it.payments.get(&attempt.payment).cloned());
    let known = known.as_ref().and_then(|it| it.attempt(attempt)).and_then(|it| it.action.as_ref());
    state.ensure(known.is_some(), "INV-2", || format!("the code of {attempt} is shown unrecorded"));
    if state.shown.insert(attempt) {
        super::truth::one_code(state, attempt);
    }
}

fn one_answer(
    state: &mut State,
    store: &MemoryStore,
    merchant: usize,
    key: &str,
    replied: &Replied,
) {
    let body = &replied.answer.body;
    let first = state.answers.entry((merchant, key.into())).or_insert_with(|| body.clone());
    let same = first == body;
    state.ensure(same, "INV-1", || format!("two answers to {key:?}"));
    let row =
        IdempotencyKey { merchant: MERCHANTS[merchant].parse().expect("a name"), key: key.into() };
    let stored = store.look(|it| it.idempotent.get(&row).and_then(|it| it.answer.clone()));
    let kept = stored.is_some_and(|it| it.body == *body);
    state.ensure(kept, "INV-1", || format!("the answer to {key:?} is not the one that is kept"));
}

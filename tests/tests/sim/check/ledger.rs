//! INV-17: the ledger sums to zero, and has of every payment what came, what went and its fees.

use paymux_core::ledger::{Book, Posting};
use paymux_core::payment::{Attempt, Payment};
use paymux_core::refund::{Cause, RefundState};
use paymux_store::memory::Tables;

use crate::sim::node::FEE_BP;
use crate::sim::scene::State;

/// After every commit of a payment.
pub(crate) fn agrees(state: &mut State, tables: &Tables, payment: &Payment) {
    let sum: i64 = tables.books.values().sum();
    state.ensure(sum == 0, "INV-17", || format!("the books sum to {sum}"));
    let theirs = tables.journal.iter().filter(|it| it.cause().payment() == Some(payment.id));
    let theirs: Vec<_> = theirs.collect();
    let totals = payment.totals().expect("they add up");
    let held = totals.paid.minor() - totals.refunded.minor();
    let kept: i64 = payment.attempts.iter().map(|it| fees(payment, it)).sum();
    let id = payment.id;
    let channels = sum_of(&theirs, |it| matches!(it, Book::Channel(_)));
    state.ensure(channels == -held, "INV-17", || format!("{id}: {channels} for {held}"));
    let earned = sum_of(&theirs, |it| matches!(it, Book::Fees(_)));
    state.ensure(earned == kept, "INV-17", || format!("{id}: {earned} of fees for {kept}"));
    let owed = sum_of(&theirs, |it| matches!(it, Book::Owed(_) | Book::Surplus(_)));
    state.ensure(owed == held - kept, "INV-17", || format!("{id}: {owed} owed of {held}"));
}

/// In the end, every book holds what its postings say.
pub(crate) fn holds(state: &mut State, tables: &Tables) {
    let mut books = std::collections::BTreeMap::new();
    for posting in &tables.journal {
        for (book, amount) in posting.legs() {
            let key = (book.clone(), posting.amount().currency());
            *books.entry(key).or_insert(0) += amount;
        }
    }
    state.ensure(books == tables.books, "INV-17", || format!("{:?} of {books:?}", tables.books));
}

fn sum_of(postings: &[&Posting], of: impl Fn(&Book) -> bool) -> i64 {
    let legs = postings.iter().flat_map(|it| it.legs());
    legs.filter(|it| of(it.0)).map(|it| it.1).sum()
}

/// What is charged for money that is kept, less the share of what was refunded of it.
fn fees(payment: &Payment, attempt: &Attempt) -> i64 {
    let mut refunds = payment.refunds.iter().filter(|it| it.attempt == attempt.id);
    let Some(receipt) = &attempt.receipt else { return 0 };
    if refunds.clone().any(|it| it.cause != Cause::Merchant) {
        return 0;
    }
    let paid = receipt.amount.minor();
    let fee = (paid * i64::from(FEE_BP) + 5_000) / 10_000;
    let gone = refunds.by_ref().filter(|it| matches!(it.state, RefundState::Succeeded { .. }));
    let gone: i64 = gone.map(|it| it.amount.minor()).sum();
    fee - fee * gone / paid
}

//! The contract with storage, executed: every driver passes every case.
//!
//! A driver's test calls [`run`] with a function that opens a new, empty store each time. It needs
//! a tokio runtime, best one with several threads: the races are real ones.

mod audit;
mod bills;
mod differences;
mod endpoints;
pub mod guard;
mod idempotency;
mod ledger;
mod managed;
mod model;
mod notifications;
mod races;
mod reads;
mod receivers;
mod refusals;
mod rng;
mod sample;
mod settlements;
mod tasks;
mod transfers;
mod values;
mod view;

use crate::{Change, CommitError, Duplicate, Store};

#[cfg(test)]
pub(crate) use {
    rng::Rng, sample::act as sample_act, sample::journal as sample_journal,
    sample::paid as sample_paid, sample::payments as sample_payments,
};

macro_rules! cases {
    ($($module:ident: $($name:ident)*;)*) => {
        /// Every case on a store of its own. Panics at the first that fails, and names it.
        pub async fn run<S: Store>(fresh: impl AsyncFn() -> S) {
            $($(
                tracing::debug!(case = stringify!($name), "store.conformance");
                // On the heap: one after the other, they are more than a stack takes unoptimized.
                Box::pin($module::$name(fresh().await)).await;
            )*)*
            for seed in model::SEEDS {
                Box::pin(model::any_history_equals_the_models(fresh().await, seed)).await;
            }
        }
    };
}

cases! {
    reads: payments_are_found_by_the_channels_number
        payments_are_found_by_their_merchants_number
        nothing_is_found_in_an_empty_store everything_written_is_read
        payments_are_listed_newest_first events_are_listed_after_a_cursor
        deliveries_are_listed_by_payment timelines_keep_the_order_of_commits
        a_delivery_is_written_over takings_are_summed_by_account_day_and_currency;
    refusals: a_refused_change_leaves_nothing complaints_come_in_order;
    endpoints: an_endpoint_is_written_over_its_version
        an_equal_version_is_compared_and_not_written failing_deliveries_are_listed
        held_deliveries_are_listed_in_order;
    audit: acts_are_chained_in_the_order_of_their_commits a_refused_change_leaves_no_act
        the_log_is_read_in_pages many_who_append_keep_one_chain;
    ledger: what_moved_is_read_in_every_order a_book_never_pays_what_it_does_not_hold
        a_change_is_posted_one_after_the_other stretches_leave_no_gap
        nothing_is_lost_in_a_flash_sale what_is_held_is_paid_once;
    bills: a_bill_is_written_over_the_version_that_was_read a_refused_change_writes_no_bill
        bills_are_listed_newest_first;
    differences: a_difference_is_written_over_its_version differences_of_a_day_are_in_order
        whoever_waits_is_found differences_are_listed_newest_first_and_counted;
    managed: an_item_is_written_over_its_generation a_removed_item_keeps_its_version
        one_writer_wins_each_generation;
    transfers: a_transfer_is_written_over_its_version transfers_are_listed_newest_first
        no_day_spends_more_than_its_limit many_who_spend_leave_nothing_out;
    settlements: a_settlement_is_written_over_its_version settlements_are_listed_newest_first
        a_settlement_and_its_money_are_one_commit of_two_who_settle_a_period_one_does
        a_transfer_and_its_settlement_end_in_one_commit
        money_without_a_book_is_found;
    receivers: a_receiver_is_written_over a_receiver_may_be_bound_elsewhere
        receivers_are_listed_by_their_numbers;
    idempotency: the_first_answer_stands a_key_belongs_to_its_merchant
        a_request_that_ended_unanswered_may_be_taken_over;
    notifications: an_orphan_is_written_over what_was_decided_stands;
    tasks: due_tasks_are_leased_the_longest_due_first a_lease_keeps_others_away_until_it_ends
        a_lost_lease_cannot_finish a_task_put_again_is_woken finishing_removes_or_reschedules
        one_change_finishes_first_and_puts_then a_fence_never_comes_back the_queue_in_numbers
        what_is_not_over_is_counted_by_merchant money_untold_and_attempts_in_doubt_are_counted;
    values: extreme_numbers extreme_texts keys_are_exact limits_are_exact;
    races: one_writer_wins_each_version one_writer_wins_each_key no_task_is_leased_twice
        one_finisher_wins;
}

/// An outcome in one word, so that tables stay tables.
fn word(outcome: &Result<(), CommitError>) -> &'static str {
    match outcome {
        Ok(()) => "ok",
        Err(CommitError::Stale) => "stale",
        Err(CommitError::Exceeded(_)) => "exceeded",
        Err(CommitError::Fenced) => "fenced",
        Err(CommitError::Short(_)) => "short",
        Err(CommitError::Constraint(_)) => "constraint",
        Err(CommitError::Unavailable(_)) => "unavailable",
        Err(CommitError::Unknown(_)) => "unknown",
        Err(CommitError::Duplicate(what)) => match what {
            Duplicate::Once(_) => "once",
            Duplicate::Begun => "begun",
            Duplicate::Answered => "answered",
            Duplicate::Notification => "notification",
            Duplicate::Event => "event",
            Duplicate::Posted(_) => "posted",
        },
    }
}

/// Commits, and compares the outcome with a word.
async fn check(store: &impl Store, change: Change, expect: &str) {
    let outcome = store.commit(change.clone()).await;
    assert_eq!(word(&outcome), expect, "{outcome:?} of {change:#?}");
}

//! What a transfer leaves behind: reserved money of which a channel tells no more, and its day.

use std::time::Duration;

use paymux_core::transfer::State;

use super::run::{AMOUNT, Run};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn what_the_channel_forgets_raises_an_alarm_and_frees_nothing() {
    let run = Run::of_one_that_is_processed();
    run.forget();
    run.walk_after(DAY);
    let State::Abnormal(refusal) = run.only().state else { panic!("{:?}", run.only()) };
    assert_eq!(refusal.code, "lost");
    assert_eq!(run.raised("transfer_abnormal"), 1);
    assert_eq!(run.events(), ["transfer.abnormal"]);
    // Not before, when nobody can find it any more, either.
    run.walk_after(40 * DAY);
    assert!(matches!(run.only().state, State::Abnormal(_)), "its money is free");
    assert_eq!((run.raised("transfer_abnormal"), run.events().len()), (1, 1));
    run.check().unwrap();
}

/// Given back where it was taken, wherever the rules are at home by then.
#[test]
fn the_day_is_given_back_to_the_day_it_was_taken_from() {
    let run = Run::of_one_that_is_processed();
    assert_eq!(run.spent(), [AMOUNT, AMOUNT], "the merchant's and the account's");
    // At that hour it is yesterday there.
    run.move_to(-12);
    run.fail();
    run.walk_after(Duration::ZERO);
    assert!(matches!(run.only().state, State::Failed(_)));
    assert_eq!(run.spent(), [0, 0]);
}

//! What came to nothing is tried again, and pays once.

use std::time::Duration;

use super::*;
use crate::id::RefundNo;
use crate::payment::Event;
use crate::payment::tests::after;

const FAILED: &str = "dispatch, paid 1, refund 80, refund-refused 1";
const CLOSED: &str = "dispatch, paid 1, refund 80, refund-accepted 1, refund-closed 1";

/// The only refund's state, round and sends after these events.
fn check(events: &str, expect: (&str, u16, u16)) {
    let story = Story::of(events);
    let [refund] = &story.payment.refunds[..] else { panic!("{events}") };
    let is = (render::refund(&refund.state), refund.round, refund.sends);
    assert_eq!(is, expect, "{events}");
}

#[test]
fn a_refused_number_is_sent_again_and_a_closed_one_never() {
    check(FAILED, ("x", 0, 1));
    check(&format!("{FAILED}, refund-retry 1"), ("?", 0, 0));
    check(&format!("{FAILED}, refund-retry 1, refund-refused 1, refund-retry 1"), ("?", 0, 0));
    check(&format!("{CLOSED}, refund-retry 1"), ("?", 1, 0));
    check(&format!("{CLOSED}, refund-retry 1, refund-closed 1, refund-retry 1"), ("?", 2, 0));
    check(&format!("{CLOSED}, refund-retry 1, refund-refused 1, refund-retry 1"), ("?", 1, 0));
    // The refusal was of a number that its channel came to close.
    check(&format!("{FAILED}, refund-closed 1, refund-retry 1"), ("?", 1, 0));
}

#[test]
fn a_refusal_beside_another_send_leaves_its_number_for_good() {
    let doubtful = "dispatch, paid 1, refund 80, refund-resend 1, refund-refused 1";
    check(doubtful, ("!", 0, 2));
    check(&format!("{doubtful}, refund-retry 1"), ("?", 0, 2));
    check(&format!("{doubtful}, refund-retry 1, refund-refused 1"), ("!", 0, 2));
    check(&format!("{doubtful}, refund-retry 1, refund-paid 1"), ("$", 0, 2));
    check(&format!("{doubtful}, refund-closed 1, refund-retry 1"), ("?", 1, 0));
}

#[test]
fn what_we_return_ourselves_is_tried_again_too() {
    let surplus = "dispatch, dispatch, paid 1, paid 2, refund-resend 1";
    check(&format!("{surplus}, refund-refused 1"), ("!", 0, 1));
    check(&format!("{surplus}, refund-refused 1, refund-retry 1"), ("?", 0, 1));
    check(&format!("{surplus}, refund-closed 1, refund-retry 1"), ("?", 1, 0));
}

/// A first send that was taken cannot have been refused as well: the channel is asked before more.
#[test]
fn a_refusal_of_what_was_taken_leaves_a_send_to_ask_about() {
    let taken = "dispatch, paid 1, refund 80, refund-accepted 1, refund-refused 1";
    check(taken, ("!", 0, 1));
    check(&format!("{taken}, refund-retry 1"), ("?", 0, 1));
}

#[test]
fn what_is_under_way_or_done_needs_no_other_try_and_what_a_person_holds_gets_none() {
    let told = |events: &str| Story::of(events).tell("refund-retry 1");
    let redundant = Ok(Transition::Redundant);
    assert_eq!(told("dispatch, paid 1, refund 80"), redundant);
    assert_eq!(told("dispatch, paid 1, refund 80, refund-accepted 1"), redundant);
    assert_eq!(told("dispatch, paid 1, refund 80, refund-paid 1"), redundant);
    assert_eq!(told(&format!("{FAILED}, refund-retry 1")), redundant);
    let held = Ok(Transition::Rejected(Rejection::RefundHeld));
    assert_eq!(told("dispatch, paid 1, refund 80, refund-abnormal 1"), held);
    let unknown = Err(Contradiction::UnknownRefund);
    assert_eq!(told("dispatch, paid 1"), unknown);
}

#[test]
fn the_money_is_reserved_anew() {
    let spent = Story::of(FAILED).then("refund 21");
    let told = spent.clone().tell("refund-retry 1");
    assert_eq!(told, Ok(Transition::Rejected(Rejection::ExceedsPaid)));
    let again = Story::of(FAILED).then("refund 20, refund-retry 1");
    assert_eq!(again.payment.refundable(again.id(1)), fen(0));
    assert_eq!(again.payment.totals().unwrap().reserved, fen(100));
}

/// Channels repeat what they said: of a closed number, whatever became of the refund since.
#[test]
fn old_news_of_a_closed_number_says_nothing_of_the_present_one() {
    let mut story = Story::of(CLOSED).then("refund-retry 1, refund-accepted 1");
    let tell = |story: &mut Story, round, fact| {
        let number = RefundNo { refund: story.refund_id(1), round };
        story.meet(&Event::Refund { number, fact })
    };
    let said = || refusal("CLOSED");
    for fact in [RefundFact::Closed(said()), RefundFact::Refused(said())] {
        assert_eq!(tell(&mut story, 0, fact), Ok(Transition::Redundant));
    }
    let event = "refund.succeeded";
    let paid = succeeded(fen(80));
    assert_eq!(tell(&mut story, 0, paid.clone()), Err(Contradiction::Unexpected { event }));
    assert_eq!(tell(&mut story, 2, paid.clone()), Err(Contradiction::Unexpected { event }));
    assert!(matches!(tell(&mut story, 1, paid), Ok(Transition::Applied { .. })));
}

/// WeChat Pay takes one refund of a payment in a minute, and fifty in all.
#[test]
fn refunds_of_one_payment_leave_in_turn() {
    let turns = |story: &Story| -> Vec<_> {
        let refunds = story.payment.refunds.iter();
        refunds.map(|it| (it.turn().since(T0).as_secs(), it.sends)).collect()
    };
    let story = Story::with("apart=60").then("dispatch, paid 1, refund 10 a, refund 10 b");
    let due = |seconds| crate::payment::Effect::Refund {
        refund: story.refund_id(2),
        due: after(T0, seconds),
    };
    assert_eq!(story.effects, [due(60)], "its task sends it");
    assert_eq!(turns(&story), [(0, 1), (60, 0)]);
    let third = story.then("refund 10 c");
    assert_eq!(turns(&third), [(0, 1), (60, 0), (120, 0)]);
    let retried = third.then("refund-refused 1, refund-retry 1");
    assert_eq!(turns(&retried), [(180, 0), (60, 0), (120, 0)]);
    let quiet = retried.at(T0.after(Duration::from_secs(500))).then("refund 10 d");
    assert_eq!(turns(&quiet)[3], (500, 1));
}

#[test]
fn further_numbers_count_among_the_fifty() {
    let mut story = Story::of(CLOSED);
    for _ in 1..MAX_REFUNDS {
        story = story.then("refund-retry 1, refund-closed 1");
    }
    assert_eq!(story.payment.refunds[0].round, 49);
    let told = story.tell("refund-retry 1");
    assert_eq!(told, Ok(Transition::Rejected(Rejection::TooManyRefunds)));
    let told = story.tell("refund 1");
    assert_eq!(told, Ok(Transition::Rejected(Rejection::TooManyRefunds)));
}

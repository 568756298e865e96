//! Money reported of a charge that is being undone, or was.

use super::rules::redundant;
use super::*;

#[test]
fn money_reported_of_a_closed_charge_is_asked_about_first() {
    let closed = Story::with("barcode late=accept").then("dispatch, reversing 1, close, closed 1");
    let reported = closed.clone().then("paid 1");
    assert_eq!(reported.payment.verdict, Verdict::Closed);
    let due = reported.at.after(EXPIRY_MARGIN);
    assert_eq!(reported.effects, [Effect::Resolve { attempt: reported.id(1), due }]);
    assert_eq!(reported.payment.plan(reported.id(1), due), Plan::Recheck);
    // Old news of its closing, and answers to questions that knew nothing of the report.
    redundant(&mut reported.clone(), &["closed 1"]);
    let mut again = reported.clone().then("paid 1");
    let (attempt, asked_at) = (reported.id(1), reported.payment.version);
    let returned = Event::Returned { attempt, asked_at };
    assert_eq!(again.meet(&returned), Ok(Transition::Redundant));
    // It had been returned.
    let returned = reported.clone().then("returned 1");
    assert_eq!(
        (returned.tells(), returned.payment.plan(returned.id(1), due)),
        (vec![], Plan::Done)
    );
    // Or it is there after all.
    let late = reported.then("still-paid 1");
    assert_eq!(late.tells(), [Notice::PaymentLatePaid { attempt }, Notice::PaymentSucceeded]);
    // Who was not sent to ask again has only old news.
    let mut stale = closed;
    assert!(matches!(stale.tell("still-paid 1"), Ok(Transition::Applied { .. })));
    assert!(stale.payment.attempts[0].recheck.is_some() && stale.tells().is_empty());
}

/// Until the charge is closed, another request to undo it may leave: the pause begins then.
#[test]
fn money_reported_long_before_a_charge_is_closed_is_asked_about_long_after() {
    let story = Story::with("barcode").then("dispatch, accept 1, reversing 1, paid 1");
    let (attempt, old) = (story.id(1), story.payment.version);
    let closing = story.at.after(2 * EXPIRY_MARGIN);
    let closed = story.at(closing).then("closed 1");
    let due = closing.after(EXPIRY_MARGIN);
    assert!(closed.effects.contains(&Effect::Resolve { attempt, due }));
    assert_ne!(closed.payment.plan(attempt, closing), Plan::Recheck);
    assert_eq!(closed.payment.plan(attempt, due), Plan::Recheck);
    // A question that began before it was closed knows nothing of the end.
    let returned = Event::Returned { attempt, asked_at: old };
    assert_eq!(closed.clone().meet(&returned), Ok(Transition::Redundant));
}

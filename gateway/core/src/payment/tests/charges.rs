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

/// It was on its way to be undone, so what is reported may have gone back.
#[test]
fn money_reported_of_a_refused_charge_is_asked_about_first() {
    for events in ["dispatch, reversing 1, refuse 1", "dispatch, refuse 1"] {
        let story = Story::with("barcode late=accept").then(events);
        let (attempt, reported) = (story.id(1), story.then("paid 1"));
        assert!(reported.tells().is_empty(), "{events}");
        let due = reported.at.after(EXPIRY_MARGIN);
        assert_eq!(reported.effects, [Effect::Resolve { attempt, due }]);
        assert_eq!(reported.payment.plan(attempt, due), Plan::Recheck);
        let returned = reported.clone().then("returned 1");
        assert_eq!(returned.payment.plan(attempt, due), Plan::Done);
        let late = reported.then("still-paid 1");
        assert_eq!(late.tells(), [Notice::PaymentLatePaid { attempt }, Notice::PaymentSucceeded]);
    }
}

#[test]
fn a_charge_that_never_left_needs_no_undoing() {
    let story = Story::with("barcode").then("dispatch, reversing 1, unsent 1");
    assert_eq!(story.payment.attempts[0].standing, Standing::Unsent);
    let closing = Story::with("barcode").then("dispatch, close, reversing 1, unsent 1");
    assert_eq!(closing.tells(), [Notice::PaymentClosed]);
    // Another send of it may have.
    let twice = Story::with("barcode").then("dispatch, resend 1, reversing 1, unsent 1");
    assert_eq!(twice.payment.attempts[0].standing, Standing::Reversing);
    // Or somebody says that it did.
    redundant(&mut Story::with("barcode").then("dispatch, reversing 1, paid 1"), &["unsent 1"]);
}

/// The payer has shown another code since, or is gone.
#[test]
fn an_old_code_is_not_charged() {
    let mut payment = Story::with("barcode").then("dispatch").payment;
    let id = payment.attempts[0].id;
    payment.attempts[0].till = Some(TillTimes { decide_after: Duration::from_secs(600), ..TILL });
    assert_eq!(payment.absence(id, after(T0, 59)), Absence::Resend);
    assert_eq!(payment.absence(id, after(T0, 60)), Absence::Wait);
    assert_eq!([59, 60].map(|it| payment.is_stale(id, after(T0, it))), [false, true]);
    let order = Story::of("dispatch");
    assert!(!order.payment.is_stale(order.id(1), after(T0, 600)), "an order charges nobody");
}

/// A channel that never says whether the money is there holds a payment up for a while, not for
/// ever.
#[test]
fn what_is_reported_and_never_confirmed_does_not_keep_a_payment_open() {
    let story = Story::with("barcode").then("dispatch, supersede 1, closed 1, paid 1");
    let (id, ask_at) = (story.id(1), story.at.after(EXPIRY_MARGIN));
    let plan = |seconds| story.payment.plan(id, after(ask_at, seconds));
    assert_eq!([0, 3599].map(plan), [Plan::Recheck; 2]);
    assert_eq!(plan(3600), Plan::Expire);
    let overdue = |seconds| story.payment.is_overdue(id, after(ask_at, seconds));
    assert_eq!([0, 299, 300].map(overdue), [false, false, true]);
    let closed = story.clone().at(after(ask_at, 3600)).then("close");
    assert_eq!(closed.payment.verdict, Verdict::Closed);
    assert_eq!(closed.payment.plan(id, after(ask_at, 3600)), Plan::Recheck, "asked on");
    let late = closed.then("still-paid 1");
    assert_eq!(late.tells(), [Notice::PaymentLatePaid { attempt: id }]);
    // Where one is being undone, nothing is proven, and somebody is called.
    let undone = Story::with("barcode").then("dispatch, reversing 1");
    assert!(!undone.payment.is_overdue(id, after(T0, 344)));
    assert!(undone.payment.is_overdue(id, after(T0, 345)));
    assert_eq!(undone.payment.plan(id, after(T0, 90_000)), Plan::Reverse);
}

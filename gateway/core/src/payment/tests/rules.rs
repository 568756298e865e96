//! The rules of the machine, each by its name.

use super::*;
use crate::refund::{Cause, RefundState};

fn rejected(story: &mut Story, event: &str) -> Rejection {
    match story.tell(event) {
        Ok(Transition::Rejected(rejection)) => rejection,
        other => panic!("{event}: {other:?}"),
    }
}

pub(super) fn redundant(story: &mut Story, events: &[&str]) {
    for event in events {
        assert_eq!(story.tell(event), Ok(Transition::Redundant), "{event}");
    }
}

fn contradiction(story: &mut Story, event: &str) -> Contradiction {
    story.tell(event).expect_err(event)
}

#[test]
fn in_doubt_comes_before_the_send_and_its_commit_schedules_a_query() {
    let story = Story::of("dispatch");
    assert_eq!(story.payment.state(), State::InDoubt { attempt: story.id(1) });
    let due = after(T0, 5);
    assert_eq!(story.effects, [Effect::Resolve { attempt: story.id(1), due }]);
    assert_eq!(story.payment.plan(story.id(1), due), Plan::Query);
}

#[test]
fn an_order_that_can_be_paid_is_never_without_its_question() {
    let story = Story::of("dispatch, accept 1");
    let due = after(T0, 5);
    assert_eq!(story.effects, [Effect::Resolve { attempt: story.id(1), due }]);
    let unwanted = Story::of("dispatch, close, accept 1");
    assert_eq!(unwanted.effects, [Effect::Resolve { attempt: unwanted.id(1), due: T0 }]);
    let over = Story::of("dispatch").at(EXPIRY).then("accept 1");
    assert_eq!(over.effects, [Effect::Resolve { attempt: over.id(1), due: EXPIRY }]);
}

#[test]
fn a_repeat_keeps_its_number() {
    let story = Story::of("dispatch, resend 1, resend 1");
    assert_eq!(story.payment.attempts.len(), 1);
    assert_eq!(story.payment.attempts[0].sends, 3);
    assert_eq!(story.payment.next_attempt_id(), story.id(2));
}

#[test]
fn a_payment_that_is_over_sends_nothing_more() {
    let check = |story: Story, why| {
        assert_eq!(rejected(&mut story.clone(), "dispatch"), why);
        assert_eq!(rejected(&mut story.clone(), "resend 1"), why);
    };
    check(Story::of("dispatch, close"), Rejection::Ended);
    check(Story::of("dispatch").at(EXPIRY), Rejection::Ended);
    check(Story::of("dispatch").at(after(EXPIRY, 60)), Rejection::Ended);
    // A sibling paid: the order in doubt must not be made again.
    let mut paid = Story::of("dispatch, dispatch, paid 1");
    assert_eq!(rejected(&mut paid, "resend 2"), Rejection::Ended);
    let last = Story::of("dispatch").at(Timestamp(EXPIRY.0 - 1));
    assert_eq!(last.then("resend 1, dispatch").payment.attempts.len(), 2);
}

#[test]
fn another_attempt_needs_the_first_unsent_closed_or_unseen() {
    let allowed = |events: &str| {
        let story = Story::of(events).then("dispatch");
        assert_eq!(story.payment.current().map(|it| &it.standing), Some(&Standing::InDoubt));
    };
    allowed("dispatch, unsent 1");
    allowed("dispatch, closed 1");
    allowed("dispatch, accept 1, closed 1");
    allowed("dispatch");
    allowed("dispatch, resend 1");
    allowed("dispatch, dispatch, refuse 1, unsent 2");
    let refused = |events: &str, why| assert_eq!(rejected(&mut Story::of(events), "dispatch"), why);
    refused("dispatch, accept 1", Rejection::AttemptLive);
    refused("dispatch, dispatch, accept 2", Rejection::AttemptLive);
    refused("dispatch, dispatch, refuse 2", Rejection::AttemptLive);
    refused("dispatch, refuse 1", Rejection::Ended);
    refused("dispatch, paid 1", Rejection::AlreadyPaid);
    refused("dispatch, closed 1, close", Rejection::Ended);
}

#[test]
fn an_attempt_left_unseen_is_closed_at_the_channel_and_its_code_stays_unseen() {
    let mut story = Story::of("dispatch, dispatch");
    let closing = Effect::Resolve { attempt: story.id(1), due: T0 };
    assert!(story.effects.contains(&closing), "{:?}", story.effects);
    assert_eq!(story.payment.plan(story.id(1), T0), Plan::Close);
    redundant(&mut story, &["accept 1"]);
    assert_eq!(story.payment.attempts[0].action, None);
    assert_eq!(rejected(&mut story, "resend 1"), Rejection::AttemptLive);
}

#[test]
fn a_barcode_in_doubt_may_be_a_charge_and_blocks_another() {
    let barcode = |events: &str| Story::with("barcode").then(events);
    assert_eq!(rejected(&mut barcode("dispatch"), "dispatch"), Rejection::AttemptLive);
    assert_eq!(rejected(&mut barcode("dispatch, resend 1"), "dispatch"), Rejection::AttemptLive);
    assert_eq!(barcode("dispatch, unsent 1, dispatch").payment.attempts.len(), 2);
    assert_eq!(barcode("dispatch, closed 1, dispatch").payment.attempts.len(), 2);
}

#[test]
fn a_repeat_that_was_not_sent_or_was_refused_proves_nothing_of_the_first() {
    let standing = |events: &str| Story::of(events).payment.attempts[0].standing.clone();
    assert_eq!(standing("dispatch, resend 1, unsent 1"), Standing::InDoubt);
    assert_eq!(standing("dispatch, resend 1, dispatch, unsent 1"), Standing::Abandoned);
    // Each send that never left is taken back; where none is left, none was sent.
    assert_eq!(standing("dispatch, resend 1, unsent 1, unsent 1"), Standing::Unsent);
    let once = Story::with("barcode").then("dispatch, resend 1, unsent 1, refuse 1");
    assert_eq!(once.tells(), [Notice::PaymentFailed]);
    // The code of one send was shown: the no to the other does not end it.
    redundant(&mut Story::of("dispatch, resend 1, accept 1"), &["refuse 1"]);
    redundant(&mut Story::of("dispatch, resend 1, refuse 1"), &["accept 1"]);
    // One of the two may have charged.
    redundant(&mut Story::with("barcode").then("dispatch, resend 1"), &["refuse 1"]);
    // Long after expiry, nothing is left that another send could have made.
    let lapsed = Story::of("dispatch, resend 1, accept 1").at(EXPIRY.after(EXPIRY_MARGIN));
    assert_eq!(lapsed.then("refuse 1").tells(), [Notice::PaymentFailed]);
    // Nobody saw a code: whatever was made cannot be paid.
    assert_eq!(Story::of("dispatch, resend 1, refuse 1").tells(), [Notice::PaymentFailed]);
}

#[test]
fn a_code_that_was_shown_is_kept_no_longer_than_a_repeat_may_need_it() {
    let kept = |events: &str| {
        let story = Story::with("barcode").then(events);
        story.payment.attempts[0].way.payer.auth_code.is_some()
    };
    assert!(kept("dispatch") && kept("dispatch, resend 1") && kept("dispatch, close"));
    for event in ["accept 1", "unsent 1", "refuse 1", "paid 1", "closed 1", "reversing 1"] {
        assert!(!kept(&format!("dispatch, {event}")), "{event}");
    }
}

/// The request to undo it gives the money back, whoever tells of it meanwhile.
#[test]
fn money_of_a_charge_that_is_being_undone_is_no_success() {
    let story = Story::with("barcode").then("dispatch, accept 1, reversing 1");
    redundant(&mut story.clone(), &["accept 1", "unsent 1", "reversing 1"]);
    let undone = story.clone().then("close, closed 1");
    assert_eq!(undone.tells(), [Notice::PaymentClosed]);
    // What is reported meanwhile goes back with it; whether it did is asked afterwards.
    let reported = story.clone().then("paid 1, close, closed 1");
    assert_eq!(reported.payment.verdict, Verdict::Closed);
    let due = reported.at.after(EXPIRY_MARGIN);
    assert!(reported.effects.contains(&Effect::Resolve { attempt: reported.id(1), due }));
    assert_eq!(reported.payment.plan(reported.id(1), due), Plan::Recheck);
    // Unless the channel refuses to undo it, and says so afterwards.
    assert_eq!(story.then("still-paid 1").tells(), [Notice::PaymentSucceeded]);
    // What was paid before anybody undid it stays so.
    let mut paid = Story::with("barcode").then("dispatch, accept 1, paid 1");
    redundant(&mut paid, &["reversing 1", "closed 1"]);
    // Other orders are closed, and never undone.
    redundant(&mut Story::of("dispatch, accept 1"), &["reversing 1"]);
}

#[test]
fn another_attempt_waits_until_the_open_one_has_ended() {
    let mut story = Story::of("dispatch, accept 1, supersede 1");
    let attempt = story.id(1);
    assert_eq!(story.effects, [Effect::Resolve { attempt, due: T0 }]);
    assert_eq!(story.payment.plan(attempt, T0), Plan::Close);
    assert_eq!(rejected(&mut story, "charge"), Rejection::AttemptLive);
    redundant(&mut story, &["supersede 1"]);
    // It may be paid until it is closed, and closing it does not end the payment.
    assert_eq!(story.clone().then("paid 1").tells(), [Notice::PaymentSucceeded]);
    let closed = story.clone().then("closed 1");
    assert_eq!((closed.tells(), &closed.payment.verdict), (vec![], &Verdict::Open));
    let mut second = closed.then("charge");
    assert_eq!(rejected(&mut second, "dispatch"), Rejection::AttemptLive);
    // Nor does a no to it.
    let refused = story.clone().then("refuse 1");
    assert_eq!(refused.then("dispatch, accept 2").payment.verdict, Verdict::Open);
    // Money that comes over the first after all is money; the second must not be paid then.
    let late = second.then("accept 2, paid 1");
    assert_eq!(late.tells(), [Notice::PaymentSucceeded]);
    assert_eq!(late.payment.plan(late.id(2), after(T0, 20)), Plan::Reverse);
    for (events, why) in [("paid 1", Rejection::AlreadyPaid), ("close", Rejection::Ended)] {
        let mut over = Story::of("dispatch, accept 1").then(events);
        assert_eq!(rejected(&mut over, "supersede 1"), why);
    }
}

#[test]
fn no_such_order_is_not_never_sent() {
    let story = Story::of("dispatch");
    let late = EXPIRY.after(EXPIRY_MARGIN);
    let absence = |at| story.payment.absence(story.id(1), at);
    assert_eq!(absence(after(T0, 600)), Absence::Resend);
    assert_eq!(absence(EXPIRY), Absence::Wait);
    assert_eq!(absence(Timestamp(late.0 - 1)), Absence::Wait);
    assert_eq!(absence(late), Absence::Gone);
    // An unscanned Alipay order: shown to the payer, unknown to the channel.
    let shown = Story::of("dispatch, accept 1");
    assert_eq!(shown.payment.absence(shown.id(1), after(T0, 600)), Absence::Wait);
    let closing = Story::of("dispatch, close");
    assert_eq!(closing.payment.absence(closing.id(1), T0), Absence::Wait);
}

#[test]
fn a_negative_verdict_needs_proof_for_every_attempt() {
    let quiet = |events: &str| {
        let story = Story::of(events);
        assert_eq!((story.payment.verdict.clone(), story.tells()), (Verdict::Open, vec![]));
    };
    quiet("dispatch, close");
    quiet("dispatch, accept 1, close");
    quiet("dispatch, dispatch, close, closed 2");
    quiet("dispatch, dispatch, close, refuse 2");
    quiet("dispatch, dispatch, refuse 2");
    let told = |events: &str, notice| assert_eq!(Story::of(events).tells(), [notice], "{events}");
    told("close", Notice::PaymentClosed);
    told("dispatch, unsent 1, close", Notice::PaymentClosed);
    told("dispatch, accept 1, close, closed 1", Notice::PaymentClosed);
    told("dispatch, dispatch, close, closed 2, closed 1", Notice::PaymentClosed);
    told("dispatch, refuse 1", Notice::PaymentFailed);
    told("dispatch, dispatch, refuse 2, closed 1", Notice::PaymentFailed);
}

#[test]
fn success_is_final_and_the_same_success_again_is_redundant() {
    let mut story = Story::of("dispatch, accept 1, paid 1");
    let paid_at = T0;
    assert_eq!(story.payment.state(), State::Succeeded { attempt: story.id(1), paid_at });
    assert_eq!(story.tells(), [Notice::PaymentSucceeded]);
    let news = ["paid 1", "closed 1", "refuse 1", "unsent 1", "accept 1"];
    story.at = after(T0, 60);
    redundant(&mut story, &news);
    assert_eq!(rejected(&mut story, "close"), Rejection::AlreadyPaid);
    assert_eq!((story.payment.version, story.payment.events), (3, 1));
}

#[test]
fn paid_beats_closed_in_whichever_order_they_come() {
    let mut first = Story::of("dispatch, accept 1, close, paid 1");
    redundant(&mut first, &["closed 1"]);
    // Nobody was told yet: the channel's "closed" gives way.
    let second = Story::of("dispatch, accept 1, closed 1, paid 1");
    assert_eq!(second.tells(), [Notice::PaymentSucceeded]);
    assert_eq!(second.payment.refunds, []);
}

#[test]
fn a_success_wakes_every_sibling_that_could_still_be_paid() {
    let story = Story::of("dispatch, dispatch, accept 2, paid 1");
    let wake = Effect::Resolve { attempt: story.id(2), due: T0 };
    assert!(story.effects.contains(&wake), "{:?}", story.effects);
    assert_eq!(story.payment.plan(story.id(2), T0), Plan::Close);
}

#[test]
fn a_second_success_is_returned_once() {
    let mut story = Story::of("dispatch, dispatch, paid 2, paid 1");
    let first = story.id(1);
    assert_eq!(story.tells(), [Notice::PaymentDuplicatePaid { attempt: first }]);
    redundant(&mut story, &["paid 1", "paid 2", "paid 1"]);
    let [refund] = &story.payment.refunds[..] else { panic!("{:?}", story.payment.refunds) };
    assert_eq!((refund.attempt, refund.amount.minor()), (first, AMOUNT));
    assert_eq!((refund.cause, refund.refund_no.as_str()), (Cause::Duplicate, &*first.to_string()));
    assert_eq!(refund.state, RefundState::InDoubt);
    assert_eq!(story.payment.verdict, Verdict::Succeeded { attempt: story.id(2) });
}

#[test]
fn a_second_success_is_flagged_if_the_merchant_wants_it() {
    for flags in ["duplicate=flag", "duplicate=accept"] {
        let story = Story::with(flags).then("dispatch, dispatch, paid 2, paid 1");
        assert_eq!(story.tells(), [Notice::PaymentDuplicatePaid { attempt: story.id(1) }]);
        assert_eq!(story.payment.refunds, [], "{flags}");
        let paid = story.payment.totals().map(|it| it.paid.minor());
        assert_eq!(paid, Ok(2 * AMOUNT), "kept, and counted");
    }
}

#[test]
fn money_after_the_end_is_still_money() {
    for end in ["dispatch, closed 1, close", "dispatch, refuse 1", "dispatch, close, unsent 1"] {
        let late = |flags| Story::with(flags).then(end).then("paid 1");
        let story = late("");
        let attempt = story.id(1);
        assert_eq!(story.tells(), [Notice::PaymentLatePaid { attempt }]);
        assert_eq!(story.payment.refunds[0].cause, Cause::Late);
        assert_eq!(story.payment.refunds[0].amount.minor(), AMOUNT);
        let story = late("late=accept");
        let told = [Notice::PaymentLatePaid { attempt }, Notice::PaymentSucceeded];
        assert_eq!(story.tells(), told);
        assert_eq!(story.payment.refunds, []);
        let story = late("late=flag");
        assert_eq!(story.tells(), [Notice::PaymentLatePaid { attempt }]);
        assert_eq!(story.payment.refunds, []);
        assert_ne!(story.payment.verdict, Verdict::Succeeded { attempt });
    }
}

#[test]
fn contradictions_change_nothing() {
    let mut story = Story::of("dispatch, dispatch, paid 2");
    let before = story.payment.clone();
    let (known, reported) = ("trade2".to_owned(), "other2".to_owned());
    let differs = Contradiction::TradeDiffers { known, reported };
    assert_eq!(contradiction(&mut story, "paid-elsewhere 2"), differs);
    let expected = fen(AMOUNT);
    let amount = Contradiction::AmountDiffers { expected, reported: fen(AMOUNT - 1) };
    assert_eq!(contradiction(&mut story, "underpaid 1"), amount);
    assert_eq!(contradiction(&mut story, "underpaid 2"), amount);
    for event in ["paid 9", "closed 9", "accept 9", "resend 9", "unsent 9", "refuse 9", "paid 0"] {
        assert_eq!(contradiction(&mut story, event), Contradiction::UnknownAttempt, "{event}");
    }
    assert_eq!(contradiction(&mut story, "refund-paid 1"), Contradiction::UnknownRefund);
    let begun_meanwhile = rejected(&mut Story::of(""), "dispatch 2");
    assert_eq!(begun_meanwhile, Rejection::AttemptLive);
    assert_eq!(story.payment, before);
}

#[test]
fn money_in_another_currency_is_no_payment() {
    let mut story = Story::of("dispatch");
    let amount = Money::new(AMOUNT, Currency::Hkd).unwrap();
    let receipt = Receipt { amount, channel_trade_no: "t".into(), paid_at: T0 };
    let event = Event::Paid { attempt: story.id(1), receipt };
    let expected = fen(AMOUNT);
    let differs = Contradiction::AmountDiffers { expected, reported: amount };
    assert_eq!(story.meet(&event), Err(differs));
}

#[test]
fn a_code_that_comes_behind_the_news_of_its_order_is_taken() {
    let mut story = Story::of("dispatch, accept 1");
    story.payment.attempts[0].action = None;
    assert_eq!(story.clone().then("accept 1").payment.attempts[0].action, {
        Some(Action::QrCode("code1".into()))
    });
    assert_eq!(story.payment.state(), State::Pending { attempt: story.id(1) });
}

/// What can be paid is not closed for an attempt that may not begin.
#[test]
fn the_last_attempt_gives_way_to_none() {
    let mut story = Story::of("");
    for _ in 0..MAX_ATTEMPTS {
        story = story.then("dispatch");
    }
    let last = MAX_ATTEMPTS;
    let mut story = story.then(&format!("accept {last}"));
    assert_eq!(rejected(&mut story, &format!("supersede {last}")), Rejection::TooManyAttempts);
}

#[test]
fn attempts_are_counted() {
    let mut story = Story::of("");
    for _ in 0..MAX_ATTEMPTS {
        story = story.then("dispatch");
    }
    assert_eq!(rejected(&mut story, "dispatch"), Rejection::TooManyAttempts);
    let mut unreached = Story::of("");
    for number in 1..=MAX_TRIES {
        unreached = unreached.then(&format!("dispatch, unsent {number}"));
    }
    assert_eq!(rejected(&mut unreached, "dispatch"), Rejection::TooManyAttempts);
    let mut worn = Story::of("dispatch");
    worn.payment.attempts[0].sends = u16::MAX;
    let worn = worn.payment.apply(&Event::Resent { attempt: worn.id(1) }, T0);
    let Ok(Transition::Applied { next, .. }) = worn else { panic!("{worn:?}") };
    assert_eq!(next.attempts[0].sends, u16::MAX, "counted to the end, and no further");
}

//! What "no such transfer" proves, and for how long.

use super::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn after(transfer: &Transfer, event: &Event, at: Timestamp) -> Transfer {
    match transfer.apply(event, at).unwrap() {
        Transition::Applied { next, .. } => *next,
        Transition::Redundant | Transition::Rejected(_) => transfer.clone(),
    }
}

fn unfound(transfer: &Transfer, age: Duration) -> State {
    after(transfer, &Event::Unfound { asked: T0.after(age) }, T0.after(age)).state
}

fn just_before(age: Duration) -> Duration {
    age.checked_sub(Duration::from_millis(1)).unwrap()
}

#[test]
fn an_only_send_that_was_refused_fails_when_a_question_finds_nothing() {
    let refused = transfer(State::Refused(refusal("CARD")), 1);
    let pause = Duration::from_secs(10);
    assert_eq!(unfound(&refused, just_before(pause)), refused.state);
    assert_eq!(unfound(&refused, pause), State::Failed(refusal("CARD")));
    assert!(!refused.may_be_sent(T0.after(pause)));
}

/// An answer that was long on its way says how it stood when it was asked for.
#[test]
fn a_question_proves_nothing_of_what_was_sent_since() {
    let sent = T0.after(Duration::from_secs(3600));
    let asked = |secs| Event::Unfound { asked: T0.after(Duration::from_secs(secs)) };
    let written = sent.after(DAY);
    let state = State::Refused(refusal("CARD"));
    let refused = Transfer { sent_at: Some(sent), ..transfer(state, 1) };
    assert_eq!(after(&refused, &asked(3599), written).state, refused.state);
    assert_eq!(after(&refused, &asked(3609), written).state, refused.state);
    assert_eq!(after(&refused, &asked(3610), written).state, State::Failed(refusal("CARD")));
}

#[test]
fn a_refused_repeat_that_nobody_finds_fails_after_a_day() {
    let abnormal = transfer(State::Abnormal(refusal("CARD")), 2);
    assert_eq!(unfound(&abnormal, just_before(DAY)), abnormal.state);
    assert_eq!(unfound(&abnormal, DAY), State::Failed(refusal("CARD")));
    let cancelling = Transfer { cancelling: true, ..transfer(State::InDoubt, 1) };
    assert_eq!(unfound(&cancelling, just_before(DAY)), State::InDoubt);
    assert!(matches!(unfound(&cancelling, DAY), State::Failed(it) if it.code == "cancelled"));
}

/// WeChat Pay finds a transfer for 30 days: then it may be paid, and not be found.
#[test]
fn not_found_proves_nothing_when_the_channel_has_forgotten() {
    let late = 29 * DAY;
    for state in [State::InDoubt, State::Refused(refusal("NO")), State::Abnormal(refusal("NO"))] {
        for cancelling in [false, true] {
            let transfer = Transfer { cancelling, ..transfer(state.clone(), 2) };
            let next = unfound(&transfer, late);
            assert!(matches!(next, State::Abnormal(_)), "{state:?} is {next:?}");
            assert!(!transfer.may_be_sent(T0.after(late)), "{state:?} is sent again");
        }
    }
    let doubt = transfer(State::InDoubt, 1);
    assert!(doubt.may_be_sent(T0.after(just_before(late))));
    // A repeat changes nothing: the first send counts, which may have been taken.
    let resent = after(&doubt, &Event::Sent, T0.after(just_before(late)));
    assert!(!resent.may_be_sent(T0.after(late + SETTLED)));
}

/// The days it was held for are not among those the channel finds it for.
#[test]
fn what_never_left_is_sent_however_old_it_is() {
    let late = T0.after(40 * DAY);
    let yes = Event::Judged { by: "lin".into(), answer: Answer::Yes };
    let allowed = after(&transfer(State::Held, 0), &yes, late);
    assert!(allowed.may_be_sent(late));
    let sent = after(&allowed, &Event::Sent, late);
    assert!(sent.may_be_sent(late.after(SETTLED)), "it is found for days to come");
    let unsent = after(&sent, &Event::Unsent, late);
    assert!(unsent.may_be_sent(late.after(40 * DAY)));
}

#[test]
fn what_the_channel_has_taken_is_lost_and_never_given_free() {
    let accepted = Event::Told(Fact::Accepted { channel_transfer_no: None });
    for event in [accepted, waiting("p")] {
        let taken = after(&transfer(State::InDoubt, 1), &event, T0);
        let state = taken.state.clone();
        assert_eq!(unfound(&taken, just_before(DAY)), state);
        let lost = after(&taken, &Event::Unfound { asked: T0.after(DAY) }, T0.after(DAY));
        assert!(matches!(&lost.state, State::Abnormal(it) if it.code == "lost"));
        assert_eq!(lost.events, taken.events + 1, "the merchant is told");
        assert_eq!(unfound(&lost, 20 * DAY), lost.state, "it may be paid");
        let unheard = |age| after(&taken, &Event::Unheard, T0.after(age)).state;
        assert_eq!(unheard(just_before(3 * DAY)), state);
        assert!(matches!(unheard(3 * DAY), State::Abnormal(_)));
    }
    let doubt = transfer(State::InDoubt, 1);
    assert_eq!(after(&doubt, &Event::Unheard, T0.after(9 * DAY)).state, State::InDoubt);
}

#[test]
fn what_is_found_again_goes_on() {
    let lost = transfer(State::Abnormal(refusal("lost")), 1);
    let found = after(&lost, &Event::Told(Fact::Accepted { channel_transfer_no: None }), T0);
    assert_eq!((found.state, found.known), (State::Processing, true));
}

/// Its money was given free because nobody knew of it; an old word about a known one is only old.
#[test]
fn what_failed_unknown_and_then_is_under_way_is_a_contradiction() {
    let accepted = Event::Told(Fact::Accepted { channel_transfer_no: None });
    let failed = transfer(State::Failed(refusal("NO")), 1);
    for event in [&accepted, &waiting(""), &waiting("p")] {
        let told = failed.apply(event, AT);
        assert!(matches!(told, Err(Contradiction::Unexpected { .. })), "{event:?}");
    }
    let closed = Event::Told(Fact::Closed(refusal("CANCELLED")));
    let ended = after(&transfer(State::InDoubt, 1), &closed, AT);
    assert_eq!(ended.apply(&accepted, AT), Ok(Transition::Redundant));
}

/// Nothing of it is on its way, so nothing has to be awaited.
#[test]
fn a_cancelled_transfer_whose_only_send_never_left_ends_at_once() {
    let cancelled = after(&transfer(State::InDoubt, 1), &Event::CancelRequested, T0);
    let over = after(&cancelled, &Event::Unsent, T0);
    assert!(matches!(over.state, State::Failed(it) if it.code == "cancelled"));
    let two = after(&transfer(State::InDoubt, 2), &Event::CancelRequested, T0);
    assert_eq!(after(&two, &Event::Unsent, T0).state, State::InDoubt, "one of two did leave");
}

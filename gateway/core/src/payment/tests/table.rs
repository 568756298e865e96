//! Every state meets every event: the whole table beside this file, cell by cell.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;

use super::*;

/// A state's name, the flags of its order, and the events that lead to it.
const STATES: &[(&str, &str, &str)] = &[
    ("created", "", ""),
    ("in doubt", "", "dispatch"),
    ("in doubt, sent twice", "", "dispatch, resend 1"),
    ("pending", "", "dispatch, accept 1"),
    ("pending, sent twice", "", "dispatch, resend 1, accept 1"),
    ("unsent", "", "dispatch, unsent 1"),
    ("closed at the channel", "", "dispatch, closed 1"),
    ("failed", "", "dispatch, refuse 1"),
    ("succeeded", "", "dispatch, accept 1, paid 1"),
    ("closing, in doubt", "", "dispatch, close"),
    ("closing, pending", "", "dispatch, accept 1, close"),
    ("closed without an attempt", "", "close"),
    ("closed, unsent", "", "dispatch, unsent 1, close"),
    ("closed", "", "dispatch, accept 1, close, closed 1"),
    ("failed while closing", "", "dispatch, close, refuse 1"),
    ("succeeded while closing", "", "dispatch, close, paid 1"),
    ("closed, late money returned", "", "dispatch, closed 1, close, paid 1"),
    ("failed, late money returned", "", "dispatch, refuse 1, paid 1"),
    ("closed, late=accept", "late=accept", "dispatch, closed 1, close"),
    ("closed, late=flag", "late=flag", "dispatch, closed 1, close"),
    ("closed, late money flagged", "late=flag", "dispatch, closed 1, close, paid 1"),
    ("failed, late=accept", "late=accept", "dispatch, refuse 1"),
    ("abandoned, in doubt", "", "dispatch, dispatch"),
    ("abandoned, pending", "", "dispatch, dispatch, accept 2"),
    ("abandoned after two sends", "", "dispatch, resend 1, dispatch"),
    ("abandoned, unsent", "", "dispatch, dispatch, unsent 2"),
    ("abandoned, refused", "", "dispatch, dispatch, refuse 2"),
    ("abandoned, closed at the channel", "", "dispatch, dispatch, closed 2"),
    ("refused behind, in doubt", "", "dispatch, dispatch, refuse 1"),
    ("refused behind, unsent", "", "dispatch, dispatch, refuse 1, unsent 2"),
    ("closing, abandoned and in doubt", "", "dispatch, dispatch, close"),
    ("closing, abandoned and pending", "", "dispatch, dispatch, accept 2, close"),
    ("closing, abandoned and refused", "", "dispatch, dispatch, close, refuse 2"),
    ("closing, abandoned and unsent", "", "dispatch, dispatch, close, unsent 2"),
    ("succeeded, abandoned alive", "", "dispatch, dispatch, paid 2"),
    ("succeeded, in doubt alive", "", "dispatch, dispatch, paid 1"),
    ("succeeded, pending alive", "", "dispatch, dispatch, accept 2, paid 1"),
    ("succeeded, closing, pending alive", "", "dispatch, dispatch, accept 2, close, paid 1"),
    ("succeeded, closing, in doubt alive", "", "dispatch, dispatch, close, paid 1"),
    ("succeeded, closing, abandoned alive", "", "dispatch, dispatch, close, paid 2"),
    ("succeeded, duplicate=flag", "duplicate=flag", "dispatch, dispatch, paid 2"),
    ("paid twice, returned", "", "dispatch, dispatch, paid 2, paid 1"),
    ("closing, one closed, one in doubt", "", "dispatch, dispatch, close, closed 1"),
    ("failed, one closed, closing", "", "dispatch, dispatch, close, closed 1, refuse 2"),
    ("succeeded, one closed", "", "dispatch, dispatch, closed 1, paid 2"),
    ("succeeded, one closed, closing", "", "dispatch, dispatch, close, closed 1, paid 2"),
    ("closed, one refused", "", "dispatch, dispatch, close, refuse 1, closed 2"),
    ("succeeded, one refused", "", "dispatch, dispatch, refuse 1, paid 2"),
    ("succeeded, one refused, closing", "", "dispatch, dispatch, close, refuse 1, paid 2"),
    ("failed, one unsent", "", "dispatch, unsent 1, dispatch, refuse 2"),
    ("failed, one unsent, closing", "", "dispatch, unsent 1, dispatch, close, refuse 2"),
    ("succeeded, one unsent", "", "dispatch, unsent 1, dispatch, paid 2"),
    ("succeeded, one unsent, closing", "", "dispatch, unsent 1, dispatch, close, paid 2"),
    ("failed while closing, late money returned", "", "dispatch, close, refuse 1, paid 1"),
    ("closed, two attempts", "", "dispatch, dispatch, close, closed 1, closed 2"),
    ("failed, two attempts", "", "dispatch, dispatch, closed 1, refuse 2"),
    ("barcode, in doubt", "barcode", "dispatch"),
    ("barcode, in doubt, sent twice", "barcode", "dispatch, resend 1"),
    ("barcode, unsent", "barcode", "dispatch, unsent 1"),
    ("partly refunded", "", "dispatch, paid 1, refund 30"),
    ("refund failed", "", "dispatch, paid 1, refund 30, refund-refused 1"),
];

const LEGEND: &str = "\
STATE: [ATTEMPTS] VERDICT REFUNDS, then what each event makes of it -> and the effects.
ATTEMPTS ? in doubt, P pending, U unsent, A abandoned, R refused, C closed, $ paid; + sent again.
REFUNDS attempt:amount, ? in doubt, p processing, $ succeeded, x failed, ! abnormal.
= known already. no: a wish that is not granted. CONTRADICTION: nothing changes, a person is called.
ask N in S: the question about attempt N is due in S seconds. tell#N: the merchant's Nth event.

";

const ON_PAYMENT: &[&str] = &["dispatch", "close", "refund 30", "refund 80"];
const ON_ATTEMPT: &[&str] =
    &["resend", "accept", "unsent", "refuse", "paid", "paid-elsewhere", "underpaid", "closed"];

#[test]
fn every_state_meets_every_event() {
    let table =
        STATES.iter().map(|(name, flags, events)| block(name, &Story::with(flags).then(events)));
    let table = LEGEND.to_owned() + &table.collect::<String>();
    let expected = include_str!("table.txt");
    for (line, (is, should)) in table.lines().zip(expected.lines()).enumerate() {
        assert_eq!(is, should, "line {} of table.txt", line + 1);
    }
    assert_eq!(table, expected);
}

/// Events that come to the same share a line.
fn block(name: &str, story: &Story) -> String {
    let attempts = 1..=story.payment.attempts.len();
    let on_attempts =
        attempts.flat_map(|it| ON_ATTEMPT.iter().map(move |event| format!("{event} {it}")));
    let events = ON_PAYMENT.iter().map(|it| (*it).to_owned()).chain(on_attempts);
    let mut rows: Vec<(String, Vec<String>)> = vec![];
    for event in events {
        let result = story.would(&event);
        match rows.iter_mut().find(|(known, _)| *known == result) {
            Some((_, events)) => events.push(event),
            None => rows.push((result, vec![event])),
        }
    }
    let mut text = format!("{name}: {}\n", render::payment(&story.payment));
    for (result, events) in rows {
        let _ = writeln!(text, "  {}: {result}", events.join(", "));
    }
    text
}

/// What an attempt can stand at, under which verdict, closing or not.
type Corner = (String, String, bool);

fn corners(payment: &Payment) -> Vec<Corner> {
    let word = |it: &dyn std::fmt::Debug| {
        format!("{it:?}").chars().take_while(|it| it.is_alphanumeric()).collect::<String>()
    };
    let standing = |it: &Attempt| word(&it.standing);
    let (verdict, closing) = (word(&payment.verdict), payment.closing.is_some());
    payment.attempts.iter().map(|it| (standing(it), verdict.clone(), closing)).collect()
}

/// A corner that can be reached and is not in the table would be an untested one.
#[test]
fn the_table_has_every_corner_that_can_be_reached() {
    let stories = || STATES.iter().map(|(_, flags, events)| Story::with(flags).then(events));
    let shown: BTreeSet<_> = stories().flat_map(|it| corners(&it.payment)).collect();
    let mut seen = BTreeSet::new();
    let mut queue: VecDeque<_> = [Story::with(""), Story::with("late=accept")].into();
    let mut reached = BTreeSet::new();
    while let Some(story) = queue.pop_front() {
        reached.extend(corners(&story.payment));
        let attempts = story.payment.attempts.len();
        let events =
            (1..=attempts).flat_map(|n| ON_ATTEMPT.iter().map(move |e| format!("{e} {n}")));
        let events = events.chain(["dispatch".into(), "close".into()]);
        for event in events.filter(|it| attempts < 2 || it != "dispatch") {
            let mut next = story.clone();
            let _ = next.tell(&event);
            if seen.insert((next.payment.order.policy.late as u8, render::payment(&next.payment))) {
                queue.push_back(next);
            }
        }
    }
    let missing: Vec<_> = reached.difference(&shown).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(reached.len() >= 27, "only {} corners reached", reached.len());
}

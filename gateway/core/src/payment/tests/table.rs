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
    ("barcode, to be confirmed", "barcode", "dispatch, accept 1"),
    ("barcode, to be confirmed, sent twice", "barcode", "dispatch, resend 1, accept 1"),
    ("barcode, being undone", "barcode", "dispatch, accept 1, reversing 1"),
    ("barcode, being undone, sent twice", "barcode", "dispatch, resend 1, reversing 1"),
    ("barcode, being undone, reported", "barcode", "dispatch, reversing 1, paid 1"),
    ("barcode, closing", "barcode", "dispatch, accept 1, close"),
    ("barcode, closing, being undone", "barcode", "dispatch, reversing 1, close"),
    ("barcode, undone", "barcode", "dispatch, reversing 1, closed 1"),
    ("barcode, undone and told", "barcode", "dispatch, reversing 1, close, closed 1"),
    ("barcode, undone, reported", "barcode", "dispatch, closed 1, paid 1"),
    ("barcode, told, reported", "barcode", "dispatch, close, closed 1, paid 1"),
    ("barcode, late=accept", "barcode late=accept", "dispatch, close, closed 1, paid 1"),
    ("barcode, late money returned", "barcode", "dispatch, close, closed 1, paid 1, still-paid 1"),
    ("barcode, failed", "barcode", "dispatch, refuse 1"),
    ("barcode, succeeded", "barcode", "dispatch, accept 1, paid 1"),
    ("charges, failed, one closed", "barcode", "dispatch, closed 1, dispatch, refuse 2"),
    (
        "charges, failed while closing, one closed",
        "barcode",
        "dispatch, closed 1, dispatch, close, refuse 2",
    ),
    ("charges, closing, one closed", "barcode", "dispatch, closed 1, dispatch, close"),
    ("charges, succeeded, one closed", "barcode", "dispatch, closed 1, dispatch, paid 2"),
    (
        "charges, succeeded while closing, one closed",
        "barcode",
        "dispatch, closed 1, dispatch, close, paid 2",
    ),
    ("charges, closing, in doubt", "barcode", "dispatch, close"),
    (
        "charges, succeeded, in doubt alive",
        "barcode",
        "dispatch, closed 1, dispatch, paid 1, still-paid 1",
    ),
    (
        "charges, succeeded, closing, in doubt alive",
        "barcode",
        "dispatch, closed 1, dispatch, close, paid 1, still-paid 1",
    ),
    (
        "charges, succeeded, pending alive",
        "barcode",
        "dispatch, closed 1, dispatch, accept 2, paid 1, still-paid 1",
    ),
    (
        "charges, succeeded, closing, pending alive",
        "barcode",
        "dispatch, closed 1, dispatch, accept 2, close, paid 1, still-paid 1",
    ),
    (
        "charges, succeeded, one being undone",
        "barcode",
        "dispatch, closed 1, dispatch, reversing 2, paid 1, still-paid 1",
    ),
    (
        "charges, succeeded, closing, one being undone",
        "barcode",
        "dispatch, closed 1, dispatch, reversing 2, close, paid 1, still-paid 1",
    ),
    ("charges, failed, late money returned", "barcode", "dispatch, refuse 1, paid 1, still-paid 1"),
    ("charges, failed, reported", "barcode", "dispatch, refuse 1, paid 1"),
    (
        "charges, failed while closing, late money returned",
        "barcode",
        "dispatch, close, refuse 1, paid 1, still-paid 1",
    ),
    (
        "charges, closed, superseded and refused",
        "barcode",
        "dispatch, supersede 1, refuse 1, close",
    ),
    ("charges, failed while closing", "barcode", "dispatch, close, refuse 1"),
    ("charges, superseded, refused", "barcode", "dispatch, supersede 1, refuse 1"),
    (
        "charges, superseded, refused, closing",
        "barcode",
        "dispatch, supersede 1, refuse 1, dispatch, close",
    ),
    (
        "charges, succeeded, one refused",
        "barcode",
        "dispatch, supersede 1, refuse 1, dispatch, paid 2",
    ),
    (
        "charges, succeeded while closing, one refused",
        "barcode",
        "dispatch, supersede 1, refuse 1, dispatch, close, paid 2",
    ),
    ("charges, closed, unsent", "barcode", "dispatch, unsent 1, close"),
    ("charges, failed, one unsent", "barcode", "dispatch, unsent 1, dispatch, refuse 2"),
    (
        "charges, failed while closing, one unsent",
        "barcode",
        "dispatch, unsent 1, dispatch, close, refuse 2",
    ),
    ("charges, closing, one unsent", "barcode", "dispatch, unsent 1, dispatch, close"),
    ("charges, succeeded, one unsent", "barcode", "dispatch, unsent 1, dispatch, paid 2"),
    (
        "charges, succeeded while closing, one unsent",
        "barcode",
        "dispatch, unsent 1, dispatch, close, paid 2",
    ),
    ("superseded, pending", "", "dispatch, accept 1, supersede 1"),
    ("superseded, refused", "", "dispatch, accept 1, supersede 1, refuse 1"),
    ("superseded, refused, closing", "", "dispatch, accept 1, supersede 1, close, refuse 1"),
    ("superseded, closed", "", "dispatch, accept 1, supersede 1, closed 1"),
    ("superseded, another", "", "dispatch, accept 1, supersede 1, closed 1, charge"),
    ("superseded charge, in doubt", "barcode", "dispatch, supersede 1"),
    ("superseded charge, being undone", "barcode", "dispatch, supersede 1, reversing 1"),
    ("offered", "cashier", "offer"),
    ("offered, closed", "cashier", "offer, close"),
    ("offered, in doubt", "cashier", "offer, dispatch"),
    ("offered, pending", "cashier", "offer, dispatch, accept 1"),
    ("offered, unsent", "cashier", "offer, dispatch, unsent 1"),
    ("offered, refused", "cashier", "offer, dispatch, refuse 1"),
    ("offered, refused, closing", "cashier", "offer, dispatch, close, refuse 1"),
    ("offered, closed at the channel", "cashier", "offer, dispatch, accept 1, closed 1"),
    ("offered, refused, another", "cashier", "offer, dispatch, refuse 1, dispatch"),
    ("offered, succeeded", "cashier", "offer, dispatch, accept 1, paid 1"),
    ("partly refunded", "", "dispatch, paid 1, refund 30"),
    ("refund failed", "", "dispatch, paid 1, refund 30, refund-refused 1"),
];

const LEGEND: &str = "\
STATE: [ATTEMPTS] VERDICT REFUNDS, then what each event makes of it -> and the effects.
ATTEMPTS ? in doubt, P pending, V being undone, U unsent, A abandoned, R refused, C closed, $ paid;
+ sent again, - superseded, * to be asked about once more.
REFUNDS attempt:amount, ? in doubt, p processing, $ succeeded, x failed, ! abnormal.
= known already. no: a wish that is not granted. CONTRADICTION: nothing changes, a person is called.
ask N in S: the question about attempt N is due in S seconds. tell#N: the merchant's Nth event.

";

const ON_PAYMENT: &[&str] = &["dispatch", "close", "refund 30", "refund 80"];
const ON_ATTEMPT: &[&str] = &[
    "resend",
    "accept",
    "unsent",
    "refuse",
    "paid",
    "paid-elsewhere",
    "underpaid",
    "closed",
    "supersede",
];
const ON_CHARGE: &[&str] = &["reversing", "still-paid", "returned"];

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
    let events = ON_PAYMENT.iter().map(|it| (*it).to_owned()).chain(on_attempts(&story.payment));
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

fn on_attempts(payment: &Payment) -> Vec<String> {
    let events = payment.attempts.iter().flat_map(|it| {
        let charge = if it.till.is_some() { ON_CHARGE } else { &[] };
        let events = ON_ATTEMPT.iter().chain(charge);
        events.map(|event| format!("{event} {}", it.id.number))
    });
    events.collect()
}

/// What an attempt can stand at, under which verdict, closing or not.
type Corner = (String, String, bool, bool);

fn corners(payment: &Payment) -> Vec<Corner> {
    let word = |it: &dyn std::fmt::Debug| {
        format!("{it:?}").chars().take_while(|it| it.is_alphanumeric()).collect::<String>()
    };
    let standing = |it: &Attempt| word(&it.standing);
    let (verdict, closing) = (word(&payment.verdict), payment.closing.is_some());
    let charge = |it: &Attempt| it.till.is_some();
    let corner = |it: &Attempt| (standing(it), verdict.clone(), closing, charge(it));
    payment.attempts.iter().map(corner).collect()
}

/// A corner that can be reached and is not in the table would be an untested one.
#[test]
fn the_table_has_every_corner_that_can_be_reached() {
    let stories = || STATES.iter().map(|(_, flags, events)| Story::with(flags).then(events));
    let shown: BTreeSet<_> = stories().flat_map(|it| corners(&it.payment)).collect();
    let mut seen = BTreeSet::new();
    let flags = ["", "late=accept", "barcode", "barcode late=accept", "cashier"];
    let mut queue: VecDeque<_> = flags.map(Story::with).into();
    let mut reached = BTreeSet::new();
    while let Some(story) = queue.pop_front() {
        reached.extend(corners(&story.payment));
        let attempts = story.payment.attempts.len();
        let events = on_attempts(&story.payment).into_iter();
        let events = events.chain(["dispatch".into(), "close".into()]);
        for event in events.filter(|it| attempts < 2 || it != "dispatch") {
            let mut next = story.clone();
            let _ = next.tell(&event);
            let (late, text) = (next.payment.order.policy.late, render::payment(&next.payment));
            let offered = next.payment.order.cashier.is_some();
            if seen.insert((late as u8, next.method as u8, offered, text)) {
                queue.push_back(next);
            }
        }
    }
    let missing: Vec<_> = reached.difference(&shown).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(reached.len() >= 27, "only {} corners reached", reached.len());
}

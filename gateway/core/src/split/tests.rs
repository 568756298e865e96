//! A split's own table, and what is not granted.

mod sums;

use super::silence::{GIVEN_UP, SETTLED};
use super::*;
use crate::payment::tests::{AMOUNT, Story, T0, fen, order, refusal};
use crate::payment::{Contradiction, Event, Notice, Rejection as No, Transition};

const AT: Timestamp = Timestamp(T0.0 + 60_000);

fn receiver(number: u16) -> Receiver {
    Receiver { kind: ReceiverKind::Merchant, account: format!("19000000{number:02}") }
}

fn line(number: u16, amount: i64) -> Line {
    let receiver_no = format!("r-{number}").parse().unwrap();
    Line { receiver_no, receiver: receiver(number), amount: fen(amount), state: LineState::Pending }
}

fn told(number: u16, amount: i64, state: LineState) -> Told {
    Told { receiver: receiver(number), amount: fen(amount), state }
}

fn paid(number: u16, amount: i64) -> Told {
    told(number, amount, LineState::Succeeded { at: AT })
}

fn closed(number: u16, amount: i64) -> Told {
    told(number, amount, LineState::Closed(refusal("NO_RELATION")))
}

fn progress(lines: Vec<Told>) -> Fact {
    Fact::Progress { channel_split_no: Some("no".into()), done: true, lines }
}

fn share(split_no: &str, lines: Vec<Line>) -> NewSplit {
    NewSplit {
        split_no: split_no.parse().unwrap(),
        kind: Kind::Share { finish: false },
        lines,
        description: "commission".into(),
        max_bp: 3000,
        fingerprint: [0; 32],
    }
}

/// A payment of 100, which was asked to be shared.
fn story() -> Story {
    let story = Story::new(crate::payment::Order { splittable: true, ..order(fen(AMOUNT)) });
    story.then("dispatch, paid 1")
}

fn ask(story: &mut Story, new: NewSplit) -> Option<No> {
    match story.meet(&Event::SplitRequested(Box::new(new))) {
        Ok(Transition::Rejected(rejection)) => Some(rejection),
        Ok(Transition::Applied { .. }) => None,
        other => panic!("{other:?}"),
    }
}

fn tell(story: &mut Story, number: u16, fact: Fact) {
    let split = SplitId { payment: story.payment.id, number };
    let applied = story.meet(&Event::Split { split, fact });
    assert!(matches!(applied, Ok(Transition::Applied { .. })), "{applied:?}");
}

fn back(of: u16, story: &Story, line: u16, amount: i64) -> NewSplit {
    let of = SplitId { payment: story.payment.id, number: of };
    let number = story.payment.splits.len();
    let lines = vec![self::line(0, amount)];
    NewSplit { kind: Kind::Return { of, line }, ..share(&format!("r-{number}"), lines) }
}

fn split(state: State, sends: u16) -> Split {
    let mut story = story();
    assert_eq!(ask(&mut story, share("s", vec![line(1, 10), line(2, 20)])), None);
    let mut split = story.payment.splits[0].clone();
    let to = match &state {
        State::InDoubt | State::Processing | State::Abnormal(_) => LineState::Pending,
        State::Ended { at } => LineState::Succeeded { at: *at },
        State::Closed(it) => LineState::Closed(it.clone()),
    };
    split.lines.iter_mut().for_each(|it| it.state = to.clone());
    Split { state, sends, ..split }
}

fn states() -> [State; 5] {
    [
        State::InDoubt,
        State::Processing,
        State::Abnormal(refusal("NO")),
        State::Ended { at: T0 },
        State::Closed(refusal("NO")),
    ]
}

fn letter(state: &State) -> &'static str {
    match state {
        State::InDoubt => "?",
        State::Processing => "p",
        State::Ended { .. } => "$",
        State::Closed(_) => "x",
        State::Abnormal(_) => "!",
    }
}

fn cell(split: &Split, fact: &Fact) -> String {
    match split.apply(fact, AT) {
        Ok(Change::Redundant) => "=".into(),
        Ok(Change::Changed(next)) => letter(&next.state).into(),
        Err(Contradiction::AmountDiffers { .. }) => "amount".into(),
        Err(_) => "ODD".into(),
    }
}

/// `?` in doubt, `p` processing, `!` abnormal, `$` ended, `x` closed, `=` known already.
#[test]
fn every_state_meets_every_fact() {
    let facts = [
        Fact::Accepted { channel_split_no: None },
        progress(vec![paid(1, 10)]),
        progress(vec![paid(1, 10), closed(2, 20)]),
        progress(vec![paid(1, 11)]),
        // The channel's own line is nobody's of ours.
        progress(vec![paid(9, 70)]),
        Fact::Refused(refusal("AGAIN")),
        Fact::Closed(refusal("AGAIN")),
        Fact::Stuck(refusal("AGAIN")),
    ];
    #[rustfmt::skip]
    let table = [
        // accepted one-paid all-told another-amount channels-own refused closed stuck
        (1, [
            "? p p $ amount p x x !",
            "p = p $ amount = = x =",
            "! p p $ amount p = x =",
            "$ = = ODD amount = ODD ODD =",
            "x = ODD ODD amount = = = =",
        ]),
        // A no to one of several sends is a no to that one.
        (2, [
            "? p p $ amount p ! x !",
            "p = p $ amount = = x =",
            "! p p $ amount p = x =",
            "$ = = ODD amount = = ODD =",
            "x = ODD ODD amount = = = =",
        ]),
    ];
    for (sends, rows) in table {
        for (state, expected) in states().into_iter().zip(rows) {
            let split = split(state, sends);
            let cells = facts.iter().map(|it| cell(&split, it)).collect::<Vec<_>>().join(" ");
            assert_eq!(format!("{} {cells}", letter(&split.state)), expected, "{sends} sends");
        }
    }
}

#[test]
fn only_what_is_in_doubt_is_sent_and_again_only_after_a_while() {
    let later = T0.after(SETTLED);
    for state in states() {
        let doubt = state == State::InDoubt;
        let open = state.is_open();
        let split = split(state, 1);
        assert_eq!(split.may_be_sent(later), doubt);
        assert!(!split.may_be_sent(Timestamp(later.0 - 1)));
        assert_eq!(split.may_be_known(), open);
        assert_eq!(split.ask_again_at(later).is_some(), open);
    }
    assert!(split(State::InDoubt, 0).may_be_sent(T0));
    let abnormal = split(State::Abnormal(refusal("CARD")), 2);
    let day = T0.after(GIVEN_UP);
    assert_eq!(abnormal.unknown_to_channel(Timestamp(day.0 - 1)), None);
    assert_eq!(abnormal.unknown_to_channel(day), Some(Fact::Closed(refusal("CARD"))));
    assert_eq!(split(State::InDoubt, 2).unknown_to_channel(day), None);
    let doubt = split(State::InDoubt, 2);
    let before = Timestamp(doubt.created_at.after(GIVEN_UP).0 - 1);
    let old = doubt.created_at.after(GIVEN_UP);
    assert_eq!((doubt.may_be_sent(before), doubt.outworn(before)), (true, None));
    assert!(!doubt.may_be_sent(old), "for a day, and no longer");
    assert!(matches!(doubt.outworn(old), Some(Fact::Stuck(_))));
    assert_eq!(split(State::InDoubt, 0).outworn(old), None, "nothing of it ever left");
    assert_eq!(split(State::Processing, 1).outworn(old), None);
}

#[test]
fn no_more_is_shared_than_there_is() {
    let mut story = story();
    let exceeds = Some(No::Split(Rejection::ExceedsShare));
    assert_eq!(ask(&mut story, share("a", vec![line(1, 16), line(2, 15)])), exceeds);
    assert_eq!(ask(&mut story, share("b", vec![line(1, 10), line(2, 10)])), None);
    assert_eq!(ask(&mut story, share("c", vec![line(1, 11)])), exceeds);
    tell(&mut story, 1, progress(vec![paid(1, 10), closed(2, 10)]));
    assert_eq!(ask(&mut story, share("d", vec![line(1, 21)])), exceeds);
    assert_eq!(ask(&mut story, share("e", vec![line(1, 20)])), None);
    // A refund leaves less, whatever the proportion says.
    let mut story = self::story().then("refund 90");
    assert_eq!(ask(&mut story, share("a", vec![line(1, 11)])), exceeds);
    assert_eq!(ask(&mut story, share("b", vec![line(1, 10)])), None);
}

#[test]
fn a_fee_is_not_shared() {
    let mut story = Story::new(crate::payment::Order { splittable: true, ..order(fen(AMOUNT)) });
    let on_refund = crate::fee::OnRefund::Returned;
    story.terms = vec![crate::fee::Terms { rate_bp: 7500, min: 0, max: None, on_refund }];
    let mut story = story.then("dispatch, paid 1");
    let exceeds = Some(No::Split(Rejection::ExceedsShare));
    assert_eq!(ask(&mut story, share("a", vec![line(1, 26)])), exceeds);
    assert_eq!(ask(&mut story, share("b", vec![line(1, 25)])), None);
}

#[test]
fn what_others_hold_comes_back_before_it_is_refunded() {
    let mut story = story();
    assert_eq!(ask(&mut story, share("a", vec![line(1, 10), line(2, 20)])), None);
    let refund = |story: &mut Story, text| match story.tell(text) {
        Ok(Transition::Rejected(it)) => Some(it),
        _ => None,
    };
    assert_eq!(refund(&mut story, "refund 71"), Some(No::SharedOut));
    assert_eq!(refund(&mut story, "refund 101"), Some(No::ExceedsPaid));
    assert_eq!(refund(&mut story, "refund 70"), None);
    let less = |story: &mut Story, line, amount| {
        let wish = back(1, story, line, amount);
        ask(story, wish)
    };
    let exceeds = Some(No::Split(Rejection::ExceedsLine));
    assert_eq!(less(&mut story, 0, 5), exceeds, "nobody holds it yet");
    tell(&mut story, 1, progress(vec![paid(1, 10), paid(2, 20)]));
    assert_eq!(story.tells(), [Notice::SplitSucceeded { split: story.payment.splits[0].id }]);
    assert_eq!(less(&mut story, 0, 11), exceeds);
    assert_eq!(less(&mut story, 0, 0), exceeds);
    assert_eq!(less(&mut story, 2, 1), exceeds);
    assert_eq!(less(&mut story, 0, 6), None);
    assert_eq!(less(&mut story, 0, 5), exceeds, "six of ten are asked for");
    assert_eq!(refund(&mut story, "refund 6"), Some(No::SharedOut), "nothing is back yet");
    tell(&mut story, 2, progress(vec![paid(1, 6)]));
    assert_eq!(story.tells(), [Notice::SplitReturned { split: story.payment.splits[1].id }]);
    assert_eq!(refund(&mut story, "refund 7"), Some(No::SharedOut));
    assert_eq!(refund(&mut story, "refund 6"), None);
}

#[test]
fn nothing_is_shared_behind_the_finish_or_unasked() {
    let finish = |no: &str| NewSplit { kind: Kind::Finish, ..share(no, vec![]) };
    let mut story = story();
    assert_eq!(ask(&mut story, finish("f")), None);
    let finished = Some(No::Split(Rejection::Finished));
    assert_eq!(ask(&mut story, share("a", vec![line(1, 10)])), finished);
    assert_eq!(ask(&mut story, finish("g")), finished);
    tell(&mut story, 1, Fact::Refused(refusal("NO")));
    assert_eq!(story.tells(), [Notice::SplitClosed { split: story.payment.splits[0].id }]);
    assert_eq!(ask(&mut story, finish("h")), None);
    tell(&mut story, 2, progress(vec![]));
    assert_eq!(story.tells(), [Notice::SplitFinished { split: story.payment.splits[1].id }]);
    let mut plain = Story::of("dispatch, paid 1");
    let unasked = Some(No::Split(Rejection::NotSplittable));
    assert_eq!(ask(&mut plain, share("a", vec![line(1, 10)])), unasked);
    let mut unpaid = Story::of("dispatch");
    assert_eq!(ask(&mut unpaid, share("a", vec![line(1, 10)])), Some(No::NotPaid));
}

#[test]
fn each_receiver_once_and_each_gets_something() {
    let lines = Some(No::Split(Rejection::Lines));
    for wrong in [vec![], vec![line(1, 0)], vec![line(1, 1), line(1, 2)]] {
        assert_eq!(ask(&mut story(), share("a", wrong)), lines);
    }
    let many = |count: u16| (0..count).map(|it| line(it, 1)).collect();
    assert_eq!(ask(&mut story(), share("a", many(21))), lines);
    assert_eq!(ask(&mut story(), share("a", many(20))), None);
    let hkd = Money::new(1, crate::Currency::Hkd).unwrap();
    assert_eq!(ask(&mut story(), share("a", vec![Line { amount: hkd, ..line(1, 1) }])), lines);
}

#[test]
fn the_remainder_goes_to_who_lost_most_and_then_to_the_first() {
    let shares = |amount, parts: &[u16]| {
        by_proportion(fen(amount), parts).unwrap().iter().map(|it| it.minor()).collect::<Vec<_>>()
    };
    assert_eq!(shares(100, &[3333, 3333, 3334]), [33, 33, 34]);
    assert_eq!(shares(1, &[5000, 5000]), [1, 0]);
    assert_eq!(shares(10, &[2500, 2500, 5000]), [3, 2, 5]);
    assert_eq!(shares(999, &[10, 20, 30]), [1, 2, 2]);
    assert_eq!(by_proportion(fen(1), &[10_000, 1]), None);
}

#[test]
fn its_number_is_its_own_and_nobody_elses() {
    let id = split(State::InDoubt, 1).id;
    let number = id.out_order_no();
    assert_eq!((number.len(), SplitId::from_out_order_no(&number)), (29, Ok(id)));
    assert_eq!(id.to_string().parse(), Ok(id));
    assert!(crate::RefundNo::from_out_refund_no(&number).is_err());
    assert!(crate::TransferId::from_out_bill_no(&number).is_err());
    assert!(crate::AttemptId::from_out_trade_no(&number).is_err());
    for text in ["", "S", &number[1..], &number.to_lowercase(), &format!("{number}0")] {
        assert!(SplitId::from_out_order_no(text).is_err(), "{text}");
    }
    let debug = format!("{:?}", line(1, 1));
    assert!(!debug.contains("1900000001"), "{debug}");
}

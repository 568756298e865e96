//! Orders of several parts: paid at once, refunded part by part.

use super::*;

pub(crate) fn of(amounts: &[i64]) -> Vec<Part> {
    let part = |(index, amount): (usize, &i64)| Part {
        account: format!("wx-{}", index + 1).parse().unwrap(),
        amount: fen(*amount),
        subject: "tea".into(),
    };
    amounts.iter().enumerate().map(part).collect()
}

fn part(number: u8) -> PartNo {
    PartNo::new(number).unwrap()
}

/// 60 and 40, paid.
fn paid() -> Story {
    Story::with("parts").then("dispatch, accept 1, paid 1")
}

/// What each refund does to an order of 60 and 40 that is paid, and to which refunds.
#[test]
fn a_part_gives_back_no_more_than_its_own() {
    let check = |events: &str, event: &str, expect: &str| {
        assert_eq!(paid().then(events).would(event), expect, "{events} | {event}");
    };
    check("", "refund 60 p1", "[$] succeeded 1 1/1:60? -> refund 1 in 10");
    check("", "refund 40 p2", "[$] succeeded 1 1/2:40? -> refund 1 in 10");
    check("", "refund 61 p1", "no: ExceedsPaid");
    check("", "refund 41 p2", "no: ExceedsPaid");
    check("", "refund 1 p3", "no: PartUnknown");
    check("", "refund 1", "no: PartUnknown");
    check("", "refund 0 p1", "no: NothingToRefund");
    check("refund 30 p2", "refund 11 p2", "no: ExceedsPaid");
    check("refund 30 p2", "refund 10 p2", "[$] succeeded 1 1/2:30? 1/2:10? -> refund 2 in 10");
    check("refund 40 p2", "refund 60 p1", "[$] succeeded 1 1/2:40? 1/1:60? -> refund 2 in 10");
    check("refund 60 p1", "refund 1 p1", "no: ExceedsPaid");
    check("refund 60 p1, refund-paid 1", "refund 1 p1", "no: ExceedsPaid");
    check("refund 60 p1, refund-abnormal 1", "refund 1 p1", "no: ExceedsPaid");
    check(
        "refund 60 p1, refund-refused 1",
        "refund 1 p1",
        "[$] succeeded 1 1/1:60x 1/1:1? -> refund 2 in 10",
    );
    check("refund 30 p1", "refund 30 p1", "=");
    // A given-up refund went out after all, and its part's money is spent elsewhere.
    let spent = "refund 40 p2, refund-refused 1, refund 40 p2a, refund-paid 2";
    check(spent, "refund-paid 1", "CONTRADICTION: unexpected");
    let other = "refund 40 p2, refund-refused 1, refund 60 p1";
    check(other, "refund-paid 1", "[$] succeeded 1 1/2:40$ 1/1:60? -> tell#3 refund.succeeded");
}

#[test]
fn a_whole_order_has_no_parts_to_refund() {
    let mut story = Story::of("dispatch, paid 1");
    assert_eq!(story.tell("refund 1 p1"), Ok(Transition::Rejected(Rejection::PartUnknown)));
}

#[test]
fn one_number_is_one_refund_of_one_part() {
    let mut story = paid().then("refund 30 p1");
    let mut other = story.event("refund 30 p1");
    let Event::RefundRequested { part: named, .. } = &mut other else { panic!() };
    *named = Some(part(2));
    story.meet(&other).unwrap();
    assert_eq!(story.payment.refunds.len(), 2, "the store's once-key tells the two apart");
}

/// To the channel each part is an order of its own, which has its own pace.
#[test]
fn refunds_of_one_part_wait_for_their_turn() {
    let story = Story::with("parts apart=60").then("dispatch, accept 1, paid 1, refund 10 p1");
    let check = |event: &str, expect: &str| {
        assert!(story.would(event).ends_with(expect), "{event}: {}", story.would(event));
    };
    check("refund 20 p1", "-> refund 2 in 60");
    check("refund 20 p2", "-> refund 2 in 10");
}

#[test]
fn a_refund_tried_again_finds_its_own_parts_money() {
    let refused = paid().then("refund 40 p2, refund-refused 1");
    let check = |events: &str, expect: &str| {
        let would = refused.clone().then(events).would("refund-retry 1");
        assert!(would.starts_with(expect), "{events}: {would}");
    };
    check("", "[$] succeeded 1 1/2:40?");
    check("refund 60 p1", "[$] succeeded 1 1/2:40? 1/1:60?");
    check("refund 1 p2", "no: ExceedsPaid");
}

#[test]
fn surplus_money_goes_back_part_by_part() {
    let story = Story::with("parts").then("dispatch, close, closed 1, paid 1");
    let back = "[$] closed closing 1/1:60? 1/2:40? -> tell#2 payment.late_paid, refund 1 in 0, \
                refund 2 in 0";
    assert_eq!(story.render(), back);
    let numbers = story.payment.refunds.iter().map(|it| it.refund_no.as_str());
    let attempt = story.id(1);
    let expect = [1, 2].map(|it| attempt.out_trade_no_of(part(it)));
    assert!(numbers.eq(expect.iter().map(String::as_str)), "{:?}", story.payment.refunds);
}

#[test]
fn parts_add_up_to_the_order() {
    let check = |amounts: &[i64], expect: bool| {
        let order = Order { parts: of(amounts), ..order(fen(100)) };
        assert_eq!(order.parts_add_up(), expect, "{amounts:?}");
    };
    check(&[], true);
    check(&[100], false);
    check(&[60, 40], true);
    check(&[60, 41], false);
    check(&[60, 39], false);
    check(&[100, 0], false);
    check(&[10; 10], true);
    check(&[10, 10, 10, 10, 10, 10, 10, 10, 10, 5, 5], false);
    check(&[i64::MAX, 1], false);
}

/// `check` sees what the machine would not do.
#[test]
fn damage_to_the_parts_is_seen() {
    let check = |harm: &dyn Fn(&mut Payment), complaint: &str| {
        let mut payment = paid().then("refund 60 p1, refund 10 p2").payment;
        assert_eq!(payment.check(), Ok(()));
        harm(&mut payment);
        assert_eq!(payment.check(), Err(complaint));
    };
    let owes = "more is refunded of a part than it was paid";
    check(&|it| it.refunds[0].part = Some(part(2)), owes);
    check(&|it| it.refunds[1].part = Some(part(1)), owes);
    check(&|it| it.refunds[1].amount = fen(40 + 1), "more is refunded than was paid");
    check(&|it| it.refunds[0].part = None, "the refunds are not in order");
    check(&|it| it.refunds[0].part = Some(part(3)), "the refunds are not in order");
    check(&|it| it.order.parts = of(&[60, 41]), "the parts are not the order");
    check(&|it| it.order.parts = of(&[100]), "the parts are not the order");
    check(&|it| it.order.parts = of(&[59, 41]), owes);
}

#[test]
fn a_parts_number_says_whose_it_is() {
    let attempt = Story::of("").id(7);
    let check = |text: &str, expect| {
        assert_eq!(AttemptId::from_out_trade_no(text).ok(), expect, "{text}");
    };
    check(&attempt.to_string(), Some((attempt, None)));
    for number in 1..=10 {
        let text = attempt.out_trade_no_of(part(number));
        assert!(text.len() <= 32, "{text}");
        check(&text, Some((attempt, Some(part(number)))));
    }
    for tail in ["-", "-0", "-01", "-11", "-256", "-+1", "-1-1", "1", "-x"] {
        check(&format!("{attempt}{tail}"), None);
    }
}

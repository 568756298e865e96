//! A refund's own table, and that no history of refunds gives back more than was paid.

mod retry;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::payment::tests::{AMOUNT, Story, T0, fen, order, refusal, render};
use crate::payment::{MAX_REFUNDS, Notice, Rejection, Transition};

const AT: Timestamp = Timestamp(T0.0 + 60_000);

fn states() -> [RefundState; 5] {
    [
        RefundState::InDoubt,
        RefundState::Processing,
        RefundState::Abnormal(refusal("CARD")),
        RefundState::Succeeded { at: T0 },
        RefundState::Failed(refusal("NO")),
    ]
}

fn refund(cause: Cause, state: RefundState) -> Refund {
    let story = Story::of("dispatch, paid 1, refund 30");
    Refund { cause, state, channel_refund_no: None, ..story.payment.refunds[0].clone() }
}

fn succeeded(amount: Money) -> RefundFact {
    RefundFact::Succeeded { amount, channel_refund_no: Some("cr".into()), at: AT }
}

fn facts() -> [RefundFact; 6] {
    [
        RefundFact::Accepted { channel_refund_no: Some("cr".into()) },
        succeeded(fen(30)),
        succeeded(fen(29)),
        RefundFact::Refused(refusal("AGAIN")),
        RefundFact::Closed(refusal("AGAIN")),
        RefundFact::Abnormal(refusal("AGAIN")),
    ]
}

fn cell(refund: &Refund, fact: &RefundFact) -> String {
    match refund.apply(fact) {
        Ok(RefundChange::Redundant) => "=".into(),
        Ok(RefundChange::Changed(next)) => render::refund(&next.state).into(),
        Err(it) => render::contradiction(&it).into(),
    }
}

/// `?` in doubt, `p` processing, `!` abnormal, `$` succeeded, `x` failed, `=` known already.
#[test]
fn every_state_meets_every_fact() {
    #[rustfmt::skip]
    let table = [
        // accepted, succeeded, another amount, refused, closed, abnormal
        (Cause::Merchant, 1, [
            "? p $ amount x x !",
            "p = $ amount ! x !",
            "! = $ amount = x =",
            "$ = = amount unexpected unexpected unexpected",
            "x = $ amount = x unexpected",
        ]),
        // A no to one of several sends is a no to that one.
        (Cause::Merchant, 2, [
            "? p $ amount ! x !",
            "p = $ amount ! x !",
            "! = $ amount = x =",
            "$ = = amount = unexpected unexpected",
            "x = $ amount = x unexpected",
        ]),
        // What we return ourselves stays reserved until a person acts.
        (Cause::Duplicate, 1, [
            "? p $ amount ! ! !",
            "p = $ amount ! ! !",
            "! = $ amount = ! =",
            "$ = = amount unexpected unexpected unexpected",
            "x = $ amount = ! unexpected",
        ]),
    ];
    for (cause, sends, rows) in table {
        for (state, expected) in states().into_iter().zip(rows) {
            let refund = Refund { sends, ..refund(cause, state) };
            let cells = facts().map(|fact| cell(&refund, &fact)).join(" ");
            assert_eq!(
                format!("{} {cells}", render::refund(&refund.state)),
                expected,
                "{cause:?} {sends}"
            );
        }
    }
    let late = refund(Cause::Late, RefundState::InDoubt);
    assert_eq!(cell(&late, &RefundFact::Refused(refusal("NO"))), "!");
}

#[test]
fn only_a_definite_failure_releases_the_money() {
    let holds = states().map(|it| refund(Cause::Merchant, it).holds_money());
    assert_eq!(holds, [true, true, true, true, false]);
    let open = states().map(|it| it.is_open());
    assert_eq!(open, [true, true, true, false, false]);
}

#[test]
fn another_currency_is_another_amount() {
    let hkd = Money::new(30, crate::Currency::Hkd).unwrap();
    let refund = refund(Cause::Merchant, RefundState::InDoubt);
    let differs = Contradiction::AmountDiffers { expected: fen(30), reported: hkd };
    assert_eq!(refund.apply(&succeeded(hkd)), Err(differs));
}

#[test]
fn the_channels_number_is_kept() {
    let story = Story::of("dispatch, paid 1, refund 30, refund-accepted 1, refund-abnormal 1");
    let [refund] = &story.payment.refunds[..] else { panic!() };
    assert_eq!(refund.channel_refund_no.as_deref(), Some("cr1"));
}

/// What Alipay asks for between a refund and the first question about it.
const TEN_SECONDS: std::time::Duration = std::time::Duration::from_secs(10);

#[test]
fn a_refund_reserves_first_and_is_asked_for_in_the_same_commit() {
    let story = Story::of("dispatch, paid 1, refund 30");
    let due =
        crate::payment::Effect::Refund { refund: story.refund_id(1), due: T0.after(TEN_SECONDS) };
    assert_eq!(story.effects, [due]);
    let totals = story.payment.totals().unwrap();
    assert_eq!((totals.reserved, totals.refunded), (fen(30), fen(0)));
    assert_eq!(story.payment.refundable(story.id(1)), fen(70));
    let done = story.then("refund-paid 1").payment.totals().unwrap();
    assert_eq!((done.reserved, done.refunded), (fen(0), fen(30)));
}

#[test]
fn an_unknown_or_abnormal_refund_keeps_its_reserve_and_a_failed_one_gives_it_back() {
    let left = |news: &str| {
        let story = Story::of("dispatch, paid 1, refund 80").then(news);
        story.payment.refundable(story.id(1)).minor()
    };
    assert_eq!(left(""), 20);
    assert_eq!(left("refund-accepted 1"), 20);
    assert_eq!(left("refund-abnormal 1"), 20);
    assert_eq!(left("refund-paid 1"), 20);
    assert_eq!(left("refund-refused 1"), 100);
    assert_eq!(left("refund-abnormal 1, refund-closed 1"), 100);
    assert_eq!(left("refund-resend 1, refund-refused 1"), 20);
    assert_eq!(left("refund-resend 1, refund-unsent 1, refund-refused 1"), 100);
    assert_eq!(left("refund-resend 1, refund-closed 1"), 100);
}

#[test]
fn sends_are_counted_while_there_is_something_to_send() {
    let sends = |news: &str, wish: &str| {
        let mut story = Story::of("dispatch, paid 1, refund 80").then(news);
        story.tell(wish).unwrap();
        story.payment.refunds[0].sends
    };
    let resent = |news: &str| sends(news, "refund-resend 1");
    assert_eq!(resent(""), 2);
    assert_eq!(resent("refund-resend 1"), 3);
    assert_eq!(resent("refund-accepted 1"), 2);
    assert_eq!(resent("refund-abnormal 1"), 1, "a person may have paid by now");
    assert_eq!(resent("refund-paid 1"), 1);
    assert_eq!(resent("refund-refused 1"), 1);
    let unsent = |news: &str| sends(news, "refund-unsent 1");
    assert_eq!(unsent(""), 0);
    assert_eq!(unsent("refund-unsent 1"), 0);
    assert_eq!(unsent("refund-resend 1"), 1);
    assert_eq!(unsent("refund-paid 1"), 1);
    let surplus = Story::of("dispatch, dispatch, paid 1, paid 2");
    assert_eq!(surplus.payment.refunds[0].sends, 0, "its task sends it first");
}

#[test]
fn each_end_is_told_once() {
    let told = |news: &str| Story::of("dispatch, paid 1, refund 80").then(news).tells();
    let refund = Story::of("").refund_id(1);
    assert_eq!(told("refund-accepted 1"), []);
    assert_eq!(told("refund-paid 1"), [Notice::RefundSucceeded { refund }]);
    assert_eq!(told("refund-refused 1"), [Notice::RefundFailed { refund }]);
    assert_eq!(told("refund-abnormal 1"), [Notice::RefundAbnormal { refund }]);
    assert_eq!(told("refund-abnormal 1, refund-paid 1"), [Notice::RefundSucceeded { refund }]);
    assert_eq!(told("refund-refused 1, refund-paid 1"), [Notice::RefundSucceeded { refund }]);
}

#[test]
fn money_that_went_out_after_all_needs_money_that_is_still_there() {
    let failed = Story::of("dispatch, paid 1, refund 80, refund-refused 1");
    assert!(failed.clone().tell("refund-paid 1").is_ok());
    assert!(failed.clone().then("refund 20").tell("refund-paid 1").is_ok());
    let mut spent = failed.then("refund 21");
    let event = "refund.succeeded";
    assert_eq!(spent.tell("refund-paid 1"), Err(Contradiction::Unexpected { event }));
}

#[test]
fn one_number_is_one_refund() {
    let mut story = Story::of("dispatch, paid 1, refund 30");
    assert_eq!(story.tell("refund 30"), Ok(Transition::Redundant));
    let story = story.then("refund 30 b");
    assert_eq!(story.payment.refunds.len(), 2, "another number is another refund");
    let mut failed = Story::of("dispatch, paid 1, refund 30, refund-refused 1");
    assert_eq!(failed.tell("refund 30"), Ok(Transition::Redundant), "a number is used up");
}

#[test]
fn wishes_that_are_not_granted() {
    let check = |events: &str, wish: &str, why| {
        let told = Story::of(events).tell(wish);
        assert_eq!(told, Ok(Transition::Rejected(why)), "{events}: {wish}");
    };
    check("", "refund 1", Rejection::NotPaid);
    check("dispatch, accept 1", "refund 1", Rejection::NotPaid);
    check("dispatch, refuse 1, paid 1", "refund 1", Rejection::NotPaid);
    check("dispatch, paid 1", "refund 0", Rejection::NothingToRefund);
    check("dispatch, paid 1", "refund 101", Rejection::ExceedsPaid);
    check("dispatch, paid 1, refund 60", "refund 41", Rejection::ExceedsPaid);
    // The flagged duplicate's money is not the payment's to give.
    let mut twice = Story::with("duplicate=flag").then("dispatch, dispatch, paid 1, paid 2");
    assert_eq!(twice.tell("refund 101"), Ok(Transition::Rejected(Rejection::ExceedsPaid)));
    let (amount, reason) = (Money::new(1, crate::Currency::Hkd).unwrap(), None);
    let refund_no = "m-1".parse().unwrap();
    let (apart, part, door) = (std::time::Duration::ZERO, None, None);
    let wish =
        crate::payment::Event::RefundRequested { refund_no, amount, reason, part, door, apart };
    let told = Story::of("dispatch, paid 1").meet(&wish);
    assert_eq!(told, Ok(Transition::Rejected(Rejection::OtherCurrency)));
}

#[test]
fn the_fifty_first_refund_is_refused_and_our_own_do_not_count() {
    let mut story = Story::of("dispatch, dispatch, paid 1, paid 2");
    for index in 0..MAX_REFUNDS {
        story = story.then(&format!("refund 1 n{index}"));
    }
    let told = story.tell("refund 1 more");
    assert_eq!(told, Ok(Transition::Rejected(Rejection::TooManyRefunds)));
}

#[test]
fn the_check_sees_one_attempt_pay_for_another() {
    let mut payment =
        Story::with("duplicate=flag").then("dispatch, dispatch, paid 1, paid 2").payment;
    let refund = refund(Cause::Merchant, RefundState::InDoubt);
    payment.refunds = vec![Refund { amount: fen(AMOUNT), ..refund }];
    assert_eq!(payment.check(), Ok(()));
    payment.refunds[0].amount = fen(AMOUNT + 1);
    assert_eq!(payment.check(), Err("more is refunded of an attempt than it was paid"));
    payment.refunds[0].amount = fen(2 * AMOUNT + 1);
    assert_eq!(payment.check(), Err("more is refunded than was paid"));
    payment.refunds[0].amount = fen(i64::MAX);
    assert!(payment.check().is_err());
}

#[derive(Clone, Debug)]
enum Step {
    /// So many thousandths of what was paid, and a bit.
    Wish(i64, i64),
    News(&'static str, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let news = [
        "refund-accepted",
        "refund-paid",
        "refund-refused",
        "refund-closed",
        "refund-abnormal",
        "refund-resend",
        "refund-retry",
        "refund-unsent",
    ];
    let wish = (0_i64..=1100, 0_i64..3).prop_map(|(share, more)| Step::Wish(share, more));
    let news = (select(news.to_vec()), 1_usize..12).prop_map(|(it, n)| Step::News(it, n));
    vec(prop_oneof![wish, news], 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Summed apart from the machine, and in more bits than it has.
    #[test]
    fn no_history_gives_back_more_than_was_paid(
        paid in prop_oneof![Just(i64::MAX), Just(i64::MAX - 1), Just(1_i64), 1_i64..1_000],
        steps in steps(),
    ) {
        let mut story = Story::new(order(fen(paid))).then("dispatch, paid 1");
        for (index, step) in steps.into_iter().enumerate() {
            let amount = |share, more| (paid / 1000).saturating_mul(share).saturating_add(more);
            let _ = match step {
                Step::Wish(share, more) => {
                    story.tell(&format!("refund {} n{index}", amount(share, more)))
                }
                Step::News(news, number) => story.tell(&format!("{news} {number}")),
            };
            let held = story.payment.refunds.iter().filter(|it| {
                !matches!(it.state, RefundState::Failed(_))
            });
            let held: i128 = held.map(|it| i128::from(it.amount.minor())).sum();
            prop_assert!(held <= i128::from(paid));
            let left = story.payment.refundable(story.id(1)).minor();
            prop_assert_eq!(i128::from(left), i128::from(paid) - held);
            let totals = story.payment.totals().unwrap();
            let sum = i128::from(totals.reserved.minor()) + i128::from(totals.refunded.minor());
            prop_assert_eq!(sum, held);
        }
    }
}

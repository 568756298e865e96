//! `check` sees damage: a sound payment, harmed in one place.

use super::*;

fn harmed(events: &str, harm: impl Fn(&mut Payment), complaint: &str) {
    let mut payment = Story::with("duplicate=flag").then(events).payment;
    assert_eq!(payment.check(), Ok(()), "{events}");
    harm(&mut payment);
    assert_eq!(payment.check(), Err(complaint), "{events}");
}

fn other_payment() -> PaymentId {
    PaymentId::new(after(T0, 1), &"shop".parse().unwrap(), 8)
}

#[test]
fn damage_to_the_attempts_is_seen() {
    let check = |events: &str, harm: &dyn Fn(&mut Vec<Attempt>)| {
        harmed(events, |it| harm(&mut it.attempts), "the attempts are not in order");
    };
    check("dispatch, dispatch", &|it| it.swap(0, 1));
    check("dispatch, dispatch", &|it| drop(it.remove(0)));
    check("dispatch, dispatch", &|it| it[1].id.number = 3);
    check("dispatch", &|it| it[0].id.payment = other_payment());
    check("dispatch, paid 1", &|it| it[0].receipt = None);
    check("dispatch, paid 1", &|it| it[0].standing = Standing::Closed);
    check("dispatch", &|it| it[0].standing = Standing::Paid);
    check("dispatch, dispatch", &|it| it[0].standing = Standing::InDoubt);
    check("dispatch, dispatch, accept 2", &|it| it[0].standing = Standing::Pending);
}

#[test]
fn damage_to_the_refunds_is_seen() {
    let check = |harm: &dyn Fn(&mut Vec<Refund>)| {
        let complaint = "the refunds are not in order";
        let events = "dispatch, dispatch, paid 1, refund 30, refund 20";
        harmed(events, |it| harm(&mut it.refunds), complaint);
    };
    check(&|it| it.swap(0, 1));
    check(&|it| drop(it.remove(0)));
    check(&|it| it[0].id.payment = other_payment());
    check(&|it| it[1].attempt.number = 2);
    check(&|it| it[1].attempt.number = 9);
}

#[test]
fn damage_to_the_verdict_is_seen() {
    let check = |events: &str, verdict: Verdict| {
        let complaint = "the verdict is not borne out by the attempts";
        harmed(events, |it| it.verdict.clone_from(&verdict), complaint);
    };
    let id = |number| Story::of("").id(number);
    check("dispatch, paid 1", Verdict::Open);
    check("dispatch, refuse 1", Verdict::Succeeded { attempt: id(1) });
    check("dispatch, refuse 1", Verdict::Failed { attempt: id(2) });
    check("dispatch", Verdict::Failed { attempt: id(1) });
    check("dispatch, accept 1", Verdict::Closed);
    check("dispatch, dispatch, closed 2", Verdict::Closed);
    check("dispatch, dispatch, paid 1", Verdict::Succeeded { attempt: id(2) });
}

#[test]
fn damage_to_the_sums_is_seen() {
    let sums = "the sums do not add up";
    harmed(
        "dispatch, paid 1, refund 30",
        |it| it.refunds[0].amount = Money::new(30, Currency::Hkd).unwrap(),
        sums,
    );
    let huge = |it: &mut Payment| {
        for attempt in &mut it.attempts {
            attempt.receipt.as_mut().unwrap().amount = fen(i64::MAX);
        }
    };
    harmed("dispatch, dispatch, paid 1, paid 2", huge, sums);
}

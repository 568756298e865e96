//! What must hold of every step of every story, derived from the two payments alone.

use super::*;
use crate::refund::{Cause, End};

pub(crate) fn assert_step(before: &Payment, next: &Payment, effects: &[Effect], at: Timestamp) {
    assert_eq!(next.check(), Ok(()), "{next:#?}");
    assert_eq!(next.version, before.version + 1);
    assert_eq!((next.id, &next.order), (before.id, &before.order));
    let empty = &Payment { version: before.version, ..next.clone() } == before;
    assert_eq!(
        empty,
        is_offer(before, next, effects),
        "an empty step is an offer, and no other is"
    );
    let tells = numbered(before, next, effects);
    assert_eq!(tells, expected_tells(before, next), "{before:#?} {next:#?}");
    attempts_go_on(before, next);
    one_at_a_time(before, next);
    refunds_go_on(before, next);
    nothing_is_forgotten(before, next, effects, at);
    ends_are_final(before, next);
    surplus_goes_by_policy(before, next);
}

/// Nothing is there but the payment, and the task that ends it.
fn is_offer(before: &Payment, next: &Payment, effects: &[Effect]) -> bool {
    let attempt = AttemptId { payment: next.id, number: 1 };
    let ends = Effect::Resolve { attempt, due: next.order.expires_at };
    let waits = next.order.cashier.is_some() && next.attempts.is_empty();
    before.version == 0 && waits && effects == [ends]
}

/// Told in sequence without a gap, and as many as are counted.
fn numbered(before: &Payment, next: &Payment, effects: &[Effect]) -> Vec<Notice> {
    let mut last = before.events;
    let mut tells = vec![];
    for effect in effects {
        if let Effect::Tell { number, notice } = effect {
            assert_eq!(*number, last + 1, "{effects:?}");
            last = *number;
            tells.push(*notice);
        }
    }
    assert_eq!(next.events, last);
    tells
}

/// Money first, then what it decides, then the refunds.
fn expected_tells(before: &Payment, next: &Payment) -> Vec<Notice> {
    let mut tells = vec![];
    for attempt in next.attempts.iter().filter(|it| it.receipt.is_some()) {
        let known = before.attempt(attempt.id).is_some_and(|it| it.receipt.is_some());
        match before.verdict {
            Verdict::Succeeded { .. } if !known => {
                tells.push(Notice::PaymentDuplicatePaid { attempt: attempt.id });
            }
            Verdict::Failed { .. } | Verdict::Closed if !known => {
                tells.push(Notice::PaymentLatePaid { attempt: attempt.id });
            }
            Verdict::Open
            | Verdict::Succeeded { .. }
            | Verdict::Failed { .. }
            | Verdict::Closed => {}
        }
    }
    if next.verdict != before.verdict {
        tells.push(match next.verdict {
            Verdict::Succeeded { .. } => Notice::PaymentSucceeded,
            Verdict::Failed { .. } => Notice::PaymentFailed,
            Verdict::Closed => Notice::PaymentClosed,
            Verdict::Open => panic!("no verdict is taken back"),
        });
    }
    for (refund, old) in next.refunds.iter().zip(&before.refunds) {
        if refund.state.name() != old.state.name() {
            let refund_id = refund.id;
            let again = refund.ended.is_none() && old.ended.is_some();
            tells.push(match refund.state.name() {
                "processing" if again => continue,
                "succeeded" => Notice::RefundSucceeded { refund: refund_id },
                "failed" => Notice::RefundFailed { refund: refund_id },
                "abnormal" => Notice::RefundAbnormal { refund: refund_id },
                other => panic!("a refund never goes back to {other}"),
            });
        }
    }
    tells.extend(before.splits.iter().zip(&next.splits).filter_map(|it| split_told(it.0, it.1)));
    tells
}

/// Once, when it is over.
fn split_told(old: &Split, new: &Split) -> Option<Notice> {
    let split = new.id;
    if old.status() == new.status() {
        return None;
    }
    match (new.status(), new.kind.name()) {
        ("processing" | "abnormal", _) => None,
        ("closed", _) => Some(Notice::SplitClosed { split }),
        ("succeeded", "share") => Some(Notice::SplitSucceeded { split }),
        ("succeeded", "finish") => Some(Notice::SplitFinished { split }),
        ("succeeded", "return") => Some(Notice::SplitReturned { split }),
        other => panic!("no split is so: {other:?}"),
    }
}

fn attempts_go_on(before: &Payment, next: &Payment) {
    assert!(next.attempts.len() - before.attempts.len() <= 1);
    for (old, new) in before.attempts.iter().zip(&next.attempts) {
        assert_eq!((old.id, &old.account), (new.id, &new.account));
        assert_eq!(old.dispatched_at, new.dispatched_at);
        assert!(new.sends + 1 >= old.sends, "one send at a time is taken back");
        assert_eq!((new.way.method, new.till), (old.way.method, old.till));
        assert!(new.superseded || !old.superseded);
        let undone = matches!(old.standing, Standing::Reversing) && new.receipt.is_some();
        assert!(!undone || old.till.is_some(), "only charges are undone");
        assert!(old.receipt.is_none() || old.receipt == new.receipt, "money is never forgotten");
        assert!(old.action.is_none() || old.action == new.action, "a shown code stays");
        let dead = !old.standing.is_live();
        let stays = new.standing == old.standing || new.standing == Standing::Paid;
        assert!(!dead || stays, "only money wakes the dead: {old:?} {new:?}");
    }
}

/// Another attempt is begun only where no money can come of those before it.
fn one_at_a_time(before: &Payment, next: &Payment) {
    if next.attempts.len() == before.attempts.len() {
        return;
    }
    for attempt in &before.attempts {
        let unseen = matches!(attempt.standing, Standing::InDoubt | Standing::Abandoned);
        let unseen = unseen && attempt.till.is_none() && attempt.action.is_none();
        let over =
            !attempt.standing.is_live() && attempt.receipt.is_none() && attempt.recheck.is_none();
        assert!(unseen || over, "{attempt:?} may still be paid");
    }
}

fn refunds_go_on(before: &Payment, next: &Payment) {
    // Surplus money goes back at once, each part by itself.
    let at_once = next.order.parts.len().max(1);
    assert!(next.refunds.len() - before.refunds.len() <= at_once);
    for (old, new) in before.refunds.iter().zip(&next.refunds) {
        assert_eq!((old.id, old.attempt, old.amount), (new.id, new.attempt, new.amount));
        assert_eq!((&old.refund_no, old.cause), (&new.refund_no, new.cause));
        assert_eq!(old.part, new.part);
        let closed = old.ended == Some(End::Closed);
        assert!(new.round == old.round || closed && new.round == old.round + 1, "{old:?}");
        let paid_out = old.state.name() == "succeeded";
        assert!(!paid_out || old == new, "money that went out stays out");
    }
    for attempt in &next.attempts {
        let given_back = |it: &&Refund| it.attempt == attempt.id && it.cause != Cause::Merchant;
        let given_back: Vec<_> = next.refunds.iter().filter(given_back).map(|it| it.part).collect();
        let once: std::collections::BTreeSet<_> = given_back.iter().collect();
        assert_eq!(once.len(), given_back.len(), "returned twice");
    }
}

/// Whatever became alive has its task; whatever became unwanted is woken now.
fn nothing_is_forgotten(before: &Payment, next: &Payment, effects: &[Effect], at: Timestamp) {
    let asked = |id, by: Timestamp| {
        effects.iter().any(
            |it| matches!(it, Effect::Resolve { attempt, due } if *attempt == id && *due <= by),
        )
    };
    let unwanted = |it: &Payment| it.closing.is_some() || it.verdict != Verdict::Open;
    for attempt in next.attempts.iter().filter(|it| it.standing.is_live()) {
        let old = before.attempt(attempt.id);
        let same = |it: &Attempt| it.standing == attempt.standing;
        if attempt.standing != Standing::Reversing && !old.is_some_and(same) {
            assert!(asked(attempt.id, at.after(Duration::from_secs(5))), "{effects:?}");
        }
        let turned = unwanted(next) && !unwanted(before);
        let left = old.is_some_and(|it| it.standing != Standing::Abandoned)
            && attempt.standing == Standing::Abandoned;
        let yields = attempt.superseded && old.is_some_and(|it| !it.superseded);
        assert!(!(turned || left || yields) || asked(attempt.id, at), "{effects:?}");
    }
    let closed = |it: &Attempt| it.recheck.is_some() && it.standing == Standing::Closed;
    for attempt in next.attempts.iter().filter(|it| closed(it)) {
        let old = before.attempt(attempt.id).is_some_and(closed);
        assert!(old || asked(attempt.id, at.after(EXPIRY_MARGIN)), "{effects:?}");
    }
    let under_way = |it: &Refund| it.state.name() == "processing";
    for refund in next.refunds.iter().filter(|it| under_way(it)) {
        let old = before.refund(refund.id);
        let sent_now = refund.sends > 0 || old.is_some() && refund.turn() == at;
        let pause = Duration::from_secs(if sent_now { 10 } else { 0 });
        let due = Effect::Refund { refund: refund.id, due: refund.turn().after(pause) };
        assert!(old.is_some_and(under_way) || effects.contains(&due), "{effects:?}");
        assert!(refund.turn() >= at || old.is_some_and(under_way), "sent before its turn");
    }
    let stuck = next.verdict == Verdict::Open
        && next.closing.is_some()
        && !next.attempts.iter().any(|it| it.standing.is_live());
    assert!(!stuck, "closing, and nothing left that could end it");
}

fn ends_are_final(before: &Payment, next: &Payment) {
    let was_paid = matches!(before.verdict, Verdict::Succeeded { .. });
    assert!(!was_paid || next.verdict == before.verdict, "success is final");
    let is_paid = matches!(next.verdict, Verdict::Succeeded { .. });
    let told = before.verdict != Verdict::Open;
    assert!(!told || is_paid || next.verdict == before.verdict, "only money overrules a verdict");
    assert!(before.closing.is_none() || next.closing == before.closing);
    if matches!(next.verdict, Verdict::Failed { .. } | Verdict::Closed) {
        let live = next.attempts.iter().any(|it| it.standing.is_live());
        assert!(!live, "terminal-negative with an attempt alive");
    }
}

/// Returned in full if the policy says so, and never otherwise.
fn surplus_goes_by_policy(before: &Payment, next: &Payment) {
    let policy = next.order.policy;
    for attempt in next.attempts.iter().filter(|it| it.receipt.is_some()) {
        if before.attempt(attempt.id).is_some_and(|it| it.receipt.is_some()) {
            continue;
        }
        let (wish, cause) = match before.verdict {
            Verdict::Open => (Surplus::Accept, None),
            Verdict::Succeeded { .. } => (policy.duplicate, Some(Cause::Duplicate)),
            Verdict::Failed { .. } | Verdict::Closed => (policy.late, Some(Cause::Late)),
        };
        let returns = next.refunds.iter().filter(|it| it.attempt == attempt.id);
        let returns: Vec<_> = returns.map(|it| (it.amount, Some(it.cause))).collect();
        let parts: Vec<_> = next.order.parts.iter().map(|it| (it.amount, cause)).collect();
        let whole = if parts.is_empty() { vec![(next.order.amount, cause)] } else { parts };
        let expected = if wish == Surplus::Refund { whole } else { vec![] };
        assert_eq!(returns, expected, "{next:#?}");
    }
}

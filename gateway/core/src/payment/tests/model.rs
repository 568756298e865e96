//! Every order and every duplication of what can become true, over two attempts.

use std::collections::BTreeSet;

use super::*;
use crate::refund::Cause;

/// Each fact is delivered 0, 1 or 2 times.
const TIMES: u8 = 2;

/// The reference: who was paid, who is primary, what was told, what goes back. Written apart
/// from the machine, so that the two check each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Model {
    paid: [bool; 2],
    closed: [bool; 2],
    primary: Option<usize>,
    told: Option<&'static str>,
    returned: [u8; 2],
}

impl Model {
    fn paid(&mut self, attempt: usize) {
        if self.paid[attempt] {
            return;
        }
        self.paid[attempt] = true;
        if self.primary.is_none() && self.told != Some("closed") {
            (self.primary, self.told) = (Some(attempt), Some("succeeded"));
        } else {
            self.returned[attempt] += 1;
        }
    }

    fn closed(&mut self, attempt: usize) {
        if self.paid[attempt] || self.closed[attempt] {
            return;
        }
        self.closed[attempt] = true;
        let over = self.closed == [true; 2] && self.paid == [false; 2];
        if over && self.told.is_none() {
            self.told = Some("closed");
        }
    }

    fn meet(&mut self, fact: &str) {
        match fact {
            "paid 1" => self.paid(0),
            "paid 2" => self.paid(1),
            "closed 1" => self.closed(0),
            "closed 2" => self.closed(1),
            "unpaid" => {}
            other => panic!("{other}"),
        }
    }

    /// Reads the same off the machine.
    fn agrees(&self, payment: &Payment) {
        let primary = match payment.verdict {
            Verdict::Succeeded { attempt } => Some(usize::from(attempt.number) - 1),
            Verdict::Open | Verdict::Failed { .. } | Verdict::Closed => None,
        };
        let told = match payment.verdict {
            Verdict::Open => None,
            Verdict::Succeeded { .. } => Some("succeeded"),
            Verdict::Failed { .. } => Some("failed"),
            Verdict::Closed => Some("closed"),
        };
        let paid = [0, 1].map(|it| payment.attempts[it].receipt.is_some());
        let returned = [0, 1].map(|it| returns(payment, payment.attempts[it].id));
        assert_eq!((primary, told), (self.primary, self.told), "{self:?} {payment:#?}");
        assert_eq!((paid, returned), (self.paid, self.returned), "{self:?} {payment:#?}");
    }
}

fn returns(payment: &Payment, attempt: AttemptId) -> u8 {
    let given_back =
        |it: &&Refund| it.attempt == attempt && it.cause != Cause::Merchant && it.holds_money();
    u8::try_from(payment.refunds.iter().filter(given_back).count()).unwrap()
}

/// Walks every path; calls `visit` once for each pair of a state and the facts delivered.
fn explore<S, K>(
    start: S,
    facts: &[&str],
    meet: impl Fn(&S, &str) -> S,
    key: impl Fn(&S) -> K,
    visit: impl Fn(&S),
) -> usize
where
    K: Ord,
{
    let mut seen = BTreeSet::new();
    let none = vec![0; facts.len()];
    seen.insert((key(&start), none.clone()));
    let mut queue = vec![(start, none)];
    while let Some((state, counts)) = queue.pop() {
        visit(&state);
        for (index, fact) in facts.iter().enumerate().filter(|(index, _)| counts[*index] < TIMES) {
            let (next, mut counts) = (meet(&state, fact), counts.clone());
            counts[index] += 1;
            if seen.insert((key(&next), counts.clone())) {
                queue.push((next, counts));
            }
        }
    }
    seen.len()
}

fn told(story: &Story, fact: &str) -> Story {
    let mut next = story.clone();
    let applied = next.tell(fact);
    assert!(applied.is_ok(), "{fact}: {applied:?}");
    next
}

/// The accounts of one payment, whatever happened to it.
fn books_balance(payment: &Payment) {
    let paid = payment.attempts.iter().filter(|it| it.receipt.is_some());
    let returned: u8 = paid.clone().map(|it| returns(payment, it.id)).sum();
    let primaries = u8::from(matches!(payment.verdict, Verdict::Succeeded { .. }));
    assert!(payment.attempts.iter().all(|it| returns(payment, it.id) <= 1));
    let kept = u8::try_from(paid.count()).unwrap() - returned;
    assert_eq!(kept, primaries, "the merchant keeps exactly what was told as success");
}

/// Two payments, a closing each, a refund notice that implies the first payment, a query that
/// finds nothing new.
#[test]
fn every_order_and_duplication_of_six_facts() {
    let facts = ["paid 1", "paid 2", "closed 1", "closed 2", "refund notice", "unpaid"];
    let start = (Model::default(), Story::of("dispatch, dispatch, close"));
    let meet = |(model, story): &(Model, Story), fact: &str| {
        let fact = if fact == "refund notice" { "paid 1" } else { fact };
        let mut model = model.clone();
        model.meet(fact);
        let story = if fact == "unpaid" { story.clone() } else { told(story, fact) };
        (model, story)
    };
    let pairs = explore(
        start,
        &facts,
        meet,
        |(model, story)| (model.clone(), render::payment(&story.payment)),
        |(model, story)| {
            model.agrees(&story.payment);
            books_balance(&story.payment);
        },
    );
    let alone = |model: &Model, fact: &str| {
        let mut next = model.clone();
        next.meet(if fact == "refund notice" { "paid 1" } else { fact });
        next
    };
    let models = explore(Model::default(), &facts, alone, Clone::clone, |_| {});
    assert_eq!((models, pairs), (3_189, 3_381), "the exploration shrank or grew");
}

const FACTS: [&str; 8] =
    ["paid 1", "paid 2", "closed 1", "closed 2", "accept 2", "unsent 1", "refuse 2", "close"];

/// The same for all that can happen, from two beginnings and under every policy.
#[test]
fn every_order_and_duplication_of_all_events() {
    let returning = ["", "late=accept"];
    let keeping = ["late=flag", "duplicate=flag", "duplicate=flag late=flag"];
    for flags in returning.iter().chain(&keeping) {
        let start = Story::with(flags).then("dispatch, dispatch");
        let pairs = explore(
            start,
            &FACTS,
            |story, fact| {
                let mut next = story.clone();
                let _ = next.tell(fact);
                next
            },
            |story| render::payment(&story.payment),
            |story| {
                if returning.contains(flags) {
                    books_balance(&story.payment);
                }
            },
        );
        assert!(pairs > 18_000, "{flags}: only {pairs} pairs reached");
    }
}

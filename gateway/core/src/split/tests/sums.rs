//! No history of splits, returns and refunds moves more than there is, or the same money twice.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::ledger::{Book, postings};
use crate::payment::Payment;

#[derive(Default)]
struct Books(BTreeMap<String, i64>);

impl Books {
    fn post(&mut self, before: &Payment, after: &Payment) {
        for posting in postings(&before.booked(), after, AT) {
            for (book, amount) in posting.legs() {
                *self.0.entry(book.to_string()).or_default() += amount;
            }
            // What a split takes must have been there.
            if let Some(book) = posting.guarded() {
                assert!(book.own(self.0[&book.to_string()]) >= 0, "{book}");
            }
        }
    }

    fn of(&self, book: &Book) -> i64 {
        book.own(self.0.get(&book.to_string()).copied().unwrap_or(0))
    }
}

#[derive(Clone, Debug)]
enum Act {
    Share(Vec<i64>),
    Finish,
    Back(u16, u16, i64),
    Refund(i64),
    Tell(u16, u8),
    Refunded(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => vec(1_i64..30, 1..4).prop_map(Act::Share),
        1 => Just(Act::Finish),
        3 => (1_u16..6, 0_u16..3, 1_i64..20).prop_map(|(of, line, it)| Act::Back(of, line, it)),
        3 => (1_i64..60).prop_map(Act::Refund),
        6 => (1_u16..9, any::<u8>()).prop_map(|(split, how)| Act::Tell(split, how)),
        2 => (1_u16..4).prop_map(Act::Refunded),
    ]
}

/// Of each line by a bit of `how`; the top ones say nothing but a word of all of it.
fn fact(payment: &Payment, number: u16, how: u8) -> Option<Fact> {
    let split = payment.splits.get(usize::from(number) - 1)?;
    if how > 240 {
        return Some(Fact::Closed(refusal("NO")));
    }
    let lines = split.lines.iter().zip(0..).map(|(it, index)| {
        let paid = LineState::Succeeded { at: AT };
        let state = if how >> index & 1 == 0 { paid } else { LineState::Closed(refusal("NO")) };
        Told { receiver: it.receiver.clone(), amount: it.amount, state }
    });
    Some(progress(lines.collect()))
}

fn event(story: &Story, act: &Act, step: usize) -> Option<Event> {
    let (payment, no) = (&story.payment, format!("n-{step}"));
    let asked = |new: NewSplit| Event::SplitRequested(Box::new(new));
    Some(match act {
        Act::Share(amounts) => {
            let lines = (0..).zip(amounts).map(|(number, it)| line(number, *it)).collect();
            asked(NewSplit { max_bp: 9000, ..share(&no, lines) })
        }
        Act::Finish => asked(NewSplit { kind: Kind::Finish, ..share(&no, vec![]) }),
        Act::Back(of, line, amount) => {
            asked(NewSplit { split_no: no.parse().unwrap(), ..back(*of, story, *line, *amount) })
        }
        Act::Refund(amount) => story.event(&format!("refund {amount}")),
        Act::Tell(number, how) => {
            let split = SplitId { payment: payment.id, number: *number };
            Event::Split { split, fact: fact(payment, *number, *how)? }
        }
        Act::Refunded(number) => {
            payment.refunds.get(usize::from(*number) - 1)?;
            story.event(&format!("refund-paid {number}"))
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_happens_the_sums_hold(acts in vec(act(), 0..40)) {
        let order = crate::payment::Order { splittable: true, ..order(fen(AMOUNT)) };
        let mut story = Story::new(order);
        let (mut books, mut before) = (Books::default(), story.payment.clone());
        story = story.then("dispatch, paid 1");
        books.post(&before, &story.payment);
        for (step, act) in acts.iter().enumerate() {
            before = story.payment.clone();
            let Some(event) = event(&story, act, step) else { continue };
            let _ = story.meet(&event);
            books.post(&before, &story.payment);
            prop_assert_eq!(story.payment.check(), Ok(()));
            let merchant = story.payment.order.merchant.clone();
            let attempt = story.id(1);
            let account = story.payment.attempts[0].account.clone();
            let totals = story.payment.totals().unwrap();
            let shared = story.payment.shared(attempt).minor();
            let reserved = books.of(&Book::Reserved(merchant.clone()));
            let out = totals.refunded.minor() + totals.reserved.minor() + shared;
            prop_assert!(out <= AMOUNT);
            prop_assert_eq!(books.0.values().sum::<i64>(), 0);
            let left = AMOUNT - totals.refunded.minor() - shared;
            prop_assert_eq!(books.of(&Book::Owed(merchant)), left);
            let gone = totals.refunded.minor() + shared - reserved;
            prop_assert_eq!(books.of(&Book::Channel(account)), AMOUNT - gone);
        }
    }

    /// Exact, and nobody is off by a fen or more.
    #[test]
    fn proportions_add_up(amount in 0_i64..10_000_000, parts in vec(0_u16..3000, 0..20)) {
        let sum: i64 = parts.iter().map(|it| i64::from(*it)).sum();
        let shares = by_proportion(fen(amount), &parts);
        prop_assert_eq!(shares.is_some(), sum <= 10_000);
        let Some(shares) = shares else { return Ok(()) };
        let total: i64 = shares.iter().map(|it| it.minor()).sum();
        prop_assert_eq!(total, amount * sum / 10_000);
        for (share, bp) in shares.iter().zip(&parts) {
            let exact = amount * i64::from(*bp);
            prop_assert!((share.minor() * 10_000 - exact).abs() < 10_000);
        }
    }
}

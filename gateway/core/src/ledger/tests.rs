//! Over any history: nothing is created, nothing is lost, and every cause moves money once.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::fee::{OnRefund, Terms};
use crate::id::{AttemptId, MerchantId, VoucherNo};
use crate::money::Money;
use crate::payment::tests::random::{FLAGS, history, text};
use crate::payment::tests::{AMOUNT, Story, T0, after, fen};
use crate::payment::{PartNo, Transition};
use crate::route::Day;
use crate::time::Timestamp;

const SEVEN_IN_100: Terms =
    Terms { rate_bp: 725, min: 2, max: None, on_refund: OnRefund::Returned };

/// Books as they stand after every posting so far.
#[derive(Default)]
struct Ledger {
    balances: BTreeMap<Book, i64>,
    causes: BTreeSet<Cause>,
}

impl Ledger {
    fn post(&mut self, postings: Vec<Posting>) {
        for posting in postings {
            assert!(self.causes.insert(posting.cause().clone()), "{} again", posting.cause());
            for (book, amount) in posting.legs() {
                *self.balances.entry(book.clone()).or_default() += amount;
            }
        }
    }

    fn of(&self, book: &Book) -> i64 {
        book.own(self.balances.get(book).copied().unwrap_or(0))
    }
}

fn shop() -> MerchantId {
    "shop".parse().unwrap()
}

fn agrees(ledger: &Ledger, story: &Story) -> Result<(), TestCaseError> {
    let payment = &story.payment;
    let totals = payment.totals().unwrap();
    let (taken, returned) = (payment.fee_taken().minor(), payment.fee_returned().minor());
    let held = totals.paid.minor() - totals.refunded.minor();
    let channels: i64 = ledger
        .balances
        .iter()
        .filter(|it| it.0.account().is_some())
        .map(|it| it.0.own(*it.1))
        .sum();
    let theirs = ledger.of(&Book::Owed(shop())) + ledger.of(&Book::Surplus(shop()));
    prop_assert_eq!(ledger.balances.values().sum::<i64>(), 0);
    prop_assert_eq!(channels, held);
    prop_assert_eq!(ledger.of(&Book::Fees(shop())), taken - returned);
    prop_assert_eq!(theirs, held - taken + returned);
    prop_assert_eq!(ledger.of(&Book::Owed(shop())), payment.net());
    prop_assert!((0..=taken).contains(&returned));
    Ok(())
}

fn flags() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => select(&FLAGS[..]), 1 => Just("parts"), 1 => Just("parts duplicate=flag")]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_books_agree_with_the_payment_at_every_step(
        flags in flags(),
        history in history(),
        fees in any::<bool>(),
        refunds in proptest::collection::vec(1_i64..60, 0..12),
    ) {
        let mut story = Story::with(flags);
        let shares = story.payment.order.parts.len().max(1);
        story.terms = if fees { vec![SEVEN_IN_100; shares] } else { vec![] };
        let mut ledger = Ledger::default();
        let refunds = refunds.iter().enumerate().flat_map(|(number, fen)| {
            [format!("refund {fen} p1"), format!("refund-paid {}", number + 1)]
        });
        let history = history.iter().map(|(word, number, wait)| (text(word, *number), *wait));
        for (event, wait) in history.chain(refunds.map(|it| (it, 1))) {
            story.at = after(story.at, wait);
            let before = story.payment.booked();
            let applied = story.tell(&event);
            let moved = postings(&before, &story.payment, story.at);
            let news = matches!(applied, Ok(Transition::Applied { .. }));
            prop_assert!(news || moved.is_empty());
            ledger.post(moved);
            agrees(&ledger, &story)?;
        }
    }
}

fn told(flags: &str, events: &str) -> (Ledger, Story) {
    let mut story = Story::with(flags);
    story.terms = vec![SEVEN_IN_100; story.payment.order.parts.len().max(1)];
    let mut ledger = Ledger::default();
    for event in events.split(", ") {
        let before = story.payment.booked();
        story = story.then(event);
        ledger.post(postings(&before, &story.payment, story.at));
    }
    (ledger, story)
}

#[test]
fn money_is_owed_less_its_fee_and_both_go_back_together() {
    let (ledger, _) = told("", "dispatch, paid 1");
    assert_eq!(ledger.of(&Book::Owed(shop())), AMOUNT - 7);
    assert_eq!(ledger.of(&Book::Fees(shop())), 7);
    let (ledger, _) = told("", "dispatch, paid 1, refund 50, refund-paid 1");
    assert_eq!(ledger.of(&Book::Fees(shop())), 4);
    assert_eq!(ledger.of(&Book::Owed(shop())), 50 - 4);
    let all = "dispatch, paid 1, refund 33, refund-paid 1, refund 34, refund-paid 2, refund 33 b, \
               refund-paid 3";
    let (ledger, story) = told("", all);
    assert!(ledger.balances.values().all(|it| *it == 0), "{:?}", ledger.balances);
    assert_eq!(story.payment.fee_returned(), fen(7));
}

/// It is not the merchant's: nothing of it is settled, and nothing charged for it.
#[test]
fn money_that_goes_back_is_never_owed() {
    let (ledger, _) = told("", "dispatch, dispatch, paid 2, paid 1");
    assert_eq!(ledger.of(&Book::Owed(shop())), AMOUNT - 7);
    assert_eq!(ledger.of(&Book::Surplus(shop())), AMOUNT);
    let (ledger, _) = told("", "dispatch, dispatch, paid 2, paid 1, refund-paid 1");
    assert_eq!(ledger.of(&Book::Surplus(shop())), 0);
    let (ledger, _) = told("duplicate=flag", "dispatch, dispatch, paid 2, paid 1");
    assert_eq!(ledger.of(&Book::Owed(shop())), 2 * (AMOUNT - 7));
}

#[test]
fn each_part_is_booked_to_its_own_account() {
    let (ledger, story) = told("parts", "dispatch, paid 1");
    let parts = &story.payment.order.parts;
    for part in parts {
        assert_eq!(ledger.of(&Book::Channel(part.account.clone())), part.amount.minor());
    }
    // 4.35 and 2.9 fen.
    assert_eq!(ledger.of(&Book::Fees(shop())), 4 + 3);
}

#[test]
fn texts_read_back() {
    let books = Book::of_merchant(&shop()).into_iter();
    let account = || "ali-1".parse().unwrap();
    for book in books.chain([Book::Channel(account()), Book::ChannelFees(account())]) {
        assert_eq!(book.to_string().parse::<Book>(), Ok(book));
    }
    let number = || "S-2026_07".parse::<VoucherNo>().unwrap();
    let attempt = Story::with("").payment.next_attempt_id();
    let refund = Story::with("").refund_id(3);
    let steps = [Step::Reserved, Step::Ended, Step::Returned];
    let stepped = steps.into_iter().flat_map(|it| {
        [Cause::Split(number(), it), Cause::Payout(number(), it), Cause::Settlement(number(), it)]
    });
    let part = PartNo::new(2);
    let others = [
        Cause::Payment(attempt, None),
        Cause::Fee(attempt, part),
        Cause::ChannelFee(attempt, part),
        Cause::Refund(refund),
        Cause::FeeReturn(refund),
        Cause::Adjustment(number()),
    ];
    for cause in stepped.chain(others) {
        assert!(Cause::KINDS.contains(&cause.kind()));
        assert_eq!(cause.to_string().parse::<Cause>(), Ok(cause));
    }
    for text in ["", "payment", "payment/", "payout/x", "payout/x/paid", "tip/x", "refund/x"] {
        assert!(text.parse::<Cause>().is_err(), "{text}");
    }
    for text in ["owed", "owed/", "owed/A B", "bank/x", "channel/"] {
        assert!(text.parse::<Book>().is_err(), "{text}");
    }
}

#[test]
fn a_posting_moves_something_between_two_books_of_one_merchant() {
    let attempt = AttemptId::NOBODYS;
    let owed = || Book::Owed(shop());
    let post = |debit, credit, amount: Money| {
        Posting::new(Cause::Payment(attempt, None), &shop(), (debit, credit), amount, T0)
    };
    let other = Book::Owed("other".parse().unwrap());
    assert_eq!(post(owed(), owed(), fen(1)), None);
    assert_eq!(post(owed(), Book::Fees(shop()), fen(0)), None);
    assert_eq!(post(owed(), other, fen(1)), None);
    let moved = post(owed(), Book::Fees(shop()), fen(1)).unwrap();
    assert_eq!(moved.legs().map(|it| it.1).iter().sum::<i64>(), 0);
    assert_eq!((moved.adds_to(&owed()), moved.guarded()), (-1, None));
    // 15:59:59 and 16:00 of 31 December in UTC are the last second and the first in China.
    let day = |secs| moved.clone().moved(Timestamp::from_secs(secs)).day();
    assert_eq!([day(1_735_660_799), day(1_735_660_800)], [Day(20_088), Day(20_089)]);
}

/// What is paid is paid or released, once; what we decide to pay must be there.
#[test]
fn what_was_reserved_ends_once() {
    let payout = Matter::Payout("p1".parse().unwrap());
    let reserve = Posting::reserve(&payout, &shop(), fen(5), T0).unwrap();
    assert_eq!(reserve.guarded(), Some(&Book::Owed(shop())));
    let pay = Posting::pay(&payout, &shop(), Exit::Outside, fen(5), T0).unwrap();
    let release = Posting::release(&payout, &shop(), fen(5), T0).unwrap();
    assert_eq!(pay.cause(), release.cause());
    assert_eq!(pay.guarded(), Some(&Book::Reserved(shop())));
    let back = Posting::take_back(&payout, &shop(), Exit::Outside, fen(5), T0).unwrap();
    assert_eq!(back.guarded(), None);
    let mut ledger = Ledger::default();
    ledger.post(vec![reserve, pay, back]);
    assert!(ledger.balances.values().all(|it| *it == 0));
}

//! Money that moves: found in every order, never twice, and never out of a book that lacks it.

use paymux_core::ledger::{Book, Cause, Exit, Posting};
use paymux_core::{Currency, Timestamp};
use tokio::task::JoinSet;

use super::sample::{self, MERCHANT, OTHER, fen, id, journal, paid, payout, reserve};
use super::{check, word};
use crate::{Balance, Change, Store, Stretch, Sum};

async fn held(store: &impl Store, book: Book) -> i64 {
    let balances = store.balances(&[book]).await.expect("a read");
    balances.iter().map(|it| it.amount).sum()
}

fn owed() -> Book {
    Book::Owed(id(MERCHANT))
}

pub(super) async fn what_moved_is_read_in_every_order<S: Store>(store: S) {
    let mut all: Vec<_> = (1..=9).map(|it| paid(MERCHANT, it, 100)).collect();
    check(&store, journal(all.iter().rev().cloned()), "ok").await;
    check(&store, journal([paid(OTHER, 1, 7)]), "ok").await;
    let first = store.journal(&id(MERCHANT), 0, 4).await.expect("a read");
    let after = first.last().expect("four postings").cursor;
    let rest = store.journal(&id(MERCHANT), after, 99).await.expect("a read");
    let read = first.into_iter().chain(rest).map(|it| it.row);
    assert_eq!(read.collect::<Vec<_>>(), all.iter().rev().cloned().collect::<Vec<_>>());
    // A bill is read by the causes' texts, whoever was paid.
    all.push(paid(OTHER, 1, 7));
    all.sort_by_key(|it| it.cause().to_string());
    let (account, day) = (id("ali-1"), all[0].day());
    let page = store.moved(&account, day, None, 3).await.expect("a read");
    assert_eq!(page, all[..3]);
    let page = store.moved(&account, day, Some(all[2].cause()), 99).await.expect("a read");
    assert_eq!(page, all[3..]);
    assert_eq!(store.posting(all[5].cause()).await.expect("a read").as_ref(), Some(&all[5]));
    let channel = Book::Channel(account);
    let expect = Balance { book: channel.clone(), currency: Currency::Cny, amount: -907 };
    assert_eq!(store.balances(&[channel]).await.expect("a read"), [expect]);
}

pub(super) async fn a_book_never_pays_what_it_does_not_hold<S: Store>(store: S) {
    check(&store, journal([reserve(MERCHANT, 1, 1)]), "short").await;
    check(&store, journal([paid(MERCHANT, 1, 100)]), "ok").await;
    check(&store, journal([reserve(MERCHANT, 1, 101)]), "short").await;
    check(&store, journal([reserve(OTHER, 1, 1)]), "short").await;
    check(&store, journal([reserve(MERCHANT, 1, 60)]), "ok").await;
    check(&store, journal([reserve(MERCHANT, 1, 1)]), "posted").await;
    check(&store, journal([reserve(MERCHANT, 2, 41)]), "short").await;
    // A refund is a fact: it may leave the merchant in debt.
    let refund = Cause::Refund(paymux_core::RefundId {
        payment: sample::payment_id(MERCHANT, 1),
        number: 1,
    });
    let books = (owed(), Book::Channel(id("ali-1")));
    let refund = Posting::new(refund, &id(MERCHANT), books, fen(100), Timestamp(1));
    check(&store, journal(refund), "ok").await;
    assert_eq!(held(&store, owed()).await, -60);
    // What was reserved is paid or released, once, and no more than was reserved.
    let (shop, at) = (id(MERCHANT), Timestamp(2));
    let pay = |minor| Posting::pay(&payout(1), &shop, Exit::Outside, fen(minor), at);
    check(&store, journal(pay(61)), "short").await;
    check(&store, journal(pay(60)), "ok").await;
    check(&store, journal(Posting::release(&payout(1), &shop, fen(60), at)), "posted").await;
    assert_eq!(held(&store, Book::Reserved(shop)).await, 0);
}

pub(super) async fn a_change_is_posted_one_after_the_other<S: Store>(store: S) {
    let both = [paid(MERCHANT, 1, 10), reserve(MERCHANT, 1, 10)];
    check(&store, journal(both.iter().rev().cloned()), "short").await;
    check(&store, journal(both), "ok").await;
    let twice = [paid(MERCHANT, 2, 10), reserve(MERCHANT, 2, 6), reserve(MERCHANT, 3, 5)];
    check(&store, journal(twice), "short").await;
    assert_eq!(store.journal(&id(MERCHANT), 0, 9).await.expect("a read").len(), 2);
}

pub(super) async fn stretches_leave_no_gap<S: Store>(store: S) {
    let read = async |after, before| {
        let (shop, before) = (id(MERCHANT), Timestamp(before));
        store.stretch(&shop, Currency::Cny, after, before).await.expect("a read")
    };
    assert_eq!(read(0, i64::MAX).await, Stretch::default());
    // The second was booked late: it waits for the next stretch, and so does what is behind it.
    for number in [1, 3, 2] {
        check(&store, journal([paid(MERCHANT, number, 10)]), "ok").await;
    }
    check(&store, journal([reserve(MERCHANT, 1, 5)]), "ok").await;
    let kind = "payment".to_owned();
    let payments = |count, credited| Sum { kind: kind.clone(), count, credited, debited: 0 };
    let first = read(0, 3_000).await;
    assert_eq!(first.sums, [payments(1, 10)]);
    assert_eq!(read(first.until, 3_000).await, Stretch { until: first.until, sums: vec![] });
    let rest = read(first.until, i64::MAX).await;
    let payout = Sum { kind: "payout".into(), count: 1, credited: 0, debited: 5 };
    assert_eq!(rest.sums, [payments(2, 20), payout]);
    let yen = store.stretch(&id(MERCHANT), Currency::Jpy, 0, Timestamp(i64::MAX)).await;
    assert_eq!(yen.expect("a read"), Stretch { until: rest.until, sums: vec![] });
}

/// All at once: how many were written.
async fn at_once<S: Store>(store: &S, changes: impl Iterator<Item = Change>) -> usize {
    let mut writers = JoinSet::new();
    for change in changes {
        let store = store.clone();
        writers.spawn(async move { word(&store.commit(change).await) });
    }
    let said = writers.join_all().await;
    assert!(said.iter().all(|it| ["ok", "short"].contains(it)), "{said:?}");
    said.iter().filter(|it| **it == "ok").count()
}

/// Three, a hundred and two thousand buyers at once, of one merchant and one account.
pub(super) async fn nothing_is_lost_in_a_flash_sale<S: Store>(store: S) {
    let (mut expect, mut first) = (0, 1);
    for buyers in [3_u16, 100, 2_000] {
        let numbers = first..first + buyers;
        let price = |number: u16| i64::from(number % 97) + 1;
        expect += numbers.clone().map(price).sum::<i64>();
        let paid = numbers.map(|it| journal([paid(MERCHANT, it, price(it))]));
        assert_eq!(at_once(&store, paid).await, usize::from(buyers));
        assert_eq!(held(&store, owed()).await, expect);
        assert_eq!(held(&store, Book::Channel(id("ali-1"))).await, -expect);
        first += buyers;
    }
    let posted = store.journal(&id(MERCHANT), 0, usize::MAX).await.expect("a read");
    assert_eq!(posted.len(), usize::from(first - 1));
    assert_eq!(store.imbalances(9).await.expect("a read"), []);
}

/// Whoever comes first has it, while more money comes; nobody has what is not there.
pub(super) async fn what_is_held_is_paid_once<S: Store>(store: S) {
    check(&store, journal([paid(MERCHANT, 1, 1_000)]), "ok").await;
    let reserves = (1..=200).map(|it| journal([reserve(MERCHANT, it, 100)]));
    assert_eq!(at_once(&store, reserves).await, 10);
    assert_eq!(held(&store, owed()).await, 0);
    let mixed = (300..=400)
        .flat_map(|it| [journal([paid(MERCHANT, it, 30)]), journal([reserve(MERCHANT, it, 50)])]);
    let written = at_once(&store, mixed).await;
    let left = held(&store, owed()).await;
    let reserved = held(&store, Book::Reserved(id(MERCHANT))).await;
    assert!(left >= 0 && left + reserved == 1_000 + 101 * 30, "{left} {reserved} {written}");
    assert_eq!(store.imbalances(9).await.expect("a read"), []);
}

//! Settlements: over their versions, with their money, and one for each place.

use paymux_core::ledger::{Book, Exit};
use paymux_core::settlement::{Event, Item, Settlement, Transition};
use paymux_core::{Currency, MerchantId, Timestamp, TransferId};

use super::sample::{MERCHANT, OTHER, event, id, journal, paid, payment_id, payments, write};
use super::{check, transfers, word};
use crate::{Change, OpenSettlements, SettlementWrite, Store, TaskKind, TransferWrite};

const T0: i64 = 1_735_689_600_000;

fn draft(merchant: &str, currency: Currency, before: Option<&Settlement>) -> Settlement {
    let place = before.map_or(1, |it| i64::from(it.place) + 1);
    let kinds = [("payment", 900, 0), ("refund", 0, 100), ("settlement", 5, 700)];
    let item = |(kind, credited, debited): (&str, i64, i64)| Item {
        kind: kind.into(),
        count: 2,
        credited,
        debited,
    };
    let stretch = (place.unsigned_abs() * 10, kinds.map(item).to_vec());
    let (cutoff, now) = (Timestamp(T0 + place), Timestamp(T0 + 100 + place));
    let merchant: MerchantId = id(merchant);
    Settlement::draft((&merchant, currency), before, stretch, cutoff, now).expect("a draft")
}

/// The next version, with the money it moves.
fn step(from: &Settlement, event: &Event) -> Change {
    match from.apply(event, Timestamp(T0 + 500)).expect("it can") {
        Transition::Applied { next, journal, .. } => {
            let settlement = Some(SettlementWrite { expected: from.version, next: *next });
            Change { settlement, journal, ..Change::default() }
        }
        Transition::Redundant => panic!("{event:?} is no news"),
    }
}

fn next(change: &Change) -> Settlement {
    change.settlement.as_ref().expect("it writes one").next.clone()
}

fn new(settlement: &Settlement) -> Change {
    let settlement = Some(SettlementWrite { expected: 0, next: settlement.clone() });
    Change { settlement, ..Change::default() }
}

fn events() -> Vec<Event> {
    let transfer = TransferId::new(Timestamp(T0), &id(MERCHANT), 9);
    let exit = Exit::Channel(id("ali-1"));
    let (at, reference) = (Timestamp(T0 + 7), Some("\"2088\"".to_owned()));
    vec![
        Event::Confirmed { by: Some("li".into()) },
        Event::PayoutBegun { transfer },
        Event::Failed { reason: "\u{1f9e7}".into() },
        Event::PayoutBegun { transfer },
        Event::Paid { exit, at, reference, transfer: None },
        Event::Returned { reason: "closed".into() },
    ]
}

pub(super) async fn a_settlement_is_written_over_its_version<S: Store>(store: S) {
    let mut settlement = draft(MERCHANT, Currency::Cny, None);
    let number = settlement.number.clone();
    assert_eq!(store.settlement(&number).await.expect("a read"), None);
    check(&store, journal([paid(MERCHANT, 1, 5_000)]), "ok").await;
    check(&store, new(&settlement), "ok").await;
    check(&store, new(&settlement), "stale").await;
    let same = SettlementWrite { expected: 1, next: settlement.clone() };
    check(&store, Change { settlement: Some(same), ..Change::default() }, "constraint").await;
    for event in events() {
        let change = step(&settlement, &event);
        check(&store, change.clone(), "ok").await;
        check(&store, change.clone(), "stale").await;
        settlement = next(&change);
        let read = store.settlement(&number).await.expect("a read");
        assert_eq!(read.as_ref(), Some(&settlement));
    }
    let strange = Settlement { after: 99, ..draft(OTHER, Currency::Cny, None) };
    check(&store, new(&strange), "constraint").await;
    let kind = TaskKind::Settle(id(MERCHANT));
    assert_eq!(TaskKind::parse(&kind.to_string()), Some(kind));
}

pub(super) async fn settlements_are_listed_newest_first<S: Store>(store: S) {
    let first = draft(MERCHANT, Currency::Cny, None);
    check(&store, journal([paid(MERCHANT, 1, 5_000)]), "ok").await;
    check(&store, new(&first), "ok").await;
    let confirmed = step(&first, &Event::Confirmed { by: None });
    check(&store, confirmed.clone(), "ok").await;
    let first = next(&confirmed);
    let second = draft(MERCHANT, Currency::Cny, Some(&first));
    check(&store, new(&second), "ok").await;
    let thrown = step(&second, &Event::Discarded);
    check(&store, thrown.clone(), "ok").await;
    let second = next(&thrown);
    let third = draft(MERCHANT, Currency::Cny, Some(&second));
    let (yen, other) = (draft(MERCHANT, Currency::Jpy, None), draft(OTHER, Currency::Cny, None));
    for it in [&third, &yen, &other] {
        check(&store, new(it), "ok").await;
    }
    let (shop, cny) = (id(MERCHANT), Currency::Cny);
    let latest = store.latest_settlement(&shop, cny).await.expect("a read");
    assert_eq!(latest.as_ref(), Some(&third));
    assert_eq!(store.latest_settlement(&id(OTHER), Currency::Jpy).await.expect("a read"), None);
    let page = store.settlements(Some(&shop), None, 2).await.expect("a read");
    assert_eq!(page, [third.clone(), second.clone()]);
    let rest = store.settlements(Some(&shop), Some(&second.number), 9).await.expect("a read");
    assert_eq!(rest.iter().map(Settlement::root).collect::<Vec<_>>(), {
        let mut both = vec![first.root(), yen.root()];
        both.sort_by_key(|it| std::cmp::Reverse(*it));
        both
    });
    let unknown = id("stl_demo_CNY_000099");
    assert_eq!(store.settlements(Some(&shop), Some(&unknown), 9).await.expect("a read"), []);
    assert_eq!(store.settlements(None, None, 9).await.expect("a read").len(), 5);
    let mut open = store.open_settlements(&shop, 9).await.expect("a read");
    open.sort_by_key(|it| it.number.to_string());
    assert_eq!(open, [first.clone(), third, yen.clone()]);
    let count = |state: &str, count, since| OpenSettlements { state: state.into(), count, since };
    let expect = [count("confirmed", 1, first.created_at), count("draft", 3, yen.created_at)];
    assert_eq!(store.count_open_settlements().await.expect("a read"), expect);
}

/// What cannot be reserved is not confirmed, and what is not confirmed is not reserved.
pub(super) async fn a_settlement_and_its_money_are_one_commit<S: Store>(store: S) {
    let drafted = draft(MERCHANT, Currency::Cny, None);
    let amount = drafted.amount().minor();
    check(&store, new(&drafted), "ok").await;
    check(&store, journal([paid(MERCHANT, 1, amount - 1)]), "ok").await;
    let confirm = step(&drafted, &Event::Confirmed { by: None });
    check(&store, confirm.clone(), "short").await;
    assert_eq!(store.settlement(&drafted.number).await.expect("a read"), Some(drafted.clone()));
    check(&store, journal([paid(MERCHANT, 2, 1)]), "ok").await;
    check(&store, confirm.clone(), "ok").await;
    let confirmed = next(&confirm);
    let at = Timestamp(T0);
    let outside = Event::Paid { exit: Exit::Outside, at, reference: None, transfer: None };
    check(&store, step(&confirmed, &outside), "ok").await;
    // Its money has gone once, so a version that could release it again has none to release.
    let mut cancelled = step(&confirmed, &Event::Cancelled);
    let write = cancelled.settlement.as_mut().expect("it writes one");
    (write.expected, write.next.version) = (3, 4);
    check(&store, cancelled, "posted").await;
    let shop = id(MERCHANT);
    let books = [Book::Owed(id(MERCHANT)), Book::Reserved(id(MERCHANT)), Book::Outside(shop)];
    let held = store.balances(&books).await.expect("a read");
    let held: Vec<_> = held.iter().map(|it| (it.book.name(), it.amount)).collect();
    assert_eq!(held, [("outside", amount), ("owed", 0), ("reserved", 0)]);
}

/// Both are told of, or neither is: a settlement that has changed since holds its transfer back.
pub(super) async fn a_transfer_and_its_settlement_end_in_one_commit<S: Store>(store: S) {
    let mut settlement = draft(MERCHANT, Currency::Cny, None);
    check(&store, journal([paid(MERCHANT, 1, 5_000)]), "ok").await;
    check(&store, new(&settlement), "ok").await;
    for event in events().iter().take(2) {
        let change = step(&settlement, event);
        check(&store, change.clone(), "ok").await;
        settlement = next(&change);
    }
    let transfer = transfers::sample(5, MERCHANT);
    let ids = [transfer.id.root(), settlement.root()];
    let write = TransferWrite { expected: 0, next: transfer.clone(), spending: vec![] };
    let change = Change {
        transfer: Some(write),
        events: ids.map(|it| event(MERCHANT, it, 1)).to_vec(),
        ..step(&settlement, &events()[4])
    };
    let mut late = change.clone();
    late.settlement.as_mut().expect("it writes one").expected -= 1;
    check(&store, late, "stale").await;
    assert_eq!(store.transfer(transfer.id).await.expect("a read"), None);
    check(&store, change, "ok").await;
    assert_eq!(store.transfer(transfer.id).await.expect("a read"), Some(transfer));
    for it in ids.map(|it| event(MERCHANT, it, 1)) {
        assert_eq!(store.event(it.id).await.expect("a read"), Some(it));
    }
}

pub(super) async fn of_two_who_settle_a_period_one_does<S: Store>(store: S) {
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..8 {
        let mut drafted = draft(MERCHANT, Currency::Cny, None);
        drafted.created_at = Timestamp(T0 + number);
        let store = store.clone();
        writers.spawn(async move { store.commit(new(&drafted)).await });
    }
    let mut words: Vec<_> = writers.join_all().await.iter().map(word).collect();
    words.sort_unstable();
    assert_eq!(words, [["ok"].as_slice(), &["stale"; 7]].concat());
}

pub(super) async fn money_without_a_book_is_found<S: Store>(store: S) {
    let [booked, unbooked] =
        [1, 2].map(|it| payments::refunded(payment_id(MERCHANT, it), MERCHANT, 5_000, &[]));
    for payment in [&booked, &unbooked, &payments::plain(payment_id(MERCHANT, 3), MERCHANT)] {
        let change = Change { payment: Some(write(payment.clone())), ..Change::default() };
        check(&store, change, "ok").await;
    }
    let both = store.unbooked(9).await.expect("a read");
    assert_eq!(both, [booked.id, unbooked.id]);
    assert_eq!(store.unbooked(1).await.expect("a read"), [booked.id]);
    check(&store, journal([paid(MERCHANT, 1, 5_000)]), "ok").await;
    assert_eq!(store.unbooked(9).await.expect("a read"), [unbooked.id]);
}

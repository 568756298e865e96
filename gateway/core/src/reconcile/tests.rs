use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::id::RefundId;
use crate::route::Day;
use crate::time::Timestamp;

fn payment(number: u32) -> PaymentId {
    let merchant = "shop".parse().unwrap();
    PaymentId::new(Timestamp(1_768_451_696_000 + i64::from(number)), &merchant, 7)
}

fn key(number: u32) -> Key {
    // Every third is a refund.
    if number.is_multiple_of(3) {
        let refund = RefundId { payment: payment(number), number: 1 };
        return Key::refund(RefundNo { refund, round: 0 });
    }
    Key::order(AttemptId { payment: payment(number), number: 1 }, None)
}

fn line(number: u32) -> Line {
    let amount = i64::from(number) * 100 + 1;
    let (currency, fee) = (Currency::Cny, Some(amount * 6));
    Line { key: key(number), amount, currency, fee, settled: true, at: number }
}

/// What is planted in a line of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plant {
    Nothing,
    OnlyBill,
    OnlyBooks,
    Status,
    Amount,
    Currency,
    Fee,
    /// A hundred times as much: yuan taken for fen.
    Hundredfold,
    /// On the bill of the next day.
    Late,
    /// And with another amount.
    LateAmount,
}

const PLANTS: [Plant; 10] = [
    Plant::Nothing,
    Plant::OnlyBill,
    Plant::OnlyBooks,
    Plant::Status,
    Plant::Amount,
    Plant::Currency,
    Plant::Fee,
    Plant::Hundredfold,
    Plant::Late,
    Plant::LateAmount,
];

fn expected(plant: Plant, refund: bool) -> Option<DifferenceKind> {
    Some(match plant {
        Plant::Nothing => return None,
        Plant::OnlyBill | Plant::OnlyBooks if refund => DifferenceKind::Refund,
        Plant::OnlyBill => DifferenceKind::MissingHere,
        Plant::OnlyBooks => DifferenceKind::MissingAtChannel,
        Plant::Status => DifferenceKind::Status,
        Plant::Amount | Plant::Currency | Plant::Hundredfold | Plant::LateAmount => {
            DifferenceKind::Amount
        }
        Plant::Fee => DifferenceKind::Fee,
        Plant::Late => DifferenceKind::CrossDay,
    })
}

/// A day's books, its bill, and the bill of the next day.
fn sides(plants: &[Plant]) -> [Vec<Line>; 3] {
    let [mut books, mut bill, mut next] = [vec![], vec![], vec![]];
    for (number, plant) in (1..).zip(plants) {
        let (ours, mut told) = (line(number), line(number));
        match plant {
            Plant::Nothing | Plant::Late | Plant::OnlyBill | Plant::OnlyBooks => {}
            Plant::Status => told.settled = false,
            Plant::Amount | Plant::LateAmount => told.amount += 1,
            Plant::Currency => told.currency = Currency::Usd,
            Plant::Fee => told.fee = Some(5),
            Plant::Hundredfold => told.amount *= 100,
        }
        if *plant != Plant::OnlyBill {
            books.push(ours);
        }
        if matches!(plant, Plant::Late | Plant::LateAmount) {
            next.push(told);
        } else if *plant != Plant::OnlyBooks {
            bill.push(told);
        }
    }
    [books, bill, next]
}

/// Days as they are walked: what is certain after each, by key.
fn walked(days: &[(Vec<Line>, Vec<Line>)], pool: &mut Pool) -> BTreeMap<Key, DifferenceKind> {
    let mut differences = BTreeMap::new();
    for (day, (bill, books)) in (0..).map(Day).zip(days) {
        let mut sorted = [bill.clone(), books.clone()];
        sorted.iter_mut().for_each(|it| it.sort_unstable_by_key(|it| it.key));
        let [bill, books] = sorted;
        let mut tell = |it: Difference| {
            let line = it.bill.or(it.books).unwrap();
            assert_eq!(differences.insert(line.key, it.kind), None, "{it:?} is told twice");
        };
        compare(bill, books).filter_map(|it| pool.take(day, it.unwrap())).for_each(&mut tell);
        pool.end(day).into_iter().for_each(&mut tell);
    }
    differences
}

proptest! {
    #[test]
    fn every_planted_difference_is_found_and_none_invented(
        plants in prop::collection::vec(prop::sample::select(&PLANTS[..]), 0..60),
        turn in any::<prop::sample::Index>(),
    ) {
        let [books, mut bill, next] = sides(&plants);
        // A bill comes in any order.
        if !bill.is_empty() {
            let turn = turn.index(bill.len());
            bill.rotate_left(turn);
        }
        let mut pool = Pool::new(2);
        let days = [(bill, books), (next, vec![]), (vec![], vec![]), (vec![], vec![])];
        let found = walked(&days, &mut pool);
        let planted = (1..).zip(&plants).filter_map(|(number, plant)| {
            let key = key(number);
            Some((key, expected(*plant, key.is_refund())?))
        });
        prop_assert_eq!(found, planted.collect::<BTreeMap<_, _>>());
        prop_assert!(pool.is_empty());
    }
}

#[test]
fn a_late_line_is_not_missing_while_somebody_waits() {
    let mut pool = Pool::new(2);
    let ours = vec![line(1)];
    let nothing = || (vec![], vec![]);
    assert!(walked(&[(vec![], ours.clone()), nothing()], &mut pool).is_empty());
    assert_eq!(pool.len(), 1);
    let missing = pool.end(Day(2));
    assert_eq!(
        missing.iter().map(|it| it.kind).collect::<Vec<_>>(),
        [DifferenceKind::MissingAtChannel]
    );
    // Our books may be the later ones: paid before midnight there, after it here.
    let found = walked(&[(ours.clone(), vec![]), (vec![], ours)], &mut pool);
    assert_eq!(found.into_values().collect::<Vec<_>>(), [DifferenceKind::CrossDay]);
}

#[test]
fn a_side_out_of_order_is_told_and_not_guessed_about() {
    let found: Vec<_> = compare([line(2), line(1)], []).collect();
    assert_eq!(found, [Ok(Found::OnlyBill(line(2))), Err(Disordered(key(1)))]);
    let found: Vec<_> = compare([], [line(1), line(1)]).collect();
    assert_eq!(found, [Ok(Found::OnlyBooks(line(1))), Err(Disordered(key(1)))]);
}

#[test]
fn the_keys_of_a_payment_differ() {
    let attempt = AttemptId { payment: payment(1), number: 1 };
    let refund = RefundId { payment: payment(1), number: 1 };
    let keys = [
        Key::order(attempt, None),
        Key::order(attempt, PartNo::new(1)),
        Key::order(AttemptId { number: 2, ..attempt }, None),
        Key::refund(RefundNo { refund, round: 0 }),
        Key::refund(RefundNo { refund, round: 1 }),
    ];
    assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
}

#[test]
fn every_kind_has_a_name_and_a_repair() {
    let names: std::collections::BTreeSet<_> =
        DifferenceKind::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(names.len(), 7);
    assert!(DifferenceKind::ALL.iter().all(|it| !it.repairs().is_empty()));
}

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::id::{AccountId, AttemptId, PaymentId, RefundId, RefundNo};
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

/// Days as they are walked, by windows of so many lines.
struct Walk {
    rows: BTreeMap<Key, DifferenceRecord>,
    window: usize,
    writes: usize,
}

impl Walk {
    fn new(window: usize) -> Self {
        Self { rows: BTreeMap::new(), window, writes: 0 }
    }

    fn account() -> AccountId {
        "wx".parse().unwrap()
    }

    fn write(&mut self, row: Option<DifferenceRecord>) {
        let Some(row) = row else { return };
        let before = self.rows.get(&row.key).map_or(0, |it| it.version);
        assert_eq!(row.version, before + 1, "{row:?}");
        self.writes += 1;
        self.rows.insert(row.key, row);
    }

    /// `all` is what our books say of every day.
    fn day(&mut self, day: Day, bill: &[Line], all: &[(Day, Line)]) {
        let books: Vec<_> = all.iter().filter(|it| it.0 == day).map(|it| it.1).collect();
        let mut after = None;
        loop {
            let stretch = |lines: &[Line]| {
                let mut window = Window::new(after, self.window);
                lines.iter().for_each(|it| window.push(*it));
                window.end()
            };
            let (bill, books) = (stretch(bill), stretch(&books));
            let (bill, books) = (bill.clone().up_to(books.until), books.up_to(bill.until));
            let until = bill.until;
            self.stretch(day, (after, until), compare(bill.lines, books.lines), all);
            after = until;
            if after.is_none() {
                break;
            }
        }
        let overdue: Vec<_> = self.rows.values().map(|it| it.overdue(day, NOW)).collect();
        overdue.into_iter().for_each(|it| self.write(it));
    }

    fn stretch(
        &mut self,
        day: Day,
        (after, until): (Option<Key>, Option<Key>),
        found: impl Iterator<Item = Result<Found, Disordered>>,
        all: &[(Day, Line)],
    ) {
        let mut keys = vec![];
        for found in found {
            let found = found.unwrap();
            let key = found.key();
            assert!(after.is_none_or(|it| it < key) && until.is_none_or(|it| key <= it));
            keys.push(key);
            let elsewhere = all.iter().find(|it| it.1.key == key).filter(|it| it.0 != day);
            let elsewhere = elsewhere.map(|it| Seen { day: it.0, line: it.1 });
            let finding = Finding { found, day, elsewhere, under_way: false };
            let row = finding.told(&Self::account(), self.rows.get(&key), NOW);
            self.write(row);
        }
        let here = |key: Key| after.is_none_or(|it| it < key) && until.is_none_or(|it| key <= it);
        let of_day = |it: &DifferenceRecord| {
            [it.bill, it.books].into_iter().flatten().any(|it| it.day == day)
        };
        let gone = self.rows.values().filter(|it| here(it.key) && of_day(it));
        let gone: Vec<_> = gone.filter(|it| !keys.contains(&it.key)).cloned().collect();
        gone.into_iter().for_each(|it| self.write(it.vanished(day, NOW)));
    }

    fn kinds(&self, open: bool) -> BTreeMap<Key, DifferenceKind> {
        let rows = self.rows.values().filter(|it| it.state.is_open() == open);
        rows.map(|it| (it.key, it.kind)).collect()
    }
}

const NOW: Timestamp = Timestamp(1_768_500_000_000);

proptest! {
    #[test]
    fn every_planted_difference_is_found_and_none_invented(
        plants in prop::collection::vec(prop::sample::select(&PLANTS[..]), 0..60),
        turn in any::<prop::sample::Index>(),
        window in 2_usize..70,
    ) {
        let [books, mut bill, next] = sides(&plants);
        let all: Vec<_> = books.into_iter().map(|it| (Day(0), it)).collect();
        // A bill comes in any order.
        if !bill.is_empty() {
            let turn = turn.index(bill.len());
            bill.rotate_left(turn);
        }
        let mut walk = Walk::new(window);
        walk.day(Day(0), &bill, &all);
        // What one side alone has waits, and nothing else does.
        let waits = |it: &DifferenceRecord| it.state == DifferenceState::Waiting;
        let alone = |it: &DifferenceRecord| it.books.is_some() != it.bill.is_some();
        prop_assert!(walk.rows.values().all(|it| waits(it) == alone(it)));
        prop_assert!(walk.rows.values().all(|it| it.state.is_open()));
        walk.day(Day(1), &next, &all);
        let of = |cross: bool| {
            let planted = (1..).zip(&plants).filter_map(|(number, plant)| {
                let key = key(number);
                Some((key, expected(*plant, key.is_refund())?))
            });
            let planted = planted.filter(|it| (it.1 == DifferenceKind::CrossDay) == cross);
            planted.collect::<BTreeMap<_, _>>()
        };
        prop_assert_eq!(walk.kinds(true), of(false));
        prop_assert_eq!(walk.kinds(false), of(true));
        prop_assert!(walk.rows.values().all(|it| it.state != DifferenceState::Waiting));
        // Compared anew, in any order, nothing is written.
        let writes = walk.writes;
        for day in [1, 0, 1] {
            walk.day(Day(day), if day == 0 { &bill } else { &next }, &all);
        }
        prop_assert_eq!(walk.writes, writes);
        // And with a bill as it should be, all are over.
        let right: Vec<_> = all.iter().map(|it| it.1).collect();
        walk.day(Day(0), &right, &all);
        walk.day(Day(1), &[], &all);
        let open = walk.kinds(true);
        prop_assert!(open.is_empty(), "{open:?}");
    }
}

fn state_of(walk: &Walk) -> &DifferenceState {
    &walk.rows[&key(1)].state
}

#[test]
fn a_late_line_is_not_missing_while_somebody_waits() {
    let mut walk = Walk::new(9);
    let ours = [(Day(0), line(1))];
    walk.day(Day(0), &[], &ours);
    assert_eq!(state_of(&walk), &DifferenceState::Waiting);
    walk.day(Day(1), &[], &ours);
    assert_eq!(state_of(&walk), &DifferenceState::Open);
    assert_eq!(walk.rows[&key(1)].kind, DifferenceKind::MissingAtChannel);
    // A bill that comes later still has it.
    walk.day(Day(2), &[line(1)], &ours);
    assert_eq!(walk.rows[&key(1)].kind, DifferenceKind::CrossDay);
    assert_eq!(state_of(&walk), &DifferenceState::Resolved);
    // And one that has lost it by now does not.
    walk.day(Day(2), &[], &ours);
    assert_eq!(state_of(&walk), &DifferenceState::Open);
    // Our books may be the later ones: paid before midnight there, after it here.
    let mut walk = Walk::new(9);
    let ours = [(Day(1), line(1))];
    walk.day(Day(0), &[line(1)], &ours);
    walk.day(Day(1), &[], &ours);
    assert_eq!(state_of(&walk), &DifferenceState::Resolved);
}

/// A bill has a refund on the day it was asked for, our books on the day it succeeded.
#[test]
fn a_refund_that_was_under_way_is_no_difference_when_it_succeeds() {
    let mut walk = Walk::new(9);
    let told = Line { settled: false, ..line(3) };
    let under_way = |walk: &Walk| {
        let (found, day) = (Found::OnlyBill(told), Day(0));
        let finding = Finding { found, day, elsewhere: None, under_way: true };
        finding.told(&Walk::account(), walk.rows.get(&key(3)), NOW)
    };
    // Before, it was taken for missing: it waits no more.
    walk.day(Day(0), &[told], &[]);
    for version in [Some(2), None] {
        let row = under_way(&walk);
        assert_eq!(row.as_ref().map(|it| it.version), version);
        walk.write(row);
        assert_eq!(walk.rows[&key(3)].state, DifferenceState::Resolved);
    }
    let ours = [(Day(2), line(3))];
    for day in [1, 2, 3] {
        walk.day(Day(day), &[], &ours);
    }
    let row = walk.rows[&key(3)].clone();
    let days = [row.bill, row.books].map(|it| it.map(|it| it.day));
    assert_eq!((row.kind, days), (DifferenceKind::CrossDay, [Some(Day(0)), Some(Day(2))]));
    assert_eq!(row.state, DifferenceState::Resolved);
    // Compared anew, it stays so.
    walk.day(Day(0), &[told], &ours);
    walk.day(Day(2), &[], &ours);
    assert_eq!(walk.rows[&key(3)], row);
}

/// Wherever a window ends.
#[test]
fn a_number_that_is_told_twice_is_as_much_money_as_both() {
    for twice in [1, 2, 4, 5] {
        let mut walk = Walk::new(2);
        let mut bill = [1, 2, 4, 5].map(line).to_vec();
        bill.insert(0, line(twice));
        let ours: Vec<_> = [1, 2, 4, 5].map(|it| (Day(0), line(it))).to_vec();
        walk.day(Day(0), &bill, &ours);
        assert_eq!(walk.kinds(true), BTreeMap::from([(key(twice), DifferenceKind::Amount)]));
        let told = walk.rows[&key(twice)].bill.unwrap().line.amount;
        assert_eq!(told, line(twice).amount * 2);
    }
}

/// One person's word is not enough to leave money as it is.
#[test]
fn whoever_proposed_a_write_off_cannot_confirm_it() {
    let mut walk = Walk::new(9);
    walk.day(Day(0), &[], &[(Day(0), line(1))]);
    let row = &walk.rows[&key(1)];
    let unfit = |row: &DifferenceRecord, it, who| row.repair(it, who, "why", NOW).unwrap_err();
    assert_eq!(unfit(row, Repair::Confirm, "ann"), Unfit::NotProposed);
    assert_eq!(unfit(row, Repair::Accept, "ann"), Unfit::Kind);
    assert_eq!(row.repair(Repair::Query, "ann", "", NOW), Ok(None));
    let proposed = row.repair(Repair::WriteOff, "ann", "a test order", NOW).unwrap().unwrap();
    assert_eq!(unfit(&proposed, Repair::Confirm, "ann"), Unfit::SamePerson);
    assert_eq!(unfit(&proposed, Repair::WriteOff, "bob"), Unfit::Proposed);
    let rejected = proposed.repair(Repair::Reject, "ann", "", NOW).unwrap().unwrap();
    assert_eq!(rejected.state, DifferenceState::Open);
    let written_off = proposed.repair(Repair::Confirm, "bob", "", NOW).unwrap().unwrap();
    let (by, reason) = ("ann".to_owned(), "a test order".to_owned());
    let confirmed_by = "bob".to_owned();
    assert_eq!(written_off.state, DifferenceState::WrittenOff { by, reason, confirmed_by });
    assert_eq!(unfit(&written_off, Repair::Query, "ann"), Unfit::Over);
    // What was decided stands, as long as both sides say what they said.
    walk.rows.insert(key(1), written_off.clone());
    let writes = walk.writes;
    walk.day(Day(0), &[], &[(Day(0), line(1))]);
    assert_eq!((walk.writes, &walk.rows[&key(1)]), (writes, &written_off));
}

#[test]
fn a_side_out_of_order_is_told_and_not_guessed_about() {
    let found: Vec<_> = compare([line(2), line(1)], []).collect();
    assert_eq!(found, [Ok(Found::OnlyBill(line(2))), Err(Disordered(key(1)))]);
    let found: Vec<_> = compare([], [line(1), line(1)]).collect();
    assert_eq!(found, [Ok(Found::OnlyBooks(line(1))), Err(Disordered(key(1)))]);
}

#[test]
fn every_kind_has_a_name_and_a_repair() {
    let names: std::collections::BTreeSet<_> =
        DifferenceKind::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(names.len(), 7);
    assert!(DifferenceKind::ALL.iter().all(|it| !it.repairs().is_empty()));
}

//! Settled and unsettled are what is owed, to the fen, whatever happens and in whatever order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::ledger::{Book, Posting};
use crate::route::Day;

fn shop() -> MerchantId {
    "shop".parse().unwrap()
}

fn item(kind: &str, credited: i64, debited: i64) -> Item {
    Item { kind: kind.into(), count: 1, credited, debited }
}

fn draft(before: Option<&Settlement>, until: u64, items: Vec<Item>) -> Settlement {
    let cutoff = Timestamp(i64::try_from(until).unwrap());
    let whose = (&shop(), Currency::Cny);
    Settlement::draft(whose, before, (until, items), cutoff, Timestamp(9)).unwrap()
}

fn after(settlement: &Settlement, event: &Event) -> (Settlement, Vec<Posting>) {
    match settlement.apply(event, Timestamp(10)) {
        Ok(Transition::Applied { next, journal, .. }) => (*next, journal),
        other => panic!("{event:?} of {:?}: {other:?}", settlement.state),
    }
}

fn paid(exit: Exit) -> Event {
    Event::Paid { exit, at: Timestamp(8), reference: Some("b-1".into()), transfer: None }
}

fn transfer() -> TransferId {
    TransferId::new(Timestamp(5), &shop(), 7)
}

fn events() -> [Event; 8] {
    [
        Event::Confirmed { by: Some("li".into()) },
        Event::Discarded,
        Event::PayoutBegun { transfer: transfer() },
        paid(Exit::Outside),
        paid(Exit::Channel("ali-1".parse().unwrap())),
        Event::Failed { reason: "no such card".into() },
        Event::Returned { reason: "closed".into() },
        Event::Cancelled,
    ]
}

#[test]
fn every_state_meets_every_event() {
    let drafted = draft(None, 1, vec![item("payment", 100, 0)]);
    let [confirm, discard, begin, outside, channel, fail, give_back, cancel] = &events();
    let confirmed = after(&drafted, confirm).0;
    let paying = after(&confirmed, begin).0;
    let paid = after(&paying, channel).0;
    let states = [
        (draft(None, 1, vec![item("refund", 0, 5)]), "carried    no no no no no no no no"),
        (drafted.clone(), "draft      confirmed discarded no no no no no no"),
        (after(&drafted, discard).0, "discarded  no = no no no no no no"),
        (confirmed.clone(), "confirmed  = no paying paid no no no cancelled"),
        (paying.clone(), "paying     no no no no paid failed no no"),
        (paid.clone(), "paid       no no no no = no returned no"),
        (after(&confirmed, outside).0, "paid       no no no = no no returned no"),
        (after(&paying, fail).0, "failed     no no paying paid paid = no cancelled"),
        (after(&paid, give_back).0, "returned   no no no no no no = no"),
        (after(&confirmed, cancel).0, "cancelled  no no no no no no no ="),
    ];
    for (settlement, expect) in states {
        let outcomes = events().map(|it| match settlement.apply(&it, Timestamp(10)) {
            Ok(Transition::Applied { next, .. }) => next.state.name(),
            Ok(Transition::Redundant) => "=",
            Err(Rejection::WrongState) => "no",
            Err(other) => panic!("{other}"),
        });
        let name = settlement.state.name();
        assert!(State::NAMES.contains(&name));
        assert_eq!(format!("{name:10} {}", outcomes.join(" ")), expect);
    }
    assert_eq!((paying.tries, paying.transfer), (1, Some(transfer())));
    assert_eq!((paid.events, paid.confirmed_by.as_deref()), (2, Some("li")));
}

#[test]
fn a_settlement_pays_what_is_left_of_its_stretch() {
    let items = vec![
        item("payment", 1_000, 0),
        item("refund", 0, 300),
        item("fee", 0, 6),
        item("fee_return", 2, 0),
        item("split", 10, 100),
        item("adjustment", 5, 1),
        // What the one before it reserved is no movement; what was given up of it is owed again.
        item("settlement", 40, 7_000),
    ];
    let settlement = draft(None, 7, items);
    assert_eq!(settlement.amount().minor(), 1_000 - 300 - 6 + 2 - 90 + 4 + 40);
    assert_eq!(settlement.number.as_str(), "stl_shop_CNY_000001");
    let (_, journal) = after(&settlement, &events()[0]);
    let [reserve] = &journal[..] else { panic!("{journal:?}") };
    assert_eq!(reserve.amount(), settlement.amount());
    assert_eq!(reserve.guarded(), Some(&Book::Owed(shop())));
}

#[test]
fn a_debt_is_carried_and_a_period_is_settled_once() {
    let debt = draft(None, 3, vec![item("payment", 10, 0), item("refund", 0, 30)]);
    assert_eq!((debt.state.name(), debt.amount().minor()), ("carried", 0));
    let next = draft(Some(&debt), 5, vec![item("payment", 50, 0)]);
    assert_eq!((next.after, next.amount().minor()), (3, 30));
    let again = |before: &Settlement, cutoff| {
        let whose = (&shop(), Currency::Cny);
        Settlement::draft(whose, Some(before), (9, vec![]), Timestamp(cutoff), Timestamp(9))
    };
    assert_eq!(again(&next, 9), Err(Rejection::Undecided));
    let confirmed = after(&next, &events()[0]).0;
    assert_eq!(again(&confirmed, 5), Err(Rejection::PeriodClosed));
    // A draft that was thrown away gives its stretch, and its debt, to the next.
    let discarded = after(&next, &Event::Discarded).0;
    let redone = draft(Some(&discarded), 5, vec![item("payment", 45, 0)]);
    assert_eq!((redone.after, redone.place, redone.amount().minor()), (3, 3, 25));
}

#[test]
fn above_the_threshold_two_people_are_needed() {
    let drafted = draft(None, 7, vec![item("payment", 1_000, 0)]);
    let by = |it: Option<&str>| Event::Confirmed { by: it.map(Into::into) };
    let agreed = after(&drafted, &by(Some("li"))).0;
    let by_itself = after(&drafted, &by(None)).0;
    for above in [None, Some(1_000)] {
        assert!(agreed.may_be_paid_by(Some("li"), above) && by_itself.may_be_paid_by(None, above));
    }
    let above = Some(999);
    assert!(agreed.may_be_paid_by(Some("wang"), above));
    assert!(!agreed.may_be_paid_by(Some("li"), above) && !agreed.may_be_paid_by(None, above));
    assert!(!by_itself.may_be_paid_by(Some("li"), above) && !by_itself.may_be_paid_by(None, above));
}

#[test]
fn events_of_two_settlements_are_never_the_same() {
    let first = draft(None, 7, vec![item("payment", 1_000, 0)]);
    let again = Settlement { place: 2, ..first.clone() };
    let yen = Settlement { currency: Currency::Jpy, ..first.clone() };
    assert!(first.root() != again.root() && first.root() != yen.root());
    assert_eq!(first.root().bucket(), shop().bucket());
}

#[test]
fn the_next_day_ends_behind_now() {
    let calendar = Calendar::default();
    let hour = |it: i64| Timestamp::from_secs(it * 3_600);
    let next = |cutoff_minutes, at: i64| {
        let period = Period { days: 1, cutoff_minutes, offset_minutes: 480 };
        calendar.next_end(period, hour(at)).as_secs() / 3_600
    };
    // Midnight in China is 16:00 in UTC; a day that ends at 22:00 there ends at 14:00.
    assert_eq!([next(0, 15), next(0, 16)], [16, 40]);
    assert_eq!([next(22 * 60, 13), next(22 * 60, 14), next(22 * 60, 16)], [14, 16, 38]);
}

#[test]
fn t_plus_n_counts_working_days() {
    // Thursday 2026-01-01 is a holiday, Sunday the 4th a working day in its place.
    let day = |it: i32| Day(20_453 + it);
    let calendar =
        Calendar { holidays: BTreeSet::from([day(1), day(2)]), workdays: BTreeSet::from([day(4)]) };
    let open: Vec<_> = (1..=12).filter(|it| calendar.is_workday(day(*it))).collect();
    assert_eq!(open, [4, 5, 6, 7, 8, 9, 12]);
    // Nine o'clock in China, on the days of January.
    let nine = |it: i32| Timestamp::from_secs(i64::from(day(it).0) * 86_400 + 3_600);
    let cutoff = |days, cutoff_minutes, at: i32| {
        let cutoff = calendar
            .cutoff(Period { days, cutoff_minutes, offset_minutes: 480 }, nine(at))
            .unwrap();
        let minutes = cutoff.as_secs() / 60 + 8 * 60 - i64::from(day(0).0) * 1_440;
        (minutes / 1_440, minutes % 1_440)
    };
    // T+1 in the week: what ended with yesterday. Days end at midnight, which is the next day's.
    assert_eq!(cutoff(1, 0, 7), (7, 0));
    // On Sunday one works: Wednesday's to Saturday's money is due.
    assert_eq!(cutoff(1, 0, 4), (4, 0));
    // On Saturday nothing new is, since Tuesday's was on Wednesday.
    assert_eq!(cutoff(1, 0, 3), (0, 0));
    assert_eq!(cutoff(2, 0, 7), (6, 0));
    // A day that ends at 22:00, and one that has not ended yet.
    assert_eq!(cutoff(1, 22 * 60, 7), (6, 1_320));
    assert_eq!(cutoff(0, 22 * 60, 7), (6, 1_320));
    assert_eq!(cutoff(0, 8 * 60, 7), (7, 480));
}

/// Owed, reserved and paid out, as the ledger has them.
#[derive(Default)]
struct Books {
    journal: Vec<(i64, i64, &'static str)>,
    owed: i64,
    reserved: i64,
    out: i64,
}

impl Books {
    fn moves(&mut self, amount: i64, kind: &'static str) {
        self.owed += amount;
        self.journal.push((amount.max(0), (-amount).max(0), kind));
    }

    fn post(&mut self, postings: Vec<Posting>) -> bool {
        for posting in postings {
            let (owed, reserved) = (Book::Owed(shop()), Book::Reserved(shop()));
            if posting.guarded() == Some(&owed) && self.owed + posting.adds_to(&owed) < 0 {
                return false;
            }
            if posting.adds_to(&owed) != 0 {
                self.moves(posting.adds_to(&owed), "settlement");
            }
            self.reserved += posting.adds_to(&reserved);
            self.out += posting.adds_to(&Book::Outside(shop()));
            self.out += posting.adds_to(&Book::Channel("ali-1".parse().unwrap()));
        }
        true
    }

    fn stretch(&self, after: u64) -> (u64, Vec<Item>) {
        let from = usize::try_from(after).unwrap();
        let items = self.journal[from..].iter().map(|it| item(it.2, it.0, it.1));
        (self.journal.len() as u64, items.collect())
    }
}

fn unsettled(rest: &[Item]) -> i64 {
    rest.iter().map(|it| it.credited - if it.kind == "settlement" { 0 } else { it.debited }).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn settled_and_unsettled_are_what_is_owed(
        steps in proptest::collection::vec((0..12_usize, 1_i64..500), 1..80),
    ) {
        let (mut books, mut all) = (Books::default(), Vec::<Settlement>::new());
        let mut moved = 0;
        for (at, (step, amount)) in (1..).zip(steps) {
            match step {
                0..=2 => { moved += amount; books.moves(amount, "payment"); }
                3 => { moved -= amount; books.moves(-amount, "refund"); }
                4 => {
                    let Ok(start) = Start::behind(all.last()) else { continue };
                    let stretch = books.stretch(start.after);
                    let whose = (&shop(), Currency::Cny);
                    let drafted = Settlement::draft(
                        whose, all.last(), stretch, Timestamp(at), Timestamp(at),
                    ).unwrap();
                    // Nothing is between two settlements, and nothing is in both.
                    let settled: i64 = books.reserved + books.out;
                    prop_assert_eq!(drafted.statement.net(), moved - settled);
                    all.push(drafted);
                }
                other => {
                    let index = usize::try_from(amount).unwrap() % all.len().max(1);
                    let Some(settlement) = all.get_mut(index) else { continue };
                    let event = &events()[other % 8];
                    if let Ok(Transition::Applied { next, journal, .. }) =
                        settlement.apply(event, Timestamp(at))
                        && books.post(journal)
                    {
                        *settlement = *next;
                    }
                }
            }
            prop_assert_eq!(books.owed + books.reserved + books.out, moved);
            prop_assert!(books.reserved >= 0 && books.out >= 0);
            let sum = |which: &dyn Fn(&State) -> bool| -> i64 {
                let those = all.iter().filter(|it| which(&it.state));
                those.map(|it| it.amount().minor()).sum()
            };
            prop_assert_eq!(books.reserved, sum(&State::is_open));
            prop_assert_eq!(books.out, sum(&|it| matches!(it, State::Paid { .. })));
            // What no settlement has is what is still owed.
            let start = all.last().map(|it| {
                if it.state == State::Draft {
                    return (it.statement.net(), it.until);
                }
                let start = Start::behind(Some(it)).unwrap();
                (start.carried, start.after)
            });
            let (kept, from) = start.unwrap_or((0, 0));
            let rest = books.stretch(from).1;
            prop_assert_eq!(kept + unsettled(&rest), books.owed);
        }
    }
}

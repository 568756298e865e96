//! The days of one shop, told in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use paymux_core::Currency;
use paymux_core::ledger::{Book, Exit};
use paymux_core::settlement::State;
use paymux_engine::flow::settle::{Adjustment, PaidOutside};
use paymux_engine::snapshot::{Merchant, SettlementTerms, Snapshot};

use super::ground::merchant;
use super::office::{ABOVE, Office, at, money, polled, ready, shop, terms};

fn names(office: &Office) -> Vec<(String, i64)> {
    let all = office.settlements();
    all.iter().rev().map(|it| (it.state.name().into(), it.amount().minor())).collect()
}

fn told(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect()
}

/// Friday is a holiday: its money is settled with Thursday's, on Monday, and once whoever asks.
#[test]
fn a_period_is_settled_once_and_holidays_wait() {
    let mut office = Office::new(1, terms(false, false));
    ready(office.gateway.want_settlements(&shop())).unwrap();
    office.book(900);
    office.hours(24);
    office.book(300);
    office.book(-200);
    office.work();
    assert_eq!(names(&office), [], "nobody works on Friday");
    office.hours(24);
    office.work();
    assert_eq!(names(&office), [], "nobody works on Saturday");
    office.hours(48);
    office.work();
    assert_eq!(names(&office), told(&[("draft", 1_000)]));
    // Monday's own money is of the next period, and a node that starts asks again.
    office.book(70);
    for _ in 0..3 {
        ready(office.gateway.want_settlements(&shop())).unwrap();
        office.work();
    }
    assert_eq!(names(&office), told(&[("draft", 1_000)]));
    office.check().unwrap();
    // The next waits until this one is decided.
    office.hours(24);
    office.work();
    assert_eq!(names(&office).len(), 1);
    let number = office.settlements()[0].number.clone();
    ready(office.gateway.confirm_settlement(&number, "li", None)).unwrap();
    office.work();
    assert_eq!(names(&office), told(&[("confirmed", 1_000), ("draft", 70)]));
    assert_eq!(office.held(&Book::Reserved(shop())), 1_000);
    office.check().unwrap();
}

#[test]
fn what_is_paid_outside_has_a_second_pair_of_eyes_above_the_threshold() {
    let mut office = Office::new(2, terms(true, false));
    office.book(ABOVE + 1);
    office.hours(24 * 4);
    ready(office.gateway.want_settlements(&shop())).unwrap();
    office.work();
    assert_eq!(names(&office), told(&[("draft", ABOVE + 1)]), "it is too much to agree by itself");
    let number = office.settlements()[0].number.clone();
    ready(office.gateway.confirm_settlement(&number, "li", None)).unwrap();
    let paid = || PaidOutside { reference: "b-1".into(), at: Some(at(48)) };
    let same = ready(office.gateway.paid_outside(&number, paid(), "li", None));
    assert_eq!(same.unwrap_err().kind.slug, "second-person-needed");
    let by_wang = ready(office.gateway.paid_outside(&number, paid(), "wang", None)).unwrap();
    let reference = Some("b-1".to_owned());
    assert_eq!(by_wang.state, State::Paid { exit: Exit::Outside, at: at(48), reference });
    let again = ready(office.gateway.paid_outside(&number, paid(), "wang", None)).unwrap();
    assert_eq!(again.version, by_wang.version, "said twice is paid once");
    let cancelled = ready(office.gateway.cancel_settlement(&number, None));
    assert_eq!(cancelled.unwrap_err().kind.slug, "settlement-state");
    assert_eq!(office.held(&Book::Outside(shop())), ABOVE + 1);
    office.check().unwrap();
}

/// The threshold is of a currency, and goes with the terms: without it, one person is not enough.
#[test]
fn without_terms_of_its_currency_a_settlement_takes_two_people() {
    let yen = SettlementTerms { currency: Currency::Jpy, ..terms(false, true) };
    for terms in [None, Some(Arc::new(yen))] {
        let mut office = Office::new(2, self::terms(false, false));
        office.book(800);
        office.hours(24 * 4);
        ready(office.gateway.want_settlements(&shop())).unwrap();
        office.work();
        let number = office.settlements()[0].number.clone();
        ready(office.gateway.confirm_settlement(&number, "li", None)).unwrap();
        let pays = terms.is_some();
        let merchant = Arc::new(Merchant { settlement: terms, ..merchant() });
        let accounts = office.gateway.snapshot.load().accounts.clone();
        let merchants = BTreeMap::from([(shop(), merchant)]);
        let snapshot = Snapshot { accounts, merchants, ..Snapshot::default() };
        office.gateway.snapshot.store(Arc::new(snapshot));
        let needed = "second-person-needed";
        if pays {
            let same = polled(office.gateway.pay_settlement(&number, "li", None));
            assert_eq!(same.unwrap_err().kind.slug, needed);
        }
        let paid = || PaidOutside { reference: "b-1".into(), at: None };
        let same = ready(office.gateway.paid_outside(&number, paid(), "li", None));
        assert_eq!(same.unwrap_err().kind.slug, needed);
        ready(office.gateway.paid_outside(&number, paid(), "wang", None)).unwrap();
    }
}

#[test]
fn what_is_small_is_agreed_to_and_paid_by_itself() {
    let mut office = Office::new(3, terms(true, true));
    office.bank.lock().calm = true;
    office.book(ABOVE);
    office.hours(24 * 4);
    ready(office.gateway.want_settlements(&shop())).unwrap();
    for _ in 0..40 {
        office.work();
        office.hours(1);
    }
    let last = office.settlements()[0].clone();
    assert!(matches!(last.state, State::Paid { .. } | State::Failed { .. }), "{:?}", last.state);
    assert_eq!((last.tries, last.confirmed_by), (1, None));
    office.check().unwrap();
}

/// What failed keeps its money, is paid again under another number, and given up is owed again.
#[test]
fn what_failed_is_tried_again_or_given_up() {
    let mut found = [0, 0];
    for seed in 0..40 {
        let mut office = Office::new(seed, terms(true, true));
        office.book(800);
        office.hours(24 * 4);
        ready(office.gateway.want_settlements(&shop())).unwrap();
        for _ in 0..60 {
            office.work();
            office.hours(1);
        }
        let first = office.settlements()[0].clone();
        let State::Failed { .. } = first.state else { continue };
        assert_eq!(office.held(&Book::Reserved(shop())), 800, "it is still set aside");
        assert_eq!(first.tries, 1, "only a person tries again");
        if seed.is_multiple_of(2) {
            found[0] += 1;
            ready(office.gateway.cancel_settlement(&first.number, None)).unwrap();
            assert_eq!(office.held(&Book::Owed(shop())), 800);
        } else {
            found[1] += 1;
            office.bank.lock().calm = true;
            let paid = polled(office.gateway.pay_settlement(&first.number, "li", None)).unwrap();
            assert_eq!((paid.tries, paid.state), (2, State::Paying));
            let twice = polled(office.gateway.pay_settlement(&first.number, "li", None));
            assert_eq!(twice.unwrap_err().kind.slug, "settlement-state");
        }
        office.check().unwrap();
    }
    assert!(found[0] > 0 && found[1] > 0, "{found:?}");
}

#[test]
fn nothing_is_booked_into_a_closed_period() {
    let mut office = Office::new(4, terms(false, false));
    office.book(800);
    office.hours(24 * 4);
    ready(office.gateway.want_settlements(&shop())).unwrap();
    office.work();
    let adjustment = |number: &str, hours, favour| Adjustment {
        number: number.parse().unwrap(),
        merchant: shop(),
        favour,
        amount: money(30),
        at: Some(at(hours)),
    };
    let late = ready(office.gateway.adjust(&adjustment("a-1", 1, true), None)).unwrap_err();
    assert_eq!((late.kind.slug, late.errors[0].pointer.as_str()), ("period-closed", "/at"));
    ready(office.gateway.adjust(&adjustment("a-1", 95, true), None)).unwrap();
    let twice = ready(office.gateway.adjust(&adjustment("a-1", 95, false), None)).unwrap_err();
    assert_eq!(twice.kind.slug, "adjustment-taken");
    assert_eq!(office.held(&Book::Owed(shop())), 830);
    assert_eq!(office.held(&Book::Adjusted(shop())), -30);
    let number = office.settlements()[0].number.clone();
    ready(office.gateway.confirm_settlement(&number, "li", None)).unwrap();
    let early = ready(office.gateway.draft_settlement_of(&shop(), Some(at(1)), None)).unwrap_err();
    assert_eq!((early.kind.slug, early.errors[0].pointer.as_str()), ("period-closed", "/cutoff"));
    // What was corrected is in the next.
    office.hours(1);
    let next = ready(office.gateway.draft_settlement_of(&shop(), None, None)).unwrap();
    let kinds: Vec<_> = next.statement.items.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!((next.amount().minor(), kinds), (30, vec!["adjustment"]));
    office.check().unwrap();
}

/// Refunds since leave less than was drafted: nothing is confirmed that is not there.
#[test]
fn what_is_not_owed_any_more_is_not_confirmed() {
    let mut office = Office::new(5, terms(true, false));
    office.book(800);
    office.hours(24 * 4);
    office.book(-600);
    ready(office.gateway.want_settlements(&shop())).unwrap();
    office.work();
    assert_eq!(names(&office), told(&[("draft", 800)]));
    let number = office.settlements()[0].number.clone();
    let refused = ready(office.gateway.confirm_settlement(&number, "li", None)).unwrap_err();
    assert_eq!(refused.kind.slug, "settlement-exceeds-balance");
    ready(office.gateway.discard_settlement(&number, None)).unwrap();
    office.work();
    assert_eq!(names(&office).len(), 1, "it is not drafted as it was");
    office.hours(1);
    let anew = ready(office.gateway.draft_settlement_of(&shop(), None, None)).unwrap();
    assert_eq!(anew.amount().minor(), 200);
    office.check().unwrap();
}

#[test]
fn less_than_the_minimum_and_debts_wait_for_the_next() {
    let mut office = Office::new(6, terms(true, false));
    office.book(9);
    ready(office.gateway.want_settlements(&shop())).unwrap();
    office.hours(24 * 4);
    office.work();
    assert_eq!(names(&office), []);
    office.book(-20);
    office.hours(24);
    office.work();
    assert_eq!(names(&office), told(&[("carried", 0)]));
    office.book(50);
    office.hours(24);
    office.work();
    assert_eq!(names(&office), told(&[("carried", 0), ("confirmed", 39)]));
    office.check().unwrap();
}

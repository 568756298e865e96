//! News of a transfer that come when its settlement has gone on, or that nobody carried to it.

use paymux_core::TransferId;
use paymux_core::ledger::Book;
use paymux_core::payment::Refusal;
use paymux_core::settlement::{Settlement, State};
use paymux_core::transfer::{Event, Fact, State as TransferState, Transfer};
use paymux_engine::flow::settle::PaidOutside;
use paymux_engine::record::Along;
use paymux_store::{Change, SettlementWrite, Store as _, TransferWrite};

use super::office::{Office, TITLE, money, polled, ready, shop, terms};

/// Eight yuan that are said not to have been paid.
fn failed() -> (Office, Settlement) {
    ended(|it| matches!(it, State::Failed { .. }))
}

fn ended(so: fn(&State) -> bool) -> (Office, Settlement) {
    for seed in 0..200 {
        let mut office = Office::new(seed, terms(true, true));
        office.book(800);
        office.hours(24 * 4);
        ready(office.gateway.want_settlements(&shop())).unwrap();
        for _ in 0..60 {
            office.work();
            office.hours(1);
        }
        let first = office.settlements()[0].clone();
        if so(&first.state) {
            return (office, first);
        }
    }
    panic!("no history ends so");
}

fn refusal() -> Refusal {
    Refusal { code: "back".into(), message: "the payee's account is closed".into() }
}

fn transfer(office: &Office, of: &Settlement) -> Transfer {
    ready(office.store.transfer(of.transfer.unwrap())).unwrap().unwrap()
}

fn tell(office: &Office, transfer: &Transfer, fact: &Fact) {
    let told = |_: &Transfer| vec![Event::Told(fact.clone())];
    ready(office.gateway.record(transfer.id, Along::default(), told)).unwrap();
}

fn succeeded(office: &Office) -> Fact {
    let at = office.gateway.now();
    Fact::Succeeded { amount: money(800), channel_transfer_no: Some("late".into()), at }
}

/// As it would stand where nothing carried its news on.
fn write(office: &Office, of: &Settlement, state: TransferState) {
    let before = transfer(office, of);
    let (expected, version) = (before.version, before.version + 1);
    let next = Transfer { state, version, ..before };
    let transfer = Some(TransferWrite { expected, next, spending: vec![] });
    ready(office.store.commit(Change { transfer, ..Change::default() })).unwrap();
}

fn nothing_pays_it(office: &Office, it: &Settlement) {
    let gateway = &office.gateway;
    let paid = PaidOutside { reference: "b".into(), at: None };
    let refused = [
        polled(gateway.pay_settlement(&it.number, "li", None)),
        polled(gateway.paid_outside(&it.number, paid, "li", None)),
        polled(gateway.cancel_settlement(&it.number, None)),
    ];
    for it in refused {
        assert_eq!(it.unwrap_err().kind.slug, "settlement-state");
    }
}

#[test]
fn what_was_paid_after_it_failed_is_not_paid_again() {
    let (office, first) = failed();
    tell(&office, &transfer(&office, &first), &succeeded(&office));
    let paid = office.settlements()[0].clone();
    assert!(matches!(paid.state, State::Paid { .. }), "with its transfer: {:?}", paid.state);
    nothing_pays_it(&office, &paid);
    assert_eq!(office.held(&Book::Reserved(shop())), 0);
    office.check().unwrap();
}

#[test]
fn nothing_else_is_done_about_what_a_transfer_has_paid() {
    let (office, first) = failed();
    write(&office, &first, TransferState::Succeeded { at: office.gateway.now() });
    nothing_pays_it(&office, &first);
    ready(office.gateway.want_settlements(&shop())).unwrap();
    office.work();
    assert!(matches!(office.settlements()[0].state, State::Paid { .. }));
    office.check().unwrap();
}

#[test]
fn a_second_payout_is_withdrawn_when_the_first_has_paid() {
    let (office, first) = failed();
    let old = transfer(&office, &first);
    let before = office.bank.lock().paid(TITLE);
    let second = polled(office.gateway.pay_settlement(&first.number, "li", None)).unwrap();
    tell(&office, &old, &succeeded(&office));
    office.work();
    let paid = office.settlements()[0].clone();
    assert!(matches!(paid.state, State::Paid { .. }), "{:?}", paid.state);
    assert_eq!((paid.transfer, paid.tries), (Some(old.id), 2));
    let state = transfer(&office, &second).state;
    assert!(matches!(state, TransferState::Failed(_)), "{state:?}");
    assert_eq!(office.bank.lock().paid(TITLE), before, "nothing was sent");
    let reason = office.gateway.metrics.attention.with_label_values(&["settlement_contradicted"]);
    assert_eq!(reason.get(), 0);
    // Should it have left all the same, a person hears of it.
    tell(&office, &transfer(&office, &second), &succeeded(&office));
    assert_eq!(reason.get(), 1, "paid twice");
    office.check().unwrap();
}

#[test]
fn what_came_back_before_it_was_said_to_be_paid_is_owed_again() {
    let (office, first) = failed();
    write(&office, &first, TransferState::Returned(refusal()));
    let (expected, version) = (first.version, first.version + 1);
    let next = Settlement { state: State::Paying, version, ..first };
    let settlement = Some(SettlementWrite { expected, next });
    ready(office.store.commit(Change { settlement, ..Change::default() })).unwrap();
    ready(office.gateway.want_settlements(&shop())).unwrap();
    office.work();
    let state = office.settlements()[0].state.clone();
    assert!(matches!(state, State::Returned { .. }), "{state:?}");
    assert_eq!(office.held(&Book::Owed(shop())), 800);
    office.check().unwrap();
}

/// Whatever is wrong with one, the merchant's others are paid.
#[test]
fn one_that_is_stuck_holds_up_no_other() {
    let (mut office, first) = failed();
    let (expected, version) = (first.version, first.version + 1);
    let nowhere = Some(TransferId::new(office.gateway.now(), &shop(), 77));
    let next = Settlement { state: State::Paying, transfer: nowhere, version, ..first.clone() };
    let settlement = Some(SettlementWrite { expected, next });
    ready(office.store.commit(Change { settlement, ..Change::default() })).unwrap();
    office.book(700);
    for _ in 0..72 {
        office.hours(1);
        office.work();
    }
    let all = office.settlements();
    assert_eq!((all.len(), &all[1].state), (2, &State::Paying));
    assert!(all[0].tries == 1, "the second is paid: {:?}", all[0].state);
    let reason = office.gateway.metrics.attention.with_label_values(&["settlement_stuck"]);
    assert!(reason.get() > 0);
}

/// Nobody looks for it any more, and the bank sends it back.
#[test]
fn what_comes_back_after_weeks_is_owed_again() {
    let (office, first) = ended(|it| matches!(it, State::Paid { .. }));
    office.hours(24 * 20);
    tell(&office, &transfer(&office, &first), &Fact::Returned(refusal()));
    let state = office.settlements()[0].state.clone();
    assert!(matches!(state, State::Returned { .. }), "{state:?}");
    assert_eq!(office.held(&Book::Owed(shop())), 800);
    office.check().unwrap();
}

//! Transfers: over their versions, and never beyond the day's limits, however many come at once.

use paymux_core::payment::Refusal;
use paymux_core::route::Day;
use paymux_core::transfer::{Kind, Payee, PayeeKind, Scene, State, Transfer};
use paymux_core::{Currency, MerchantId, Money, Timestamp, TransferId};

use super::{check, word};
use crate::{Change, Spending, Store, TransferWrite};

const T0: Timestamp = Timestamp(1_735_689_600_000);

pub(super) fn sample(number: u8, merchant: &str) -> Transfer {
    let merchant: MerchantId = merchant.parse().expect("a name");
    let name = number.is_multiple_of(2).then(|| "张三 \u{1f9e7}".to_owned());
    let reports = vec![("岗位类型".to_owned(), "\"骑手\"".to_owned())];
    Transfer {
        id: TransferId::new(Timestamp(T0.0 + i64::from(number)), &merchant, number.into()),
        merchant,
        account: "a".parse().expect("a name"),
        transfer_no: format!("t-{number}").parse().expect("a number"),
        amount: Money::new(30, Currency::Cny).expect("an amount"),
        kind: Kind::ALL[usize::from(number) % 2],
        payee: Payee {
            kind: PayeeKind::ALL[usize::from(number) % 4],
            identity: "o-1".into(),
            name,
            bank: None,
        },
        title: "wages".into(),
        scene: number.is_multiple_of(3).then(|| Scene { id: "1005".into(), reports }),
        settles: number.is_multiple_of(5).then(|| "stl_m_CNY_000001".parse().expect("a number")),
        state: State::InDoubt,
        channel_transfer_no: None,
        created_at: T0,
        spent_on: Day(20_000),
        sends: 1,
        first_sent_at: Some(T0),
        sent_at: Some(T0),
        known: number.is_multiple_of(2),
        approved_by: None,
        cancelling: false,
        events: 0,
        version: 1,
        fingerprint: [number; 32],
    }
}

fn write(expected: u64, next: Transfer, spending: Vec<Spending>) -> Change {
    let transfer = Some(TransferWrite { expected, next, spending });
    Change { transfer, ..Change::default() }
}

fn spending(amount: i64, limit: Option<i64>) -> Spending {
    let (spender, currency) = ("merchant/m".into(), Currency::Cny);
    Spending { spender, day: Day(20_000), currency, amount, limit }
}

fn states() -> [State; 9] {
    let refusal = || Refusal { code: "NO".into(), message: "\"no\"".into() };
    [
        State::InDoubt,
        State::Processing,
        State::Refused(refusal()),
        State::Waiting { package: Some("p".into()) },
        State::Waiting { package: None },
        State::Succeeded { at: T0 },
        State::Failed(refusal()),
        State::Returned(refusal()),
        State::Abnormal(refusal()),
    ]
}

pub(super) async fn a_transfer_is_written_over_its_version<S: Store>(store: S) {
    let first = sample(1, "m");
    assert_eq!(store.transfer(first.id).await.expect("a read"), None);
    check(&store, write(1, first.clone(), vec![]), "stale").await;
    check(&store, write(0, first.clone(), vec![]), "ok").await;
    check(&store, write(0, first.clone(), vec![]), "stale").await;
    check(&store, write(1, first.clone(), vec![]), "constraint").await;
    for (version, state) in (2..).zip(states()) {
        let next = Transfer { state, version, ..first.clone() };
        check(&store, write(version - 1, next.clone(), vec![]), "ok").await;
        check(&store, write(version - 1, next.clone(), vec![]), "stale").await;
        assert_eq!(store.transfer(first.id).await.expect("a read"), Some(next));
    }
    let unsound = Transfer { state: State::Held, ..sample(2, "m") };
    check(&store, write(0, unsound, vec![]), "constraint").await;
}

pub(super) async fn transfers_are_listed_newest_first<S: Store>(store: S) {
    let all: Vec<_> = (1..=4).map(|it| sample(it, "m")).collect();
    for next in all.iter().rev().cloned().chain([sample(5, "other")]) {
        check(&store, write(0, next, vec![]), "ok").await;
    }
    let held = Transfer { state: State::Held, sends: 0, sent_at: None, ..sample(6, "other") };
    check(&store, write(0, held.clone(), vec![]), "ok").await;
    let merchant = &all[0].merchant;
    let page = store.transfers(merchant, None, 3).await.expect("a read");
    assert_eq!(page, [all[3].clone(), all[2].clone(), all[1].clone()]);
    let rest = store.transfers(merchant, Some(all[1].id), 3).await.expect("a read");
    assert_eq!(rest, [all[0].clone()]);
    assert_eq!(store.held_transfers(9).await.expect("a read"), std::slice::from_ref(&held));
    let unfinished = async |it| store.unfinished(it).await.expect("a read").transfers;
    assert_eq!((unfinished(merchant).await, unfinished(&held.merchant).await), (4, 2));
    let over = State::Succeeded { at: T0 };
    let next = Transfer { state: over, version: 2, ..all[0].clone() };
    check(&store, write(1, next, vec![]), "ok").await;
    assert_eq!(unfinished(merchant).await, 3);
    assert_eq!(store.held_transfers(0).await.expect("a read"), []);
}

pub(super) async fn no_day_spends_more_than_its_limit<S: Store>(store: S) {
    let (limit, mut number) = (Some(100), 0);
    let mut spend = |amount, limit| {
        number += 1;
        write(0, sample(number, "m"), vec![spending(amount, limit)])
    };
    check(&store, spend(70, limit), "ok").await;
    let refused = spend(31, limit);
    check(&store, refused.clone(), "exceeded").await;
    let id = refused.transfer.expect("it writes one").next.id;
    assert_eq!(store.transfer(id).await.expect("a read"), None, "nothing of it is written");
    check(&store, spend(30, limit), "ok").await;
    check(&store, spend(1, limit), "exceeded").await;
    // What is given back is given back whatever the limit is by now.
    check(&store, spend(-1, Some(0)), "ok").await;
    check(&store, spend(1, limit), "ok").await;
    check(&store, spend(1, None), "ok").await;
    let other = Spending { day: Day(20_001), ..spending(100, limit) };
    check(&store, write(0, sample(20, "m"), vec![other]), "ok").await;
    // Of two limits both hold.
    let account = Spending { spender: "account/a".into(), ..spending(10, None) };
    let two = vec![account, spending(1, limit)];
    check(&store, write(0, sample(21, "m"), two), "exceeded").await;
}

pub(super) async fn many_who_spend_leave_nothing_out<S: Store>(store: S) {
    let mut writers = tokio::task::JoinSet::new();
    for number in 0..32 {
        let store = store.clone();
        let change = write(0, sample(number, "m"), vec![spending(10, Some(100))]);
        writers.spawn(async move { store.commit(change).await });
    }
    let mut words: Vec<_> = writers.join_all().await.iter().map(word).collect();
    words.sort_unstable();
    assert_eq!(words, [["exceeded"; 22].as_slice(), &["ok"; 10]].concat());
}

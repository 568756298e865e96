//! All or nothing: each way to be refused, and that nothing of the change stays behind.

use std::time::Duration;

use paymux_core::Timestamp;
use paymux_core::payment::Payment;

use super::sample::{self, MERCHANT, payments};
use super::view::{Names, view};
use super::{check, word};
use crate::{Change, Disposition, Finish, Leased, ManagedKind, Store, Then, Write};

/// The item of number 1 makes the first generation, that of number 2 the second.
fn whole(number: u16) -> Change {
    let item = sample::managed(ManagedKind::Merchant, &format!("shop-{number}"), number.into());
    Change { managed: Some(item), ..sample::everything(number) }
}

/// A store that knows number 1, and the lease of one of its tasks.
async fn prepared(store: &impl Store) -> Leased {
    check(store, whole(1), "ok").await;
    let leased = store.lease(Timestamp(4_000), Duration::from_secs(60), 10).await;
    let [leased] = &leased.expect("a lease")[..] else { panic!("one task is due") };
    leased.clone()
}

fn finish(leased: &Leased, behind: u64) -> Finish {
    let fence = leased.fence.wrapping_sub(behind);
    Finish { kind: leased.kind.clone(), fence, then: Then::Done }
}

fn over(expected: u64, next: Payment) -> Write {
    Write { expected, next }
}

type Spoil = Box<dyn Fn(&mut Change)>;
type Mend = fn(&mut Change);

/// What is wrong with a change, and the word for it; in the order in which drivers complain.
fn spoils(leased: &Leased) -> Vec<(&'static str, Spoil)> {
    let (first, other) = (sample::payment_id(MERCHANT, 1), sample::payment_id(MERCHANT, 2));
    let known = || whole(1);
    let (late, ghost) = (finish(leased, 1), finish(leased, u64::MAX / 2));
    let nobody = Finish { kind: sample::resolve(other, 9), fence: 0, then: Then::Done };
    let order = |amount| move |it: &mut Payment| it.order.amount = payments::money(amount);
    let write = |paid, out: &'static [i64]| {
        Box::new(move |it: &mut Change| {
            it.payment = Some(sample::write(payments::refunded(other, MERCHANT, paid, out)));
        }) as Spoil
    };
    vec![
        ("fenced", Box::new(move |it| it.finish = Some(late.clone()))),
        ("fenced", Box::new(move |it| it.finish = Some(ghost.clone()))),
        ("fenced", Box::new(move |it| it.finish = Some(nobody.clone()))),
        ("stale", Box::new(move |it| it.payment = Some(over(0, payments::plain(first, MERCHANT))))),
        ("stale", Box::new(move |it| it.payment = Some(over(2, payments::plain(first, MERCHANT))))),
        ("stale", Box::new(move |it| it.payment = Some(over(1, payments::plain(other, MERCHANT))))),
        ("stale", Box::new(move |it| it.endpoint = known().endpoint)),
        ("stale", Box::new(move |it| it.managed = known().managed)),
        ("stale", Box::new(|it| it.managed.iter_mut().for_each(|it| it.version = 3))),
        ("stale", Box::new(|it| it.managed.iter_mut().for_each(|it| it.version = 0))),
        ("once", Box::new(move |it| it.once.extend(known().once.pop()))),
        ("once", Box::new(|it| it.once.extend(it.once.last().cloned()))),
        ("begun", Box::new(move |it| it.begin = known().begin)),
        ("answered", Box::new(move |it| it.answer = known().answer)),
        ("answered", Box::new(|it| it.answer = Some(sample::answer(never_begun(), b"")))),
        ("notification", Box::new(move |it| it.notification = known().notification)),
        ("event", Box::new(move |it| it.events.extend(known().events.pop()))),
        ("event", Box::new(|it| it.events.extend(it.events.last().cloned()))),
        ("posted", Box::new(move |it| it.journal.extend(known().journal.pop()))),
        ("posted", Box::new(|it| it.journal.extend(it.journal.last().cloned()))),
        ("short", Box::new(|it| it.journal.push(sample::reserve(MERCHANT, 1, 17_777)))),
        ("constraint", write(100, &[60, 41])),
        ("constraint", write(0, &[1])),
        ("constraint", write(i64::MAX, &[i64::MAX, 1])),
        ("constraint", spoil_payment(order(0))),
        ("constraint", spoil_payment(|it| it.version = 0)),
        ("constraint", spoil_payment(|it| it.version = u64::MAX)),
        ("constraint", spoil_payment(overflow)),
    ]
}

fn never_begun() -> crate::IdempotencyKey {
    sample::idempotency_key(MERCHANT, "never")
}

fn spoil_payment(spoil: impl Fn(&mut Payment) + 'static) -> Spoil {
    Box::new(move |it| {
        it.payment.iter_mut().for_each(|write| {
            write.expected = 0;
            spoil(&mut write.next);
        })
    })
}

/// Two receipts whose sum is no number.
fn overflow(payment: &mut Payment) {
    *payment = payments::refunded(payment.id, MERCHANT, i64::MAX, &[]);
    payment.attempts.extend(payment.attempts.last().cloned());
}

pub(super) async fn a_refused_change_leaves_nothing<S: Store>(store: S) {
    let leased = prepared(&store).await;
    let mut names = Names::of(&whole(1));
    names.add(&whole(2));
    let before = view(&store, &names).await;
    for (number, (expect, spoil)) in spoils(&leased).into_iter().enumerate() {
        let mut change = whole(2);
        spoil(&mut change);
        let outcome = store.commit(change).await;
        assert_eq!(word(&outcome), expect, "spoil {number}: {outcome:?}");
        assert_eq!(view(&store, &names).await, before, "spoil {number}: {expect}");
    }
    // And the same change is written once nothing is wrong with it.
    check(&store, Change { finish: Some(finish(&leased, 0)), ..whole(2) }, "ok").await;
    assert_ne!(view(&store, &names).await, before);
}

/// With everything wrong at once, and then a little less, each time the first complaint is made.
pub(super) async fn complaints_come_in_order<S: Store>(store: S) {
    let leased = prepared(&store).await;
    let other = sample::payment_id(MERCHANT, 2);
    let mut wrong = whole(1);
    wrong.finish = Some(finish(&leased, 1));
    wrong.payment = Some(over(7, payments::refunded(other, MERCHANT, 1, &[2])));
    wrong.notification = Some(sample::evidence("note-1", Disposition::Quarantined));
    let steps: [(&str, Mend); 10] = [
        ("fenced", |it| it.finish = None),
        ("stale", |it| it.payment.iter_mut().for_each(|it| it.expected = 0)),
        ("stale", |it| it.endpoint = None),
        ("stale", |it| it.managed = None),
        ("once", |it| it.once.clear()),
        ("begun", |it| it.begin = None),
        ("answered", |it| it.answer = None),
        ("notification", |it| it.notification = None),
        ("event", |it| it.events.clear()),
        ("posted", |it| it.journal.clear()),
    ];
    for (expect, mend) in steps {
        check(&store, wrong.clone(), expect).await;
        mend(&mut wrong);
    }
    check(&store, wrong, "constraint").await;
}

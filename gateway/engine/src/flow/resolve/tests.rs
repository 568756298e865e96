use std::collections::BTreeMap;

use paymux_core::payment::{Cashier, Method, Order, Payer, Policy, Transition, Way};
use paymux_core::{Currency, Money, PaymentId};

use super::*;

const EXPIRY: Timestamp = Timestamp(60_000);

fn payment(cashier: bool) -> Payment {
    let merchant: paymux_core::MerchantId = "shop".parse().unwrap();
    let id = PaymentId::new(Timestamp(1), &merchant, 7);
    let order = Order {
        merchant,
        order_no: "1".parse().unwrap(),
        amount: Money::new(1, Currency::Cny).unwrap(),
        subject: "tea".into(),
        parts: vec![],
        metadata: BTreeMap::new(),
        return_url: None,
        created_at: Timestamp(0),
        expires_at: EXPIRY,
        policy: Policy::default(),
        cashier: cashier.then(Cashier::default),
        door: None,
        splittable: false,
        fingerprint: [0; 32],
    };
    Payment::new(id, order)
}

fn then(payment: &Payment, events: &[Event]) -> Payment {
    events.iter().fold(payment.clone(), |payment, event| {
        match payment.apply(event, Timestamp(1)).unwrap() {
            Transition::Applied { next, .. } => *next,
            Transition::Redundant | Transition::Rejected(_) => payment,
        }
    })
}

fn pending(payment: &Payment) -> Payment {
    let attempt = payment.next_attempt_id();
    let way = Way { method: Method::Qr, channel: None, payer: Payer::default() };
    let (account, way) = ("a".parse().unwrap(), Box::new(way));
    let action = Action::QrCode("code".into());
    let dispatched = Event::Dispatched { attempt, account, way, till: None, terms: vec![] };
    then(payment, &[dispatched, Event::Accepted { attempt, action }])
}

/// The walk of a task and that of a request both close it at its channel.
#[test]
fn what_makes_room_is_closed_twice_and_ends_nothing_else() {
    for cashier in [true, false] {
        let open = pending(&payment(cashier));
        let attempt = open.current().unwrap().id;
        let superseded = then(&open, &[Event::Superseded { attempt }]);
        let now = Timestamp(2);
        let once = then(&superseded, &closed(&superseded, attempt, now));
        let twice = then(&once, &closed(&once, attempt, now));
        assert_eq!((once.verdict.clone(), once.closing), (Verdict::Open, None), "{cashier}");
        assert_eq!(twice, once, "{cashier}");
        let late = then(&twice, &closed(&twice, attempt, EXPIRY));
        assert_eq!(late.verdict, Verdict::Closed, "{cashier}: time is up");
    }
}

#[test]
fn what_its_channel_closes_ends_a_payment_unless_its_payer_may_choose_again() {
    let ends = |cashier| {
        let open = pending(&payment(cashier));
        let attempt = open.current().unwrap().id;
        then(&open, &closed(&open, attempt, Timestamp(2))).verdict
    };
    assert_eq!((ends(false), ends(true)), (Verdict::Closed, Verdict::Open));
}

/// Another node's clock may be behind, and have begun one.
#[test]
fn time_that_is_up_ends_nothing_that_was_begun_meanwhile() {
    let offered = then(&payment(true), &[Event::Offered]);
    assert_eq!(then(&offered, &expired(&offered)).verdict, Verdict::Closed);
    assert!(expired(&pending(&offered)).is_empty());
}

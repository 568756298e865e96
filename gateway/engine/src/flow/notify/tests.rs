use std::collections::BTreeMap;

use paymux_core::payment::{Method, Order, Part, Payer, Policy, Receipt, Surplus, Transition, Way};
use paymux_core::refund::RefundFact;
use paymux_core::{AccountId, Currency, Money, PaymentId};

use super::*;

const NOW: Timestamp = Timestamp(1_768_451_702_000);

fn fen(minor: i64) -> Money {
    Money::new(minor, Currency::Cny).unwrap()
}

fn account() -> AccountId {
    "wx-1".parse().unwrap()
}

fn part(amount: i64) -> Part {
    Part { account: account(), amount: fen(amount), subject: "tea".into() }
}

fn order() -> Order {
    Order {
        merchant: "shop".parse().unwrap(),
        order_no: "A-1".parse().unwrap(),
        amount: fen(100),
        subject: "tea".into(),
        parts: vec![part(60), part(40)],
        metadata: BTreeMap::new(),
        return_url: None,
        created_at: NOW,
        expires_at: NOW.after(Duration::from_mins(30)),
        cashier: None,
        door: None,
        splittable: false,
        policy: Policy { duplicate: Surplus::Refund, late: Surplus::Refund },
        fingerprint: [0; 32],
    }
}

fn receipt() -> Receipt {
    Receipt { channel_trade_no: "421".into(), amount: fen(100), paid_at: NOW }
}

fn after(payment: &Payment, event: &Event) -> Payment {
    match payment.apply(event, NOW) {
        Ok(Transition::Applied { next, .. }) => *next,
        other => panic!("{event:?}: {other:?}"),
    }
}

/// Paid, and the second part is being refunded.
fn refunding() -> Payment {
    let order = order();
    let payment = Payment::new(PaymentId::new(NOW, &order.merchant, 7), order);
    let attempt = payment.next_attempt_id();
    let way = Box::new(Way { method: Method::Qr, channel: None, payer: Payer::default() });
    let wish = Event::RefundRequested {
        refund_no: "m-1".parse().unwrap(),
        amount: fen(40),
        reason: None,
        part: PartNo::new(2),
        door: None,
        apart: Duration::ZERO,
    };
    let dispatched =
        Event::Dispatched { attempt, account: account(), way, till: None, terms: vec![] };
    let paid = Event::Paid { attempt, receipt: receipt() };
    [dispatched, paid, wish].iter().fold(payment, |it, event| after(&it, event))
}

#[test]
fn an_order_has_news_of_itself_alone() {
    let payment = refunding();
    let refund = &payment.refunds[0];
    let out_refund_no = refund.number().out_refund_no();
    let fact = RefundFact::Accepted { channel_refund_no: None };
    let returned = News::Refund { out_refund_no: out_refund_no.clone(), fact };
    let hint = News::RefundHint { out_refund_no };
    let paid = News::Paid(receipt());
    let about = |part: Option<u8>, news: &News| {
        is_about(&payment, (refund.attempt, part.and_then(PartNo::new)), news)
    };
    for news in [&returned, &hint] {
        assert_eq!([None, Some(1), Some(2)].map(|it| about(it, news)), [false, false, true]);
    }
    for news in [&paid, &News::Closed] {
        assert_eq!([None, Some(1), Some(2)].map(|it| about(it, news)), [true, false, false]);
    }
    let another = AttemptId { number: 2, ..refund.attempt };
    assert!(!is_about(&payment, (another, refund.part), &returned), "another attempt's");
}

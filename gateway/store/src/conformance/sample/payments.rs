//! Payments: a plain one, and any shape at all from a seed.

use std::collections::BTreeMap;
use std::time::Duration;

use paymux_core::fee::{Fee, OnRefund, Terms};
use paymux_core::payment::{
    Action, Attempt, AuthCode, Cashier, CloseReason, Door, Method, Order, Part, PartNo, Payer,
    Payment, Policy, Receipt, Refusal, Report, Standing, Surplus, TillTimes, Verdict, Way,
};
use paymux_core::refund::{Cause, End, Refund, RefundState};
use paymux_core::trace::Trace;
use paymux_core::{AttemptId, Currency, Money, PaymentId, RefundId, Timestamp};

use super::super::rng::Rng;
use super::{id, splits};

pub(crate) fn plain(payment: PaymentId, merchant: &str) -> Payment {
    let order = Order {
        merchant: id(merchant),
        order_no: id("order-1"),
        amount: money(8_888),
        subject: "Tea".into(),
        parts: vec![],
        metadata: BTreeMap::new(),
        return_url: None,
        created_at: Timestamp(1_000),
        expires_at: Timestamp(901_000),
        policy: Policy::default(),
        cashier: None,
        door: None,
        splittable: false,
        fingerprint: [3; 32],
    };
    Payment { version: 1, ..Payment::new(payment, order) }
}

pub(crate) fn money(minor: i64) -> Money {
    Money::new(minor, Currency::Cny).expect("a sample amount")
}

/// Paid, with refunds of these amounts: the first done, the others under way.
pub(crate) fn refunded(payment: PaymentId, merchant: &str, paid: i64, out: &[i64]) -> Payment {
    let mut next = plain(payment, merchant);
    let attempt = attempt(payment, 1, Standing::Paid, Some(money(paid)));
    next.verdict = Verdict::Succeeded { attempt: attempt.id };
    next.attempts.push(attempt);
    for (number, amount) in (1..).zip(out) {
        let state = match number {
            1 => RefundState::Succeeded { at: Timestamp(6_000) },
            _ => RefundState::InDoubt,
        };
        next.refunds.push(refund(payment, number, money(*amount), state));
    }
    next
}

pub(crate) fn attempt(
    payment: PaymentId,
    number: u16,
    standing: Standing,
    paid: Option<Money>,
) -> Attempt {
    let receipt = paid.map(|amount| Receipt {
        amount,
        channel_trade_no: "2026".into(),
        paid_at: Timestamp(5_000),
    });
    Attempt {
        id: AttemptId { payment, number },
        account: id("ali-1"),
        way: Way { method: Method::Qr, channel: None, payer: Payer::default() },
        till: None,
        standing,
        dispatched_at: Timestamp(1_100),
        sends: 1,
        superseded: false,
        recheck: None,
        action: Some(Action::QrCode("https://qr.example/1".into())),
        receipt,
        fees: vec![],
    }
}

pub(crate) fn refund(payment: PaymentId, number: u16, amount: Money, state: RefundState) -> Refund {
    Refund {
        id: RefundId { payment, number },
        attempt: AttemptId { payment, number: 1 },
        part: None,
        refund_no: id(&format!("refund-{number}")),
        amount,
        reason: Some("wrong size".into()),
        door: None,
        cause: Cause::Merchant,
        state,
        channel_refund_no: Some("9".into()),
        created_at: Timestamp(5_500),
        round: 0,
        turn: None,
        sends: 1,
        ended: None,
    }
}

/// Any shape. The sums are near their limit, so that some payments break the constraint.
pub(crate) fn random(rng: &mut Rng, payment: PaymentId, merchant: &str) -> Payment {
    let mut next = plain(payment, merchant);
    order(rng, &mut next.order);
    for number in 1..=rng.below(4) {
        next.attempts.push(random_attempt(rng, payment, u16::try_from(number).unwrap_or(1)));
    }
    for number in 1..=rng.below(3) {
        next.refunds.push(random_refund(rng, payment, u16::try_from(number).unwrap_or(1)));
    }
    for number in 1..=rng.below(3) {
        next.splits.push(splits::random(rng, payment, u16::try_from(number).unwrap_or(1)));
    }
    let attempt = AttemptId { payment, number: 1 };
    let verdicts = [
        Verdict::Open,
        Verdict::Succeeded { attempt },
        Verdict::Failed { attempt },
        Verdict::Closed,
    ];
    let reasons = [CloseReason::Merchant, CloseReason::Expired, CloseReason::Channel];
    next.verdict = rng.pick(&verdicts).clone();
    next.trace = *rng.pick(&[None, Some(Trace { id: 7, span: 8 })]);
    next.closing = rng.percent(50).then(|| *rng.pick(&reasons));
    next.events = u16::try_from(rng.below(5)).unwrap_or(0);
    next
}

fn order(rng: &mut Rng, order: &mut Order) {
    let surplus = [Surplus::Refund, Surplus::Accept, Surplus::Flag];
    order.return_url = rng.percent(50).then(|| "https://shop.example/".into());
    order.policy = Policy { duplicate: *rng.pick(&surplus), late: *rng.pick(&surplus) };
    order.cashier = rng.percent(30).then(|| Cashier {
        channel: rng.percent(50).then(|| "wechat".into()),
        plate: rng.percent(50).then(|| id("front")),
    });
    order.door = rng.percent(30).then(|| door(rng));
    if rng.percent(50) {
        let part =
            |minor| Part { account: id("ali-1"), amount: money(minor), subject: "茶".into() };
        order.parts = vec![part(4_444), part(4_444)];
    }
    order.splittable = rng.percent(30);
    for number in 0..rng.below(3) {
        order.metadata.insert(format!("key {number}"), "\u{1f375} \"tea\"".into());
    }
}

fn door(rng: &mut Rng) -> Door {
    Door {
        name: id("epay"),
        notify_url: rng.percent(50).then(|| "https://shop.example/notify?a=1".into()),
        words: BTreeMap::from([("param".into(), "\u{1f375}&amp;".into())]),
    }
}

fn way(rng: &mut Rng) -> Way {
    Way {
        method: *rng.pick(&Method::ALL),
        channel: rng.percent(50).then(|| "alipay".into()),
        payer: Payer {
            client_ip: rng.percent(50).then(|| "192.0.2.1".into()),
            user_agent: rng.percent(50).then(|| "MicroMessenger".into()),
            openid: rng.percent(50).then(|| "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into()),
            auth_code: rng.percent(50).then(|| AuthCode::new("134567890123456789")),
        },
    }
}

fn till(rng: &mut Rng) -> Option<TillTimes> {
    let second = Duration::from_secs(1);
    let times = TillTimes {
        query_every: second * 5,
        decide_after: second * 45,
        reverse_after: Duration::from_millis(1_500),
    };
    rng.percent(50).then_some(times)
}

fn report(rng: &mut Rng) -> Option<Report> {
    rng.percent(50).then_some(Report { version: 7, ask_at: Timestamp(9_000) })
}

fn refusal() -> Refusal {
    Refusal { code: "ACQ.CLOSED".into(), message: "交易已关闭".into() }
}

fn fees(rng: &mut Rng) -> Vec<Fee> {
    let on_refund = *rng.pick(&[OnRefund::Returned, OnRefund::Kept]);
    let max = rng.percent(50).then_some(9);
    let terms = Terms { rate_bp: 60, min: 1, max, on_refund };
    let fee = Fee { terms, taken: rng.percent(50).then(|| money(2)) };
    vec![fee; usize::try_from(rng.below(3)).unwrap_or(0)]
}

fn random_attempt(rng: &mut Rng, payment: PaymentId, number: u16) -> Attempt {
    let standings = [
        Standing::InDoubt,
        Standing::Pending,
        Standing::Reversing,
        Standing::Unsent,
        Standing::Abandoned,
        Standing::Refused(refusal()),
        Standing::Closed,
        Standing::Paid,
        Standing::Paid,
    ];
    let standing = rng.pick(&standings).clone();
    let paid = (standing == Standing::Paid).then(|| money(3));
    let mut attempt = attempt(payment, number, standing, paid);
    (attempt.way, attempt.till) = (way(rng), till(rng));
    (attempt.superseded, attempt.recheck) = (rng.percent(50), report(rng));
    attempt.fees = fees(rng);
    let shown = attempt.action.take();
    attempt.action = rng.pick(&[&actions()[..], &[None, shown]].concat()).clone();
    attempt
}

fn actions() -> [Option<Action>; 4] {
    let url = || "https://pay.example/".to_owned();
    let fields = || BTreeMap::from([("biz_content".into(), "{\"a\":\"<茶>\"}".into())]);
    [
        Some(Action::Redirect(url())),
        Some(Action::Form { url: url(), fields: fields() }),
        Some(Action::Invoke(fields())),
        Some(Action::Confirm),
    ]
}

fn random_refund(rng: &mut Rng, payment: PaymentId, number: u16) -> Refund {
    let states = [
        RefundState::InDoubt,
        RefundState::Processing,
        RefundState::Succeeded { at: Timestamp(6_000) },
        RefundState::Failed(refusal()),
        RefundState::Abnormal(refusal()),
    ];
    let state = rng.pick(&states).clone();
    let mut refund = refund(payment, number, money(2), state);
    refund.cause = *rng.pick(&[Cause::Merchant, Cause::Duplicate, Cause::Late]);
    refund.part = PartNo::new(u8::try_from(rng.below(4)).unwrap_or(0));
    refund.reason = refund.reason.filter(|_| rng.percent(50));
    refund.channel_refund_no = refund.channel_refund_no.filter(|_| rng.percent(50));
    refund.round = *rng.pick(&[0, 0, 1, 49]);
    refund.turn = rng.percent(50).then_some(Timestamp(5_600));
    refund.ended = *rng.pick(&[None, Some(End::Refused), Some(End::Closed)]);
    refund
}

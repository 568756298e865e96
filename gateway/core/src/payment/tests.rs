//! The machine under test, and a small language in which its tests tell their stories.

mod charges;
mod check;
mod model;
mod offers;
mod parts;
mod plan;
pub(crate) mod random;
mod rules;
mod sound;
mod table;

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::fee::Terms;
use crate::id::RefundNo;
use crate::money::Currency;
use crate::refund::RefundFact;

pub(crate) const T0: Timestamp = Timestamp(1_735_689_600_000);
pub(crate) const EXPIRY: Timestamp = Timestamp(T0.0 + 1_800_000);
pub(crate) const AMOUNT: i64 = 100;

pub(crate) fn fen(minor: i64) -> Money {
    Money::new(minor, Currency::Cny).unwrap()
}

pub(crate) fn refusal(code: &str) -> Refusal {
    Refusal { code: code.into(), message: "no".into() }
}

pub(crate) fn order(amount: Money) -> Order {
    Order {
        merchant: "shop".parse().unwrap(),
        order_no: "A-1".parse().unwrap(),
        amount,
        subject: "tea".into(),
        parts: vec![],
        metadata: BTreeMap::new(),
        return_url: None,
        created_at: T0,
        expires_at: EXPIRY,
        policy: Policy::default(),
        cashier: None,
        door: None,
        splittable: false,
        fingerprint: [0; 32],
    }
}

pub(crate) type Applied = Result<Transition, Contradiction>;

/// A payment that is told what happens to it; every step is checked as a whole.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) payment: Payment,
    pub(crate) at: Timestamp,
    /// Of the last step.
    pub(crate) effects: Vec<Effect>,
    /// Of the next attempt.
    pub(crate) method: Method,
    /// Between two refunds.
    pub(crate) apart: Duration,
    /// Of the next attempt: of the whole, or of each part.
    pub(crate) terms: Vec<Terms>,
}

pub(crate) const TILL: TillTimes = TillTimes {
    query_every: Duration::from_secs(5),
    decide_after: Duration::from_secs(45),
    reverse_after: Duration::from_secs(15),
};

pub(crate) fn way(method: Method) -> Way {
    let auth_code = method.moves_money().then(|| AuthCode::new("281234567890123456"));
    Way { method, channel: None, payer: Payer { auth_code, ..Payer::default() } }
}

impl Story {
    pub(crate) fn new(order: Order) -> Self {
        let id = PaymentId::new(T0, &order.merchant, 7);
        let payment = Payment::new(id, order);
        let (effects, terms) = (vec![], vec![]);
        Self { payment, at: T0, effects, method: Method::Qr, apart: Duration::ZERO, terms }
    }

    /// `flags` are words: `barcode`, `late=accept`, `duplicate=flag` …
    pub(crate) fn with(flags: &str) -> Self {
        let (mut order, mut method) = (order(fen(AMOUNT)), Method::Qr);
        let mut apart = Duration::ZERO;
        for flag in flags.split_whitespace() {
            match flag {
                "barcode" => method = Method::Barcode,
                "apart=60" => apart = Duration::from_secs(60),
                "cashier" => order.cashier = Some(Cashier::default()),
                "parts" => order.parts = parts::of(&[60, 40]),
                "late=accept" => order.policy.late = Surplus::Accept,
                "late=flag" => order.policy.late = Surplus::Flag,
                "duplicate=accept" => order.policy.duplicate = Surplus::Accept,
                "duplicate=flag" => order.policy.duplicate = Surplus::Flag,
                other => panic!("no such flag: {other}"),
            }
        }
        Self { method, apart, ..Self::new(order) }
    }

    pub(crate) fn of(events: &str) -> Self {
        Self::with("").then(events)
    }

    /// Each of the events, parted by commas, must be news.
    pub(crate) fn then(mut self, events: &str) -> Self {
        for event in events.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let applied = self.tell(event);
            assert!(matches!(applied, Ok(Transition::Applied { .. })), "{event}: {applied:?}");
        }
        self
    }

    pub(crate) fn at(mut self, at: Timestamp) -> Self {
        self.at = at;
        self
    }

    /// Goes on with whatever follows, news or not.
    pub(crate) fn tell(&mut self, event: &str) -> Applied {
        self.meet(&self.event(event))
    }

    pub(crate) fn meet(&mut self, event: &Event) -> Applied {
        let before = self.payment.clone();
        let applied = before.apply(event, self.at);
        assert_eq!(before, self.payment, "applying changes a copy");
        self.effects.clear();
        if let Ok(Transition::Applied { next, effects }) = &applied {
            sound::assert_step(&before, next, effects, self.at);
            (self.payment, self.effects) = (*next.clone(), effects.clone());
        }
        applied
    }

    /// What one more event would do, in the words of [`render`].
    pub(crate) fn would(&self, event: &str) -> String {
        let mut story = self.clone();
        match story.tell(event) {
            Ok(Transition::Redundant) => "=".into(),
            Ok(Transition::Rejected(it)) => format!("no: {it:?}"),
            Err(it) => format!("CONTRADICTION: {}", render::contradiction(&it)),
            Ok(Transition::Applied { .. }) => story.render(),
        }
    }

    pub(crate) fn render(&self) -> String {
        let effects = self.effects.iter().map(|it| render::effect(it, self.at));
        let effects = effects.collect::<Vec<_>>().join(", ");
        let payment = render::payment(&self.payment);
        if effects.is_empty() { payment } else { format!("{payment} -> {effects}") }
    }

    pub(crate) fn tells(&self) -> Vec<Notice> {
        let tells = self.effects.iter().filter_map(|it| match it {
            Effect::Tell { notice, .. } => Some(*notice),
            Effect::Resolve { .. } | Effect::Refund { .. } | Effect::Split { .. } => None,
        });
        tells.collect()
    }

    pub(crate) fn id(&self, number: u16) -> AttemptId {
        AttemptId { payment: self.payment.id, number }
    }

    pub(crate) fn refund_id(&self, number: u16) -> RefundId {
        RefundId { payment: self.payment.id, number }
    }

    pub(crate) fn event(&self, text: &str) -> Event {
        let mut words = text.split_whitespace();
        let word = words.next().unwrap();
        let number: i64 = words.next().map_or(0, |it| it.parse().unwrap());
        let tag = words.next().unwrap_or("");
        self.attempt_event(word, u16::try_from(number).unwrap_or(0))
            .or_else(|| self.refund_event(word, number, tag))
            .unwrap_or_else(|| panic!("no such event: {text}"))
    }

    fn attempt_event(&self, word: &str, number: u16) -> Option<Event> {
        let attempt = self.id(number);
        let paid = |amount, trade: &str| {
            let channel_trade_no = format!("{trade}{number}");
            let receipt = Receipt { amount, channel_trade_no, paid_at: self.at };
            Event::Paid { attempt, receipt }
        };
        let amount = self.payment.order.amount;
        let action = Action::QrCode(format!("code{number}"));
        Some(match word {
            "dispatch" | "charge" => {
                let next = if number == 0 { self.payment.next_attempt_id() } else { attempt };
                let method = if word == "charge" { Method::Barcode } else { self.method };
                dispatched(next, method, self.terms.clone())
            }
            "offer" => Event::Offered,
            "still-paid" => {
                let Event::Paid { attempt, receipt } = paid(amount, "trade") else {
                    unreachable!()
                };
                Event::StillPaid { attempt, receipt, asked_at: self.payment.version }
            }
            "returned" => Event::Returned { attempt, asked_at: self.payment.version },
            "reversing" => Event::Reversing { attempt },
            "supersede" => Event::Superseded { attempt },
            "resend" => Event::Resent { attempt },
            "accept" => Event::Accepted { attempt, action },
            "unsent" => Event::Unsent { attempt },
            "refuse" => Event::Refused { attempt, refusal: refusal("NO") },
            "paid" => paid(amount, "trade"),
            "paid-elsewhere" => paid(amount, "other"),
            "underpaid" => paid(fen(amount.minor() - 1), "trade"),
            "closed" => Event::Closed { attempt },
            "close" => Event::CloseRequested { reason: CloseReason::Merchant },
            _ => return None,
        })
    }

    /// `refund 30 a`: 30 fen under a number of their own; `refund-refused 1`: news of the first.
    fn refund_event(&self, word: &str, number: i64, tag: &str) -> Option<Event> {
        let fact = |fact| {
            let refund = self.refund_id(u16::try_from(number).unwrap());
            let known = self.payment.refund(refund);
            let number = known.map_or(RefundNo::from(refund), |it| it.number());
            Some(Event::Refund { number, fact })
        };
        let known = || self.payment.refunds.iter().find(|it| i64::from(it.id.number) == number);
        let amount = known().map_or(fen(1), |it| it.amount);
        let (channel_refund_no, at) = (Some(format!("cr{number}")), self.at);
        match word {
            "refund" => Some(Event::RefundRequested {
                refund_no: format!("m-{number}{tag}").parse().unwrap(),
                amount: fen(number),
                reason: None,
                part: part_of(tag),
                door: None,
                apart: self.apart,
            }),
            "refund-retry" => Some(Event::RefundRetried {
                refund: self.refund_id(u16::try_from(number).unwrap()),
                apart: self.apart,
            }),
            "refund-resend" => {
                Some(Event::RefundResent { refund: self.refund_id(u16::try_from(number).unwrap()) })
            }
            "refund-accepted" => fact(RefundFact::Accepted { channel_refund_no }),
            "refund-paid" => fact(RefundFact::Succeeded { amount, channel_refund_no, at }),
            "refund-unsent" => {
                Some(Event::RefundUnsent { refund: self.refund_id(u16::try_from(number).unwrap()) })
            }
            "refund-closed" => fact(RefundFact::Closed(refusal("CLOSED"))),
            "refund-refused" => fact(RefundFact::Refused(refusal("NO"))),
            "refund-abnormal" => fact(RefundFact::Abnormal(refusal("CARD"))),
            _ => None,
        }
    }
}

/// `p2`, `p2a`: the second.
fn part_of(tag: &str) -> Option<PartNo> {
    let digits = tag.strip_prefix('p')?.trim_end_matches(char::is_alphabetic);
    PartNo::new(digits.parse().unwrap())
}

fn dispatched(attempt: AttemptId, method: Method, terms: Vec<Terms>) -> Event {
    let till = method.moves_money().then_some(TILL);
    let (account, way) = ("ali-1".parse().unwrap(), Box::new(way(method)));
    Event::Dispatched { attempt, account, way, till, terms }
}

pub(crate) fn after(from: Timestamp, seconds: u64) -> Timestamp {
    from.after(Duration::from_secs(seconds))
}

/// Payments and effects in a few letters, so that a table of them can be read.
pub(crate) mod render {
    use super::*;
    use crate::refund::RefundState;

    /// `[AI] open`: the attempts' standings, the verdict, `closing`, the refunds.
    pub(crate) fn payment(payment: &Payment) -> String {
        let attempts: String = payment.attempts.iter().map(attempt).collect();
        let verdict = match payment.verdict {
            Verdict::Open => "open".into(),
            Verdict::Succeeded { attempt } => format!("succeeded {}", attempt.number),
            Verdict::Failed { attempt } => format!("failed {}", attempt.number),
            Verdict::Closed => "closed".into(),
        };
        let closing = if payment.closing.is_some() { " closing" } else { "" };
        let refunds = payment.refunds.iter().map(|it| {
            let part = it.part.map_or_else(String::new, |it| format!("/{it}"));
            let (number, minor) = (it.attempt.number, it.amount.minor());
            format!(" {number}{part}:{minor}{}", refund(&it.state))
        });
        format!("[{attempts}] {verdict}{closing}{}", refunds.collect::<String>())
    }

    fn attempt(attempt: &Attempt) -> String {
        let again = if attempt.sends > 1 { "+" } else { "" };
        let letter = match attempt.standing {
            Standing::InDoubt => "?",
            Standing::Pending => "P",
            Standing::Reversing => "V",
            Standing::Unsent => "U",
            Standing::Abandoned => "A",
            Standing::Refused(_) => "R",
            Standing::Closed => "C",
            Standing::Paid => "$",
        };
        let superseded = if attempt.superseded { "-" } else { "" };
        let recheck = if attempt.recheck.is_some() { "*" } else { "" };
        format!("{letter}{again}{superseded}{recheck}")
    }

    pub(crate) fn refund(state: &RefundState) -> &'static str {
        match state {
            RefundState::InDoubt => "?",
            RefundState::Processing => "p",
            RefundState::Succeeded { .. } => "$",
            RefundState::Failed(_) => "x",
            RefundState::Abnormal(_) => "!",
        }
    }

    pub(crate) fn effect(effect: &Effect, now: Timestamp) -> String {
        match effect {
            Effect::Resolve { attempt, due } => {
                format!("ask {} in {}", attempt.number, due.since(now).as_secs())
            }
            Effect::Refund { refund, due } => {
                format!("refund {} in {}", refund.number, due.since(now).as_secs())
            }
            Effect::Split { split, due } => {
                format!("split {} in {}", split.number, due.since(now).as_secs())
            }
            Effect::Tell { number, notice } => format!("tell#{number} {}", notice.name()),
        }
    }

    pub(crate) fn contradiction(contradiction: &Contradiction) -> &'static str {
        match contradiction {
            Contradiction::AmountDiffers { .. } => "amount",
            Contradiction::TradeDiffers { .. } => "trade",
            Contradiction::UnknownAttempt => "unknown attempt",
            Contradiction::UnknownRefund => "unknown refund",
            Contradiction::UnknownSplit => "unknown split",
            Contradiction::Unexpected { .. } => "unexpected",
        }
    }
}

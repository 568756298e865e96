//! Splits of any shape.

use paymux_core::payment::Refusal;
use paymux_core::split::{Kind, Line, LineState, Receiver, ReceiverKind, Split, State};
use paymux_core::{AttemptId, PaymentId, SplitId, Timestamp};

use super::super::rng::Rng;
use super::id;
use super::payments::money;

fn refusal() -> Refusal {
    Refusal { code: "NO_RELATION".into(), message: "分账关系已解除".into() }
}

fn line(rng: &mut Rng) -> Line {
    let at = Timestamp(7_000);
    let states = [LineState::Pending, LineState::Succeeded { at }, LineState::Closed(refusal())];
    let kind = *rng.pick(&ReceiverKind::ALL);
    let receiver = Receiver { kind, account: "1900000109".into() };
    Line { receiver_no: id("lin"), receiver, amount: money(1), state: rng.pick(&states).clone() }
}

pub(super) fn random(rng: &mut Rng, payment: PaymentId, number: u16) -> Split {
    let kinds = [
        Kind::Share { finish: true },
        Kind::Share { finish: false },
        Kind::Finish,
        Kind::Return { of: SplitId { payment, number: 1 }, line: 2 },
    ];
    let states = [
        State::InDoubt,
        State::Processing,
        State::Ended { at: Timestamp(7_000) },
        State::Closed(refusal()),
        State::Abnormal(refusal()),
    ];
    Split {
        id: SplitId { payment, number },
        attempt: AttemptId { payment, number: 1 },
        split_no: id(&format!("split-{number}")),
        kind: *rng.pick(&kinds),
        lines: (0..rng.below(3)).map(|_| line(rng)).collect(),
        description: "\"commission\"".into(),
        state: rng.pick(&states).clone(),
        channel_split_no: rng.percent(50).then(|| "3008450740201411110007820472".into()),
        created_at: Timestamp(6_500),
        sends: 1,
        sent_at: Timestamp(6_500),
        fingerprint: [7; 32],
    }
}

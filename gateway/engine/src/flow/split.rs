//! A merchant's split: reserved and numbered in one commit, then asked of the channel.

use std::fmt::Write as _;

use paymux_channel::{BuildError, Operation, SplitCall, Splits};
use paymux_core::payment::{Event, Payment, Transition};
use paymux_core::split::{Kind, Line, LineState, NewSplit, Rejection as No, Split, by_proportion};
use paymux_core::{Money, OrderNo, PaymentId, SplitId};
use paymux_store::{Answer, Key, Once, Store};

use super::Replied;
use super::idempotency::{Concluded, Keyed, Known, Repeat, store_problem};
use super::raw::unfit;
use crate::gateway::Gateway;
use crate::problem::{self, FieldError, Problem};
use crate::record::{Along, RecordError};
use crate::render;
use crate::snapshot::Merchant;

/// What a merchant asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    pub split_no: OrderNo,
    pub what: What,
    pub description: String,
}

#[derive(Clone, Debug)]
pub enum What {
    Share { receivers: Vec<(OrderNo, Share)>, finish: bool },
    Finish,
    Return { of: SplitId, receiver_no: OrderNo, amount: i64 },
}

/// In minor units, or in ten-thousandths of the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    Amount(i64),
    BasisPoints(u16),
}

impl Wish {
    /// Everything that makes two of them different.
    fn canonical(&self, payment: PaymentId) -> String {
        let Self { split_no, what, description } = self;
        let mut text = format!("split {payment}\n{split_no}\n{description:?}\n");
        let _ = write!(text, "{what:?}");
        text
    }
}

impl<S: Store> Gateway<S> {
    pub async fn create_split(
        &self,
        merchant: &Merchant,
        id: PaymentId,
        wish: Wish,
        key: String,
    ) -> Result<Replied, Problem> {
        if !merchant.splits {
            let detail = "the merchant's `splits` does not allow it";
            return Err(Problem::new(problem::SPLITS_NOT_ALLOWED, detail));
        }
        let payment = self.owned(merchant, id).await?;
        let keyed = Keyed::new(&merchant.id, key, &wish.canonical(id));
        match self.promise_split(merchant, &payment, &wish, &keyed).await {
            Ok(payment) => {
                let split = named(&payment, &wish.split_no)?.id;
                self.send_split(&payment, split).await;
                self.answer_split(&keyed, split).await
            }
            // A repeat is answered as before, even where the wish would be refused today.
            Err(refusal) => self.repeated_split(id, &keyed, &wish.split_no, refusal).await,
        }
    }

    async fn promise_split(
        &self,
        merchant: &Merchant,
        payment: &Payment,
        wish: &Wish,
        keyed: &Keyed,
    ) -> Result<Payment, Problem> {
        let new = self.drawn_split(merchant, payment, wish, keyed.fingerprint).await?;
        let event = Event::SplitRequested(Box::new(new));
        self.try_split(merchant, payment, &event).await?;
        let key = Key::Split(merchant.id.clone(), wish.split_no.clone());
        let along = Along {
            once: vec![Once { key, holder: payment.id.to_string() }],
            begin: Some(self.begin(keyed, payment.id.to_string())),
            ..Along::default()
        };
        let recorded = self.record(payment.id, along, |_| vec![event.clone()]).await;
        recorded.map(|it| it.next).map_err(|error| {
            if let RecordError::Short = error {
                let detail = "the merchant's balance does not cover it";
                return at("/receivers", Problem::new(problem::SPLIT_EXCEEDS_BALANCE, detail));
            }
            error.into()
        })
    }

    /// With the receivers as they are bound now, and the amounts as they will stay.
    async fn drawn_split(
        &self,
        merchant: &Merchant,
        payment: &Payment,
        wish: &Wish,
        fingerprint: [u8; 32],
    ) -> Result<NewSplit, Problem> {
        let terms = self.splits_of(payment).ok_or_else(not_splittable)?;
        let (kind, lines) = match &wish.what {
            What::Finish => (Kind::Finish, vec![]),
            What::Share { receivers, finish } => {
                let lines = self.bound_lines(merchant, payment, receivers).await?;
                (Kind::Share { finish: *finish }, lines)
            }
            What::Return { of, receiver_no, amount } => {
                returned(payment, *of, receiver_no, *amount)?
            }
        };
        Ok(NewSplit {
            split_no: wish.split_no.clone(),
            kind,
            lines,
            description: wish.description.clone(),
            max_bp: terms.max_bp,
            fingerprint,
        })
    }

    fn splits_of(&self, payment: &Payment) -> Option<Splits> {
        let snapshot = self.snapshot.load();
        let account = snapshot.account(&payment.shown()?.account)?;
        account.channel().capabilities().splits
    }

    async fn bound_lines(
        &self,
        merchant: &Merchant,
        payment: &Payment,
        receivers: &[(OrderNo, Share)],
    ) -> Result<Vec<Line>, Problem> {
        let account = payment.shown().map(|it| &it.account);
        let amounts = amounts(payment, receivers)?;
        let mut lines = vec![];
        for (index, ((receiver_no, _), amount)) in receivers.iter().zip(amounts).enumerate() {
            let found = self.store.receiver(&merchant.id, receiver_no).await;
            let found = found.map_err(store_problem)?;
            let bound = found.filter(|it| it.bound && Some(&it.account) == account);
            let bound = bound.ok_or_else(|| {
                let detail = format!("the receiver {receiver_no} is not bound to its account");
                let pointer = format!("/receivers/{index}/receiver_no");
                at(&pointer, Problem::new(problem::RECEIVER_UNBOUND, detail))
            })?;
            let (receiver_no, receiver) = (receiver_no.clone(), bound.receiver);
            lines.push(Line { receiver_no, receiver, amount, state: LineState::Pending });
        }
        Ok(lines)
    }

    /// Everything that can be wrong with it is wrong here, before anything is written.
    async fn try_split(
        &self,
        merchant: &Merchant,
        payment: &Payment,
        event: &Event,
    ) -> Result<(), Problem> {
        let next = match payment.apply(event, self.now()).map_err(RecordError::from)? {
            Transition::Applied { next, .. } => next,
            // Of the same number: what it is, its key tells.
            Transition::Redundant => return Err(taken()),
            Transition::Rejected(rejection) => return Err(RecordError::from(rejection).into()),
        };
        let snapshot = self.snapshot.load_full();
        let split = next.splits.last();
        let account = next.shown().and_then(|it| snapshot.account(&it.account));
        let call = split.and_then(|it| SplitCall::of(&next, it));
        let (Some(account), Some(call)) = (account, call) else { return Err(not_splittable()) };
        let operation = Operation::Split(Box::new(call));
        let prepared = self.prepare(account, Some(&merchant.id), operation).await;
        prepared.map(drop).map_err(|it| refused_by_channel(&it))
    }

    async fn repeated_split(
        &self,
        id: PaymentId,
        keyed: &Keyed,
        split_no: &OrderNo,
        refusal: Problem,
    ) -> Result<Replied, Problem> {
        match self.repeat(keyed).await? {
            Repeat::Replay(replied) => return Ok(replied),
            Repeat::Resume { .. } => {
                let split = named(&self.load(id).await?, split_no)?.id;
                self.walk_split(split, None).await;
                return self.answer_split(keyed, split).await;
            }
            Repeat::First => {}
        }
        let key = Key::Split(keyed.key.merchant.clone(), split_no.clone());
        let Some(holder) = self.store.holder(&key).await.map_err(store_problem)? else {
            return Err(refusal);
        };
        let payment = self.load(parse(&holder)?).await?;
        let known = named(&payment, split_no)?;
        if known.fingerprint != keyed.fingerprint {
            return Err(taken().of_payment(payment.id));
        }
        Ok(Replied::fresh(Answer { status: 200, ..answer(known) }))
    }

    /// A split that was taken on is a final answer: its end is told by an event.
    async fn answer_split(&self, keyed: &Keyed, id: SplitId) -> Result<Replied, Problem> {
        let render = |it: &Payment| it.split(id).map(answer);
        match self.conclude(keyed, Known::Id(id.payment), &render, |_| vec![]).await? {
            Concluded::Replay(replied) => Ok(replied),
            Concluded::Recorded(payment) => {
                let answer = render(&payment).ok_or_else(lost)?;
                Ok(Replied::fresh(answer))
            }
        }
    }

    /// A merchant's own split; another's looks like none at all.
    pub async fn owned_split(&self, merchant: &Merchant, id: SplitId) -> Result<Split, Problem> {
        let missing = || Problem::new(problem::NOT_FOUND, "there is no such split");
        let payment = self.owned(merchant, id.payment).await.map_err(|problem| {
            if problem.kind == problem::NOT_FOUND { missing() } else { problem }
        })?;
        payment.split(id).cloned().ok_or_else(missing)
    }
}

/// All by amounts or all by proportions, of which the payment's whole amount is the base.
fn amounts(payment: &Payment, receivers: &[(OrderNo, Share)]) -> Result<Vec<Money>, Problem> {
    let whole = payment.order.amount;
    let mixed =
        || Problem::field("/receivers", "must be all with `amount` or all with `basis_points`");
    let parts: Vec<_> = receivers.iter().filter_map(|it| it.1.basis_points()).collect();
    if parts.len() == receivers.len() {
        return by_proportion(whole, &parts).ok_or_else(|| {
            let detail = "the receivers' basis points are more than the whole";
            at("/receivers", Problem::new(problem::SPLIT_EXCEEDS_PAYMENT, detail))
        });
    }
    let amount = |it: &(OrderNo, Share)| match it.1 {
        Share::Amount(minor) => Money::new(minor, whole.currency()).ok(),
        Share::BasisPoints(_) => None,
    };
    receivers.iter().map(amount).collect::<Option<_>>().ok_or_else(mixed)
}

impl Share {
    const fn basis_points(self) -> Option<u16> {
        match self {
            Self::BasisPoints(it) => Some(it),
            Self::Amount(_) => None,
        }
    }
}

fn returned(
    payment: &Payment,
    of: SplitId,
    receiver_no: &OrderNo,
    amount: i64,
) -> Result<(Kind, Vec<Line>), Problem> {
    let lines = payment.split(of).map_or(&[][..], |it| &it.lines);
    let found = (0..).zip(lines).find(|(_, it)| it.receiver_no == *receiver_no);
    let (index, line) = found.ok_or_else(|| {
        let detail = format!("the split has no share for {receiver_no}");
        at("/receiver_no", Problem::new(problem::RETURN_EXCEEDS_SHARE, detail))
    })?;
    let amount = Money::new(amount, payment.order.amount.currency());
    let amount = amount.map_err(|_| Problem::field("/amount", "is negative"))?;
    let line = Line { amount, state: LineState::Pending, ..line.clone() };
    Ok((Kind::Return { of, line: index }, vec![line]))
}

/// Each with the field that is in the way.
pub(super) fn rejected(rejection: No) -> Problem {
    let (kind, pointer) = match rejection {
        No::NotSplittable => (problem::NOT_SPLITTABLE, "/payment_id"),
        No::Finished => (problem::SPLITS_FINISHED, "/payment_id"),
        No::Lines => (problem::INVALID_FIELD, "/receivers"),
        No::ExceedsShare => (problem::SPLIT_EXCEEDS_PAYMENT, "/receivers"),
        No::TooMany => (problem::SPLIT_LIMIT, "/payment_id"),
        No::ExceedsLine => (problem::RETURN_EXCEEDS_SHARE, "/amount"),
    };
    at(pointer, Problem::new(kind, rejection.to_string()))
}

fn at(pointer: &str, mut problem: Problem) -> Problem {
    let reason = problem.detail.clone();
    problem.errors.push(FieldError { pointer: pointer.into(), reason });
    problem
}

fn refused_by_channel(error: &BuildError) -> Problem {
    match error {
        BuildError::Unsupported => not_splittable(),
        BuildError::Limit { .. } | BuildError::Sign => unfit(error),
    }
}

fn not_splittable() -> Problem {
    rejected(No::NotSplittable)
}

fn taken() -> Problem {
    let detail = "the split_no belongs to a split with another content";
    Problem::new(problem::SPLIT_NO_TAKEN, detail)
}

fn lost() -> Problem {
    Problem::new(problem::INTERNAL, "the split's key has no split")
}

fn named<'a>(payment: &'a Payment, split_no: &OrderNo) -> Result<&'a Split, Problem> {
    payment.splits.iter().find(|it| it.split_no == *split_no).ok_or_else(lost)
}

fn parse(holder: &str) -> Result<PaymentId, Problem> {
    holder.parse().map_err(|_| Problem::new(problem::INTERNAL, "a damaged split key"))
}

fn answer(split: &Split) -> Answer {
    Answer { status: 201, body: render::bytes(&render::split(split)) }
}

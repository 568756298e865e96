//! Orders of several parts: who takes them, and what is asked of the channel about all of them.

use paymux_channel::{Ask, Combined, CombinedPart, Operation};
use paymux_core::payment::{Part, PartNo, Payment, Way};
use paymux_core::refund::Refund;
use paymux_core::route::{Considered, Decision, Health, Reason};
use paymux_core::{AccountId, AttemptId};

use crate::problem::{self, FieldError, Problem};
use crate::snapshot::{Merchant, Snapshot};

/// Rules have no say: the merchant names the accounts, and the first part's places the order.
pub(super) fn decide(
    snapshot: &Snapshot,
    merchant: &Merchant,
    payment: &Payment,
    way: &Way,
    tried: &[AccountId],
) -> Result<Decision, Problem> {
    let wrong = wrong(snapshot, merchant, payment, way);
    if !wrong.is_empty() {
        let problem = Problem::new(problem::CHANNEL_UNFIT, "the parts cannot be paid at once");
        return Err(Problem { errors: wrong, ..problem });
    }
    let account = payment.order.parts.first().map(|it| it.account.clone());
    let account = account.ok_or_else(|| Problem::new(problem::INTERNAL, "no part"))?;
    let health = snapshot.account(&account).map_or(Health::Shut, |it| it.health());
    let reason = match health {
        _ if tried.contains(&account) => Reason::AlreadyTried,
        Health::Shut => Reason::Shut,
        Health::Fit | Health::Probation => Reason::Chosen,
    };
    let chosen = (reason == Reason::Chosen).then(|| account.clone());
    let considered = vec![Considered { account, reason, share: None }];
    Ok(Decision { rule: None, chosen, considered })
}

/// Each part whose account is not the merchant's, or cannot be paid together with the first.
fn wrong(
    snapshot: &Snapshot,
    merchant: &Merchant,
    payment: &Payment,
    way: &Way,
) -> Vec<FieldError> {
    let parts = &payment.order.parts;
    let channel = parts.first().map_or("", |it| snapshot.kind_of(&it.account));
    let error = |(index, part): (usize, &Part)| {
        let reason = unfit(snapshot, merchant, part, channel, way)?;
        Some(FieldError { pointer: format!("/parts/{index}/account"), reason })
    };
    parts.iter().enumerate().filter_map(error).collect()
}

fn unfit(
    snapshot: &Snapshot,
    merchant: &Merchant,
    part: &Part,
    channel: &str,
    way: &Way,
) -> Option<String> {
    let candidate = merchant.candidates.iter().find(|it| it.account == part.account);
    let Some((candidate, account)) = candidate.zip(snapshot.account(&part.account)) else {
        return Some("is not an account of yours".into());
    };
    let named = way.channel.as_deref().is_none_or(|it| it == candidate.channel);
    if !named || candidate.channel != channel {
        return Some("must be of the same channel as all".into());
    }
    if !candidate.methods.contains(&way.method) {
        return Some(format!("does not offer `{}`", way.method.name()));
    }
    account.channel().party().is_none().then(|| "cannot be paid together with others".into())
}

/// As its channel takes it: of an order of several parts, about all of them. None where the account
/// of one is gone.
pub(super) fn whole(
    snapshot: &Snapshot,
    payment: &Payment,
    operation: Operation,
) -> Option<Operation> {
    if payment.order.parts.is_empty() {
        return Some(operation);
    }
    let (attempt, ask) = match operation {
        Operation::Pay(pay) => (pay.attempt, Ask::Pay(pay)),
        Operation::Query { attempt } => (attempt, Ask::Query),
        Operation::Close { attempt } => (attempt, Ask::Close),
        Operation::Combined(_)
        | Operation::Reverse { .. }
        | Operation::Refund(_)
        | Operation::QueryRefund(_)
        | Operation::Transfer(_)
        | Operation::QueryTransfer(_)
        | Operation::CancelTransfer(_)
        | Operation::Split(_)
        | Operation::QuerySplit(_)
        | Operation::Bind(_)
        | Operation::Unbind(_)
        | Operation::PlatformKeys { .. }
        | Operation::Identify(_)
        | Operation::AppToken
        | Operation::Bill(_)
        | Operation::BillFile(..)
        | Operation::Raw(_) => return Some(operation),
    };
    let method = match &ask {
        Ask::Pay(pay) => pay.method,
        Ask::Query | Ask::Close => payment.attempt(attempt)?.way.method,
    };
    let parts = payment.order.part_numbers().map(|it| part(snapshot, payment, attempt, it));
    let parts = parts.collect::<Option<_>>()?;
    Some(Operation::Combined(Box::new(Combined { attempt, method, ask, parts })))
}

fn part(
    snapshot: &Snapshot,
    payment: &Payment,
    attempt: AttemptId,
    number: PartNo,
) -> Option<CombinedPart> {
    let part = payment.order.part(number)?;
    Some(CombinedPart {
        party: snapshot.account(&part.account)?.channel().party()?,
        out_trade_no: attempt.out_trade_no_of(number),
        amount: part.amount,
        subject: part.subject.clone(),
    })
}

/// Whose money a refund is.
pub(super) fn payer_of<'a>(payment: &'a Payment, refund: &Refund) -> Option<&'a AccountId> {
    account(payment, refund.attempt, refund.part)
}

/// Whose the order of this number at the channel is.
pub(super) fn account(
    payment: &Payment,
    attempt: AttemptId,
    part: Option<PartNo>,
) -> Option<&AccountId> {
    match part {
        Some(number) => payment.order.part(number).map(|it| &it.account),
        None => payment.attempt(attempt).map(|it| &it.account),
    }
}

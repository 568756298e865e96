//! What people do about a difference: ask again, accept, give back, write off.

use std::sync::Arc;

use paymux_core::bill::{Bill, BillKind};
use paymux_core::payment::{PartNo, Payment, Verdict};
use paymux_core::reconcile::{DifferenceRecord, Key, Repair, Unfit};
use paymux_core::{AccountId, AttemptId, OrderNo, PaymentId};
use paymux_store::{Act, Change, CommitError, DifferenceWrite, Store, Task, TaskKind};

use super::refund::NewRefund;
use crate::gateway::Gateway;
use crate::problem::{self, Problem};
use crate::snapshot::Merchant;

/// Who decides, and why.
#[derive(Clone, Debug)]
pub struct Decision {
    pub repair: Repair,
    pub who: String,
    /// Empty where none was given.
    pub why: String,
}

/// Characters of a reason.
pub const MAX_REASON: usize = 200;

impl Decision {
    fn check(&self) -> Result<(), Problem> {
        let needed = matches!(self.repair, Repair::Accept | Repair::WriteOff | Repair::Refund);
        let length = self.why.trim().chars().count();
        if length > MAX_REASON || needed && length == 0 {
            let what = format!("must be 1 to {MAX_REASON} characters");
            return Err(Problem::field("/reason", what));
        }
        Ok(())
    }
}

impl<S: Store> Gateway<S> {
    /// The decision and who took it are written in one commit; what else it takes follows.
    pub async fn repair_difference(
        &self,
        account: &AccountId,
        key: Key,
        decision: &Decision,
        act: Option<Act>,
    ) -> Result<DifferenceRecord, Problem> {
        decision.check()?;
        let known = self.store.difference(account, key).await.map_err(|_| away())?;
        let missing = || Problem::new(problem::NOT_FOUND, "there is no such difference");
        let known = known.ok_or_else(missing)?;
        let Decision { repair, who, why } = decision;
        let next = known.repair(*repair, who, why.trim(), self.now()).map_err(unfit)?;
        let back = match *repair == Repair::Refund {
            true => Some(self.goes_back(&known, why.trim()).await?),
            false => None,
        };
        let tasks = if *repair == Repair::Query { self.questions_about(&known) } else { vec![] };
        let write = |next: &DifferenceRecord| {
            let (expected, next) = (known.version, next.clone());
            DifferenceWrite { expected, next }
        };
        let differences = next.iter().map(write).collect();
        let change = Change { differences, tasks, act, ..Change::default() };
        self.store.commit(change).await.map_err(unwritten)?;
        self.bell.ring();
        if *repair == Repair::Query {
            self.compare_again(&known).await?;
        }
        // Behind the decision: where this is lost, deciding so again gives back the same refund.
        if let Some(Back { merchant, payment, new, key }) = back {
            self.create_refund(&merchant, payment, new, key).await?;
        }
        Ok(next.unwrap_or(known))
    }

    /// The channel is asked now about what may still change.
    fn questions_about(&self, it: &DifferenceRecord) -> Vec<Task> {
        let kind = match (it.key.refund_no(), it.key.attempt()) {
            (Some(number), _) => TaskKind::Refund(number.refund),
            (None, Some((attempt, _))) => TaskKind::Resolve(attempt),
            (None, None) => return vec![],
        };
        // Of what is none of our payments nobody can be asked.
        it.merchant.iter().map(|_| Task { kind: kind.clone(), due: self.now() }).collect()
    }

    /// And for the bills of its days: the channel may have made them anew.
    async fn compare_again(&self, it: &DifferenceRecord) -> Result<(), Problem> {
        let mut days: Vec<_> = [it.bill, it.books].into_iter().flatten().map(|it| it.day).collect();
        days.dedup();
        for day in days {
            let bill = Bill { kind: BillKind::Trade, day };
            self.want_bill(&it.account, bill, None).await?;
        }
        Ok(())
    }

    /// All that is left of the payment, once, whoever asks for it how often.
    async fn goes_back(&self, it: &DifferenceRecord, why: &str) -> Result<Back, Problem> {
        let unpaid = || Problem::new(problem::PAYMENT_NOT_PAID, "our books have no such payment");
        let (attempt, part) = it.key.attempt().ok_or_else(unpaid)?;
        let payment = self.load(attempt.payment).await?;
        // A merchant's refund is taken from the charge that counts, whichever is meant.
        if payment.verdict != (Verdict::Succeeded { attempt }) {
            return Err(unfit(Unfit::OtherCharge));
        }
        let new = rest(&payment, attempt, part, why).ok_or_else(unpaid)?;
        let snapshot = self.snapshot.load();
        let merchant = snapshot.merchants.get(&payment.order.merchant).cloned();
        let merchant = merchant.ok_or_else(|| {
            Problem::new(problem::NOT_FOUND, "its merchant is not configured any more")
        })?;
        Ok(Back { merchant, payment: payment.id, new, key: format!("repair/{}", it.key) })
    }
}

/// A refund that somebody has decided on.
struct Back {
    merchant: Arc<Merchant>,
    payment: PaymentId,
    new: NewRefund,
    key: String,
}

fn rest(
    payment: &Payment,
    attempt: AttemptId,
    part: Option<PartNo>,
    why: &str,
) -> Option<NewRefund> {
    let refund_no: OrderNo = format!("repair-{}", attempt.out_trade_no(part)).parse().ok()?;
    let known = payment.refunds.iter().find(|it| it.refund_no == refund_no);
    let left = payment.refundable_part(attempt, part);
    let amount = known.map_or(left, |it| it.amount);
    let new = NewRefund { refund_no, amount, reason: Some(why.to_owned()), part, door: None };
    (amount.minor() > 0).then_some(new)
}

fn away() -> Problem {
    Problem::new(problem::STORE_UNAVAILABLE, "try again").retry_after(1)
}

fn unwritten(error: CommitError) -> Problem {
    if let CommitError::Stale = error {
        let detail = "it has changed meanwhile: look at it again";
        return Problem::new(problem::DIFFERENCE_UNFIT, detail);
    }
    away()
}

fn unfit(why: Unfit) -> Problem {
    Problem::new(problem::DIFFERENCE_UNFIT, why.to_string())
}

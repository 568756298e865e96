//! What people do about settlements: ask for one, agree to it, pay it, correct what is owed.

use paymux_core::ledger::{Exit, Posting};
use paymux_core::settlement::{Event, Rejection, Settlement};
use paymux_core::{MerchantId, Money, Timestamp, VoucherNo};
use paymux_store::{Act, Change, CommitError, Duplicate, Store};

use super::pay::Unpaid;
use super::{MOST, Nothing, rejected, threshold};
use crate::gateway::Gateway;
use crate::problem::{self, FieldError, Problem};
use crate::record::RecordError;
use crate::settling::Beside;
use crate::snapshot::{Merchant, SettlementTerms};

/// Somebody paid a settlement by bank.
#[derive(Clone, Debug)]
pub struct PaidOutside {
    /// By which the bank knows the payment.
    pub reference: String,
    /// When it was paid; now, where nothing is said.
    pub at: Option<Timestamp>,
}

/// A person's correction of what a merchant is owed.
#[derive(Clone, Debug)]
pub struct Adjustment {
    pub number: VoucherNo,
    pub merchant: MerchantId,
    pub favour: bool,
    pub amount: Money,
    /// When what is corrected happened; now, where nothing is said.
    pub at: Option<Timestamp>,
}

impl<S: Store> Gateway<S> {
    /// The merchant's own, where its terms allow it.
    pub async fn request_settlement(&self, merchant: &Merchant) -> Result<Settlement, Problem> {
        let terms = merchant.settlement.clone().filter(|it| it.on_request).ok_or_else(|| {
            let detail = "the merchant's `settlement` is not on request";
            Problem::new(problem::SETTLEMENTS_NOT_ALLOWED, detail)
        })?;
        self.draft_now(&merchant.id, &terms, None, None).await
    }

    /// At once, whatever the period; of what was booked before `cutoff`, where one is given.
    pub async fn draft_settlement_of(
        &self,
        merchant: &MerchantId,
        cutoff: Option<Timestamp>,
        act: Option<Act>,
    ) -> Result<Settlement, Problem> {
        let terms = self.terms_of(merchant)?;
        self.draft_now(merchant, &terms, cutoff, act).await
    }

    async fn draft_now(
        &self,
        merchant: &MerchantId,
        terms: &SettlementTerms,
        cutoff: Option<Timestamp>,
        act: Option<Act>,
    ) -> Result<Settlement, Problem> {
        let (now, beside) = (self.now(), Beside { act, ..Beside::default() });
        if cutoff.is_some_and(|it| it > now) {
            return Err(Problem::field("/cutoff", "is in the future"));
        }
        let drafted = self.draft_settlement(merchant, terms, cutoff.unwrap_or(now), &beside).await;
        drafted.map_err(unrecorded)?.map_err(|why| match why {
            Nothing::TooLittle => {
                let detail = "nothing was booked since the last one, or less than the minimum";
                Problem::new(problem::NOTHING_TO_SETTLE, detail)
            }
            Nothing::Overtaken => rejected(Rejection::Undecided),
        })
    }

    fn terms_of(&self, merchant: &MerchantId) -> Result<std::sync::Arc<SettlementTerms>, Problem> {
        let terms = self.settlement_terms(merchant);
        terms.ok_or_else(|| {
            Problem::new(problem::NOT_FOUND, "there is no such merchant, or it has no `settlement`")
        })
    }

    /// A merchant's own settlement; another's looks like none at all.
    pub async fn owned_settlement(
        &self,
        merchant: &MerchantId,
        number: &VoucherNo,
    ) -> Result<Settlement, Problem> {
        let found = self.load_settlement(number).await.map_err(unrecorded)?;
        if found.merchant == *merchant { Ok(found) } else { Err(unrecorded(RecordError::Missing)) }
    }

    pub async fn confirm_settlement(
        &self,
        number: &VoucherNo,
        by: &str,
        act: Option<Act>,
    ) -> Result<Settlement, Problem> {
        let event = Event::Confirmed { by: Some(by.to_owned()) };
        self.change_settlement(number, &event, act).await
    }

    pub async fn discard_settlement(
        &self,
        number: &VoucherNo,
        act: Option<Act>,
    ) -> Result<Settlement, Problem> {
        self.change_settlement(number, &Event::Discarded, act).await
    }

    pub async fn cancel_settlement(
        &self,
        number: &VoucherNo,
        act: Option<Act>,
    ) -> Result<Settlement, Problem> {
        self.change_settlement(number, &Event::Cancelled, act).await
    }

    async fn change_settlement(
        &self,
        number: &VoucherNo,
        event: &Event,
        act: Option<Act>,
    ) -> Result<Settlement, Problem> {
        let beside = Beside { act, ..Beside::default() };
        self.record_settlement(number, &beside, event, |_| Ok(())).await.map_err(unrecorded)
    }

    /// By a transfer, for the first time or again.
    pub async fn pay_settlement(
        &self,
        number: &VoucherNo,
        by: &str,
        act: Option<Act>,
    ) -> Result<Settlement, Problem> {
        let settlement = self.load_settlement(number).await.map_err(unrecorded)?;
        let terms = self.terms_of(&settlement.merchant)?;
        let beside = Beside { act, ..Beside::default() };
        let begun = self.begin_payout(&settlement, &terms, Some(by), beside).await;
        begun.map_err(|it| match it {
            Unpaid::Unfit(why) => Problem::new(problem::CHANNEL_UNFIT, why),
            Unpaid::Recorded(error) => unrecorded(error),
        })
    }

    /// Somebody paid it, and says so.
    pub async fn paid_outside(
        &self,
        number: &VoucherNo,
        paid: PaidOutside,
        by: &str,
        act: Option<Act>,
    ) -> Result<Settlement, Problem> {
        let now = self.now();
        if paid.at.is_some_and(|it| it > now) {
            return Err(Problem::field("/paid_at", "is in the future"));
        }
        let (at, reference) = (paid.at.unwrap_or(now), Some(paid.reference));
        let event = Event::Paid { exit: Exit::Outside, at, reference, transfer: None };
        let beside = Beside { act, ..Beside::default() };
        let fits = |it: &Settlement| {
            let terms = self.settlement_terms(&it.merchant);
            let fits = it.may_be_paid_by(Some(by), threshold(it, terms.as_deref()));
            if fits { Ok(()) } else { Err(Rejection::SamePerson.into()) }
        };
        self.record_settlement(number, &beside, &event, fits).await.map_err(unrecorded)
    }

    /// Booked now, and never into a period that has its settlement.
    pub async fn adjust(&self, it: &Adjustment, act: Option<Act>) -> Result<(), Problem> {
        let now = self.now();
        let at = it.at.unwrap_or(now);
        if at > now {
            return Err(Problem::field("/at", "is in the future"));
        }
        self.is_open_at(it, at).await?;
        let posting = Posting::adjust(&it.number, &it.merchant, it.favour, it.amount, now);
        let posting = posting.ok_or_else(|| Problem::field("/amount", "must be more than zero"))?;
        let journal = vec![posting.moved(at)];
        let change = Change { journal, act, ..Change::default() };
        let Err(error) = self.store.commit(change).await else { return Ok(()) };
        if let CommitError::Duplicate(Duplicate::Posted(_)) = error {
            let detail = "another adjustment has this number";
            return Err(Problem::new(problem::ADJUSTMENT_TAKEN, detail));
        }
        Err(RecordError::Store(error.to_string()).into())
    }

    async fn is_open_at(&self, it: &Adjustment, at: Timestamp) -> Result<(), Problem> {
        let listed = self.store.settlements(Some(&it.merchant), None, MOST).await;
        let listed = listed.map_err(|it| Problem::from(RecordError::Store(it.to_string())))?;
        let closes = |has: &&Settlement| {
            has.currency == it.amount.currency() && has.is_closed() && at < has.cutoff
        };
        let Some(last) = listed.iter().find(closes) else { return Ok(()) };
        let detail = format!("{} has that period", last.number);
        let mut problem = Problem::new(problem::PERIOD_CLOSED, detail);
        let reason = "is in a period that has its settlement".to_owned();
        problem.errors.push(FieldError { pointer: "/at".into(), reason });
        Err(problem)
    }
}

/// What a payment's errors call a payment.
fn unrecorded(error: RecordError) -> Problem {
    if let RecordError::Missing = error {
        return Problem::new(problem::NOT_FOUND, "there is no such settlement");
    }
    if let RecordError::Short = error {
        let detail = "refunds have taken part of it since: discard it, and draft it anew";
        return Problem::new(problem::SETTLEMENT_EXCEEDS_BALANCE, detail);
    }
    error.into()
}

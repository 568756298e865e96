//! A transfer as answers and notifications describe it.

use paymux_channel::{Call, Mismatch, Outcome, ParseError, TransferCall, TransferOutcome};
use paymux_core::payment::Refusal;
use paymux_core::transfer::Fact;
use paymux_core::{Currency, Money, Timestamp};
use serde::Deserialize;

use crate::answer::Said;
use crate::codes::plain;
use crate::settings::Account;
use crate::time;
use crate::transaction::is_id;
use crate::wire::BillState;

/// Characters of a reason kept.
const MAX_REASON: usize = 256;

#[derive(Debug, Deserialize)]
pub(crate) struct Transferred {
    mch_id: Option<String>,
    pub(crate) out_bill_no: Option<String>,
    transfer_bill_no: Option<String>,
    state: Option<String>,
    /// Answers to a transfer have none.
    transfer_amount: Option<i64>,
    package_info: Option<String>,
    fail_reason: Option<String>,
    update_time: Option<String>,
}

impl Transferred {
    /// A genuine message about somebody else's money.
    pub(crate) fn mismatch(&self, account: &Account) -> Option<Mismatch> {
        let reported = self.mch_id.clone().unwrap_or_default();
        (reported != account.mch_id).then_some(Mismatch { field: "mch_id", reported })
    }

    /// `None` for a state that is not in the documents.
    pub(crate) fn fact(
        &self,
        asked: Option<Money>,
        told_at: Timestamp,
    ) -> Result<Option<Fact>, &'static str> {
        let no = self.transfer_bill_no.clone().filter(|it| is_id(it));
        Ok(match BillState::from(self.state.as_deref().ok_or("state")?) {
            BillState::Accepted
            | BillState::Processing
            | BillState::Transfering
            | BillState::Canceling => Some(Fact::Accepted { channel_transfer_no: no }),
            BillState::WaitUserConfirm => {
                let package = self.package_info.clone().filter(|it| !it.is_empty());
                Some(Fact::Waiting { channel_transfer_no: no, package })
            }
            BillState::Success => Some(Fact::Succeeded {
                amount: self.amount().or(asked).ok_or("transfer_amount")?,
                channel_transfer_no: no,
                at: self.at(told_at)?,
            }),
            BillState::Fail => Some(Fact::Closed(self.refusal("FAIL"))),
            BillState::Cancelled => Some(Fact::Closed(self.refusal("CANCELLED"))),
            BillState::Unrecognised(_) => None,
        })
    }

    fn amount(&self) -> Option<Money> {
        Money::new(self.transfer_amount?, Currency::Cny).ok()
    }

    fn at(&self, told_at: Timestamp) -> Result<Timestamp, &'static str> {
        let Some(text) = &self.update_time else { return Ok(told_at) };
        time::read(text).ok_or("update_time")
    }

    /// Its reason is a code of WeChat Pay's, where it gives one.
    fn refusal(&self, state: &str) -> Refusal {
        let reason = self.fail_reason.as_deref().unwrap_or_default();
        let code = Some(plain(reason)).filter(|it| !it.is_empty());
        let printable = reason.chars().filter(|it| !it.is_control());
        Refusal {
            code: code.unwrap_or_else(|| state.to_owned()),
            message: printable.take(MAX_REASON).collect(),
        }
    }
}

/// The answer to a transfer, to a question about it and to its end are the same words.
pub(crate) fn outcome(
    said: &Said<'_>,
    transfer: &TransferCall,
    call: &Call,
) -> Result<Outcome, ParseError> {
    let told: Transferred = said.read()?;
    if told.out_bill_no.as_deref() != Some(&*transfer.out_bill_no()) {
        return Err(ParseError::Malformed("it answers for another transfer"));
    }
    let fact = told.fact(Some(transfer.amount), call.now).map_err(ParseError::Malformed)?;
    let state = told.state.as_deref().unwrap_or_default();
    let unknown = || Outcome::Unknown { code: plain(state) };
    Ok(fact.map_or_else(unknown, |it| Outcome::Transfer(TransferOutcome::Fact(it))))
}

//! A refund as answers and notifications describe it.

use paymux_channel::{Call, Outcome, ParseError, RefundCall, RefundOutcome};
use paymux_core::payment::Refusal;
use paymux_core::refund::RefundFact;
use paymux_core::{Currency, Timestamp};
use serde::Deserialize;

use crate::answer::Said;
use crate::codes::plain;
use crate::party::Named;
use crate::time;
use crate::transaction::is_id;
use crate::wire::{Amount, RefundStatus};

#[derive(Debug, Deserialize)]
pub(crate) struct Refunded {
    /// Only notifications have any.
    #[serde(flatten)]
    pub(crate) named: Named,
    pub(crate) out_trade_no: Option<String>,
    pub(crate) out_refund_no: Option<String>,
    refund_id: Option<String>,
    #[serde(alias = "refund_status")]
    status: Option<String>,
    success_time: Option<String>,
    amount: Option<Amount>,
}

/// When it was told, and in which currency if none is named.
pub(crate) struct Told {
    pub(crate) at: Timestamp,
    pub(crate) currency: Option<Currency>,
}

impl Refunded {
    pub(crate) fn status(&self) -> Option<RefundStatus> {
        self.status.as_deref().map(RefundStatus::from)
    }

    /// `None` for a status that is not in the documents.
    pub(crate) fn fact(&self, told: &Told) -> Result<Option<RefundFact>, &'static str> {
        let channel_refund_no = self.refund_id.clone().filter(|it| is_id(it));
        Ok(match self.status().ok_or("status")? {
            RefundStatus::Processing => Some(RefundFact::Accepted { channel_refund_no }),
            RefundStatus::Success => Some(RefundFact::Succeeded {
                amount: self
                    .amount
                    .as_ref()
                    .and_then(|it| it.refund(told.currency))
                    .ok_or("amount")?,
                channel_refund_no,
                at: self.at(told.at)?,
            }),
            RefundStatus::Closed => {
                Some(RefundFact::Closed(refusal("CLOSED", "WeChat Pay closed the refund")))
            }
            RefundStatus::Abnormal => {
                let message = "the payer's account takes no money; act at the merchant platform";
                Some(RefundFact::Abnormal(refusal("ABNORMAL", message)))
            }
            RefundStatus::Unrecognised(_) => None,
        })
    }

    fn at(&self, told_at: Timestamp) -> Result<Timestamp, &'static str> {
        let Some(text) = &self.success_time else { return Ok(told_at) };
        time::read(text).ok_or("success_time")
    }
}

/// The answer to a refund and to a question about it are the same words.
pub(crate) fn outcome(
    said: &Said<'_>,
    refund: &RefundCall,
    call: &Call,
) -> Result<Outcome, ParseError> {
    let refunded: Refunded = said.read()?;
    if refunded.out_refund_no.as_deref() != Some(&*refund.refund.out_refund_no()) {
        return Err(ParseError::Malformed("it answers for another refund"));
    }
    if refunded.out_trade_no.as_deref() != Some(&*refund.out_trade_no()) {
        return Err(ParseError::Malformed("it answers for another order"));
    }
    let told = Told { at: call.now, currency: None };
    Ok(match refunded.fact(&told).map_err(ParseError::Malformed)? {
        Some(fact) => Outcome::Refund(RefundOutcome::Fact(fact)),
        None => Outcome::Unknown { code: plain(refunded.status.as_deref().unwrap_or_default()) },
    })
}

fn refusal(code: &str, message: &str) -> Refusal {
    Refusal { code: code.into(), message: message.into() }
}

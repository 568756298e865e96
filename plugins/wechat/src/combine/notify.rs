//! One notification tells of all parts: `TRANSACTION.SUCCESS` with `combine_…` inside.

use paymux_channel::{Mismatch, News, Request, VerifyError};
use paymux_core::{AttemptId, Timestamp};

use super::query::Reported;
use super::{Combined, whole};
use crate::notify::{Envelope, envelope};
use crate::settings::Account;
use crate::wire::Event;

impl Account {
    pub(super) fn verify_combined(
        &self,
        request: &Request,
        now: Timestamp,
    ) -> Result<Combined, VerifyError> {
        let envelope = envelope(self, request, now)?;
        let event = Event::of(&envelope.event_type, &envelope.resource.original_type);
        if event != Event::Paid {
            return Err(VerifyError::Unsupported);
        }
        let reported: Reported = envelope.open(self)?;
        let told_at = envelope.told_at()?;
        reported.combined(self, told_at).map_err(VerifyError::Malformed)
    }
}

/// None where it tells of a single order.
pub(crate) fn paid(account: &Account, envelope: &Envelope) -> Option<Result<Told, VerifyError>> {
    let reported: Reported = envelope.open(account).ok()?;
    Some(envelope.told_at().and_then(|at| told(account, reported, at)))
}

pub(crate) struct Told {
    pub(crate) out_trade_no: String,
    pub(crate) news: Vec<News>,
    pub(crate) mismatch: Option<Mismatch>,
}

fn told(account: &Account, reported: Reported, told_at: Timestamp) -> Result<Told, VerifyError> {
    let out_trade_no = reported.out_trade_no().to_owned();
    if let Some(mismatch) = reported.mismatch(account) {
        return Ok(Told { out_trade_no, news: vec![], mismatch: Some(mismatch) });
    }
    let mut combined = reported.combined(account, told_at).map_err(VerifyError::Malformed)?;
    // The tenth is longer by a digit.
    combined.subs.sort_by_key(|it| (it.out_trade_no.len(), it.out_trade_no.clone()));
    // Of another system's orders there is nothing to say; what became of ours, all parts say.
    let ours = out_trade_no.parse::<AttemptId>().is_ok_and(|it| whole::is_all_of(&combined, it));
    let receipt = whole::receipt(&combined).filter(|_| ours);
    let news = receipt.map(News::Paid).into_iter().collect();
    Ok(Told { out_trade_no, news, mismatch: None })
}

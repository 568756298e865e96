//! Notifications of payments and refunds: a sealed resource in a signed body.

use paymux_channel::{Mismatch, News, Notification, Request, VerifyError};
use paymux_core::{Currency, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::combine;
use crate::refunded::{Refunded, Told};
use crate::resource::Resource;
use crate::settings::Account;
use crate::signature;
use crate::time;
use crate::transaction::Transaction;
use crate::transferred::Transferred;
use crate::wire::{Event, RefundStatus, TradeState};

/// WeChat Pay's take about 2 KiB.
const MAX_BODY: usize = 64 * 1024;
/// Longest `id`; the documents say 36.
const MAX_ID: usize = 64;
/// Longest `event_type`, with room.
const MAX_EVENT_TYPE: usize = 64;
const ENCRYPTED: &str = "encrypt-resource";

#[derive(Deserialize)]
pub(crate) struct Envelope {
    pub(crate) id: String,
    create_time: String,
    pub(crate) event_type: String,
    resource_type: String,
    pub(crate) resource: Resource,
}

#[derive(Default, Deserialize)]
struct Named {
    out_trade_no: Option<String>,
}

pub(crate) fn verify(
    account: &Account,
    request: &Request,
    now: Timestamp,
) -> Result<Notification, VerifyError> {
    let envelope = envelope(account, request, now)?;
    match Event::of(&envelope.event_type, &envelope.resource.original_type) {
        Event::Paid => paid(account, envelope),
        Event::Refund(status) => refunded(account, envelope, &status),
        Event::Transfer => transferred(account, envelope),
        Event::Unrecognised => Ok(other(account, envelope)),
    }
}

/// WeChat Pay's own, fresh, and of the right shape; not yet opened.
pub(crate) fn envelope(
    account: &Account,
    request: &Request,
    now: Timestamp,
) -> Result<Envelope, VerifyError> {
    let body = request.body();
    if body.len() > MAX_BODY {
        return Err(VerifyError::Malformed("it is too long"));
    }
    signature::verify(&account.keys, request.headers(), body, now)?;
    let envelope: Envelope = read(body)?;
    fit("id", &envelope.id, MAX_ID)?;
    fit("event_type", &envelope.event_type, MAX_EVENT_TYPE)?;
    Ok(envelope)
}

impl Envelope {
    pub(crate) fn open<T: DeserializeOwned>(&self, account: &Account) -> Result<T, VerifyError> {
        if self.resource_type != ENCRYPTED {
            return Err(VerifyError::Malformed("resource_type"));
        }
        read(&self.resource.open(&account.api_v3_key).map_err(VerifyError::Malformed)?)
    }

    /// What it tells was not later than this.
    pub(crate) fn told_at(&self) -> Result<Timestamp, VerifyError> {
        time::read(&self.create_time).ok_or(VerifyError::Malformed("create_time"))
    }

    fn of(
        self,
        out_trade_no: Option<String>,
        news: Vec<News>,
        mismatch: Option<Mismatch>,
    ) -> Notification {
        let out_trade_no = out_trade_no.unwrap_or_default();
        Notification { id: self.id, kind: self.event_type, out_trade_no, news, mismatch }
    }
}

fn paid(account: &Account, envelope: Envelope) -> Result<Notification, VerifyError> {
    if let Some(told) = combine::notify::paid(account, &envelope) {
        let told = told?;
        return Ok(envelope.of(Some(told.out_trade_no), told.news, told.mismatch));
    }
    let transaction: Transaction = envelope.open(account)?;
    if let Some(mismatch) = transaction.named.mismatch(account) {
        // Another sub-merchant's: of it there is nothing to say here.
        return Ok(envelope.of(transaction.out_trade_no, vec![], Some(mismatch)));
    }
    let news = match transaction.state().ok_or(VerifyError::Malformed("trade_state"))? {
        TradeState::Success | TradeState::Refund => {
            let receipt = transaction.receipt(envelope.told_at()?);
            vec![News::Paid(receipt.map_err(VerifyError::Malformed)?)]
        }
        // Odd under this event: left to a query.
        TradeState::NotPay
        | TradeState::Closed
        | TradeState::Revoked
        | TradeState::UserPaying
        | TradeState::PayError
        | TradeState::Accept
        | TradeState::Unrecognised(_) => vec![],
    };
    let out_trade_no = transaction.out_trade_no.ok_or(VerifyError::Malformed("out_trade_no"))?;
    Ok(envelope.of(Some(out_trade_no), news, None))
}

/// It does not say when the order was paid, so it is no receipt.
fn refunded(
    account: &Account,
    envelope: Envelope,
    status: &RefundStatus,
) -> Result<Notification, VerifyError> {
    let refunded: Refunded = envelope.open(account)?;
    if let Some(mismatch) = refunded.named.merchant_mismatch(account) {
        return Ok(envelope.of(refunded.out_trade_no, vec![], Some(mismatch)));
    }
    let told = Told { at: envelope.told_at()?, currency: Some(Currency::Cny) };
    let fact = refunded.fact(&told).map_err(VerifyError::Malformed)?;
    // Where envelope and contents disagree, a query decides.
    let agreed = refunded.status().as_ref() == Some(status);
    let out_refund_no = refunded.out_refund_no.ok_or(VerifyError::Malformed("out_refund_no"))?;
    let out_trade_no = refunded.out_trade_no.ok_or(VerifyError::Malformed("out_trade_no"))?;
    let news = fact.filter(|_| agreed).map(|fact| News::Refund { out_refund_no, fact });
    Ok(envelope.of(Some(out_trade_no), news.into_iter().collect(), None))
}

fn transferred(account: &Account, envelope: Envelope) -> Result<Notification, VerifyError> {
    let told: Transferred = envelope.open(account)?;
    let mismatch = told.mismatch(account);
    let fact = told.fact(None, envelope.told_at()?).map_err(VerifyError::Malformed)?;
    let news = fact.filter(|_| mismatch.is_none()).map(News::Transfer);
    let number = told.out_bill_no.ok_or(VerifyError::Malformed("out_bill_no"))?;
    Ok(envelope.of(Some(number), news.into_iter().collect(), mismatch))
}

/// Genuine, and of no concern to payments; if it names an order, it is filed there.
fn other(account: &Account, envelope: Envelope) -> Notification {
    let named: Named = envelope.open(account).unwrap_or_default();
    envelope.of(named.out_trade_no, vec![], None)
}

/// A member that is there twice is refused by serde.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, VerifyError> {
    serde_json::from_slice(body).map_err(|_| VerifyError::Malformed("it does not read"))
}

fn fit(name: &'static str, text: &str, max: usize) -> Result<(), VerifyError> {
    let fits = (1..=max).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic());
    if fits { Ok(()) } else { Err(VerifyError::Malformed(name)) }
}

#[cfg(test)]
mod tests;

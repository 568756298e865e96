//! The asynchronous notification of a trade (`trade_status_sync`).

use paymux_channel::{News, Notification, VerifyError};
use paymux_core::Timestamp;
use paymux_core::payment::Receipt;

use crate::form::Form;
use crate::inbound;
use crate::settings::Account;
use crate::time;
use crate::transfer::Told;
use crate::wire::{TradeStatus, is_trade_no, yuan};

/// Alipay's take about 2 KiB.
const MAX_BODY: usize = 64 * 1024;
/// Longest `notify_id`.
const MAX_ID: usize = 128;
const TRADE: &str = "trade_status_sync";
/// Sent to the application's own address, which must be this account's.
const TRANSFER: &str = "alipay.fund.trans.order.changed";

pub(crate) fn verify(
    account: &Account,
    body: &[u8],
    now: Timestamp,
) -> Result<Notification, VerifyError> {
    if body.len() > MAX_BODY {
        return Err(VerifyError::Malformed("it is too long"));
    }
    let form = inbound::verified(account, body, Some(now))?;
    let id = required(&form, "notify_id")?;
    if id.len() > MAX_ID {
        return Err(VerifyError::Malformed("notify_id"));
    }
    if form.find("msg_method") == Some(TRANSFER) {
        return transfer(account, &form, id, now);
    }
    if form.find("notify_type") != Some(TRADE) {
        return Ok(other(account, &form, id));
    }
    let mismatch = inbound::mismatch(account, &form);
    // Of somebody else's trade there is nothing to say.
    let news = if mismatch.is_some() { vec![] } else { news(&form)? };
    Ok(Notification {
        id,
        kind: required(&form, "trade_status")?,
        out_trade_no: required(&form, "out_trade_no")?,
        news,
        mismatch,
    })
}

/// Of a transfer: its words are those of the answer to a question.
fn transfer(
    account: &Account,
    form: &Form,
    id: String,
    now: Timestamp,
) -> Result<Notification, VerifyError> {
    let content = required(form, "biz_content")?;
    let malformed = |_| VerifyError::Malformed("biz_content");
    let told: Told = serde_json::from_str(&content).map_err(malformed)?;
    let mismatch = inbound::mismatch(account, form).filter(|it| it.field != "seller_id");
    let fact = told.fact(None, now).map_err(VerifyError::Malformed)?;
    let news = fact.filter(|_| mismatch.is_none()).map(News::Transfer);
    Ok(Notification {
        id,
        kind: TRANSFER.to_owned(),
        out_trade_no: told.out_biz_no.ok_or(VerifyError::Malformed("out_biz_no"))?,
        news: news.into_iter().collect(),
        mismatch,
    })
}

/// Genuine, and of no concern to payments.
fn other(account: &Account, form: &Form, id: String) -> Notification {
    let kind = form.find("notify_type").or_else(|| form.find("msg_method")).unwrap_or("unnamed");
    Notification {
        id,
        kind: kind.to_owned(),
        out_trade_no: form.find("out_trade_no").unwrap_or_default().to_owned(),
        news: vec![],
        mismatch: inbound::mismatch(account, form),
    }
}

/// A notification after a refund says no more than one after the payment: its `refund_fee` is the
/// sum of all refunds so far, from which this refund's amount cannot be told. The refund is
/// settled by its own answer or query.
fn news(form: &Form) -> Result<Vec<News>, VerifyError> {
    let status = required(form, "trade_status")?;
    match TradeStatus::from(&*status) {
        TradeStatus::Success | TradeStatus::Finished => Ok(vec![News::Paid(receipt(form)?)]),
        // Whether it was paid and went back whole, or never was: nobody holds money for it.
        TradeStatus::Closed => Ok(vec![News::Closed]),
        TradeStatus::WaitBuyerPay | TradeStatus::Unrecognised(_) => Ok(vec![]),
    }
}

fn receipt(form: &Form) -> Result<Receipt, VerifyError> {
    let amount = yuan(&required(form, "total_amount")?);
    // Paid is paid, whether or not the message says when; then it was before the message.
    let name = if form.find("gmt_payment").is_some() { "gmt_payment" } else { "notify_time" };
    let paid_at = time::read(&required(form, name)?);
    let trade_no = form.find("trade_no").filter(|it| is_trade_no(it)).map(str::to_owned);
    Ok(Receipt {
        amount: amount.map_err(|_| VerifyError::Malformed("total_amount"))?,
        channel_trade_no: trade_no.ok_or(VerifyError::Malformed("trade_no"))?,
        paid_at: paid_at.ok_or(VerifyError::Malformed(name))?,
    })
}

fn required(form: &Form, name: &'static str) -> Result<String, VerifyError> {
    form.find(name).map(str::to_owned).ok_or(VerifyError::Malformed(name))
}

#[cfg(test)]
mod tests;

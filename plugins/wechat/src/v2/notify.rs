//! Notifications: of payments, signed and believed; of refunds, neither.

use paymux_channel::{News, Notification, Request, VerifyError};
use paymux_core::Timestamp;

use super::settings::Account;
use super::xml::{Fields, is_name};
use super::{receipt, req_info};
use crate::transaction::is_id;

/// What every one of them has, and no answer to a refund: both are signed with the same key.
const OF_PAYMENTS: [&str; 3] = ["trade_type", "bank_type", "openid"];

pub(crate) fn verify(
    account: &Account,
    request: &Request,
    now: Timestamp,
) -> Result<Notification, VerifyError> {
    let fields = Fields::read(request.body(), "xml").map_err(VerifyError::Malformed)?;
    if let Some(sealed) = fields.text("req_info") {
        return refunded(account, &fields, sealed);
    }
    if !account.signed(&fields) {
        return Err(VerifyError::Signature);
    }
    paid(account, &fields, now)
}

fn paid(account: &Account, fields: &Fields, now: Timestamp) -> Result<Notification, VerifyError> {
    // The signature does not cover where a value ends: one that reads like further pairs might have
    // been cut out of another message.
    if fields.pairs().any(|(_, value)| holds_pairs(value)) {
        return Err(VerifyError::Malformed("a value that holds pairs"));
    }
    if fields.text("return_code") != Some("SUCCESS") {
        return Err(VerifyError::Malformed("return_code"));
    }
    let out_trade_no = id(fields, "out_trade_no")?.to_owned();
    let result = id(fields, "result_code")?;
    let state = fields.text("trade_state").unwrap_or("SUCCESS");
    let (kind, mismatch) = (format!("pay.{result}"), account.mismatch(fields));
    if (result, state) != ("SUCCESS", "SUCCESS") || mismatch.is_some() {
        // Odd, or about somebody else: of ours, a query tells.
        let id = format!("{kind}.{out_trade_no}");
        return Ok(Notification { id, kind, out_trade_no, news: vec![], mismatch });
    }
    for name in OF_PAYMENTS {
        fields.text(name).ok_or(VerifyError::Malformed(name))?;
    }
    let receipt = receipt::read(fields, now).map_err(VerifyError::Malformed)?;
    let id = format!("{kind}.{}", receipt.channel_trade_no);
    Ok(Notification { id, kind, out_trade_no, news: vec![News::Paid(receipt)], mismatch: None })
}

/// A reason to ask, whatever it says.
fn refunded(account: &Account, fields: &Fields, sealed: &str) -> Result<Notification, VerifyError> {
    // Nobody has proved that it is genuine, so it is no genuine message about somebody else either.
    if account.mismatch(fields).is_some() {
        return Err(VerifyError::Malformed("it is about another account"));
    }
    let told = req_info::open(&account.keys, sealed).ok_or(VerifyError::Signature)?;
    let (refund_id, status) = (id(&told, "refund_id")?, id(&told, "refund_status")?);
    let kind = format!("refund.{status}");
    let out_refund_no = id(&told, "out_refund_no")?.to_owned();
    Ok(Notification {
        id: format!("{kind}.{refund_id}"),
        kind,
        out_trade_no: id(&told, "out_trade_no")?.to_owned(),
        news: vec![News::RefundHint { out_refund_no }],
        mismatch: None,
    })
}

fn id<'a>(fields: &'a Fields, name: &'static str) -> Result<&'a str, VerifyError> {
    fields.text(name).filter(|it| is_id(it)).ok_or(VerifyError::Malformed(name))
}

fn holds_pairs(value: &str) -> bool {
    let name = |it: &str| it.split_once('=').is_some_and(|(name, _)| is_name(name));
    value.split('&').skip(1).any(name)
}

#[cfg(test)]
mod tests;

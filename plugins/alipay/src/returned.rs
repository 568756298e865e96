//! The query string with which the payer's browser comes back: who sent it, never what was paid.

use paymux_channel::VerifyError;

use crate::inbound;
use crate::settings::Account;

/// Longer than Alipay's, shorter than what servers take in an address.
const MAX_QUERY: usize = 8 * 1024;

pub(crate) fn verify(account: &Account, query: &str) -> Result<String, VerifyError> {
    if query.len() > MAX_QUERY {
        return Err(VerifyError::Malformed("it is too long"));
    }
    let form = inbound::verified(account, query.as_bytes(), None)?;
    // The same rule signs notifications, which are not meant for browsers.
    if !form.find("method").is_some_and(|it| it.ends_with(".return")) {
        return Err(VerifyError::Malformed("method"));
    }
    if let Some(mismatch) = inbound::mismatch(account, &form) {
        return Err(VerifyError::Malformed(mismatch.field));
    }
    let out_trade_no = form.find("out_trade_no").ok_or(VerifyError::Malformed("out_trade_no"))?;
    Ok(out_trade_no.to_owned())
}

#[cfg(test)]
mod tests;

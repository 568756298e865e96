//! The payer's browser, back from the wallet. WeChat Pay signs nothing there, so we sign ourselves
//! where it is to come back: nobody can make up a number.

use paymux_channel::rsa::{PrivateKey, PublicKey};
use paymux_channel::{Call, ParseError, VerifyError};
use paymux_core::AttemptId;

use crate::percent::encode;

/// A number and a signature of 4096 bits, escaped.
const MAX_QUERY: usize = 2048;

pub(crate) fn url(key: &PrivateKey, attempt: AttemptId, call: &Call) -> Result<String, ParseError> {
    let sign = key.sign(message(&attempt.to_string()).as_bytes());
    let sign = sign.map_err(|_| ParseError::Malformed("the way back cannot be signed"))?;
    Ok(format!("{}?out_trade_no={attempt}&sign={}", call.return_url, encode(&sign)))
}

/// Proof that we sent the browser, not that anything was paid.
/// `own` is the public half of that key.
pub(crate) fn verify(own: &PublicKey, query: &str) -> Result<String, VerifyError> {
    if query.len() > MAX_QUERY {
        return Err(VerifyError::Malformed("it is too long"));
    }
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|it| it.split_once('='));
        pairs.find(|it| it.0 == name).map(|it| it.1)
    };
    let number = value("out_trade_no").ok_or(VerifyError::Malformed("out_trade_no"))?;
    let sign = value("sign").ok_or(VerifyError::Malformed("sign"))?;
    let sign = sign.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    let genuine = own.verifies(message(number).as_bytes(), &sign);
    if genuine { Ok(number.to_owned()) } else { Err(VerifyError::Signature) }
}

/// No request and no package of WeChat Pay's reads so.
fn message(out_trade_no: &str) -> String {
    format!("return\n{out_trade_no}\n")
}

#[cfg(test)]
mod tests;

//! `alipay.open.app.alipaycert.download`: the certificate an answer was signed with, by its SN.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use paymux_channel::{BuildError, Call, Outcome, ParseError, PlatformKey, Response, Step};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::settings::Account;
use crate::wire::Api;

#[derive(Serialize)]
struct Download<'a> {
    alipay_cert_sn: &'a str,
}

#[derive(Deserialize)]
struct Downloaded {
    alipay_cert_content: String,
}

/// Alipay tells its certificates one by one: without a name there is nothing to ask for.
pub(crate) fn build(
    account: &Account,
    serial: Option<&str>,
    call: &Call,
) -> Result<Step, BuildError> {
    let certificates = account.trust.certificates().ok_or(BuildError::Unsupported)?;
    match serial {
        Some(serial) => {
            account.post(Api::CertDownload, call, &[], &Download { alipay_cert_sn: serial })
        }
        None => Ok(Step::Done(Outcome::PlatformKeys(certificates.learned(call.now)))),
    }
}

/// The answer is signed with the very certificate it brings, so its signature proves nothing. What
/// counts is the chain to the pinned roots, the pinned issuer, and the number that was asked for.
pub(crate) fn parse(
    account: &Account,
    serial: Option<&str>,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let certificates = account.trust.certificates().ok_or(ParseError::Malformed("unasked"))?;
    let serial = serial.ok_or(ParseError::Malformed("nothing was asked"))?;
    let Downloaded { alipay_cert_content } =
        Answer::unverified(account, Api::CertDownload, response)?;
    let pem = STANDARD.decode(alipay_cert_content.as_bytes()).ok();
    let pem = pem.and_then(|it| String::from_utf8(it).ok());
    let certificate_pem = pem.ok_or(ParseError::Malformed("alipay_cert_content"))?;
    let key = PlatformKey { serial: serial.to_owned(), certificate_pem };
    let mut learned = certificates.learned(call.now);
    learned.retain(|it| it.serial != key.serial);
    let trusted = certificates.trusts(&key, call.now);
    trusted.map_err(ParseError::Malformed)?;
    learned.push(key);
    Ok(Outcome::PlatformKeys(learned))
}

#[cfg(test)]
mod tests;

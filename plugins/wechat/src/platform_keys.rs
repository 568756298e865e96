//! `GET /v3/certificates`: the certificates by which everything else is verified.

use http::StatusCode;
use paymux_channel::keys::Certificate;
use paymux_channel::{BuildError, Call, Outcome, ParseError, PlatformKey, Response, Step};
use serde::Deserialize;

use crate::answer::MAX_ANSWER;
use crate::codes::Failure;
use crate::resource::Resource;
use crate::settings::Account;
use crate::signature::Claim;

const PATH: &str = "/v3/certificates";
/// Two during a rotation.
const MAX_CERTIFICATES: usize = 16;

#[derive(Deserialize)]
struct Published {
    data: Vec<Sealed>,
}

#[derive(Deserialize)]
struct Sealed {
    serial_no: String,
    encrypt_certificate: Resource,
}

struct Opened {
    certificate: Certificate,
    published: PlatformKey,
}

pub(crate) fn build(account: &Account, call: &Call) -> Result<Step, BuildError> {
    account.get(PATH, call)
}

/// The first time there is no key to verify with: that they open under the APIv3 key proves the
/// certificates, and then one of them proves the answer.
pub(crate) fn parse(
    account: &Account,
    call: &Call,
    response: &Response,
) -> Result<Outcome, ParseError> {
    let (status, body) = (response.status(), response.body());
    if body.len() > MAX_ANSWER {
        return Err(ParseError::Malformed("it is too long"));
    }
    if status != StatusCode::OK {
        let failure = Failure::read(status, body, false);
        // Whoever has a public key may have no certificates any more, and while WeChat Pay changes
        // from one kind to the other, messages are signed by either.
        let none = account.public_key_id.is_some() && failure.has_no_certificates();
        return Ok(if none { Outcome::PlatformKeys(vec![]) } else { failure.unknown() });
    }
    let claim = Claim::read(response.headers(), call.now)?;
    let opened = open(account, call, body)?;
    let fresh = opened.iter().find(|it| it.certificate.has_serial(claim.serial));
    let known = account.keys.find(claim.serial, call.now);
    let key = known.or(fresh.map(|it| &it.certificate.key)).ok_or_else(|| claim.unknown_key())?;
    claim.verify(key, body)?;
    Ok(Outcome::PlatformKeys(opened.into_iter().map(|it| it.published).collect()))
}

/// Those that may be used now; the next fetch brings what is not valid yet.
fn open(account: &Account, call: &Call, body: &[u8]) -> Result<Vec<Opened>, ParseError> {
    let published: Published =
        serde_json::from_slice(body).map_err(|_| ParseError::Malformed("it does not read"))?;
    if published.data.len() > MAX_CERTIFICATES {
        return Err(ParseError::Malformed("it has too many certificates"));
    }
    let opened = published.data.into_iter().map(|it| it.open(account));
    let mut opened = opened.collect::<Result<Vec<_>, _>>().map_err(ParseError::Malformed)?;
    opened.retain(|it| it.certificate.is_valid_at(call.now));
    Ok(opened)
}

impl Sealed {
    fn open(self, account: &Account) -> Result<Opened, &'static str> {
        let pem = self.encrypt_certificate.open(&account.api_v3_key)?;
        let certificate_pem = String::from_utf8(pem).map_err(|_| "a certificate is no text")?;
        let certificate =
            Certificate::parse(&certificate_pem).map_err(|_| "a certificate cannot be read")?;
        if !certificate.has_serial(&self.serial_no) {
            return Err("a certificate has another serial");
        }
        let published = PlatformKey { serial: self.serial_no, certificate_pem };
        Ok(Opened { certificate, published })
    }
}

#[cfg(test)]
mod tests;

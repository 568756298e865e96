//! Fields for WeChat Pay's eyes alone: sealed with a key of its own, which the request names.

use http::HeaderValue;
use paymux_channel::rsa::PublicKey;
use paymux_channel::{BuildError, Secret, Step};
use paymux_core::Timestamp;

use crate::settings::Account;
use crate::signature::SERIAL;

pub(crate) struct Sealer<'a> {
    key: &'a PublicKey,
    serial: String,
}

impl Account {
    /// The public key where there is one, or the newest certificate.
    pub(crate) fn sealer(&self, now: Timestamp) -> Result<Sealer<'_>, BuildError> {
        let sealer = match &self.public_key_id {
            Some(id) => self.keys.find(id, now).map(|key| (id.clone(), key)),
            None => self.keys.newest(now),
        };
        let (serial, key) = sealer.ok_or(BuildError::Sign)?;
        Ok(Sealer { key, serial })
    }
}

impl Sealer<'_> {
    /// Other bytes each time.
    pub(crate) fn seal(&self, field: &Secret) -> Result<String, BuildError> {
        self.key.seal(field.expose().as_bytes()).map_err(|_| BuildError::Sign)
    }

    /// Says in the request which key opens its fields.
    pub(crate) fn name(&self, step: Step) -> Result<Step, BuildError> {
        let Step::Send(mut request) = step else { return Ok(step) };
        let serial = HeaderValue::from_str(&self.serial).map_err(|_| BuildError::Sign)?;
        request.headers_mut().insert(SERIAL, serial);
        Ok(Step::Send(request))
    }
}

#[cfg(test)]
mod tests;

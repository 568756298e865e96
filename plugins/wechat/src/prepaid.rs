//! What orders that the wallet's client opens are answered with: a `prepay_id`, good for two hours.

use paymux_channel::{Call, ParseError};
use serde::Deserialize;

use crate::answer::Said;
use crate::settings::Account;

/// Longest `prepay_id`; the documents say 64.
const MAX_PREPAY_ID: usize = 64;

#[derive(Deserialize)]
struct Placed {
    prepay_id: String,
}

/// The parts that packages of all kinds have.
pub(crate) struct Prepaid {
    pub(crate) prepay_id: String,
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
}

pub(crate) fn is_prepay_id(text: &str) -> bool {
    (1..=MAX_PREPAY_ID).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_graphic())
}

impl Prepaid {
    pub(crate) fn read(said: &Said<'_>, call: &Call) -> Result<Self, ParseError> {
        let Placed { prepay_id } = said.read()?;
        if !is_prepay_id(&prepay_id) {
            return Err(ParseError::Malformed("prepay_id"));
        }
        let timestamp = call.now.as_secs().to_string();
        Ok(Self { prepay_id, timestamp, nonce: call.nonce_text() })
    }

    /// The last line is the package, or the bare number, by the kind of client.
    pub(crate) fn sign(
        &self,
        account: &Account,
        app: &str,
        last: &str,
    ) -> Result<String, ParseError> {
        let message = format!("{app}\n{}\n{}\n{last}\n", self.timestamp, self.nonce);
        let signed = account.private_key.sign(message.as_bytes());
        signed.map_err(|_| ParseError::Malformed("its package cannot be signed"))
    }
}

//! A synchronous answer: verified over its raw bytes, or a failure that proves little.

use http::StatusCode;
use paymux_channel::{Call, ParseError, Response};
use serde::de::DeserializeOwned;

use crate::codes::Failure;
use crate::settings::Account;
use crate::signature::{self, SIGNATURE};

/// Two dozen certificates, or an order with all its coupons.
pub(crate) const MAX_ANSWER: usize = 256 * 1024;

pub(crate) enum Answer<'a> {
    /// 200, verified.
    Said(Said<'a>),
    /// 204, verified: done, and nothing to say.
    Done,
    Failed(Failure),
}

/// The body of an answer that is WeChat Pay's own.
pub(crate) struct Said<'a>(&'a [u8]);

impl<'a> Answer<'a> {
    /// Successes must be signed; failures may be, and then the signature must hold.
    pub(crate) fn verify(
        account: &Account,
        call: &Call,
        response: &'a Response,
    ) -> Result<Self, ParseError> {
        let (status, headers, body) = (response.status(), response.headers(), response.body());
        if body.len() > MAX_ANSWER {
            return Err(ParseError::Malformed("it is too long"));
        }
        let signed = status.is_success() || headers.contains_key(SIGNATURE);
        if signed {
            signature::verify(&account.keys, headers, body, call.now)?;
        }
        match status {
            StatusCode::OK => Ok(Self::Said(Said(body))),
            StatusCode::NO_CONTENT if body.is_empty() => Ok(Self::Done),
            _ => Ok(Self::Failed(Failure::read(status, body, signed))),
        }
    }
}

impl<'a> Said<'a> {
    /// Of an answer that was verified.
    pub(crate) fn by(verified: &'a Response) -> Self {
        Self(verified.body())
    }

    /// A member that is there twice is refused by serde.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, ParseError> {
        serde_json::from_slice(self.0).map_err(|_| ParseError::Malformed("it does not read"))
    }
}

/// Words of success where the operation has none.
pub(crate) const UNEXPECTED: ParseError = ParseError::Malformed("it answers something else");

#[cfg(test)]
mod tests;

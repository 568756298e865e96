//! A synchronous answer: signed over all it says, or a failure that proves nothing.

use http::StatusCode;
use paymux_channel::{ParseError, Response};

use super::codes::Failure;
use super::key::SignType;
use super::settings::Account;
use super::xml::Fields;

pub(crate) enum Answer {
    /// Verified, and `result_code` is `SUCCESS`: the call worked, whatever it then says.
    Said(Fields),
    Failed(Failure),
}

impl Answer {
    pub(crate) fn verify(account: &Account, response: &Response) -> Result<Self, ParseError> {
        Self::verify_as(account.sign_type, account, response)
    }

    /// `return_code` is about the message, `result_code` about the call, and neither about money.
    pub(crate) fn verify_as(
        kind: SignType,
        account: &Account,
        response: &Response,
    ) -> Result<Self, ParseError> {
        if response.status() != StatusCode::OK {
            return Ok(Self::Failed(Failure::of_status(response.status())));
        }
        let fields = Fields::read(response.body(), "xml").map_err(ParseError::Malformed)?;
        match fields.text("return_code") {
            Some("SUCCESS") => {}
            Some("FAIL") => return Ok(Self::Failed(Failure::unsigned(&fields))),
            Some(_) | None => return Err(ParseError::Malformed("return_code")),
        }
        if !account.signed_as(kind, &fields) {
            return Err(ParseError::Signature);
        }
        match fields.text("result_code") {
            Some("SUCCESS") if account.mismatch(&fields).is_some() => Err(STRANGER),
            Some("FAIL") if account.names_another(&fields) => Err(STRANGER),
            Some("SUCCESS") => Ok(Self::Said(fields)),
            Some("FAIL") => Ok(Self::Failed(Failure::signed(&fields))),
            Some(_) | None => Err(ParseError::Malformed("result_code")),
        }
    }
}

const STRANGER: ParseError = ParseError::Malformed("it answers for another account");

/// The signature does not bind the question: another order's answer would verify, too.
pub(crate) fn about(fields: &Fields, name: &'static str, ours: &str) -> Result<(), ParseError> {
    if fields.text(name) == Some(ours) { Ok(()) } else { Err(ParseError::Malformed(name)) }
}

#[cfg(test)]
mod tests;

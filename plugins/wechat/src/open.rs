//! The open platform: plain requests that carry the application's secret, and unsigned answers of
//! which TLS alone says whose they are.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{Method, StatusCode, Uri};
use paymux_channel::{BuildError, Outcome, ParseError, Response, Secret, Step};
use paymux_core::payment::Refusal;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::request::{AGENT, JSON, TARGET};
use crate::settings::Merchant;

/// A token has some hundred characters.
const MAX_ANSWER: usize = 16 * 1024;
const MAX_MESSAGE: usize = 256;

/// Codes after which the same question has the same answer; each other code is unknown. From
/// developers.weixin.qq.com: the pages of the four calls, and the table of global return codes.
const DEFINITE: &[i64] = &[
    // The code is no code, or was used, or is too old.
    40029, 40163, 42003, 41008, // The payer is blocked as a risk.
    40226, // The application or its secret is another one, was frozen or is missing.
    40013, 40125, 40001, 41002, 41004, 40243, 50002,
    // This machine's address is not on the application's list.
    40164, // The kind of grant is wrong.
    40002,
];

#[derive(Deserialize)]
struct Failed {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl Merchant {
    /// `query` is escaped already.
    pub(crate) fn open_get(&self, path: &str, query: &str) -> Result<Step, BuildError> {
        self.open_send(Method::GET, &format!("{path}?{query}"), String::new())
    }

    pub(crate) fn open_post(&self, path: &str, body: String) -> Result<Step, BuildError> {
        self.open_send(Method::POST, path, body)
    }

    fn open_send(&self, method: Method, target: &str, body: String) -> Result<Step, BuildError> {
        let uri: Uri = format!("{}{target}", self.open.base).parse().map_err(|_| TARGET)?;
        let request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header(ACCEPT, JSON)
            .header(USER_AGENT, AGENT)
            .header(CONTENT_TYPE, JSON)
            .body(Bytes::from(body))
            .map_err(|_| TARGET)?;
        Ok(Step::Send(Box::new(request)))
    }
}

/// What was asked for, or the outcome that says why not.
pub(crate) fn read<T: DeserializeOwned>(
    response: &Response,
) -> Result<Result<T, Outcome>, ParseError> {
    let (status, body) = (response.status(), response.body());
    if body.len() > MAX_ANSWER {
        return Err(ParseError::Malformed("it is too long"));
    }
    if status != StatusCode::OK {
        return Ok(Err(Outcome::Unknown { code: format!("HTTP_{}", status.as_u16()) }));
    }
    // A list would fit a structure, too.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(UNREADABLE);
    }
    let failed: Failed = serde_json::from_slice(body).map_err(|_| UNREADABLE)?;
    if failed.errcode != 0 {
        return Ok(Err(failed.outcome()));
    }
    serde_json::from_slice(body).map(Ok).map_err(|_| UNREADABLE)
}

const UNREADABLE: ParseError = ParseError::Malformed("it does not read");

impl Failed {
    fn outcome(self) -> Outcome {
        let code = self.errcode.to_string();
        if !DEFINITE.contains(&self.errcode) {
            return Outcome::Unknown { code };
        }
        let printable = self.errmsg.chars().filter(|it| !it.is_control());
        Outcome::Refused(Refusal { code, message: printable.take(MAX_MESSAGE).collect() })
    }
}

/// Of an application of ours, where it is set.
pub(crate) fn secret(secret: Option<&Secret>) -> Result<&str, BuildError> {
    secret.map(Secret::expose).ok_or(BuildError::Unsupported)
}

#[cfg(test)]
mod tests;

//! Signed requests: the signature covers method, target, time, nonce and body as they travel.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Uri};
use paymux_channel::{BuildError, Call, Step};
use serde::Serialize;

use crate::settings::{Account, Merchant};
use crate::signature::{SCHEME, SERIAL};

pub(crate) const JSON: &str = "application/json";
/// Must not be empty.
pub(crate) const AGENT: &str = concat!("paymux/", env!("CARGO_PKG_VERSION"));
/// Longest `notify_url`.
const MAX_ADDRESS: usize = 255;

const NOTIFY_URL: BuildError = BuildError::Limit {
    field: "notify_url",
    limit: "an absolute URL of at most 255 characters, without query",
};
/// Paths of ours always are; a merchant's own may not be.
pub(crate) const TARGET: BuildError =
    BuildError::Limit { field: "api", limit: "a path of APIv3 and its query" };

impl Account {
    pub(crate) fn get(&self, path: &str, call: &Call) -> Result<Step, BuildError> {
        self.send(Method::GET, path, String::new(), call)
    }

    pub(crate) fn post(
        &self,
        path: &str,
        call: &Call,
        body: &impl Serialize,
    ) -> Result<Step, BuildError> {
        let body = serde_json::to_string(body);
        let body = body.expect("texts and numbers under fixed names always serialize");
        self.send(Method::POST, path, body, call)
    }

    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        body: String,
        call: &Call,
    ) -> Result<Step, BuildError> {
        let uri: Uri = format!("{}{path}", self.base).parse().map_err(|_| TARGET)?;
        self.send_to(method, uri, body, call)
    }

    pub(crate) fn send_to(
        &self,
        method: Method,
        uri: Uri,
        body: String,
        call: &Call,
    ) -> Result<Step, BuildError> {
        // What is signed is what is sent, a prefix of the base included.
        let target = uri.path_and_query().map_or("/", |it| it.as_str());
        let authorization = self.authorization(&method, target, &body, call)?;
        let mut value = HeaderValue::from_str(&authorization).map_err(|_| BuildError::Sign)?;
        value.set_sensitive(true);
        let mut request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header(ACCEPT, JSON)
            .header(USER_AGENT, AGENT)
            .header(AUTHORIZATION, value);
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, JSON);
        }
        if let Some(id) = &self.public_key_id {
            // Chooses the key that signs the answer.
            request = request.header(SERIAL, id);
        }
        let request = request.body(Bytes::from(body)).map_err(|_| TARGET)?;
        Ok(Step::Send(Box::new(request)))
    }

    pub(crate) fn authorization(
        &self,
        method: &Method,
        target: &str,
        body: &str,
        call: &Call,
    ) -> Result<String, BuildError> {
        let nonce = call.nonce_text();
        let timestamp = call.now.as_secs();
        let message = format!("{method}\n{target}\n{timestamp}\n{nonce}\n{body}\n");
        let sign = self.private_key.sign(message.as_bytes()).map_err(|_| BuildError::Sign)?;
        let Self { merchant_serial, merchant: Merchant { mch_id, .. }, .. } = self;
        Ok(format!(
            "{SCHEME} mchid=\"{mch_id}\",nonce_str=\"{nonce}\",signature=\"{sign}\",\
             timestamp=\"{timestamp}\",serial_no=\"{merchant_serial}\""
        ))
    }
}

/// An address WeChat Pay calls: absolute, without query or fragment.
pub(crate) fn notify_url(url: &str) -> Result<&str, BuildError> {
    let absolute = url.starts_with("https://") || url.starts_with("http://");
    let plain = url.bytes().all(|it| it.is_ascii_graphic() && it != b'?' && it != b'#');
    let fits = url.len() <= MAX_ADDRESS;
    if absolute && plain && fits { Ok(url) } else { Err(NOTIFY_URL) }
}

#[cfg(test)]
mod tests;

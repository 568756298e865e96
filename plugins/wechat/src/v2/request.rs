//! Signed requests: every one a POST of XML that names the merchant and how it is signed.

use bytes::Bytes;
use http::Uri;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use paymux_channel::{BuildError, Call, Step};

use super::key::{SIGN, SignType};
use super::settings::Account;
use super::xml;
use crate::percent::encode;
use crate::request::AGENT;

const XML: &str = "text/xml; charset=utf-8";
pub(crate) const TARGET: BuildError = BuildError::Limit {
    field: "api",
    limit: "a path of APIv2 whose answers are signed, such as /tools/shorturl",
};
/// How a message is signed that does not say.
pub(crate) const UNNAMED: SignType = SignType::Md5;
/// Signed as it is and sent escaped, alone among all fields.
const LONG_URL: &str = "long_url";

/// Names and values, in any order.
pub(crate) type Pairs<'a> = Vec<(&'a str, String)>;

impl Account {
    /// Whatever varies between two equal requests is the nonce, and the signature for it.
    pub(crate) fn post(
        &self,
        path: &str,
        call: &Call,
        mut pairs: Pairs<'_>,
    ) -> Result<Step, BuildError> {
        pairs.push(("sign_type", self.sign_type.name().to_owned()));
        self.post_signed(self.sign_type, path, call, pairs)
    }

    /// Of calls whose documents know no `sign_type`, [`UNNAMED`] signs.
    pub(crate) fn post_signed(
        &self,
        kind: SignType,
        path: &str,
        call: &Call,
        mut pairs: Pairs<'_>,
    ) -> Result<Step, BuildError> {
        pairs.push(("nonce_str", call.nonce_text()));
        let sign = self.sign_as(kind, &pairs);
        pairs.push((SIGN, sign));
        if let Some((_, url)) = pairs.iter_mut().find(|it| it.0 == LONG_URL) {
            *url = encode(url);
        }
        let body = xml::write(pairs.iter().map(|(name, value)| (*name, value.as_str())));
        let uri: Uri = format!("{}{path}", self.merchant.base).parse().map_err(|_| TARGET)?;
        let request = http::Request::post(uri)
            .header(ACCEPT, "*/*")
            .header(USER_AGENT, AGENT)
            .header(CONTENT_TYPE, XML)
            .body(Bytes::from(body))
            .map_err(|_| TARGET)?;
        Ok(Step::Send(Box::new(request)))
    }

    pub(crate) fn sign(&self, pairs: &[(&str, String)]) -> String {
        self.sign_as(self.sign_type, pairs)
    }

    /// By the first key; the others verify what was signed before it.
    pub(crate) fn sign_as(&self, kind: SignType, pairs: &[(&str, String)]) -> String {
        let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        self.keys[0].sign(kind, pairs)
    }
}

//! Signed requests, and the ways they travel: our own POST, the payer's browser, an app.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use form_urlencoded::{EncodingOverride, Serializer};
use http::header::{ACCEPT, CONTENT_TYPE};
use paymux_channel::canonical::sorted_pairs;
use paymux_channel::{BuildError, Call, Step};
use paymux_core::payment::Action;
use serde::Serialize;

use crate::charset::Charset;
use crate::settings::{Account, Visit};
use crate::time;
use crate::wire::Api;

/// Longest `notify_url` and `return_url`.
const MAX_ADDRESS: usize = 256;

/// Parameters in the order in which they travel.
pub(crate) type Parameters = Vec<(&'static str, String)>;

type Addresses<'a> = &'a [(&'static str, &'a str)];

/// One request, signed as a whole.
pub(crate) struct Signed {
    /// The protocol's, which the server needs to read the others.
    pub(crate) query: Parameters,
    /// The business.
    pub(crate) body: Parameters,
}

impl Account {
    pub(crate) fn post(
        &self,
        api: Api,
        call: &Call,
        addresses: Addresses<'_>,
        biz: &impl Serialize,
    ) -> Result<Step, BuildError> {
        self.post_text(api.name(), call, addresses, Some(&json(biz)))
    }

    pub(crate) fn post_text(
        &self,
        method: &str,
        call: &Call,
        addresses: Addresses<'_>,
        biz: Option<&str>,
    ) -> Result<Step, BuildError> {
        let body = biz.map(|it| self.content(it)).transpose()?.unwrap_or_default();
        self.send(self.signed(method, call, addresses, body)?)
    }

    /// For methods whose business is no JSON.
    pub(crate) fn post_fields(
        &self,
        api: Api,
        call: &Call,
        fields: &[(&'static str, &str)],
    ) -> Result<Step, BuildError> {
        let body = fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
        self.send(self.signed(api.name(), call, &[], body.collect())?)
    }

    fn send(&self, signed: Signed) -> Result<Step, BuildError> {
        let form = format!("application/x-www-form-urlencoded;charset={}", self.charset.name());
        let request = http::Request::builder()
            .method(http::Method::POST)
            .uri(format!("{}?{}", self.gateway, encode(self.charset, &signed.query)))
            .header(CONTENT_TYPE, form)
            .header(ACCEPT, "application/json")
            .body(Bytes::from(encode(self.charset, &signed.body)));
        let limit = "an address that takes a query";
        let request = request.map_err(|_| BuildError::Limit { field: "gateway", limit })?;
        Ok(Step::Send(Box::new(request)))
    }

    /// For the payer's browser: everything in one address, or a form that it posts.
    pub(crate) fn visit(
        &self,
        api: Api,
        call: &Call,
        addresses: Addresses<'_>,
        biz: &impl Serialize,
    ) -> Result<Action, BuildError> {
        match self.visit {
            Visit::Get => {
                let signed = self.signed(api.name(), call, addresses, self.content(&json(biz))?)?;
                let all = [signed.query, signed.body].concat();
                Ok(Action::Redirect(format!("{}?{}", self.gateway, encode(self.charset, &all))))
            }
            Visit::Post => {
                let body = self.content(&ascii(&json(biz)))?;
                let signed = self.signed(api.name(), call, addresses, body)?;
                let url = format!("{}?{}", self.gateway, encode(self.charset, &signed.query));
                let fields = signed.body.into_iter().map(|(name, value)| (name.to_owned(), value));
                Ok(Action::Form { url, fields: fields.collect::<BTreeMap<_, _>>() })
            }
        }
    }

    /// For an app, which must hand it on untouched.
    pub(crate) fn order_string(
        &self,
        api: Api,
        call: &Call,
        addresses: Addresses<'_>,
        biz: &impl Serialize,
    ) -> Result<String, BuildError> {
        let signed = self.signed(api.name(), call, addresses, self.content(&json(biz))?)?;
        Ok(encode(self.charset, &[signed.query, signed.body].concat()))
    }

    /// `biz_content`, encrypted where the account has a key for it.
    pub(crate) fn content(&self, biz: &str) -> Result<Parameters, BuildError> {
        let Some(cipher) = &self.cipher else { return Ok(vec![("biz_content", biz.to_owned())]) };
        let bytes = self.charset.encode(biz).ok_or(BuildError::Sign)?;
        let sealed = cipher.encrypt(&bytes).ok_or(BuildError::Sign)?;
        Ok(vec![("encrypt_type", "AES".to_owned()), ("biz_content", sealed)])
    }

    /// No parameter is ever empty: the SDKs disagree on what the signed text is then.
    pub(crate) fn signed(
        &self,
        method: &str,
        call: &Call,
        addresses: Addresses<'_>,
        body: Parameters,
    ) -> Result<Signed, BuildError> {
        let mut query = self.protocol(method, call)?;
        for &(name, url) in addresses {
            query.push((name, fit_address(name, url)?));
        }
        let pairs = query.iter().chain(&body).map(|(name, value)| (*name, value.as_str()));
        let text = sorted_pairs(pairs);
        let bytes = self.charset.encode(&text).ok_or(BuildError::Sign)?;
        let sign = self.own_key.sign(&bytes).map_err(|_| BuildError::Sign)?;
        query.push(("sign", sign));
        Ok(Signed { query, body })
    }

    fn protocol(&self, method: &str, call: &Call) -> Result<Parameters, BuildError> {
        let timestamp = time::write(call.now).ok_or(BuildError::Sign)?;
        let mut query: Parameters = vec![
            ("method", method.to_owned()),
            ("app_id", self.app_id.clone()),
            ("charset", self.charset.name().into()),
            ("version", "1.0".into()),
            ("sign_type", self.own_key.sign_type().name().into()),
            ("timestamp", timestamp),
        ];
        if let Some(certificates) = self.trust.certificates() {
            query.push(("app_cert_sn", certificates.app_cert_sn.clone()));
            query.push(("alipay_root_cert_sn", certificates.root_cert_sn.clone()));
        }
        if let Some(delegate) = &self.delegate {
            query.push(("app_auth_token", delegate.app_auth_token.expose().to_owned()));
        }
        Ok(query)
    }
}

fn json(biz: &impl Serialize) -> String {
    serde_json::to_string(biz).expect("texts under fixed names always serialize")
}

/// The page that posts the form may be in any encoding: plain ASCII is the same in all of them.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for it in json.chars() {
        if it.is_ascii() {
            text.push(it);
        } else {
            let mut units = [0; 2];
            let units = it.encode_utf16(&mut units).iter();
            text.extend(units.map(|it| format!("\\u{it:04x}")));
        }
    }
    text
}

fn encode(charset: Charset, parameters: &[(&'static str, String)]) -> String {
    let bytes: EncodingOverride<'_> = match charset {
        Charset::Utf8 => None,
        Charset::Gbk => Some(&gbk),
    };
    Serializer::new(String::new()).encoding_override(bytes).extend_pairs(parameters).finish()
}

/// What has no bytes could not be signed, so it never comes here.
fn gbk(text: &str) -> Cow<'_, [u8]> {
    Charset::Gbk.encode(text).unwrap_or_default()
}

fn fit_address(name: &'static str, url: &str) -> Result<String, BuildError> {
    let fits =
        (1..=MAX_ADDRESS).contains(&url.len()) && url.bytes().all(|it| it.is_ascii_graphic());
    let limit = "1 to 256 printable ASCII characters";
    if fits { Ok(url.to_owned()) } else { Err(BuildError::Limit { field: name, limit }) }
}

#[cfg(test)]
mod tests;

//! Signed requests, and the two ways they travel: our own POST, and the payer's browser.

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::header::{ACCEPT, CONTENT_TYPE};
use paymux_channel::canonical::sorted_pairs;
use paymux_channel::{BuildError, Call, Step};
use serde::Serialize;

use crate::settings::Account;
use crate::time;
use crate::wire::Api;

const FORM: &str = "application/x-www-form-urlencoded;charset=utf-8";
/// Longest `notify_url` and `return_url`.
const MAX_ADDRESS: usize = 256;

/// Parameters in the order in which they travel.
pub(crate) type Parameters = Vec<(&'static str, String)>;

impl Account {
    /// The protocol's parameters go into the query, since the server needs `charset` to read the
    /// body; the business goes into the body.
    pub(crate) fn post(
        &self,
        api: Api,
        call: &Call,
        addresses: &[(&'static str, &str)],
        biz: &impl Serialize,
    ) -> Result<Step, BuildError> {
        let biz = json(biz);
        let parameters = self.signed(api, call, addresses, &biz)?;
        let uri = format!("{}?{}", self.gateway, encode(&parameters));
        let body = encode(&[("biz_content", biz)]);
        let request = http::Request::builder()
            .method(http::Method::POST)
            .uri(uri)
            .header(CONTENT_TYPE, FORM)
            .header(ACCEPT, "application/json")
            .body(Bytes::from(body));
        Ok(Step::Send(Box::new(request.map_err(|_| BuildError::Unfit("gateway"))?)))
    }

    /// Everything in one address, for the payer's browser.
    pub(crate) fn address(
        &self,
        api: Api,
        call: &Call,
        addresses: &[(&'static str, &str)],
        biz: &impl Serialize,
    ) -> Result<String, BuildError> {
        let biz = json(biz);
        let mut parameters = self.signed(api, call, addresses, &biz)?;
        parameters.push(("biz_content", biz));
        Ok(format!("{}?{}", self.gateway, encode(&parameters)))
    }

    /// All but `biz_content`, which is signed with them. No parameter is ever empty: the SDKs
    /// disagree on what the signed text is then.
    pub(crate) fn signed(
        &self,
        api: Api,
        call: &Call,
        addresses: &[(&'static str, &str)],
        biz: &str,
    ) -> Result<Parameters, BuildError> {
        let timestamp = time::write(call.now).ok_or(BuildError::Unfit("time"))?;
        let mut parameters: Parameters = vec![
            ("method", api.name().into()),
            ("app_id", self.app_id.clone()),
            ("charset", "utf-8".into()),
            ("version", "1.0".into()),
            ("sign_type", "RSA2".into()),
            ("timestamp", timestamp),
        ];
        for &(name, url) in addresses {
            parameters.push((name, fit_address(name, url)?));
        }
        let pairs = parameters.iter().map(|(name, value)| (*name, value.as_str()));
        let text = sorted_pairs(pairs.chain([("biz_content", biz)]));
        let sign = self.private_key.sign(text.as_bytes()).map_err(|_| BuildError::Sign)?;
        parameters.push(("sign", sign));
        Ok(parameters)
    }
}

fn json(biz: &impl Serialize) -> String {
    serde_json::to_string(biz).expect("texts under fixed names always serialize")
}

fn encode(parameters: &[(&'static str, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(parameters).finish()
}

fn fit_address(name: &'static str, url: &str) -> Result<String, BuildError> {
    let fits =
        (1..=MAX_ADDRESS).contains(&url.len()) && url.bytes().all(|it| it.is_ascii_graphic());
    if fits { Ok(url.to_owned()) } else { Err(BuildError::Unfit(name)) }
}

#[cfg(test)]
mod tests;

//! The merchant's side of version 2: XML and shared-key signatures, written against the documents.

use std::collections::BTreeMap;

use aes::cipher::{Block, BlockCipherDecrypt as _, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac as _;
use http::Request;
use md5::Digest as _;

use super::rig::{Reply, Rig};
use super::tls::Secured;
use crate::crypto::random_hex;

pub(super) type Params = BTreeMap<String, String>;

pub(super) fn params(pairs: &[(&str, &str)]) -> Params {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

/// Upper-case hexadecimal; the length tells which of the two.
pub(super) fn sign(params: &Params, key: &str, kind: &str) -> String {
    let kept = params.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    let list: Vec<_> = kept.map(|(name, value)| format!("{name}={value}")).collect();
    let text = format!("{}&key={key}", list.join("&"));
    if kind == "MD5" {
        return hex::encode_upper(md5::Md5::digest(text));
    }
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    hex::encode_upper(mac.finalize().into_bytes())
}

pub(super) fn xml(params: &Params) -> String {
    let list = params.iter().map(|(name, value)| format!("<{name}><![CDATA[{value}]]></{name}>"));
    format!("<xml>{}</xml>", list.collect::<String>())
}

/// Good enough for what this simulator writes: elements of text or of one CDATA section.
pub(super) fn parse(root: &str, text: &str) -> Params {
    let body = text.split_once(&format!("<{root}>")).unwrap().1;
    let lines = body.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix('<')?.split_once('>')?;
        let value = rest.strip_suffix(&format!("</{name}>"))?;
        let value =
            value.strip_prefix("<![CDATA[").map_or(value, |v| v.strip_suffix("]]>").unwrap());
        Some((name.to_owned(), value.to_owned()))
    });
    lines.collect()
}

impl Rig {
    pub(super) fn signed(&self, mut own: Params, kind: &str) -> String {
        let wechat = &self.merchant.own.wechat;
        own.entry("appid".into()).or_insert_with(|| wechat.app_id.clone());
        own.entry("mch_id".into()).or_insert_with(|| wechat.mch_id.clone());
        own.insert("nonce_str".into(), random_hex(16));
        if kind != "MD5" {
            own.insert("sign_type".into(), kind.into());
        }
        let sign = sign(&own, &wechat.api_v2_key, kind);
        own.insert("sign".into(), sign);
        xml(&own)
    }

    pub(super) async fn post_v2(&self, path: &str, body: String) -> Reply {
        let request = Request::post(self.at(&format!("/wechat{path}"))).body(body).unwrap();
        self.send(request).await.unwrap()
    }

    /// The answer, whose signature is right and of the request's kind.
    pub(super) async fn v2_by(&self, kind: &str, path: &str, pairs: &[(&str, &str)]) -> Params {
        let reply = self.post_v2(path, self.signed(params(pairs), kind)).await;
        self.opened(kind, &reply.text)
    }

    pub(super) async fn v2(&self, path: &str, pairs: &[(&str, &str)]) -> Params {
        self.v2_by("MD5", path, pairs).await
    }

    /// The same over mutual TLS.
    pub(super) async fn v2_secured(&self, path: &str, pairs: &[(&str, &str)]) -> Params {
        let body = self.signed(params(pairs), "MD5");
        let secured = Secured::new(&self.merchant.own.wechat, true);
        let url = format!("{}{path}", self.sandbox.wechat_tls_url());
        let (status, text) = secured.post(&url, body).await.unwrap();
        assert_eq!(status, 200, "{text}");
        self.opened("MD5", &text)
    }

    pub(super) fn opened(&self, kind: &str, text: &str) -> Params {
        let said = parse("xml", text);
        let own = sign(&said, &self.merchant.own.wechat.api_v2_key, kind);
        assert_eq!(said.get("sign"), Some(&own), "{text}");
        said
    }
}

/// AES-256-ECB under the lower-case digits of the key's MD5.
pub(super) fn unseal(key: &str, req_info: &str) -> String {
    let digits = hex::encode(md5::Md5::digest(key));
    let cipher = aes::Aes256::new_from_slice(digits.as_bytes()).unwrap();
    let mut bytes = STANDARD.decode(req_info).unwrap();
    for chunk in bytes.chunks_exact_mut(16) {
        cipher.decrypt_block(<&mut Block<aes::Aes256>>::try_from(chunk).unwrap());
    }
    let pad = usize::from(*bytes.last().unwrap());
    bytes.truncate(bytes.len() - pad);
    String::from_utf8(bytes).unwrap()
}

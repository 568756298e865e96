//! The merchant's side of both protocols, written against the documents and not against `src`.

use std::collections::BTreeMap;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use serde_json::Value;

use crate::clock;
use crate::crypto::{Signer, Verifier, random_hex};
use crate::setup::Credentials;

pub(super) struct Merchant {
    pub(super) own: Credentials,
    alipay_signer: Signer,
    alipay_verifier: Verifier,
    wechat_signer: Signer,
    wechat_verifier: Verifier,
}

pub(super) type Params = BTreeMap<String, String>;

impl Merchant {
    pub(super) fn demo() -> Self {
        let own = Credentials::demo();
        Self {
            alipay_signer: Signer::from_pem(&own.alipay.private_key_pem).unwrap(),
            alipay_verifier: Verifier::from_pem(&own.alipay.alipay_public_key_pem).unwrap(),
            wechat_signer: Signer::from_pem(&own.wechat.private_key_pem).unwrap(),
            wechat_verifier: Verifier::from_pem(&own.wechat.public_key_pem).unwrap(),
            own,
        }
    }

    /// Common parameters and `biz_content`, unsigned.
    pub(super) fn alipay_params(&self, method: &str, biz: &Value) -> Params {
        let timestamp = clock::spaced(clock::now());
        let pairs = [
            ("app_id", self.own.alipay.app_id.as_str()),
            ("method", method),
            ("format", "JSON"),
            ("charset", "utf-8"),
            ("sign_type", "RSA2"),
            ("timestamp", &timestamp),
            ("version", "1.0"),
            ("biz_content", &biz.to_string()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    pub(super) fn sign_alipay(&self, mut params: Params) -> Params {
        let sign = self.alipay_signer.sign(joined(&params, &[]).as_bytes());
        params.insert("sign".into(), sign);
        params
    }

    /// The node of a gateway answer, cut out as text and verified.
    pub(super) fn open_alipay(&self, method: &str, text: &str) -> Option<Value> {
        let name = format!("{{\"{}_response\":", method.replace('.', "_"));
        let (node, sign) = text.strip_prefix(&name)?.rsplit_once(",\"sign\":\"")?;
        let sign = sign.strip_suffix("\"}")?;
        let valid = self.alipay_verifier.accepts(node.as_bytes(), sign);
        valid.then(|| serde_json::from_str(node).unwrap())
    }

    /// A notification or a return query: its parameters if the signature is right.
    pub(super) fn open_form(&self, form: &str) -> Option<Params> {
        let params: Params = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let text = joined(&params, &["sign", "sign_type"]);
        let valid = self.alipay_verifier.accepts(text.as_bytes(), params.get("sign")?);
        valid.then_some(params)
    }

    /// `Authorization` for a request whose target is `url`.
    pub(super) fn authorize(&self, method: &str, url: &str, body: &str, at: i64) -> String {
        let nonce = random_hex(16);
        let message = format!("{method}\n{url}\n{at}\n{nonce}\n{body}\n");
        let signature = self.wechat_signer.sign(message.as_bytes());
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{}\",nonce_str=\"{nonce}\",timestamp=\"{at}\",\
             serial_no=\"{}\",signature=\"{signature}\"",
            self.own.wechat.mch_id, self.own.wechat.merchant_serial
        )
    }

    /// The merchant's own, for which nobody seals for the platform.
    pub(super) fn public_key(&self) -> String {
        crate::Parties::demo().wechat.merchant_public_key_pem
    }

    /// What a client package is signed with.
    pub(super) fn sign(&self, message: &str) -> String {
        self.wechat_signer.sign(message.as_bytes())
    }

    /// Whether an answer's or a notification's headers sign its body.
    pub(super) fn trusts(&self, headers: &HeaderMap, body: &str) -> bool {
        let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let message = format!(
            "{}\n{}\n{body}\n",
            value("wechatpay-timestamp").unwrap_or_default(),
            value("wechatpay-nonce").unwrap_or_default(),
        );
        let signature = value("wechatpay-signature").unwrap_or_default();
        self.wechat_verifier.accepts(message.as_bytes(), signature)
    }

    /// The same by the key of a platform certificate.
    pub(super) fn trusts_by(&self, headers: &HeaderMap, body: &str, certificate: &str) -> bool {
        use x509_cert::der::{DecodePem as _, EncodePem as _, pem::LineEnding};
        let certificate = x509_cert::Certificate::from_pem(certificate).unwrap();
        let key = certificate.tbs_certificate().subject_public_key_info();
        let verifier = Verifier::from_pem(&key.to_pem(LineEnding::LF).unwrap()).unwrap();
        let value = |name: &str| headers[name].to_str().unwrap();
        let (at, nonce) = (value("wechatpay-timestamp"), value("wechatpay-nonce"));
        let message = format!("{at}\n{nonce}\n{body}\n");
        verifier.accepts(message.as_bytes(), value("wechatpay-signature"))
    }

    /// A resource of a notification or of the certificates list.
    pub(super) fn unseal(&self, resource: &Value) -> String {
        let text = |name: &str| resource[name].as_str().unwrap();
        let key = self.own.wechat.api_v3_key.as_bytes();
        let cipher = Aes256Gcm::new_from_slice(key).unwrap();
        let sealed = STANDARD.decode(text("ciphertext")).unwrap();
        let aad = text("associated_data").as_bytes();
        let nonce = text("nonce").as_bytes().try_into().unwrap();
        let plain = cipher.decrypt(nonce, Payload { msg: &sealed, aad }).unwrap();
        String::from_utf8(plain).unwrap()
    }
}

pub(super) fn joined(params: &Params, without: &[&str]) -> String {
    let kept = params
        .iter()
        .filter(|(name, value)| !without.contains(&name.as_str()) && !value.is_empty());
    kept.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

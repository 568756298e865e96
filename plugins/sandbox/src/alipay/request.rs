//! A gateway request: its checks in the gateway's order, and what a call is after them.

use super::answer::{Manner, Node};
use super::api::Api;
use super::biz::Biz;
use super::charset::{Charset, Params, params};
use super::codes::refused;
use super::desk::AlipayDesk;
use crate::clock;
use crate::crypto::Hash;
use crate::setup::Config;

/// A call that passed every check of the gateway itself.
pub(super) struct Call {
    pub(super) api: Api,
    pub(super) method: String,
    pub(super) manner: Manner,
    pub(super) biz: Biz,
    pub(super) params: Params,
    /// The merchant called for: the application's own, or the one who authorized it.
    pub(super) seller_id: String,
    pub(super) auth_app_id: String,
}

impl Call {
    /// A common parameter; empty is absent.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// A refusal by the gateway; only what comes before the signature check is unsigned.
pub(super) struct Rejection {
    pub(super) method: Option<String>,
    pub(super) manner: Manner,
    pub(super) node: Node,
    pub(super) signed: bool,
}

/// Sorted `key=value` joined by `&`: without `sign`, without empty values, nothing encoded.
pub(crate) fn canonical(params: &Params) -> String {
    let signed = params.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    signed.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Checks in the gateway's order: application, presence, form, signature, method, certificates,
/// decryption, content.
pub(super) fn open(
    config: &Config,
    desk: &AlipayDesk,
    query: &[u8],
    body: &[u8],
) -> Result<Call, Box<Rejection>> {
    let Some((params, charset)) = params(query, body) else {
        let node = Node::invalid("isv.invalid-parameter", "参数重复");
        let manner = Manner::default();
        return Err(Box::new(Rejection { method: None, manner, node, signed: false }));
    };
    let manner = Manner::of(&params, charset.unwrap_or_default(), config);
    let method = params.get("method").cloned();
    let gate = Gate { config, desk, params: &params, charset, manner: &manner };
    match gate.pass() {
        Ok((api, biz, (seller_id, auth_app_id))) => Ok(Call {
            api,
            method: method.unwrap_or_default(),
            manner,
            biz,
            params,
            seller_id,
            auth_app_id,
        }),
        Err((node, signed)) => {
            // What was refused here was not read, so it is not answered in cipher either.
            let manner = Manner { encrypted: false, ..manner };
            Err(Box::new(Rejection { method, manner, node, signed }))
        }
    }
}

/// A node, and whether it is signed.
type Refused = (Node, bool);

struct Gate<'a> {
    config: &'a Config,
    desk: &'a AlipayDesk,
    params: &'a Params,
    charset: Option<Charset>,
    manner: &'a Manner,
}

const REQUIRED: [(&str, &str); 5] = [
    ("method", "isv.missing-method"),
    ("sign_type", "isv.missing-signature-type"),
    ("sign", "isv.missing-signature"),
    ("timestamp", "isv.missing-timestamp"),
    ("version", "isv.missing-version"),
];

impl Gate<'_> {
    fn pass(&self) -> Result<(Api, Biz, (String, String)), Refused> {
        self.application()?;
        let signed = |node| (node, true);
        self.presence().map_err(signed)?;
        self.form().map_err(signed)?;
        self.signature().map_err(signed)?;
        self.pace().map_err(signed)?;
        let api = self.method().map_err(signed)?;
        self.certificates().map_err(signed)?;
        let merchant = self.merchant().map_err(signed)?;
        let biz = self.content().map_err(signed)?;
        Ok((api, biz, merchant))
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    fn application(&self) -> Result<(), Refused> {
        match self.value("app_id") {
            None => Err((refused("isv.missing-app-id"), false)),
            Some(id) if id != self.desk.party.app_id => Err((refused("isv.invalid-app-id"), false)),
            Some(_) => Ok(()),
        }
    }

    fn presence(&self) -> Result<(), Node> {
        let missing = REQUIRED.iter().find(|(name, _)| self.value(name).is_none());
        missing.map_or(Ok(()), |(_, sub_code)| Err(refused(sub_code)))
    }

    fn form(&self) -> Result<(), Node> {
        if self.charset.is_none() || self.value("charset").is_none() {
            return Err(refused("isv.invalid-charset"));
        }
        if self.value("format").is_some_and(|format| !format.eq_ignore_ascii_case("json")) {
            return Err(refused("isv.invalid-format"));
        }
        match self.value("sign_type") {
            Some("RSA2") => {}
            Some("RSA") if self.config.alipay_rsa1 => {}
            _ => return Err(refused("isv.invalid-signature-type")),
        }
        if self.value("timestamp").and_then(clock::parse_spaced).is_none() {
            return Err(refused("isv.invalid-timestamp"));
        }
        if self.value("version") != Some("1.0") {
            return Err(Node::invalid("isv.invalid-parameter", "无效的版本参数"));
        }
        Ok(())
    }

    fn signature(&self) -> Result<(), Node> {
        let text = canonical(self.params);
        let sign = self.value("sign").unwrap_or_default();
        let bytes = self.manner.charset.encode(&text);
        if self.desk.verifier.accepts_with(self.manner.hash, &bytes, sign) {
            return Ok(());
        }
        // The real gateway shows the text it built, so that a developer can compare.
        let hint = format!(
            "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{}",
            text.replace('&', "&amp;")
        );
        Err(Node::invalid("isv.invalid-signature", &hint))
    }

    fn pace(&self) -> Result<(), Node> {
        let admitted = self.desk.admits(self.config.alipay_calls_per_second, clock::now());
        if admitted { Ok(()) } else { Err(refused("isv.app-call-limited")) }
    }

    fn method(&self) -> Result<Api, Node> {
        let method = self.value("method").unwrap_or_default();
        let unknown = if Api::exists_elsewhere(method) {
            "isv.insufficient-isv-permissions"
        } else {
            "isv.invalid-method"
        };
        Api::named(method).ok_or_else(|| refused(unknown))
    }

    fn certificates(&self) -> Result<(), Node> {
        let (app, root) = (self.value("app_cert_sn"), self.value("alipay_root_cert_sn"));
        if app.is_none() && root.is_none() && !self.config.alipay_certificates {
            return Ok(());
        }
        let app = app.ok_or_else(|| refused("isv.missing-app-cert-sn"))?;
        let root = root.ok_or_else(|| refused("isv.missing-alipay-root-cert-sn"))?;
        if app != self.desk.app_cert_sn {
            return Err(refused("isv.app-cert-not-exist"));
        }
        if root != self.desk.root_cert_sn {
            return Err(refused("isv.invalid-alipay-root-cert-sn"));
        }
        Ok(())
    }

    /// Seller and application of the merchant called for.
    fn merchant(&self) -> Result<(String, String), Node> {
        let party = &self.desk.party;
        let other = &party.merchant;
        match self.value("app_auth_token") {
            None => Ok((party.seller_id.clone(), party.app_id.clone())),
            Some(token) if token == other.app_auth_token => {
                Ok((other.seller_id.clone(), other.app_id.clone()))
            }
            Some(_) => Err(refused("aop.invalid-app-auth-token")),
        }
    }

    fn content(&self) -> Result<Biz, Node> {
        let Some(text) = self.value("biz_content") else { return Ok(Biz::default()) };
        let plain = if self.manner.encrypted {
            // What was encrypted are the bytes of the request's charset.
            let opened = self.desk.cipher.decrypt(text);
            let opened = opened.and_then(|bytes| self.manner.charset.read(&bytes));
            opened.ok_or_else(|| refused("isv.decryption-error-unknown"))?
        } else {
            text.to_owned()
        };
        Biz::parse(&plain).ok_or_else(|| {
            let sealed = self.desk.cipher.decrypt(text).is_some() && !self.manner.encrypted;
            let sub_code = "isv.decryption-error-missing-encrypt-type";
            refused(if sealed { sub_code } else { "isv.illegal-json" })
        })
    }
}

impl Manner {
    fn of(params: &Params, charset: Charset, config: &Config) -> Self {
        let value = |name: &str| params.get(name).map(String::as_str);
        let certificate = value("app_cert_sn").is_some() || config.alipay_certificates;
        Self {
            charset,
            hash: if value("sign_type") == Some("RSA") { Hash::Sha1 } else { Hash::Sha256 },
            certificate,
            encrypted: value("encrypt_type") == Some("AES"),
        }
    }
}

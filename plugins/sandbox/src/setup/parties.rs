//! The channel's side of every key: what the simulators verify and sign with.

use std::fmt;

use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};

use super::alipay::AlipayParty;
use super::certificate::{self, Authority, Certificate};
use super::credentials::{Credentials, WechatCredentials};
use super::pkcs12;
use crate::crypto::{random_digits, random_hex};

/// What both channels ask for.
const KEY_BITS: usize = 2048;

#[derive(Clone, Debug)]
pub struct Parties {
    pub alipay: AlipayParty,
    pub wechat: WechatParty,
}

#[derive(Clone)]
pub struct WechatParty {
    /// An official account; a mini program and a phone's app are bound to the merchant, too.
    pub app_id: String,
    pub mini_app_id: String,
    pub open_app_id: String,
    pub mch_id: String,
    /// The sub-merchant this merchant serves when it acts as a service provider, and its
    /// application.
    pub sub_app_id: String,
    pub sub_mch_id: String,
    pub merchant_serial: String,
    /// Verifies requests.
    pub merchant_public_key_pem: String,
    /// 32 characters; signs everything of version 2.
    pub api_v2_key: String,
    /// 32 characters; seals notifications and certificates.
    pub api_v3_key: String,
    /// The open platform's secrets of `app_id`, `mini_app_id` and `sub_app_id`.
    pub app_secret: String,
    pub mini_app_secret: String,
    pub sub_app_secret: String,
    /// Signs answers and notifications, as certificate and as public key alike.
    pub private_key_pem: String,
    pub certificate_pem: String,
    pub certificate_serial: String,
    pub public_key_id: String,
    /// What the platform changes to when its certificate is renewed.
    pub next_private_key_pem: String,
    pub next_certificate_pem: String,
    pub next_certificate_serial: String,
    pub tls: WechatTls,
}

impl WechatParty {
    /// Whether the application is bound to the merchant.
    pub(crate) fn binds(&self, app_id: &str) -> bool {
        [&self.app_id, &self.mini_app_id, &self.open_app_id].into_iter().any(|own| own == app_id)
    }

    /// What an application proves itself with; a phone's app asks for nobody's name.
    pub(crate) fn secret(&self, app_id: &str) -> Option<&str> {
        let own = [
            (&self.app_id, &self.app_secret),
            (&self.mini_app_id, &self.mini_app_secret),
            (&self.sub_app_id, &self.sub_app_secret),
        ];
        own.into_iter().find(|it| it.0 == app_id).map(|it| it.1.as_str())
    }
}

/// Mutual TLS: what the listener shows, and what it wants to see.
#[derive(Clone)]
pub struct WechatTls {
    /// Certifies both sides.
    pub ca_certificate_pem: String,
    pub server_certificate_pem: String,
    pub server_private_key_pem: String,
    pub merchant_certificate_pem: String,
}

/// Why fresh parties could not be made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    #[error("a key could not be made")]
    Key,
    #[error("a certificate could not be made: {0}")]
    Certificate(String),
}

impl Parties {
    /// The fixed parties whose keys lie in this crate's `keys` folder, public and worthless.
    #[must_use]
    pub fn demo() -> Self {
        Self { alipay: AlipayParty::demo(), wechat: demo_wechat() }
    }

    /// Fresh keys and numbers, with the merchant's side of them. Takes seconds.
    ///
    /// # Errors
    /// When a key or the certificate cannot be made.
    pub fn generate() -> Result<(Self, Credentials), GenerateError> {
        let (alipay, alipay_side) = AlipayParty::generate()?;
        let (wechat, wechat_side) = generate_wechat()?;
        let credentials = Credentials { alipay: alipay_side, wechat: wechat_side };
        Ok((Self { alipay, wechat }, credentials))
    }
}

fn demo_wechat() -> WechatParty {
    WechatParty {
        app_id: "wx5a4e0b1c7d3f92a6".into(),
        mini_app_id: "wx2c9b07d4e6f1583a".into(),
        open_app_id: "wx71f3e8a05b6d29c4".into(),
        mch_id: "1900000001".into(),
        sub_app_id: "wx8d1f6a3b9c2e4750".into(),
        sub_mch_id: "1900000101".into(),
        merchant_serial: "3D5B8E21A07C46F9B1D2E3F40516273849A5B6C7".into(),
        merchant_public_key_pem: include_str!("../../keys/wechat-merchant-public.pem").into(),
        api_v2_key: include_str!("../../keys/wechat-api-v2-key.txt").trim().into(),
        api_v3_key: include_str!("../../keys/wechat-api-v3-key.txt").trim().into(),
        app_secret: include_str!("../../keys/wechat-app-secret.txt").trim().into(),
        mini_app_secret: include_str!("../../keys/wechat-mini-app-secret.txt").trim().into(),
        sub_app_secret: include_str!("../../keys/wechat-sub-app-secret.txt").trim().into(),
        private_key_pem: include_str!("../../keys/wechat-platform-private.pem").into(),
        certificate_pem: include_str!("../../keys/wechat-platform-certificate.pem").into(),
        certificate_serial: "5A4E0B1C7D3F92A6480D17E35CB96F2081A4D37E".into(),
        public_key_id: "PUB_KEY_ID_0119000000012026112100000000000001".into(),
        next_private_key_pem: include_str!("../../keys/wechat-platform2-private.pem").into(),
        next_certificate_pem: include_str!("../../keys/wechat-platform2-certificate.pem").into(),
        next_certificate_serial: "6C1D9E24B07A35F8E2406B1D93C5A87F10E4D2B9".into(),
        tls: WechatTls {
            ca_certificate_pem: include_str!("../../keys/wechat-ca-certificate.pem").into(),
            server_certificate_pem: include_str!("../../keys/wechat-server-certificate.pem").into(),
            server_private_key_pem: include_str!("../../keys/wechat-server-private.pem").into(),
            merchant_certificate_pem: include_str!("../../keys/wechat-merchant-certificate.pem")
                .into(),
        },
    }
}

fn generate_wechat() -> Result<(WechatParty, WechatCredentials), GenerateError> {
    let (merchant, platform, next) = (key()?, key()?, key()?);
    let own = certificate::self_signed(&platform).map_err(certificate_failed)?;
    let renewed = certificate::self_signed(&next).map_err(certificate_failed)?;
    let mch_id = format!("19{}", random_digits(8));
    let (tls, shown) = generate_tls(&merchant, &mch_id)?;
    let party = WechatParty {
        app_id: format!("wx{}", random_hex(8)),
        mini_app_id: format!("wx{}", random_hex(8)),
        open_app_id: format!("wx{}", random_hex(8)),
        sub_app_id: format!("wx{}", random_hex(8)),
        sub_mch_id: format!("16{}", random_digits(8)),
        merchant_serial: shown.serial,
        merchant_public_key_pem: public_pem(&merchant)?,
        api_v2_key: random_hex(16),
        api_v3_key: random_hex(16),
        app_secret: random_hex(16),
        mini_app_secret: random_hex(16),
        sub_app_secret: random_hex(16),
        private_key_pem: private_pem(&platform)?,
        certificate_pem: own.pem,
        certificate_serial: own.serial,
        public_key_id: format!("PUB_KEY_ID_01{mch_id}{}", random_digits(22)),
        next_private_key_pem: private_pem(&next)?,
        next_certificate_pem: renewed.pem,
        next_certificate_serial: renewed.serial,
        tls,
        mch_id,
    };
    let p12 = pkcs12::packed(&merchant, &shown.der, &party.mch_id)?;
    let side = WechatCredentials::of(&party, private_pem(&merchant)?, public_pem(&platform)?, p12);
    Ok((party, side))
}

/// The authority and what it certifies; with the merchant's certificate once more, for its serial.
fn generate_tls(
    merchant: &RsaPrivateKey,
    mch_id: &str,
) -> Result<(WechatTls, Certificate), GenerateError> {
    let (authority, server) = (key()?, key()?);
    let authority = Authority::new(authority).map_err(certificate_failed)?;
    let shown = authority.client(merchant, mch_id).map_err(certificate_failed)?;
    let tls = WechatTls {
        server_certificate_pem: authority.server(&server).map_err(certificate_failed)?.pem,
        server_private_key_pem: private_pem(&server)?,
        merchant_certificate_pem: shown.pem.clone(),
        ca_certificate_pem: authority.certificate.pem,
    };
    Ok((tls, shown))
}

fn certificate_failed(error: x509_cert::builder::Error) -> GenerateError {
    GenerateError::Certificate(error.to_string())
}

pub(super) fn key() -> Result<RsaPrivateKey, GenerateError> {
    RsaPrivateKey::new(&mut rand::rng(), KEY_BITS).map_err(|_| GenerateError::Key)
}

pub(super) fn private_pem(key: &RsaPrivateKey) -> Result<String, GenerateError> {
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| GenerateError::Key)?;
    Ok(pem.as_str().to_owned())
}

pub(super) fn public_pem(key: &RsaPrivateKey) -> Result<String, GenerateError> {
    key.to_public_key().to_public_key_pem(LineEnding::LF).map_err(|_| GenerateError::Key)
}

impl fmt::Debug for WechatParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WechatParty").field("mch_id", &self.mch_id).finish_non_exhaustive()
    }
}

//! The merchant's side of every key: what a gateway's configuration is built from.

use std::fmt;

use super::alipay::{AlipayMerchant, AlipayParty};
use super::ca::{self, Owner};
use super::parties::{Parties, WechatParty};

#[derive(Clone, Debug)]
pub struct Credentials {
    pub alipay: AlipayCredentials,
    pub wechat: WechatCredentials,
}

#[derive(Clone)]
pub struct AlipayCredentials {
    pub app_id: String,
    pub seller_id: String,
    /// Signs requests.
    pub private_key_pem: String,
    /// Verifies answers and notifications.
    pub alipay_public_key_pem: String,
    /// Encrypts `biz_content` when the call says so.
    pub aes_key: String,
    /// Certificate mode: what a merchant downloads from the console, all three.
    pub app_certificate_pem: String,
    pub alipay_certificate_pem: String,
    pub root_certificates_pem: String,
    /// The merchant a service provider may act for.
    pub merchant: AlipayMerchant,
}

impl AlipayCredentials {
    /// `None` when a key cannot be certified.
    pub(super) fn of(party: &AlipayParty, private_key: String, public_key: String) -> Option<Self> {
        let app = ca::certify(Owner::App(&party.app_id), &party.app_public_key_pem, 0)?;
        let alipay = ca::certify(Owner::Alipay, &public_key, 0)?;
        Some(Self {
            app_id: party.app_id.clone(),
            seller_id: party.seller_id.clone(),
            private_key_pem: private_key,
            alipay_public_key_pem: public_key,
            aes_key: party.aes_key.clone(),
            app_certificate_pem: app.pem,
            alipay_certificate_pem: alipay.pem,
            root_certificates_pem: ca::ROOTS.to_owned(),
            merchant: party.merchant.clone(),
        })
    }
}

#[derive(Clone)]
pub struct WechatCredentials {
    /// An official account.
    pub app_id: String,
    pub mini_app_id: String,
    /// A phone's app.
    pub open_app_id: String,
    pub mch_id: String,
    /// The sub-merchant it serves as a service provider.
    pub sub_app_id: String,
    pub sub_mch_id: String,
    pub merchant_serial: String,
    /// Signs requests.
    pub private_key_pem: String,
    pub api_v2_key: String,
    pub api_v3_key: String,
    /// The open platform's secrets of `app_id`, `mini_app_id` and `sub_app_id`.
    pub app_secret: String,
    pub mini_app_secret: String,
    pub sub_app_secret: String,
    pub public_key_id: String,
    /// Verifies answers and notifications under `public_key_id`.
    pub public_key_pem: String,
    /// Verifies them under the certificate's serial.
    pub platform_certificate_pem: String,
    pub platform_certificate_serial: String,
    /// What the platform changes to when its certificate is renewed.
    pub next_certificate_pem: String,
    pub next_certificate_serial: String,
    /// Shown in mutual TLS, with `private_key_pem`.
    pub certificate_pem: String,
    /// Both in one file; the password is `mch_id`.
    pub certificate_p12: Vec<u8>,
    /// Whom to trust on the TLS listener.
    pub tls_ca_pem: String,
}

impl Credentials {
    /// The merchant's side of [`Parties::demo`].
    #[must_use]
    pub fn demo() -> Self {
        let Parties { alipay, wechat } = Parties::demo();
        Self {
            alipay: AlipayCredentials::of(
                &alipay,
                include_str!("../../keys/alipay-app-private.pem").into(),
                include_str!("../../keys/alipay-platform-public.pem").into(),
            )
            .expect("the demo keys can be certified"),
            wechat: WechatCredentials::of(
                &wechat,
                include_str!("../../keys/wechat-merchant-private.pem").into(),
                include_str!("../../keys/wechat-platform-public.pem").into(),
                include_bytes!("../../keys/wechat-merchant-certificate.p12").into(),
            ),
        }
    }
}

impl WechatCredentials {
    /// What the merchant knows of a party, and its own key.
    pub(super) fn of(
        party: &WechatParty,
        private_key_pem: String,
        public_key_pem: String,
        certificate_p12: Vec<u8>,
    ) -> Self {
        let party = party.clone();
        Self {
            app_id: party.app_id,
            mini_app_id: party.mini_app_id,
            open_app_id: party.open_app_id,
            mch_id: party.mch_id,
            sub_app_id: party.sub_app_id,
            sub_mch_id: party.sub_mch_id,
            merchant_serial: party.merchant_serial,
            private_key_pem,
            api_v2_key: party.api_v2_key,
            api_v3_key: party.api_v3_key,
            app_secret: party.app_secret,
            mini_app_secret: party.mini_app_secret,
            sub_app_secret: party.sub_app_secret,
            public_key_id: party.public_key_id,
            public_key_pem,
            platform_certificate_pem: party.certificate_pem,
            platform_certificate_serial: party.certificate_serial,
            next_certificate_pem: party.next_certificate_pem,
            next_certificate_serial: party.next_certificate_serial,
            certificate_pem: party.tls.merchant_certificate_pem,
            certificate_p12,
            tls_ca_pem: party.tls.ca_certificate_pem,
        }
    }
}

impl fmt::Debug for AlipayCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlipayCredentials").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for WechatCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WechatCredentials").field("mch_id", &self.mch_id).finish_non_exhaustive()
    }
}

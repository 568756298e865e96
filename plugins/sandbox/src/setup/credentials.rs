//! The merchant's side of every key: what a gateway's configuration is built from.

use std::fmt;

use super::parties::Parties;

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
}

#[derive(Clone)]
pub struct WechatCredentials {
    pub app_id: String,
    pub mch_id: String,
    /// The sub-merchant it serves as a service provider.
    pub sub_app_id: String,
    pub sub_mch_id: String,
    pub merchant_serial: String,
    /// Signs requests.
    pub private_key_pem: String,
    pub api_v3_key: String,
    pub public_key_id: String,
    /// Verifies answers and notifications under `public_key_id`.
    pub public_key_pem: String,
    /// Verifies them under the certificate's serial.
    pub platform_certificate_pem: String,
    pub platform_certificate_serial: String,
}

impl Credentials {
    /// The merchant's side of [`Parties::demo`].
    #[must_use]
    pub fn demo() -> Self {
        let Parties { alipay, wechat } = Parties::demo();
        Self {
            alipay: AlipayCredentials {
                app_id: alipay.app_id,
                seller_id: alipay.seller_id,
                private_key_pem: include_str!("../../keys/alipay-app-private.pem").into(),
                alipay_public_key_pem: include_str!("../../keys/alipay-platform-public.pem").into(),
            },
            wechat: WechatCredentials {
                app_id: wechat.app_id,
                mch_id: wechat.mch_id,
                sub_app_id: wechat.sub_app_id,
                sub_mch_id: wechat.sub_mch_id,
                merchant_serial: wechat.merchant_serial,
                private_key_pem: include_str!("../../keys/wechat-merchant-private.pem").into(),
                api_v3_key: wechat.api_v3_key,
                public_key_id: wechat.public_key_id,
                public_key_pem: include_str!("../../keys/wechat-platform-public.pem").into(),
                platform_certificate_pem: wechat.certificate_pem,
                platform_certificate_serial: wechat.certificate_serial,
            },
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

//! Alipay's side of its keys, and the merchants of the application.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt as _;

use super::credentials::AlipayCredentials;
use super::parties::{GenerateError, key, private_pem, public_pem};
use crate::crypto::{random_digits, random_hex};

#[derive(Clone)]
pub struct AlipayParty {
    pub app_id: String,
    /// The merchant's PID.
    pub seller_id: String,
    /// Verifies requests.
    pub app_public_key_pem: String,
    /// Signs answers and notifications.
    pub private_key_pem: String,
    /// 16 bytes in base64, for `encrypt_type=AES`.
    pub aes_key: String,
    /// The merchant that this application may act for as a service provider.
    pub merchant: AlipayMerchant,
}

/// A merchant who authorized the application.
#[derive(Clone)]
pub struct AlipayMerchant {
    /// `auth_app_id` of notifications.
    pub app_id: String,
    pub seller_id: String,
    pub app_auth_token: String,
}

impl AlipayParty {
    /// The merchant and the application whose keys lie in this crate.
    pub(super) fn demo() -> Self {
        Self {
            app_id: "9021000000000001".into(),
            seller_id: "2088000000000001".into(),
            app_public_key_pem: include_str!("../../keys/alipay-app-public.pem").into(),
            private_key_pem: include_str!("../../keys/alipay-platform-private.pem").into(),
            aes_key: include_str!("../../keys/alipay-aes-key.txt").trim().into(),
            merchant: AlipayMerchant {
                app_id: "2021000000000002".into(),
                seller_id: "2088000000000002".into(),
                app_auth_token: "202611BBdemo0000000000000000000000000X02".into(),
            },
        }
    }

    /// Fresh keys and numbers, and the merchant's side of them.
    pub(super) fn generate() -> Result<(Self, AlipayCredentials), GenerateError> {
        let (app, platform) = (key()?, key()?);
        let party = Self {
            app_id: format!("9021{}", random_digits(12)),
            seller_id: format!("2088{}", random_digits(12)),
            app_public_key_pem: public_pem(&app)?,
            private_key_pem: private_pem(&platform)?,
            aes_key: STANDARD.encode(rand::rng().random::<[u8; 16]>()),
            merchant: AlipayMerchant {
                app_id: format!("2021{}", random_digits(12)),
                seller_id: format!("2088{}", random_digits(12)),
                app_auth_token: format!("202611BB{}", random_hex(16)),
            },
        };
        let (app, platform) = (private_pem(&app)?, public_pem(&platform)?);
        let side = AlipayCredentials::of(&party, app, platform).ok_or(GenerateError::Key)?;
        Ok((party, side))
    }
}

impl fmt::Debug for AlipayParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlipayParty").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

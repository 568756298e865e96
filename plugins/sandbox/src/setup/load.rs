//! `sandbox.toml`: a [`Config`] from a file and the key files beside it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::alipay::{AlipayMerchant, AlipayParty};
use super::config::{Config, SignsWith, Slashes};
use super::parties::{Parties, WechatParty, WechatTls};

/// A settings or key file is a few KiB; more is a mistake.
const MAX_FILE_BYTES: u64 = 64 * 1024;
const FILE_MARK: &str = "file:";

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{0} is larger than {MAX_FILE_BYTES} bytes")]
    TooLarge(PathBuf),
    #[error("{path}: {source}")]
    Toml { path: PathBuf, source: Box<toml::de::Error> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    listen_tls: SocketAddr,
    public_url: Option<String>,
    time_scale: Option<u32>,
    native_links: Option<bool>,
    wechat_signs_with: Option<SignsWith>,
    alipay_refund_notifies: Option<bool>,
    alipay_certificates: Option<bool>,
    alipay_rsa1: Option<bool>,
    alipay_open_ids: Option<bool>,
    alipay_slashes: Option<Slashes>,
    alipay_calls_per_second: Option<u32>,
    confirm_above_fen: Option<i64>,
    notify_timeout_ms: Option<u64>,
    refund_delay_ms: Option<u64>,
    wechat_refund_gap_ms: Option<u64>,
    wechat_confirm_within_ms: Option<u64>,
    alipay: AlipaySection,
    wechat: WechatSection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlipaySection {
    app_id: String,
    seller_id: String,
    app_public_key: String,
    private_key: String,
    aes_key: String,
    merchant_app_id: String,
    merchant_seller_id: String,
    app_auth_token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WechatSection {
    app_id: String,
    mch_id: String,
    mini_app_id: String,
    open_app_id: String,
    sub_app_id: String,
    sub_mch_id: String,
    merchant_serial: String,
    merchant_public_key: String,
    api_v2_key: String,
    api_v3_key: String,
    app_secret: String,
    mini_app_secret: String,
    sub_app_secret: String,
    private_key: String,
    certificate: String,
    certificate_serial: String,
    public_key_id: String,
    next_private_key: String,
    next_certificate: String,
    next_certificate_serial: String,
    tls_ca_certificate: String,
    tls_certificate: String,
    tls_private_key: String,
    merchant_certificate: String,
}

impl Config {
    /// Reads `sandbox.toml`; `file:` values are relative to its folder.
    ///
    /// # Errors
    /// When a file cannot be read or is not what it should be.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let text = read(path)?;
        let file: File = toml::from_str(&text)
            .map_err(|source| LoadError::Toml { path: path.into(), source: Box::new(source) })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let parties =
            Parties { alipay: alipay(file.alipay, folder)?, wechat: wechat(file.wechat, folder)? };
        let own = Self::default();
        let millis = |ms: Option<u64>, own| ms.map_or(own, Duration::from_millis);
        Ok(Self {
            listen: file.listen,
            listen_tls: file.listen_tls,
            public_url: file.public_url,
            time_scale: file.time_scale.unwrap_or(own.time_scale),
            parties,
            native_links: file.native_links.unwrap_or(own.native_links),
            wechat_signs_with: file.wechat_signs_with.unwrap_or_default(),
            alipay_refund_notifies: file
                .alipay_refund_notifies
                .unwrap_or(own.alipay_refund_notifies),
            alipay_certificates: file.alipay_certificates.unwrap_or(own.alipay_certificates),
            alipay_rsa1: file.alipay_rsa1.unwrap_or(own.alipay_rsa1),
            alipay_open_ids: file.alipay_open_ids.unwrap_or(own.alipay_open_ids),
            alipay_slashes: file.alipay_slashes.unwrap_or(own.alipay_slashes),
            alipay_calls_per_second: file.alipay_calls_per_second,
            confirm_above_fen: file.confirm_above_fen.unwrap_or(own.confirm_above_fen),
            notify_timeout: millis(file.notify_timeout_ms, own.notify_timeout),
            refund_delay: millis(file.refund_delay_ms, own.refund_delay),
            wechat_refund_gap: millis(file.wechat_refund_gap_ms, own.wechat_refund_gap),
            wechat_confirm_within: millis(file.wechat_confirm_within_ms, own.wechat_confirm_within),
        })
    }
}

fn alipay(section: AlipaySection, folder: &Path) -> Result<AlipayParty, LoadError> {
    Ok(AlipayParty {
        app_id: section.app_id,
        seller_id: section.seller_id,
        app_public_key_pem: value(section.app_public_key, folder)?,
        private_key_pem: value(section.private_key, folder)?,
        aes_key: value(section.aes_key, folder)?.trim().to_owned(),
        merchant: AlipayMerchant {
            app_id: section.merchant_app_id,
            seller_id: section.merchant_seller_id,
            app_auth_token: value(section.app_auth_token, folder)?.trim().to_owned(),
        },
    })
}

fn wechat(section: WechatSection, folder: &Path) -> Result<WechatParty, LoadError> {
    Ok(WechatParty {
        app_id: section.app_id,
        mch_id: section.mch_id,
        mini_app_id: section.mini_app_id,
        open_app_id: section.open_app_id,
        sub_app_id: section.sub_app_id,
        sub_mch_id: section.sub_mch_id,
        merchant_serial: section.merchant_serial,
        merchant_public_key_pem: value(section.merchant_public_key, folder)?,
        api_v2_key: value(section.api_v2_key, folder)?.trim().to_owned(),
        api_v3_key: value(section.api_v3_key, folder)?.trim().to_owned(),
        app_secret: value(section.app_secret, folder)?.trim().to_owned(),
        mini_app_secret: value(section.mini_app_secret, folder)?.trim().to_owned(),
        sub_app_secret: value(section.sub_app_secret, folder)?.trim().to_owned(),
        private_key_pem: value(section.private_key, folder)?,
        certificate_pem: value(section.certificate, folder)?,
        certificate_serial: section.certificate_serial,
        public_key_id: section.public_key_id,
        next_private_key_pem: value(section.next_private_key, folder)?,
        next_certificate_pem: value(section.next_certificate, folder)?,
        next_certificate_serial: section.next_certificate_serial,
        tls: WechatTls {
            ca_certificate_pem: value(section.tls_ca_certificate, folder)?,
            server_certificate_pem: value(section.tls_certificate, folder)?,
            server_private_key_pem: value(section.tls_private_key, folder)?,
            merchant_certificate_pem: value(section.merchant_certificate, folder)?,
        },
    })
}

fn value(text: String, folder: &Path) -> Result<String, LoadError> {
    match text.strip_prefix(FILE_MARK) {
        Some(name) => read(&folder.join(name)),
        None => Ok(text),
    }
}

fn read(path: &Path) -> Result<String, LoadError> {
    let failed = |source| LoadError::Read { path: path.into(), source };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > MAX_FILE_BYTES {
        return Err(LoadError::TooLarge(path.into()));
    }
    std::fs::read_to_string(path).map_err(failed)
}

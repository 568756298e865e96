//! `paymux sandbox init DIR`: fresh keys and both sides' settings, ready to run.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt as _;

use super::credentials::Credentials;
use super::parties::{GenerateError, Parties};
use crate::crypto::random_hex;

const GATEWAY_TEMPLATE: &str = include_str!("paymux.toml.in");
const SANDBOX_TEMPLATE: &str = include_str!("sandbox.toml.in");

#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error("{0} exists and is not empty")]
    NotEmpty(PathBuf),
    #[error("cannot write {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Generate(#[from] GenerateError),
}

/// What was written, for the person who asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InitReport {
    pub gateway_config: PathBuf,
    pub sandbox_config: PathBuf,
    pub files: Vec<PathBuf>,
}

/// Writes keys, `sandbox.toml` and `paymux.toml` into `dir`.
///
/// # Errors
/// When `dir` holds anything already, or cannot be written.
pub fn init(dir: &Path) -> Result<InitReport, InitError> {
    refuse_occupied(dir)?;
    let (parties, credentials) = Parties::generate()?;
    let mut writer = Writer { dir, files: Vec::new() };
    writer.folder(&dir.join("keys"))?;
    for (name, bytes) in key_files(&parties, &credentials) {
        writer.file(&format!("keys/{name}"), &bytes)?;
    }
    let gateway = writer.file("paymux.toml", gateway_config(&credentials).as_bytes())?;
    let sandbox = writer.file("sandbox.toml", sandbox_config(&parties).as_bytes())?;
    Ok(InitReport { gateway_config: gateway, sandbox_config: sandbox, files: writer.files })
}

fn refuse_occupied(dir: &Path) -> Result<(), InitError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => match entries.next() {
            Some(_) => Err(InitError::NotEmpty(dir.into())),
            None => Ok(()),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(InitError::Write { path: dir.into(), source }),
    }
}

fn key_files(parties: &Parties, own: &Credentials) -> Vec<(&'static str, Vec<u8>)> {
    let webhook_secret: [u8; 32] = rand::rng().random();
    let line = |text: &str| format!("{text}\n");
    let mut files = vec![
        ("alipay-app-private.pem", own.alipay.private_key_pem.clone()),
        ("alipay-app-public.pem", parties.alipay.app_public_key_pem.clone()),
        ("alipay-aes-key.txt", format!("{}\n", own.alipay.aes_key)),
        ("alipay-app-auth-token.txt", format!("{}\n", own.alipay.merchant.app_auth_token)),
        ("alipay-app-certificate.crt", own.alipay.app_certificate_pem.clone()),
        ("alipay-platform-certificate.crt", own.alipay.alipay_certificate_pem.clone()),
        ("alipay-root-certificates.crt", own.alipay.root_certificates_pem.clone()),
        ("alipay-platform-private.pem", parties.alipay.private_key_pem.clone()),
        ("alipay-platform-public.pem", own.alipay.alipay_public_key_pem.clone()),
        ("cashier-link-key.txt", format!("{}\n", random_hex(32))),
        ("merchant-api-key.txt", format!("pk_sandbox_{}\n", random_hex(24))),
        ("webhook-secret.txt", format!("whsec_{}\n", STANDARD.encode(webhook_secret))),
    ];
    let (wechat, tls) = (&parties.wechat, &parties.wechat.tls);
    files.extend([
        ("wechat-merchant-private.pem", own.wechat.private_key_pem.clone()),
        ("wechat-merchant-public.pem", wechat.merchant_public_key_pem.clone()),
        ("wechat-merchant-certificate.pem", own.wechat.certificate_pem.clone()),
        ("wechat-platform-private.pem", wechat.private_key_pem.clone()),
        ("wechat-platform-public.pem", own.wechat.public_key_pem.clone()),
        ("wechat-platform-certificate.pem", wechat.certificate_pem.clone()),
        ("wechat-platform2-private.pem", wechat.next_private_key_pem.clone()),
        ("wechat-platform2-certificate.pem", wechat.next_certificate_pem.clone()),
        ("wechat-ca-certificate.pem", tls.ca_certificate_pem.clone()),
        ("wechat-server-certificate.pem", tls.server_certificate_pem.clone()),
        ("wechat-server-private.pem", tls.server_private_key_pem.clone()),
        ("wechat-api-v2-key.txt", line(&wechat.api_v2_key)),
        ("wechat-api-v3-key.txt", line(&wechat.api_v3_key)),
        ("wechat-app-secret.txt", line(&wechat.app_secret)),
        ("wechat-mini-app-secret.txt", line(&wechat.mini_app_secret)),
        ("wechat-sub-app-secret.txt", line(&wechat.sub_app_secret)),
    ]);
    let mut files: Vec<_> =
        files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    files.push(("wechat-merchant-certificate.p12", own.wechat.certificate_p12.clone()));
    files
}

fn gateway_config(own: &Credentials) -> String {
    GATEWAY_TEMPLATE
        .replace("{alipay_app_id}", &own.alipay.app_id)
        .replace("{seller_id}", &own.alipay.seller_id)
        .replace("{wechat_app_id}", &own.wechat.app_id)
        .replace("{mch_id}", &own.wechat.mch_id)
        .replace("{mini_app_id}", &own.wechat.mini_app_id)
        .replace("{open_app_id}", &own.wechat.open_app_id)
        .replace("{merchant_serial}", &own.wechat.merchant_serial)
        .replace("{public_key_id}", &own.wechat.public_key_id)
}

fn sandbox_config(parties: &Parties) -> String {
    SANDBOX_TEMPLATE
        .replace("{alipay_app_id}", &parties.alipay.app_id)
        .replace("{seller_id}", &parties.alipay.seller_id)
        .replace("{merchant_app_id}", &parties.alipay.merchant.app_id)
        .replace("{merchant_seller_id}", &parties.alipay.merchant.seller_id)
        .replace("{wechat_app_id}", &parties.wechat.app_id)
        .replace("{mch_id}", &parties.wechat.mch_id)
        .replace("{mini_app_id}", &parties.wechat.mini_app_id)
        .replace("{open_app_id}", &parties.wechat.open_app_id)
        .replace("{sub_app_id}", &parties.wechat.sub_app_id)
        .replace("{sub_mch_id}", &parties.wechat.sub_mch_id)
        .replace("{merchant_serial}", &parties.wechat.merchant_serial)
        .replace("{certificate_serial}", &parties.wechat.certificate_serial)
        .replace("{public_key_id}", &parties.wechat.public_key_id)
        .replace("{next_certificate_serial}", &parties.wechat.next_certificate_serial)
}

struct Writer<'a> {
    dir: &'a Path,
    files: Vec<PathBuf>,
}

impl Writer<'_> {
    fn folder(&self, path: &Path) -> Result<(), InitError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(|source| InitError::Write { path: path.into(), source })
    }

    /// Readable by its owner alone, and never over an existing file.
    fn file(&mut self, name: &str, bytes: &[u8]) -> Result<PathBuf, InitError> {
        let path = self.dir.join(name);
        let failed = |source| InitError::Write { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
        self.files.push(path.clone());
        Ok(path)
    }
}

use std::fs;
use std::path::Path;

use super::{Config, Credentials, InitError, Parties, init};
use crate::Sandbox;
use crate::crypto::{Signer, Verifier};

/// What one side signs the other verifies, for all four pairs.
fn check_pairs(parties: &Parties, own: &Credentials) {
    let pair = |private: &str, public: &str| {
        let sign = Signer::from_pem(private).unwrap().sign(b"text");
        assert!(Verifier::from_pem(public).unwrap().accepts(b"text", &sign));
    };
    let (alipay, wechat) = (&parties.alipay, &parties.wechat);
    pair(&own.alipay.private_key_pem, &alipay.app_public_key_pem);
    pair(&alipay.private_key_pem, &own.alipay.alipay_public_key_pem);
    pair(&own.wechat.private_key_pem, &wechat.merchant_public_key_pem);
    pair(&wechat.private_key_pem, &own.wechat.public_key_pem);
    assert_eq!(wechat.api_v3_key, own.wechat.api_v3_key);
    check_certificate(parties, own);
}

/// The certificate names its serial and holds the key of the public key file.
fn check_certificate(parties: &Parties, own: &Credentials) {
    use rsa::pkcs8::DecodePublicKey as _;
    use x509_cert::der::{DecodePem as _, Encode as _};
    let pem = parties.wechat.certificate_pem.as_bytes();
    let certificate = x509_cert::Certificate::from_pem(pem).unwrap();
    let body = certificate.tbs_certificate();
    let serial = hex::encode_upper(body.serial_number().as_bytes());
    assert_eq!(serial, parties.wechat.certificate_serial);
    let inside = body.subject_public_key_info().to_der().unwrap();
    let inside = rsa::RsaPublicKey::from_public_key_der(&inside).unwrap();
    let beside = rsa::RsaPublicKey::from_public_key_pem(&own.wechat.public_key_pem).unwrap();
    assert_eq!(inside, beside);
}

#[test]
fn the_demo_keys_fit_together() {
    check_pairs(&Parties::demo(), &Credentials::demo());
}

#[test]
fn secrets_are_not_in_debug_output() {
    let shown = format!("{:?} {:?}", Config::default(), Credentials::demo());
    let key = Parties::demo().wechat.api_v3_key;
    assert!(!shown.contains("PRIVATE KEY") && !shown.contains(&key), "{shown}");
}

#[tokio::test]
async fn init_writes_what_both_sides_read() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("demo");
    let report = init(&root).unwrap();
    assert_eq!(report.files.len(), 31);
    check_modes(&report.files);
    let config = Config::load(&report.sandbox_config).unwrap();
    assert_eq!((config.listen.port(), config.time_scale), (9100, 60));
    check_pairs(&config.parties, &gateway_side(&root, &report.gateway_config));
    let free = "127.0.0.1:0".parse().unwrap();
    let config = Config { listen: free, listen_tls: free, ..config };
    Sandbox::start(config).await.unwrap().stop().await;
    assert!(matches!(init(&root), Err(InitError::NotEmpty(_))), "nothing is overwritten");
}

#[cfg(unix)]
fn check_modes(files: &[std::path::PathBuf]) {
    use std::os::unix::fs::PermissionsExt as _;
    for file in files {
        let mode = fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
    }
}

/// `paymux.toml` read as a gateway reads it: file values relative to its folder.
fn gateway_side(root: &Path, path: &Path) -> Credentials {
    let file: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let text = |section: &toml::Value, name: &str| {
        let value = section[name].as_str().unwrap();
        match value.strip_prefix("file:") {
            Some(file) => fs::read_to_string(root.join(file)).unwrap().trim().to_owned(),
            None => value.to_owned(),
        }
    };
    let (alipay, wechat) =
        (&file["accounts"]["alipay-sandbox"], &file["accounts"]["wechat-sandbox"]);
    let merchant = &file["merchants"]["demo"];
    let secret = text(&merchant["endpoints"][0], "secret");
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    let key = merchant["api_keys"][0].as_str().unwrap().strip_prefix("file:").unwrap();
    assert!(root.join(key).exists());
    let demo = Credentials::demo();
    Credentials {
        alipay: super::AlipayCredentials {
            app_id: text(alipay, "app_id"),
            seller_id: text(alipay, "seller_id"),
            private_key_pem: text(alipay, "private_key"),
            alipay_public_key_pem: text(alipay, "alipay_public_key"),
            ..demo.alipay
        },
        wechat: super::WechatCredentials {
            app_id: text(wechat, "app_id"),
            mch_id: text(wechat, "mch_id"),
            merchant_serial: text(wechat, "merchant_serial"),
            private_key_pem: text(wechat, "private_key"),
            api_v3_key: text(wechat, "api_v3_key"),
            public_key_id: text(wechat, "public_key_id"),
            public_key_pem: text(wechat, "public_key"),
            ..demo.wechat
        },
    }
}

#[test]
fn a_bad_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sandbox.toml");
    let error = Config::load(&path).unwrap_err().to_string();
    assert!(error.contains("sandbox.toml"), "{error}");
    fs::write(&path, "listen = 1").unwrap();
    assert!(Config::load(&path).unwrap_err().to_string().contains("sandbox.toml"));
}

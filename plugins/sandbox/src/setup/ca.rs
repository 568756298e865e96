//! The authority behind Alipay's certificate mode: it certifies the keys of both sides.

use std::str::FromStr as _;
use std::time::Duration;

use rsa::RsaPrivateKey;
use rsa::pkcs1v15::{Signature, SigningKey};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePublicKey as _};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::builder::{Builder as _, CertificateBuilder, Error};
use x509_cert::der::asn1::UtcTime;
use x509_cert::der::{DecodePem as _, EncodePem as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::SubjectPublicKeyInfo;
use x509_cert::time::{Time, Validity};

use super::certificate::{Issue, Kind};

/// Shaped like the real file: a root on the SM2 curve, two of RSA, one of ECDSA.
pub(crate) const ROOTS: &str = include_str!("../../keys/alipay-root.crt");
const APP_CA: &str = include_str!("../../keys/alipay-ca-app.crt");
const PLATFORM_CA: &str = include_str!("../../keys/alipay-ca-platform.crt");
const CA_KEY: &str = include_str!("../../keys/alipay-ca-private.pem");
/// 2026-01-01, and twenty years. A fixed time, so that the same key has the same certificate.
const BEGIN: Duration = Duration::from_secs(1_767_225_600);
const LIFE: Duration = Duration::from_hours(20 * 365 * 24);

/// Whose key is certified.
#[derive(Clone, Copy)]
pub(crate) enum Owner<'a> {
    App(&'a str),
    Alipay,
}

impl Owner<'_> {
    fn authority(self) -> &'static str {
        match self {
            Self::App(_) => APP_CA,
            Self::Alipay => PLATFORM_CA,
        }
    }

    fn name(self) -> String {
        match self {
            Self::App(app_id) => format!("CN=Sandbox Merchant-{app_id},O=Sandbox Merchant,C=CN"),
            Self::Alipay => "CN=Sandbox Alipay,O=Paymux Sandbox,C=CN".to_owned(),
        }
    }
}

pub(crate) struct Certified {
    pub(crate) certificate: Certificate,
    pub(crate) pem: String,
    /// The leaf and the authority that signed it.
    pub(crate) chain_pem: String,
}

/// A certificate for a public key, the same on every call; each `generation` is another one.
pub(crate) fn certify(
    owner: Owner<'_>,
    public_key_pem: &str,
    generation: u32,
) -> Option<Certified> {
    let key = rsa::RsaPublicKey::from_public_key_pem(public_key_pem).ok()?;
    let authority = Certificate::from_pem(owner.authority()).ok()?;
    let issuer = authority.tbs_certificate().subject().clone();
    let subject = Name::from_str(&owner.name()).ok()?;
    let certificate =
        issue(Issue { kind: Kind::Platform, issuer, subject }, &key, generation).ok()?;
    let pem = certificate.to_pem(x509_cert::der::pem::LineEnding::LF).ok()?;
    let chain_pem = format!("{pem}{}", owner.authority());
    Some(Certified { certificate, pem, chain_pem })
}

fn issue(leaf: Issue, key: &rsa::RsaPublicKey, generation: u32) -> Result<Certificate, Error> {
    let authority = RsaPrivateKey::from_pkcs8_pem(CA_KEY).expect("the authority's key is ours");
    let signer = SigningKey::<Sha256>::new(authority);
    let time = |at| Ok::<_, Error>(Time::UtcTime(UtcTime::from_unix_duration(at)?));
    let builder = CertificateBuilder::new(
        leaf,
        SerialNumber::new(&serial(key, generation))?,
        Validity::new(time(BEGIN)?, time(BEGIN + LIFE)?),
        SubjectPublicKeyInfo::from_key(key)?,
    )?;
    builder.build::<_, Signature>(&signer)
}

/// Sixteen bytes that follow from the key; the first is neither zero nor negative.
fn serial(key: &rsa::RsaPublicKey, generation: u32) -> [u8; 16] {
    let der = key.to_public_key_der().expect("a key can be written");
    let digest = Sha256::new().chain_update(der.as_bytes()).chain_update(generation.to_be_bytes());
    let mut serial = [0; 16];
    serial.copy_from_slice(&digest.finalize()[..16]);
    serial[0] = (serial[0] & 0x7f) | 0x10;
    serial
}

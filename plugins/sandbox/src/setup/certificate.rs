//! A self-signed platform certificate.

use std::str::FromStr as _;
use std::time::Duration;

use rand::RngExt as _;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::{Signature, SigningKey};
use rsa::signature::Keypair as _;
use sha2::Sha256;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder, Error};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::EncodePem as _;
use x509_cert::der::asn1::UtcTime;
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

use crate::clock;

/// WeChat's platform certificates live five years.
const LIFE: Duration = Duration::from_hours(5 * 365 * 24);

pub(super) struct Certificate {
    pub(super) pem: String,
    /// 40 upper-case hexadecimal digits.
    pub(super) serial: String,
}

pub(super) fn self_signed(key: &RsaPrivateKey) -> Result<Certificate, Error> {
    let signer = SigningKey::<Sha256>::new(key.clone());
    let serial = serial_bytes();
    let builder = CertificateBuilder::new(
        SelfSigned(Name::from_str("CN=Paymux Sandbox Platform,O=Paymux Sandbox,C=CN")?),
        SerialNumber::new(&serial)?,
        validity()?,
        SubjectPublicKeyInfo::from_key(&signer.verifying_key())?,
    )?;
    let certificate = builder.build::<_, Signature>(&signer)?;
    let pem = certificate.to_pem(x509_cert::der::pem::LineEnding::LF)?;
    Ok(Certificate { pem, serial: hex::encode_upper(serial) })
}

/// Twenty bytes whose first is neither zero nor negative, so that the text has forty digits.
fn serial_bytes() -> [u8; 20] {
    let mut serial: [u8; 20] = rand::rng().random();
    serial[0] = (serial[0] & 0x7f) | 0x10;
    serial
}

fn validity() -> Result<Validity, Error> {
    let begin = Duration::from_secs(u64::try_from(clock::now().as_second()).unwrap_or_default());
    let time = |at| Ok::<_, Error>(Time::UtcTime(UtcTime::from_unix_duration(at)?));
    Ok(Validity::new(time(begin)?, time(begin + LIFE)?))
}

/// Issuer and subject are one, and there are no extensions, as in the simplest real ones.
struct SelfSigned(Name);

impl BuilderProfile for SelfSigned {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.0.clone()
    }

    fn get_subject(&self) -> Name {
        self.0.clone()
    }

    fn build_extensions(
        &self,
        _key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        _body: &TbsCertificate,
    ) -> Result<Vec<Extension>, Error> {
        Ok(Vec::new())
    }
}

//! Certificates: the platform's own, and those of the authority behind mutual TLS.

use std::net::{Ipv4Addr, Ipv6Addr};
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
use x509_cert::der::asn1::{Ia5String, OctetString, UtcTime};
use x509_cert::der::{Encode as _, EncodePem as _};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

use crate::clock;

/// WeChat's platform and merchant certificates live five years.
const LIFE: Duration = Duration::from_hours(5 * 365 * 24);

pub(super) struct Certificate {
    pub(super) pem: String,
    pub(super) der: Vec<u8>,
    /// 40 upper-case hexadecimal digits.
    pub(super) serial: String,
}

/// Issuer and subject are one, and there are no extensions, as in the simplest real ones.
pub(super) fn self_signed(key: &RsaPrivateKey) -> Result<Certificate, Error> {
    let name = Name::from_str("CN=Paymux Sandbox Platform,O=Paymux Sandbox,C=CN")?;
    issue(Issue { issuer: name.clone(), subject: name, kind: Kind::Platform }, key, key)
}

/// Certifies the server of mutual TLS and its client; its key is forgotten afterwards.
pub(super) struct Authority {
    name: Name,
    key: RsaPrivateKey,
    pub(super) certificate: Certificate,
}

impl Authority {
    pub(super) fn new(key: RsaPrivateKey) -> Result<Self, Error> {
        let name = Name::from_str("CN=Paymux Sandbox CA,O=Paymux Sandbox,C=CN")?;
        let own = Issue { issuer: name.clone(), subject: name.clone(), kind: Kind::Authority };
        let certificate = issue(own, &key, &key)?;
        Ok(Self { name, key, certificate })
    }

    /// For this machine alone.
    pub(super) fn server(&self, key: &RsaPrivateKey) -> Result<Certificate, Error> {
        self.issue("CN=localhost,O=Paymux Sandbox,C=CN", Kind::Server, key)
    }

    pub(super) fn client(&self, key: &RsaPrivateKey, mch_id: &str) -> Result<Certificate, Error> {
        self.issue(&format!("CN={mch_id},O=Paymux Sandbox,C=CN"), Kind::Client, key)
    }

    fn issue(&self, name: &str, kind: Kind, key: &RsaPrivateKey) -> Result<Certificate, Error> {
        let subject = Name::from_str(name)?;
        issue(Issue { issuer: self.name.clone(), subject, kind }, key, &self.key)
    }
}

fn issue(
    profile: Issue,
    key: &RsaPrivateKey,
    issuer: &RsaPrivateKey,
) -> Result<Certificate, Error> {
    let own = SigningKey::<Sha256>::new(key.clone());
    let serial = serial_bytes();
    let builder = CertificateBuilder::new(
        profile,
        SerialNumber::new(&serial)?,
        validity()?,
        SubjectPublicKeyInfo::from_key(&own.verifying_key())?,
    )?;
    let signer = SigningKey::<Sha256>::new(issuer.clone());
    let certificate = builder.build::<_, Signature>(&signer)?;
    let pem = certificate.to_pem(x509_cert::der::pem::LineEnding::LF)?;
    Ok(Certificate { pem, der: certificate.to_der()?, serial: hex::encode_upper(serial) })
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

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Without extensions.
    Platform,
    Authority,
    Server,
    Client,
}

/// What a certificate says beside its key.
pub(super) struct Issue {
    pub(super) issuer: Name,
    pub(super) subject: Name,
    pub(super) kind: Kind,
}

impl BuilderProfile for Issue {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        _body: &TbsCertificate,
    ) -> Result<Vec<Extension>, Error> {
        let constraints =
            BasicConstraints { ca: self.kind == Kind::Authority, path_len_constraint: None };
        let constraints = (&constraints).to_extension(&self.subject, &[])?;
        match self.kind {
            Kind::Platform => Ok(Vec::new()),
            Kind::Authority | Kind::Client => Ok(vec![constraints]),
            Kind::Server => {
                let names = (&this_machine()?).to_extension(&self.subject, &[])?;
                Ok(vec![constraints, names])
            }
        }
    }
}

fn this_machine() -> Result<SubjectAltName, Error> {
    let address = |octets: &[u8]| Ok::<_, Error>(GeneralName::IpAddress(OctetString::new(octets)?));
    Ok(SubjectAltName(vec![
        GeneralName::DnsName(Ia5String::new("localhost")?),
        address(&Ipv4Addr::LOCALHOST.octets())?,
        address(&Ipv6Addr::LOCALHOST.octets())?,
    ]))
}

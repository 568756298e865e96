//! From a downloaded certificate of Alipay's to the roots that are pinned.

use std::fmt;

use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RsaParameters,
};
use paymux_core::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::certificate::X509Certificate;

use super::number;

/// A leaf, its authority, and room for one change of the hierarchy.
const MAX_LINKS: usize = 4;
const MAX_ROOTS: usize = 16;
const NOT_PEM: &str = "is not PEM of certificates";

/// What of a certificate verifies signatures.
pub(crate) struct Leaf {
    pub(crate) serial: String,
    /// The name of the authority, in DER.
    pub(crate) issuer: Vec<u8>,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    /// SPKI in DER.
    pub(crate) public_key: Vec<u8>,
}

impl Leaf {
    /// The first certificate of a PEM text.
    pub(crate) fn read(pem: &str) -> Result<Self, &'static str> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| NOT_PEM)?;
        Self::of(&parse(&der)?)
    }

    fn of(it: &X509Certificate<'_>) -> Result<Self, &'static str> {
        let serial = number::of(it).ok_or("has an issuer without a name of Alipay's kind")?;
        Ok(Self {
            serial,
            issuer: it.issuer().as_raw().to_vec(),
            from: Timestamp::from_secs(it.validity().not_before.timestamp()),
            until: Timestamp::from_secs(it.validity().not_after.timestamp()),
            public_key: it.public_key().raw.to_vec(),
        })
    }

    /// No longer than those who vouch for it.
    fn within(self, authority: &X509Certificate<'_>) -> Self {
        let from = Timestamp::from_secs(authority.validity().not_before.timestamp());
        let until = Timestamp::from_secs(authority.validity().not_after.timestamp());
        Self { from: self.from.max(from), until: self.until.min(until), ..self }
    }
}

/// The pinned file `alipayRootCert.crt`.
pub(crate) struct Roots(Vec<CertificateDer<'static>>);

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}

impl Roots {
    pub(crate) fn read(pem: &str) -> Result<Self, &'static str> {
        let roots = all(pem)?;
        if roots.len() > MAX_ROOTS { Err("has more than 16 certificates") } else { Ok(Self(roots)) }
    }

    /// The first certificate of the text, if the others lead from it to a root. What is in its
    /// span is decided when it is used; roots have none.
    pub(crate) fn verify(&self, pem: &str) -> Result<Leaf, &'static str> {
        let links = all(pem)?;
        let (first, others) = links.split_first().ok_or(NOT_PEM)?;
        if others.len() >= MAX_LINKS {
            return Err("its chain is too long");
        }
        let first = parse(first)?;
        let mut others = others.iter().map(|it| parse(it)).collect::<Result<Vec<_>, _>>()?;
        let mut leaf = Leaf::of(&first)?;
        let mut child = first;
        loop {
            if self.issued(&child) {
                return Ok(leaf);
            }
            let issuer = others.iter().position(|it| vouches(it, &child));
            let issuer = issuer.ok_or("its chain does not end at a pinned root")?;
            child = others.swap_remove(issuer);
            leaf = leaf.within(&child);
        }
    }

    fn issued(&self, child: &X509Certificate<'_>) -> bool {
        // A root that cannot be read vouches for nobody.
        self.0.iter().filter_map(|it| parse(it).ok()).any(|root| vouches(&root, child))
    }
}

/// Only an authority may: a merchant's own certificate is below the same roots.
fn vouches(issuer: &X509Certificate<'_>, child: &X509Certificate<'_>) -> bool {
    let is_authority = issuer.basic_constraints().ok().flatten().is_some_and(|it| it.value.ca);
    let may_sign = issuer.key_usage().is_ok_and(|it| it.is_none_or(|it| it.value.key_cert_sign()));
    is_authority
        && may_sign
        && issuer.subject().as_raw() == child.issuer().as_raw()
        && is_signed_by(issuer, child)
}

fn is_signed_by(issuer: &X509Certificate<'_>, child: &X509Certificate<'_>) -> bool {
    let Some(algorithm) = algorithm(child) else { return false };
    let key = ParsedPublicKey::new(algorithm, issuer.public_key().raw);
    let signed = child.tbs_certificate.as_ref();
    key.is_ok_and(|it| it.verify_sig(signed, &child.signature_value.data).is_ok())
}

/// SHA-1 is not among them: a link could be forged.
fn algorithm(it: &X509Certificate<'_>) -> Option<&'static RsaParameters> {
    let named = it.signature_algorithm.algorithm.to_id_string();
    if it.signature_algorithm != it.tbs_certificate.signature {
        return None;
    }
    match named.as_str() {
        "1.2.840.113549.1.1.11" => Some(&RSA_PKCS1_2048_8192_SHA256),
        "1.2.840.113549.1.1.12" => Some(&RSA_PKCS1_2048_8192_SHA384),
        "1.2.840.113549.1.1.13" => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

fn all(pem: &str) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .map(|it| it.map_err(|_| NOT_PEM))
        .take(MAX_ROOTS + 1)
        .collect()
}

pub(crate) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, &'static str> {
    let (rest, it) = x509_parser::parse_x509_certificate(der).map_err(|_| NOT_PEM)?;
    if rest.is_empty() { Ok(it) } else { Err(NOT_PEM) }
}

#[cfg(test)]
mod tests;

//! A certificate's number (SN) at Alipay: MD5 of its issuer's name and its serial, as Java spells
//! them.

use md5::{Digest as _, Md5};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::Oid;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// Signed with RSA, whatever the digest; only such roots are named.
const RSA: &str = "1.2.840.113549.1.1";

/// The types RFC 2253 has names for.
const TYPES: [(&str, &str); 9] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
];

/// `alipay_root_cert_sn`: the numbers of all roots signed with RSA, in the file's order.
pub(crate) fn of_roots(pem: &str) -> Result<String, &'static str> {
    let mut numbers = vec![];
    for der in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let der = der.map_err(|_| "is not PEM of certificates")?;
        // A curve of China's own may not be readable, and is not named anyhow.
        let Ok((_, it)) = x509_parser::parse_x509_certificate(&der) else { continue };
        if is_rsa(&it.signature_algorithm.algorithm) {
            numbers.push(of(&it).ok_or("has a root whose issuer has no name of Alipay's kind")?);
        }
    }
    if numbers.is_empty() { Err("has no root signed with RSA") } else { Ok(numbers.join("_")) }
}

fn is_rsa(algorithm: &Oid<'_>) -> bool {
    algorithm.to_id_string().starts_with(RSA)
}

/// 32 lower-case hexadecimal digits; `None` for names that the formula does not cover.
pub(crate) fn of(certificate: &X509Certificate<'_>) -> Option<String> {
    // Java would write it with a minus sign.
    let negative = certificate.raw_serial().first().is_some_and(|it| it & 0x80 != 0);
    let issuer = name(certificate.issuer())?;
    let text = format!("{issuer}{}", certificate.tbs_certificate.serial);
    let digest = Md5::digest(text.as_bytes());
    (!negative).then(|| digest.iter().map(|it| format!("{it:02x}")).collect())
}

/// The most specific part first.
fn name(name: &X509Name<'_>) -> Option<String> {
    let mut parts = vec![];
    for part in name.iter_rdn() {
        let pairs: Option<Vec<_>> = part.iter().map(pair).collect();
        parts.push(pairs?.join("+"));
    }
    parts.reverse();
    Some(parts.join(","))
}

fn pair(it: &AttributeTypeAndValue<'_>) -> Option<String> {
    let oid = it.attr_type().to_id_string();
    let (_, short) = TYPES.iter().find(|(known, _)| *known == oid)?;
    Some(format!("{short}={}", escaped(it.as_str().ok()?)))
}

/// As Java escapes names of RFC 2253.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (at, it) in value.chars().enumerate() {
        let outer = (at == 0 && matches!(it, ' ' | '#')) || (at == last && it == ' ');
        if outer || matches!(it, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
            text.push('\\');
        }
        text.push(it);
    }
    text
}

#[cfg(test)]
mod tests;

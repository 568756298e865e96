//! The merchant's API certificate, as the merchant platform hands it out: PEM in two files, or both
//! in one of PKCS#12.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p12_keystore::Pkcs12Archive;
use paymux_channel::ClientCertificate;
use paymux_channel::keys::Certificate;
use paymux_channel::rsa::PrivateKey;
use paymux_channel::settings::Reader;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::settings::is_own;

/// The merchant's own, and what stands between it and its root.
const MAX_CHAIN: usize = 8;

/// Certificates in any order, and a key in any form.
struct Found {
    certificates: Vec<Vec<u8>>,
    key: Zeroizing<Vec<u8>>,
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    mch_id: Option<&str>,
) -> Option<(ClientCertificate, PrivateKey)> {
    let chain = reader.parsed_optional("certificate", chain);
    let key = reader.parsed_optional("certificate_key", key);
    // Whoever makes the file at the merchant platform is not asked for another one.
    let password = reader.secret_optional("certificate_password");
    let password = password.as_ref().map_or(mch_id.unwrap_or_default(), |it| it.expose());
    let file = reader.parsed_optional("certificate_p12", |it| archive(it, password));
    let (setting, found) = match (chain, key, file) {
        (Some(certificates), Some(key), None) => ("certificate", Found { certificates, key }),
        (None, None, Some(found)) => ("certificate_p12", found),
        (None, None, None) | (Some(_), None, None) | (None, Some(_), None) => {
            let needed = "certificate and certificate_key, or certificate_p12, must be set: refunds \
                          and reversals need them";
            reader.problem("certificate", needed);
            return None;
        }
        (_, _, Some(_)) => {
            reader.problem("certificate_p12", "must not stand beside certificate");
            return None;
        }
    };
    identity(found).map_err(|it| reader.problem(setting, it)).ok()
}

fn identity(found: Found) -> Result<(ClientCertificate, PrivateKey), &'static str> {
    let text = Zeroizing::new(STANDARD.encode(&*found.key));
    let private = PrivateKey::parse(&text).map_err(|_| NO_KEY)?;
    let chain = in_order(&private, found.certificates)?;
    let key = pkcs8(&found.key).ok_or(NO_KEY)?;
    Ok((ClientCertificate { chain, key }, private))
}

const NO_KEY: &str = "has a key that is not RSA of at least 2048 bits";

/// The certificate of this key first.
fn in_order(key: &PrivateKey, mut all: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, &'static str> {
    if !(1..=MAX_CHAIN).contains(&all.len()) {
        return Err("must hold 1 to 8 certificates");
    }
    let own = |it: &Vec<u8>| Certificate::from_der(it).is_ok_and(|it| is_own(Some(key), &it.key));
    let own = all.iter().position(own).ok_or("has no certificate of its key")?;
    all[..=own].rotate_right(1);
    Ok(all)
}

fn pkcs8(key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let pair = RsaKeyPair::from_pkcs8(key).or_else(|_| RsaKeyPair::from_der(key)).ok()?;
    let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    Some(Zeroizing::new(der.as_ref().to_vec()))
}

fn chain(pem: &str) -> Result<Vec<Vec<u8>>, &'static str> {
    let all = CertificateDer::pem_slice_iter(pem.as_bytes());
    let all: Result<Vec<_>, _> = all.map(|it| it.map(|it| it.to_vec())).collect();
    all.map_err(|_| "is not PEM of certificates")
}

fn key(pem: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| "is not PEM of a key")?;
    Ok(Zeroizing::new(key.secret_der().to_vec()))
}

/// Old files are sealed with what nobody would choose today, and are read all the same.
fn archive(text: &str, password: &str) -> Result<Found, &'static str> {
    let compact: String = text.chars().filter(|it| !it.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(compact).map_err(|_| "is not base64 of a PKCS#12 file")?;
    let file = Pkcs12Archive::from_pkcs12(&bytes, password);
    let file = file.map_err(|_| "is not a PKCS#12 file that its password opens")?;
    let [key] = &file.keys[..] else { return Err("must hold one key") };
    let key = Zeroizing::new(key.key.as_der().to_vec());
    let certificates = file.certs.iter().map(|it| it.cert.as_der().to_vec()).collect();
    Ok(Found { certificates, key })
}

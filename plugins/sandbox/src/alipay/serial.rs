//! Serial numbers as certificate mode counts them: MD5 of the issuer's name and the number.

use md5::{Digest as _, Md5};
use x509_cert::Certificate;
use x509_cert::der::DecodePem as _;

/// RSA signatures of any hash; a root signed otherwise does not count.
const RSA_FAMILY: &str = "1.2.840.113549.1.1.";

pub(crate) fn sn(certificate: &Certificate) -> String {
    let body = certificate.tbs_certificate();
    let number = decimal(body.serial_number().as_bytes());
    hex::encode(Md5::digest(format!("{}{number}", body.issuer())))
}

#[cfg(test)]
pub(crate) fn sn_of_pem(pem: &str) -> Option<String> {
    Certificate::from_pem(pem).ok().map(|certificate| sn(&certificate))
}

/// The RSA roots of a file, in its order, joined by `_`.
pub(crate) fn root_sn(pems: &str) -> String {
    let end = "-----END CERTIFICATE-----";
    let files = pems.split_inclusive(end).filter(|part| part.ends_with(end));
    let roots = files.filter_map(|pem| Certificate::from_pem(pem.trim_start()).ok());
    let counted =
        roots.filter(|root| root.signature_algorithm().oid.to_string().starts_with(RSA_FAMILY));
    counted.map(|root| sn(&root)).collect::<Vec<_>>().join("_")
}

/// Big-endian bytes as decimal digits.
fn decimal(bytes: &[u8]) -> String {
    let mut digits = vec![0_u8];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) * 256;
            *digit = u8::try_from(carry % 10).unwrap_or_default();
            carry /= 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_decimal_digits() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0, 10]), "10");
        assert_eq!(decimal(&[1, 0]), "256");
        assert_eq!(decimal(&[0xff; 16]), u128::MAX.to_string());
    }
}

//! The certificate and key by which an account is known in a TLS handshake.

use std::fmt;

use paymux_core::Timestamp;
use zeroize::Zeroizing;

/// In the form every TLS library takes: DER, the leaf first, the key as PKCS#8.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    pub chain: Vec<Vec<u8>>,
    pub key: Zeroizing<Vec<u8>>,
}

/// When a certificate ends, whatever its key is; `None` where it cannot be read.
pub fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (_, it) = x509_parser::parse_x509_certificate(der).ok()?;
    Some(Timestamp::from_secs(it.validity().not_after.timestamp()))
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClientCertificate({} in its chain, ***)", self.chain.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_key() {
        let key = Zeroizing::new(b"hunter2".to_vec());
        let shown = format!("{:?}", ClientCertificate { chain: vec![vec![1]], key });
        assert_eq!(shown, "ClientCertificate(1 in its chain, ***)");
    }
}

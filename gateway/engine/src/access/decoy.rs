//! The one verification each signed request costs, whether its key is known or not.
//!
//! What is done depends on the request alone, on its algorithm and the length of its signature:
//! where no key fits, a decoy of that size is asked. Nobody has the decoys' private halves.

use std::sync::LazyLock;

use super::key::{Algorithm, KeyMaterial};

static DECOYS: LazyLock<Vec<KeyMaterial>> = LazyLock::new(|| {
    let valid = "the decoys are constants, and a test reads them";
    vec![
        KeyMaterial::hmac("decoy-decoy-decoy-decoy-decoy-decoy").expect(valid),
        KeyMaterial::ed25519(include_str!("decoys/ed25519.pem")).expect(valid),
        KeyMaterial::rsa(include_str!("decoys/rsa-2048.pem")).expect(valid),
        KeyMaterial::rsa(include_str!("decoys/rsa-3072.pem")).expect(valid),
        KeyMaterial::rsa(include_str!("decoys/rsa-4096.pem")).expect(valid),
    ]
});

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Genuine,
    /// The key was asked, and denies it.
    Wrong,
    /// No key fits; a decoy was asked.
    Decoy,
}

pub fn verify(
    key: Option<&KeyMaterial>,
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Verdict {
    if let Some(key) = key.filter(|it| it.fits(algorithm, signature)) {
        let genuine = key.verifies(message, signature);
        return if genuine { Verdict::Genuine } else { Verdict::Wrong };
    }
    // Whatever a decoy says: a code made with the decoy's public secret opens nothing either.
    std::hint::black_box(decoy(algorithm, signature).verifies(message, signature));
    Verdict::Decoy
}

/// A signature of no key's length is refused by its length, by keys and decoys alike.
fn decoy(algorithm: Algorithm, signature: &[u8]) -> &'static KeyMaterial {
    let fits = DECOYS.iter().find(|it| it.fits(algorithm, signature));
    let same = || DECOYS.iter().find(|it| it.algorithm() == algorithm);
    fits.or_else(same).expect("each algorithm has a decoy")
}

#[cfg(test)]
mod tests {
    use super::super::key::RSA_BITS;
    use super::*;

    #[test]
    fn each_algorithm_and_size_has_a_decoy_of_its_own() {
        let check = |algorithm, bytes: usize| {
            let decoy = decoy(algorithm, &vec![0; bytes]);
            assert!(decoy.fits(algorithm, &vec![0; bytes]), "{algorithm:?} {bytes}");
        };
        check(Algorithm::HmacSha256, 32);
        check(Algorithm::Ed25519, 64);
        for bits in RSA_BITS {
            check(Algorithm::RsaSha256, bits / 8);
        }
        assert_eq!(decoy(Algorithm::RsaSha256, b"short").algorithm(), Algorithm::RsaSha256);
    }

    #[test]
    fn a_key_is_asked_only_what_it_is_for() {
        let secret = "0123456789abcdef0123456789abcdef";
        let key = KeyMaterial::hmac(secret).unwrap();
        let code = |secret: &str| {
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
            aws_lc_rs::hmac::sign(&key, b"m")
        };
        let check = |key, algorithm, signature: &[u8], expect| {
            assert_eq!(verify(key, algorithm, b"m", signature), expect, "{algorithm:?}");
        };
        check(Some(&key), Algorithm::HmacSha256, code(secret).as_ref(), Verdict::Genuine);
        check(Some(&key), Algorithm::HmacSha256, &[0; 32], Verdict::Wrong);
        check(Some(&key), Algorithm::HmacSha256, b"", Verdict::Wrong);
        check(Some(&key), Algorithm::Ed25519, &[0; 64], Verdict::Decoy);
        check(Some(&key), Algorithm::RsaSha256, &[0; 256], Verdict::Decoy);
        // The decoy's secret stands in the source: it must open nothing.
        let forged = code("decoy-decoy-decoy-decoy-decoy-decoy");
        check(None, Algorithm::HmacSha256, forged.as_ref(), Verdict::Decoy);
        // The bytes of a public key are no secret either.
        let pem = include_str!("decoys/rsa-2048.pem");
        let key = KeyMaterial::rsa(pem).unwrap();
        check(Some(&key), Algorithm::HmacSha256, code(pem).as_ref(), Verdict::Decoy);
    }
}

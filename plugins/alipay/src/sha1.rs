//! SHA1withRSA, for accounts that never changed to RSA2 (see decision 18). Off unless asked for.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use paymux_channel::rsa::{SignError, private_der};
use x509_parser::der_parser::der::{DerObject, parse_der};
use zeroize::Zeroizing;

/// `DigestInfo` of RFC 8017 up to the digest.
const SHA1_INFO: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
/// Bits of a modulus.
const SIZES: std::ops::RangeInclusive<usize> = 1024..=8192;

/// Our key, which signs.
pub(crate) struct PrivateKey {
    modulus: Vec<u8>,
    public_exponent: Vec<u8>,
    parameters: BoxedMontyParams,
    private_exponent: Zeroizing<BoxedUint>,
}

impl PrivateKey {
    /// Takes PEM or bare base64, PKCS#8 or PKCS#1.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let der = private_der(text).map_err(|_| "is neither PEM nor base64 of a key")?;
        let key = Self::read(&der).ok_or("is not an RSA private key of at least 1024 bits")?;
        // A key whose halves do not belong together would fail at every call.
        key.sign(b"one pair?").map_err(|_| "is not a whole RSA private key")?;
        Ok(key)
    }

    fn read(der: &[u8]) -> Option<Self> {
        let [modulus, public_exponent, private_exponent] = components(der)?;
        let bits = u32::try_from(modulus.len().checked_mul(8)?).ok()?;
        if !SIZES.contains(&(modulus.len() * 8)) || private_exponent.len() > modulus.len() {
            return None;
        }
        let odd = Odd::new(BoxedUint::from_be_slice(modulus, bits).ok()?).into_option()?;
        let private_exponent = BoxedUint::from_be_slice(private_exponent, bits).ok()?;
        Some(Self {
            modulus: modulus.to_vec(),
            public_exponent: public_exponent.to_vec(),
            parameters: BoxedMontyParams::new(odd),
            private_exponent: Zeroizing::new(private_exponent),
        })
    }

    /// The signature in base64. The exponentiation takes the same time whatever the key; what it
    /// gives is verified by another library, since a faulty signature would betray the key.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, SignError> {
        let padded = self.padded(message);
        let bits = self.parameters.bits_precision();
        let padded = BoxedUint::from_be_slice(&padded, bits).map_err(|_| SignError)?;
        let signed = BoxedMontyForm::new(padded, &self.parameters).pow(&self.private_exponent);
        let signed = signed.retrieve().to_be_bytes();
        let signed = &signed[signed.len() - self.modulus.len()..];
        let public = RsaPublicKeyComponents { n: &self.modulus, e: &self.public_exponent };
        let verified =
            public.verify(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, message, signed);
        verified.map_err(|_| SignError)?;
        Ok(STANDARD.encode(signed))
    }

    /// EMSA-PKCS1-v1_5.
    fn padded(&self, message: &[u8]) -> Vec<u8> {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, message);
        let tail = [&SHA1_INFO, digest.as_ref()].concat();
        let mut padded = vec![0xff; self.modulus.len()];
        (padded[0], padded[1]) = (0, 1);
        let at = padded.len() - tail.len();
        padded[at - 1] = 0;
        padded[at..].copy_from_slice(&tail);
        padded
    }
}

/// Alipay's key, which verifies.
pub(crate) struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// Takes SPKI.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, &'static str> {
        let key = ParsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, der);
        key.map(Self).map_err(|_| "is not an RSA public key of at least 1024 bits")
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        self.0.verify_sig(message, &signature).is_ok()
    }
}

/// Modulus, public and private exponent.
fn components(der: &[u8]) -> Option<[&[u8]; 3]> {
    let outer = sequence(der)?;
    // PKCS#8 wraps PKCS#1.
    let inner = outer.get(2).and_then(|it| it.as_slice().ok()).and_then(sequence);
    let fields = inner.unwrap_or(outer);
    let number = |at: usize| fields.get(at).and_then(number);
    Some([number(1)?, number(2)?, number(3)?])
}

fn sequence(der: &[u8]) -> Option<Vec<DerObject<'_>>> {
    let (rest, object) = parse_der(der).ok()?;
    let items = object.as_sequence().ok()?.clone();
    rest.is_empty().then_some(items)
}

fn number<'a>(object: &DerObject<'a>) -> Option<&'a [u8]> {
    let bytes = object.as_slice().ok()?;
    let zeros = bytes.iter().take_while(|it| **it == 0).count();
    bytes.get(zeros..).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests;

use paymux_channel::rsa::public_der;

use super::*;
use crate::tests::{key, vectors};

#[test]
fn signs_as_the_vector_says_with_every_spelling_of_the_key() {
    let all = vectors(include_str!("../../vectors/request_sign.json"));
    let vector = all.iter().find(|it| it["key"] == "legacy1024").unwrap();
    let text = vector["canonical"].as_str().unwrap().as_bytes();
    for form in ["private_pkcs8_pem", "private_pkcs1_pem", "private_pkcs8_b64", "private_pkcs1_b64"]
    {
        let key = PrivateKey::parse(&key("legacy1024", form)).unwrap();
        assert_eq!(key.sign(text).unwrap(), vector["sign"].as_str().unwrap(), "{form}");
    }
}

/// Signatures of every shape of message, and of a longer key, verify with the other library.
#[test]
fn the_two_libraries_agree() {
    for owner in ["legacy1024", "app"] {
        let own = PrivateKey::parse(&key(owner, "private_pkcs8_b64")).unwrap();
        let public =
            PublicKey::from_der(&public_der(&key(owner, "public_spki_pem")).unwrap()).unwrap();
        for length in [0, 1, 63, 64, 65, 1000] {
            let message = vec![b'x'; length];
            let sign = own.sign(&message).unwrap();
            assert!(public.verifies(&message, &sign), "{owner} {length}");
            assert!(!public.verifies(&[message, vec![0]].concat(), &sign));
            assert!(!public.verifies(b"y", &sign[..sign.len() - 4]));
        }
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let whole = key("legacy1024", "private_pkcs8_b64");
    for text in ["", "nonsense!", "AAAA", &whole[..whole.len() - 8], &key("app", "public_spki_b64")]
    {
        assert!(PrivateKey::parse(text).is_err(), "{text}");
    }
    assert!(PublicKey::from_der(&public_der(&whole).unwrap()).is_err());
}

/// What it signed would verify nowhere, and might tell the key: it is noticed before it is used.
#[test]
fn a_bent_key_signs_nothing() {
    let der = private_der(&key("legacy1024", "private_pkcs1_b64")).unwrap();
    let [_, _, private_exponent] = components(&der).unwrap();
    let at = der.windows(private_exponent.len()).position(|it| it == private_exponent).unwrap();
    for step in [0, 7, 64, private_exponent.len() - 1] {
        let mut bent = der.to_vec();
        bent[at + step] ^= 2;
        let refused = PrivateKey::parse(&STANDARD.encode(bent)).err();
        assert_eq!(refused, Some("is not a whole RSA private key"), "{step}");
    }
}

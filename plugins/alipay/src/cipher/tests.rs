use serde_json::Value;

use super::*;
use crate::tests::AES_KEY;

#[test]
fn the_vectors() {
    let file: Value = serde_json::from_str(include_str!("../../vectors/aes.json")).unwrap();
    let vectors = file["encrypt"].as_array().unwrap();
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let of = |name: &str| vector[name].as_str().unwrap();
        let cipher = Cipher::parse(of("key_b64")).unwrap();
        let sealed = cipher.encrypt(of("plaintext").as_bytes()).unwrap();
        assert_eq!(sealed, of("ciphertext_b64"), "{}", of("id"));
        assert_eq!(cipher.decrypt(&sealed).unwrap(), of("plaintext").as_bytes());
    }
}

#[test]
fn what_is_no_ciphertext_does_not_open() {
    let cipher = Cipher::parse(AES_KEY).unwrap();
    for text in ["", "=", "AAAA", "P4Ov8vkZrqTzCLLLoXzARB==", "AAAAAAAAAAAAAAAAAAAAAA=="] {
        assert_eq!(cipher.decrypt(text), None, "{text}");
    }
    assert_eq!(format!("{cipher:?}"), "Cipher(***)");
    for key in ["", "x", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert!(Cipher::parse(key).is_err(), "{key}");
    }
}

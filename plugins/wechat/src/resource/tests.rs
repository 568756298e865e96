use paymux_channel::aead::AeadKey;
use serde_json::json;

use super::*;
use crate::tests::{changed, config, resource, seal};

fn opened(changes: serde_json::Value) -> Result<Vec<u8>, &'static str> {
    let genuine = resource("transaction", "{}").to_string();
    let resource: Resource = serde_json::from_str(&changed(&genuine, changes)).unwrap();
    resource.open(&AeadKey::new(config("apiv3_key").as_bytes()).unwrap())
}

#[test]
fn nothing_bent_opens() {
    assert_eq!(opened(json!({})), Ok(b"{}".to_vec()));
    for (changes, wrong) in [
        (json!({ "algorithm": "AEAD_AES_128_GCM" }), "resource.algorithm"),
        (json!({ "algorithm": "" }), "resource.algorithm"),
        (json!({ "ciphertext": "?" }), "resource.ciphertext"),
        (json!({ "ciphertext": "" }), "resource"),
        (json!({ "ciphertext": "AAAA" }), "resource"),
        (json!({ "nonce": "" }), "resource"),
        (json!({ "nonce": "0123456789abcdef" }), "resource"),
        (json!({ "nonce": "0123456789ac" }), "resource"),
        (json!({ "associated_data": "refund" }), "resource"),
        (json!({ "associated_data": null }), "resource"),
    ] {
        assert_eq!(opened(changes), Err(wrong));
    }
}

#[test]
fn nothing_may_be_bound() {
    let ciphertext = seal("0123456789ab", "", b"{}");
    for aad in [json!(""), json!(null)] {
        assert_eq!(
            opened(json!({ "ciphertext": ciphertext, "associated_data": aad })),
            Ok(b"{}".to_vec())
        );
    }
}

//! This crate's code against bytes made by the channels' own SDKs.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::alipay::vectors as alipay;
use crate::crypto::{Signer, Verifier, seal, spoil};
use crate::wechat::vectors as wechat;

fn alipay_vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/alipay.json")).unwrap()
}

fn certificate_vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/alipay_certificates.json")).unwrap()
}

fn wechat_vectors() -> Value {
    serde_json::from_str(include_str!("../../vectors/wechat.json")).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn signer(pair: &Value) -> Signer {
    Signer::from_pem(text(&pair["private"])).unwrap()
}

fn verifier(pair: &Value) -> Verifier {
    Verifier::from_pem(text(&pair["public"])).unwrap()
}

/// The cases of one list; empty lists would prove nothing.
fn cases<'a>(vectors: &'a Value, name: &str) -> &'a Vec<Value> {
    let list = vectors[name].as_array().unwrap();
    assert!(!list.is_empty(), "{name}");
    list
}

#[test]
fn alipay_requests_verify_and_sign_to_the_same_bytes() {
    let vectors = alipay_vectors();
    let app = &vectors["keys"]["app"];
    for case in cases(&vectors, "requests") {
        let params: BTreeMap<String, String> =
            serde_json::from_value(case["params"].clone()).unwrap();
        let canonical = alipay::request_canonical(&params);
        assert_eq!(canonical, text(&case["canonical"]), "{}", case["id"]);
        assert_eq!(signer(app).sign(canonical.as_bytes()), text(&case["sign"]), "{}", case["id"]);
        assert!(verifier(app).accepts(canonical.as_bytes(), text(&case["sign"])));
        assert!(!verifier(app).accepts(canonical.as_bytes(), &spoil(text(&case["sign"]))));
    }
}

#[test]
fn alipay_notifications_are_signed_as_production_signs_them() {
    let vectors = alipay_vectors();
    let alipay_keys = &vectors["keys"]["alipay"];
    for case in cases(&vectors, "notifications") {
        let body = text(&case["body"]).as_bytes();
        let form: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
        let canonical = alipay::notify_canonical(&form);
        assert_eq!(canonical, text(&case["canonical"]), "{}", case["id"]);
        let same = signer(alipay_keys).sign(canonical.as_bytes()) == form["sign"];
        assert_eq!(same, case["valid"].as_bool().unwrap(), "{}", case["id"]);
    }
}

#[test]
fn alipay_return_urls_are_signed_as_production_signs_them() {
    let vectors = alipay_vectors();
    for case in cases(&vectors, "return_urls") {
        let form: BTreeMap<String, String> =
            serde_json::from_value(case["params"].clone()).unwrap();
        let canonical = alipay::notify_canonical(&form);
        assert_eq!(canonical, text(&case["canonical"]), "{}", case["id"]);
        let same = signer(&vectors["keys"]["alipay"]).sign(canonical.as_bytes()) == form["sign"];
        assert_eq!(same, case["valid"].as_bool().unwrap(), "{}", case["id"]);
    }
}

#[test]
fn alipay_answers_are_signed_over_their_exact_text() {
    let vectors = alipay_vectors();
    for case in cases(&vectors, "responses") {
        let sign = signer(&vectors["keys"]["alipay"]).sign(text(&case["signed"]).as_bytes());
        let same = sign == text(&case["sign"]);
        assert_eq!(same, case["verified"].as_bool().unwrap(), "{}", case["id"]);
    }
}

#[test]
fn wechat_requests_verify_and_sign_to_the_same_bytes() {
    let vectors = wechat_vectors();
    for case in cases(&vectors, "requests") {
        let name = &case["name"];
        let own = wechat::parse(text(&case["authorization"])).expect("a header parses");
        assert_eq!(own.serial_no, text(&vectors["config"]["merchant_serial"]), "{name}");
        let (method, uri) = (text(&case["method"]), text(&case["uri"]));
        let message = wechat::message(method, uri, &own, text(&case["body"]).as_bytes());
        assert_eq!(String::from_utf8_lossy(&message), text(&case["message"]), "{name}");
        assert_eq!(signer(&vectors["merchant"]).sign(&message), own.signature, "{name}");
        assert!(verifier(&vectors["merchant"]).accepts(&message, &own.signature), "{name}");
    }
}

#[test]
fn wechat_answers_and_notifications_are_signed_to_the_same_bytes() {
    let vectors = wechat_vectors();
    for case in cases(&vectors, "messages") {
        let [timestamp, nonce, body] = ["timestamp", "nonce", "body"].map(|name| text(&case[name]));
        let pair = &vectors["platform"][text(&case["serial"])];
        let message = wechat::answer_message(timestamp, nonce, body);
        let sign = signer(pair).sign(message.as_bytes());
        assert_eq!(sign, text(&case["signature"]), "{}", case["name"]);
    }
}

#[test]
fn sealing_gives_the_same_bytes() {
    let vectors = wechat_vectors();
    for case in cases(&vectors, "sealed") {
        let [key, nonce, aad, plain] =
            ["key", "nonce", "associated_data", "plaintext"].map(|name| text(&case[name]));
        let sealed = seal(key, nonce, aad, plain.as_bytes());
        assert_eq!(sealed.as_deref(), Some(text(&case["ciphertext"])), "{}", case["name"]);
    }
    assert_eq!(seal("short", "0123456789ab", "", b""), None);
    assert_eq!(seal("WxSharedApiV3KeyForTests00000001", "short", "", b""), None);
}

#[test]
fn alipay_certificates_are_numbered_as_its_own_library_numbers_them() {
    let vectors = certificate_vectors();
    for case in cases(&vectors, "certificates") {
        assert_eq!(alipay::sn_of_pem(text(&case["pem"])).as_deref(), case["sn"].as_str());
    }
    for case in cases(&vectors, "bundles") {
        assert_eq!(alipay::root_sn(text(&case["pem"])), text(&case["sn"]));
    }
}

#[test]
fn alipay_contents_are_encrypted_to_the_same_bytes() {
    for case in cases(&certificate_vectors(), "encrypted") {
        let cipher = alipay::Cipher::from_base64(text(&case["key"])).unwrap();
        let (plain, sealed) = (text(&case["plain"]), text(&case["sealed"]));
        assert_eq!(cipher.encrypt(plain.as_bytes()), sealed, "{}", case["id"]);
        assert_eq!(cipher.decrypt(sealed).as_deref(), Some(plain.as_bytes()), "{}", case["id"]);
    }
}

use paymux_channel::keys::Certificate;
use paymux_channel::rsa::PrivateKey;

use super::*;
use crate::tests::{GENUINE, NOW, PUBLIC_KEY_ID, Voice, account, config, pem};

const BODY: &str = r#"{"code_url":"weixin://wxpay/bizpayurl/up?pr=1"}"#;

fn distrust(headers: &HeaderMap, now: Timestamp) -> Option<Distrust> {
    verify(&account().keys, headers, BODY.as_bytes(), now).err()
}

fn genuine() -> HeaderMap {
    GENUINE.headers(BODY.as_bytes())
}

#[test]
fn every_header_is_there_once() {
    assert_eq!(distrust(&genuine(), NOW), None);
    for name in [TIMESTAMP, NONCE, SIGNATURE, SERIAL] {
        let mut twice = genuine();
        twice.append(name, twice[name].clone());
        assert_eq!(distrust(&twice, NOW), Some(Distrust::Headers(name)), "twice {name}");
        let mut empty = genuine();
        empty.insert(name, "".parse().unwrap());
        assert_eq!(distrust(&empty, NOW), Some(Distrust::Headers(name)), "empty {name}");
    }
}

#[test]
fn one_scheme_is_known() {
    let check = |values: &[&str], expected: Option<Distrust>| {
        let mut headers = genuine();
        for value in values {
            headers.append(SIGNATURE_TYPE, value.parse().unwrap());
        }
        assert_eq!(distrust(&headers, NOW), expected, "{values:?}");
    };
    check(&[], None);
    check(&[SCHEME], None);
    let unknown = Some(Distrust::Headers(SIGNATURE_TYPE));
    check(&[SCHEME, SCHEME], unknown.clone());
    check(&["WECHATPAY2-SM2-WITH-SM3"], unknown.clone());
    check(&[""], unknown);
}

/// Signed as it stands, so that nothing but the time itself is wrong with it.
#[test]
fn a_time_is_digits() {
    let check = |time: &str, expected: Option<Distrust>| {
        let mut headers = genuine();
        let nonce = headers[NONCE].to_str().unwrap();
        let message = format!("{time}\n{nonce}\n{BODY}\n");
        let key = PrivateKey::parse(&pem(GENUINE.key)).unwrap();
        let signature = key.sign(message.as_bytes()).unwrap();
        headers.insert(SIGNATURE, signature.parse().unwrap());
        headers.insert(TIMESTAMP, time.parse().unwrap());
        assert_eq!(distrust(&headers, NOW), expected, "{time}");
    };
    check("1735689600", None);
    check("1735689301", None);
    check("1735689899", None);
    check("1735689300", Some(Distrust::Stale));
    check("1735689900", Some(Distrust::Stale));
    check("0", Some(Distrust::Stale));
    for time in ["+1735689600", "1735689600.0", "1735689600 ", "NaN", "-1", "1735689600000000000"] {
        check(time, Some(Distrust::Headers(TIMESTAMP)));
    }
}

/// Whatever key it names, it is a probe and no reason to fetch keys.
#[test]
fn probes_are_told_apart() {
    let mut probe = genuine();
    let text = format!("WECHATPAY/SIGNTEST/{}", probe[SIGNATURE].to_str().unwrap());
    probe.insert(SIGNATURE, text.parse().unwrap());
    assert_eq!(distrust(&probe, NOW), Some(Distrust::Probe));
    probe.insert(SERIAL, "00".parse().unwrap());
    assert_eq!(distrust(&probe, NOW), Some(Distrust::Probe));
    assert_eq!(VerifyError::from(Distrust::Probe), VerifyError::Probe);
}

#[test]
fn the_key_is_the_one_named() {
    let check = |serial: &str, key: &str, expected: Option<Distrust>| {
        let headers = Voice { serial, key, at: NOW }.headers(BODY.as_bytes());
        assert_eq!(distrust(&headers, NOW), expected, "{serial} {key}");
    };
    let unknown = |serial: &str| Some(Distrust::UnknownKey { serial: serial.to_owned() });
    let first = config("platform1_serial");
    check(&first, "platform1.key", None);
    check(&first.to_lowercase(), "platform1.key", None);
    check(&format!("00{first}"), "platform1.key", None);
    check(&first, "platform2.key", Some(Distrust::Signature));
    check(&first, "stranger.key", Some(Distrust::Signature));
    // Our own key proves nothing about them.
    let ours = config("merchant_serial");
    check(&ours, "merchant.key", unknown(&ours));
    check(PUBLIC_KEY_ID, "wxpub.key", None);
    check(PUBLIC_KEY_ID, "platform1.key", Some(Distrust::Signature));
    check("PUB_KEY_ID_0", "wxpub.key", unknown("PUB_KEY_ID_0"));
    check(&PUBLIC_KEY_ID.to_lowercase(), "wxpub.key", Some(Distrust::Headers(SERIAL)));
    check("../x", "wxpub.key", Some(Distrust::Headers(SERIAL)));
    check(&"A".repeat(65), "wxpub.key", Some(Distrust::Headers(SERIAL)));
}

/// At the moment of the message, not of the opening of the account.
#[test]
fn certificates_outside_their_span_prove_nothing() {
    let mut keys = KeySet::default();
    for name in ["platform2.crt", "platform_expired.crt"] {
        keys.insert_certificate(Certificate::parse(&pem(name)).unwrap());
    }
    let check = |serial: &str, key: &str, now: Timestamp, valid: bool| {
        let headers = Voice { serial, key, at: now }.headers(BODY.as_bytes());
        let unknown = Distrust::UnknownKey { serial: serial.to_owned() };
        let expected = if valid { Ok(()) } else { Err(unknown) };
        assert_eq!(verify(&keys, &headers, BODY.as_bytes(), now), expected, "{serial} at {now:?}");
    };
    let expired = Certificate::parse(&pem("platform_expired.crt")).unwrap();
    let (serial, key) = (expired.serial.as_str(), "platform_expired.key");
    check(serial, key, expired.not_after, true);
    check(serial, key, Timestamp(expired.not_after.0 + 1000), false);
    check(serial, key, NOW, false);
    let second = Certificate::parse(&pem("platform2.crt")).unwrap();
    let (serial, key) = (second.serial.as_str(), "platform2.key");
    check(serial, key, second.not_before, true);
    check(serial, key, Timestamp(second.not_before.0 - 1000), false);
}

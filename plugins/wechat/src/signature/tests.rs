use paymux_channel::keys::Certificate;
use paymux_channel::{Call, Channel as _, Operation, Outcome, Response};
use paymux_core::payment::{Action, Method};
use serde_json::Value;

use super::*;
use crate::tests::{
    NOW, account, answer, attempt, call, cases, config, headers, pay, pem, sign, unsigned,
};

const BODY: &str = r#"{"code_url":"weixin://wxpay/bizpayurl/up?pr=1"}"#;

fn response(vector: &Value) -> Response {
    let status = u16::try_from(vector["http_status"].as_u64().unwrap()).unwrap();
    let mut response = unsigned(status, vector["body"].as_str().unwrap());
    for (name, value) in vector["headers"].as_object().unwrap() {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().insert(name, value.as_str().unwrap().parse().unwrap());
    }
    response
}

fn parse(vector: &Value) -> Result<Outcome, ParseError> {
    let operation = match vector["http_status"].as_u64() {
        Some(204) => Operation::Close { attempt: attempt() },
        Some(_) | None => Operation::Pay(pay(Method::Qr)),
    };
    let now = Timestamp::from_secs(vector["now"].as_i64().unwrap());
    account().parse(&operation, &Call { now, ..call() }, &response(vector))
}

#[test]
fn the_vectors() {
    let code = "weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00";
    let code = || Ok(Outcome::Accepted(Action::QrCode(code.to_owned())));
    let serial = "46F2D6E5C0C0B1B2A3948576D5E4F30102030405".to_owned();
    let expected = [
        ("response_cert_mode", code()),
        ("response_cert_mode_new_cert", code()),
        ("response_pubkey_mode", code()),
        ("response_204_empty_body", Ok(Outcome::Closed)),
        ("skew_minus_299", code()),
        ("skew_minus_301", Err(ParseError::Stale)),
        ("skew_plus_299", code()),
        ("skew_plus_301", Err(ParseError::Stale)),
        // Implementations differ; ours takes the side of WeChat Pay's own.
        ("skew_exactly_300", Err(ParseError::Stale)),
        ("tampered_body", Err(ParseError::Signature)),
        ("unknown_serial", Err(ParseError::UnknownKey { serial })),
        ("serial_of_other_key", Err(ParseError::Signature)),
        ("missing_signature", Err(ParseError::Malformed(SIGNATURE))),
        ("missing_timestamp", Err(ParseError::Malformed(TIMESTAMP))),
        ("missing_nonce", Err(ParseError::Malformed(NONCE))),
        ("missing_serial", Err(ParseError::Malformed(SERIAL))),
        ("signtest_probe", Err(ParseError::Signature)),
    ];
    let vectors = cases(include_str!("../../vectors/v3_verify.json"));
    assert_eq!(vectors.len(), expected.len());
    for (vector, (name, expected)) in vectors.iter().zip(expected) {
        assert_eq!(vector["name"], name);
        assert_eq!(parse(vector), expected, "{name}");
    }
}

/// Signed by the SDK's test key, over a body whose contents another key opens.
#[test]
fn the_sdks_notification() {
    let all = cases(include_str!("../../vectors/official.json"));
    let vector = all.iter().find(|it| it["name"] == "go_notify").unwrap();
    let mut keys = KeySet::default();
    let certificate = Certificate::parse(vector["certificate"].as_str().unwrap()).unwrap();
    assert!(certificate.has_serial(vector["certificate_serial"].as_str().unwrap()));
    keys.insert_certificate(certificate);
    let mut genuine = unsigned(200, vector["body"].as_str().unwrap());
    for (name, value) in vector["headers"].as_object().unwrap() {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        genuine.headers_mut().insert(name, value.as_str().unwrap().parse().unwrap());
    }
    let now = Timestamp::from_secs(vector["now"].as_i64().unwrap());
    assert_eq!(verify(&keys, genuine.headers(), genuine.body(), now), Ok(()));
    assert_eq!(verify(&keys, genuine.headers(), b"{}", now), Err(Distrust::Signature));
}

#[test]
fn the_sdks_signatures() {
    let all = cases(include_str!("../../vectors/official.json"));
    for name in ["go_sign_source", "java_rsa_sign_message"] {
        let vector = all.iter().find(|it| it["name"] == name).unwrap();
        let text = |field: &str| vector[field].as_str().unwrap();
        let key = paymux_channel::rsa::PrivateKey::parse(text("private_key")).unwrap();
        assert_eq!(key.sign(text("message").as_bytes()).unwrap(), text("signature"), "{name}");
    }
    let vector = all.iter().find(|it| it["name"] == "go_cert_serial_leading_zero").unwrap();
    let certificate = Certificate::parse(vector["certificate"].as_str().unwrap()).unwrap();
    assert!(certificate.has_serial(vector["serial_no"].as_str().unwrap()));
}

fn distrust(headers: &HeaderMap, now: Timestamp) -> Option<Distrust> {
    verify(&account().keys, headers, BODY.as_bytes(), now).err()
}

fn genuine() -> HeaderMap {
    answer(200, BODY).headers().clone()
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
        let signature = sign("wxpub.key", &format!("{time}\n{nonce}\n{BODY}\n"));
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
        assert_eq!(distrust(&headers(serial, key, NOW, BODY), NOW), expected, "{serial} {key}");
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
    let id = config("wechatpay_public_key_id");
    check(&id, "platform1.key", Some(Distrust::Signature));
    check("PUB_KEY_ID_0", "wxpub.key", unknown("PUB_KEY_ID_0"));
    check(&id.to_lowercase(), "wxpub.key", Some(Distrust::Headers(SERIAL)));
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
        let headers = headers(serial, key, now, BODY);
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

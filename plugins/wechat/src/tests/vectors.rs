//! Bytes made by WeChat Pay's own SDKs and by others', reproduced and judged as they judge them.

use http::HeaderValue;
use paymux_channel::keys::Certificate;
use paymux_channel::rsa::{PrivateKey, PublicKey};
use paymux_channel::{News, VerifyError};

use super::*;
use crate::signature::Claim;

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("{name} of {}", case["name"]))
}

pub(crate) fn seconds(case: &Value, name: &str) -> Timestamp {
    Timestamp::from_secs(case[name].as_i64().unwrap())
}

/// With the headers and the body of a case.
fn received<T: Default>(case: &Value, message: http::Response<T>) -> (http::HeaderMap, Bytes) {
    let (mut parts, _) = message.into_parts();
    for (name, value) in case["headers"].as_object().unwrap() {
        let name: http::HeaderName = name.parse().unwrap();
        parts.headers.insert(name, HeaderValue::from_str(value.as_str().unwrap()).unwrap());
    }
    (parts.headers, text(case, "body").to_owned().into())
}

fn response(case: &Value) -> Response {
    let (headers, body) = received(case, http::Response::new(()));
    let mut response =
        unsigned(u16::try_from(case["http_status"].as_i64().unwrap()).unwrap(), body);
    *response.headers_mut() = headers;
    response
}

pub(crate) fn request(case: &Value) -> Request {
    let (headers, body) = received(case, http::Response::new(()));
    let mut request = Request::new(body);
    *request.headers_mut() = headers;
    request
}

#[test]
fn requests_are_signed_to_the_same_bytes() {
    let cases = cases(include_str!("../../vectors/v3_request_sign.json"));
    assert_eq!(cases.len(), 16);
    for case in cases {
        let mut account = account();
        if case["name"] == "partner_native" {
            account.mch_id = "1900007291".into();
        }
        let nonce = u128::from_str_radix(text(&case, "nonce"), 16).unwrap().to_be_bytes();
        let call = Call { now: seconds(&case, "timestamp"), nonce, ..call() };
        let method = text(&case, "method").parse().unwrap();
        let signed =
            account.authorization(&method, text(&case, "uri"), text(&case, "body"), &call).unwrap();
        assert_eq!(signed, text(&case, "authorization"), "{}", case["name"]);
    }
}

/// The whole request, where the vector's is one of ours.
#[test]
fn a_request_is_built_to_the_same_bytes() {
    let cases = cases(include_str!("../../vectors/v3_request_sign.json"));
    let case = cases.iter().find(|it| it["name"] == "get_certificates").unwrap();
    let nonce = u128::from_str_radix(text(case, "nonce"), 16).unwrap().to_be_bytes();
    let call = Call { now: seconds(case, "timestamp"), nonce, ..call() };
    let request = sent(account().build(&Operation::PlatformKeys { serial: None }, &call));
    assert_eq!(request.uri(), "https://api.mch.weixin.qq.com/v3/certificates");
    assert_eq!(request.headers()["authorization"], text(case, "authorization"));
}

#[test]
fn answers_are_judged_as_the_sdks_judge_them() {
    let mut judged = 0;
    for case in cases(include_str!("../../vectors/v3_verify.json")) {
        let call = Call { now: seconds(&case, "now"), ..call() };
        let closing = case["http_status"] == 204;
        let operation =
            if closing { Operation::Close { attempt: attempt() } } else { Operation::Pay(pay()) };
        let parsed = account().parse(&operation, &call, &response(&case));
        match text(&case, "expect") {
            "accept" => assert!(parsed.is_ok(), "{}: {parsed:?}", case["name"]),
            "reject" => assert!(parsed.is_err(), "{}: {parsed:?}", case["name"]),
            // The edge on which the SDKs differ.
            "either" => continue,
            other => panic!("{other}"),
        }
        judged += 1;
    }
    assert!(judged >= 12, "{judged}");
}

#[test]
fn why_answers_are_refused() {
    let check = |name: &str, expected: ParseError| {
        let cases = cases(include_str!("../../vectors/v3_verify.json"));
        let case = cases.iter().find(|it| it["name"] == name).unwrap();
        let call = Call { now: seconds(case, "now"), ..call() };
        let parsed = account().parse(&Operation::Pay(pay()), &call, &response(case));
        assert_eq!(parsed, Err(expected), "{name}");
    };
    check("skew_minus_301", ParseError::Stale);
    check("skew_plus_301", ParseError::Stale);
    check("tampered_body", ParseError::Signature);
    check("serial_of_other_key", ParseError::Signature);
    check("signtest_probe", ParseError::Signature);
    let serial = "46F2D6E5C0C0B1B2A3948576D5E4F30102030405".to_owned();
    check("unknown_serial", ParseError::UnknownKey { serial });
    check("missing_signature", ParseError::Malformed("wechatpay-signature"));
    check("missing_timestamp", ParseError::Malformed("wechatpay-timestamp"));
    check("missing_nonce", ParseError::Malformed("wechatpay-nonce"));
    check("missing_serial", ParseError::Malformed("wechatpay-serial"));
}

#[test]
fn notifications_are_judged_as_the_sdks_judge_them() {
    for case in cases(include_str!("../../vectors/v3_notify.json")) {
        let verified = account().verify(&request(&case), seconds(&case, "now"));
        match text(&case, "expect") {
            "accept" => assert!(verified.is_ok(), "{}: {verified:?}", case["name"]),
            "reject" => assert!(verified.is_err(), "{}: {verified:?}", case["name"]),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn what_notifications_say() {
    let cases = cases(include_str!("../../vectors/v3_notify.json"));
    let verify = |name: &str| {
        let case = cases.iter().find(|it| it["name"] == name).unwrap();
        account().verify(&request(case), seconds(case, "now"))
    };
    for name in ["pay_success_cert_mode", "pay_success_pubkey_mode", "pay_success_empty_aad"] {
        let notification = verify(name).unwrap();
        assert_eq!(notification.out_trade_no, "20250101000000011");
        assert_eq!(notification.mismatch, None, "{name}");
        let [News::Paid(receipt)] = &notification.news[..] else { panic!("{name}") };
        assert_eq!(receipt.amount, fen(100));
        assert_eq!(receipt.channel_trade_no, "4200000001202501010000000011");
        assert_eq!(receipt.paid_at, Timestamp(NOW.0 + 3000));
    }
    for (name, fact) in [
        ("refund_success", "refund.succeeded"),
        ("refund_abnormal", "refund.abnormal"),
        ("refund_closed", "refund.closed"),
    ] {
        let notification = verify(name).unwrap();
        let [News::Refund { out_refund_no, fact: told }] = &notification.news[..] else {
            panic!("{name}")
        };
        assert_eq!((out_refund_no.as_str(), told.name()), ("R20250101000000011-1", fact));
        assert_eq!(notification.mismatch, None);
    }
    // Other products of the same merchant number.
    let notification = verify("profitsharing").unwrap();
    assert_eq!((notification.news, notification.mismatch), (vec![], None));
    let notification = verify("transfer_bill_success").unwrap();
    assert_eq!((&*notification.out_trade_no, notification.mismatch), ("B20250101001", None));
    assert!(
        matches!(&notification.news[..], [News::Transfer(it)] if it.name() == "transfer.succeeded")
    );
    let partner = verify("pay_success_partner").unwrap();
    assert_eq!((partner.news, &*partner.out_trade_no), (vec![], "20250101000000011"));
    assert_eq!(partner.mismatch.unwrap().field, "mchid");
    // A combined order of another system: its parts are not numbered as ours.
    let combined = verify("pay_success_combine").unwrap();
    assert_eq!((combined.news, combined.mismatch), (vec![], None));
    assert_eq!(combined.out_trade_no, "C20250101000000001");
    for (name, why) in [
        ("tampered_one_byte", VerifyError::Signature),
        ("reserialised_body", VerifyError::Signature),
        ("expired_timestamp", VerifyError::Stale),
        ("signtest_probe", VerifyError::Probe),
    ] {
        assert_eq!(verify(name), Err(why), "{name}");
    }
}

#[test]
fn certificates_are_fetched_with_nothing_to_verify_by() {
    let account = settings::read(&bare_settings(), &[]).unwrap();
    let cases = cases(include_str!("../../vectors/v3_certificates.json"));
    let call = Call { now: seconds(&cases[0], "now"), ..call() };
    let parsed = account
        .parse(&Operation::PlatformKeys { serial: None }, &call, &response(&cases[0]))
        .unwrap();
    let Outcome::PlatformKeys(published) = parsed else { panic!("{parsed:?}") };
    let expected = cases[0]["certificates"].as_object().unwrap();
    assert_eq!(published.len(), expected.len());
    for key in &published {
        assert_eq!(key.certificate_pem, expected[&key.serial].as_str().unwrap());
    }
    // And then everything else is verified by them.
    let opened = settings::read(&bare_settings(), &published).unwrap();
    assert!(opened.capabilities().fetches_platform_keys);
    let notified = super::cases(include_str!("../../vectors/v3_notify.json"));
    assert!(opened.verify(&request(&notified[0]), NOW).is_ok());
    assert!(account.verify(&request(&notified[0]), NOW).is_err());
}

#[test]
fn a_merchant_without_certificates() {
    let cases = cases(include_str!("../../vectors/v3_certificates.json"));
    let case = &cases[1];
    assert_eq!(text(case, "expect"), "use_public_key");
    let answer = unsigned(404, text(case, "body").to_owned());
    let operation = Operation::PlatformKeys { serial: None };
    assert_eq!(parse(&operation, &answer), Ok(Outcome::PlatformKeys(vec![])));
    // Without a public key there would be nothing to verify by.
    let bare = settings::read(&bare_settings(), &[]).unwrap();
    assert_eq!(bare.parse(&operation, &call(), &answer), Ok(unknown("RESOURCE_NOT_EXISTS")));
}

#[test]
fn resources_open_as_the_sdks_open_them() {
    let mut aead = cases(include_str!("../../vectors/v3_aead.json"));
    let official = cases(include_str!("../../vectors/official.json"));
    aead.extend(official.into_iter().filter(|it| it["type"] == "aes_gcm"));
    assert!(aead.len() >= 6);
    for case in aead {
        let key = paymux_channel::aead::AeadKey::new(text(&case, "key").as_bytes()).unwrap();
        let resource: crate::resource::Resource = serde_json::from_value(serde_json::json!({
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": case["nonce"],
            "associated_data": case["associated_data"],
            "ciphertext": case["ciphertext"],
        }))
        .unwrap();
        let plain = resource.open(&key).unwrap();
        assert_eq!(plain, text(&case, "plaintext").as_bytes(), "{}", case["name"]);
    }
}

/// Of the official SDKs' own tests, those of what is used here.
#[test]
fn official_signatures() {
    let cases = cases(include_str!("../../vectors/official.json"));
    let find = |name: &str| cases.iter().find(|it| it["name"] == name).unwrap();
    for name in ["go_sign_source", "java_rsa_sign_message"] {
        let case = find(name);
        let key = PrivateKey::parse(text(case, "private_key")).unwrap();
        assert_eq!(key.sign(text(case, "message").as_bytes()).unwrap(), text(case, "signature"));
    }
    let case = find("java_rsa_sign_message");
    let certificate = Certificate::parse(text(case, "certificate")).unwrap();
    let (message, signature) = (text(case, "message").as_bytes(), text(case, "signature"));
    assert!(certificate.key.verifies(message, signature));
    assert!(!certificate.key.verifies(b"another", signature));
    let case = find("go_cert_serial_leading_zero");
    let certificate = Certificate::parse(text(case, "certificate")).unwrap();
    assert!(certificate.has_serial(text(case, "serial_no")));
    assert!(!certificate.has_serial(&text(case, "serial_no").replace("0C4A", "C40A")));
}

/// Its key has 16 bytes, which no real one has; so its signature alone is checked.
#[test]
fn an_official_notification_verifies() {
    let cases = cases(include_str!("../../vectors/official.json"));
    let case = cases.iter().find(|it| it["name"] == "go_notify").unwrap();
    let certificate = Certificate::parse(text(case, "certificate")).unwrap();
    let (headers, body) = received(case, http::Response::new(()));
    let claim = Claim::read(&headers, seconds(case, "now")).unwrap();
    assert!(certificate.has_serial(claim.serial));
    assert_eq!(claim.verify(&certificate.key, &body), Ok(()));
    assert!(claim.verify(&certificate.key, &body[1..]).is_err());
}

#[test]
fn fields_are_sealed_and_opened_as_the_sdks_do() {
    let cases = cases(include_str!("../../vectors/v3_oaep.json"));
    assert_eq!(cases.len(), 5);
    for case in cases {
        let open = |sealed: &str| {
            let key = PrivateKey::parse(&pem(text(&case, "decrypt_with"))).unwrap();
            key.open(sealed).map(|it| String::from_utf8(it.to_vec()).unwrap())
        };
        let plain = text(&case, "plaintext");
        for sealed in case["ciphertexts"].as_array().unwrap() {
            assert_eq!(open(sealed.as_str().unwrap()).as_deref(), Ok(plain), "{}", case["name"]);
        }
        // The one key that is bare PKCS#1 belongs to a product of APIv2.
        let name = text(&case, "encrypt_with").replace(".pkcs1.pub", ".key");
        let key = if name.ends_with(".key") {
            PublicKey::from_der(&PrivateKey::parse(&pem(&name)).unwrap().public_der().unwrap())
        } else {
            PublicKey::parse(&pem(&name))
        };
        let key = key.unwrap();
        let (once, again) = (key.seal(plain.as_bytes()), key.seal(plain.as_bytes()));
        assert_ne!(once, again, "it is random");
        assert_eq!(open(&once.unwrap()).as_deref(), Ok(plain), "{}", case["name"]);
        // 2048 bits take 214 bytes.
        assert!(key.seal(&[7; 214]).is_ok() && key.seal(&[7; 215]).is_err());
    }
    assert!(PrivateKey::parse(&pem("merchant.key")).unwrap().open("QUJD").is_err());
}

use paymux_channel::{Channel as _, Operation};
use serde_json::{Value, json};

use super::*;
use crate::certificates::chain::Leaf;
use crate::tests::{account, biz, call, certificate, certified, certified_settings, respond};
use crate::{Alipay, settings};

const SERIAL: &str = "f8b95a21ab7bfd4acd297f9552543226";

fn operation(serial: &str) -> Operation {
    Operation::PlatformKeys { serial: Some(serial.to_owned()) }
}

fn downloaded(content: &str) -> Response {
    let node = json!({ "code": "10000", "msg": "Success", "alipay_cert_content": content });
    let name = "alipay_open_app_alipaycert_download_response";
    respond(json!({ name: node, "alipay_cert_sn": SERIAL, "sign": "AAAA" }).to_string())
}

fn chain() -> Value {
    let file: Value =
        serde_json::from_str(include_str!("../../vectors/certificates.json")).unwrap();
    file["chains"][0].clone()
}

#[test]
fn a_certificate_is_asked_for_by_its_number() {
    let step = certified().build(&operation(SERIAL), &call()).unwrap();
    assert_eq!(biz(&step), json!({ "alipay_cert_sn": SERIAL }));
    // Without a name there is nothing to ask.
    let step = certified().build(&Operation::PlatformKeys { serial: None }, &call()).unwrap();
    assert!(matches!(step, Step::Done(Outcome::PlatformKeys(keys)) if keys.is_empty()));
    let built = account().build(&operation(SERIAL), &call());
    assert!(matches!(built, Err(BuildError::Unsupported)));
}

/// From an answer signed with an unknown key to the key that verifies it.
#[test]
fn the_vectors_chain_becomes_a_key() {
    let chain = chain();
    assert_eq!((&chain["expect_trusted"], &chain["expect_sn"]), (&json!(true), &json!(SERIAL)));
    let content = chain["alipay_cert_content"].as_str().unwrap();
    let parsed = certified().parse(&operation(SERIAL), &call(), &downloaded(content));
    let Ok(Outcome::PlatformKeys(keys)) = parsed else { panic!("{parsed:?}") };
    let [key] = &keys[..] else { panic!("{keys:?}") };
    assert_eq!(key.serial, SERIAL);
    // Opened with it, the account trusts it; another fetch gives it once.
    let again = paymux_channel::Plugin::open(
        &Alipay,
        &certified_settings("alipayCertPublicKey_RSA2.crt"),
        &keys,
    );
    let again = again.unwrap().parse(&operation(SERIAL), &call(), &downloaded(content));
    assert_eq!(again, Ok(Outcome::PlatformKeys(keys)));
}

#[test]
fn nothing_else_becomes_one() {
    let encode = |files: &[&str]| {
        let pem: String = files.iter().map(|it| certificate(it)).collect();
        STANDARD.encode(pem)
    };
    let (alipay, app) = ("alipayCertPublicKey_RSA2.crt", "appCertPublicKey.crt");
    let app_serial = "819b043cd4da4f1396fa51c3ae4d2c80";
    for (serial, content) in [
        (SERIAL, encode(&[alipay])),
        (SERIAL, encode(&[app, "class1.crt"])),
        (app_serial, encode(&[app, "class1.crt"])),
        (app_serial, encode(&[alipay, "class2.crt"])),
        (SERIAL, encode(&[])),
        (SERIAL, "x".to_owned()),
        (SERIAL, certificate(alipay)),
    ] {
        let parsed = certified().parse(&operation(serial), &call(), &downloaded(&content));
        assert!(matches!(parsed, Err(ParseError::Malformed(_))), "{parsed:?}");
    }
}

/// Not one byte of what came over the wire may be another.
#[test]
fn a_bent_certificate_is_no_key() {
    let content = chain()["alipay_cert_content"].as_str().unwrap().to_owned();
    let pem = STANDARD.decode(&content).unwrap();
    let key_of = |pem: &str| Leaf::read(pem).unwrap().public_key;
    let genuine = key_of(&certificate("alipayCertPublicKey_RSA2.crt"));
    let end = pem.windows(9).position(|it| it == b"-----END ").unwrap();
    for at in (28..end).step_by(7) {
        let mut bent = pem.clone();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        let response = downloaded(&STANDARD.encode(bent));
        let parsed = certified().parse(&operation(SERIAL), &call(), &response);
        // What stands around the signed text may be spelt otherwise, and says nothing.
        let same = |keys: &[PlatformKey]| key_of(&keys[0].certificate_pem) == genuine;
        let accepted = matches!(&parsed, Ok(Outcome::PlatformKeys(keys)) if !same(keys));
        assert!(!accepted, "byte {at}: {parsed:?}");
    }
}

#[test]
fn a_certificate_that_is_over_is_no_key() {
    let content = chain()["alipay_cert_content"].as_str().unwrap().to_owned();
    let late = Call { now: paymux_core::Timestamp(4_102_444_800_000), ..call() };
    let parsed = certified().parse(&operation(SERIAL), &late, &downloaded(&content));
    assert_eq!(parsed, Err(ParseError::Malformed("its certificate is not valid now")));
    let forged = PlatformKey { serial: SERIAL.into(), certificate_pem: certificate("class2.crt") };
    let settings = certified_settings("alipayCertPublicKey_RSA2.crt");
    // What does not deserve it is left out, and the account opens without it.
    assert!(settings::read(&settings, &[forged]).is_ok());
}

fn renewal(of: &str) -> String {
    let file: Value = serde_json::from_str(include_str!("../../vectors/renewal.json")).unwrap();
    file[of].as_str().unwrap().to_owned()
}

/// Alipay renews its certificate: the answer that names the new one is not believed before that
/// one has been fetched, and is then.
#[test]
fn a_renewed_certificate_is_fetched_and_believed() {
    let mut own = crate::tests::with(&[
        ("app_cert", &renewal("app")),
        ("alipay_root_cert", &renewal("root")),
        ("alipay_cert", &renewal("old")),
    ]);
    own.set_list("alipay_public_key", vec![]);
    let file: Value = serde_json::from_str(include_str!("../../vectors/renewal.json")).unwrap();
    let new = file["sn"]["new"].as_str().unwrap();
    let account = settings::read(&own, &[]).unwrap();
    let certificates = account.trust.certificates().unwrap();
    assert_eq!(certificates.app_cert_sn, file["sn"]["app"].as_str().unwrap());
    assert_eq!(certificates.root_cert_sn, file["root_sn"].as_str().unwrap());

    let node = r#"{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}"#;
    let sign = crate::tests::sign(node);
    let text = format!(
        r#"{{"alipay_trade_query_response":{node},"alipay_cert_sn":"{new}","sign":"{sign}"}}"#
    );
    let question = Operation::Query { attempt: crate::tests::attempt() };
    let asked = account.parse(&question, &call(), &respond(text.clone()));
    assert_eq!(asked, Err(ParseError::UnknownKey { serial: new.to_owned() }));

    let pem = STANDARD.encode(renewal("new") + &renewal("class2"));
    let fetched = account.parse(&operation(new), &call(), &downloaded(&pem));
    let Ok(Outcome::PlatformKeys(keys)) = fetched else { panic!("{fetched:?}") };
    let account = settings::read(&own, &keys).unwrap();
    let asked = account.parse(&question, &call(), &respond(text));
    assert_eq!(asked, Ok(Outcome::Absent));
    // What was learned is told again without a call, until it is over.
    let told = |now| {
        let call = Call { now, ..call() };
        let built = account.build(&Operation::PlatformKeys { serial: None }, &call);
        let Ok(Step::Done(Outcome::PlatformKeys(keys))) = built else { panic!() };
        keys
    };
    assert_eq!(told(call().now), keys);
    assert_eq!(told(paymux_core::Timestamp(4_102_444_800_000)), []);
}

use paymux_channel::{Channel as _, Operation};
use paymux_core::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::settings;
use crate::tests::{
    EXPIRED, GENUINE, NOW, PLATFORM1, PUBLIC_KEY_ID, Voice, bare_settings, call, config, failure,
    parse as parsed, pem, seal, unknown, unsigned,
};

const NONCE: &str = "61f9c719728a";

fn sealed(serial: &str, pem: &str) -> Value {
    json!({
        "serial_no": serial,
        "effective_time": "2022-01-01T08:00:00+08:00",
        "expire_time": "2036-12-31T08:00:00+08:00",
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": NONCE,
            "associated_data": "certificate",
            "ciphertext": seal(NONCE, "certificate", pem.as_bytes()),
        },
    })
}

fn published(items: &[Value]) -> String {
    json!({ "data": items }).to_string()
}

/// As at the first start: nothing is known yet.
fn first(response: &Response) -> Result<Vec<String>, ParseError> {
    let account = settings::read(&bare_settings(), &[]).unwrap();
    let outcome = account.parse(&Operation::PlatformKeys { serial: None }, &call(), response)?;
    let Outcome::PlatformKeys(keys) = outcome else { panic!("{outcome:?}") };
    Ok(keys.into_iter().map(|it| it.serial).collect())
}

#[test]
fn the_answer_is_proved_by_what_it_brings() {
    let platform2 = config("platform2_serial");
    let body = published(&[
        sealed(PLATFORM1, &pem("platform1.crt")),
        sealed(&platform2, &pem("platform2.crt")),
    ]);
    let both = vec![PLATFORM1.to_owned(), platform2];
    assert_eq!(first(&GENUINE.answer(200, body.clone())), Ok(both));
    let forged = Voice { key: "stranger.key", ..GENUINE }.answer(200, body.clone());
    assert_eq!(first(&forged), Err(ParseError::Signature));
    let unknown = Voice { serial: "1234", ..GENUINE }.answer(200, body.clone());
    assert_eq!(first(&unknown), Err(ParseError::UnknownKey { serial: "1234".into() }));
    let at = Timestamp(NOW.0 - 301_000);
    assert_eq!(first(&Voice { at, ..GENUINE }.answer(200, body.clone())), Err(ParseError::Stale));
    assert!(first(&unsigned(200, body)).is_err());
}

/// A stranger who signs with a certificate of his own cannot seal it.
#[test]
fn what_does_not_open_is_refused() {
    let mut item = sealed(PLATFORM1, &pem("platform1.crt"));
    item["encrypt_certificate"]["associated_data"] = json!("transaction");
    assert!(first(&GENUINE.answer(200, published(&[item]))).is_err());
    for text in ["", "nonsense", &pem("platform1.key")] {
        let body = published(&[sealed(PLATFORM1, text)]);
        assert!(matches!(first(&GENUINE.answer(200, body)), Err(ParseError::Malformed(_))));
    }
}

#[test]
fn serials_must_agree() {
    let body = published(&[sealed(&config("platform2_serial"), &pem("platform1.crt"))]);
    let refused = first(&GENUINE.answer(200, body));
    assert_eq!(refused, Err(ParseError::Malformed("a certificate has another serial")));
}

#[test]
fn what_is_out_of_date_is_left_out() {
    let items =
        [sealed(PLATFORM1, &pem("platform1.crt")), sealed(EXPIRED, &pem("platform_expired.crt"))];
    assert_eq!(first(&GENUINE.answer(200, published(&items))), Ok(vec![PLATFORM1.to_owned()]));
    let voice = Voice { serial: EXPIRED, key: "platform_expired.key", at: NOW };
    let refused = first(&voice.answer(200, published(&items)));
    assert_eq!(refused, Err(ParseError::UnknownKey { serial: EXPIRED.into() }));
    // The same before it began.
    let account = settings::read(&bare_settings(), &[]).unwrap();
    let early = Call { now: Timestamp::from_secs(1_500_000_000), ..call() };
    let voice = Voice { at: early.now, ..voice };
    let answer = voice.answer(200, published(&items));
    let Ok(Outcome::PlatformKeys(keys)) =
        account.parse(&Operation::PlatformKeys { serial: None }, &early, &answer)
    else {
        panic!()
    };
    assert_eq!(keys.len(), 1);
}

/// A merchant with a public key alone may be answered with an empty list, signed by that key.
#[test]
fn none_at_all() {
    let voice = Voice { serial: PUBLIC_KEY_ID, key: "wxpub.key", at: NOW };
    let answer = voice.answer(200, published(&[]));
    assert_eq!(
        parsed(&Operation::PlatformKeys { serial: None }, &answer),
        Ok(Outcome::PlatformKeys(vec![]))
    );
    assert!(first(&answer).is_err());
    let failed = unsigned(404, failure("RESOURCE_NOT_EXISTS"));
    assert_eq!(
        parsed(&Operation::PlatformKeys { serial: None }, &failed),
        Ok(Outcome::PlatformKeys(vec![])),
        "the public key is enough"
    );
    let bare = settings::read(&bare_settings(), &[]).unwrap();
    let outcome = bare.parse(&Operation::PlatformKeys { serial: None }, &call(), &failed);
    assert_eq!(outcome, Ok(unknown("RESOURCE_NOT_EXISTS")), "there is nothing else");
    assert_eq!(
        parsed(&Operation::PlatformKeys { serial: None }, &GENUINE.answer(204, "")),
        Ok(unknown("HTTP_204"))
    );
}

#[test]
fn a_few_certificates_are_enough() {
    let items = vec![sealed(PLATFORM1, &pem("platform1.crt")); MAX_CERTIFICATES + 1];
    let refused = first(&GENUINE.answer(200, published(&items)));
    assert_eq!(refused, Err(ParseError::Malformed("it has too many certificates")));
}

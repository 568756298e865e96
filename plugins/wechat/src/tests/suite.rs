//! The suite that every channel runs, and what must hold of any input.

use std::sync::Arc;

use paymux_channel::conformance::{
    building_is_deterministic, flipped_bits_are_refused, garbage_is_an_error,
};
use paymux_channel::{Channel, Plugin as _};
use proptest::prelude::*;

use super::*;
use crate::Wechat;

const ORDER: &str = r#"{"appid":"wx0123456789abcdef","mchid":"1900000109","out_trade_no":"ORDER",
    "transaction_id":"42","trade_state":"SUCCESS","success_time":"2025-01-01T07:59:57+08:00",
    "amount":{"total":8888,"currency":"CNY"}}"#;
const REFUND: &str = r#"{"mchid":"1900000109","out_trade_no":"ORDER","out_refund_no":"REFUND_NO",
    "refund_id":"50","refund_status":"SUCCESS","success_time":"2025-01-01T07:59:57+08:00",
    "amount":{"total":8888,"refund":1000}}"#;

fn channel() -> Arc<dyn Channel> {
    Wechat.open(&settings(), &[]).unwrap()
}

/// By the public key, since a certificate's serial may be spelled in small letters as well.
#[test]
fn every_bit_of_a_notification_counts() {
    let body = envelope("TRANSACTION.SUCCESS", "transaction", ORDER).to_string();
    let genuine = Voice { serial: PUBLIC_KEY_ID, key: "wxpub.key", at: NOW }.notify(body);
    flipped_bits_are_refused(&*channel(), &genuine, NOW, &[TIMESTAMP, NONCE, SIGNATURE, SERIAL]);
}

#[test]
fn garbage_is_never_an_answer() {
    for operation in operations() {
        garbage_is_an_error(&*channel(), &operation, &call());
    }
}

/// Signed garbage is garbage.
#[test]
fn genuine_nonsense_is_an_error() {
    for operation in operations() {
        for body in ["", "{", "{}", "[]", "null", "\"\"", "1", "<html></html>", "{\"data\":{}}"] {
            let parsed = parse(&operation, &answer(body));
            assert!(matches!(parsed, Err(ParseError::Malformed(_))), "{operation:?} {body}");
        }
    }
}

#[test]
fn equal_calls_give_equal_bytes() {
    for operation in operations() {
        building_is_deterministic(&*channel(), &operation, &call());
    }
}

/// A repeat may be minutes later and must ask for the very same thing.
#[test]
fn a_repeat_differs_in_its_authorization_alone() {
    let later = Call { now: Timestamp(NOW.0 + 600_000), nonce: [9; 16], ..call() };
    for operation in operations() {
        let first = built(&operation);
        let again = sent(account().build(&operation, &later));
        assert_eq!((first.uri(), first.body()), (again.uri(), again.body()));
        let stable = |request: &Request| {
            let mut headers = request.headers().clone();
            (headers.remove("authorization").unwrap(), headers)
        };
        let (first, again) = (stable(&first), stable(&again));
        assert_eq!(first.1, again.1);
        assert_ne!(first.0, again.0);
    }
}

#[test]
fn what_is_not_offered_is_unsupported() {
    let channel = channel();
    for method in [Method::Page, Method::Barcode, Method::App, Method::MiniProgram] {
        let operation = Operation::Pay(pay_by(method));
        let built = channel.build(&operation, &call());
        assert!(matches!(built, Err(BuildError::Unsupported)), "{method:?}");
        assert!(channel.parse(&operation, &call(), &answer("{}")).is_err());
    }
    let reverse = channel.build(&Operation::Reverse { attempt: attempt() }, &call());
    assert!(matches!(reverse, Err(BuildError::Unsupported)));
    assert_eq!(channel.capabilities().methods, [Method::Qr, Method::H5, Method::Jsapi]);
    assert_eq!(Wechat.kind(), "wechat");
}

/// Every answer must be signed by a key of the platform, now, over these bytes.
#[test]
fn every_success_is_verified() {
    let pairs = [
        (PLATFORM1, "stranger.key"),
        (PLATFORM1, "merchant.key"),
        (EXPIRED, "platform_expired.key"),
    ];
    let empty = |it: &Operation| !matches!(it, Operation::PlatformKeys { serial: None });
    for operation in operations() {
        // 204 never brings certificates, so nothing can be made of one.
        let bodies = [Some((200, ours(ORDER))), empty(&operation).then(|| (204, String::new()))];
        for (serial, key) in pairs {
            for (status, body) in bodies.iter().flatten().cloned() {
                let forged = Voice { serial, key, at: NOW }.answer(status, body.clone());
                assert!(parse(&operation, &forged).is_err(), "{operation:?} {key}");
                assert!(parse(&operation, &unsigned(status, body)).is_err(), "{operation:?}");
            }
        }
    }
}

/// A failure that claims a signature must have it.
#[test]
fn a_forged_failure_decides_nothing() {
    let codes = [
        (400, "PARAM_ERROR"),
        (404, "ORDER_NOT_EXIST"),
        (400, "ORDER_CLOSED"),
        (404, "RESOURCE_NOT_EXISTS"),
    ];
    for operation in &operations()[..5] {
        for (status, code) in codes {
            let voice = Voice { key: "stranger.key", ..GENUINE };
            let parsed = parse(operation, &voice.answer(status, failure(code)));
            assert_eq!(parsed, Err(ParseError::Signature), "{operation:?}");
        }
    }
}

#[test]
fn every_bit_of_an_answer_counts() {
    let account = account();
    let genuine = answer(ORDER);
    let operation = Operation::Query { attempt: attempt() };
    account.parse(&operation, &call(), &genuine).unwrap();
    for bit in 0..genuine.body().len() * 8 {
        let mut body = genuine.body().to_vec();
        body[bit / 8] ^= 1 << (bit % 8);
        let mut bent = genuine.clone();
        *bent.body_mut() = body.into();
        let parsed = account.parse(&operation, &call(), &bent);
        assert_eq!(parsed, Err(ParseError::Signature), "bit {bit}");
    }
}

#[test]
fn too_much_is_not_read() {
    let long = format!("{{\"code_url\":\"x\",\"y\":\"{}\"}}", "y".repeat(256 * 1024));
    for operation in operations() {
        for status in [200, 400] {
            let parsed = parse(&operation, &GENUINE.answer(status, long.clone()));
            assert_eq!(parsed, Err(ParseError::Malformed("it is too long")));
        }
    }
}

/// Whatever a proxy or a broken server says, nothing is decided.
#[test]
fn foreign_failures_are_unknown() {
    for operation in operations() {
        for status in [302, 400, 404, 429, 500, 502, 503] {
            for body in ["", "<html></html>", "{}", "[]", "null", r#"{"code":1}"#, r#"{"code":""}"#]
            {
                let parsed = parse(&operation, &unsigned(status, body));
                assert_eq!(parsed, Ok(unknown(&format!("HTTP_{status}"))), "{body}");
            }
        }
    }
}

const FIELDS: &[&str] = &[
    "trade_state",
    "status",
    "refund_status",
    "amount",
    "success_time",
    "transaction_id",
    "refund_id",
    "mchid",
    "code_url",
    "data",
];
const VALUES: &str = concat!(
    r#"null|-?[0-9]{1,30}|[0-9]\.[0-9]|\[\]|\{\}|"[^"\\\u0000-\u001f]{0,40}"|"#,
    r#"\{"total":-?[0-9]{1,20},"currency":"(CNY|USD|X)"\}|"#,
    r#""20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:[0-9]{2}""#,
);
const EVENTS: [(&str, &str); 3] =
    [("TRANSACTION.SUCCESS", "transaction"), ("REFUND.SUCCESS", "refund"), ("NEW", "new")];

proptest! {
    #[test]
    fn no_input_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        status in 200_u16..600,
    ) {
        let account = account();
        let genuine = GENUINE.answer(status, bytes.clone());
        for operation in operations() {
            let _ = account.parse(&operation, &call(), &genuine);
            let _ = account.parse(&operation, &call(), &unsigned(status, bytes.clone()));
        }
        prop_assert!(account.verify(&GENUINE.notify(bytes), NOW).is_err());
    }

    /// Genuine, but of any shape: an error or an outcome, never a panic.
    #[test]
    fn no_genuine_value_panics(field in proptest::sample::select(FIELDS), value in VALUES) {
        let account = account();
        let Ok(value) = serde_json::from_str::<Value>(&value) else { return Ok(()) };
        for base in [ORDER, REFUND] {
            let text = changed(base, json!({ field: value.clone() }));
            for operation in operations() {
                let _ = account.parse(&operation, &call(), &answer(&text));
            }
            for (event_type, original_type) in EVENTS {
                let _ = account.verify(&notification(event_type, original_type, &text), NOW);
            }
        }
    }
}

#[test]
fn secrets_are_not_shown() {
    let all = format!("{:?} {:?} {:?}", full(), partner(), full_settings());
    assert!(!all.contains(SECRET) && !all.contains(&"f".repeat(32)));
    let shown = format!("{:?} {:?}", account(), settings());
    let private = pem("merchant.key");
    let lines = private.lines().filter(|it| !it.starts_with('-')).map(str::to_owned);
    for secret in lines.chain([config("apiv3_key")]) {
        assert!(!shown.contains(&secret), "{secret}");
    }
    assert!(shown.contains(&config("mchid")));
    for operation in operations() {
        assert!(!format!("{:?}", built(&operation)).contains("signature="));
    }
}

//! The suite that every channel runs.

use std::sync::Arc;

use paymux_channel::conformance::{
    building_is_deterministic, flipped_bits_are_refused, garbage_is_an_error,
};
use paymux_channel::{
    BuildError, Call, Channel, Identify, Operation, Plugin as _, Request, Secret, Step,
};
use paymux_core::Timestamp;
use paymux_core::payment::Method;
use proptest::prelude::*;
use serde_json::Value;

use super::{
    ANYTHING, FIELDS, NOW, account, answer, attempt, call, notification, operations, parameters,
    respond, settings,
};
use crate::Alipay;
use crate::wire::Api;

fn channel() -> Arc<dyn Channel> {
    Alipay.open(&settings(), &[]).unwrap()
}

#[test]
fn every_bit_of_a_notification_counts() {
    let genuine = Request::new(notification(&[]).into());
    flipped_bits_are_refused(&*channel(), &genuine, NOW, &[]);
}

#[test]
fn garbage_is_never_an_answer() {
    for operation in operations() {
        garbage_is_an_error(&*channel(), &operation, &call());
    }
    garbage_is_an_error(&*channel(), &Operation::PlatformKeys { serial: None }, &call());
}

#[test]
fn equal_calls_give_equal_bytes() {
    for operation in operations() {
        building_is_deterministic(&*channel(), &operation, &call());
    }
}

/// A repeat may be minutes later and must ask for the very same thing.
#[test]
fn a_repeat_differs_in_its_stamp_alone() {
    let account = account();
    let later = Call { now: Timestamp(NOW.0 + 600_000), nonce: [9; 16], ..call() };
    for operation in operations() {
        let Ok(Step::Send(first)) = account.build(&operation, &call()) else { continue };
        let Ok(Step::Send(again)) = account.build(&operation, &later) else { panic!() };
        assert_eq!(first.body(), again.body());
        let stable = |request: &Request| {
            let mut all = parameters(request.uri().query().unwrap());
            all.retain(|(name, _)| !matches!(name.as_str(), "timestamp" | "sign"));
            all
        };
        assert_eq!(stable(&first), stable(&again));
        assert_ne!(first.uri(), again.uri());
    }
}

#[test]
fn what_is_not_offered_is_unsupported() {
    let channel = channel();
    let code = Secret::new("286589999999999999");
    for operation in [
        Operation::AppToken,
        Operation::Identify(Identify::AuthCode(code)),
        Operation::PlatformKeys { serial: None },
    ] {
        let built = channel.build(&operation, &call());
        assert!(matches!(built, Err(BuildError::Unsupported)), "{operation:?}");
    }
    assert_eq!(channel.capabilities().methods, Method::ALL);
    assert!(!channel.capabilities().fetches_platform_keys);
    assert!(channel.client_certificate().is_none());
    assert_eq!(Alipay.kind(), "alipay");
}

/// Genuine answers, bent in one byte: never read as if they were not.
#[test]
fn every_byte_of_an_answer_counts() {
    let account = account();
    let genuine = answer(Api::Query, ANYTHING);
    let operation = Operation::Query { attempt: attempt() };
    account.parse(&operation, &call(), &genuine).unwrap();
    for at in 0..genuine.body().len() {
        for bit in 0..8 {
            let mut body = genuine.body().to_vec();
            body[at] ^= 1 << bit;
            let parsed = account.parse(&operation, &call(), &respond(body));
            assert!(parsed.is_err(), "bit {bit} of byte {at} gave {parsed:?}");
        }
    }
}

proptest! {
    #[test]
    fn no_input_panics(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        text in ".{0,200}",
    ) {
        let account = account();
        for operation in operations() {
            prop_assert!(account.parse(&operation, &call(), &respond(bytes.clone())).is_err());
            prop_assert!(account.parse(&operation, &call(), &respond(text.clone())).is_err());
        }
        prop_assert!(account.verify(&Request::new(bytes.into()), NOW).is_err());
        prop_assert!(account.verify_return(&text).is_err());
    }

    /// Signed, but of any shape: an error or an outcome, never a panic.
    #[test]
    fn no_signed_value_panics(
        field in proptest::sample::select(FIELDS),
        value in r#"null|[0-9]{1,30}|"[^"\\]{0,40}"|\[\]|\{\}|"[0-9]{1,25}\.[0-9]{0,3}""#,
    ) {
        let account = account();
        let mut node: serde_json::Map<String, Value> = serde_json::from_str(ANYTHING).unwrap();
        if let Ok(value) = serde_json::from_str(&value) {
            node.insert(field.to_owned(), value);
        }
        let node = serde_json::to_string(&node).unwrap();
        for (api, operation) in [
            (Api::Precreate, &operations()[0]),
            (Api::Query, &operations()[2]),
            (Api::Close, &operations()[3]),
            (Api::Refund, &operations()[4]),
            (Api::RefundQuery, &operations()[5]),
            (Api::Create, &operations()[8]),
            (Api::Pay, &operations()[10]),
            (Api::Cancel, &operations()[11]),
            (Api::OauthToken, &operations()[12]),
        ] {
            let _ = account.parse(operation, &call(), &answer(api, &node));
        }
    }
}

//! The suite that every channel runs.

use std::sync::Arc;

use paymux_channel::conformance::{
    building_is_deterministic, flipped_bits_are_refused, garbage_is_an_error,
};
use paymux_channel::{Channel, Identify, Plugin as _, RawCall};
use paymux_core::payment::Method;

use super::*;
use crate::Wechat;
use crate::tests::{NOW, attempt, cases, pay, pay_by, refund};

fn channel(sign_type: &str) -> Arc<dyn Channel> {
    Wechat.open(&settings_of(sign_type), &[]).unwrap()
}

fn operations() -> Vec<Operation> {
    let raw = RawCall {
        verb: http::Method::POST,
        api: "/tools/shorturl".into(),
        body: Bytes::from_static(br#"{"long_url":"weixin://wxpay/bizpayurl?a=b&c=d"}"#),
    };
    vec![
        Operation::Pay(pay()),
        Operation::Pay(pay_by(Method::Jsapi)),
        Operation::Pay(pay_by(Method::Barcode)),
        Operation::Query { attempt: attempt() },
        Operation::Close { attempt: attempt() },
        Operation::Reverse { attempt: attempt() },
        Operation::Refund(refund()),
        Operation::QueryRefund(refund()),
        Operation::Identify(Identify::AuthCode(Secret::new("130061098828009406"))),
        Operation::Raw(raw),
    ]
}

#[test]
fn an_account_chooses_its_api() {
    assert!(channel("MD5").client_certificate().is_some());
    assert_eq!(channel("MD5").identity(), "mch_id 1900000109, app_id wx0123456789abcdef");
    let methods = channel("MD5").capabilities().methods;
    assert_eq!(methods, [Method::Qr, Method::H5, Method::Jsapi, Method::Barcode]);
}

/// The sealed part of a refund's notification is not signed, and proves nothing: see `notify`.
#[test]
fn every_bit_of_a_notification_counts() {
    let mut judged = 0;
    for case in cases(include_str!("../../../vectors/v2_messages.json")) {
        let ours = case["kind"] == "notify" && case["params"]["mch_id"] == config("mchid");
        if ours && case["params"]["result_code"] == "SUCCESS" {
            let channel = channel(case["sign_type"].as_str().unwrap());
            let genuine = Request::new(Bytes::from(case["xml"].as_str().unwrap().to_owned()));
            flipped_bits_are_refused(&*channel, &genuine, NOW, &[]);
            judged += 1;
        }
    }
    assert_eq!(judged, 4);
}

#[test]
fn garbage_is_never_an_answer() {
    for operation in operations() {
        garbage_is_an_error(&*channel("MD5"), &operation, &call());
    }
}

#[test]
fn equal_arguments_give_equal_bytes() {
    for operation in operations() {
        building_is_deterministic(&*channel("HMAC-SHA256"), &operation, &call());
    }
}

use paymux_channel::{Channel as _, News};
use paymux_core::payment::Receipt;
use paymux_core::refund::RefundFact;
use paymux_core::transfer::Fact;
use serde_json::{Value, json};

use super::*;
use crate::tests::{
    GENUINE, NOW, Voice, account, attempt, changed, envelope, fen, notification, refund,
};

const PAID: &str = r#"{"appid":"wx0123456789abcdef","mchid":"1900000109","out_trade_no":"ORDER",
    "transaction_id":"4200000001202501010000000011","trade_type":"NATIVE","trade_state":"SUCCESS",
    "success_time":"2025-01-01T07:59:57+08:00","payer":{"openid":"o"},
    "amount":{"total":8888,"payer_total":8000,"currency":"CNY","payer_currency":"CNY"}}"#;
const REFUNDED: &str = r#"{"mchid":"1900000109","transaction_id":"4200000001202501010000000011",
    "out_trade_no":"ORDER","refund_id":"50300000012025010100000000001","out_refund_no":"REFUND_NO",
    "refund_status":"SUCCESS","success_time":"2025-01-01T07:59:57+08:00",
    "user_received_account":"招商银行信用卡0403",
    "amount":{"total":8888,"refund":1000,"payer_total":8888,"payer_refund":1000}}"#;

fn paid(changes: Value) -> Result<Notification, VerifyError> {
    let request = notification("TRANSACTION.SUCCESS", "transaction", &changed(PAID, changes));
    account().verify(&request, NOW)
}

fn refunded(event_type: &str, changes: Value) -> Result<Notification, VerifyError> {
    let request = notification(event_type, "refund", &changed(REFUNDED, changes));
    account().verify(&request, NOW)
}

fn receipt() -> Receipt {
    Receipt {
        amount: fen(8888),
        channel_trade_no: "4200000001202501010000000011".into(),
        paid_at: Timestamp(NOW.0 - 3000),
    }
}

#[test]
fn a_payment() {
    let notification = paid(json!({})).unwrap();
    assert_eq!(notification.id, "3119dfba-e649-5eec-ab1e-3412bc4d2e17");
    assert_eq!(notification.kind, "TRANSACTION.SUCCESS");
    assert_eq!(notification.out_trade_no, attempt().to_string());
    assert_eq!(notification.news, [News::Paid(receipt())]);
    assert_eq!(notification.mismatch, None);
}

#[test]
fn every_state() {
    for state in ["SUCCESS", "REFUND"] {
        assert_eq!(paid(json!({ "trade_state": state })).unwrap().news.len(), 1, "{state}");
    }
    for state in ["NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR", "ACCEPT", "NEW"] {
        assert_eq!(paid(json!({ "trade_state": state })).unwrap().news, [], "{state}");
    }
    assert_eq!(paid(json!({ "trade_state": null })), Err(VerifyError::Malformed("trade_state")));
}

#[test]
fn a_payment_says_how_much_and_which() {
    for (field, value) in [
        ("amount", json!(null)),
        ("amount", json!({ "currency": "CNY" })),
        ("amount", json!({ "total": 8888, "currency": "RMB" })),
        ("transaction_id", json!(null)),
        ("transaction_id", json!("")),
        ("out_trade_no", json!(null)),
        ("success_time", json!("20250101080000")),
    ] {
        let refused = paid(json!({ field: value.clone() }));
        assert_eq!(refused, Err(VerifyError::Malformed(field)), "{value}");
    }
    // Then it was not later than the message.
    let undated = paid(json!({ "success_time": null })).unwrap();
    let News::Paid(receipt) = &undated.news[0] else { panic!() };
    assert_eq!(receipt.paid_at, Timestamp(NOW.0 - 2000));
}

#[test]
fn other_accounts_orders_are_set_aside() {
    let check = |notification: Result<Notification, VerifyError>, field, reported: &str| {
        let notification = notification.unwrap();
        assert_eq!(notification.news, []);
        let expected = Mismatch { field, reported: reported.into() };
        assert_eq!(notification.mismatch, Some(expected));
        assert_eq!(notification.out_trade_no, attempt().to_string());
    };
    check(paid(json!({ "mchid": "1900000110" })), "mchid", "1900000110");
    check(paid(json!({ "appid": "wx1" })), "appid", "wx1");
    check(paid(json!({ "mchid": null, "sub_mchid": "1900000109" })), "mchid", "");
    check(refunded("REFUND.SUCCESS", json!({ "mchid": "1" })), "mchid", "1");
    check(refunded("REFUND.CLOSED", json!({ "mchid": null })), "mchid", "");
}

#[test]
fn every_end_of_a_refund() {
    let check = |event_type, status, expected: &str| {
        let notification = refunded(event_type, json!({ "refund_status": status })).unwrap();
        assert_eq!(notification.kind, event_type);
        assert_eq!(notification.out_trade_no, attempt().to_string());
        let [News::Refund { out_refund_no, fact }] = &notification.news[..] else { panic!() };
        assert_eq!(*out_refund_no, refund().refund.out_refund_no());
        assert_eq!(fact.name(), expected);
    };
    check("REFUND.SUCCESS", "SUCCESS", "refund.succeeded");
    check("REFUND.CLOSED", "CLOSED", "refund.closed");
    check("REFUND.ABNORMAL", "ABNORMAL", "refund.abnormal");
}

#[test]
fn a_refund_says_how_much() {
    let notification = refunded("REFUND.SUCCESS", json!({})).unwrap();
    let fact = RefundFact::Succeeded {
        amount: fen(1000),
        channel_refund_no: Some("50300000012025010100000000001".into()),
        at: Timestamp(NOW.0 - 3000),
    };
    let out_refund_no = refund().refund.out_refund_no();
    assert_eq!(notification.news, [News::Refund { out_refund_no, fact }]);
    for (field, value) in [
        ("amount", json!(null)),
        ("amount", json!({ "total": 1000 })),
        ("amount", json!({ "refund": 1000, "currency": "RMB" })),
        ("out_refund_no", json!(null)),
        ("out_trade_no", json!(null)),
        ("success_time", json!("")),
    ] {
        let refused = refunded("REFUND.SUCCESS", json!({ field: value.clone() }));
        assert_eq!(refused, Err(VerifyError::Malformed(field)), "{value}");
    }
    let unsaid = refunded("REFUND.SUCCESS", json!({ "refund_status": null }));
    assert_eq!(unsaid, Err(VerifyError::Malformed("status")));
}

#[test]
fn envelope_and_contents_must_agree() {
    for (event_type, status) in [
        ("REFUND.SUCCESS", "CLOSED"),
        ("REFUND.SUCCESS", "PROCESSING"),
        ("REFUND.CLOSED", "SUCCESS"),
        ("REFUND.ABNORMAL", "SUCCESS"),
        ("REFUND.CLOSED", "ABNORMAL"),
        ("REFUND.SUCCESS", "NEW"),
    ] {
        let notification = refunded(event_type, json!({ "refund_status": status })).unwrap();
        assert_eq!(notification.news, [], "{event_type} {status}");
    }
}

#[test]
fn the_end_of_a_transfer() {
    let told = |changes: Value| {
        let plain = changed(
            r#"{"out_bill_no":"B1","transfer_bill_no":"1330","state":"SUCCESS",
            "mch_id":"1900000109","transfer_amount":2000,"fail_reason":"",
            "update_time":"2025-01-01T08:00:00+08:00"}"#,
            changes,
        );
        let request = notification("MCHTRANSFER.BILL.FINISHED", "mch_payment", &plain);
        account().verify(&request, NOW)
    };
    let ended = told(json!({})).unwrap();
    let no = Some("1330".to_owned());
    let paid = Fact::Succeeded { amount: fen(2000), channel_transfer_no: no, at: NOW };
    assert_eq!((&*ended.out_trade_no, ended.news), ("B1", vec![News::Transfer(paid)]));
    let failed = told(json!({"state": "FAIL", "fail_reason": "X"})).unwrap();
    assert!(matches!(&failed.news[..], [News::Transfer(Fact::Closed(it))] if it.code == "X"));
    let strange = told(json!({"mch_id": "1900000110"})).unwrap();
    assert_eq!((strange.news, strange.mismatch.unwrap().field), (vec![], "mch_id"));
    assert!(told(json!({"transfer_amount": null})).is_err(), "an amount is told");
}

#[test]
fn what_is_not_known_brings_no_news() {
    for (event_type, original_type) in [
        ("TRANSACTION.SUCCESS", "profitsharing"),
        ("TRANSACTION.CLOSED", "transaction"),
        ("REFUND.SUCCESS", "transaction"),
        ("MCHTRANSFER.BILL.FINISHED", "transaction"),
    ] {
        let request = notification(event_type, original_type, PAID);
        let notification = account().verify(&request, NOW).unwrap();
        assert_eq!((notification.news, notification.mismatch), (vec![], None));
        assert_eq!(notification.kind, event_type);
        assert_eq!(notification.out_trade_no, attempt().to_string());
    }
    // Whatever is inside.
    for plain in ["", "[]", r#"{"out_trade_no":1}"#] {
        let notification = account().verify(&notification("NEW", "new", plain), NOW).unwrap();
        assert_eq!((notification.out_trade_no.as_str(), notification.news), ("", vec![]));
    }
}

/// Genuine, but not what an envelope looks like.
#[test]
fn odd_envelopes() {
    let genuine = envelope("TRANSACTION.SUCCESS", "transaction", PAID).to_string();
    let verify = |body: String| account().verify(&GENUINE.notify(body), NOW);
    assert!(verify(genuine.clone()).is_ok());
    for (field, value) in [
        ("id", json!(null)),
        ("id", json!("")),
        ("id", json!(7)),
        ("id", json!("a b")),
        ("id", json!("x".repeat(65))),
        ("event_type", json!(null)),
        ("event_type", json!("")),
        ("event_type", json!("A\nB")),
        ("resource_type", json!("plain")),
        ("resource_type", json!(null)),
        ("resource", json!(null)),
        ("resource", json!({})),
    ] {
        let refused = verify(changed(&genuine, json!({ field: value.clone() })));
        assert!(matches!(refused, Err(VerifyError::Malformed(_))), "{field} {value}");
    }
    let twice = genuine.replacen('{', r#"{"id":"another","#, 1);
    assert_eq!(verify(twice), Err(VerifyError::Malformed("it does not read")));
    let twice = genuine.replacen(r#""resource":{"#, r#""resource":{"nonce":"0123456789ab","#, 1);
    assert_eq!(verify(twice), Err(VerifyError::Malformed("it does not read")));
    let contents = changed(PAID, json!({})).replacen('{', r#"{"mchid":"1900000109","#, 1);
    let twice = notification("TRANSACTION.SUCCESS", "transaction", &contents);
    assert_eq!(account().verify(&twice, NOW), Err(VerifyError::Malformed("it does not read")));
}

#[test]
fn resources_must_open() {
    let mut body = envelope("TRANSACTION.SUCCESS", "transaction", PAID);
    body["resource"]["associated_data"] = json!("refund");
    let refused = account().verify(&GENUINE.notify(body.to_string()), NOW);
    assert_eq!(refused, Err(VerifyError::Malformed("resource")));
}

#[test]
fn the_signature_comes_first() {
    let body = envelope("TRANSACTION.SUCCESS", "transaction", PAID).to_string();
    let verify = |voice: Voice| account().verify(&voice.notify(body.clone()), NOW);
    assert_eq!(verify(Voice { key: "stranger.key", ..GENUINE }), Err(VerifyError::Signature));
    assert_eq!(verify(Voice { key: "merchant.key", ..GENUINE }), Err(VerifyError::Signature));
    let serial = "1234";
    let unknown = Err(VerifyError::UnknownKey { serial: serial.into() });
    assert_eq!(verify(Voice { serial, ..GENUINE }), unknown);
    let at = Timestamp(NOW.0 - 300_000);
    assert_eq!(verify(Voice { at, ..GENUINE }), Err(VerifyError::Stale));
    // Nothing of an unsigned message is looked at.
    let garbage = Voice { key: "stranger.key", ..GENUINE }.notify("garbage");
    assert_eq!(account().verify(&garbage, NOW), Err(VerifyError::Signature));
}

#[test]
fn too_much_is_not_read() {
    let mut body = envelope("TRANSACTION.SUCCESS", "transaction", PAID);
    body["summary"] = json!("x".repeat(MAX_BODY));
    let refused = account().verify(&GENUINE.notify(body.to_string()), NOW);
    assert_eq!(refused, Err(VerifyError::Malformed("it is too long")));
}

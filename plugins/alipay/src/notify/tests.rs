use paymux_channel::{Channel as _, Mismatch, Request};
use paymux_core::Timestamp;
use paymux_core::transfer::Fact;

use super::*;
use crate::charset::Charset;
use crate::form::Rule;
use crate::tests::{
    NOW, account, account_with, attempt, certified, form, notification, vectors, yuan,
};

fn read(body: &str) -> Result<Notification, VerifyError> {
    account().verify(&Request::new(body.to_owned().into()), NOW)
}

fn paid() -> News {
    News::Paid(Receipt {
        amount: yuan("88.88"),
        channel_trade_no: "2026011522001445671400000001".into(),
        paid_at: Timestamp(NOW.0 + 14_000),
    })
}

/// What each vector of the SDKs must come to.
#[test]
fn the_vectors() {
    let expected: &[(&str, Result<Vec<News>, VerifyError>)] = &[
        ("ntf-01-paid", Ok(vec![paid()])),
        ("ntf-02-partial-refund", Ok(vec![paid()])),
        ("ntf-03-full-refund", Ok(vec![News::Closed])),
        ("ntf-04-closed-unpaid", Ok(vec![News::Closed])),
        ("ntf-05-finished", Ok(vec![paid()])),
        ("ntf-06-tampered", Err(VerifyError::Signature)),
        // Signed by the rule of products that are not offered.
        ("ntf-07-v2-message", Err(VerifyError::Signature)),
        ("ntf-08-msg-gateway-1.1", Ok(vec![transferred()])),
        ("ntf-09-rsa1", Err(VerifyError::Malformed("sign_type is not the account's"))),
        ("ntf-10-wrong-app", Ok(vec![])),
        ("ntf-11-wrong-seller", Ok(vec![])),
        // Genuine: that the amount is not the order's is for those to see who know the order.
        ("ntf-12-wrong-amount", Ok(vec![paid_cent()])),
        ("ntf-13-retry", Ok(vec![paid()])),
    ];
    let vectors = vectors(include_str!("../../vectors/notify.json"));
    assert_eq!(vectors.len(), expected.len());
    for (vector, (id, expected)) in vectors.iter().zip(expected) {
        assert_eq!(vector["id"], *id);
        let read = read(vector["body"].as_str().unwrap());
        assert_eq!(&read.map(|it| it.news), expected, "{id}");
    }
}

fn transferred() -> News {
    News::Transfer(Fact::Succeeded {
        amount: yuan("1.00"),
        channel_transfer_no: Some("20260115110070000006000000000001".into()),
        // 2026-01-15 12:40:00 in Shanghai.
        at: Timestamp(1_768_452_000_000),
    })
}

fn paid_cent() -> News {
    let News::Paid(receipt) = paid() else { unreachable!() };
    News::Paid(Receipt { amount: yuan("0.01"), ..receipt })
}

/// The account chooses: under the legacy algorithm the legacy message passes, and no other.
#[test]
fn a_legacy_account_takes_legacy_signatures_alone() {
    let account = legacy();
    for vector in vectors(include_str!("../../vectors/notify.json")) {
        let body = vector["body"].as_str().unwrap().to_owned();
        let read = account.verify(&Request::new(body.into()), NOW);
        if vector["id"] == "ntf-09-rsa1" {
            assert_eq!(read.unwrap().news, [paid()]);
        } else {
            assert!(read.is_err(), "{}", vector["id"]);
        }
    }
}

fn gbk() -> (Account, Vec<u8>) {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../vectors/gbk.json")).unwrap();
    let body = file["notification"]["body"].as_str().unwrap().as_bytes().to_vec();
    let form = Form::decode(Charset::Gbk, &body).unwrap();
    let canonical = file["notification"]["canonical_hex"].as_str().unwrap();
    assert_eq!(form.canonical(Rule::ALL[0]), crate::tests::unhex(canonical));
    (account_with(&[("charset", "GBK")]), body)
}

#[test]
fn gbk_is_verified_as_it_came() {
    let (gbk, body) = gbk();
    let read = gbk.verify(&Request::new(body.clone().into()), NOW).unwrap();
    assert_eq!((read.mismatch, read.news), (None, vec![paid()]));
    let utf8 = account().verify(&Request::new(body.into()), NOW);
    let expected = VerifyError::Malformed("a value is not in the account's charset");
    assert_eq!(utf8, Err(expected));
}

/// Every byte of every genuine vector, in every mode: bent, it is refused.
#[test]
fn every_byte_of_every_vector_counts() {
    let (gbk, gbk_body) = gbk();
    let (account, legacy, certified) = (account(), legacy(), certified());
    let mut genuine = vec![(&gbk, gbk_body)];
    for vector in vectors(include_str!("../../vectors/notify.json")) {
        let body = vector["body"].as_str().unwrap().as_bytes().to_vec();
        let modes = [&account, &legacy, &certified];
        let takes = |it: &&Account| it.verify(&Request::new(body.clone().into()), NOW).is_ok();
        genuine.extend(modes.into_iter().filter(takes).map(|it| (it, body.clone())));
    }
    // Eleven are RSA2 and V1, each in two modes; one is legacy; one is GBK.
    assert_eq!(genuine.len(), 22);
    for (account, body) in genuine {
        let read = |body: &[u8]| account.verify(&Request::new(body.to_vec().into()), NOW);
        assert!(read(&body).is_ok());
        for at in 0..body.len() {
            for bit in [0, 1, 5] {
                let mut bent = body.clone();
                bent[at] ^= 1 << bit;
                assert!(read(&bent).is_err(), "bit {bit} of byte {at}");
            }
        }
    }
}

/// Under a certificate the number names the key, whether it was signed with the rest or not.
#[test]
fn a_certificate_may_be_named() {
    let serial = "f8b95a21ab7bfd4acd297f9552543226";
    let plain = notification(&[]);
    let named = notification(&[("alipay_cert_sn", Some(serial))]);
    let unsigned = format!("{plain}&alipay_cert_sn={serial}");
    for body in [&plain, &named, &unsigned] {
        let read = certified().verify(&Request::new(body.clone().into()), NOW).unwrap();
        assert_eq!((read.mismatch, read.news), (None, vec![paid()]));
    }
    for body in [&named, &unsigned] {
        let other = "0123456789abcdef0123456789abcdef";
        let body = body.replace(serial, other);
        let read = certified().verify(&Request::new(body.into()), NOW);
        assert_eq!(read, Err(VerifyError::UnknownKey { serial: other.into() }));
    }
    let late = Timestamp(4_102_444_800_000);
    let read = certified().verify(&Request::new(named.clone().into()), late);
    assert_eq!(read, Err(VerifyError::UnknownKey { serial: serial.into() }));
    assert_eq!(certified().verify(&Request::new(plain.into()), late), Err(VerifyError::Signature));
    let odd = named.replace(serial, "x");
    let read = certified().verify(&Request::new(odd.into()), NOW);
    assert_eq!(read, Err(VerifyError::Malformed("alipay_cert_sn")));
}

/// For a merchant, messages name our application and theirs.
#[test]
fn a_provider_hears_of_its_merchant() {
    let merchant = "2021000000000077";
    let provider = account_with(&[("app_auth_token", "202601BB"), ("auth_app_id", merchant)]);
    let read = |auth_app_id| {
        let body = notification(&[("auth_app_id", Some(auth_app_id))]);
        provider.verify(&Request::new(body.into()), NOW).unwrap()
    };
    assert_eq!((read(merchant).mismatch, read(merchant).news), (None, vec![paid()]));
    for other in [crate::tests::APP_ID, "2021000000000078"] {
        let mismatch = Mismatch { field: "auth_app_id", reported: other.to_owned() };
        assert_eq!((read(other).mismatch, read(other).news), (Some(mismatch), vec![]));
    }
    assert_eq!(provider.identity(), "app_id 2021000000000001 for 2021000000000077");
    assert_eq!(account().identity(), "app_id 2021000000000001");
}

fn legacy() -> Account {
    // The vector's key pair is one: the application signs with another of its own.
    account_with(&[
        ("sign_type", "RSA"),
        ("alipay_public_key", &crate::tests::key("legacy1024", "public_spki_b64")),
    ])
}

#[test]
fn the_signed_text_is_the_sdks() {
    for vector in vectors(include_str!("../../vectors/notify.json")) {
        let form =
            Form::decode(Charset::Utf8, vector["body"].as_str().unwrap().as_bytes()).unwrap();
        let signs_its_type = vector["id"] == "ntf-07-v2-message";
        let tampered = vector["signature_valid"] == false;
        if !signs_its_type && !tampered {
            assert_eq!(
                form.canonical(Rule::ALL[0]),
                vector["canonical"].as_str().unwrap().as_bytes(),
                "{}",
                vector["id"]
            );
        }
    }
}

#[test]
fn what_a_notification_is_about() {
    let read = read(&notification(&[])).unwrap();
    assert_eq!(read.id, "2026011500222123511012345600000001");
    assert_eq!(read.kind, "TRADE_SUCCESS");
    assert_eq!(read.out_trade_no, attempt().to_string());
    assert_eq!(read.news, [paid()]);
    assert_eq!(read.mismatch, None);
}

#[test]
fn every_status_maps() {
    let check = |status: &str, changes: &[(&str, Option<&str>)], expected: &[News]| {
        let changes = [&[("trade_status", Some(status))], changes].concat();
        let read = read(&notification(&changes)).unwrap();
        assert_eq!((&*read.kind, &*read.news), (status, expected), "{changes:?}");
    };
    let unpaid = ("gmt_payment", None);
    check("TRADE_SUCCESS", &[], &[paid()]);
    check("TRADE_SUCCESS", &[("refund_fee", Some("0.00")), ("gmt_close", Some("x"))], &[paid()]);
    check("TRADE_FINISHED", &[], &[paid()]);
    check("WAIT_BUYER_PAY", &[unpaid], &[]);
    check("TRADE_PENDING", &[], &[]);
    check("TRADE_CLOSED", &[unpaid], &[News::Closed]);
    check("TRADE_CLOSED", &[unpaid, ("refund_fee", Some("0.00"))], &[News::Closed]);
}

/// Paid and gone back whole: nobody holds money for it, and no refund's amount can be told.
#[test]
fn closed_is_without_money() {
    let given_back = [("refund_fee", Some("88.88")), ("out_biz_no", Some("R1"))];
    for changes in [&[][..], &[("gmt_payment", None)], &given_back] {
        let closed = [&[("trade_status", Some("TRADE_CLOSED"))], changes].concat();
        let read = read(&notification(&closed)).unwrap();
        assert_eq!(read.news, [News::Closed], "{changes:?}");
    }
}

#[test]
fn somebody_elses_trade_changes_nothing() {
    let check = |changes: &[(&str, Option<&str>)], field: &'static str, reported: &str| {
        let read = read(&notification(changes)).unwrap();
        let reported = reported.to_owned();
        assert_eq!(read.mismatch, Some(Mismatch { field, reported }));
        assert_eq!(read.news, []);
    };
    check(&[("app_id", Some("2021999999999999"))], "app_id", "2021999999999999");
    check(&[("app_id", None)], "app_id", "");
    check(&[("auth_app_id", Some("2021999999999999"))], "auth_app_id", "2021999999999999");
    check(&[("seller_id", Some("2088999999999999"))], "seller_id", "2088999999999999");
    check(&[("seller_id", None)], "seller_id", "");
}

#[test]
fn the_seller_is_checked_only_if_known() {
    let anyone = Account { seller_id: None, ..account() };
    let body = notification(&[("seller_id", Some("2088999999999999"))]);
    let read = anyone.verify(&Request::new(body.into()), NOW).unwrap();
    assert_eq!((read.mismatch, read.news), (None, vec![paid()]));
}

#[test]
fn what_is_needed_must_be_there() {
    for name in ["notify_id", "out_trade_no", "trade_no", "total_amount", "trade_status"] {
        let refused = read(&notification(&[(name, None)]));
        assert_eq!(refused, Err(VerifyError::Malformed(name)));
    }
    let refused = read(&notification(&[("gmt_payment", None), ("notify_time", None)]));
    assert_eq!(refused, Err(VerifyError::Malformed("notify_time")));
    for (name, value) in [
        ("total_amount", "88.888"),
        ("total_amount", "88,88"),
        ("gmt_payment", "2026-01-15"),
        ("trade_no", &"2".repeat(65)),
        ("trade_no", "2026 22001"),
    ] {
        let refused = read(&notification(&[(name, Some(value))]));
        assert_eq!(refused, Err(VerifyError::Malformed(name)), "{value}");
    }
    let folded = read(&notification(&[("total_amount", Some("1.00&trade_no"))]));
    assert_eq!(folded, Err(VerifyError::Malformed("a value holds another parameter")));
    let long = "1".repeat(MAX_ID + 1);
    let refused = read(&notification(&[("notify_id", Some(&long))]));
    assert_eq!(refused, Err(VerifyError::Malformed("notify_id")));
}

/// Not one parameter may be added, dropped, doubled or renamed.
#[test]
fn no_parameter_may_change() {
    let genuine = notification(&[]);
    let pairs: Vec<&str> = genuine.split('&').collect();
    let refused = |changed: Vec<String>| {
        let changed = changed.join("&");
        assert!(read(&changed).is_err(), "{changed}");
    };
    let own = |pairs: &[&str]| pairs.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    for at in 0..pairs.len() {
        let mut dropped = own(&pairs);
        dropped.remove(at);
        refused(dropped);
        let mut doubled = own(&pairs);
        doubled.insert(at, pairs[at].to_owned());
        refused(doubled);
        let mut renamed = own(&pairs);
        renamed[at].insert(0, 'x');
        refused(renamed);
        let mut emptied = own(&pairs);
        let name = pairs[at].split_once('=').unwrap().0;
        emptied[at] = format!("{name}=");
        refused(emptied);
    }
    refused([own(&pairs), vec!["refund_fee=1.00".to_owned()]].concat());
    // Their order means nothing.
    let turned: Vec<&str> = pairs.iter().rev().copied().collect();
    assert_eq!(read(&turned.join("&")), read(&genuine));
}

#[test]
fn the_end_of_a_transfer_is_of_this_application_or_of_none() {
    let body = |app_id, content| {
        form(&[
            ("app_id", app_id),
            ("notify_id", "1"),
            ("msg_method", "alipay.fund.trans.order.changed"),
            ("biz_content", content),
        ])
    };
    let content = r#"{"out_biz_no":"F1","status":"FAIL","error_code":"CARD","fail_reason":"no"}"#;
    let told = read(&body(crate::tests::APP_ID, content)).unwrap();
    assert!(matches!(&told.news[..], [News::Transfer(Fact::Closed(it))] if it.code == "CARD"));
    assert_eq!((&*told.out_trade_no, told.mismatch), ("F1", None));
    let strange = read(&body("2021000000000002", content)).unwrap();
    assert_eq!((strange.news, strange.mismatch.unwrap().field), (vec![], "app_id"));
    for content in ["", "{}", "[]", r#"{"out_biz_no":"F1"}"#, r#"{"status":"FAIL"}"#] {
        assert!(read(&body(crate::tests::APP_ID, content)).is_err(), "{content}");
    }
}

#[test]
fn other_messages_bring_no_news() {
    let body = form(&[
        ("app_id", crate::tests::APP_ID),
        ("seller_id", crate::tests::SELLER_ID),
        ("notify_id", "1"),
        ("notify_type", "batch_refund_notify"),
        ("trade_status", "TRADE_SUCCESS"),
    ]);
    let read = self::read(&body).unwrap();
    assert_eq!((&*read.kind, read.news.len(), read.mismatch), ("batch_refund_notify", 0, None));
}

#[test]
fn a_long_body_is_not_even_read() {
    let mut body = notification(&[]);
    body.push_str("&x=");
    body.push_str(&"1".repeat(MAX_BODY));
    assert_eq!(read(&body), Err(VerifyError::Malformed("it is too long")));
}

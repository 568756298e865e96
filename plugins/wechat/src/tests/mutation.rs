//! Every notification there is, changed in every way an attacker or a broken proxy could: nothing
//! but the genuine bytes brings news.

use paymux_channel::VerifyError;

use super::vectors::{request, seconds};
use super::*;

fn genuine() -> Vec<(Value, Request)> {
    let cases = cases(include_str!("../../vectors/v3_notify.json"));
    let accepted = cases.into_iter().filter(|it| it["expect"] == "accept");
    accepted.map(|it| (it.clone(), request(&it))).collect()
}

fn with_body(genuine: &Request, body: impl Into<Bytes>) -> Request {
    let mut bent = genuine.clone();
    *bent.body_mut() = body.into();
    bent
}

/// Every bit and the absence of every byte of the body, in steps that are no multiple of a line.
#[test]
fn no_changed_byte_is_taken() {
    let account = full();
    for (case, genuine) in genuine() {
        let now = seconds(&case, "now");
        assert!(account.verify(&genuine, now).is_ok(), "{}", case["name"]);
        let body = genuine.body();
        for place in (0..body.len()).step_by(7) {
            let mut bent = body.to_vec();
            bent[place] ^= 1 << (place % 8);
            let verified = account.verify(&with_body(&genuine, bent), now);
            assert_eq!(verified, Err(VerifyError::Signature), "{} byte {place}", case["name"]);
            let mut cut = body.to_vec();
            cut.remove(place);
            let verified = account.verify(&with_body(&genuine, cut), now);
            assert_eq!(verified, Err(VerifyError::Signature), "{} without {place}", case["name"]);
        }
        for more in ["", " ", "\n", "{}"] {
            let cut = more.is_empty();
            let text = std::str::from_utf8(body).unwrap();
            let text = if cut { text[1..].to_owned() } else { format!("{text}{more}") };
            assert!(account.verify(&with_body(&genuine, text), now).is_err());
        }
    }
}

/// A header gone, there twice, or another message's.
#[test]
fn no_changed_header_is_taken() {
    let account = full();
    let all = genuine();
    for (case, genuine) in &all {
        let now = seconds(case, "now");
        for name in [TIMESTAMP, NONCE, SIGNATURE, SERIAL] {
            let mut gone = genuine.clone();
            gone.headers_mut().remove(name);
            assert!(account.verify(&gone, now).is_err(), "{} without {name}", case["name"]);
            let mut twice = genuine.clone();
            twice.headers_mut().append(name, genuine.headers()[name].clone());
            assert!(account.verify(&twice, now).is_err(), "{} twice {name}", case["name"]);
        }
        for (_, other) in &all {
            if other.body() != genuine.body() {
                let swapped = with_body(genuine, other.body().clone());
                assert_eq!(account.verify(&swapped, now), Err(VerifyError::Signature));
            }
        }
        for minutes in [-301, 301] {
            let late = Timestamp(now.0 + minutes * 1000);
            assert_eq!(account.verify(genuine, late), Err(VerifyError::Stale), "{}", case["name"]);
        }
    }
}

/// Whoever can sign is WeChat Pay; still, each field it leaves out or changes is noticed.
#[test]
fn no_member_can_be_left_out_of_a_payment() {
    let cases = cases(include_str!("../../vectors/v3_notify.json"));
    let plain = |name: &str| {
        let case = cases.iter().find(|it| it["name"] == name).unwrap();
        serde_json::from_str::<Value>(case["resource_plaintext"].as_str().unwrap()).unwrap()
    };
    let check = |account: &Account, event: &str, original: &str, plain: &Value, names: &[&str]| {
        let whole = account.verify(&notification(event, original, &plain.to_string()), NOW);
        assert_eq!(whole.unwrap().news.len(), 1);
        for name in names {
            let mut cut = plain.clone();
            cut.as_object_mut().unwrap().remove(*name);
            let verified = account.verify(&notification(event, original, &cut.to_string()), NOW);
            let silent = verified.is_err() || verified.is_ok_and(|it| it.news.is_empty());
            assert!(silent, "{event} without {name} brought news");
        }
    };
    let paid = ["transaction_id", "amount", "trade_state", "out_trade_no"];
    let own = [&paid[..], &["mchid", "appid"]].concat();
    let event = "TRANSACTION.SUCCESS";
    check(&full(), event, "transaction", &plain("pay_success_cert_mode"), &own);
    let theirs = [&paid[..], &["sp_mchid", "sub_mchid", "sp_appid"]].concat();
    check(&partner(), event, "transaction", &plain("pay_success_partner"), &theirs);
    let refunded = ["mchid", "out_trade_no", "out_refund_no", "refund_status", "amount"];
    check(&full(), "REFUND.SUCCESS", "refund", &plain("refund_success"), &refunded);
}

/// The same message, told to the account it is about.
#[test]
fn a_sub_merchants_payment_is_its_own() {
    let cases = cases(include_str!("../../vectors/v3_notify.json"));
    let case = cases.iter().find(|it| it["name"] == "pay_success_partner").unwrap();
    let told = partner().verify(&request(case), NOW).unwrap();
    assert_eq!((told.mismatch, told.news.len()), (None, 1));
    let mut sibling = partner();
    sibling.sub.as_mut().unwrap().mch_id = "1900000111".into();
    let told = sibling.verify(&request(case), NOW).unwrap();
    assert_eq!(told.news, []);
    assert_eq!(told.mismatch.unwrap().field, "sub_mchid");
}

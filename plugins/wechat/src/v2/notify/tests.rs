use bytes::Bytes;
use paymux_channel::Mismatch;
use serde_json::Value;

use super::*;
use crate::tests::{NOW, cases, fen};
use crate::v2::tests::{account, account_with, partner, said};

const PAID: [(&str, &str); 7] = [
    ("trade_type", "NATIVE"),
    ("bank_type", "OTHERS"),
    ("openid", "oUpF8uMuAJO_M29aw263DmM3J6Lc"),
    ("out_trade_no", "20250101000000001"),
    ("transaction_id", "4200000001"),
    ("total_fee", "8888"),
    ("time_end", "20250101080003"),
];

fn verify(account: &Account, body: String) -> Result<Notification, VerifyError> {
    super::verify(account, &Request::new(Bytes::from(body)), NOW)
}

fn with(changes: &[(&str, &str)]) -> Result<Notification, VerifyError> {
    let pairs: Vec<_> = PAID.iter().chain(changes).copied().collect();
    verify(&account(), said(&account(), &pairs))
}

#[test]
fn a_payment() {
    let Notification { id, kind, out_trade_no, news, mismatch } = with(&[]).unwrap();
    assert_eq!((&*id, &*kind), ("pay.SUCCESS.4200000001", "pay.SUCCESS"));
    assert_eq!((&*out_trade_no, mismatch), ("20250101000000001", None));
    let [News::Paid(receipt)] = &news[..] else { panic!("{news:?}") };
    assert_eq!((receipt.amount, receipt.paid_at), (fen(8888), Timestamp(NOW.0 + 3000)));
    // What coupons paid is part of it, and in which order it stands does not matter.
    assert_eq!(with(&[("cash_fee", "1"), ("zz_new", "x")]).unwrap().news, news);
}

#[test]
fn vectors() {
    let mut judged = 0;
    for case in cases(include_str!("../../../vectors/v2_messages.json")) {
        if case["kind"] != "notify" {
            continue;
        }
        let of_partner = case["params"]["sub_mch_id"].is_string();
        let sign_type = case["sign_type"].as_str().unwrap();
        let account = if of_partner { partner() } else { account() };
        let account = Account {
            sign_type: if sign_type == "MD5" {
                crate::v2::key::SignType::Md5
            } else {
                account.sign_type
            },
            ..account
        };
        let told = verify(&account, case["xml"].as_str().unwrap().to_owned()).unwrap();
        assert_eq!((told.mismatch, &*told.out_trade_no), (None, "20250101000000001"));
        assert_eq!(told.news.len(), usize::from(case["expect"] == "accept"), "{}", case["name"]);
        judged += 1;
    }
    assert_eq!(judged, 6);
}

#[test]
fn what_nobody_signed_is_nobodys() {
    let genuine = said(&account(), &PAID);
    let (from, to) = (genuine.find("<sign>").unwrap(), genuine.find("</sign>").unwrap());
    let without = genuine[..from].to_owned() + &genuine[to + 7..];
    let empty = genuine[..from].to_owned() + "<sign></sign>" + &genuine[to + 7..];
    for body in [without, empty, genuine.replace("8888", "8889")] {
        assert_eq!(verify(&account(), body), Err(VerifyError::Signature));
    }
    let weak = account_with(&[("sign_type", "MD5")]);
    let downgraded = said(&weak, &[&PAID[..], &[("sign_type", "MD5")]].concat());
    assert!(verify(&weak, downgraded.clone()).is_ok());
    assert_eq!(verify(&account(), downgraded), Err(VerifyError::Signature));
    let named = said(&account(), &[&PAID[..], &[("sign_type", "MD5")]].concat());
    assert_eq!(verify(&account(), named), Err(VerifyError::Signature));
}

/// The signed text has no borders between a value and the next name: the same signature holds for
/// a message in which everything is inside one value.
#[test]
fn a_value_that_reads_as_pairs_is_refused() {
    let evil = "x&bank_type=OTHERS&total_fee=8888";
    let expect = VerifyError::Malformed("a value that holds pairs");
    assert_eq!(with(&[("attach", evil)]), Err(expect));
    for harmless in ["x & y", "a=b", "x&y", "50% & more = less"] {
        assert!(with(&[("attach", harmless)]).is_ok(), "{harmless}");
    }
}

#[test]
fn what_lacks_is_no_payment() {
    for name in ["trade_type", "bank_type", "openid", "transaction_id", "out_trade_no"] {
        assert_eq!(with(&[(name, "")]), Err(VerifyError::Malformed(name)));
    }
    assert!(with(&[("total_fee", "")]).is_err());
    assert!(with(&[("time_end", "today")]).is_err());
    assert_eq!(with(&[("return_code", "FAIL")]), Err(VerifyError::Malformed("return_code")));
    let failed = with(&[("result_code", "FAIL")]).unwrap();
    assert_eq!((failed.news, &*failed.id), (vec![], "pay.FAIL.20250101000000001"));
    assert_eq!(with(&[("trade_state", "PAY_FAIL")]).unwrap().news, []);
}

#[test]
fn a_genuine_message_about_somebody_else() {
    for (field, value) in [("mch_id", "1900000999"), ("appid", "wx1"), ("sub_mch_id", "1900000999")]
    {
        let told = with(&[(field, value)]).unwrap();
        assert_eq!(told.mismatch, Some(Mismatch { field, reported: value.into() }));
        assert_eq!(told.news, []);
    }
}

#[test]
fn while_a_key_is_changed_both_are_taken() {
    let (old, new) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
    let mut settings = crate::v2::tests::settings_of("MD5");
    let both = [new, old].map(paymux_channel::Secret::new).to_vec();
    settings.set_list("api_v2_key", both);
    let account = crate::v2::settings::read(&settings).unwrap();
    for key in [old, new] {
        let signer = account_with(&[("sign_type", "MD5"), ("api_v2_key", key)]);
        assert!(verify(&account, said(&signer, &PAID)).is_ok());
    }
    let stranger = account_with(&[("sign_type", "MD5")]);
    assert!(verify(&account, said(&stranger, &PAID)).is_err());
}

fn sealed() -> Vec<Value> {
    cases(include_str!("../../../vectors/v2_refund_req_info.json"))
}

#[test]
fn a_refund_is_only_a_reason_to_ask() {
    for case in sealed() {
        let told = verify(&account(), case["notify_xml"].as_str().unwrap().into()).unwrap();
        let status = case["fields"]["refund_status"].as_str().unwrap();
        assert_eq!(told.kind, format!("refund.{status}"));
        assert_eq!(told.id, format!("refund.{status}.50000000002025010100000000001"));
        assert_eq!((&*told.out_trade_no, told.mismatch), ("20250101000000004", None));
        let out_refund_no = "R20250101000000004-1".to_owned();
        assert_eq!(told.news, [News::RefundHint { out_refund_no }]);
    }
}

/// Nothing says that it comes from WeChat Pay, so nothing that is done to it may become a fact.
#[test]
fn no_forgery_becomes_more_than_that() {
    let case = &sealed()[0];
    let genuine = case["notify_xml"].as_str().unwrap();
    let mut taken = 0;
    for place in 0..genuine.len() {
        let mut bent = genuine.as_bytes().to_vec();
        bent[place] ^= 1;
        let Ok(body) = String::from_utf8(bent) else { continue };
        if let Ok(told) = verify(&account(), body) {
            assert!(matches!(told.news[..], [News::RefundHint { .. }]), "{told:?}");
            taken += 1;
        }
    }
    // The envelope's own words are not sealed either.
    assert!(taken > 0);
    let other = account_with(&[("api_v2_key", "00000000000000000000000000000000")]);
    assert_eq!(verify(&other, genuine.into()), Err(VerifyError::Signature));
    let both = said(&account(), &[&PAID[..], &[("req_info", "AAAA")]].concat());
    assert_eq!(verify(&account(), both), Err(VerifyError::Signature));
}

#[test]
fn a_refund_of_somebody_else() {
    let case = &sealed()[0];
    let told = case["notify_xml"].as_str().unwrap().replace("1900000109", "1900000999");
    let why = VerifyError::Malformed("it is about another account");
    assert_eq!(verify(&account(), told), Err(why));
}

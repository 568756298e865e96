//! Whole messages of the shared vectors, made with the channel's SDKs' libraries.

use paymux_channel::RefundOutcome;
use paymux_core::payment::{Action, Method};
use paymux_core::refund::RefundFact;
use serde_json::Value;

use super::*;
use crate::tests::{attempt, cases, pay, pay_by, refund};
use crate::v2::answer::Answer;
use crate::v2::key::SignType;

fn messages() -> Vec<Value> {
    cases(include_str!("../../../vectors/v2_messages.json"))
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn signer(case: &Value) -> Account {
    account_with(&[("sign_type", text(case, "sign_type"))])
}

fn is_signed(case: &Value) -> bool {
    case["params"]["sign"].is_string()
}

#[test]
fn every_message_reads_as_the_sdks_read_it() {
    for case in messages().iter().filter(|it| it["params"].is_object()) {
        let fields = Fields::read(text(case, "xml").as_bytes(), "xml").unwrap();
        let expect: Vec<(&str, &str)> = case["params"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let mut read: Vec<_> = fields.pairs().collect();
        read.sort_unstable();
        let mut expect = expect;
        expect.sort_unstable();
        assert_eq!(read, expect, "{}", case["name"]);
        if is_signed(case) && case["params"]["mch_id"] == config("mchid") {
            assert!(signer(case).signed(&fields), "{}", case["name"]);
        }
    }
}

/// Whatever is done to a byte, it is noticed.
#[test]
fn no_byte_of_a_signed_message_can_change() {
    let mut judged = 0;
    for case in messages().iter().filter(|it| is_signed(it)) {
        let (account, genuine) = (signer(case), text(case, "xml").as_bytes());
        for place in 0..genuine.len() {
            for flip in [0x01, 0x20, 0xff] {
                let mut bent = genuine.to_vec();
                bent[place] ^= flip;
                let read = Fields::read(&bent, "xml");
                let taken = read.is_ok_and(|it| account.signed(&it));
                assert!(!taken, "{}: byte {place} ^ {flip:#x}", case["name"]);
            }
        }
        judged += 1;
    }
    assert!(judged > 40, "{judged}");
}

/// A weaker signature than the account's own is none, whatever the message calls it.
#[test]
fn no_message_chooses_how_it_is_signed() {
    for case in messages().iter().filter(|it| is_signed(it)) {
        let fields = Fields::read(text(case, "xml").as_bytes(), "xml").unwrap();
        let other = match signer(case).sign_type {
            SignType::Md5 => "HMAC-SHA256",
            SignType::HmacSha256 => "MD5",
        };
        assert!(!account_with(&[("sign_type", other)]).signed(&fields), "{}", case["name"]);
    }
}

fn operation(endpoint: &str) -> Option<Operation> {
    Some(match endpoint {
        "/pay/orderquery" => Operation::Query { attempt: attempt() },
        "/pay/closeorder" => Operation::Close { attempt: attempt() },
        "/pay/micropay" => Operation::Pay(pay_by(Method::Barcode)),
        "/secapi/pay/reverse" => Operation::Reverse { attempt: attempt() },
        "/secapi/pay/refund" => Operation::Refund(refund()),
        "/pay/refundquery" => Operation::QueryRefund(refund()),
        _ => return None,
    })
}

fn ordered(case: &Value) -> Operation {
    let mut open = pay();
    open.method = match case["params"]["trade_type"].as_str() {
        Some("JSAPI") => Method::Jsapi,
        Some("MWEB") => Method::H5,
        Some("APP") => Method::App,
        _ => Method::Qr,
    };
    Operation::Pay(open)
}

/// The vector's answer, about our order: genuine as it was, and signed anew.
fn about_ours(case: &Value, account: &Account) -> Response {
    let genuine = response(text(case, "xml").to_owned());
    assert!(Answer::verify(account, &genuine).is_ok(), "{}", case["name"]);
    let mut said: Said<'_> = BTreeMap::new();
    for (name, value) in case["params"].as_object().unwrap() {
        said.insert(name, value.as_str().unwrap().to_owned());
    }
    for (name, ours) in [
        ("out_trade_no", attempt().to_string()),
        ("out_refund_no", refund().refund.out_refund_no()),
        ("out_refund_no_0", refund().refund.out_refund_no()),
    ] {
        said.entry(name).and_modify(|it| *it = ours);
    }
    response(signed(account, said))
}

/// What the gateway must do, by the vectors' words for it.
fn agrees(name: &str, expect: &str, outcome: &Outcome) -> bool {
    let refund = |it: &Outcome, word: &str| it.name() == word;
    match (name, expect) {
        // Cautious where the documents are short: a question tells, and nothing is lost.
        (
            "unifiedorder_out_trade_no_used" | "micropay_orderreversed" | "refund_ordernotexist",
            _,
        ) => {
            matches!(outcome, Outcome::Unknown { .. })
        }
        (_, "ok") => matches!(outcome, Outcome::Accepted(_)),
        (_, "treat_as_paid_then_query" | "query_then_paid") => *outcome == Outcome::AlreadyPaid,
        ("micropay_userpaying", "pending_poll") => *outcome == Outcome::Accepted(Action::Confirm),
        (_, "pending" | "pending_poll") => *outcome == Outcome::Unpaid,
        (_, "reverse") => *outcome == Outcome::PayFailed,
        (_, "paid") => matches!(outcome, Outcome::Paid(_)),
        (_, "paid_with_refund") => matches!(outcome, Outcome::GivenBack(_)),
        (_, "reversed") if name.starts_with("reverse") => *outcome == Outcome::Undone,
        (_, "closed" | "reversed") => *outcome == Outcome::Closed,
        ("refundquery_notexist", "not_exist") => refund(outcome, "refund_absent"),
        (_, "not_exist") => *outcome == Outcome::Absent,
        (_, "accepted_not_final") => refund(outcome, "refund.accepted"),
        (_, "one_success_one_processing") => refund(outcome, "refund.succeeded"),
        (_, "fail") if name.starts_with("refund_") => refund(outcome, "refund.refused"),
        (_, "fail" | "fail_new_code_new_order") => matches!(outcome, Outcome::Refused(_)),
        (
            _,
            "retry_same_params"
            | "comm_fail"
            | "unknown_query"
            | "query_then_reverse"
            | "call_again"
            | "retry_same_refund_no"
            | "retry_later_same_refund_no"
            | "fail_or_recharge_then_retry_same_no",
        ) => matches!(outcome, Outcome::Unknown { .. }),
        (_, other) => panic!("{name}: {other}"),
    }
}

#[test]
fn answers_mean_what_the_vectors_say() {
    let mut judged = 0;
    for case in messages().iter().filter(|it| it["kind"] == "response") {
        let (name, endpoint) = (text(case, "name"), text(case, "endpoint"));
        let unified = endpoint == "/pay/unifiedorder";
        let Some(asked) = operation(endpoint).or_else(|| unified.then(|| ordered(case))) else {
            continue;
        };
        let outcome = if is_signed(case) {
            let account = signer(case);
            account.parse(&asked, &call(), &about_ours(case, &account)).unwrap()
        } else {
            account().parse(&asked, &call(), &response(text(case, "xml").to_owned())).unwrap()
        };
        assert!(agrees(name, text(case, "expect"), &outcome), "{name}: {outcome:?}");
        judged += 1;
    }
    assert!(judged >= 40, "{judged}");
}

#[test]
fn of_several_refunds_the_one_asked_for() {
    let account = account_with(&[("sign_type", "MD5")]);
    let case = messages().into_iter().find(|it| it["name"] == "refundquery_two").unwrap();
    let asked = Operation::QueryRefund(refund());
    let parsed = account.parse(&asked, &call(), &about_ours(&case, &account)).unwrap();
    let Outcome::Refund(RefundOutcome::Fact(fact)) = parsed else { panic!("{parsed:?}") };
    let RefundFact::Succeeded { amount, channel_refund_no, .. } = fact else { panic!("{fact:?}") };
    assert_eq!(amount.minor(), 30);
    assert_eq!(channel_refund_no.as_deref(), Some("50000000002025010100000000001"));
}

#[test]
fn packages_are_the_sdks_own() {
    let cases = cases(include_str!("../../../vectors/client_packages.json"));
    let mut judged = 0;
    for sign_type in ["MD5", "HMAC-SHA256"] {
        for (product, name) in [("jsapi", "paySign"), ("app", "sign")] {
            let case = format!("v2_{product}_{sign_type}");
            let case = cases.iter().find(|it| it["name"] == *case).unwrap();
            let package = case["package"].as_object().unwrap();
            let parts: Vec<_> = package.iter().filter(|it| it.0 != name).collect();
            let parts: Vec<_> =
                parts.iter().map(|(n, v)| (n.as_str(), v.as_str().unwrap().to_owned())).collect();
            let account = account_with(&[("sign_type", sign_type)]);
            assert_eq!(account.sign(&parts), package[name].as_str().unwrap());
            judged += 1;
        }
    }
    assert_eq!(judged, 4);
}

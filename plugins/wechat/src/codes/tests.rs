use std::collections::BTreeSet;

use super::*;

fn said(status: u16, code: &str, signed: bool) -> Failure {
    Failure { status, code: code.into(), message: "why".into(), signed }
}

fn unknown(code: &str) -> Outcome {
    Outcome::Unknown { code: code.into() }
}

/// Of every operation but a charge, which has codes of its own.
fn all(failure: &Failure) -> [Outcome; 6] {
    let it = || failure.clone();
    [
        it().of_pay(),
        it().of_query(),
        it().of_close(),
        it().of_reverse(),
        it().of_refund(),
        it().of_refund_query(),
    ]
}

type Reading = fn(Failure) -> Outcome;

const TABLES: [(&str, Table, Reading); 12] = [
    ("pay", PAY, Failure::of_pay),
    ("charge", CHARGE_CODES, Failure::of_charge),
    ("query", ORDER_QUERY, Failure::of_query),
    ("close", CLOSING, Failure::of_close),
    ("reverse", REVERSING, Failure::of_reverse),
    ("refund", REFUNDING, Failure::of_refund),
    ("query_refund", REFUND_QUERYING, Failure::of_refund_query),
    ("transfer", TRANSFERRING, Failure::of_transfer),
    ("query_transfer", TRANSFER_QUERYING, Failure::of_transfer_query),
    ("split", SPLITTING, Failure::of_split),
    ("query_split", SPLIT_QUERYING, Failure::of_split_query),
    ("receiver", RECEIVING, Failure::of_receiver),
];

/// Whatever decides something when it is signed, and what it decides: written down a second time,
/// since each line of it is about money.
const DEFINITE: &[&str] = &[
    "charge 202 USERPAYING accepted",
    "charge 400 APPIDMCHIDNOTMATCH refused",
    "charge 400 AUTHCODEERROR refused",
    "charge 400 AUTHCODEEXPIRE refused",
    "charge 400 AUTHCODEEXPIRED refused",
    "charge 400 AUTHCODEINVALID refused",
    "charge 400 BUYERMISMATCH refused",
    "charge 400 MCHNOTEXISTS refused",
    "charge 400 NOTENOUGH refused",
    "charge 400 NOTSUPPORTCARD refused",
    "charge 403 AUTHCODEERROR refused",
    "charge 403 AUTHCODEEXPIRE refused",
    "charge 403 AUTHCODEEXPIRED refused",
    "charge 403 AUTHCODEINVALID refused",
    "charge 403 BUYERMISMATCH refused",
    "charge 403 NOTENOUGH refused",
    "charge 403 NOTSUPPORTCARD refused",
    "charge 403 RULELIMIT refused",
    "charge 403 USERACCOUNTABNORMAL refused",
    "charge 404 MCHNOTEXISTS refused",
    "close 400 INVALIDREQUEST already_paid",
    "close 400 ORDERCLOSED closed",
    "close 400 ORDERPAID already_paid",
    "close 400 TRADESTATEERROR already_paid",
    "close 403 ORDERPAID already_paid",
    "close 403 TRADEERROR already_paid",
    "close 404 ORDERNOTEXIST absent",
    "pay 400 APPIDMCHIDNOTMATCH refused",
    "pay 400 MCHNOTEXISTS refused",
    "pay 400 PARAMERROR refused",
    "pay 401 SIGNERROR refused",
    "pay 403 ACCOUNTERROR refused",
    "pay 403 NOAUTH refused",
    "pay 403 REQUESTBLOCKED refused",
    "pay 403 RULELIMIT refused",
    "pay 404 MCHNOTEXISTS refused",
    "query 404 ORDERNOTEXIST absent",
    "query_refund 404 RESOURCENOTEXISTS refund_absent",
    "query_split 404 NOTFOUND split_absent",
    "query_split 404 RESOURCENOTEXISTS split_absent",
    "query_transfer 404 NOTFOUND transfer_absent",
    "query_transfer 404 RESOURCENOTEXISTS transfer_absent",
    "receiver 400 INVALIDREQUEST refused",
    "receiver 400 PARAMERROR refused",
    "receiver 403 NOAUTH refused",
    "receiver 403 RULELIMIT refused",
    "refund 400 PARAMERROR refund.refused",
    "refund 403 USERACCOUNTABNORMAL refund.refused",
    "reverse 400 ORDERCLOSED closed",
    "reverse 400 ORDERREVERSED closed",
    "reverse 400 REVERSEEXPIRE already_paid",
    "reverse 404 ORDERNOTEXIST absent",
    "split 400 INVALIDREQUEST split.stuck",
    "split 400 PARAMERROR split.refused",
    "split 403 NOAUTH split.stuck",
    "split 403 NOTENOUGH split.refused",
    "transfer 400 PARAMERROR transfer.refused",
    "transfer 403 NOTENOUGH transfer.refused",
];

/// Every code of every table under every status: what is not in the list above is unknown.
#[test]
fn the_tables_decide_what_is_written_down_and_nothing_else() {
    let codes: BTreeSet<_> =
        TABLES.iter().flat_map(|it| it.1).map(|it| it.code.replace('_', "")).collect();
    let mut decided = vec![];
    for (operation, _, read) in TABLES {
        for status in [200, 202, 204, 400, 401, 403, 404, 409, 429, 500, 502, 503] {
            for code in &codes {
                let outcome = read(said(status, code, true));
                if !matches!(outcome, Outcome::Unknown { .. }) {
                    decided.push(format!("{operation} {status} {code} {}", outcome.name()));
                }
            }
        }
    }
    decided.sort();
    assert_eq!(decided, DEFINITE);
}

#[test]
fn every_row_has_its_source_and_stands_once() {
    for (operation, table, _) in TABLES {
        let mut seen = BTreeSet::new();
        for row in table {
            assert!(
                seen.insert((row.status, row.code.replace('_', ""))),
                "{operation} {}",
                row.code
            );
            let cited = row.source.contains("401") || row.source.contains("wechatpay-skills");
            assert!(cited, "{operation} {}: {}", row.code, row.source);
            let slow = row.act == Act::Slow;
            assert_eq!(slow, is_limited(row.code), "{operation} {}", row.code);
        }
    }
}

/// Nobody's unsigned word moves or frees money, hands goods back or ends an order.
#[test]
fn what_takes_a_signature() {
    for (operation, table, read) in TABLES {
        for row in table {
            let outcome = read(said(row.status, row.code, false));
            let free = match operation {
                "pay" => row.act == Act::Refused,
                "query" | "reverse" | "query_refund" => row.act == Act::Absent,
                "close" => [Act::Absent, Act::TooLate, Act::Closed].contains(&row.act),
                _ => false,
            };
            let is_unknown = matches!(outcome, Outcome::Unknown { .. });
            assert_eq!(is_unknown, !free, "{operation} {} {outcome:?}", row.code);
            assert_ne!(outcome, Outcome::Closed, "{operation} {}", row.code);
        }
    }
}

/// Codes that say "ask", "later" or "somebody must act": with them nothing is decided.
const NEVER_DEFINITE: &[(u16, &str)] = &[
    (400, "ALREADY_EXISTS"),
    (400, "SOMETHING_NEW"),
    (403, "OUT_TRADE_NO_USED"),
    (403, "NOT_ENOUGH"),
    (429, "FREQUENCY_LIMITED"),
    (429, "RATELIMIT_EXCEEDED"),
    (500, "SYSTEM_ERROR"),
    (500, "BANK_ERROR"),
    (502, "SERVICE_UNAVAILABLE"),
    (503, "SERVICE_UNAVAILABLE"),
    (202, "USER_PAYING"),
    // Known words in the wrong place.
    (200, "PARAM_ERROR"),
    (500, "PARAM_ERROR"),
    (429, "PARAM_ERROR"),
    (400, "param_error"),
    (400, "PARAM_ERROR "),
    (500, "ORDER_NOT_EXIST"),
    (400, "RESOURCE_NOT_EXISTS"),
    (404, "ORDER_CLOSED"),
    (500, "ORDER_PAID"),
];

#[test]
fn what_is_not_definite_is_unknown() {
    for (status, code) in NEVER_DEFINITE {
        for signed in [true, false] {
            for outcome in all(&said(*status, code, signed)) {
                assert_eq!(outcome, unknown(code.trim()), "{status} {code}");
            }
        }
    }
}

#[test]
fn absent_orders() {
    for signed in [true, false] {
        for code in ["ORDER_NOT_EXIST", "ORDERNOTEXIST"] {
            assert_eq!(said(404, code, signed).of_query(), Outcome::Absent);
            assert_eq!(said(404, code, signed).of_close(), Outcome::Absent);
        }
    }
    // Also said of a path that does not exist.
    let other = said(404, "RESOURCE_NOT_EXISTS", true);
    assert_eq!(other.clone().of_query(), unknown("RESOURCE_NOT_EXISTS"));
    assert_eq!(other.of_close(), unknown("RESOURCE_NOT_EXISTS"));
}

#[test]
fn absent_refunds() {
    for signed in [true, false] {
        let outcome = said(404, "RESOURCE_NOT_EXISTS", signed).of_refund_query();
        assert_eq!(outcome, Outcome::Refund(RefundOutcome::Absent));
    }
    let other = said(404, "MCH_NOT_EXISTS", true).of_refund_query();
    assert_eq!(other, unknown("MCH_NOT_EXISTS"));
}

#[test]
fn words_of_others_are_cut_to_size() {
    let read = |body: &str| Failure::read(StatusCode::BAD_REQUEST, body.as_bytes(), true);
    let long = "验".repeat(1000);
    let body = format!(r#"{{"code":"PARAM_ERROR","message":"a\u001b[31m\n{long}"}}"#);
    let Outcome::Refused(refusal) = read(&body).of_pay() else { panic!() };
    assert_eq!(refusal.message.chars().count(), MAX_MESSAGE);
    assert!(refusal.message.starts_with("a[31m验"));
    assert_eq!(read(r#"{"code":"x\n\u001b[31m y"}"#).unknown(), unknown("x31my"));
    let long = format!(r#"{{"code":"{}"}}"#, "A".repeat(500));
    assert_eq!(read(&long).unknown(), unknown(&"A".repeat(MAX_CODE)));
    // A member there twice is no member.
    let twice = r#"{"code":"PARAM_ERROR","code":"SYSTEM_ERROR"}"#;
    assert_eq!(read(twice).of_pay(), unknown("HTTP_400"));
    // `message` and `detail` are whatever they are.
    let bare = read(r#"{"code":"PARAM_ERROR","message":null,"detail":{"field":[]}}"#);
    assert_eq!(
        bare.of_pay(),
        Outcome::Refused(Refusal { code: "PARAM_ERROR".into(), message: String::new() })
    );
}

#[test]
fn too_often_is_known_by_its_words_and_decides_nothing() {
    for (status, code, limited) in [
        (429, "FREQUENCY_LIMITED", true),
        (403, "FREQUENCY_LIMITED", true),
        (429, "RATELIMIT_EXCEEDED", true),
        (429, "RATE_LIMIT_EXCEEDED", true),
        (400, "INVALID_REQ_TOO_MUCH", true),
        (429, "", true),
        (500, "", false),
        (500, "SYSTEM_ERROR", false),
        (400, "SOMETHING_LIMITED", false),
    ] {
        for outcome in all(&said(status, code, false)) {
            let Outcome::Unknown { code: told } = &outcome else { panic!("{code}: {outcome:?}") };
            assert_eq!(is_limited(told), limited, "{status} {code}");
        }
    }
    // The merchant's own limit is no matter of frequency.
    assert!(!is_limited("RULE_LIMIT"));
}

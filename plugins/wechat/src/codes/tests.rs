use super::*;

fn said(status: u16, code: &str, signed: bool) -> Failure {
    Failure { status, code: code.into(), message: "why".into(), signed }
}

fn refused(code: &str) -> Refusal {
    Refusal { code: code.into(), message: "why".into() }
}

fn unknown(code: &str) -> Outcome {
    Outcome::Unknown { code: code.into() }
}

fn all(failure: &Failure) -> [Outcome; 5] {
    let it = || failure.clone();
    [it().of_pay(), it().of_query(), it().of_close(), it().of_refund(), it().of_refund_query()]
}

/// Codes that say "ask", "later" or "somebody must act": with them nothing is decided.
const NEVER_DEFINITE: Table = &[
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
fn definite_for_pay() {
    for (status, code) in PAY_REFUSED {
        for signed in [true, false] {
            let outcome = said(*status, code, signed).of_pay();
            assert_eq!(outcome, Outcome::Refused(refused(code)), "{code}");
        }
    }
    for (status, code) in
        [(400, "INVALID_REQUEST"), (400, "ORDER_CLOSED"), (400, "ORDERPAID"), (403, "TRADE_ERROR")]
    {
        assert_eq!(said(status, code, true).of_pay(), unknown(code));
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
fn closing_too_late() {
    for (status, code) in CLOSE_TOO_LATE {
        for signed in [true, false] {
            let outcome = said(*status, code, signed).of_close();
            assert_eq!(outcome, Outcome::AlreadyPaid, "{code}");
        }
    }
    assert_eq!(said(400, "ORDERPAID", true).of_close(), Outcome::AlreadyPaid);
    assert_eq!(said(400, "ORDER_CLOSED", true).of_close(), Outcome::Closed);
    // To be confirmed by a query, whose answer is signed.
    assert_eq!(said(400, "ORDER_CLOSED", false).of_close(), Outcome::AlreadyPaid);
    assert_eq!(said(400, "PARAM_ERROR", true).of_close(), unknown("PARAM_ERROR"));
}

#[test]
fn definite_for_refunds() {
    for (status, code) in REFUND_REFUSED {
        let fact = RefundFact::Refused(refused(code));
        let outcome = Outcome::Refund(RefundOutcome::Fact(fact));
        assert_eq!(said(*status, code, true).of_refund(), outcome, "{code}");
        // Unsigned words free no money.
        assert_eq!(said(*status, code, false).of_refund(), unknown(code));
    }
    for (status, code) in [
        (403, "NOT_ENOUGH"),
        (400, "INVALID_REQUEST"),
        (401, "SIGN_ERROR"),
        (403, "NO_AUTH"),
        (400, "MCH_NOT_EXISTS"),
        (404, "MCH_NOT_EXISTS"),
        (404, "RESOURCE_NOT_EXISTS"),
        (404, "ORDER_NOT_EXIST"),
        (400, "APPID_MCHID_NOT_MATCH"),
        (403, "TRADE_ERROR"),
        (403, "ACCOUNT_ERROR"),
        (403, "RULE_LIMIT"),
        (403, "REQUEST_BLOCKED"),
    ] {
        assert_eq!(said(status, code, true).of_refund(), unknown(code));
    }
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

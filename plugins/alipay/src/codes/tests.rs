use super::*;

fn failure(code: &str, sub_code: &str) -> Failure {
    Failure::new(code.into(), sub_code.into(), "why".into(), true)
}

fn business(sub_code: &str) -> Failure {
    failure("40004", sub_code)
}

fn refused(code: &str) -> Refusal {
    Refusal { code: code.into(), message: "why".into() }
}

fn unknown(code: &str) -> Outcome {
    Outcome::Unknown { code: code.into() }
}

/// Codes that say "ask", "later" or "our own mistake": with them nothing is decided.
const NEVER_DEFINITE: &[&str] = &[
    "ACQ.SYSTEM_ERROR",
    "AQC.SYSTEM_ERROR",
    "ACQ.TRADE_HAS_SUCCESS",
    "ACQ.TRADE_HAS_CLOSE",
    "ACQ.CONTEXT_INCONSISTENT",
    "ACQ.TRADE_BUYER_NOT_MATCH",
    "ACQ.APPLY_PC_MERCHANT_CODE_ERROR",
    "ACQ.DISCORDANT_REPEAT_REQUEST",
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
    "ACQ.SELLER_BALANCE_NOT_ENOUGH",
    "ACQ.REFUND_CHARGE_ERROR",
    "ACQ.REFUNDALLOC_UNAUTH_LIMIT",
    "ACQ.REFUND_ROYALTY_PAYEE_ACCOUNT_NOT_EXIST",
    "ACQ.ALLOC_AMOUNT_VALIDATE_ERROR",
    "ACQ.SOMETHING_NEW",
    "acq.access_forbidden",
    "ACQ.ACCESS_FORBIDDEN ",
    "ACQ.ACQ.ACCESS_FORBIDDEN",
];

#[test]
fn definite_for_pay() {
    for code in PAY_REFUSED {
        for spelling in [format!("ACQ.{code}"), format!("AQC.{code}"), (*code).to_owned()] {
            let outcome = business(&spelling).of_pay();
            assert_eq!(outcome, Outcome::Refused(refused(&spelling)));
        }
    }
    for (code, sub_code) in [
        ("20001", "aop.invalid-auth-token"),
        ("40001", "isv.missing-signature"),
        ("40002", "isv.invalid-signature"),
        ("40003", "isv.missing-signature-config"),
        ("40006", "isv.insufficient-isv-permissions"),
    ] {
        assert_eq!(failure(code, sub_code).of_pay(), Outcome::Refused(refused(sub_code)));
    }
    assert_eq!(failure("40006", "").of_pay(), Outcome::Refused(refused("40006")));
}

#[test]
fn definite_for_refund() {
    for code in REFUND_REFUSED {
        let code = format!("ACQ.{code}");
        let fact = RefundFact::Refused(refused(&code));
        assert_eq!(business(&code).of_refund(), Outcome::Refund(RefundOutcome::Fact(fact)));
    }
}

#[test]
fn definite_for_close_and_queries() {
    for code in CLOSE_TOO_LATE {
        assert_eq!(business(&format!("ACQ.{code}")).of_close(), Outcome::AlreadyPaid);
    }
    for code in ["ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"] {
        assert_eq!(business(code).of_query(), Outcome::Absent);
        assert_eq!(business(code).of_close(), Outcome::Absent);
        let absent = Outcome::Refund(RefundOutcome::Absent);
        assert_eq!(business(code).of_refund_query(), absent);
        // Here it would be a wonder: the trade was paid.
        assert_eq!(business(code).of_refund(), unknown(code));
        assert_eq!(business(code).of_pay(), unknown(code));
    }
}

fn all(failure: &Failure) -> [Outcome; 5] {
    let it = || failure.clone();
    [it().of_pay(), it().of_query(), it().of_close(), it().of_refund(), it().of_refund_query()]
}

#[test]
fn everything_else_is_unknown() {
    for code in NEVER_DEFINITE {
        for outcome in all(&business(code)) {
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{code}: {outcome:?}");
        }
    }
    for code in ["20000", "40005", "10003", "50000", ""] {
        // The business code counts only where business was done.
        for sub_code in ["ACQ.ACCESS_FORBIDDEN", "ACQ.TRADE_HAS_FINISHED", "ACQ.TRADE_NOT_EXIST"] {
            for outcome in all(&failure(code, sub_code)) {
                assert_eq!(outcome, unknown(sub_code), "{code}");
            }
        }
    }
}

/// A gateway that refuses a repeat says nothing about the first try.
#[test]
fn the_gateway_decides_no_refund() {
    for code in NOT_PROCESSED {
        let [_, others @ ..] = all(&failure(code, "isv.invalid-signature"));
        for outcome in others {
            assert_eq!(outcome, unknown("isv.invalid-signature"), "{code}");
        }
    }
}

#[test]
fn unsigned_words_decide_nothing() {
    let tables = [PAY_REFUSED, REFUND_REFUSED, CLOSE_TOO_LATE, &[TRADE_NOT_EXIST]].concat();
    for sub_code in tables {
        for code in ["40004", "40002", "40006"] {
            let unsigned = Failure { signed: false, ..failure(code, sub_code) };
            for outcome in all(&unsigned) {
                assert_eq!(outcome, unknown(sub_code));
            }
        }
    }
}

#[test]
fn words_of_others_are_cut_to_size() {
    let long = "验".repeat(1000);
    let failure = Failure::new("40004".into(), "ACQ.PARTNER_ERROR".into(), long, true);
    let Outcome::Refused(refusal) = failure.of_pay() else { panic!() };
    assert_eq!(refusal.message.chars().count(), MAX_MESSAGE);
    assert_eq!(failure_code("x\n\u{1b}[31m y"), "x31my");
    assert_eq!(failure_code(&"a".repeat(500)).len(), MAX_CODE);
}

fn failure_code(sub_code: &str) -> String {
    let Outcome::Unknown { code } = business(sub_code).of_query() else { panic!() };
    code
}

#[test]
fn too_often_is_known_by_its_words_and_decides_nothing() {
    let check = |failure: &Failure, limited| {
        let it = || failure.clone();
        for outcome in [
            it().of_pay(),
            it().of_query(),
            it().of_close(),
            it().of_refund(),
            it().of_refund_query(),
        ] {
            let Outcome::Unknown { code } = &outcome else { panic!("{outcome:?}") };
            assert_eq!(is_limited(code), limited, "{code}");
        }
    };
    check(&failure("40005", "isv.app-call-limited"), true);
    check(&failure("40005", "isv.method-call-limited"), true);
    check(&failure("40005", ""), true);
    check(&Failure::new("40005".into(), String::new(), String::new(), false), true);
    check(&failure("20000", "isp.unknow-error"), false);
    check(&business("ACQ.SYSTEM_ERROR"), false);
    // Limits on money are no matter of frequency.
    assert!(!is_limited("ACQ.BEYOND_PER_RECEIPT_DAY_RESTRICTION"));
}

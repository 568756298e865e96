use std::collections::BTreeSet;

use super::*;
use crate::v2::xml::write;

const TABLES: [(&str, Table); 8] = [
    ("order", ORDER),
    ("charge", CHARGE),
    ("query", QUERY),
    ("close", CLOSE),
    ("reverse", REVERSE),
    ("refund", REFUND),
    ("query_refund", QUERY_REFUND),
    ("identify", IDENTIFY),
];

fn fields(code: &str) -> Fields {
    let body = write([("err_code", code), ("err_code_des", "why\u{7f}")]);
    Fields::read(body.as_bytes(), "xml").unwrap()
}

fn unknown(code: &str) -> Outcome {
    Outcome::Unknown { code: code.into() }
}

fn refused(code: &str) -> Refusal {
    Refusal { code: code.into(), message: "why".into() }
}

#[test]
fn every_row_means_what_it_says() {
    for (name, table) in TABLES {
        for (code, says) in table {
            let failure = Failure::signed(&fields(code));
            let expect = match says {
                Says::Refused => Outcome::Refused(refused(code)),
                Says::Absent => Outcome::Absent,
                Says::Closed => Outcome::Closed,
                Says::TooLate => Outcome::AlreadyPaid,
                Says::Confirming => Outcome::Accepted(Action::Confirm),
                Says::Retry | Says::Query | Says::Act => unknown(code),
            };
            assert_eq!(failure.of(table), expect, "{name} {code}");
        }
        let codes: BTreeSet<_> = table.iter().map(|it| it.0).collect();
        assert_eq!(codes.len(), table.len(), "{name} says something twice");
    }
}

/// An account's terms may change between two sends: then the repeat is another request, and what
/// is said of it says nothing of the first.
#[test]
fn other_parameters_decide_nothing() {
    for table in [ORDER, CHARGE] {
        for code in ["OUT_TRADE_NO_USED", "INVALID_REQUEST"] {
            assert_eq!(Failure::signed(&fields(code)).of(table), unknown(code), "{code}");
        }
    }
}

#[test]
fn refunds_have_words_of_their_own() {
    let of = |code: &str, table| Failure::signed(&fields(code)).of_refund(table);
    for (code, says) in REFUND {
        let fact = RefundFact::Refused(refused(code));
        let definite = *says == Says::Refused;
        let fact = Outcome::Refund(RefundOutcome::Fact(fact));
        let expect = if definite { fact } else { unknown(code) };
        assert_eq!(of(code, REFUND), expect, "{code}");
    }
    assert_eq!(of("REFUNDNOTEXIST", QUERY_REFUND), Outcome::Refund(RefundOutcome::Absent));
}

#[test]
fn what_no_table_calls_definite_is_unknown() {
    for (name, table) in TABLES {
        for code in ["SYSTEMERROR", "SOME_FUTURE_CODE", "", "systemerror", "ORDERPAID "] {
            let shown = if code.is_empty() { "FAIL" } else { code.trim() };
            assert_eq!(Failure::signed(&fields(code)).of(table), unknown(shown), "{name} {code}");
        }
    }
    // Which charges and refunds may be called off is a short list, and stays one.
    let definite = |table: Table| table.iter().filter(|it| it.1 == Says::Refused).count();
    assert_eq!((definite(CHARGE), definite(REFUND), definite(REVERSE)), (20, 3, 0));
    let ends = |table: Table| table.iter().any(|it| it.1 == Says::Closed);
    let ending: Vec<_> = TABLES.iter().filter(|it| ends(it.1)).map(|it| it.0).collect();
    assert_eq!(ending, ["close"]);
}

#[test]
fn unsigned_words_are_never_definite() {
    for (name, table) in TABLES {
        for (code, _) in table {
            let mut failure = Failure::signed(&fields(code));
            failure.signed = false;
            assert_eq!(failure.clone().of(table), unknown(code), "{name} {code}");
            assert_eq!(failure.of_refund(table), unknown(code), "{name} {code}");
        }
    }
}

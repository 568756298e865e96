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

const ALL: [Table; 10] = [
    PRECREATE,
    CREATE,
    charge::TABLE,
    refund::TABLE,
    others::QUERY,
    others::REFUND_QUERY,
    others::CLOSE,
    others::CANCEL,
    transfer::TABLE,
    transfer::QUERY,
];

fn rows(table: Table) -> impl Iterator<Item = &'static Row> {
    table.iter().copied().flatten()
}

/// What each row comes to, in every spelling of its code, by the operation's own reading.
fn walk(table: Table, read: fn(Failure) -> Outcome, expect: fn(Meaning, Refusal) -> Outcome) {
    for Row(code, meaning, source) in rows(table) {
        assert!(!source.is_empty());
        for spelling in [format!("ACQ.{code}"), format!("AQC.{code}"), (*code).to_owned()] {
            let outcome = read(business(&spelling));
            assert_eq!(outcome, expect(*meaning, refused(&spelling)), "{spelling}");
        }
    }
}

fn placing(meaning: Meaning, refusal: Refusal) -> Outcome {
    match meaning {
        Meaning::Refused | Meaning::Payer => Outcome::Refused(refusal),
        Meaning::Query | Meaning::Retry => Outcome::Unknown { code: refusal.code },
        Meaning::Absent | Meaning::TooLate | Meaning::Spent => panic!("{refusal:?}"),
    }
}

fn asking(meaning: Meaning, refusal: Refusal) -> Outcome {
    match meaning {
        Meaning::Absent => Outcome::Absent,
        Meaning::TooLate => Outcome::AlreadyPaid,
        Meaning::Query | Meaning::Retry => Outcome::Unknown { code: refusal.code },
        Meaning::Refused | Meaning::Payer | Meaning::Spent => panic!("{refusal:?}"),
    }
}

#[test]
fn every_row_comes_to_what_it_means() {
    walk(PRECREATE, |it| it.of_order(PRECREATE), placing);
    walk(CREATE, |it| it.of_order(CREATE), placing);
    walk(charge::TABLE, Failure::of_charge, placing);
    walk(others::QUERY, Failure::of_query, asking);
    walk(others::CLOSE, Failure::of_close, asking);
    walk(others::CANCEL, Failure::of_cancel, asking);
    walk(others::REFUND_QUERY, Failure::of_refund_query, |meaning, refusal| {
        let absent = meaning == Meaning::Absent;
        let refund = || Outcome::Refund(RefundOutcome::Absent);
        if absent { refund() } else { asking(meaning, refusal) }
    });
    walk(refund::TABLE, Failure::of_refund, |meaning, refusal| {
        let fact = |it| Outcome::Refund(RefundOutcome::Fact(RefundFact::Refused(it)));
        match meaning {
            Meaning::Refused => fact(refusal),
            Meaning::Spent => Outcome::Refund(RefundOutcome::Spent(refusal)),
            Meaning::Payer
            | Meaning::Query
            | Meaning::Retry
            | Meaning::Absent
            | Meaning::TooLate => placing(meaning, refusal),
        }
    });
    for Row(code, meaning, _) in rows(others::IDENTIFY) {
        let outcome = failure("40002", code).of_identify();
        assert_eq!(outcome, placing(*meaning, refused(code)));
    }
}

/// One row a code, none of them with a prefix, so that each is found.
#[test]
fn no_row_hides_another() {
    for table in ALL {
        let codes: Vec<_> = rows(table).map(|it| it.0).collect();
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(codes.len(), distinct.len());
        assert!(codes.iter().all(|it| !it.contains('.')));
    }
}

/// Those after which money may have moved, or may yet, must never become refusals by an edit.
#[test]
fn what_may_be_money_is_never_refused() {
    for code in [
        "SYSTEM_ERROR",
        "TRADE_HAS_SUCCESS",
        "TRADE_HAS_CLOSE",
        "CONTEXT_INCONSISTENT",
        "TRADE_BUYER_NOT_MATCH",
        "TRADE_STATUS_ERROR",
        "AUTH_ORDER_HAS_FINISHED",
    ] {
        assert_eq!(find(charge::TABLE, code), Some(Meaning::Query), "{code}");
    }
    // An account's terms may change between two sends: then the repeat is another request.
    for table in [PRECREATE, CREATE, charge::TABLE] {
        assert_eq!(find(table, "CONTEXT_INCONSISTENT"), Some(Meaning::Query));
    }
    for code in ["DISCORDANT_REPEAT_REQUEST", "REFUND_AMT_NOT_EQUAL_TOTAL"] {
        assert_eq!(find(refund::TABLE, code), Some(Meaning::Query), "{code}");
    }
    assert_eq!(find(refund::TABLE, "TRADE_HAS_CLOSE"), Some(Meaning::Spent));
    // A charge is undone by `retry_flag` and `action` alone, never by a failure.
    assert!(rows(others::CANCEL).all(|it| !matches!(it.1, Meaning::Refused | Meaning::Payer)));
}

#[test]
fn the_gateway_refuses_orders_and_charges() {
    for (code, sub_code) in [
        ("20001", "aop.invalid-auth-token"),
        ("40001", "isv.missing-signature"),
        ("40002", "isv.invalid-signature"),
        ("40003", "isv.missing-signature-config"),
        ("40006", "isv.insufficient-isv-permissions"),
    ] {
        let expected = Outcome::Refused(refused(sub_code));
        assert_eq!(failure(code, sub_code).of_order(PRECREATE), expected);
        assert_eq!(failure(code, sub_code).of_charge(), expected);
        assert_eq!(failure(code, sub_code).of_identify(), expected);
    }
    assert_eq!(failure("40006", "").of_charge(), Outcome::Refused(refused("40006")));
}

fn all(failure: &Failure) -> [Outcome; 8] {
    let it = || failure.clone();
    [
        it().of_order(PRECREATE),
        it().of_order(CREATE),
        it().of_charge(),
        it().of_query(),
        it().of_close(),
        it().of_cancel(),
        it().of_refund(),
        it().of_refund_query(),
    ]
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
fn the_gateway_decides_nothing_else() {
    for code in NOT_PROCESSED {
        let [_, _, _, others @ ..] = all(&failure(code, "isv.invalid-signature"));
        for outcome in others {
            assert_eq!(outcome, unknown("isv.invalid-signature"), "{code}");
        }
    }
}

#[test]
fn unsigned_words_decide_nothing() {
    for Row(sub_code, ..) in ALL.into_iter().flat_map(rows) {
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
    let Outcome::Refused(refusal) = failure.of_charge() else { panic!() };
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
        for outcome in all(failure) {
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

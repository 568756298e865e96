use paymux_channel::{Operation, RefundOutcome};

use super::*;
use crate::tests::{GENUINE, built, failure, parse as parsed, refund, unknown, unsigned};

#[test]
fn a_question() {
    let request = built(&Operation::QueryRefund(refund()));
    assert_eq!(request.method(), http::Method::GET);
    let path = format!("/v3/refund/domestic/refunds/{}", refund().refund.out_refund_no());
    assert_eq!(request.uri().path_and_query().unwrap().as_str(), path);
}

/// Statuses are read as the refund's own answer reads them, and tested there.
#[test]
fn failures() {
    let operation = Operation::QueryRefund(refund());
    let said = |status, code| parsed(&operation, &unsigned(status, failure(code)));
    let absent = Ok(Outcome::Refund(RefundOutcome::Absent));
    assert_eq!(said(404, "RESOURCE_NOT_EXISTS"), absent);
    for (status, code) in
        [(404, "MCH_NOT_EXISTS"), (400, "PARAM_ERROR"), (401, "SIGN_ERROR"), (500, "SYSTEM_ERROR")]
    {
        assert_eq!(said(status, code), Ok(unknown(code)));
    }
    assert_eq!(parsed(&operation, &GENUINE.answer(204, "")), Err(UNEXPECTED));
}

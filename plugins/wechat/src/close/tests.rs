use paymux_channel::Operation;

use super::*;
use crate::tests::{
    GENUINE, NOW, Voice, answer, built, failure, parse as parsed, unknown, unsigned,
};

fn operation() -> Operation {
    Operation::Close { attempt: crate::tests::attempt() }
}

#[test]
fn a_close() {
    let request = built(&operation());
    assert_eq!(request.method(), http::Method::POST);
    let order = crate::tests::attempt();
    let path = format!("/v3/pay/transactions/out-trade-no/{order}/close");
    assert_eq!(request.uri().path_and_query().unwrap().as_str(), path);
    assert_eq!(&request.body()[..], br#"{"mchid":"1900000109"}"#);
}

/// Nothing but a signed 204 closes: this is where money would be declared impossible.
#[test]
fn only_204_closes() {
    assert_eq!(parsed(&operation(), &GENUINE.answer(204, "")), Ok(Outcome::Closed));
    assert_eq!(parsed(&operation(), &answer("{}")), Err(UNEXPECTED));
    assert!(parsed(&operation(), &unsigned(204, "")).is_err());
    let forged = Voice { key: "stranger.key", ..GENUINE }.answer(204, "");
    assert_eq!(parsed(&operation(), &forged), Err(ParseError::Signature));
    let at = paymux_core::Timestamp(NOW.0 - 301_000);
    let old = Voice { at, ..GENUINE }.answer(204, "");
    assert_eq!(parsed(&operation(), &old), Err(ParseError::Stale));
}

#[test]
fn failures() {
    let said = |status, code| parsed(&operation(), &GENUINE.answer(status, failure(code)));
    assert_eq!(said(404, "ORDER_NOT_EXIST"), Ok(Outcome::Absent));
    assert_eq!(said(400, "ORDER_CLOSED"), Ok(Outcome::Closed));
    assert_eq!(said(400, "ORDERPAID"), Ok(Outcome::AlreadyPaid));
    assert_eq!(said(202, "USER_PAYING"), Ok(unknown("USER_PAYING")));
    assert_eq!(said(500, "SYSTEM_ERROR"), Ok(unknown("SYSTEM_ERROR")));
    let unsure = parsed(&operation(), &unsigned(400, failure("ORDER_CLOSED")));
    assert_eq!(unsure, Ok(Outcome::AlreadyPaid));
}

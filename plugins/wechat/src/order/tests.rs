use paymux_channel::Operation;
use serde_json::{Value, json};

use super::*;
use crate::tests::{NOW, built, call, fen as cny, limit, pay};

fn pay_from(ip: &str) -> Pay {
    let payer = paymux_core::payment::Payer { client_ip: Some(ip.into()), ..pay().payer };
    Pay { payer, ..pay() }
}

fn body(pay: Pay) -> Value {
    serde_json::from_slice(built(&Operation::Pay(pay)).body()).unwrap()
}

#[test]
fn the_payers_address() {
    for ip in ["203.0.113.7", "2001:db8::1"] {
        let body = body(pay_from(ip));
        assert_eq!(body["scene_info"], json!({ "payer_client_ip": ip }));
    }
    for ip in ["", "localhost", "203.0.113.7:80"] {
        let pay = pay_from(ip);
        assert_eq!(limit(&Operation::Pay(pay), &call()), Some("payer.client_ip"));
    }
}

#[test]
fn what_does_not_fit() {
    let check = |pay: Pay, why| assert_eq!(limit(&Operation::Pay(pay), &call()), why);
    let subject = |text: &str| Pay { subject: text.into(), ..pay() };
    check(subject(&"验".repeat(127)), None);
    check(subject(&"验".repeat(128)), Some("subject"));
    for text in ["", "  ", "a\nb", "a\u{7f}", "a\u{85}", "gift 🎁"] {
        check(subject(text), Some("subject"));
    }
    let amount = |amount| Pay { amount, ..pay() };
    check(amount(cny(1)), None);
    check(amount(cny(0)), Some("amount"));
    check(amount(Money::new(100, Currency::Hkd).unwrap()), Some("amount"));
    let life = |milliseconds: i64| Pay { expires_at: Timestamp(NOW.0 + milliseconds), ..pay() };
    check(life(60_000), None);
    check(life(60_999), None);
    check(life(59_999), Some("expires_in"));
    check(life(0), Some("expires_in"));
    check(life(-1), Some("expires_in"));
    check(life(2 * 3_600_000), None);
    check(life(2 * 3_600_000 + 1000), Some("expires_in"));
    check(Pay { expires_at: Timestamp(i64::MAX), ..pay() }, Some("expires_in"));
}

/// What is sent must leave them a whole minute, too.
#[test]
fn life_is_counted_to_the_second_that_is_sent() {
    let late = Call { now: Timestamp(NOW.0 + 500), ..call() };
    let until = |milliseconds: i64| {
        let expires_at = Timestamp(NOW.0 + milliseconds);
        limit(&Operation::Pay(Pay { expires_at, ..pay() }), &late)
    };
    assert_eq!(until(60_600), Some("expires_in"));
    assert_eq!(until(61_000), None);
}

/// What they wait for must not outlive what we wait for.
#[test]
fn expiry_is_rounded_down() {
    let body = body(Pay { expires_at: Timestamp(NOW.0 + 90_999), ..pay() });
    assert_eq!(body["time_expire"], "2025-01-01T08:01:30+08:00");
}

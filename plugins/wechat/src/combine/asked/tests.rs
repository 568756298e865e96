use paymux_channel::{Channel as _, Operation};
use paymux_core::payment::{PartNo, Payer};
use paymux_core::{AttemptId, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::tests::{NOW, answer, attempt, body_of, call, failure, fen, full, sent, unsigned};

fn parts() -> Vec<CombinedPart> {
    let part = |number: u8, party: &str, amount| CombinedPart {
        party: party.into(),
        out_trade_no: attempt().out_trade_no_of(PartNo::new(number).unwrap()),
        amount: fen(amount),
        subject: "茶".into(),
    };
    vec![part(1, "1900000109", 60), part(2, "1900000109/1900000200", 40)]
}

fn asked(ask: Ask) -> Operation {
    let (attempt, method) = (attempt(), Method::Jsapi);
    Operation::Combined(Box::new(Asked { attempt, method, ask, parts: parts() }))
}

fn pay(openid: &str) -> Ask {
    Ask::Pay(Pay {
        attempt: attempt(),
        amount: fen(100),
        subject: "茶".into(),
        method: Method::Jsapi,
        expires_at: Timestamp(NOW.0 + 1_800_000),
        payer: Payer { openid: Some(openid.into()), ..Payer::default() },
        splittable: false,
    })
}

fn built(ask: Ask) -> paymux_channel::Request {
    sent(full().build(&asked(ask), &call()))
}

#[test]
fn the_gateways_order_is_a_combined_one() {
    let request = built(pay("o1"));
    assert_eq!(request.uri().path(), "/v3/combine-transactions/jsapi");
    let body = body_of(&request);
    let number = attempt().to_string();
    assert_eq!(body["combine_out_trade_no"], number);
    assert_eq!(body["combine_payer_info"], json!({ "openid": "o1" }));
    let sub = &body["sub_orders"][1];
    assert_eq!((&sub["mchid"], &sub["sub_mchid"]), (&json!("1900000109"), &json!("1900000200")));
    assert_eq!(sub["out_trade_no"], format!("{number}-2"));
    assert_eq!(sub["amount"], json!({ "total_amount": 40, "currency": "CNY" }));
    let place = format!("/v3/combine-transactions/out-trade-no/{number}");
    assert_eq!(built(Ask::Query).uri().path(), place);
    let close = built(Ask::Close);
    assert_eq!(close.uri().path(), format!("{place}/close"));
    assert_eq!(body_of(&close)["sub_orders"][1]["out_trade_no"], format!("{number}-2"));
    assert_eq!(full().party().as_deref(), Some("1900000109"));
    let unnamed = full().build(&asked(pay("")), &call());
    assert!(matches!(unnamed, Err(BuildError::Limit { field: "payer.openid", .. })));
}

fn sub(number: u8, state: &str, amount: i64) -> Value {
    json!({ "mchid": "1900000109", "trade_state": state,
        "out_trade_no": attempt().out_trade_no_of(PartNo::new(number).unwrap()),
        "transaction_id": format!("42{number}"),
        "success_time": format!("2025-01-01T07:59:5{number}+08:00"),
        "amount": { "total_amount": amount, "payer_amount": 1, "currency": "CNY" } })
}

fn said(subs: &[Value]) -> Result<Outcome, ParseError> {
    let body = json!({ "combine_appid": "wx0123456789abcdef", "combine_mchid": "1900000109",
        "combine_out_trade_no": attempt().to_string(), "sub_orders": subs });
    full().parse(&asked(Ask::Query), &call(), &answer(&body.to_string()))
}

#[test]
fn it_is_paid_when_every_part_is_with_its_own_amount() {
    // In whatever order they are listed, the first part's number stands for all.
    for subs in [[1, 2], [2, 1]] {
        let subs = subs.map(|it| sub(it, "SUCCESS", if it == 1 { 60 } else { 40 }));
        let Ok(Outcome::Paid(receipt)) = said(&subs) else { panic!("{:?}", said(&subs)) };
        assert_eq!((receipt.amount, &*receipt.channel_trade_no), (fen(100), "421"));
        assert_eq!(receipt.paid_at, Timestamp(NOW.0 - 8000), "when the last was paid");
    }
    let refunded = [sub(1, "REFUND", 60), sub(2, "SUCCESS", 40)];
    assert!(matches!(said(&refunded), Ok(Outcome::Paid(_))));
    let refused: [&[Value]; 4] = [
        // The sum is right and the parts are not.
        &[sub(1, "SUCCESS", 40), sub(2, "SUCCESS", 60)],
        &[sub(1, "SUCCESS", 60)],
        &[sub(1, "SUCCESS", 60), sub(1, "SUCCESS", 40)],
        &[sub(1, "SUCCESS", 60), sub(3, "SUCCESS", 40)],
    ];
    for subs in refused {
        assert_eq!(said(subs), Err(ParseError::Malformed("sub_orders")), "{subs:?}");
    }
}

#[test]
fn parts_that_disagree_are_unknown() {
    let check = |one, other, expect| {
        assert_eq!(said(&[sub(1, one, 60), sub(2, other, 40)]), Ok(expect), "{one} {other}");
    };
    let unknown = |code: &str| Outcome::Unknown { code: code.into() };
    check("NOTPAY", "NOTPAY", Outcome::Unpaid);
    check("NOTPAY", "USERPAYING", Outcome::Unpaid);
    check("CLOSED", "CLOSED", Outcome::Closed);
    check("SUCCESS", "NOTPAY", unknown("PARTS_DIFFER"));
    check("CLOSED", "NOTPAY", unknown("PARTS_DIFFER"));
    check("CLOSED", "SUCCESS", unknown("PARTS_DIFFER"));
    check("SUCCESS", "NEW", unknown("NEW"));
    let absent = unsigned(404, failure("ORDER_NOT_EXIST"));
    assert_eq!(full().parse(&asked(Ask::Query), &call(), &absent), Ok(Outcome::Absent));
    let failed = unsigned(500, failure("SYSTEM_ERROR"));
    assert_eq!(full().parse(&asked(Ask::Query), &call(), &failed), Ok(unknown("SYSTEM_ERROR")));
}

/// As the notification of a combined order tells it, opened already.
#[test]
fn a_notification_is_of_all_parts_or_of_none() {
    let told = |attempt: AttemptId, subs: &[Value]| {
        let body = json!({ "combine_appid": "wx0123456789abcdef", "combine_mchid": "1900000109",
            "combine_out_trade_no": attempt.to_string(), "sub_orders": subs });
        let request =
            crate::tests::notification("TRANSACTION.SUCCESS", "transaction", &body.to_string());
        full().verify(&request, NOW).unwrap()
    };
    let paid = [sub(1, "SUCCESS", 60), sub(2, "SUCCESS", 40)];
    let all = told(attempt(), &paid);
    assert_eq!(all.out_trade_no, attempt().to_string());
    let [paymux_channel::News::Paid(receipt)] = &all.news[..] else { panic!("{all:?}") };
    assert_eq!(receipt.amount, fen(100));
    let [second, first] = [&paid[1], &paid[0]].map(Clone::clone);
    assert_eq!(told(attempt(), &[second, first]).news, all.news, "in any order");
    let half = told(attempt(), &[sub(1, "SUCCESS", 60), sub(2, "NOTPAY", 40)]);
    assert_eq!(half.news, vec![]);
    let another = told(AttemptId { number: 2, ..attempt() }, &paid);
    assert_eq!(another.news, vec![], "its parts are of another order");
}

//! The WeChat Pay plugin and the simulator, face to face: what the one builds the other takes, what
//! the other says the one reads, in both versions, for a merchant and for a service provider.

#[path = "wechat/desk.rs"]
mod desk;

use paymux_channel::{News, Operation, Outcome, RefundCall, RefundOutcome};
use paymux_core::payment::{Action, AuthCode, Method, Payer};
use paymux_core::refund::RefundFact;
use paymux_sandbox::{Channel, RefundStatus};
use serde_json::Value;

use desk::{Desk, Kind};
use paymux_tests::counterpart::fen;

const KINDS: [Kind; 4] = [Kind::V3, Kind::V3Provider, Kind::V2, Kind::V2Provider];

fn payer(desk: &Desk, method: Method) -> Payer {
    let open_id = matches!(method, Method::Jsapi | Method::MiniProgram);
    Payer {
        client_ip: Some("203.0.113.7".to_owned()),
        user_agent: None,
        openid: open_id.then(|| desk.open_id(method)),
        auth_code: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_product_is_placed_asked_about_and_paid() {
    for kind in KINDS {
        let mut desk = Desk::open(kind).await;
        for method in [Method::Qr, Method::H5, Method::Jsapi, Method::App, Method::MiniProgram] {
            let payer = payer(&desk, method);
            let pay = desk.pay(method, payer, 8888);
            let placed = desk.ask(&Operation::Pay(pay.clone())).await;
            let Outcome::Accepted(action) = placed else {
                panic!("{kind:?} {method:?}: {placed:?}")
            };
            desk.opens(method, &action).await;
            let query = Operation::Query { attempt: pay.attempt };
            assert_eq!(desk.ask(&query).await, Outcome::Unpaid, "{kind:?} {method:?}");
            let number = pay.attempt.to_string();
            desk.sandbox.pay(Channel::Wechat, &number).expect("the payer pays");
            let Outcome::Paid(receipt) = desk.ask(&query).await else {
                panic!("{kind:?}: not paid")
            };
            assert_eq!(receipt.amount, pay.amount);
            let told = desk.notified().await;
            assert_eq!((told.out_trade_no, told.mismatch), (number, None), "{kind:?} {method:?}");
            assert_eq!(told.news, [News::Paid(receipt)], "{kind:?} {method:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_closed_and_a_paid_one_is_not() {
    for kind in KINDS {
        let desk = Desk::open(kind).await;
        let pay = desk.pay(Method::Qr, Payer::default(), 1);
        desk.ask(&Operation::Pay(pay.clone())).await;
        let (close, query) =
            (Operation::Close { attempt: pay.attempt }, Operation::Query { attempt: pay.attempt });
        assert_eq!(desk.ask(&close).await, Outcome::Closed, "{kind:?}");
        assert_eq!(desk.ask(&query).await, Outcome::Closed, "{kind:?}");
        assert_eq!(desk.ask(&close).await, Outcome::Closed, "{kind:?}: again");
        let paid = desk.pay(Method::Qr, Payer::default(), 1);
        desk.ask(&Operation::Pay(paid.clone())).await;
        desk.sandbox.pay(Channel::Wechat, &paid.attempt.to_string()).expect("the payer pays");
        let close = Operation::Close { attempt: paid.attempt };
        assert_eq!(desk.ask(&close).await, Outcome::AlreadyPaid, "{kind:?}");
        let nobodys = desk.pay(Method::Qr, Payer::default(), 1);
        let query = Operation::Query { attempt: nobodys.attempt };
        assert_eq!(desk.ask(&query).await, Outcome::Absent, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_charges_waits_and_takes_back() {
    for kind in KINDS {
        let desk = Desk::open(kind).await;
        let scanned = |confirm| {
            let code = desk.sandbox.payment_code(Channel::Wechat, None, confirm);
            Payer { auth_code: code.map(AuthCode::new), ..Payer::default() }
        };
        let paid = desk.pay(Method::Barcode, scanned(false), 100);
        let charged = desk.ask(&Operation::Pay(paid.clone())).await;
        assert!(matches!(charged, Outcome::Paid(_)), "{kind:?}: {charged:?}");
        let waits = desk.pay(Method::Barcode, scanned(true), 100);
        let charged = desk.ask(&Operation::Pay(waits.clone())).await;
        assert_eq!(charged, Outcome::Accepted(Action::Confirm), "{kind:?}");
        let query = Operation::Query { attempt: waits.attempt };
        assert_eq!(desk.ask(&query).await, Outcome::Unpaid, "{kind:?}");
        // APIv2's answer names no order, so that a question must confirm it.
        let undone = match kind {
            Kind::V3 | Kind::V3Provider => Outcome::Closed,
            Kind::V2 | Kind::V2Provider => Outcome::Undone,
        };
        for attempt in [waits.attempt, paid.attempt, paid.attempt] {
            let reversed = desk.ask(&Operation::Reverse { attempt }).await;
            assert_eq!(reversed, undone, "{kind:?}");
        }
        let order = desk.sandbox.order(Channel::Wechat, &paid.attempt.to_string());
        assert_eq!(order.expect("it was charged").refunded_fen, 100, "{kind:?}: once");
        let again = desk.pay(Method::Barcode, scanned(true), 100);
        desk.ask(&Operation::Pay(again.clone())).await;
        desk.arm("ask_again", "reverse").await;
        let unclear = desk.ask(&Operation::Reverse { attempt: again.attempt }).await;
        assert!(matches!(unclear, Outcome::Unknown { .. }), "{kind:?}: {unclear:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_asked_for_told_and_queried() {
    for kind in KINDS {
        let mut desk = Desk::open(kind).await;
        let pay = desk.pay(Method::Qr, Payer::default(), 8888);
        desk.ask(&Operation::Pay(pay.clone())).await;
        desk.sandbox.pay(Channel::Wechat, &pay.attempt.to_string()).expect("the payer pays");
        desk.notified().await;
        let refund = desk.refund(&pay, 1, 88);
        let asked = desk.ask(&Operation::Refund(refund.clone())).await;
        let accepted =
            matches!(asked, Outcome::Refund(RefundOutcome::Fact(RefundFact::Accepted { .. })));
        assert!(accepted, "{kind:?}: {asked:?}");
        let number = refund.refund.out_refund_no();
        assert!(desk.sandbox.finish_refund(&number, RefundStatus::Success), "{kind:?}");
        let ended = desk.ask(&Operation::QueryRefund(refund.clone())).await;
        let Outcome::Refund(RefundOutcome::Fact(fact)) = ended else {
            panic!("{kind:?}: {ended:?}")
        };
        assert!(
            matches!(fact, RefundFact::Succeeded { amount, .. } if amount == fen(88)),
            "{kind:?}"
        );
        let told = desk.notified().await;
        // What version 2 seals proves nothing: it is a reason to ask.
        let ([News::Refund { out_refund_no, .. }] | [News::RefundHint { out_refund_no }]) =
            told.news.as_slice()
        else {
            panic!("{kind:?}: {:?}", told.news)
        };
        assert_eq!(*out_refund_no, number, "{kind:?}");
        let absent = RefundCall { refund: desk.refund(&pay, 2, 1).refund, ..refund };
        let asked = desk.ask(&Operation::QueryRefund(absent)).await;
        assert_eq!(asked, Outcome::Refund(RefundOutcome::Absent), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_signed_in_vain_is_not_read() {
    for kind in KINDS {
        let desk = Desk::open(kind).await;
        for fault in ["wrong_signature", "sign_test", "unsigned"] {
            desk.arm(fault, "pay").await;
            let pay = Operation::Pay(desk.pay(Method::Qr, Payer::default(), 1));
            let refused = desk.try_ask(&pay).await;
            assert!(refused.is_err(), "{kind:?} {fault}: {refused:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_open_platform_names_payers_and_gives_tokens() {
    for kind in [Kind::V3, Kind::V2] {
        let desk = Desk::open(kind).await;
        let url = desk.channel.identify_url("https://pay.example.com/back", "s1");
        let back = desk.redirected(&url.expect("an account with a secret asks")).await;
        let code = back.split_once("?code=").and_then(|(_, rest)| rest.split_once('&'));
        let code = code.expect("a code comes back").0;
        let asked = desk.identify(code).await;
        assert_eq!(asked, Outcome::Payer(desk.open_id(Method::Jsapi)), "{kind:?}");
        let again = desk.identify(code).await;
        assert!(matches!(again, Outcome::Refused(_)), "{kind:?}: {again:?}");
        let token = desk.ask(&Operation::AppToken).await;
        assert!(matches!(token, Outcome::Token { .. }), "{kind:?}: {token:?}");
    }
}

/// What a wallet makes of an action, in JSON.
fn invoked(action: &Action) -> Value {
    let Action::Invoke(names) = action else { panic!("{action:?} is no package") };
    names.iter().map(|(name, value)| (name.clone(), Value::from(value.clone()))).collect()
}

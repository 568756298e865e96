//! APIv2 of the plugin against the simulated channel, over mutual TLS and in every mode an account
//! may have: two programs that share no code.

use bytes::Bytes;
use paymux_channel::{
    Identify, News, Operation, Outcome, RawCall, RefundOutcome, Secret, Settings,
};
use paymux_core::payment::{Action, AuthCode, Method, Payer};
use paymux_core::refund::RefundFact;
use paymux_sandbox::{Channel as Kind, Config, Credentials, Sandbox};
use paymux_tests::counterpart::{Counterpart, fen};
use paymux_wechat::Wechat;

const AMOUNT: i64 = 88_88;

/// What an account says beside its keys, by the mode's name.
fn modes() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let own = Credentials::demo().wechat;
    let provider = vec![
        ("sub_mch_id", own.sub_mch_id),
        // Its own applications open the wallet.
        ("open_app_id", own.sub_app_id.clone()),
        ("sub_app_id", own.sub_app_id),
        ("openid_of", "sub".to_owned()),
    ];
    let md5 = ("sign_type", "MD5".to_owned());
    let both = [provider.clone(), vec![md5.clone()]].concat();
    vec![("hmac", vec![]), ("md5", vec![md5]), ("provider", provider), ("provider, md5", both)]
}

async fn open(mode: &'static str, changes: &[(&'static str, String)]) -> Counterpart {
    let sandbox = Sandbox::start(Config::default()).await.expect("the sandbox starts");
    let own = Credentials::demo().wechat;
    let mut settings = Settings::default();
    let base = [
        ("api", "v2".to_owned()),
        ("app_id", own.app_id),
        ("open_app_id", own.open_app_id),
        ("mch_id", own.mch_id),
        ("api_v2_key", own.api_v2_key),
        ("certificate", own.certificate_pem),
        ("certificate_key", own.private_key_pem),
        ("server_ip", "203.0.113.7".to_owned()),
        ("h5_app_name", "Jasmine".to_owned()),
        ("h5_app_url", "https://shop.example.com".to_owned()),
        ("base", sandbox.wechat_tls_url()),
    ];
    for (key, value) in base.iter().chain(changes) {
        settings.set(*key, Secret::new(value.clone()));
    }
    Counterpart::open(mode, sandbox, &Wechat, &settings).await
}

fn code(rig: &Counterpart, confirm: bool) -> String {
    rig.sandbox.payment_code(Kind::Wechat, None, confirm).expect("a code")
}

fn scanned(rig: &Counterpart, confirm: bool) -> Payer {
    Payer { auth_code: Some(AuthCode::new(code(rig, confirm))), ..Payer::default() }
}

async fn an_order_is_paid_told_and_returned(rig: &mut Counterpart) {
    let pay = rig.pay(Method::Qr, Payer::default(), AMOUNT);
    let attempt = pay.attempt;
    let placed = rig.ask(&Operation::Pay(pay.clone())).await;
    assert!(matches!(placed, Outcome::Accepted(Action::QrCode(_))), "{}: {placed:?}", rig.mode);
    assert_eq!(rig.ask(&Operation::Query { attempt }).await, Outcome::Unpaid);
    rig.sandbox.pay(Kind::Wechat, &attempt.to_string()).expect("it can be paid");
    let Outcome::Paid(asked) = rig.ask(&Operation::Query { attempt }).await else { panic!() };
    let told = rig.notified().await;
    let [News::Paid(receipt)] = &told.news[..] else { panic!("{}: {told:?}", rig.mode) };
    assert_eq!((receipt.amount, &receipt.channel_trade_no), (fen(AMOUNT), &asked.channel_trade_no));
    assert_eq!(rig.ask(&Operation::Close { attempt }).await, Outcome::AlreadyPaid);
    let refund = rig.refund(&pay, 1, 888);
    let number = refund.refund.out_refund_no();
    let question = Operation::QueryRefund(refund.clone());
    assert_eq!(rig.ask(&question).await, Outcome::Refund(RefundOutcome::Absent), "{}", rig.mode);
    let asked = Operation::Refund(refund);
    // Without the certificate nothing is known, and nothing happened.
    let refused = rig.ask_unknown(&asked).await;
    assert_eq!(refused, Ok(Outcome::Unknown { code: "HTTP_400".into() }), "{}", rig.mode);
    let taken = rig.ask(&asked).await;
    let Outcome::Refund(RefundOutcome::Fact(RefundFact::Accepted { .. })) = taken else {
        panic!("{}: {taken:?}", rig.mode)
    };
    let hint = rig.notified().await;
    assert_eq!(hint.news, [News::RefundHint { out_refund_no: number }], "{}", rig.mode);
    let ended = rig.ask(&question).await;
    let Outcome::Refund(RefundOutcome::Fact(RefundFact::Succeeded { amount, .. })) = ended else {
        panic!("{}: {ended:?}", rig.mode)
    };
    assert_eq!(amount, fen(888));
}

async fn charges_are_paid_or_reversed(rig: &Counterpart) {
    let [at_once, waiting] =
        [false, true].map(|it| rig.pay(Method::Barcode, scanned(rig, it), AMOUNT));
    let attempts = [at_once.attempt, waiting.attempt];
    let paid = rig.ask(&Operation::Pay(at_once)).await;
    assert!(matches!(paid, Outcome::Paid(_)), "{}: {paid:?}", rig.mode);
    let confirmed = rig.ask(&Operation::Pay(waiting)).await;
    assert_eq!(confirmed, Outcome::Accepted(Action::Confirm), "{}", rig.mode);
    for attempt in attempts {
        assert_eq!(rig.ask(&Operation::Reverse { attempt }).await, Outcome::Undone, "{}", rig.mode);
    }
    let after = rig.ask(&Operation::Query { attempt: attempts[1] }).await;
    assert_eq!(after, Outcome::Closed, "{}", rig.mode);
}

async fn orders_are_placed_and_closed(rig: &Counterpart) {
    let shown = Identify::AuthCode(Secret::new(code(rig, false)));
    let shown = rig.ask(&Operation::Identify(shown)).await;
    let Outcome::Payer(openid) = shown else { panic!("{}: {shown:?}", rig.mode) };
    let payer =
        Payer { openid: Some(openid), client_ip: Some("198.51.100.9".into()), ..Payer::default() };
    for method in [Method::Jsapi, Method::App, Method::H5] {
        let pay = rig.pay(method, payer.clone(), AMOUNT);
        let attempt = pay.attempt;
        let placed = rig.ask(&Operation::Pay(pay)).await;
        match (method, placed) {
            (Method::H5, Outcome::Accepted(Action::Redirect(url))) => {
                assert!(url.contains("redirect_url="), "{url}");
            }
            (Method::Jsapi, Outcome::Accepted(Action::Invoke(package))) => {
                assert!(package.contains_key("paySign"));
            }
            (_, Outcome::Accepted(Action::Invoke(package))) => {
                assert!(package.contains_key("sign"))
            }
            (method, other) => panic!("{} {method:?}: {other:?}", rig.mode),
        }
        assert_eq!(rig.ask(&Operation::Close { attempt }).await, Outcome::Closed, "{}", rig.mode);
        assert_eq!(rig.ask(&Operation::Query { attempt }).await, Outcome::Closed, "{}", rig.mode);
    }
    assert_eq!(rig.ask(&Operation::Query { attempt: rig.attempt() }).await, Outcome::Absent);
}

async fn other_calls(rig: &Counterpart) {
    let raw = RawCall {
        verb: http::Method::POST,
        api: "/pay/orderquery".into(),
        body: Bytes::from_static(br#"{"out_trade_no":"NOBODYS"}"#),
    };
    let outcome = rig.ask(&Operation::Raw(raw)).await;
    let Outcome::Raw(answer) = outcome else { panic!("{}: {outcome:?}", rig.mode) };
    let said: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(said["err_code"], "ORDERNOTEXIST", "{}", rig.mode);
}

#[tokio::test]
async fn the_plugin_and_the_simulator_agree_in_every_mode() {
    for (mode, changes) in modes() {
        let mut rig = open(mode, &changes).await;
        an_order_is_paid_told_and_returned(&mut rig).await;
        charges_are_paid_or_reversed(&rig).await;
        orders_are_placed_and_closed(&rig).await;
        other_calls(&rig).await;
        rig.sandbox.stop().await;
    }
}

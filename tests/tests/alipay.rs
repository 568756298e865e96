//! The plugin against the simulated channel, in every mode an account may have: two programs that
//! share no code, over HTTP.

use bytes::Bytes;
use http_body_util::Full;
use paymux_alipay::Alipay;
use paymux_channel::{
    Identify, News, Operation, Outcome, RawCall, RefundOutcome, Secret, Settings,
};
use paymux_core::payment::{Action, AuthCode, Method, Payer, Receipt};
use paymux_core::refund::RefundFact;
use paymux_sandbox::{Channel as Kind, Config, Credentials, Sandbox};
use paymux_tests::counterpart::{Counterpart, fen};
use paymux_tests::http::Http;

const AMOUNT: i64 = 88_88;

/// What an account says beside its keys, by the mode's name.
fn modes() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let own = Credentials::demo().alipay;
    let certificates = vec![
        ("alipay_public_key", String::new()),
        ("app_cert", own.app_certificate_pem),
        ("alipay_root_cert", own.root_certificates_pem),
        ("alipay_cert", own.alipay_certificate_pem),
    ];
    let gbk = ("charset", "GBK".to_owned());
    let form = ("page_form", "post".to_owned());
    let aes = ("aes_key", own.aes_key);
    let merchant = vec![
        ("app_auth_token", own.merchant.app_auth_token),
        ("auth_app_id", own.merchant.app_id),
        ("seller_id", own.merchant.seller_id),
    ];
    let all = [certificates.clone(), vec![gbk.clone(), aes.clone(), form.clone()]].concat();
    vec![
        ("keys", vec![]),
        ("certificates", certificates),
        ("gbk", vec![gbk]),
        ("form", vec![form]),
        ("aes", vec![aes]),
        ("sha1", vec![("sign_type", "RSA".to_owned())]),
        ("provider", merchant),
        ("certificates, gbk, aes and form", all),
    ]
}

async fn open(mode: &'static str, changes: &[(&'static str, String)]) -> Counterpart {
    let config = Config { alipay_rsa1: true, ..Config::default() };
    let sandbox = Sandbox::start(config).await.expect("the sandbox starts");
    let own = Credentials::demo().alipay;
    let mut settings = Settings::default();
    let base = [
        ("app_id", own.app_id),
        ("seller_id", own.seller_id),
        ("private_key", own.private_key_pem),
        ("alipay_public_key", own.alipay_public_key_pem),
        ("gateway", sandbox.alipay_url()),
    ];
    for (key, value) in base.iter().chain(changes) {
        settings.set(*key, Secret::new(value.clone()));
    }
    Counterpart::open(mode, sandbox, &Alipay, &settings).await
}

fn scanned(rig: &Counterpart, confirm: bool) -> Payer {
    let code = rig.sandbox.payment_code(Kind::Alipay, None, confirm).expect("a code");
    Payer { auth_code: Some(AuthCode::new(code)), ..Payer::default() }
}

fn paid<'a>(mode: &str, outcome: &'a Outcome) -> &'a Receipt {
    let Outcome::Paid(receipt) = outcome else { panic!("{mode}: {outcome:?}") };
    assert_eq!(receipt.amount, fen(AMOUNT));
    receipt
}

async fn a_charge_is_paid_told_and_returned(rig: &mut Counterpart) {
    let pay = rig.pay(Method::Barcode, scanned(rig, false), AMOUNT);
    let charged = rig.ask(&Operation::Pay(pay.clone())).await;
    let asked = rig.ask(&Operation::Query { attempt: pay.attempt }).await;
    let (charged, asked) = (paid(&rig.mode, &charged), paid(&rig.mode, &asked));
    assert_eq!(charged.channel_trade_no, asked.channel_trade_no, "{}", rig.mode);
    let News::Paid(told) = &rig.notified().await.news[0] else { panic!("{}", rig.mode) };
    assert_eq!(told.amount, fen(AMOUNT));
    let refund = rig.refund(&pay, 1, 888);
    for operation in [Operation::Refund(refund.clone()), Operation::QueryRefund(refund)] {
        let outcome = rig.ask(&operation).await;
        let Outcome::Refund(RefundOutcome::Fact(RefundFact::Succeeded { amount, .. })) = outcome
        else {
            panic!("{}: {outcome:?}", rig.mode)
        };
        assert_eq!(amount, fen(888));
    }
}

async fn a_charge_that_waits_is_reversed(rig: &Counterpart) {
    let pay = rig.pay(Method::Barcode, scanned(rig, true), AMOUNT);
    let attempt = pay.attempt;
    let charged = rig.ask(&Operation::Pay(pay)).await;
    assert_eq!(charged, Outcome::Accepted(Action::Confirm), "{}", rig.mode);
    assert_eq!(rig.ask(&Operation::Query { attempt }).await, Outcome::Unpaid);
    assert_eq!(rig.ask(&Operation::Reverse { attempt }).await, Outcome::Closed);
    assert_eq!(rig.ask(&Operation::Query { attempt }).await, Outcome::Closed);
}

async fn orders_are_placed_and_closed(rig: &Counterpart) {
    let code = rig.pay(Method::Qr, Payer::default(), AMOUNT);
    let code = rig.ask(&Operation::Pay(code)).await;
    assert!(matches!(code, Outcome::Accepted(Action::QrCode(_))), "{}: {code:?}", rig.mode);
    assert_eq!(rig.ask(&Operation::Query { attempt: rig.attempt() }).await, Outcome::Absent);
    for method in [Method::Jsapi, Method::MiniProgram] {
        let openid = Some(rig.sandbox.payers()[0].id.clone());
        let pay = rig.pay(method, Payer { openid, ..Payer::default() }, AMOUNT);
        let attempt = pay.attempt;
        let placed = rig.ask(&Operation::Pay(pay)).await;
        let Outcome::Accepted(Action::Invoke(call)) = placed else { panic!("{placed:?}") };
        assert!(!call["tradeNO"].is_empty());
        assert_eq!(rig.ask(&Operation::Close { attempt }).await, Outcome::Closed);
    }
}

fn escaped(text: &str) -> String {
    text.bytes().map(|it| format!("%{it:02X}")).collect()
}

/// The payer's browser and app bring what was signed; the channel knows the order then.
async fn the_payers_side_brings_orders(rig: &Counterpart) {
    let http = Http::default();
    for method in [Method::Page, Method::H5, Method::App] {
        let pay = rig.pay(method, Payer::default(), AMOUNT);
        let attempt = pay.attempt;
        let outcome = rig.ask(&Operation::Pay(pay)).await;
        let Outcome::Accepted(action) = outcome else { panic!("{outcome:?}") };
        let request = match action {
            Action::Redirect(address) => http::Request::get(address).body(Bytes::new()),
            Action::Invoke(call) => {
                let sdk = format!("http://{}/alipay/sdk?act=wait", rig.sandbox.address());
                http::Request::post(sdk).body(call["order_string"].clone().into())
            }
            Action::Form { url, fields } => {
                let fields =
                    fields.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
                let body = fields.collect::<Vec<_>>().join("&");
                http::Request::post(url).body(body.into())
            }
            other @ (Action::QrCode(_) | Action::Confirm) => panic!("{other:?}"),
        };
        let answer = http.send(request.expect("a request").map(Full::new)).await;
        let answer = answer.expect("an answer");
        if let Some(cashier) = answer.header("location") {
            let cashier = cashier.to_owned();
            http.get(&cashier).await.expect("the cashier's page");
        }
        let known = rig.ask(&Operation::Query { attempt }).await;
        assert_eq!(known, Outcome::Unpaid, "{} {method:?}: {answer:?}", rig.mode);
    }
}

async fn names_and_other_methods(rig: &Counterpart) {
    let own = Credentials::demo().alipay;
    let page = format!(
        "http://{}/alipay/oauth2/publicAppAuthorize.htm?app_id={}&scope=auth_base&redirect_uri={}",
        rig.sandbox.address(),
        own.app_id,
        "http%3A%2F%2Fshop.test%2Fback"
    );
    let there = Http::default().get(&page).await.expect("a redirect");
    let there = there.header("location").expect("an address").to_owned();
    let code = there.split(['?', '&']).find_map(|it| it.strip_prefix("auth_code="));
    let code = Secret::new(code.expect("a code"));
    let payer = rig.ask(&Operation::Identify(Identify::OAuth(code))).await;
    assert_eq!(payer, Outcome::Payer(rig.sandbox.payers()[0].id.clone()), "{}", rig.mode);
    let raw = RawCall {
        verb: http::Method::POST,
        api: "alipay.trade.query".into(),
        body: Bytes::from_static(br#"{"out_trade_no":"NOBODYS"}"#),
    };
    let Outcome::Raw(answer) = rig.ask(&Operation::Raw(raw)).await else { panic!() };
    let said: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(said["sub_code"], "ACQ.TRADE_NOT_EXIST", "{}", rig.mode);
}

#[tokio::test]
async fn the_plugin_and_the_simulator_agree_in_every_mode() {
    for (mode, changes) in modes() {
        let mut rig = open(mode, &changes).await;
        a_charge_is_paid_told_and_returned(&mut rig).await;
        a_charge_that_waits_is_reversed(&rig).await;
        orders_are_placed_and_closed(&rig).await;
        the_payers_side_brings_orders(&rig).await;
        names_and_other_methods(&rig).await;
        rig.sandbox.stop().await;
    }
}

//! The plugin against the simulated channel, in every mode an account may have: two programs that
//! share no code, over HTTP.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use paymux_alipay::Alipay;
use paymux_channel::{
    Call, Channel, Identify, News, Operation, Outcome, Pay, Plugin as _, RawCall, RefundCall,
    RefundOutcome, Request, Response, Secret, Settings, Step,
};
use paymux_core::payment::{Action, AuthCode, Method, Payer, Receipt};
use paymux_core::refund::RefundFact;
use paymux_core::{AttemptId, Currency, Money, PaymentId, RefundId, Timestamp};
use paymux_sandbox::{Channel as Kind, Config, Credentials, Sandbox};
use paymux_tests::http::Http;
use paymux_tests::listen;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const SUBJECT: &str = "茉莉花茶 2×50g";

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

struct Rig {
    mode: &'static str,
    sandbox: Sandbox,
    channel: Arc<dyn Channel>,
    http: Http,
    notify_url: String,
    inbox: mpsc::UnboundedReceiver<Bytes>,
}

impl Rig {
    async fn new(mode: &'static str, changes: &[(&'static str, String)]) -> Self {
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
        let channel = Alipay.open(&settings, &[]).unwrap_or_else(|it| panic!("{mode}: {it:?}"));
        let (notify_url, inbox) = inbox().await;
        Self { mode, sandbox, channel, http: Http::default(), notify_url, inbox }
    }

    fn call(&self) -> Call {
        Call {
            now: now(),
            nonce: [7; 16],
            notify_url: self.notify_url.clone(),
            return_url: "http://shop.test/back".to_owned(),
        }
    }

    async fn ask(&self, operation: &Operation) -> Outcome {
        let call = self.call();
        let step = self.channel.build(operation, &call);
        let request = match step.unwrap_or_else(|it| panic!("{}: {it}", self.mode)) {
            Step::Done(outcome) => return outcome,
            Step::Send(request) => request.map(Full::new),
        };
        let answer = self.http.send(request).await.expect("an answer");
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        let mut response = Response::new(answer.body);
        *response.status_mut() = http::StatusCode::from_u16(answer.status).expect("a status");
        let parsed = self.channel.parse(operation, &call, &response);
        parsed.unwrap_or_else(|it| panic!("{}: {it} in {said}", self.mode))
    }

    /// The next notification, verified.
    async fn news(&mut self) -> Vec<News> {
        let body = self.inbox.recv().await.expect("a notification");
        let read = self.channel.verify(&Request::new(body), now());
        let read = read.unwrap_or_else(|it| panic!("{}: {it}", self.mode));
        assert_eq!(read.mismatch, None, "{}", self.mode);
        read.news
    }
}

fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

/// Where notifications go, and what they say.
async fn inbox() -> (String, mpsc::UnboundedReceiver<Bytes>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/notify", listener.local_addr().expect("an address"));
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(listen::serve(listener, move |request| {
        let sender = sender.clone();
        async move {
            let body = request.into_body().collect().await.expect("a body").to_bytes();
            let _ = sender.send(body);
            Ok(listen::response(200, Bytes::from_static(b"success")))
        }
    }));
    (url, receiver)
}

fn attempt(number: u64) -> AttemptId {
    let payment = PaymentId::new(now(), &"shop".parse().expect("a name"), number.into());
    AttemptId { payment, number: 1 }
}

fn yuan(text: &str) -> Money {
    Money::from_decimal(text, Currency::Cny).expect("an amount")
}

fn pay(attempt: AttemptId, method: Method, payer: Payer) -> Operation {
    Operation::Pay(Pay {
        attempt,
        amount: yuan("88.88"),
        subject: SUBJECT.into(),
        method,
        expires_at: Timestamp(now().0 + 1_800_000),
        payer,
    })
}

fn paid<'a>(mode: &str, outcome: &'a Outcome) -> &'a Receipt {
    let Outcome::Paid(receipt) = outcome else { panic!("{mode}: {outcome:?}") };
    assert_eq!(receipt.amount, yuan("88.88"));
    receipt
}

async fn a_charge_is_paid_told_and_returned(rig: &mut Rig) {
    let attempt = attempt(1);
    let code = rig.sandbox.payment_code(Kind::Alipay, None, false).expect("a code");
    let payer = Payer { auth_code: Some(AuthCode::new(code)), ..Payer::default() };
    let charged = rig.ask(&pay(attempt, Method::Barcode, payer)).await;
    let asked = rig.ask(&Operation::Query { attempt }).await;
    let (charged, asked) = (paid(rig.mode, &charged), paid(rig.mode, &asked));
    assert_eq!(charged.channel_trade_no, asked.channel_trade_no, "{}", rig.mode);
    let News::Paid(told) = &rig.news().await[0] else { panic!("{}", rig.mode) };
    assert_eq!(told.amount, yuan("88.88"));
    let refund = RefundCall {
        refund: RefundId { payment: attempt.payment, number: 1 },
        attempt,
        amount: yuan("8.88"),
        paid: yuan("88.88"),
        reason: Some("退货".into()),
    };
    for operation in [Operation::Refund(refund.clone()), Operation::QueryRefund(refund)] {
        let outcome = rig.ask(&operation).await;
        let Outcome::Refund(RefundOutcome::Fact(RefundFact::Succeeded { amount, .. })) = outcome
        else {
            panic!("{}: {outcome:?}", rig.mode)
        };
        assert_eq!(amount, yuan("8.88"));
    }
}

async fn a_charge_that_waits_is_reversed(rig: &Rig) {
    let attempt = attempt(2);
    let code = rig.sandbox.payment_code(Kind::Alipay, None, true).expect("a code");
    let payer = Payer { auth_code: Some(AuthCode::new(code)), ..Payer::default() };
    let charged = rig.ask(&pay(attempt, Method::Barcode, payer)).await;
    assert_eq!(charged, Outcome::Accepted(Action::Confirm), "{}", rig.mode);
    assert_eq!(rig.ask(&Operation::Query { attempt }).await, Outcome::Unpaid);
    assert_eq!(rig.ask(&Operation::Reverse { attempt }).await, Outcome::Closed);
    assert_eq!(rig.ask(&Operation::Query { attempt }).await, Outcome::Closed);
}

async fn orders_are_placed_and_closed(rig: &Rig) {
    let code = rig.ask(&pay(attempt(3), Method::Qr, Payer::default())).await;
    assert!(matches!(code, Outcome::Accepted(Action::QrCode(_))), "{}: {code:?}", rig.mode);
    assert_eq!(rig.ask(&Operation::Query { attempt: attempt(9) }).await, Outcome::Absent);
    for (number, method) in [(4, Method::Jsapi), (5, Method::MiniProgram)] {
        let openid = Some(rig.sandbox.payers()[0].id.clone());
        let attempt = attempt(number);
        let placed = rig.ask(&pay(attempt, method, Payer { openid, ..Payer::default() })).await;
        let Outcome::Accepted(Action::Invoke(call)) = placed else { panic!("{placed:?}") };
        assert!(!call["tradeNO"].is_empty());
        assert_eq!(rig.ask(&Operation::Close { attempt }).await, Outcome::Closed);
    }
}

fn escaped(text: &str) -> String {
    text.bytes().map(|it| format!("%{it:02X}")).collect()
}

/// The payer's browser and app bring what was signed; the channel knows the order then.
async fn the_payers_side_brings_orders(rig: &Rig) {
    for (number, method) in [(6, Method::Page), (7, Method::H5), (8, Method::App)] {
        let attempt = attempt(number);
        let outcome = rig.ask(&pay(attempt, method, Payer::default())).await;
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
        let answer = rig.http.send(request.expect("a request").map(Full::new)).await;
        let answer = answer.expect("an answer");
        if let Some(cashier) = answer.header("location") {
            let cashier = cashier.to_owned();
            rig.http.get(&cashier).await.expect("the cashier's page");
        }
        let known = rig.ask(&Operation::Query { attempt }).await;
        assert_eq!(known, Outcome::Unpaid, "{} {method:?}: {answer:?}", rig.mode);
    }
}

async fn names_and_other_methods(rig: &Rig) {
    let own = Credentials::demo().alipay;
    let page = format!(
        "http://{}/alipay/oauth2/publicAppAuthorize.htm?app_id={}&scope=auth_base&redirect_uri={}",
        rig.sandbox.address(),
        own.app_id,
        "http%3A%2F%2Fshop.test%2Fback"
    );
    let there = rig.http.get(&page).await.expect("a redirect");
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
        let mut rig = Rig::new(mode, &changes).await;
        a_charge_is_paid_told_and_returned(&mut rig).await;
        a_charge_that_waits_is_reversed(&rig).await;
        orders_are_placed_and_closed(&rig).await;
        the_payers_side_brings_orders(&rig).await;
        names_and_other_methods(&rig).await;
        rig.sandbox.stop().await;
    }
}

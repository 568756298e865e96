//! APIv2 of the plugin against the simulated channel, over mutual TLS and in every mode an account
//! may have: two programs that share no code.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use paymux_channel::{
    Call, Channel, Identify, News, Notification, Operation, Outcome, Pay, Plugin as _, RawCall,
    RefundCall, RefundOutcome, Request, Response, Secret, Settings, Step,
};
use paymux_core::payment::{Action, AuthCode, Method, Payer};
use paymux_core::refund::RefundFact;
use paymux_core::{AttemptId, Currency, Money, PaymentId, RefundId, Timestamp};
use paymux_sandbox::{Channel as Kind, Config, Credentials, Sandbox};
use paymux_tests::listen;
use paymux_wechat::Wechat;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const AMOUNT: i64 = 88_88;
const RECEIVED: &[u8] = b"<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>";

type Https = Client<hyper_rustls::HttpsConnector<HttpConnector>, Full<Bytes>>;

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

struct Rig {
    mode: &'static str,
    sandbox: Sandbox,
    channel: Arc<dyn Channel>,
    known: Https,
    unknown: Https,
    notify_url: String,
    inbox: mpsc::UnboundedReceiver<Bytes>,
}

impl Rig {
    async fn new(mode: &'static str, changes: &[(&'static str, String)]) -> Self {
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
        let channel = Wechat.open(&settings, &[]).unwrap_or_else(|it| panic!("{mode}: {it:?}"));
        let (notify_url, inbox) = inbox().await;
        let (known, unknown) = (client(Some(channel.as_ref())), client(None));
        Self { mode, sandbox, channel, known, unknown, notify_url, inbox }
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
        self.ask_as(&self.known, operation).await
    }

    async fn ask_as(&self, client: &Https, operation: &Operation) -> Outcome {
        let call = self.call();
        let step = self.channel.build(operation, &call);
        let request = match step.unwrap_or_else(|it| panic!("{}: {it}", self.mode)) {
            Step::Done(outcome) => return outcome,
            Step::Send(request) => request.map(Full::new),
        };
        let (parts, body) = client.request(request).await.expect("an answer").into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let said = String::from_utf8_lossy(&body).into_owned();
        let parsed = self.channel.parse(operation, &call, &Response::from_parts(parts, body));
        parsed.unwrap_or_else(|it| panic!("{}: {it} in {said}", self.mode))
    }

    /// The next notification, read.
    async fn told(&mut self) -> Notification {
        let body = self.inbox.recv().await.expect("a notification");
        let read = self.channel.verify(&Request::new(body), now());
        let read = read.unwrap_or_else(|it| panic!("{}: {it}", self.mode));
        assert_eq!(read.mismatch, None, "{}", self.mode);
        read
    }
}

/// Known by the channel's certificate, or by none.
fn client(channel: Option<&dyn Channel>) -> Https {
    let mut roots = RootCertStore::empty();
    let ca = Credentials::demo().wechat.tls_ca_pem;
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).expect("PEM")).expect("an authority");
    let config = ClientConfig::builder().with_root_certificates(roots);
    let config = match channel.and_then(Channel::client_certificate) {
        None => config.with_no_client_auth(),
        Some(own) => {
            let chain = own.chain.iter().map(|it| CertificateDer::from(it.clone())).collect();
            let key = PrivatePkcs8KeyDer::from(own.key.to_vec()).into();
            config.with_client_auth_cert(chain, key).expect("it can be shown")
        }
    };
    let connector = hyper_rustls::HttpsConnectorBuilder::new();
    let connector = connector.with_tls_config(config).https_only().enable_http1().build();
    Client::builder(TokioExecutor::new()).build(connector)
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
            Ok(listen::response(200, Bytes::from_static(RECEIVED)))
        }
    }));
    (url, receiver)
}

fn attempt(number: u64) -> AttemptId {
    let payment = PaymentId::new(now(), &"shop".parse().expect("a name"), number.into());
    AttemptId { payment, number: 1 }
}

fn fen(minor: i64) -> Money {
    Money::new(minor, Currency::Cny).expect("an amount")
}

fn pay(attempt: AttemptId, method: Method, payer: Payer) -> Operation {
    Operation::Pay(Pay {
        attempt,
        amount: fen(AMOUNT),
        subject: "茉莉花茶 2×50g <新>".into(),
        method,
        expires_at: Timestamp(now().0 + 1_800_000),
        payer,
    })
}

fn code(rig: &Rig, confirm: bool) -> String {
    rig.sandbox.payment_code(Kind::Wechat, None, confirm).expect("a code")
}

fn scanned(rig: &Rig, attempt: AttemptId, confirm: bool) -> Operation {
    let auth_code = Some(AuthCode::new(code(rig, confirm)));
    pay(attempt, Method::Barcode, Payer { auth_code, ..Payer::default() })
}

async fn an_order_is_paid_told_and_returned(rig: &mut Rig) {
    let attempt = attempt(1);
    let placed = rig.ask(&pay(attempt, Method::Qr, Payer::default())).await;
    assert!(matches!(placed, Outcome::Accepted(Action::QrCode(_))), "{}: {placed:?}", rig.mode);
    assert_eq!(rig.ask(&Operation::Query { attempt }).await, Outcome::Unpaid);
    rig.sandbox.pay(Kind::Wechat, &attempt.to_string()).expect("it can be paid");
    let Outcome::Paid(asked) = rig.ask(&Operation::Query { attempt }).await else { panic!() };
    let told = rig.told().await;
    let [News::Paid(receipt)] = &told.news[..] else { panic!("{}: {told:?}", rig.mode) };
    assert_eq!((receipt.amount, &receipt.channel_trade_no), (fen(AMOUNT), &asked.channel_trade_no));
    assert_eq!(rig.ask(&Operation::Close { attempt }).await, Outcome::AlreadyPaid);
    let refund = RefundCall {
        refund: RefundId { payment: attempt.payment, number: 1 },
        attempt,
        amount: fen(888),
        paid: fen(AMOUNT),
        reason: Some("退货".into()),
    };
    let number = refund.refund.out_refund_no();
    let question = Operation::QueryRefund(refund.clone());
    assert_eq!(rig.ask(&question).await, Outcome::Refund(RefundOutcome::Absent), "{}", rig.mode);
    let asked = Operation::Refund(refund);
    // Without the certificate nothing is known, and nothing happened.
    let refused = rig.ask_as(&rig.unknown, &asked).await;
    assert_eq!(refused, Outcome::Unknown { code: "HTTP_400".into() }, "{}", rig.mode);
    let taken = rig.ask(&asked).await;
    let Outcome::Refund(RefundOutcome::Fact(RefundFact::Accepted { .. })) = taken else {
        panic!("{}: {taken:?}", rig.mode)
    };
    let hint = rig.told().await;
    assert_eq!(hint.news, [News::RefundHint { out_refund_no: number }], "{}", rig.mode);
    let ended = rig.ask(&question).await;
    let Outcome::Refund(RefundOutcome::Fact(RefundFact::Succeeded { amount, .. })) = ended else {
        panic!("{}: {ended:?}", rig.mode)
    };
    assert_eq!(amount, fen(888));
}

async fn charges_are_paid_or_reversed(rig: &Rig) {
    let (at_once, waiting) = (attempt(2), attempt(3));
    let paid = rig.ask(&scanned(rig, at_once, false)).await;
    assert!(matches!(paid, Outcome::Paid(_)), "{}: {paid:?}", rig.mode);
    let confirmed = rig.ask(&scanned(rig, waiting, true)).await;
    assert_eq!(confirmed, Outcome::Accepted(Action::Confirm), "{}", rig.mode);
    for attempt in [at_once, waiting] {
        assert_eq!(rig.ask(&Operation::Reverse { attempt }).await, Outcome::Closed, "{}", rig.mode);
    }
    let after = rig.ask(&Operation::Query { attempt: waiting }).await;
    assert_eq!(after, Outcome::Closed, "{}", rig.mode);
}

async fn orders_are_placed_and_closed(rig: &Rig) {
    let shown = Identify::AuthCode(Secret::new(code(rig, false)));
    let shown = rig.ask(&Operation::Identify(shown)).await;
    let Outcome::Payer(openid) = shown else { panic!("{}: {shown:?}", rig.mode) };
    let payer =
        Payer { openid: Some(openid), client_ip: Some("198.51.100.9".into()), ..Payer::default() };
    for (number, method) in [(4, Method::Jsapi), (5, Method::App), (6, Method::H5)] {
        let attempt = attempt(number);
        let placed = rig.ask(&pay(attempt, method, payer.clone())).await;
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
    assert_eq!(rig.ask(&Operation::Query { attempt: attempt(9) }).await, Outcome::Absent);
}

async fn other_calls(rig: &Rig) {
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
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    for (mode, changes) in modes() {
        let mut rig = Rig::new(mode, &changes).await;
        an_order_is_paid_told_and_returned(&mut rig).await;
        charges_are_paid_or_reversed(&rig).await;
        orders_are_placed_and_closed(&rig).await;
        other_calls(&rig).await;
        rig.sandbox.stop().await;
    }
}

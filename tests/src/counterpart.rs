//! A plugin face to face with its simulator: one account, a sandbox of its own, and no gateway.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use paymux_channel::{
    Call, Channel, Notification, Operation, Outcome, ParseError, Pay, Plugin, RefundCall, Reply,
    Response, Settings, Step,
};
use paymux_core::payment::{Method, Payer};
use paymux_core::{AttemptId, Currency, Money, PaymentId, RefundId, Timestamp};
use paymux_sandbox::{Credentials, Sandbox};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::listen;

/// A notification that has not come by then never will.
const PATIENCE: Duration = Duration::from_secs(30);

type Https = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;
type Inbox = mpsc::UnboundedReceiver<Request<Bytes>>;

pub struct Counterpart {
    /// What every failure begins with: the account's mode.
    pub mode: String,
    pub sandbox: Sandbox,
    pub channel: Arc<dyn Channel>,
    known: Https,
    unknown: Https,
    notify_url: String,
    inbox: Inbox,
    next: AtomicU64,
}

/// An amount of yuan, in fen.
pub fn fen(minor: i64) -> Money {
    Money::new(minor, Currency::Cny).expect("an amount")
}

pub fn now() -> Timestamp {
    Timestamp(jiff::Timestamp::now().as_millisecond())
}

impl Counterpart {
    pub async fn open(
        mode: &str,
        sandbox: Sandbox,
        plugin: &dyn Plugin,
        settings: &Settings,
    ) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let channel = plugin.open(settings, &[]).unwrap_or_else(|it| panic!("{mode}: {it:?}"));
        let (notify_url, inbox) = inbox(Arc::clone(&channel)).await;
        let (known, unknown) = (client(Some(channel.as_ref())), client(None));
        let next = AtomicU64::new(1);
        let mode = mode.to_owned();
        Self { mode, sandbox, channel, known, unknown, notify_url, inbox, next }
    }

    fn one_more(&self) -> u128 {
        self.next.fetch_add(1, Ordering::Relaxed).into()
    }

    pub fn call(&self) -> Call {
        Call {
            now: now(),
            nonce: self.one_more().to_be_bytes(),
            notify_url: self.notify_url.clone(),
            return_url: "https://pay.example.com/return/shop".to_owned(),
        }
    }

    /// The first attempt of a payment that nobody has heard of.
    pub fn attempt(&self) -> AttemptId {
        let merchant = "shop".parse().expect("a merchant's name");
        AttemptId { payment: PaymentId::new(now(), &merchant, self.one_more()), number: 1 }
    }

    pub fn pay(&self, method: Method, payer: Payer, amount: i64) -> Pay {
        Pay {
            attempt: self.attempt(),
            amount: fen(amount),
            subject: "茉莉花茶 2×50g <新>".to_owned(),
            method,
            expires_at: now().after(Duration::from_mins(30)),
            payer,
            splittable: false,
        }
    }

    pub fn refund(&self, pay: &Pay, number: u16, amount: i64) -> RefundCall {
        RefundCall {
            refund: RefundId { payment: pay.attempt.payment, number }.into(),
            part: None,
            attempt: pay.attempt,
            amount: fen(amount),
            paid: pay.amount,
            reason: Some("退货".to_owned()),
        }
    }

    pub async fn ask(&self, operation: &Operation) -> Outcome {
        let outcome = self.try_ask(operation).await;
        outcome.unwrap_or_else(|it| panic!("{} {}: {it:?}", self.mode, operation.name()))
    }

    pub async fn try_ask(&self, operation: &Operation) -> Result<Outcome, ParseError> {
        self.ask_by(&self.known, operation).await
    }

    /// As somebody who shows no certificate.
    pub async fn ask_unknown(&self, operation: &Operation) -> Result<Outcome, ParseError> {
        self.ask_by(&self.unknown, operation).await
    }

    async fn ask_by(&self, client: &Https, operation: &Operation) -> Result<Outcome, ParseError> {
        let call = self.call();
        let step = self.channel.build(operation, &call);
        let request = match step.unwrap_or_else(|it| panic!("{} {operation:?}: {it}", self.mode)) {
            Step::Done(outcome) => return Ok(outcome),
            Step::Send(request) => request.map(Full::new),
        };
        let (parts, body) = client.request(request).await.expect("an answer").into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        self.channel.parse(operation, &call, &Response::from_parts(parts, body))
    }

    /// The next notification, verified, and about this very account.
    pub async fn notified(&mut self) -> Notification {
        let came = tokio::time::timeout(PATIENCE, self.inbox.recv()).await;
        let request = came.expect("a notification comes").expect("the inbox lives");
        let read = self.channel.verify(&request, now());
        let read = read.unwrap_or_else(|it| panic!("{}: {it:?}", self.mode));
        assert_eq!(read.mismatch, None, "{}", self.mode);
        read
    }
}

/// Believes the sandbox's authority; shows what the channel says is to be shown, or nothing.
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
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http();
    Client::builder(TokioExecutor::new()).build(connector.enable_http1().build())
}

/// Where notifications go; each is answered as the plugin says that it has received it.
async fn inbox(channel: Arc<dyn Channel>) -> (String, Inbox) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/notify", listener.local_addr().expect("an address"));
    let (sender, received) = mpsc::unbounded_channel();
    tokio::spawn(listen::serve(listener, move |request| {
        let (sender, channel) = (sender.clone(), Arc::clone(&channel));
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
            sender.send(Request::from_parts(parts, body)).map_err(io::Error::other)?;
            let reply = channel.reply(Reply::Received);
            Ok(listen::response(reply.status().as_u16(), reply.into_body()))
        }
    }));
    (url, received)
}

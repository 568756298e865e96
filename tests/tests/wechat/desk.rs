//! One account of the plugin, before a sandbox of its own.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use paymux_channel::{
    Call, Identify, Notification, Operation, Outcome, ParseError, Pay, Plugin as _, RefundCall,
    Secret, Settings, Step,
};
use paymux_core::payment::{Action, Method, Payer};
use paymux_core::{AttemptId, Currency, MerchantId, Money, PaymentId, RefundId, Timestamp};
use paymux_sandbox::{Config, Credentials, Sandbox, WechatCredentials};
use paymux_tests::http::Http;
use paymux_tests::listen::{response, serve};
use paymux_wechat::Wechat;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::invoked;

/// A notification that has not come by then never will.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    V3,
    V3Provider,
    V2,
    V2Provider,
}

impl Kind {
    fn is_v2(self) -> bool {
        matches!(self, Self::V2 | Self::V2Provider)
    }
}

pub(crate) struct Desk {
    pub(crate) sandbox: Sandbox,
    pub(crate) channel: Arc<dyn paymux_channel::Channel>,
    own: WechatCredentials,
    kind: Kind,
    http: Http,
    notify_url: String,
    inbox: mpsc::UnboundedReceiver<Request<Bytes>>,
    next: AtomicU64,
}

pub(crate) fn fen(minor: i64) -> Money {
    Money::new(minor, Currency::Cny).expect("an amount")
}

fn now() -> Timestamp {
    Timestamp::from_secs(jiff::Timestamp::now().as_second())
}

impl Desk {
    pub(crate) async fn open(kind: Kind) -> Self {
        let sandbox = Sandbox::start(Config::default()).await.expect("the sandbox starts");
        let own = Credentials::demo().wechat;
        let channel = Wechat.open(&settings(&sandbox, &own, kind), &[]);
        let channel = channel.unwrap_or_else(|problems| panic!("{kind:?}: {problems:?}"));
        let (notify_url, inbox) = inbox(Arc::clone(&channel)).await;
        let (http, next) = (Http::default(), AtomicU64::new(1));
        Self { sandbox, channel, own, kind, http, notify_url, inbox, next }
    }

    pub(crate) fn pay(&self, method: Method, payer: Payer, amount: i64) -> Pay {
        let entropy = self.next.fetch_add(1, Ordering::Relaxed);
        let merchant: MerchantId = "shop".parse().expect("a merchant's name");
        let payment = PaymentId::new(now(), &merchant, entropy.into());
        Pay {
            attempt: AttemptId { payment, number: 1 },
            amount: fen(amount),
            subject: "茶 & <tea>".to_owned(),
            method,
            expires_at: now().after(Duration::from_mins(30)),
            payer,
        }
    }

    pub(crate) fn refund(&self, pay: &Pay, number: u16, amount: i64) -> RefundCall {
        RefundCall {
            refund: RefundId { payment: pay.attempt.payment, number },
            attempt: pay.attempt,
            amount: fen(amount),
            paid: pay.amount,
            reason: Some("退".to_owned()),
        }
    }

    fn call(&self) -> Call {
        let nonce = self.next.fetch_add(1, Ordering::Relaxed);
        Call {
            now: now(),
            nonce: u128::from(nonce).to_be_bytes(),
            notify_url: self.notify_url.clone(),
            return_url: "https://pay.example.com/return/wechat".to_owned(),
        }
    }

    pub(crate) async fn ask(&self, operation: &Operation) -> Outcome {
        let outcome = self.try_ask(operation).await;
        outcome.unwrap_or_else(|error| panic!("{:?} {}: {error:?}", self.kind, operation.name()))
    }

    pub(crate) async fn try_ask(&self, operation: &Operation) -> Result<Outcome, ParseError> {
        let call = self.call();
        let step = self.channel.build(operation, &call);
        let step = step.unwrap_or_else(|error| panic!("{:?} {operation:?}: {error:?}", self.kind));
        let request = match step {
            Step::Done(outcome) => return Ok(outcome),
            Step::Send(request) => *request,
        };
        let response = if request.uri().scheme_str() == Some("https") {
            self.secured(request).await
        } else {
            self.plain(request).await
        };
        self.channel.parse(operation, &call, &response)
    }

    async fn plain(&self, request: Request<Bytes>) -> http::Response<Bytes> {
        let answer = self.http.send(request.map(Full::new)).await.expect("the sandbox answers");
        let mut response = http::Response::new(answer.body);
        *response.status_mut() = http::StatusCode::from_u16(answer.status).expect("a status");
        *response.headers_mut() = answer.headers;
        response
    }

    /// Shows what the channel says is to be shown.
    async fn secured(&self, request: Request<Bytes>) -> http::Response<Bytes> {
        let authority = request.uri().authority().expect("an address").clone();
        let stream = TcpStream::connect(authority.as_str()).await.expect("the sandbox listens");
        let name = ServerName::try_from(authority.host().to_owned()).expect("an address");
        let stream = self.connector().connect(name, stream).await.expect("a handshake");
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(connection);
        let (mut parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().expect("a path").clone();
        parts.uri = target.as_str().parse().expect("a path");
        parts.headers.insert("host", authority.as_str().parse().expect("an address"));
        let request = Request::from_parts(parts, Full::new(body));
        let (parts, body) = sender.send_request(request).await.expect("an answer").into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        http::Response::from_parts(parts, body)
    }

    fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(self.own.tls_ca_pem.as_bytes());
        roots.add(ca.expect("our own authority")).expect("our own authority");
        let config = ClientConfig::builder().with_root_certificates(roots);
        let config = match self.channel.client_certificate() {
            None => config.with_no_client_auth(),
            Some(shown) => {
                let chain = shown.chain.iter().cloned().map(CertificateDer::from).collect();
                let key = PrivateKeyDer::try_from(shown.key.to_vec()).expect("a key");
                config.with_client_auth_cert(chain, key).expect("the key is the certificate's")
            }
        };
        TlsConnector::from(Arc::new(config))
    }

    /// The plugin has verified what came, and has answered it.
    pub(crate) async fn notified(&mut self) -> Notification {
        let came = tokio::time::timeout(PATIENCE, self.inbox.recv()).await;
        let request = came.expect("a notification comes").expect("the inbox lives");
        let verified = self.channel.verify(&request, now());
        verified.unwrap_or_else(|error| panic!("{:?}: {error:?}", self.kind))
    }

    /// The wallet takes the package; a code and a page are addresses.
    pub(crate) async fn opens(&self, method: Method, action: &Action) {
        match action {
            Action::QrCode(text) => assert!(text.starts_with("http"), "{method:?}"),
            Action::Redirect(url) => {
                let request = Request::get(url).header("referer", "https://pay.example.com/");
                let request = request.body(Full::default()).expect("an address");
                let opened = self.http.send(request).await.expect("the sandbox answers");
                assert_eq!(opened.status, 303, "{:?}: {opened:?}", self.kind);
            }
            Action::Invoke(_) => {
                let url = format!("http://{}/wallet/wechat/invoke", self.sandbox.address());
                let body = invoked(action).to_string();
                let request = Request::post(url).body(Full::from(body)).expect("an address");
                let opened = self.http.send(request).await.expect("the sandbox answers");
                assert_eq!(opened.status, 200, "{:?} {method:?}: {}", self.kind, opened.json());
            }
            Action::Form { .. } | Action::Confirm => panic!("{method:?}: {action:?}"),
        }
    }

    pub(crate) async fn arm(&self, fault: &str, operation: &str) {
        let url = format!("http://{}/control/faults", self.sandbox.address());
        let rule = json!({ "fault": fault, "operation": operation }).to_string();
        let request = Request::post(url).body(Full::from(rule)).expect("an address");
        let armed = self.http.send(request).await.expect("the sandbox answers");
        assert_eq!(armed.status, 200, "{fault}: {}", armed.json());
    }

    /// Where a browser is sent.
    pub(crate) async fn redirected(&self, url: &str) -> String {
        let url = url.split('#').next().unwrap_or_default();
        let answer = self.http.get(url).await.expect("the sandbox answers");
        answer.header("location").expect("it sends the browser back").to_owned()
    }

    pub(crate) async fn identify(&self, code: &str) -> Outcome {
        self.ask(&Operation::Identify(Identify::OAuth(Secret::new(code)))).await
    }

    /// How the application that opens the wallet knows the sandbox's first payer.
    pub(crate) fn open_id(&self, method: Method) -> String {
        let app =
            if method == Method::MiniProgram { &self.own.mini_app_id } else { &self.own.app_id };
        self.sandbox.open_id(paymux_sandbox::Channel::Wechat, app)
    }
}

fn settings(sandbox: &Sandbox, own: &WechatCredentials, kind: Kind) -> Settings {
    let (weixin, archive) = (sandbox.weixin_url(), STANDARD.encode(&own.certificate_p12));
    let mut pairs = vec![
        ("app_id", own.app_id.as_str()),
        ("mini_app_id", &own.mini_app_id),
        ("open_app_id", &own.open_app_id),
        ("mch_id", &own.mch_id),
        ("app_secret", &own.app_secret),
        ("mini_app_secret", &own.mini_app_secret),
        ("open_base", &weixin),
        ("authorize_base", &weixin),
        ("h5_type", "Wap"),
        ("h5_app_name", "Jasmine"),
        ("h5_app_url", "https://pay.example.com"),
    ];
    let base = if kind.is_v2() { sandbox.wechat_tls_url() } else { sandbox.wechat_url() };
    pairs.push(("base", &base));
    if kind.is_v2() {
        pairs.extend([
            ("api", "v2"),
            ("api_v2_key", own.api_v2_key.as_str()),
            ("server_ip", "203.0.113.1"),
        ]);
        // Both forms in which a merchant has it; the file's password is its number.
        if kind == Kind::V2 {
            pairs.push(("certificate_p12", &archive));
        } else {
            pairs.push(("certificate", &own.certificate_pem));
            pairs.push(("certificate_key", &own.private_key_pem));
        }
    } else {
        pairs.extend([
            ("merchant_serial", own.merchant_serial.as_str()),
            ("private_key", &own.private_key_pem),
            ("api_v3_key", &own.api_v3_key),
            ("public_key_id", &own.public_key_id),
            ("public_key", &own.public_key_pem),
            ("codepay", "true"),
            ("store_out_id", "shop1"),
        ]);
    }
    if matches!(kind, Kind::V3Provider | Kind::V2Provider) {
        pairs.push(("sub_mch_id", &own.sub_mch_id));
    }
    pairs.into_iter().collect()
}

/// Answers as the plugin says it has received what came.
async fn inbox(
    channel: Arc<dyn paymux_channel::Channel>,
) -> (String, mpsc::UnboundedReceiver<Request<Bytes>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/notify", listener.local_addr().expect("an address"));
    let (sender, received) = mpsc::unbounded_channel();
    tokio::spawn(serve(listener, move |request: Request<hyper::body::Incoming>| {
        let (sender, channel) = (sender.clone(), Arc::clone(&channel));
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
            sender.send(Request::from_parts(parts, body)).map_err(io::Error::other)?;
            let reply = channel.reply(paymux_channel::Reply::Received);
            let status = reply.status().as_u16();
            Ok(response(status, reply.into_body()))
        }
    }));
    (url, received)
}

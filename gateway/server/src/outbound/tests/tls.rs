//! Mutual TLS against a real server, which answers with the name in the certificate it was shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
};
use rustls::server::WebPkiClientVerifier;
use rustls::{ServerConfig, pki_types::PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::*;

/// An authority of one test, trusted by nobody else.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
    der: CertificateDer<'static>,
}

/// A certificate and its key, as PEM.
pub(crate) struct Shown {
    pub(crate) certificate: String,
    pub(crate) key: String,
    der: CertificateDer<'static>,
    pkcs8: Vec<u8>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap();
        Self { pem: own.pem(), der: own.der().clone(), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn show(&self, name: &str) -> Shown {
        let mut params = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Shown {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            der: certificate.der().clone(),
            pkcs8: key.serialize_der(),
        }
    }

    pub(crate) fn roots(&self) -> Arc<RootCertStore> {
        Arc::new(roots(std::slice::from_ref(&self.der)))
    }
}

impl Shown {
    pub(crate) fn client(&self) -> ClientCertificate {
        ClientCertificate { chain: vec![self.der.to_vec()], key: self.pkcs8.clone().into() }
    }
}

/// A server that wants a certificate of this authority.
pub(crate) struct Asking {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl Asking {
    pub(crate) async fn new(authority: &Authority) -> Self {
        crate::install_crypto();
        let own = authority.show("server");
        let verifier = WebPkiClientVerifier::builder(authority.roots()).build().unwrap();
        let config = ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![own.der], PrivatePkcs8KeyDer::from(own.pkcs8).into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, count) = (acceptor.clone(), Arc::clone(&count));
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(socket).await {
                        count.fetch_add(1, Ordering::Relaxed);
                        answer(stream).await;
                    }
                });
            }
        });
        Self { url, connections }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Who the server saw.
    pub(crate) async fn sees(&self, stack: &Outbound) -> Result<String, CallError> {
        let request = http::Request::post(&self.url).body(Bytes::from_static(b"x")).unwrap();
        let response = stack.clone().oneshot(request).await?;
        Ok(String::from_utf8(response.body().to_vec()).unwrap())
    }
}

/// Every request of a connection is answered alike.
async fn answer(mut stream: TlsStream<TcpStream>) {
    let (_, session) = stream.get_ref();
    let shown = session.peer_certificates().map(|it| it[0].to_vec()).unwrap_or_default();
    let name = ["alice", "bob"]
        .into_iter()
        .find(|name| shown.windows(name.len()).any(|it| it == name.as_bytes()));
    let name = name.unwrap_or("nobody");
    let text = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{name}", name.len());
    let mut request = [0; 1024];
    while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
        let _ = stream.write_all(text.as_bytes()).await;
    }
}

fn stack(authority: &Authority, certificate: Option<&ClientCertificate>) -> Outbound {
    let limits = Limits { deadline: Duration::from_secs(10), ..limits() };
    let state = states().1.of(&account(), &limits);
    outbound(&limits, &authority.roots(), certificate, &state)
}

#[tokio::test]
async fn each_account_is_seen_by_its_own_certificate() {
    let authority = Authority::new();
    let server = Asking::new(&authority).await;
    let [alice, bob] = ["alice", "bob"].map(|it| authority.show(it).client());
    let [alice, bob] = [alice, bob].map(|it| stack(&authority, Some(&it)));
    for _ in 0..2 {
        assert_eq!(server.sees(&alice).await.unwrap(), "alice");
        assert_eq!(server.sees(&bob).await.unwrap(), "bob");
    }
    assert_eq!(server.connections(), 2, "each has one, and keeps it");
}

#[tokio::test]
async fn who_shows_nothing_or_a_strangers_is_not_served() {
    let authority = Authority::new();
    let server = Asking::new(&authority).await;
    let stranger = Authority::new().show("alice").client();
    for certificate in [None, Some(&stranger)] {
        let refused = server.sees(&stack(&authority, certificate)).await.unwrap_err();
        // The handshake may be over on our side when the server says no.
        assert!(matches!(refused, CallError::Connect | CallError::Broken), "{refused}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn nobody_is_trusted_but_the_roots() {
    let authority = Authority::new();
    let server = Asking::new(&authority).await;
    let alice = authority.show("alice").client();
    let elsewhere = stack(&Authority::new(), Some(&alice));
    assert_eq!(server.sees(&elsewhere).await.unwrap_err(), CallError::Connect);
}

#[test]
fn a_certificate_is_tried_before_it_is_needed() {
    crate::install_crypto();
    let authority = Authority::new();
    let (good, other) = (authority.show("alice").client(), authority.show("bob").client());
    assert_eq!(is_presentable(&good), Ok(()));
    let mixed = ClientCertificate { chain: good.chain.clone(), key: other.key.clone() };
    assert!(is_presentable(&mixed).is_err());
    assert!(is_presentable(&ClientCertificate { chain: vec![], ..good.clone() }).is_err());
    assert!(is_presentable(&ClientCertificate { key: vec![1].into(), ..good }).is_err());
}

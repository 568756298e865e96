//! Channels and merchants that show a certificate that proves nothing: none of them is spoken to.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use paymux_sandbox::Channel;
use paymux_tests::config::{ALIPAY, Setup};
use paymux_tests::order::Order;
use paymux_tests::program::Build;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use serde_json::Value;

use super::case::{brisk, case};

/// What is wrong with each, and the file of its endpoint's secret.
const BAD: [(&str, &str); 3] = [
    ("expired", "tls-expired.txt"),
    ("stranger", "tls-stranger.txt"),
    ("unsigned", "tls-unsigned.txt"),
];
const GOOD: (&str, &str) = ("good", "tls-good.txt");

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).expect("no name is no bad name");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A server that shows this certificate; its port.
    fn serve(&self, kind: &str) -> u16 {
        let host = if kind == "stranger" { "elsewhere.example" } else { "127.0.0.1" };
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a name");
        if kind == "expired" {
            (params.not_before, params.not_after) =
                (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        let key = KeyPair::generate().expect("a key");
        let shown = if kind == "unsigned" {
            params.self_signed(&key)
        } else {
            params.signed_by(&key, &self.issuer)
        };
        serve(shown.expect("a certificate").der().clone(), &key)
    }
}

/// Says 200 to whoever believes it.
fn serve(certificate: CertificateDer<'static>, key: &KeyPair) -> u16 {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![certificate], key).expect("they fit"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut session = ServerConnection::new(Arc::clone(&config)).expect("it is sound");
            let mut stream = Stream::new(&mut session, &mut socket);
            if stream.read(&mut [0; 1 << 14]).is_ok_and(|it| it > 0) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            }
        }
    });
    port
}

fn endpoint((kind, file): (&str, &str), port: u16) -> String {
    format!(
        "\n[[merchants.tests.endpoints]]\nid = \"{kind}\"\nurl = \"https://127.0.0.1:{port}/\"\n\
         secret = \"file:keys/{file}\"\nschedule = [\"0s\"]\n"
    )
}

async fn outcome(rig: &Rig, order: &Order<'_>, endpoint: &str) -> String {
    let attempted = async || {
        let timeline = rig.api.timeline(&order.id).await;
        let entries = timeline["data"].as_array().cloned().unwrap_or_default();
        let own =
            |it: &Value| it["kind"] == "delivery.attempted" && it["detail"]["endpoint"] == endpoint;
        entries.into_iter().find(own)
    };
    let attempt = until(&format!("{endpoint} is tried"), attempted).await;
    attempt["detail"]["outcome"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_proves_nothing_is_told_nothing() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let authority = Authority::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, &authority.pem).expect("our own folder");
    let ports = BAD.map(|(kind, _)| authority.serve(kind));
    let gateway = |port: u16| format!("https://127.0.0.1:{port}/gateway.do");
    let mut setup = Setup { more: endpoint(GOOD, authority.serve(GOOD.0)), ..brisk() };
    for ((bad, letter), port) in BAD.into_iter().zip('A'..).zip(ports) {
        setup.alipay.push((bad.0, gateway(port)));
        setup.more += &endpoint(bad, port);
        setup.secrets.push((bad.1, format!("whsec_{}", letter.to_string().repeat(44))));
    }
    setup.secrets.push((GOOD.1, format!("whsec_{}", "D".repeat(44))));
    setup.accounts = vec!["expired", "stranger", "unsigned", ALIPAY];
    let mut rig = Rig::prepare(setup, Build::Plain).await;
    let roots = roots.display().to_string();
    rig.start_gateway(&[("SSL_CERT_FILE", &roots)]).await.expect("it starts");
    let order = case("C02", async {
        let order = Order::placed(&rig, Channel::Alipay, "proof").await;
        assert_eq!(order.answer.json()["attempt"]["account"], ALIPAY, "{:?}", order.answer);
        let metrics = rig.metrics().await;
        for (account, _) in BAD {
            let labels = [("account", account), ("outcome", "connect")];
            assert_eq!(metrics.sum("paymux_channel_calls_total", &labels), 1, "{account}");
        }
        order
    })
    .await;
    order.pay();
    order.is_paid_once().await;
    case("W07", async {
        for (endpoint, _) in BAD {
            assert_eq!(outcome(&rig, &order, endpoint).await, "tls", "{endpoint}");
        }
        assert_eq!(outcome(&rig, &order, GOOD.0).await, "acknowledged");
    })
    .await;
}

//! Redis across a network: by TLS, and only to whom its certificate says it is.

use std::fs;

use paymux_sandbox::Channel;
use paymux_services::Redis;
use paymux_tests::config::Setup;
use paymux_tests::program::Build;
use paymux_tests::rig::Rig;
use paymux_tests::wait::until;

use super::order::Order;

async fn answers(rig: &Rig, outcome: &str) -> u64 {
    rig.metrics().await.sum("paymux_redis_answers_total", &[("outcome", outcome)])
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_by_tls_where_its_certificate_is_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a name");
    fs::write(path("redis.pem"), made.cert.pem()).expect("it can be written");
    fs::write(path("redis-key.pem"), made.signing_key.serialize_pem()).expect("it can be written");
    let (certificate, key) = (path("redis.pem"), path("redis-key.pem"));
    let start = move || Redis::tls(&certificate, &key);
    let redis = tokio::task::spawn_blocking(start).await.expect("it starts");
    let port = redis.port;
    let more =
        format!("\n[redis]\ntopology = \"single\"\nservers = [\"rediss://127.0.0.1:{port}\"]\n");
    let trusted = path("redis.pem").display().to_string();
    for (environment, outcome, never) in [
        (&[("SSL_CERT_FILE", trusted.as_str())][..], "answered", "failed"),
        (&[][..], "failed", "answered"),
    ] {
        let setup = Setup { more: more.clone(), ..Setup::default() };
        let mut rig = Rig::prepare(setup, Build::Plain).await;
        rig.start_gateway(environment).await.expect("it starts, whatever Redis says");
        Order::paid(&rig, Channel::Alipay, "told").await;
        until(outcome, async || (answers(&rig, outcome).await > 0).then_some(())).await;
        assert_eq!(answers(&rig, never).await, 0, "{never}");
    }
}

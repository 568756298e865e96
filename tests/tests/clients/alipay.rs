//! Alipay's libraries, through every product they offer.

use paymux_sandbox::{Channel, Config, Credentials, Sandbox};
use paymux_tests::signer;
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{DecodePrivateKey as _, LineEnding};
use serde_json::json;

use crate::client::{Client, Runtime};

/// Some libraries want the older form of a key.
fn pkcs1(pem: &str) -> String {
    let key = RsaPrivateKey::from_pkcs8_pem(pem).expect("our own key");
    key.to_pkcs1_pem(LineEnding::LF).expect("a key can be written").as_str().to_owned()
}

fn settings(sandbox: &Sandbox) -> String {
    let own = Credentials::demo().alipay;
    let base = format!("http://{}", sandbox.address());
    json!({
        "control": format!("{base}/control"),
        "gateway": sandbox.alipay_url(),
        "sdk": format!("{base}/alipay/sdk"),
        "oauth": format!("{base}/alipay/oauth2/publicAppAuthorize.htm"),
        "app_id": own.app_id,
        "private_key": own.private_key_pem,
        "private_key_pkcs1": pkcs1(&own.private_key_pem),
        "alipay_public_key": own.alipay_public_key_pem,
        "app_certificate": own.app_certificate_pem,
        "alipay_certificate": own.alipay_certificate_pem,
        "root_certificates": own.root_certificates_pem,
        "aes_key": own.aes_key,
        "app_auth_token": own.merchant.app_auth_token,
        "other_private_key": signer::RSA,
        "other_private_key_pkcs1": pkcs1(signer::RSA),
    })
    .to_string()
}

/// What held, by the client's own words; as many things as it has to look at.
async fn drive(runtime: Runtime, name: &'static str, program: &'static str, expected: usize) {
    let sandbox = Sandbox::start(Config::default()).await.expect("the sandbox starts");
    let settings = settings(&sandbox);
    let run = move || Client::installed(runtime, name, program).drive(&settings);
    let held = tokio::task::spawn_blocking(run).await.expect("the client comes to its end");
    assert_eq!(held.len(), expected, "{held:#?}");
    let books = sandbox.books()[&Channel::Alipay];
    assert!(books.paid_orders >= 10 && books.refunds >= 4, "{books:?}");
    let undelivered = sandbox.notifications(None, usize::MAX);
    let undelivered = undelivered.iter().filter(|it| it.tries.iter().any(|one| !one.accepted));
    assert_eq!(undelivered.count(), 0, "the client's inbox took every notification");
    sandbox.stop().await;
}

#[tokio::test]
async fn alipays_node_library() {
    drive(Runtime::Node, "alipay", "drive.mjs", 25).await;
}

#[tokio::test]
async fn alipays_python_library() {
    drive(Runtime::Python, "alipay-sdk-python", "drive.py", 23).await;
}

#[tokio::test]
async fn python_alipay_sdk() {
    drive(Runtime::Python, "python-alipay-sdk", "drive.py", 17).await;
}

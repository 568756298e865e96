//! WeChat Pay's widely used libraries, through every product they offer, in both ways the platform
//! signs.

use paymux_sandbox::{Channel, Config, Credentials, Rotation, Sandbox, SignsWith};
use serde_json::{Value, json};

use crate::client::{Client, Runtime};

/// What a merchant knows, and where the sandbox is.
fn settings(sandbox: &Sandbox, with: SignsWith) -> Value {
    let Credentials { wechat: own, alipay } = Credentials::demo();
    let root = format!("http://{}", sandbox.address());
    json!({
        "base": sandbox.wechat_url(),
        "tls_base": sandbox.wechat_tls_url(),
        "weixin": sandbox.weixin_url(),
        "control": format!("{root}/control"),
        "invoke": format!("{root}/wallet/wechat/invoke"),
        "by_certificate": with == SignsWith::Certificate,
        "app_id": own.app_id,
        "app_secret": own.app_secret,
        "mch_id": own.mch_id,
        "sub_mch_id": own.sub_mch_id,
        "merchant_serial": own.merchant_serial,
        "private_key": own.private_key_pem,
        "other_private_key": alipay.private_key_pem,
        "merchant_certificate": own.certificate_pem,
        "api_v2_key": own.api_v2_key,
        "api_v3_key": own.api_v3_key,
        "public_key_id": own.public_key_id,
        "public_key": own.public_key_pem,
        "certificate_serial": own.platform_certificate_serial,
        "certificate": own.platform_certificate_pem,
        "ca": own.tls_ca_pem,
    })
}

/// What held, by the client's own words; as many things as it has to look at.
async fn drive(
    (runtime, name, program): (Runtime, &'static str, &'static str),
    (with, rotation): (SignsWith, Rotation),
    expected: usize,
) {
    let config = Config { wechat_signs_with: with, ..Config::default() };
    let sandbox = Sandbox::start(config).await.expect("the sandbox starts");
    sandbox.rotate_wechat_certificate(rotation);
    let settings = settings(&sandbox, with).to_string();
    let run = move || Client::installed(runtime, name, program).drive(&settings);
    let held = tokio::task::spawn_blocking(run).await.expect("the client comes to its end");
    assert_eq!(held.len(), expected, "{held:#?}");
    let books = sandbox.books()[&Channel::Wechat];
    assert!(books.paid_orders >= 8 && books.refunds >= 4, "{books:?}");
    let notices = sandbox.notifications(None, usize::MAX);
    let refused = notices.iter().filter(|it| it.tries.iter().any(|one| !one.accepted));
    assert_eq!(refused.count(), 0, "the client's inbox took every notification");
    sandbox.stop().await;
}

#[tokio::test]
async fn wechatpay_axios_plugin_by_public_key() {
    let client = (Runtime::Node, "wechat", "drive.cjs");
    drive(client, (SignsWith::PublicKey, Rotation::Old), 7).await;
}

#[tokio::test]
async fn wechatpay_axios_plugin_by_certificate() {
    let client = (Runtime::Node, "wechat", "drive.cjs");
    drive(client, (SignsWith::Certificate, Rotation::Announced), 7).await;
}

#[tokio::test]
async fn wechatpayv3_by_public_key() {
    let client = (Runtime::Python, "wechatpayv3", "drive.py");
    drive(client, (SignsWith::PublicKey, Rotation::Old), 7).await;
}

/// It begins with the old certificate and has to fetch the one that signs.
#[tokio::test]
async fn wechatpayv3_by_certificate() {
    let client = (Runtime::Python, "wechatpayv3", "drive.py");
    drive(client, (SignsWith::Certificate, Rotation::Switched), 7).await;
}

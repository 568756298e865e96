//! Operators: log-in, search, timeline, diagnosis, replay, audit log.

use paymux_tests::config::{Setup, mode};
use paymux_tests::rig::Rig;
use serde_json::json;

use super::{drive, screenshots};

/// Nobody listens there.
const BROKEN: &str = r#"
[[merchants.tests.endpoints]]
id = "broken"
url = "http://127.0.0.1:1/"
secret = "file:keys/second-secret.txt"
schedule = ["0s", "1h"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn operators_find_their_way_in_chromium() {
    // With certificates, so that there are days to be told.
    let setup = Setup {
        more: BROKEN.to_owned(),
        alipay_mode: mode::certificates(),
        certificates: true,
        ..Setup::default()
    };
    let rig = Rig::start(setup).await;
    let order = json!({
        "order_no": "console-1", "amount": 888, "currency": "CNY", "method": "qr",
        "channel": "wechat", "subject": "<script>alert(1)</script>",
    });
    let payment = rig.api.create("console-1", &order).await.json();
    let number = payment["attempt"]["out_trade_no"].as_str().expect("an attempt");
    rig.sandbox.pay(paymux_sandbox::Channel::Wechat, number).expect("it waits to be paid");
    rig.shop.hears("payment.succeeded", "console-1").await;
    let settings = json!({
        "admin": rig.operator().base,
        "token": rig.node.admin_token(),
        "order_no": "console-1",
        "screenshots": screenshots("console"),
    });
    let held = drive("console.mjs", settings).await;
    assert_eq!(held.len(), 10, "{held:#?}");
}

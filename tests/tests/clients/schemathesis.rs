//! The API's description, tried by Schemathesis on a real gateway over the sandbox: whatever it
//! makes up, the gateway answers as it is described.

use paymux_sandbox::Channel;
use paymux_tests::config::{ALIPAY, API_KEY, Setup};
use paymux_tests::rig::Rig;
use serde_json::{Value, json};

use crate::client::{Client, Runtime};

/// Of the time that is spent on making up requests.
const SECONDS: u32 = 25;

/// Of a payment that is paid and refunded: each path, the name in its braces, and an id there.
async fn known(rig: &Rig) -> Value {
    let order = json!({
        "order_no": "known", "amount": 888, "currency": "CNY", "subject": "茶", "method": "qr",
    });
    let payment = rig.api.create("known", &order).await.json();
    let text = |it: &Value| it.as_str().expect("a text").to_owned();
    let (id, channel) = (text(&payment["id"]), text(&payment["attempt"]["channel"]));
    let out_trade_no = text(&payment["attempt"]["out_trade_no"]);
    let channel = if channel == "alipay" { Channel::Alipay } else { Channel::Wechat };
    rig.sandbox.pay(channel, &out_trade_no).expect("the order is open");
    let event = rig.shop.hears("payment.succeeded", "known").await.id;
    let wanted = json!({ "refund_no": "known", "amount": 1, "currency": "CNY" });
    let refund = text(&rig.api.refund(&id, "known-back", &wanted).await.json()["id"]);
    let of_payment = ["", "/attempts", "/close", "/sync", "/timeline", "/refunds"];
    let of_payment = of_payment.map(|it| json!([format!("/v1/payments/{{id}}{it}"), "id", id]));
    let others = [
        json!(["/v1/refunds/{id}", "id", refund]),
        json!(["/v1/events/{id}", "id", event]),
        json!(["/v1/events/{id}/replay", "id", event]),
        json!(["/v1/endpoints/{id}/enable", "id", "shop"]),
        json!(["/v1/endpoints/{id}/disable", "id", "shop"]),
        json!(["/v1/accounts/{account}/call", "account", ALIPAY]),
    ];
    of_payment.into_iter().chain(others).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_no_failure() {
    let rig = Rig::start(Setup { merchant: "raw_calls = true", ..Setup::default() }).await;
    let known = known(&rig).await;
    let settings = json!({
        "url": rig.api.base, "api_key": API_KEY, "seconds": SECONDS, "known": known,
    });
    let run = move || {
        let client = Client::installed(Runtime::Python, "schemathesis", "drive.py");
        client.drive(&settings.to_string())
    };
    let held = tokio::task::spawn_blocking(run).await.expect("it comes to its end");
    assert_eq!(held.len(), 1, "{held:#?}");
}

//! What belongs to another merchant, asked for by its right name.

use http::Method;
use paymux_sandbox::Channel;
use paymux_tests::config::{ALIPAY, OTHER_API_KEY, Setup};
use paymux_tests::rig::Rig;

use super::wire::{ask, bearer, create, order, request};

const JSON: &str = "Content-Type: application/json\r\nIdempotency-Key: theirs\r\n";

fn other() -> String {
    format!(
        r#"
[merchants.other]
accounts = ["{ALIPAY}"]
api_keys = ["file:keys/other-api-key.txt"]

[[merchants.other.endpoints]]
id = "theirs"
url = "http://127.0.0.1:1/webhook"
secret = "file:keys/second-secret.txt"
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a29_another_merchants_things_are_not_there() {
    let rig = Rig::start(Setup { more: other(), ..Setup::default() }).await;
    let made = ask(&rig, create("mine", order("order_no", "\"mine\""))).await.json();
    let text = |pointer: &str| made.pointer(pointer).and_then(|it| it.as_str()).unwrap_or_default();
    let (payment, number) = (text("/id"), text("/attempt/out_trade_no"));
    assert!(rig.sandbox.pay(Channel::Alipay, number).is_ok());
    let event = rig.shop.hears("payment.succeeded", "mine").await.id;
    let wish = serde_json::json!({ "refund_no": "back", "amount": 8, "currency": "CNY" });
    let refund = rig.api.refund(payment, "back", &wish).await.json();
    let refund = refund["id"].as_str().unwrap_or_default();
    rig.shop.hears("refund.succeeded", "mine").await;
    let before = rig.api.payment(payment).await;

    let body = wish.to_string().replace("back", "theft");
    let again = r#"{"method":"qr","channel":"alipay"}"#;
    let mut asked = vec![];
    for id in [payment, "pay_00000000000000000000000000"] {
        asked.extend([
            (Method::GET, format!("/v1/payments/{id}"), ""),
            (Method::GET, format!("/v1/payments/{id}/timeline"), ""),
            (Method::GET, format!("/v1/payments/{id}/refunds"), ""),
            (Method::POST, format!("/v1/payments/{id}/close"), ""),
            (Method::POST, format!("/v1/payments/{id}/sync"), ""),
            (Method::POST, format!("/v1/payments/{id}/refunds"), &body),
            (Method::POST, format!("/v1/payments/{id}/attempts"), again),
        ]);
    }
    asked.extend([
        (Method::GET, format!("/v1/refunds/{refund}"), ""),
        (Method::POST, format!("/v1/refunds/{refund}/retry"), ""),
        (Method::GET, format!("/v1/events/{event}"), ""),
        (Method::POST, format!("/v1/events/{event}/replay"), ""),
        (Method::POST, "/v1/endpoints/shop/enable".into(), ""),
        (Method::POST, "/v1/endpoints/shop/disable".into(), ""),
    ]);
    let (mine, theirs) = (bearer(), bearer().replace(rig.api.api_key.as_str(), OTHER_API_KEY));
    for (method, path, body) in asked {
        let fields = if body.is_empty() { "Idempotency-Key: theirs\r\n" } else { JSON };
        let sent = request(&format!("{method} {path}"), fields, body);
        let sent = String::from_utf8(sent).expect("text").replace(&mine, &theirs);
        let reply = ask(&rig, sent).await;
        assert_eq!(reply.outcome(), "404 not-found", "{method} {path}: {reply:?}");
        for secret in ["\"mine\"", "Jasmine", number] {
            assert!(!reply.body.contains(secret), "{method} {path}: {reply:?}");
        }
    }
    for path in ["/v1/payments", "/v1/payments?order_no=mine", "/v1/events"] {
        let sent = request(&format!("GET {path}"), "", "");
        let sent = String::from_utf8(sent).expect("text").replace(&mine, &theirs);
        let reply = ask(&rig, sent).await;
        assert_eq!(reply.json()["data"], serde_json::json!([]), "{path}: {reply:?}");
    }
    // The same order number and the same key are another merchant's own.
    let sent = String::from_utf8(create("mine", order("order_no", "\"mine\""))).expect("text");
    let theirs = ask(&rig, sent.replace(&mine, &theirs)).await;
    assert!(theirs.status == 201 && theirs.json()["id"] != payment, "{theirs:?}");
    assert_eq!(rig.api.payment(payment).await, before);
}
